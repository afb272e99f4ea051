/**
 * Which clients have read which keys and want to hear of changes: a table in each shard's arena, whatever the database,
 * as in the servers. An entry is a count, the key, and the clients' ids as doubles. Under the shard's lock. Any worker
 * thread.
 */
import { copyBytes } from '../base/bytes.ts';
import { allocate, release, usableSize } from '../memory/allocator.ts';
import { type Arena, WORD_ROOTS } from '../memory/arena.ts';
import {
  createTable,
  destroyTable,
  entryHash,
  findEntry,
  insertEntry,
  removeEntry,
  replaceEntry,
  tableCount,
} from '../memory/hash-table.ts';
import { ENTRY_KEY, ENTRY_LENGTH_MASK } from '../memory/table-layout.ts';
import { EntryList, randomEntry, scanBucket } from '../memory/table-scan.ts';
import type { Key } from '../store/key.ts';
import { ROOT_TRACKED } from '../store/store.ts';

const TABLE = WORD_ROOTS + ROOT_TRACKED;
const ID_BYTES = 8;
const found = new EntryList();

export const TRACK_KNOWN = 0;
export const TRACK_ADDED = 1;
/** The client is noted, and the key was in no client's list before. */
export const TRACK_NEW_KEY = 2;
export const TRACK_NO_MEMORY = 3;

/** Notes that the client has read the key. Returns TRACK_…. */
export function trackKey(key: Key, id: number): number {
  const { arena } = key;
  const { words } = arena;
  if (words[TABLE] === 0) words[TABLE] = createTable(arena);
  if (words[TABLE] === 0) return TRACK_NO_MEMORY;
  const entry = findEntry(arena, words[TABLE], key.hash, key.bytes, key.start, key.end);
  if (entry !== 0) return addClient(arena, key.hash, entry, id);
  const length = key.end - key.start;
  const made = allocate(arena, headBytes(length) + ID_BYTES);
  if (made === 0) return TRACK_NO_MEMORY;
  words[made >> 2] = 1;
  words[(made >> 2) + 1] = length;
  copyBytes(key.bytes, key.start, key.end, arena.bytes, made + ENTRY_KEY);
  arena.doubles[(made + headBytes(length)) >> 3] = id;
  if (insertEntry(arena, words[TABLE], key.hash, made)) return TRACK_NEW_KEY;
  release(arena, made);
  return TRACK_NO_MEMORY;
}

/** The entry of a key that clients have read, or 0. */
export function trackedEntry(key: Key): number {
  const table = key.arena.words[TABLE];
  return table === 0 ? 0 : findEntry(key.arena, table, key.hash, key.bytes, key.start, key.end);
}

/** An entry by chance, or 0. */
export function randomTracked(arena: Arena, next: () => number): number {
  const table = arena.words[TABLE];
  return table === 0 ? 0 : randomEntry(arena, table, next);
}

export function clientCount(arena: Arena, entry: number): number {
  return arena.words[entry >> 2];
}

export function clientAt(arena: Arena, entry: number, index: number): number {
  return arena.doubles[((entry + headBytes(keyBytes(arena, entry))) >> 3) + index];
}

export function trackedStart(entry: number): number {
  return entry + ENTRY_KEY;
}

export function trackedEnd(arena: Arena, entry: number): number {
  return entry + ENTRY_KEY + keyBytes(arena, entry);
}

/** Nobody is to hear of the key again. */
export function forgetTracked(arena: Arena, entry: number): void {
  removeEntry(arena, arena.words[TABLE], entryHash(arena, entry), entry);
  release(arena, entry);
}

/** Cold: FLUSHALL. Returns how many keys it were. */
export function forgetAllTracked(arena: Arena): number {
  const { words } = arena;
  if (words[TABLE] === 0) return 0;
  const count = tableCount(arena, words[TABLE]);
  found.count = 0;
  let cursor = 0;
  do cursor = scanBucket(arena, words[TABLE], cursor, found);
  while (cursor !== 0);
  destroyTable(arena, words[TABLE]);
  words[TABLE] = 0;
  for (let at = 0; at < found.count; at++) release(arena, found.entries[at]);
  return count;
}

function addClient(arena: Arena, hash: number, entry: number, id: number): number {
  const count = clientCount(arena, entry);
  const head = headBytes(keyBytes(arena, entry));
  const first = (entry + head) >> 3;
  for (let at = 0; at < count; at++) if (arena.doubles[first + at] === id) return TRACK_KNOWN;
  let place = entry;
  if (usableSize(arena, entry) < head + (count + 1) * ID_BYTES) {
    place = allocate(arena, head + 2 * count * ID_BYTES);
    if (place === 0) return TRACK_NO_MEMORY;
    copyBytes(arena.bytes, entry, entry + head + count * ID_BYTES, arena.bytes, place);
    replaceEntry(arena, arena.words[TABLE], hash, entry, place);
    release(arena, entry);
  }
  arena.doubles[((place + head) >> 3) + count] = id;
  arena.words[place >> 2] = count + 1;
  return TRACK_ADDED;
}

function keyBytes(arena: Arena, entry: number): number {
  return arena.words[(entry >> 2) + 1] & ENTRY_LENGTH_MASK;
}

/** Up to the ids, which are aligned. */
function headBytes(length: number): number {
  return (ENTRY_KEY + length + 7) & ~7;
}
