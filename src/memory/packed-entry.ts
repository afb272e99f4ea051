/**
 * One entry of a packed blob: how a byte string or a number is written, read, measured and compared. Any thread that
 * holds the arena's lock. Must not know where blobs come from or what entries mean; no function here allocates.
 *
 * An entry is a tag, what belongs to it, and a trailer that says how long both are, so that one can go backwards:
 *
 *     tag 0–127                  byte string of that length        1 + length
 *     tag 128–239                integer 0–111                     1
 *     tag 241 242 243 244        signed integer of 1 2 3 4 bytes   2–5
 *     tag 246 247                signed integer of 6 7 bytes       7, 8
 *     tag 248, length (2)        byte string below 64 KiB          3 + length
 *     tag 249, length (4)        byte string                       5 + length
 *     tag 250, double (8)        a number that is no integer       9
 *     trailer                    one byte below 254, or length (2) and 254, or length (4) and 255
 *
 * A byte string that is exactly how an integer of up to 53 bits is written is stored as that integer, always, so that
 * equal texts have equal entries. Everything is little-endian.
 */
import { parseInteger } from '../base/bytes.ts';
import type { Arena } from './arena.ts';
import { copyIn } from './move-bytes.ts';

export const PACKED_BYTES = 0;
export const PACKED_INTEGER = 1;
export const PACKED_DOUBLE = 2;

const TAG_SMALL_INTEGER = 0x80;
const TAG_INTEGER = 0xf0;
const TAG_MIDDLE_BYTES = 0xf8;
const TAG_LONG_BYTES = 0xf9;
const TAG_DOUBLE = 0xfa;
const TRAILER_MIDDLE = 254;
const TRAILER_LONG = 255;
/** Byte strings below this length have a tag that is their length, and a trailer of one byte. */
export const SHORT_BYTES: number = TAG_SMALL_INTEGER;
const SMALL_INTEGERS = TAG_INTEGER - TAG_SMALL_INTEGER;
const HALF = 2 ** 31;

/** Where a reader stands and what it sees. Made once and used again; a change of the blob makes it stale. */
export class PackedCursor {
  /** Offset of the entry within its blob; 0 when it stands on none. Stays right when the blob moves unchanged. */
  place = 0;
  /** Offset within the blob of what follows. */
  next = 0;
  /** `PACKED_BYTES`, `PACKED_INTEGER` or `PACKED_DOUBLE`. */
  kind = PACKED_BYTES;
  /** The range of a byte string in `arena.bytes`; both 0 for a number. */
  start = 0;
  end = 0;
  /** A number's value. It is NaN at first so that the engine keeps a double here from the beginning. */
  value = Number.NaN;
}

/** An entry about to be written, measured: see `stageBytes`. */
class Staged {
  tag = 0;
  /** Bytes before the byte string or number. */
  head = 0;
  /** Bytes of the byte string or number. */
  body = 0;
  /** Bytes of the whole entry. */
  size = 0;
  value = Number.NaN;
}

/** One per thread is enough: nothing runs between staging and writing. */
export const staged: Staged = new Staged();

function stage(tag: number, head: number, body: number, value: number): void {
  staged.tag = tag;
  staged.head = head;
  staged.body = body;
  staged.size = head + body + trailerSize(head + body);
  staged.value = value;
}

/** Measures the entry for a byte string, an integer if it spells one; `staged` then holds the result. */
export function stageBytes(bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  if (length > 0 && length <= 17 && bytes[start] <= 0x39) {
    const value = parseInteger(bytes, start, end);
    if (!Number.isNaN(value)) {
      stageInteger(value);
      return;
    }
  }
  if (length < SHORT_BYTES) stage(length, 1, length, Number.NaN);
  else if (length < 65536) stage(TAG_MIDDLE_BYTES, 3, length, Number.NaN);
  else stage(TAG_LONG_BYTES, 5, length, Number.NaN);
}

/** Measures the entry for a number: an integer where it is one of at most 53 bits, otherwise a double. */
export function stageNumber(value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) stageInteger(value);
  else stage(TAG_DOUBLE, 1, 8, value);
}

