/**
 * Going through the keys of a database: page by page with a cursor, by chance, and all at once to drop them. Any worker
 * thread; callers hold the locks of the shards they name.
 */
import { SLOT_COUNT } from '../base/slot.ts';
import { release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { destroyTable } from '../memory/hash-table.ts';
import { TABLE_COUNT } from '../memory/table-layout.ts';
import { EntryList, randomEntry, scanBucket } from '../memory/table-scan.ts';
import { DISCARDED_RECORDS, discard, discardRecords } from './discarded.ts';
import { freeValue } from './keyspace.ts';
import {
  DB_DIRECTORY,
  DB_EXPIRE_CURSOR,
  DB_EXPIRES,
  DB_KEYS,
  DB_ORIGIN,
  databaseAt,
  type Shard,
  type Store,
} from './store.ts';

/** Table of a slot, or 0 where it has no keys. Needs the lock of the slot's shard. */
export function slotTable(store: Store, shard: Shard, database: number, slot: number): number {
  const { words } = shard.arena;
  const directory = words[databaseAt(shard.arena, database) + DB_DIRECTORY];
  return directory === 0 ? 0 : words[(directory >> 2) + (slot >>> store.shardShift)];
}

/** Keys of a slot, expired ones included. */
export function slotKeyCount(store: Store, database: number, slot: number): number {
  const shard = store.shards[slot & store.shardMask];
  const table = slotTable(store, shard, database, slot);
  return table === 0 ? 0 : shard.arena.words[(table >> 2) + TABLE_COUNT];
}

/**
 * A SCAN cursor over a database is (place in a slot's table) * 16384 + the slot's number, counted shard by shard; a
 * table's buckets come in order. `scanKeys` adds the records of the next bucket of the cursor's shard that has any to
 * `out` and returns the cursor behind it, which may be in the next shard; 0 at the end. It needs the lock of `shard`,
 * which is `shardAt` of the cursor, and so do the records.
 */
export function scanKeys(
  store: Store,
  shard: Shard,
  database: number,
  cursor: number,
  out: EntryList,
): number {
  const { arena } = shard;
  const { slotsPerShard } = store;
  const number = cursor % SLOT_COUNT;
  const first = shard.index * slotsPerShard;
  const behind = first + slotsPerShard === SLOT_COUNT ? 0 : first + slotsPerShard;
  const directory = arena.words[databaseAt(arena, database) + DB_DIRECTORY] >> 2;
  if (directory === 0) return behind;
  let place = Math.floor(cursor / SLOT_COUNT);
  // Places are hashes of 32 bits.
  if (place >= 2 ** 32) return 0;
  for (let local = number - first; local < slotsPerShard; local++, place = 0) {
    const table = arena.words[directory + local];
    if (table === 0) continue;
    const next = scanBucket(arena, table, place, out);
    if (next !== 0) return next * SLOT_COUNT + first + local;
    return local + 1 === slotsPerShard ? behind : first + local + 1;
  }
  return behind;
}

/** The shard that holds the keys at a cursor. */
export function shardAt(store: Store, cursor: number): Shard {
  return store.shards[Math.floor((cursor % SLOT_COUNT) / store.slotsPerShard)];
}

/** The databases get each other's keys; who watches a key of one goes on watching that. All shards are locked. */
export function swapDatabases(store: Store, left: number, right: number): void {
  for (const { arena } of store.shards) {
    const { words } = arena;
    const one = databaseAt(arena, left);
    const other = databaseAt(arena, right);
    for (const field of [DB_DIRECTORY, DB_KEYS, DB_EXPIRES, DB_EXPIRE_CURSOR, DB_ORIGIN]) {
      const kept = words[one + field];
      words[one + field] = words[other + field];
      words[other + field] = kept;
    }
  }
}

/** A record chosen by chance among those of a shard, 0 where there is none. */
export function randomRecord(store: Store, shard: Shard, database: number, next: () => number): number {
  const { arena } = shard;
  const { words } = arena;
  const at = databaseAt(arena, database);
  const directory = words[at + DB_DIRECTORY] >> 2;
  let rest = Math.floor(next() * words[at + DB_KEYS]);
  if (directory === 0) return 0;
  for (let local = 0; local < store.slotsPerShard; local++) {
    const table = words[directory + local];
    if (table === 0) continue;
    rest -= words[(table >> 2) + TABLE_COUNT];
    if (rest < 0) return randomEntry(arena, table, next);
  }
  return 0;
}

const found = new EntryList();

/** A shard with more keys is emptied later, in slices. */
const KEYS_AT_ONCE = 1000;

/** Drops all keys of a database in one shard, and returns how many there were. `isLazy`: they are freed later. */
export function emptyDatabase(store: Store, shard: Shard, database: number, isLazy: boolean): number {
  const { arena } = shard;
  const { words } = arena;
  const at = databaseAt(arena, database);
  const count = words[at + DB_KEYS];
  const directory = words[at + DB_DIRECTORY];
  if (directory === 0) return 0;
  const isLater = isLazy || count > KEYS_AT_ONCE;
  for (let local = 0; local < store.slotsPerShard; local++) {
    const table = words[(directory >> 2) + local];
    if (table !== 0 && !(isLater && discardRecords(arena, table))) freeTable(arena, table);
  }
  release(arena, directory);
  if (words[at + DB_EXPIRES] !== 0) destroyTable(arena, words[at + DB_EXPIRES]);
  words[at + DB_DIRECTORY] = 0;
  words[at + DB_KEYS] = 0;
  words[at + DB_EXPIRES] = 0;
  words[at + DB_EXPIRE_CURSOR] = 0;
  return count;
}

function freeTable(arena: Arena, table: number): void {
  if (discard(arena, DISCARDED_RECORDS, table)) return;
  let cursor = 0;
  do {
    found.count = 0;
    cursor = scanBucket(arena, table, cursor, found);
    for (let index = 0; index < found.count; index++) {
      freeValue(arena, found.entries[index]);
      // The tables that hold it are dropped whole.
      release(arena, found.entries[index]);
    }
  } while (cursor !== 0);
  destroyTable(arena, table);
}
