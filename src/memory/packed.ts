/**
 * A small collection as one blob in one allocation: entries one after the other, walked in either direction. Small
 * hashes, sets, sorted sets, lists and the inside of stream nodes are such blobs, and chunk lists are made of them.
 * Any thread that holds the arena's lock. Must not know when a collection is small; the caller decides.
 *
 * `createPacked` (packed-room.ts) makes one. Functions that change a blob return its offset, which may be another one
 * afterwards; 0 says that there was no memory and that nothing has changed. `release` of the allocator frees a blob.
 * Bytes that are put in must not be part of the same blob.
 */
import type { Arena } from './arena.ts';
import { moveBytes } from './move-bytes.ts';
import {
  entryAfter,
  entryBefore,
  equalsStaged,
  type PackedCursor,
  readEntry,
  SHORT_BYTES,
  stageBytes,
  staged,
  stageNumber,
  writeStaged,
} from './packed-entry.ts';
import {
  addToCount,
  clearPacked,
  endPlace,
  firstPlace,
  PACKED_HEADER_BYTES,
  PACKED_MAX_COUNT,
  packedCount,
  resizeAt,
  shrinkPacked,
} from './packed-room.ts';

const NO_BYTES = new Uint8Array(0);

function stand(arena: Arena, packed: number, place: number, end: number, cursor: PackedCursor): boolean {
  if (place >= end) {
    cursor.place = 0;
    return false;
  }
  readEntry(arena, packed, place, cursor);
  return true;
}

/** To the first entry. False, and the cursor stands on none, where there is none; so do all that follow. */
export function packedFirst(arena: Arena, packed: number, cursor: PackedCursor): boolean {
  return stand(arena, packed, firstPlace(arena, packed), endPlace(arena, packed), cursor);
}

export function packedLast(arena: Arena, packed: number, cursor: PackedCursor): boolean {
  const end = endPlace(arena, packed);
  if (packedCount(arena, packed) === 0) return stand(arena, packed, end, end, cursor);
  return stand(arena, packed, entryBefore(arena, packed + end) - packed, end, cursor);
}

/** From the entry it stands on to the next one. */
export function packedNext(arena: Arena, packed: number, cursor: PackedCursor): boolean {
  return stand(arena, packed, cursor.next, endPlace(arena, packed), cursor);
}

/** From the entry it stands on to the one before. */
export function packedPrevious(arena: Arena, packed: number, cursor: PackedCursor): boolean {
  if (cursor.place === firstPlace(arena, packed)) {
    cursor.place = 0;
    return false;
  }
  readEntry(arena, packed, entryBefore(arena, packed + cursor.place) - packed, cursor);
  return true;
}

/** To the entry with an index: from 0 on, or below 0 from the end (-1 is the last). */
export function packedAt(arena: Arena, packed: number, index: number, cursor: PackedCursor): boolean {
  const count = packedCount(arena, packed);
  const wanted = index < 0 ? count + index : index;
  const end = endPlace(arena, packed);
  if (wanted < 0 || wanted >= count) return stand(arena, packed, end, end, cursor);
  let at: number;
  if (wanted < count >> 1) {
    at = packed + firstPlace(arena, packed);
    for (let left = wanted; left > 0; left--) at = entryAfter(arena, at);
  } else {
    at = packed + end;
    for (let left = count - wanted; left > 0; left--) at = entryBefore(arena, at);
  }
  readEntry(arena, packed, at - packed, cursor);
  return true;
}

/**
 * To the first entry that equals the bytes, of those at index 0, `stride`, twice `stride` and so on: 2 finds the field
 * of a hash. Entries are compared as they were put in: a text of an integer finds that integer.
 */
export function packedFind(
  arena: Arena,
  packed: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  stride: number,
  cursor: PackedCursor,
): boolean {
  stageBytes(bytes, start, end);
  const own = arena.bytes;
  const { tag } = staged;
  // Members of a set are often of one length. The last byte tells most of them apart.
  const lastAt = tag < SHORT_BYTES ? tag : 0;
  const last = lastAt === 0 ? tag : bytes[end - 1];
  const stop = packed + endPlace(arena, packed);
  let at = packed + firstPlace(arena, packed);
  while (at < stop) {
    const found = own[at];
    if (found === tag && own[at + lastAt] === last && equalsStaged(arena, at, bytes, start)) {
      readEntry(arena, packed, at - packed, cursor);
      return true;
    }
    at = found < SHORT_BYTES ? at + found + 2 : entryAfter(arena, at);
    for (let left = stride; left > 1 && at < stop; left--) at = entryAfter(arena, at);
  }
  cursor.place = 0;
  return false;
}

/** Whether the entry the cursor stands on equals the bytes. */
export function packedEquals(
  arena: Arena,
  packed: number,
  cursor: PackedCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  stageBytes(bytes, start, end);
  return equalsStaged(arena, packed + cursor.place, bytes, start);
}

/** Bytes that an entry for these bytes takes. */
export function packedEntryBytes(bytes: Uint8Array, start: number, end: number): number {
  stageBytes(bytes, start, end);
  return staged.size;
}

/** Bytes that an entry for the number takes. */
export function packedNumberBytes(value: number): number {
  stageNumber(value);
  return staged.size;
}