function stageInteger(value: number): void {
  if (value >= 0 && value < SMALL_INTEGERS) stage(TAG_SMALL_INTEGER + value, 1, 0, value);
  else {
    const width = integerWidth(value);
    stage(TAG_INTEGER + width, 1, width, value);
  }
}

function integerWidth(value: number): number {
  if (value >= -HALF && value < HALF) {
    const magnitude = value < 0 ? ~value : value | 0;
    if (magnitude < 0x80) return 1;
    if (magnitude < 0x8000) return 2;
    return magnitude < 0x80_0000 ? 3 : 4;
  }
  return value >= -(2 ** 47) && value < 2 ** 47 ? 6 : 7;
}

/** Writes what was staged at an offset of the arena. A byte string's bytes begin at `start` of `bytes`. */
export function writeStaged(arena: Arena, at: number, bytes: Uint8Array, start: number): void {
  const { view } = arena;
  const { tag, head, body } = staged;
  view.setUint8(at, tag);
  if (head === 3) view.setUint16(at + 1, body, true);
  else if (head === 5) view.setUint32(at + 1, body, true);
  if (tag < TAG_SMALL_INTEGER || tag === TAG_MIDDLE_BYTES || tag === TAG_LONG_BYTES) {
    copyIn(arena, bytes, start, start + body, at + head);
  } else if (tag === TAG_DOUBLE) view.setFloat64(at + 1, staged.value, true);
  else if (body > 0) writeIntegerBody(view, at + 1, body, staged.value);
  const length = head + body;
  if (length < TRAILER_MIDDLE) view.setUint8(at + length, length);
  else if (length < 65536) {
    view.setUint16(at + length, length, true);
    view.setUint8(at + length + 2, TRAILER_MIDDLE);
  } else {
    view.setUint32(at + length, length, true);
    view.setUint8(at + length + 4, TRAILER_LONG);
  }
}

function writeIntegerBody(view: DataView, at: number, width: number, value: number): void {
  if (width > 4) {
    const high = Math.floor(value / 2 ** 32);
    view.setInt32(at, value - high * 2 ** 32, true);
    view.setInt16(at + 4, high, true);
    if (width === 7) view.setInt8(at + 6, high >> 16);
  } else if (width === 4) view.setInt32(at, value, true);
  else {
    view.setInt8(at, value);
    if (width > 1) view.setInt8(at + 1, value >> 8);
    if (width > 2) view.setInt8(at + 2, value >> 16);
  }
}

function readIntegerBody(view: DataView, at: number, width: number): number {
  if (width === 1) return view.getInt8(at);
  if (width === 2) return view.getInt16(at, true);
  if (width === 3) return view.getUint16(at, true) | (view.getInt8(at + 2) << 16);
  if (width === 4) return view.getInt32(at, true);
  let high = view.getInt16(at + 4, true);
  if (width === 7) high = (high & 0xffff) | (view.getInt8(at + 6) << 16);
  return high * 2 ** 32 + view.getUint32(at, true);
}

function trailerSize(length: number): number {
  if (length < TRAILER_MIDDLE) return 1;
  return length < 65536 ? 3 : 5;
}

/** Bytes of tag and body of the entry that begins at an offset of the arena. */
function entryLength(arena: Arena, at: number): number {
  const tag = arena.bytes[at];
  if (tag < TAG_SMALL_INTEGER) return tag + 1;
  if (tag < TAG_INTEGER) return 1;
  if (tag < TAG_MIDDLE_BYTES) return (tag & 7) + 1;
  if (tag === TAG_MIDDLE_BYTES) return arena.view.getUint16(at + 1, true) + 3;
  return tag === TAG_LONG_BYTES ? arena.view.getUint32(at + 1, true) + 5 : 9;
}

