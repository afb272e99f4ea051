/**
 * The record of a key: one block with everything that is small. Any thread that holds the arena's lock.
 *
 * Word 0: type (bits 0-3), encoding (bits 4-7, the type's own numbers), access (24 bits: LRU clock or LFU).
 * Word 1: length of the key (bits 0-29), whether an expiry is there (bit 30), whether the record is to be saved by a
 * snapshot (bit 31, see `rdb/snapshot-mark.ts`).
 * Then the key, filled up to a whole word; then, if there is one, the expiry (unix time in ms, low word first); then
 * the value, on a word boundary. A record is an entry of the hash tables of its slot and of the keys with an expiry.
 */
import type { Arena } from '../memory/arena.ts';
import { ENTRY_KEY, ENTRY_LENGTH_MASK } from '../memory/table-layout.ts';

export const HAS_EXPIRY = 1 << 30;
export const MARK = 1 << 31;
const TWO_32 = 2 ** 32;

export function recordType(arena: Arena, record: number): number {
  return arena.words[record >> 2] & 0xf;
}

export function recordEncoding(arena: Arena, record: number): number {
  return (arena.words[record >> 2] >>> 4) & 0xf;
}

export function setRecordEncoding(arena: Arena, record: number, encoding: number): void {
  const at = record >> 2;
  arena.words[at] = (arena.words[at] & ~0xf0) | (encoding << 4);
}

/** 24 bits, see `access.ts`. */
export function recordAccess(arena: Arena, record: number): number {
  return arena.words[record >> 2] >>> 8;
}

export function setRecordAccess(arena: Arena, record: number, access: number): void {
  const at = record >> 2;
  arena.words[at] = (arena.words[at] & 0xff) | (access << 8);
}

/** Offset of the key's first byte. */
export function keyOffset(record: number): number {
  return record + ENTRY_KEY;
}

export function keyLength(arena: Arena, record: number): number {
  return arena.words[(record >> 2) + 1] & ENTRY_LENGTH_MASK;
}

/** Offset of the value: a multiple of 4. */
export function valueOffset(arena: Arena, record: number): number {
  const word = arena.words[(record >> 2) + 1];
  const end = record + ENTRY_KEY + (((word & ENTRY_LENGTH_MASK) + 3) & ~3);
  return (word & HAS_EXPIRY) === 0 ? end : end + 8;
}

export function hasExpiry(arena: Arena, record: number): boolean {
  return (arena.words[(record >> 2) + 1] & HAS_EXPIRY) !== 0;
}

/** Unix time in ms, or 0 where there is none. */
export function recordExpiry(arena: Arena, record: number): number {
  const { words } = arena;
  const word = words[(record >> 2) + 1];
  if ((word & HAS_EXPIRY) === 0) return 0;
  const at = (record + ENTRY_KEY + (((word & ENTRY_LENGTH_MASK) + 3) & ~3)) >> 2;
  return words[at + 1] * TWO_32 + (words[at] >>> 0);
}

/** Of a record that has an expiry already. */
export function writeExpiry(arena: Arena, record: number, atMs: number): void {
  const { words } = arena;
  const at = (record + ENTRY_KEY + ((keyLength(arena, record) + 3) & ~3)) >> 2;
  words[at] = (atMs % TWO_32) | 0;
  words[at + 1] = Math.floor(atMs / TWO_32);
}

/** Bytes of a record's block up to its value. */
export function headBytes(keyBytes: number, withExpiry: boolean): number {
  return ENTRY_KEY + ((keyBytes + 3) & ~3) + (withExpiry ? 8 : 0);
}