/**
 * Puts an entry before the one the cursor stands on, at the end where it stands on none. Afterwards the cursor stands
 * on the new entry. `bytes` must not be part of this blob.
 */
export function packedInsert(
  arena: Arena,
  packed: number,
  cursor: PackedCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  stageBytes(bytes, start, end);
  return insertStaged(arena, packed, cursor, bytes, start);
}

/** `packedInsert` of a number: an integer is stored as its text would be, anything else as a double. */
export function packedInsertNumber(
  arena: Arena,
  packed: number,
  cursor: PackedCursor,
  value: number,
): number {
  stageNumber(value);
  return insertStaged(arena, packed, cursor, NO_BYTES, 0);
}

/**
 * Puts two entries, bytes and a number behind them, before the one the cursor stands on, at the end where it stands on
 * none. Afterwards the cursor stands on the first of them. What follows moves once.
 */
export function packedInsertPair(
  arena: Arena,
  packed: number,
  cursor: PackedCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
  value: number,
): number {
  if (packedCount(arena, packed) + 2 > PACKED_MAX_COUNT) return 0;
  if (cursor.place === 0) cursor.place = endPlace(arena, packed);
  const size = packedNumberBytes(value);
  stageBytes(bytes, start, end);
  const changed = resizeAt(arena, packed, 0, staged.size + size, cursor);
  if (changed === 0) return 0;
  addToCount(arena, changed, 2);
  const at = changed + cursor.place;
  const behind = at + staged.size;
  writeStaged(arena, at, bytes, start);
  stageNumber(value);
  writeStaged(arena, behind, NO_BYTES, 0);
  readEntry(arena, changed, cursor.place, cursor);
  return changed;
}

/** `packedInsert` of what is staged; see `stageBytes`. */
export function insertStaged(
  arena: Arena,
  packed: number,
  cursor: PackedCursor,
  bytes: Uint8Array,
  start: number,
): number {
  if (packedCount(arena, packed) >= PACKED_MAX_COUNT) return 0;
  if (cursor.place === 0) cursor.place = endPlace(arena, packed);
  const changed = resizeAt(arena, packed, 0, staged.size, cursor);
  if (changed === 0) return 0;
  addToCount(arena, changed, 1);
  writeStaged(arena, changed + cursor.place, bytes, start);
  readEntry(arena, changed, cursor.place, cursor);
  return changed;
}

/** Puts other bytes in place of the entry the cursor stands on, and leaves it there. */
export function packedReplace(
  arena: Arena,
  packed: number,
  cursor: PackedCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  stageBytes(bytes, start, end);
  return replaceStaged(arena, packed, cursor, bytes, start);
}

/** `packedReplace` by a number. */
export function packedReplaceNumber(
  arena: Arena,
  packed: number,
  cursor: PackedCursor,
  value: number,
): number {
  stageNumber(value);
  return replaceStaged(arena, packed, cursor, NO_BYTES, 0);
}

/** `packedReplace` by what is staged. */
export function replaceStaged(
  arena: Arena,
  packed: number,
  cursor: PackedCursor,
  bytes: Uint8Array,
  start: number,
): number {
  const changed = resizeAt(arena, packed, cursor.next - cursor.place, staged.size, cursor);
  if (changed === 0) return 0;
  writeStaged(arena, changed + cursor.place, bytes, start);
  readEntry(arena, changed, cursor.place, cursor);
  return changed;
}

/**
 * Takes out `count` entries, beginning with the one the cursor stands on, or as many as there are. Afterwards the
 * cursor stands on what followed them. Never fails, but may return another offset.
 */
export function packedDelete(arena: Arena, packed: number, cursor: PackedCursor, count: number): number {
  const stop = packed + endPlace(arena, packed);
  let at = packed + cursor.place;
  let deleted = 0;
  for (; deleted < count && at < stop; deleted++) at = entryAfter(arena, at);
  const size = at - packed - cursor.place;
  addToCount(arena, packed, -deleted);
  resizeAt(arena, packed, size, 0, cursor);
  if (packedCount(arena, packed) === 0) {
    clearPacked(arena, packed);
    cursor.place = PACKED_HEADER_BYTES;
  }
  const changed = shrinkPacked(arena, packed, cursor);
  stand(arena, changed, cursor.place, endPlace(arena, changed), cursor);
  return changed;
}

/**
 * Appends `count` entries of another blob, beginning with the one at `place`. Returns the offset of the blob that was
 * appended to, 0 when there is no memory.
 */
export function appendEntries(
  arena: Arena,
  packed: number,
  other: number,
  place: number,
  count: number,
  cursor: PackedCursor,
): number {
  if (packedCount(arena, packed) + count > PACKED_MAX_COUNT) return 0;
  let at = other + place;
  for (let left = count; left > 0; left--) at = entryAfter(arena, at);
  const size = at - other - place;
  cursor.place = endPlace(arena, packed);
  const changed = resizeAt(arena, packed, 0, size, cursor);
  if (changed === 0) return 0;
  moveBytes(arena, other + place, changed + cursor.place, size);
  addToCount(arena, changed, count);
  return changed;
}
