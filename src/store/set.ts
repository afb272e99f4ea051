/**
 * Sets: one word in the key's record, the offset of a sorted array of integers, of a packed blob, or of a hash table.
 * Which of them is the record's encoding; a set goes from left to right as it grows and never back. Any thread that
 * holds the shard's lock. Members are given as bytes, which must not be part of the same set.
 */
import { allocate, release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { hashKey } from '../memory/hash.ts';
import {
  createTable,
  destroyTable,
  findEntry,
  insertEntry,
  removeEntry,
  tableCount,
} from '../memory/hash-table.ts';
import { copyIn } from '../memory/move-bytes.ts';
import { packedDelete, packedFind, packedInsert } from '../memory/packed.ts';
import { PackedCursor } from '../memory/packed-entry.ts';
import { createPacked, PACKED_MAX_COUNT, packedCount } from '../memory/packed-room.ts';
import { ENTRY_KEY } from '../memory/table-layout.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import { DISCARDED_ENTRIES, discard } from './discarded.ts';
import { LIMIT_INTSET_ENTRIES, LIMIT_SET_ENTRIES, LIMIT_SET_VALUE } from './encoding-limits.ts';
import {
  createIntset,
  intsetBytes,
  intsetCount,
  intsetFind,
  intsetInsert,
  intsetRemove,
  readWide,
} from './intset.ts';
import type { Key } from './key.ts';
import { putRecord } from './keyspace.ts';
import { recordEncoding, setRecordEncoding, valueOffset } from './record.ts';
import { beginMembers, nextMember, SetWalk } from './set-walk.ts';
import type { Store } from './store.ts';
import { TYPE_SET } from './types.ts';

export const SET_INTEGERS = 0;
export const SET_PACKED = 1;
export const SET_TABLE = 2;

// Results of `addMember`.
export const MEMBER_NO_MEMORY = 0;
export const MEMBER_ADDED = 1;
export const MEMBER_EXISTS = 2;

export const SET_VALUE_BYTES = 4;
const cursor = new PackedCursor();
const walk = new SetWalk();
const found = new EntryList();

/** Offset of the array, the blob or the table. */
export function setBody(arena: Arena, record: number): number {
  return arena.words[valueOffset(arena, record) >> 2];
}

export function setBodyTo(arena: Arena, record: number, body: number): void {
  arena.words[valueOffset(arena, record) >> 2] = body;
}

export function setCount(arena: Arena, record: number): number {
  return bodyCount(arena, recordEncoding(arena, record), setBody(arena, record));
}

function bodyCount(arena: Arena, encoding: number, body: number): number {
  if (encoding === SET_INTEGERS) return intsetCount(arena, body);
  return encoding === SET_PACKED ? packedCount(arena, body) : tableCount(arena, body);
}

export function hasMember(
  arena: Arena,
  record: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  return bodyHas(arena, recordEncoding(arena, record), setBody(arena, record), bytes, start, end);
}

function bodyHas(
  arena: Arena,
  encoding: number,
  body: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (encoding === SET_TABLE) {
    return findEntry(arena, body, hashKey(bytes, start, end), bytes, start, end) !== 0;
  }
  if (encoding === SET_PACKED) return packedFind(arena, body, bytes, start, end, 1, cursor);
  return readWide(bytes, start, end) && intsetFind(arena, body) >= 0;
}

/** A set being made or changed: the result of operations before it becomes a key's value. */
export class SetBody {
  encoding = SET_INTEGERS;
  body = 0;
}

/** One for the set that a key holds. */
const own = new SetBody();

/**
 * Begins an empty set, whose first member will likely be the given one. False without memory.
 * It belongs to nobody until `adoptBody`; `freeBody` gives it back.
 */
export function createBody(arena: Arena, set: SetBody, encoding: number): boolean {
  set.encoding = encoding;
  if (encoding === SET_INTEGERS) set.body = createIntset(arena);
  else set.body = encoding === SET_PACKED ? createPacked(arena, 16) : createTable(arena);
  return set.body !== 0;
}

/** The encoding of a new set with this member: as `setTypeCreate`. */
export function firstEncoding(
  limits: Float64Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  expected: number,
): number {
  if (expected <= limits[LIMIT_INTSET_ENTRIES] && readWide(bytes, start, end)) return SET_INTEGERS;
  return expected <= limits[LIMIT_SET_ENTRIES] ? SET_PACKED : SET_TABLE;
}

export function freeBody(arena: Arena, set: SetBody): void {
  if (set.body !== 0) freeParts(arena, set.encoding, set.body);
  set.body = 0;
}

/** Gives back a set that is no key's value. */
export function freeParts(arena: Arena, encoding: number, body: number): void {
  if (encoding !== SET_TABLE) {
    release(arena, body);
    return;
  }
  if (discard(arena, DISCARDED_ENTRIES, body)) return;
  let place = 0;
  do {
    found.count = 0;
    place = scanBucket(arena, body, place, found);
    for (let at = 0; at < found.count; at++) release(arena, found.entries[at]);
  } while (place !== 0);
  destroyTable(arena, body);
}

/** Adds a member to a set that is no key's, or is a key's as it was read. MEMBER_…; without memory nothing changes. */
export function addToBody(
  arena: Arena,
  limits: Float64Array,
  set: SetBody,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  if (set.encoding === SET_INTEGERS) return addInteger(arena, limits, set, bytes, start, end);
  if (set.encoding === SET_TABLE) return addEntry(arena, set.body, bytes, start, end);
  if (packedFind(arena, set.body, bytes, start, end, 1, cursor)) return MEMBER_EXISTS;
  const isSmall = packedCount(arena, set.body) < Math.min(limits[LIMIT_SET_ENTRIES], PACKED_MAX_COUNT);
  if (!isSmall || end - start > limits[LIMIT_SET_VALUE]) {
    if (!convert(arena, set, SET_TABLE)) return MEMBER_NO_MEMORY;
    return addEntry(arena, set.body, bytes, start, end);
  }
  cursor.place = 0;
  const body = packedInsert(arena, set.body, cursor, bytes, start, end);
  if (body === 0) return MEMBER_NO_MEMORY;
  set.body = body;
  return MEMBER_ADDED;
}

function addInteger(
  arena: Arena,
  limits: Float64Array,
  set: SetBody,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const count = intsetCount(arena, set.body);
  if (!readWide(bytes, start, end)) {
    const isSmall = count < limits[LIMIT_SET_ENTRIES] && end - start <= limits[LIMIT_SET_VALUE];
    if (!convert(arena, set, isSmall ? SET_PACKED : SET_TABLE)) return MEMBER_NO_MEMORY;
    return addToBody(arena, limits, set, bytes, start, end);
  }
  const place = intsetFind(arena, set.body);
  if (place >= 0) return MEMBER_EXISTS;
  if (count >= limits[LIMIT_INTSET_ENTRIES]) {
    if (!convert(arena, set, SET_TABLE)) return MEMBER_NO_MEMORY;
    return addEntry(arena, set.body, bytes, start, end);
  }
  const body = intsetInsert(arena, set.body, place);
  if (body === 0) return MEMBER_NO_MEMORY;
  set.body = body;
  return MEMBER_ADDED;
}

function addEntry(arena: Arena, table: number, bytes: Uint8Array, start: number, end: number): number {
  const hash = hashKey(bytes, start, end);
  if (findEntry(arena, table, hash, bytes, start, end) !== 0) return MEMBER_EXISTS;
  return insertNew(arena, table, hash, bytes, start, end) ? MEMBER_ADDED : MEMBER_NO_MEMORY;
}

/** A member that is not there. */
export function insertNew(
  arena: Arena,
  table: number,
  hash: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const entry = allocate(arena, ENTRY_KEY + end - start);
  if (entry === 0) return false;
  arena.words[entry >> 2] = 0;
  arena.words[(entry >> 2) + 1] = end - start;
  copyIn(arena, bytes, start, end, entry + ENTRY_KEY);
  if (insertEntry(arena, table, hash, entry)) return true;
  release(arena, entry);
  return false;
}

/** Gives the set another encoding. The old form is freed when the new one is complete. */
function convert(arena: Arena, set: SetBody, encoding: number): boolean {
  const made =
    encoding === SET_PACKED ? createPacked(arena, intsetBytes(arena, set.body)) : createTable(arena);
  if (made === 0) return false;
  let body = made;
  beginMembers(walk, arena, set.encoding, set.body);
  while (nextMember(walk)) {
    const { bytes, start, end } = walk;
    if (encoding === SET_TABLE) {
      if (insertNew(arena, body, hashKey(bytes, start, end), bytes, start, end)) continue;
      freeParts(arena, SET_TABLE, body);
      return false;
    }
    cursor.place = 0;
    const grown = packedInsert(arena, body, cursor, bytes, start, end);
    if (grown === 0) {
      release(arena, body);
      return false;
    }
    body = grown;
  }
  release(arena, set.body);
  set.encoding = encoding;
  set.body = body;
  return true;
}

/** Makes a set the value of a key, which has been looked up, in place of what it held. False without memory. */
export function adoptBody(store: Store, key: Key, set: SetBody): boolean {
  if (!putRecord(store, key, TYPE_SET, set.encoding, SET_VALUE_BYTES, 0)) return false;
  setBodyTo(key.arena, key.record, set.body);
  set.body = 0;
  return true;
}

/**
 * Adds a member to the key's set, which is made where there is none; `expected` is how many will be added to a new
 * one. MEMBER_…
 */
export function addMember(
  store: Store,
  key: Key,
  bytes: Uint8Array,
  start: number,
  end: number,
  expected: number,
): number {
  const { arena } = key;
  const { limits } = store;
  if (key.record === 0) {
    if (!createBody(arena, own, firstEncoding(limits, bytes, start, end, expected))) return MEMBER_NO_MEMORY;
    const added = addToBody(arena, limits, own, bytes, start, end);
    if (added === MEMBER_ADDED && adoptBody(store, key, own)) return added;
    freeBody(arena, own);
    return MEMBER_NO_MEMORY;
  }
  own.encoding = recordEncoding(arena, key.record);
  own.body = setBody(arena, key.record);
  const added = addToBody(arena, limits, own, bytes, start, end);
  // Another form may stand where the old one was.
  setBodyTo(arena, key.record, own.body);
  setRecordEncoding(arena, key.record, own.encoding);
  return added;
}

/**
 * Before `expected` members are added at once to the key's set: makes it a table if it would become one anyway. False
 * without memory.
 */
export function expectMembers(store: Store, key: Key, expected: number): boolean {
  const { arena, record } = key;
  const encoding = recordEncoding(arena, record);
  if (encoding === SET_TABLE) return true;
  const limit = encoding === SET_INTEGERS ? LIMIT_INTSET_ENTRIES : LIMIT_SET_ENTRIES;
  if (expected <= store.limits[limit]) return true;
  own.encoding = encoding;
  own.body = setBody(arena, record);
  if (!convert(arena, own, SET_TABLE)) return false;
  setBodyTo(arena, record, own.body);
  setRecordEncoding(arena, record, SET_TABLE);
  return true;
}

/** Takes a member out. False where it is not there. The key stays, even with an empty set. */
export function removeMember(
  arena: Arena,
  record: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const body = setBody(arena, record);
  const encoding = recordEncoding(arena, record);
  if (encoding === SET_TABLE) {
    const hash = hashKey(bytes, start, end);
    const entry = findEntry(arena, body, hash, bytes, start, end);
    if (entry === 0) return false;
    removeEntry(arena, body, hash, entry);
    release(arena, entry);
    return true;
  }
  if (encoding === SET_PACKED) {
    if (!packedFind(arena, body, bytes, start, end, 1, cursor)) return false;
    setBodyTo(arena, record, packedDelete(arena, body, cursor, 1));
    return true;
  }
  if (!readWide(bytes, start, end)) return false;
  const index = intsetFind(arena, body);
  if (index < 0) return false;
  setBodyTo(arena, record, intsetRemove(arena, body, index));
  return true;
}
