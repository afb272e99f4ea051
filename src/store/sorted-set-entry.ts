/**
 * A member of a sorted set that is a tree: one block with the member and its score, which is an entry of the set's hash
 * table; the tree refers to it. Any thread that holds the shard's lock.
 *
 * Word 0: high half of the score. Word 1: length of the member. Then the member, filled up to a whole word; then the
 * low half of the score. Unlike the tree's key, which has no -0, this is the score as it was given.
 */
import { allocate } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { copyIn } from '../memory/move-bytes.ts';
import { ENTRY_KEY, ENTRY_LENGTH_MASK } from '../memory/table-layout.ts';

const scratchDouble = new Float64Array(1);
const scratchWords = new Int32Array(scratchDouble.buffer);

/** Offset of what is behind the member's last byte. */
export function memberEnd(arena: Arena, entry: number): number {
  return entry + ENTRY_KEY + (arena.words[(entry >> 2) + 1] & ENTRY_LENGTH_MASK);
}

export function entryScore(arena: Arena, entry: number): number {
  const { words } = arena;
  scratchWords[1] = words[entry >> 2];
  scratchWords[0] = words[(memberEnd(arena, entry) + 3) >> 2];
  return scratchDouble[0];
}

export function setEntryScore(arena: Arena, entry: number, score: number): void {
  const { words } = arena;
  scratchDouble[0] = score;
  words[entry >> 2] = scratchWords[1];
  words[(memberEnd(arena, entry) + 3) >> 2] = scratchWords[0];
}

/** A new entry that is in no table. 0 without memory. */
export function makeScoreEntry(
  arena: Arena,
  bytes: Uint8Array,
  start: number,
  end: number,
  score: number,
): number {
  const entry = allocate(arena, ENTRY_KEY + ((end - start + 3) & ~3) + 4);
  if (entry === 0) return 0;
  arena.words[(entry >> 2) + 1] = end - start;
  copyIn(arena, bytes, start, end, entry + ENTRY_KEY);
  setEntryScore(arena, entry, score);
  return entry;
}
