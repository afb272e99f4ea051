/**
 * Ids of stream entries: two unsigned 64-bit numbers, milliseconds and a sequence number, each as two halves of 32 bits
 * (signed, as words of memory are). Any thread. Must not know streams.
 */
import type { Arena } from '../memory/arena.ts';
import type { TreeCursor } from '../memory/ordered-tree-cursor.ts';
import { setIdKey, type TreeKey } from '../memory/ordered-tree-key.ts';
import { writeIntegerText } from '../memory/packed-entry.ts';

const TWO_32 = 2 ** 32;
const SIGN = 0x8000_0000 | 0;

/** Made once and used again. */
export class StreamId {
  msHigh = 0;
  msLow = 0;
  seqHigh = 0;
  seqLow = 0;
}

export function copyId(target: StreamId, from: StreamId): void {
  target.msHigh = from.msHigh;
  target.msLow = from.msLow;
  target.seqHigh = from.seqHigh;
  target.seqLow = from.seqLow;
}

/** Milliseconds that are a safe integer, and a sequence number with all halves alike: 0 or -1. */
export function setId(id: StreamId, ms: number, seqHalf: number): void {
  id.msHigh = Math.floor(ms / TWO_32) | 0;
  id.msLow = ms | 0;
  id.seqHigh = seqHalf;
  id.seqLow = seqHalf;
}

export function setSmallestId(id: StreamId): void {
  setId(id, 0, 0);
}

export function setLargestId(id: StreamId): void {
  id.msHigh = -1;
  id.msLow = -1;
  id.seqHigh = -1;
  id.seqLow = -1;
}

/** Below, at or above 0. */
export function compareIds(left: StreamId, right: StreamId): number {
  if (left.msHigh !== right.msHigh) return (left.msHigh ^ SIGN) < (right.msHigh ^ SIGN) ? -1 : 1;
  if (left.msLow !== right.msLow) return (left.msLow ^ SIGN) < (right.msLow ^ SIGN) ? -1 : 1;
  if (left.seqHigh !== right.seqHigh) return (left.seqHigh ^ SIGN) < (right.seqHigh ^ SIGN) ? -1 : 1;
  if (left.seqLow !== right.seqLow) return (left.seqLow ^ SIGN) < (right.seqLow ^ SIGN) ? -1 : 1;
  return 0;
}

export function isZeroId(id: StreamId): boolean {
  return (id.msHigh | id.msLow | id.seqHigh | id.seqLow) === 0;
}

export function isLargestId(id: StreamId): boolean {
  return (id.msHigh & id.msLow & id.seqHigh & id.seqLow) === -1;
}

/** To the one after it. False, and it stays, where there is none. */
export function incrementId(id: StreamId): boolean {
  if (isLargestId(id)) return false;
  id.seqLow = (id.seqLow + 1) | 0;
  if (id.seqLow !== 0) return true;
  id.seqHigh = (id.seqHigh + 1) | 0;
  if (id.seqHigh !== 0) return true;
  id.msLow = (id.msLow + 1) | 0;
  if (id.msLow === 0) id.msHigh = (id.msHigh + 1) | 0;
  return true;
}

/** To the one before it. False, and it stays, where there is none. */
export function decrementId(id: StreamId): boolean {
  if (isZeroId(id)) return false;
  id.seqLow = (id.seqLow - 1) | 0;
  if (id.seqLow !== -1) return true;
  id.seqHigh = (id.seqHigh - 1) | 0;
  if (id.seqHigh !== -1) return true;
  id.msLow = (id.msLow - 1) | 0;
  if (id.msLow === -1) id.msHigh = (id.msHigh - 1) | 0;
  return true;
}

/** From the four words at an index of an arena. */
export function readId(words: Int32Array, at: number, id: StreamId): void {
  id.msHigh = words[at];
  id.msLow = words[at + 1];
  id.seqHigh = words[at + 2];
  id.seqLow = words[at + 3];
}

export function writeId(words: Int32Array, at: number, id: StreamId): void {
  words[at] = id.msHigh;
  words[at + 1] = id.msLow;
  words[at + 2] = id.seqHigh;
  words[at + 3] = id.seqLow;
}

/** Id of the entry of a tree by id that a cursor stands on. */
export function idOfEntry(arena: Arena, cursor: TreeCursor, id: StreamId): void {
  const { words } = arena;
  const at = cursor.entry;
  id.msHigh = words[at] ^ SIGN;
  id.msLow = words[at + 1] ^ SIGN;
  id.seqHigh = words[at + 2] ^ SIGN;
  id.seqLow = words[at + 3] ^ SIGN;
}

export function keyOfId(key: TreeKey, id: StreamId): void {
  setIdKey(key, id.msHigh, id.msLow, id.seqHigh, id.seqLow);
}

/** How much the milliseconds are above those of another id; not exact when it is no safe integer. */
export function msAbove(id: StreamId, base: StreamId): number {
  return ((id.msHigh >>> 0) - (base.msHigh >>> 0)) * TWO_32 + ((id.msLow >>> 0) - (base.msLow >>> 0));
}

/** As `msAbove` of the sequence numbers. */
export function seqAbove(id: StreamId, base: StreamId): number {
  return ((id.seqHigh >>> 0) - (base.seqHigh >>> 0)) * TWO_32 + ((id.seqLow >>> 0) - (base.seqLow >>> 0));
}

/** The id that is so much above another one; both are safe integers, perhaps below 0. */
export function setIdAbove(id: StreamId, base: StreamId, ms: number, seq: number): void {
  const msHigh = Math.floor(ms / TWO_32);
  const msLow = (base.msLow >>> 0) + (ms - msHigh * TWO_32);
  id.msLow = msLow | 0;
  id.msHigh = (base.msHigh + msHigh + (msLow >= TWO_32 ? 1 : 0)) | 0;
  const seqHigh = Math.floor(seq / TWO_32);
  const seqLow = (base.seqLow >>> 0) + (seq - seqHigh * TWO_32);
  id.seqLow = seqLow | 0;
  id.seqHigh = (base.seqHigh + seqHigh + (seqLow >= TWO_32 ? 1 : 0)) | 0;
}

/** Characters of the longest id. */
export const ID_TEXT_BYTES = 41;

/** Writes it as clients see it from an index on; returns where the text ends. */
export function writeIdText(target: Uint8Array, start: number, id: StreamId): number {
  const at = writeHalves(target, start, id.msHigh, id.msLow);
  target[at] = 0x2d;
  return writeHalves(target, at + 1, id.seqHigh, id.seqLow);
}

function writeHalves(target: Uint8Array, at: number, high: number, low: number): number {
  const value = (high >>> 0) * TWO_32 + (low >>> 0);
  if (Number.isSafeInteger(value)) return writeIntegerText(target, at, value);
  const digits = String((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
  for (let index = 0; index < digits.length; index++) target[at + index] = digits.charCodeAt(index);
  return at + digits.length;
}
