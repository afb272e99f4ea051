/**
 * A set of 64-bit integers as one sorted array in one block: what the servers call an intset. All elements have the
 * width that the widest one needs: 2, 4 or 8 bytes. Any thread that holds the arena's lock.
 *
 *     word 0   number of elements
 *     word 1   bytes of an element
 *     then the elements, little-endian, in ascending order
 *
 * An integer is given and shown as two words, the high one signed. Functions that need memory return the block's
 * offset, which may be another one afterwards; 0 says that there was none and that nothing has changed.
 */
import { isInteger64, parseInteger } from '../base/bytes.ts';
import { allocate, release, usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { moveBytes } from '../memory/move-bytes.ts';
import { writeIntegerText } from '../memory/packed-entry.ts';

const HEAD_BYTES = 8;
const TWO_32 = 2 ** 32;
/** Blocks up to this size are not made smaller. */
const SMALL_BLOCK_BYTES = 64;

/** An integer of 64 bits. One object for what is looked for, one for what was read; used again and again. */
class Wide {
  high = 0;
  low = 0;
}

export const wanted: Wide = new Wide();
const shown: Wide = new Wide();

/** Whether the bytes spell an integer of 64 bits as the servers write it; `wanted` is that integer then. */
export function readWide(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 20) return false;
  const value = parseInteger(bytes, start, end);
  if (!Number.isNaN(value)) {
    wanted.low = value | 0;
    // `|` takes the low 32 bits of a number below 2^53 whatever its sign, so the high ones follow from a division.
    wanted.high = Math.floor(value / TWO_32);
    return true;
  }
  if (!isInteger64(bytes, start, end)) return false;
  setBig(bytes, start, end);
  return true;
}

/** Cold: for integers beyond 2^53. */
function setBig(bytes: Uint8Array, start: number, end: number): void {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]);
  const value = BigInt.asIntN(64, BigInt(text));
  wanted.low = Number(BigInt.asIntN(32, value));
  wanted.high = Number(value >> 32n);
}

/** An empty set. 0 when there is no memory. */
export function createIntset(arena: Arena): number {
  const set = allocate(arena, HEAD_BYTES + 8);
  if (set === 0) return 0;
  arena.words[set >> 2] = 0;
  arena.words[(set >> 2) + 1] = 2;
  return set;
}

export function intsetCount(arena: Arena, set: number): number {
  return arena.words[set >> 2];
}

/** Bytes of the head and the elements. */
export function intsetBytes(arena: Arena, set: number): number {
  return HEAD_BYTES + arena.words[set >> 2] * arena.words[(set >> 2) + 1];
}

/** Reads the element at `index` into `shown`. */
function read(arena: Arena, set: number, width: number, index: number): void {
  const at = set + HEAD_BYTES + index * width;
  if (width === 8) {
    shown.low = arena.words[at >> 2];
    shown.high = arena.words[(at >> 2) + 1];
    return;
  }
  shown.low = width === 4 ? arena.words[at >> 2] : arena.view.getInt16(at, true);
  shown.high = shown.low >> 31;
}

function write(arena: Arena, set: number, width: number, index: number, from: Wide): void {
  const at = set + HEAD_BYTES + index * width;
  if (width === 2) arena.view.setInt16(at, from.low, true);
  else arena.words[at >> 2] = from.low;
  if (width === 8) arena.words[(at >> 2) + 1] = from.high;
}

/** Index of the integer in `wanted`, or -1 - the index where it would be. */
export function intsetFind(arena: Arena, set: number): number {
  const width = arena.words[(set >> 2) + 1];
  const { high, low } = wanted;
  let from = 0;
  let to = arena.words[set >> 2];
  while (from < to) {
    const middle = (from + to) >> 1;
    read(arena, set, width, middle);
    if (shown.high === high && shown.low === low) return middle;
    const isBefore = shown.high === high ? shown.low >>> 0 < low >>> 0 : shown.high < high;
    if (isBefore) from = middle + 1;
    else to = middle;
  }
  return -1 - from;
}

function widthOf(value: Wide): number {
  if (value.high !== value.low >> 31) return 8;
  return value.low >= -32768 && value.low < 32768 ? 2 : 4;
}

/** Puts in the integer in `wanted`, which is not there; `place` is what `intsetFind` said. */
export function intsetInsert(arena: Arena, set: number, place: number): number {
  const count = arena.words[set >> 2];
  const width = arena.words[(set >> 2) + 1];
  const needed = Math.max(width, widthOf(wanted));
  const index = -1 - place;
  if (needed > width) return widen(arena, set, needed, index);
  const bytes = HEAD_BYTES + (count + 1) * width;
  let target = set;
  if (bytes > usableSize(arena, set)) {
    target = allocate(arena, bytes + (bytes >> 3));
    if (target === 0) target = allocate(arena, bytes);
    if (target === 0) return 0;
    moveBytes(arena, set, target, HEAD_BYTES + index * width);
  }
  const at = HEAD_BYTES + index * width;
  moveBytes(arena, set + at, target + at + width, (count - index) * width);
  if (target !== set) release(arena, set);
  write(arena, target, width, index, wanted);
  arena.words[target >> 2] = count + 1;
  return target;
}

/** A wider integer than any there is: it comes first or last. */
function widen(arena: Arena, set: number, width: number, index: number): number {
  const { words } = arena;
  const count = words[set >> 2];
  const before = words[(set >> 2) + 1];
  const target = allocate(arena, HEAD_BYTES + (count + 1) * width);
  if (target === 0) return 0;
  words[target >> 2] = count + 1;
  words[(target >> 2) + 1] = width;
  for (let from = 0; from < count; from++) {
    read(arena, set, before, from);
    write(arena, target, width, from < index ? from : from + 1, shown);
  }
  write(arena, target, width, index, wanted);
  release(arena, set);
  return target;
}

/** Takes out the element at `index`. Never fails, but may return another offset. */
export function intsetRemove(arena: Arena, set: number, index: number): number {
  const { words } = arena;
  const width = words[(set >> 2) + 1];
  const count = words[set >> 2] - 1;
  const at = set + HEAD_BYTES + index * width;
  moveBytes(arena, at + width, at, (count - index) * width);
  words[set >> 2] = count;
  const bytes = HEAD_BYTES + count * width;
  if (usableSize(arena, set) <= Math.max(SMALL_BLOCK_BYTES, 2 * bytes)) return set;
  const smaller = allocate(arena, bytes);
  if (smaller === 0) return set;
  moveBytes(arena, set, smaller, bytes);
  release(arena, set);
  return smaller;
}

/** Writes the element at `index` in decimal at the beginning of `target`; returns where the text ends. */
export function intsetText(arena: Arena, set: number, index: number, target: Uint8Array): number {
  read(arena, set, arena.words[(set >> 2) + 1], index);
  const value = shown.high * TWO_32 + (shown.low >>> 0);
  return Number.isSafeInteger(value) ? writeIntegerText(target, 0, value) : writeBig(target);
}

/** Cold: for integers beyond 2^53. */
function writeBig(target: Uint8Array): number {
  const text = String(BigInt(shown.high) * 4294967296n + BigInt(shown.low >>> 0));
  for (let at = 0; at < text.length; at++) target[at] = text.charCodeAt(at);
  return text.length;
}
