/**
 * A key of a command: where it belongs, and its record once it has been looked up. Made once and used again and again,
 * so commands allocate nothing. Any worker thread.
 */
import { keySlot } from '../base/slot.ts';
import type { Arena } from '../memory/arena.ts';
import { hashKey } from '../memory/hash.ts';
import type { Shard, Store } from './store.ts';

export class Key {
  shard: Shard;
  /** The shard's arena: what `record` and all of the value's offsets are offsets into. */
  arena: Arena;
  slot = 0;
  /** Which of its shard's slots. */
  local = 0;
  hash = 0;
  /** The key is `bytes[start, end)`: lent, as long as the command runs. */
  bytes: Uint8Array;
  start = 0;
  end = 0;
  database = 0;
  /** Table of its slot, 0 where the slot is empty. Set by a look-up. */
  table = 0;
  /** Its record, 0 where there is no such key. Set by a look-up, and by whatever moves, makes or removes it. */
  record = 0;
  /** Argument of the command that names it. */
  argument = 0;

  constructor(shard: Shard, bytes: Uint8Array) {
    this.shard = shard;
    this.arena = shard.arena;
    this.bytes = bytes;
  }
}

/** Says which key it is. Finds its shard, but not its record: that needs the shard's lock. */
export function prepareKey(
  store: Store,
  key: Key,
  database: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const slot = keySlot(bytes, start, end);
  placeKey(store, key, database, bytes, start, end, slot, hashKey(bytes, start, end));
}

/** As `prepareKey` where its slot and its hash are known. */
export function placeKey(
  store: Store,
  key: Key,
  database: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  slot: number,
  hash: number,
): void {
  const shard = store.shards[slot & store.shardMask];
  key.slot = slot;
  key.local = slot >>> store.shardShift;
  key.shard = shard;
  key.arena = shard.arena;
  key.hash = hash;
  key.bytes = bytes;
  key.start = start;
  key.end = end;
  key.database = database;
  key.table = 0;
  key.record = 0;
}

/** Whether both name the same key of the same database. */
export function isSameKey(left: Key, right: Key): boolean {
  if (left.hash !== right.hash || left.database !== right.database) return false;
  if (left.end - left.start !== right.end - right.start) return false;
  for (let at = left.start, other = right.start; at < left.end; at++, other++) {
    if (left.bytes[at] !== right.bytes[other]) return false;
  }
  return true;
}
