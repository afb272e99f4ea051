/**
 * Hashes that are one blob: adding, replacing and moving what belongs to a field. Any thread that holds the shard's
 * lock. Functions that change a blob return its offset, which may be another one; 0 says that there was no memory and
 * that nothing has changed.
 */
import { copyBytes } from '../base/bytes.ts';
import type { Arena } from '../memory/arena.ts';
import {
  packedDelete,
  packedEntryBytes,
  packedFirst,
  packedInsert,
  packedInsertNumber,
  packedNext,
  packedNumberBytes,
  packedReplace,
} from '../memory/packed.ts';
import { PackedCursor, readEntry } from '../memory/packed-entry.ts';
import { endPlace, firstPlace, packedBytes, packedReserve } from '../memory/packed-room.ts';
import type { HashWalk } from './hash-walk.ts';

const cursor = new PackedCursor();
let scratch = new Uint8Array(256);

/** Adds a field that the hash does not have; with a time of 0 (none) in a blob that has times. */
export function appendField(
  arena: Arena,
  packed: number,
  field: Uint8Array,
  start: number,
  end: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
  isTimed: boolean,
): number {
  let needed = packedEntryBytes(field, start, end) + packedEntryBytes(value, valueStart, valueEnd);
  if (isTimed) needed += packedNumberBytes(0);
  cursor.place = 0;
  let blob = packedReserve(arena, packed, needed, packedBytes(arena, packed) >> 3, false, cursor);
  if (blob === 0) return 0;
  blob = packedInsert(arena, blob, cursor, field, start, end);
  cursor.place = 0;
  blob = packedInsert(arena, blob, cursor, value, valueStart, valueEnd);
  if (!isTimed) return blob;
  cursor.place = 0;
  return packedInsertNumber(arena, blob, cursor, 0);
}

/** Puts another value in place of that of the field at `place`. */
export function replaceValue(
  arena: Arena,
  packed: number,
  place: number,
  value: Uint8Array,
  start: number,
  end: number,
): number {
  readEntry(arena, packed, place, cursor);
  packedNext(arena, packed, cursor);
  return packedReplace(arena, packed, cursor, value, start, end);
}

/** Takes out the field at `place`, which is `stride` entries. Never fails. */
export function deleteField(arena: Arena, packed: number, place: number, stride: number): number {
  cursor.place = place;
  return packedDelete(arena, packed, cursor, stride);
}

/**
 * Gives a field of a blob with times another time (0: none) and a value, and puts it where it belongs by that time.
 * The field is the one that the walk has found; the value must not be part of the blob unless it is the field's own.
 */
export function moveTimed(
  walk: HashWalk,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
  atMs: number,
): number {
  const { arena, body, place } = walk;
  // What is put into a blob must not be part of it.
  const fieldBytes = walk.fieldEnd - walk.fieldStart;
  const bytes = fieldBytes + valueEnd - valueStart;
  if (bytes > scratch.length) scratch = new Uint8Array(2 * bytes);
  copyBytes(walk.field, walk.fieldStart, walk.fieldEnd, scratch, 0);
  copyBytes(value, valueStart, valueEnd, scratch, fieldBytes);
  const needed =
    packedEntryBytes(scratch, 0, fieldBytes) +
    packedEntryBytes(scratch, fieldBytes, bytes) +
    packedNumberBytes(atMs);
  const fromEnd = endPlace(arena, body) - place;
  const fromFirst = place - firstPlace(arena, body);
  cursor.place = 0;
  let blob = packedReserve(arena, body, needed, 0, false, cursor);
  if (blob === 0) return 0;
  const isBefore = seekTime(arena, blob, atMs, firstPlace(arena, blob) + fromFirst);
  // The last of the three first: what is put in stands before what was put in before it.
  blob = packedInsertNumber(arena, blob, cursor, atMs);
  blob = packedInsert(arena, blob, cursor, scratch, fieldBytes, bytes);
  blob = packedInsert(arena, blob, cursor, scratch, 0, fieldBytes);
  cursor.place = isBefore ? endPlace(arena, blob) - fromEnd : firstPlace(arena, blob) + fromFirst;
  return packedDelete(arena, blob, cursor, 3);
}

/** To the first field that expires later, or to the end. Returns whether that is before the field at `place`. */
function seekTime(arena: Arena, packed: number, atMs: number, place: number): boolean {
  if (atMs > 0) {
    for (let more = packedFirst(arena, packed, cursor); more; more = packedNext(arena, packed, cursor)) {
      const field = cursor.place;
      packedNext(arena, packed, cursor);
      packedNext(arena, packed, cursor);
      if (cursor.value !== 0 && cursor.value <= atMs) continue;
      readEntry(arena, packed, field, cursor);
      return field <= place;
    }
  }
  cursor.place = 0;
  return false;
}

/** Time of the first field of a blob with times: the soonest; 0 where none expires. The blob is not empty. */
export function firstTime(arena: Arena, packed: number): number {
  packedFirst(arena, packed, cursor);
  packedNext(arena, packed, cursor);
  packedNext(arena, packed, cursor);
  return cursor.value;
}

/** Takes out the first field of a blob with times. */
export function deleteFirst(arena: Arena, packed: number): number {
  packedFirst(arena, packed, cursor);
  return packedDelete(arena, packed, cursor, 3);
}