/** Offset in the arena of what follows the entry at `at`. */
export function entryAfter(arena: Arena, at: number): number {
  const tag = arena.bytes[at];
  // Short ones, by far the most, have a trailer of one byte.
  if (tag < TAG_SMALL_INTEGER) return at + tag + 2;
  if (tag < TAG_MIDDLE_BYTES) return tag < TAG_INTEGER ? at + 2 : at + (tag & 7) + 2;
  const length = entryLength(arena, at);
  return at + length + trailerSize(length);
}

/** Offset in the arena of the entry that ends at `end`. */
export function entryBefore(arena: Arena, end: number): number {
  const last = arena.bytes[end - 1];
  if (last < TRAILER_MIDDLE) return end - 1 - last;
  if (last === TRAILER_MIDDLE) return end - 3 - arena.view.getUint16(end - 3, true);
  return end - 5 - arena.view.getUint32(end - 5, true);
}

/** Makes the cursor show the entry at `place` of the blob at `packed`. */
export function readEntry(arena: Arena, packed: number, place: number, cursor: PackedCursor): void {
  const at = packed + place;
  const tag = arena.bytes[at];
  const length = entryLength(arena, at);
  cursor.place = place;
  cursor.next = place + length + trailerSize(length);
  if (tag < TAG_SMALL_INTEGER) {
    cursor.kind = PACKED_BYTES;
    cursor.start = at + 1;
    cursor.end = at + length;
  } else if (tag === TAG_MIDDLE_BYTES || tag === TAG_LONG_BYTES) {
    cursor.kind = PACKED_BYTES;
    cursor.start = at + (tag === TAG_LONG_BYTES ? 5 : 3);
    cursor.end = at + length;
  } else {
    cursor.start = 0;
    cursor.end = 0;
    cursor.kind = tag === TAG_DOUBLE ? PACKED_DOUBLE : PACKED_INTEGER;
    cursor.value = entryNumber(arena, at);
  }
}

/** The number of the entry at an offset of the arena, which is one. */
export function entryNumber(arena: Arena, at: number): number {
  const tag = arena.bytes[at];
  if (tag < TAG_INTEGER) return tag - TAG_SMALL_INTEGER;
  if (tag === TAG_DOUBLE) return arena.view.getFloat64(at + 1, true);
  return readIntegerBody(arena.view, at + 1, tag & 7);
}

/** Whether the entry at an offset of the arena is the one that is staged; `bytes` from `start` as in `writeStaged`. */
export function equalsStaged(arena: Arena, at: number, bytes: Uint8Array, start: number): boolean {
  const own = arena.bytes;
  const { tag, body } = staged;
  if (own[at] !== tag) return false;
  if (tag < TAG_SMALL_INTEGER) {
    // From the end: names are numbered there more often than at their beginning.
    for (let index = body; index > 0; index--) if (own[at + index] !== bytes[start + index - 1]) return false;
    return true;
  }
  if (body === 0) return true;
  if (tag < TAG_MIDDLE_BYTES) return readIntegerBody(arena.view, at + 1, body) === staged.value;
  if (tag === TAG_DOUBLE) return Object.is(arena.view.getFloat64(at + 1, true), staged.value);
  const { head } = staged;
  if (entryLength(arena, at) !== head + body) return false;
  for (let index = 0; index < body; index++)
    if (own[at + head + index] !== bytes[start + index]) return false;
  return true;
}

/** How many characters `writeIntegerText` writes. */
export function integerTextLength(value: number): number {
  let length = value < 0 ? 2 : 1;
  for (let rest = Math.abs(value); rest >= 10; rest = Math.floor(rest / 10)) length += 1;
  return length;
}

/** Writes a safe integer in decimal at `at` of `target`, which has room; returns where the text ends. */
export function writeIntegerText(target: Uint8Array, at: number, value: number): number {
  const end = at + integerTextLength(value);
  if (value < 0) target[at] = 0x2d;
  let rest = Math.abs(value);
  let to = end;
  do {
    const quotient = Math.floor(rest / 10);
    target[--to] = 0x30 + (rest - quotient * 10);
    rest = quotient;
  } while (rest > 0);
  return end;
}
