/**
 * A field of a hash that is a table: one block with the field, when it expires, and its value. It is an entry of the
 * hash's table, and of the tree of its fields that expire. Any thread that holds the shard's lock.
 *
 * Word 0: length of the value. Word 1: length of the field (bits 0-29), whether it expires (bit 30). Then the field,
 * filled up to a whole word; then, if it expires, when (unix time in ms, low word first); then the value.
 */
import { allocate, release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { hashKey } from '../memory/hash.ts';
import { findEntry, insertEntry } from '../memory/hash-table.ts';
import { copyIn } from '../memory/move-bytes.ts';
import { ENTRY_KEY, ENTRY_LENGTH_MASK } from '../memory/table-layout.ts';

const EXPIRES = 1 << 30;
const TWO_32 = 2 ** 32;

export function fieldLength(arena: Arena, entry: number): number {
  return arena.words[(entry >> 2) + 1] & ENTRY_LENGTH_MASK;
}

export function fieldValueLength(arena: Arena, entry: number): number {
  return arena.words[entry >> 2];
}

function afterField(arena: Arena, entry: number): number {
  return entry + ENTRY_KEY + ((fieldLength(arena, entry) + 3) & ~3);
}

/** Offset of the value's first byte. */
export function fieldValueStart(arena: Arena, entry: number): number {
  const end = afterField(arena, entry);
  return (arena.words[(entry >> 2) + 1] & EXPIRES) === 0 ? end : end + 8;
}

/** Unix time in ms, or 0 where the field does not expire. */
export function fieldExpiry(arena: Arena, entry: number): number {
  const { words } = arena;
  if ((words[(entry >> 2) + 1] & EXPIRES) === 0) return 0;
  const at = afterField(arena, entry) >> 2;
  return words[at + 1] * TWO_32 + (words[at] >>> 0);
}

/** Of an entry that has a time already. */
export function writeFieldExpiry(arena: Arena, entry: number, atMs: number): void {
  const at = afterField(arena, entry) >> 2;
  arena.words[at] = (atMs % TWO_32) | 0;
  arena.words[at + 1] = Math.floor(atMs / TWO_32);
}

/** Bytes of an entry. */
export function fieldEntryBytes(fieldBytes: number, valueBytes: number, expires: boolean): number {
  return ENTRY_KEY + ((fieldBytes + 3) & ~3) + (expires ? 8 : 0) + valueBytes;
}

/** A new entry that is in no table. Its value is still to be written. 0 without memory. */
export function makeFieldEntry(
  arena: Arena,
  field: Uint8Array,
  start: number,
  end: number,
  valueBytes: number,
  expiresAtMs: number,
): number {
  const entry = allocate(arena, fieldEntryBytes(end - start, valueBytes, expiresAtMs > 0));
  if (entry === 0) return 0;
  arena.words[entry >> 2] = valueBytes;
  arena.words[(entry >> 2) + 1] = expiresAtMs > 0 ? (end - start) | EXPIRES : end - start;
  copyIn(arena, field, start, end, entry + ENTRY_KEY);
  if (expiresAtMs > 0) writeFieldExpiry(arena, entry, expiresAtMs);
  return entry;
}

/** Writes a value of this length into an entry that has room for it. It keeps its time or loses it. */
export function writeFieldValue(
  arena: Arena,
  entry: number,
  value: Uint8Array,
  start: number,
  end: number,
  keepsTime: boolean,
): void {
  const { words } = arena;
  words[entry >> 2] = end - start;
  if (!keepsTime) words[(entry >> 2) + 1] &= ~EXPIRES;
  copyIn(arena, value, start, end, fieldValueStart(arena, entry));
}

/** The entry of a field in a hash's table, or 0. */
export function findFieldEntry(
  arena: Arena,
  table: number,
  field: Uint8Array,
  start: number,
  end: number,
): number {
  return findEntry(arena, table, hashKey(field, start, end), field, start, end);
}

/** Makes an entry for a field that the table does not have. Returns it, 0 without memory. */
export function insertField(
  arena: Arena,
  table: number,
  field: Uint8Array,
  start: number,
  end: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
  expiresAtMs: number,
): number {
  const entry = makeFieldEntry(arena, field, start, end, valueEnd - valueStart, expiresAtMs);
  if (entry === 0) return 0;
  writeFieldValue(arena, entry, value, valueStart, valueEnd, expiresAtMs > 0);
  if (insertEntry(arena, table, hashKey(field, start, end), entry)) return entry;
  release(arena, entry);
  return 0;
}
