/**
 * * Keys that clients watch: a table per shard and database with a count of changes for each, so that a change made
 * by any thread is seen by all, and keys that nobody watches cost nothing. Needs the lock of the key's shard. Any
 * worker thread.
 *
 * An entry's first word counts changes; behind the key stands how many clients watch it.
 */
import { copyBytes } from '../base/bytes.ts';
import { allocate, release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import {
  createTable,
  destroyTable,
  findEntry,
  insertEntry,
  removeEntry,
  tableCount,
} from '../memory/hash-table.ts';
import { ENTRY_KEY } from '../memory/table-layout.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import { Key, prepareKey } from './key.ts';
import { findKey, peekRecord } from './keyspace.ts';
import { keyLength, keyOffset } from './record.ts';
import { DB_WATCHED, databaseAt, type Shard, type Store } from './store.ts';

/** Begins to watch; returns the count of changes so far, or -1 without memory. */
export function watchKey(key: Key): number {
  const { arena } = key;
  const { words } = arena;
  const place = databaseAt(arena, key.database) + DB_WATCHED;
  if (words[place] === 0) words[place] = createTable(arena);
  if (words[place] === 0) return -1;
  const known = findEntry(arena, words[place], key.hash, key.bytes, key.start, key.end);
  if (known !== 0) {
    words[clientsAt(key, known)] += 1;
    return words[known >> 2];
  }
  const length = key.end - key.start;
  const entry = allocate(arena, ENTRY_KEY + ((length + 3) & ~3) + 4);
  if (entry !== 0) {
    words[entry >> 2] = 0;
    words[(entry >> 2) + 1] = length;
    copyBytes(key.bytes, key.start, key.end, arena.bytes, entry + ENTRY_KEY);
    words[clientsAt(key, entry)] = 1;
    if (insertEntry(arena, words[place], key.hash, entry)) return 0;
    release(arena, entry);
  }
  dropWhenEmpty(arena, place);
  return -1;
}

/** Ends what one `watchKey` began. */
export function unwatchKey(key: Key): void {
  const { arena } = key;
  const { words } = arena;
  const place = databaseAt(arena, key.database) + DB_WATCHED;
  if (words[place] === 0) return;
  const entry = findEntry(arena, words[place], key.hash, key.bytes, key.start, key.end);
  if (entry === 0) return;
  const clients = clientsAt(key, entry);
  words[clients] -= 1;
  if (words[clients] > 0) return;
  removeEntry(arena, words[place], key.hash, entry);
  release(arena, entry);
  dropWhenEmpty(arena, place);
}

/** The count of changes of a key that is watched. */
export function watchedChanges(key: Key): number {
  const { arena } = key;
  const table = arena.words[databaseAt(arena, key.database) + DB_WATCHED];
  const entry = table === 0 ? 0 : findEntry(arena, table, key.hash, key.bytes, key.start, key.end);
  return entry === 0 ? -1 : arena.words[entry >> 2];
}

/** The key has changed: whoever watches it will see. */
export function touchWatched(key: Key): void {
  const { arena } = key;
  const { words } = arena;
  const table = words[databaseAt(arena, key.database) + DB_WATCHED];
  if (table === 0) return;
  const entry = findEntry(arena, table, key.hash, key.bytes, key.start, key.end);
  if (entry !== 0) words[entry >> 2] += 1;
}

const found = new EntryList();

/** Before a shard's database is emptied: those keys change that are there. Cold. */
export function touchAllWatched(store: Store, shard: Shard, database: number): void {
  const { arena } = shard;
  const table = arena.words[databaseAt(arena, database) + DB_WATCHED];
  if (table === 0) return;
  let cursor = 0;
  found.count = 0;
  do cursor = scanBucket(arena, table, cursor, found);
  while (cursor !== 0);
  const key = new Key(shard, arena.bytes);
  for (let index = 0; index < found.count; index++) {
    const entry = found.entries[index];
    const start = keyOffset(entry);
    prepareKey(store, key, database, arena.bytes, start, start + keyLength(arena, entry));
    if (peekRecord(key) !== 0) arena.words[entry >> 2] += 1;
  }
}

/**
 * Before databases swap their keys: those that clients watch change where one of both has the key. One that comes in
 * its place, but whose time has come, is no change, and is removed so that its going will be none either. Cold.
 */
export function touchSwapped(
  store: Store,
  shard: Shard,
  database: number,
  other: number,
  nowMs: number,
): void {
  const { arena } = shard;
  const table = arena.words[databaseAt(arena, database) + DB_WATCHED];
  if (table === 0) return;
  let cursor = 0;
  found.count = 0;
  do cursor = scanBucket(arena, table, cursor, found);
  while (cursor !== 0);
  const key = new Key(shard, arena.bytes);
  for (let index = 0; index < found.count; index++) {
    const entry = found.entries[index];
    const start = keyOffset(entry);
    prepareKey(store, key, database, arena.bytes, start, start + keyLength(arena, entry));
    const isHere = peekRecord(key) !== 0;
    key.database = other;
    if (findKey(store, key, nowMs) !== 0 || isHere) arena.words[entry >> 2] += 1;
  }
}

function clientsAt(key: Key, entry: number): number {
  return (entry + ENTRY_KEY + ((key.end - key.start + 3) & ~3)) >> 2;
}

function dropWhenEmpty(arena: Arena, place: number): void {
  const { words } = arena;
  if (tableCount(arena, words[place]) !== 0) return;
  destroyTable(arena, words[place]);
  words[place] = 0;
}
