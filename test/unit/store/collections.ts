/** What the tests of sets and hashes share: an engine with one shard or two, and its records. */
import type { Arena } from '../../../src/memory/arena.ts';
import { Key, prepareKey } from '../../../src/store/key.ts';
import { dropRecord, findKey, putRecord } from '../../../src/store/keyspace.ts';
import { recordEncoding, recordType } from '../../../src/store/record.ts';
import { typeHooks } from '../../../src/store/types.ts';
import {
  makeEngine,
  type TestEngine,
  type TestEngineClient,
  type TestEngineOptions,
} from '../engine/in-process-engine.ts';
import { checkArena } from '../memory/check-arena.ts';
import { bytesOf } from '../memory/fuzzing.ts';

export class Collections {
  readonly test: TestEngine;
  readonly client: TestEngineClient;

  constructor(options: TestEngineOptions) {
    this.test = makeEngine(options);
    this.client = this.test.client();
  }

  /** Arguments with one character per byte. */
  call(...args: readonly string[]): string {
    return this.client.call(...args.map((text) => Buffer.from(text, 'latin1')));
  }

  key(name: string): Key {
    const { store } = this.test.engine;
    const bytes = bytesOf(name);
    const key = new Key(store.shards[0], bytes);
    prepareKey(store, key, 0, bytes, 0, bytes.length);
    findKey(store, key, this.test.clock.nowMs);
    return key;
  }

  encoding(name: string): string {
    const { arena, record } = this.key(name);
    return record === 0 ? 'none' : typeHooks(recordType(arena, record)).encodingName(arena, record);
  }

  get arenas(): readonly Arena[] {
    return this.test.engine.store.shards.map(({ arena }) => arena);
  }

  /** The first key of a shard's database costs its directory, which stays; this makes them all. */
  fillDirectories(): void {
    for (let at = 0; at < 64; at++) this.call('SET', `filler:${at}`, 'x');
  }

  usedBytes(): number {
    return this.test.engine.store.usedBytes();
  }

  checkArenas(): void {
    for (const arena of this.arenas) checkArena(arena);
  }

  /** As COPY does: a deep copy of one key's value as another's, which does not exist. False without memory. */
  copy(from: string, to: string): boolean {
    const source = this.key(from);
    const target = this.key(to);
    const { arena, record } = source;
    const hooks = typeHooks(recordType(arena, record));
    const size = hooks.valueBytes(arena, record);
    const encoding = recordEncoding(arena, record);
    const { store } = this.test.engine;
    if (!putRecord(store, target, recordType(arena, record), encoding, size, 0)) return false;
    // Both may be in one shard, and then the source's record may have moved.
    const again = this.key(from);
    if (hooks.copy(again.arena, again.record, target.arena, target.record)) return true;
    dropRecord(target);
    return false;
  }
}

/** Bulk strings of a reply without types: enough for replies of this engine that are flat. */
export function bulksOf(reply: string): string[] {
  const values: string[] = [];
  let at = reply.indexOf('\r\n') + 2;
  while (at < reply.length) {
    const end = reply.indexOf('\r\n', at);
    if (reply[at] !== '$')
      throw new Error(`no bulk string at ${at} of ${JSON.stringify(reply.slice(0, 200))}`);
    const length = Number(reply.slice(at + 1, end));
    values.push(length < 0 ? '(nil)' : reply.slice(end + 2, end + 2 + length));
    at = length < 0 ? end + 2 : end + 4 + length;
  }
  return values;
}
