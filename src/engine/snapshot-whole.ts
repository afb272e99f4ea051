/**
 * A snapshot in one piece, for DEBUG RELOAD: all shards are locked from its beginning to its end, so nothing has to be
 * kept apart. Worker thread. Cold: for tests of clients and servers.
 */
import * as fs from 'node:fs';
import { copyOf } from '../base/bytes.ts';
import { Crc64 } from '../base/crc64.ts';
import { EntryList } from '../memory/table-scan.ts';
import { writeDatabase, writeEnd, writeSizes } from '../rdb/file-writer.ts';
import { RdbWriter } from '../rdb/writer.ts';
import { scanKeys } from '../store/iterate.ts';
import { writeRecord } from '../store/rdb/snapshot-mark.ts';
import type { Store } from '../store/store.ts';
import { FLUSH_BYTES, type SnapshotFacts, sumBytes, writeAll, writeHead } from './snapshot-parts.ts';

/** Takes the next part of the file. The bytes are lent. */
type Take = (bytes: Uint8Array, length: number) => void;

/** Writes the file in place of the one before. Throws what the system says; then nothing is left of it. */
export function saveWhole(store: Store, facts: SnapshotFacts): void {
  const temporary = `${facts.path}.reload.tmp`;
  const file = fs.openSync(temporary, 'w', 0o644);
  try {
    write(store, facts, (bytes, length) => writeAll(file, bytes, length));
    fs.fsyncSync(file);
    fs.renameSync(temporary, facts.path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  } finally {
    fs.closeSync(file);
  }
}

/** The same bytes, where there is no file to write them to. */
export function keepWhole(store: Store, facts: SnapshotFacts): Uint8Array {
  const parts: Uint8Array[] = [];
  write(store, facts, (bytes, length) => parts.push(copyOf(bytes, 0, length)));
  return Buffer.concat(parts);
}

function write(store: Store, facts: SnapshotFacts, take: Take): void {
  const out = new RdbWriter();
  const sum = new Crc64();
  out.compresses = facts.form.compresses;
  const flush = (): void => {
    if (facts.withChecksum) sum.add(out.bytes, 0, out.length);
    take(out.bytes, out.length);
    out.reset();
  };
  writeHead(out, facts);
  for (let database = 0; database < store.databases; database++) {
    const keys = store.keyCount(database);
    if (keys === 0) continue;
    writeDatabase(out, database);
    writeSizes(out, keys, store.expiryCount(database));
    writeKeys(store, database, facts, out, flush);
  }
  writeEnd(out);
  flush();
  take(sumBytes(sum), 8);
}

function writeKeys(
  store: Store,
  database: number,
  { form }: SnapshotFacts,
  out: RdbWriter,
  flush: () => void,
): void {
  const found = new EntryList();
  for (const shard of store.shards) {
    const first = shard.index * store.slotsPerShard;
    const behind = (first + store.slotsPerShard) % (store.slotsPerShard * store.shards.length);
    let cursor = first;
    do {
      found.count = 0;
      cursor = scanKeys(store, shard, database, cursor, found);
      for (let at = 0; at < found.count; at++) writeRecord(out, shard.arena, found.entries[at], form);
      if (out.length >= FLUSH_BYTES) flush();
    } while (cursor !== behind);
  }
}
