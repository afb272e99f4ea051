/**
 * Hashes: two words in the key's record, the offset of a packed blob or of a hash table, and that of the due block
 * (`hash-due.ts`) if fields expire. The record's encoding says which; a hash becomes a table as it grows and stays
 * one. Any thread that holds the shard's lock. Fields and values are given as bytes, which must not be part of the same
 * hash. All or nothing: without memory nothing has changed.
 */
import { release, roundedSize, usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { hashKey } from '../memory/hash.ts';
import { createTable, removeEntry, replaceEntry, tableCount } from '../memory/hash-table.ts';
import { createPacked, PACKED_MAX_COUNT, packedCount } from '../memory/packed-room.ts';
import { LIMIT_HASH_ENTRIES, LIMIT_HASH_VALUE } from './encoding-limits.ts';
import { freeEntries, toTable } from './hash-convert.ts';
import { addDueFields, dropDue, dueFields, dueOf } from './hash-due.ts';
import { fieldEntryBytes, insertField, makeFieldEntry, writeFieldValue } from './hash-entry.ts';
import { appendField, deleteField, moveTimed, replaceValue } from './hash-packed.ts';
import { retrackEntry, untrackEntry } from './hash-track.ts';
import { findField, HASH_PACKED, HASH_TABLE, HASH_TIMED, HashWalk, packedStride } from './hash-walk.ts';
import type { Key } from './key.ts';
import { putRecord } from './keyspace.ts';
import { recordEncoding, valueOffset } from './record.ts';
import type { Store } from './store.ts';
import { TYPE_HASH } from './types.ts';

// Results of `setField`.
export const FIELD_NO_MEMORY = 0;
export const FIELD_ADDED = 1;
export const FIELD_UPDATED = 2;

export const HASH_VALUE_BYTES = 8;
const walk = new HashWalk();

/** Offset of the blob or the table. */
export function hashBody(arena: Arena, record: number): number {
  return arena.words[valueOffset(arena, record) >> 2];
}

export function setHashBody(arena: Arena, record: number, body: number): void {
  arena.words[valueOffset(arena, record) >> 2] = body;
}

/** Fields, expired ones included that are still there. */
export function fieldCount(arena: Arena, record: number): number {
  const body = hashBody(arena, record);
  const encoding = recordEncoding(arena, record);
  return encoding === HASH_TABLE
    ? tableCount(arena, body)
    : packedCount(arena, body) / packedStride(encoding);
}

/** Before `expected` fields are set at once: makes the hash a table if it would become one anyway. */
export function expectFields(store: Store, key: Key, expected: number): boolean {
  const { arena, record } = key;
  if (recordEncoding(arena, record) === HASH_TABLE) return true;
  return expected <= store.limits[LIMIT_HASH_ENTRIES] || toTable(arena, record);
}

/**
 * Sets a field of the key's hash, which is made where there is none; `expected` is how many fields a new one will
 * have. The field keeps its time if `keepsTime`, otherwise it does not expire any more. FIELD_…
 */
export function setField(
  store: Store,
  key: Key,
  field: Uint8Array,
  start: number,
  end: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
  keepsTime: boolean,
  expected: number,
): number {
  const { arena } = key;
  const { limits } = store;
  const longest = limits[LIMIT_HASH_VALUE];
  const isLong = end - start > longest || valueEnd - valueStart > longest;
  if (key.record === 0) {
    const isTable = isLong || expected > limits[LIMIT_HASH_ENTRIES];
    if (!makeHash(store, key, isTable, field, start, end, value, valueStart, valueEnd))
      return FIELD_NO_MEMORY;
    return FIELD_ADDED;
  }
  const { record } = key;
  if (recordEncoding(arena, record) !== HASH_TABLE) {
    if (!isLong) {
      const result = setPacked(
        arena,
        record,
        limits,
        field,
        start,
        end,
        value,
        valueStart,
        valueEnd,
        keepsTime,
      );
      if (result !== IS_FULL) return result;
    }
    if (!toTable(arena, record)) return FIELD_NO_MEMORY;
  }
  return setInTable(arena, record, field, start, end, value, valueStart, valueEnd, keepsTime);
}

/** A new hash of one field. */
function makeHash(
  store: Store,
  key: Key,
  isTable: boolean,
  field: Uint8Array,
  start: number,
  end: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
): boolean {
  const { arena } = key;
  const made = isTable
    ? createTable(arena)
    : createPacked(arena, end - start + valueEnd - valueStart + SMALL_ENTRIES);
  if (made === 0) return false;
  const body = isTable
    ? insertField(arena, made, field, start, end, value, valueStart, valueEnd, 0)
    : appendField(arena, made, field, start, end, value, valueStart, valueEnd, false);
  const encoding = isTable ? HASH_TABLE : HASH_PACKED;
  if (body !== 0 && putRecord(store, key, TYPE_HASH, encoding, HASH_VALUE_BYTES, 0)) {
    const at = valueOffset(arena, key.record) >> 2;
    arena.words[at] = isTable ? made : body;
    arena.words[at + 1] = 0;
    return true;
  }
  if (isTable) freeEntries(arena, made);
  else release(arena, body === 0 ? made : body);
  return false;
}

/** Bytes besides their own that two short entries take. */
const SMALL_ENTRIES = 4;
/** A blob has no room for the entries of more fields, times included. */
const MOST_PACKED = Math.floor(PACKED_MAX_COUNT / 3);
/** A further result of `setPacked`: the blob may not grow, and nothing has changed. */
const IS_FULL = 3;

function setPacked(
  arena: Arena,
  record: number,
  limits: Float64Array,
  field: Uint8Array,
  start: number,
  end: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
  keepsTime: boolean,
): number {
  const isTimed = recordEncoding(arena, record) === HASH_TIMED;
  let body: number;
  const isThere = findField(walk, arena, record, field, start, end);
  if (!isThere) {
    if (fieldCount(arena, record) >= Math.min(limits[LIMIT_HASH_ENTRIES], MOST_PACKED)) return IS_FULL;
    body = appendField(arena, walk.body, field, start, end, value, valueStart, valueEnd, isTimed);
  } else if (walk.expiresAtMs === 0 || keepsTime) {
    body = replaceValue(arena, walk.body, walk.place, value, valueStart, valueEnd);
  } else {
    body = moveTimed(walk, value, valueStart, valueEnd, 0);
    if (body !== 0) forgetTime(arena, record);
  }
  if (body === 0) return FIELD_NO_MEMORY;
  setHashBody(arena, record, body);
  return isThere ? FIELD_UPDATED : FIELD_ADDED;
}

/** A field of a blob does not expire any more, or is gone. */
export function forgetTime(arena: Arena, record: number): void {
  const due = dueOf(arena, record);
  addDueFields(arena, due, -1);
  if (dueFields(arena, due) === 0) dropDue(arena, record);
}

function setInTable(
  arena: Arena,
  record: number,
  field: Uint8Array,
  start: number,
  end: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
  keepsTime: boolean,
): number {
  const isThere = findField(walk, arena, record, field, start, end);
  const { body, entry, expiresAtMs } = walk;
  if (!isThere) {
    const made = insertField(arena, body, field, start, end, value, valueStart, valueEnd, 0);
    return made === 0 ? FIELD_NO_MEMORY : FIELD_ADDED;
  }
  const time = keepsTime ? expiresAtMs : 0;
  const needed = fieldEntryBytes(end - start, valueEnd - valueStart, time > 0);
  const usable = usableSize(arena, entry);
  if (usable >= needed && usable <= 2 * roundedSize(needed)) {
    if (expiresAtMs > 0 && time === 0) untrackEntry(arena, record, entry, expiresAtMs);
    writeFieldValue(arena, entry, value, valueStart, valueEnd, time > 0);
    return FIELD_UPDATED;
  }
  const made = makeFieldEntry(arena, field, start, end, valueEnd - valueStart, time);
  if (made === 0) return FIELD_NO_MEMORY;
  writeFieldValue(arena, made, value, valueStart, valueEnd, time > 0);
  if (time > 0 && !retrackEntry(arena, record, entry, time, made, time)) {
    release(arena, made);
    return FIELD_NO_MEMORY;
  }
  if (expiresAtMs > 0 && time === 0) untrackEntry(arena, record, entry, expiresAtMs);
  replaceEntry(arena, body, hashKey(field, start, end), entry, made);
  release(arena, entry);
  return FIELD_UPDATED;
}

/** Takes a field out. False where it is not there. The key stays, even with an empty hash. */
export function removeField(
  arena: Arena,
  record: number,
  field: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (!findField(walk, arena, record, field, start, end)) return false;
  const { encoding, body, entry, expiresAtMs } = walk;
  if (encoding !== HASH_TABLE) {
    if (expiresAtMs > 0) forgetTime(arena, record);
    setHashBody(arena, record, deleteField(arena, body, walk.place, packedStride(encoding)));
    return true;
  }
  if (expiresAtMs > 0) untrackEntry(arena, record, entry, expiresAtMs);
  removeEntry(arena, body, hashKey(field, start, end), entry);
  release(arena, entry);
  return true;
}
