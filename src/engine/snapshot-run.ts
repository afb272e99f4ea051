/**
 * One snapshot, written to a file in slices: shard by shard, database by database, a bucket of a slot's table at a time
 * with that shard's lock only, and what commands have kept of keys that they were about to change
 * (`store/rdb/snapshot-mark.ts`). The file gets its name when it is complete and on the disk. Worker thread. Cold: what
 * is here runs per bucket, and per file.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Crc64 } from '../base/crc64.ts';
import { SLOT_COUNT } from '../base/slot.ts';
import { EntryList } from '../memory/table-scan.ts';
import { writeDatabase, writeEnd, writeSizes } from '../rdb/file-writer.ts';
import { RdbWriter } from '../rdb/writer.ts';
import { scanKeys } from '../store/iterate.ts';
import {
  beginMarks,
  databaseOfOrigin,
  dropKept,
  endMarks,
  hasFailed,
  hasKept,
  takeKept,
  takeMark,
  writeRecord,
} from '../store/rdb/snapshot-mark.ts';
import type { Shard, Store } from '../store/store.ts';
import { FLUSH_BYTES, type SnapshotFacts, sumBytes, writeAll, writeHead } from './snapshot-parts.ts';

export class SnapshotRun {
  readonly #store: Store;
  readonly #facts: SnapshotFacts;
  readonly #out = new RdbWriter();
  readonly #sum = new Crc64();
  readonly #found = new EntryList();
  readonly #temporary: string;
  readonly #file: number;
  /** Where the walk is: a shard, the number that a database had at the beginning, a cursor of `scanKeys`. */
  #shard = 0;
  #origin = 0;
  #cursor = 0;
  /** The database that was named last in the file. */
  #named = -1;
  /** Why it will not become a file: then the walk only puts the records' marks right. */
  #failure: Error | undefined = undefined;
  keys = 0;

  /** Opens the file and begins. All shards are locked: the snapshot is of this moment. Throws what the system says. */
  constructor(store: Store, facts: SnapshotFacts) {
    this.#store = store;
    this.#facts = facts;
    this.#temporary = `${facts.path}.tmp`;
    this.#file = fs.openSync(this.#temporary, 'w', 0o644);
    this.#out.compresses = facts.form.compresses;
    beginMarks(store);
    writeHead(this.#out, facts);
    for (let database = 0; database < store.databases; database++) {
      const keys = store.keyCount(database);
      if (keys === 0) continue;
      this.#name(database);
      writeSizes(this.#out, keys, store.expiryCount(database));
    }
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** It is not wanted any more. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const shard of this.#store.shards) {
      this.#store.lock(shard);
      endMarks(shard.arena);
      dropKept(shard.arena);
      this.#store.unlock(shard);
    }
  }

  /** Works for about so long. True when all keys are written; `finish` comes next. No lock is held. */
  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    this.#takeKept();
    while (this.#shard < this.#store.shards.length) {
      const shard = this.#store.shards[this.#shard];
      // A script may have it for long.
      if (!this.#store.tryLock(shard)) return false;
      this.#saveBucket(shard);
      this.#store.unlock(shard);
      if (this.#out.length >= FLUSH_BYTES) this.#flush();
      if (performance.now() >= end) return false;
    }
    return true;
  }

  #saveBucket(shard: Shard): void {
    const { arena } = shard;
    const found = this.#found;
    const first = shard.index * this.#store.slotsPerShard;
    const database = databaseOfOrigin(this.#store, arena, this.#origin);
    found.count = 0;
    this.#cursor = scanKeys(this.#store, shard, database, this.#cursor, found);
    for (let at = 0; at < found.count; at++) {
      if (!takeMark(arena, found.entries[at]) || this.#failure !== undefined) continue;
      this.#name(this.#origin);
      writeRecord(this.#out, arena, found.entries[at], this.#facts.form);
      this.keys += 1;
    }
    if (this.#cursor !== (first + this.#store.slotsPerShard) % SLOT_COUNT) return;
    this.#cursor = first;
    this.#origin += 1;
    if (this.#origin < this.#store.databases) return;
    this.#endShard(shard);
  }

  /** All records of the shard have been saved. */
  #endShard({ index, arena }: Shard): void {
    this.#takeKeptOf(this.#store.shards[index]);
    const isIncomplete = hasFailed(arena);
    endMarks(arena);
    this.#origin = 0;
    this.#shard = index + 1;
    this.#cursor = this.#shard * this.#store.slotsPerShard;
    if (isIncomplete) this.#failure ??= new Error('there was no memory to keep a value that was changed');
  }

  /** Of all shards that have something. */
  #takeKept(): void {
    for (const shard of this.#store.shards) {
      if (!hasKept(shard.arena) || !this.#store.tryLock(shard)) continue;
      this.#takeKeptOf(shard);
      this.#store.unlock(shard);
      if (this.#out.length >= FLUSH_BYTES) this.#flush();
    }
  }

  #takeKeptOf({ arena }: Shard): void {
    if (this.#failure !== undefined) {
      dropKept(arena);
      return;
    }
    while (takeKept(arena, this.#out, this.#select)) this.keys += 1;
  }

  readonly #select = (database: number): void => this.#name(database);

  #name(database: number): void {
    if (database === this.#named) return;
    this.#named = database;
    writeDatabase(this.#out, database);
  }

  #flush(): void {
    const out = this.#out;
    if (this.#failure === undefined) {
      if (this.#facts.withChecksum) this.#sum.add(out.bytes, 0, out.length);
      try {
        writeAll(this.#file, out.bytes, out.length);
      } catch (error) {
        this.fail(error as Error);
      }
    }
    out.reset();
  }

  /**
   * Ends the file, brings it to the disk and gives it its name, in place of the one before. When it has failed, nothing
   * is left of it. `done` comes in a later turn.
   */
  finish(done: (error: Error | undefined) => void): void {
    writeEnd(this.#out);
    this.#flush();
    const sum = sumBytes(this.#sum);
    if (this.#failure === undefined) {
      try {
        writeAll(this.#file, sum, sum.length);
      } catch (error) {
        this.#failure = error as Error;
      }
    }
    void this.#settle().then(done, done);
  }

  async #settle(): Promise<Error | undefined> {
    const { path: name } = this.#facts;
    if (this.#failure === undefined) {
      await inPromise((callback) => fs.fsync(this.#file, callback));
      await inPromise((callback) => fs.close(this.#file, callback));
      await fs.promises.rename(this.#temporary, name);
      const folder = await fs.promises.open(path.dirname(name));
      await folder.sync();
      await folder.close();
      return undefined;
    }
    await inPromise((callback) => fs.close(this.#file, callback));
    await fs.promises.rm(this.#temporary, { force: true });
    return this.#failure;
  }
}

function inPromise(work: (callback: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    work((error) => (error === null ? resolve() : reject(error)));
  });
}
