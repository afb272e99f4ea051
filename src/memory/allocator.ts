/**
 * Blocks of memory in an arena. Small ones come from runs of one size class and have no header, large ones are spans of
 * pages. Exact accounting: `usedBytes` is the sum of the usable sizes of all blocks in use. Any thread that holds the
 * arena's lock. Knows nothing of what blocks hold.
 */
import {
  type Arena,
  DOUBLE_USED_BYTES,
  PAGE_BYTES,
  PAGE_SHIFT,
  WORD_BLOCK_COUNT,
  WORD_CLASS_RUNS,
  WORD_FAIL_COUNTDOWN,
  WORD_PAGE_MAP,
  WORD_PAGES_IN_USE,
} from './arena.ts';
import { CLASS_BYTES, CLASS_COUNT, LARGEST_SMALL_BYTES, RUN_PAGES, sizeClass } from './size-classes.ts';
import { giveSpan, LARGE, takeSpan } from './spans.ts';

// The head of a run, in words from its first page.
export const RUN_NEXT = 0;
export const RUN_PREVIOUS = 1;
/** First of its free blocks; each begins with the offset of the next. */
export const RUN_FREE = 2;
export const RUN_USED = 3;
/** Blocks from here on have never been used. */
export const RUN_FRESH = 4;
/** How many blocks it has. */
export const RUN_BLOCKS = 5;

/** Largest block there can be: lengths of values are below 512 MiB, and an arena below 2 GiB. */
const MAX_BLOCK_BYTES = 2 ** 30;

/**
 * Offset of a block of at least `sizeBytes`, contents not cleared. 0 when there is no memory. It is a multiple of 4,
 * and of 8 where `sizeBytes` is: who keeps doubles in a block asks for such a size.
 */
export function allocate(arena: Arena, sizeBytes: number): number {
  const { words } = arena;
  if (words[WORD_FAIL_COUNTDOWN] !== 0 && --words[WORD_FAIL_COUNTDOWN] === 0) return 0;
  if (sizeBytes > LARGEST_SMALL_BYTES) return allocateLarge(arena, sizeBytes);
  const kind = sizeClass(sizeBytes);
  let run = words[WORD_CLASS_RUNS + kind];
  if (run === 0) {
    run = makeRun(arena, kind);
    if (run === 0) return 0;
  }
  const bytes = CLASS_BYTES[kind];
  const head = run >> 2;
  const block = words[head + RUN_FREE];
  const used = words[head + RUN_USED] + 1;
  words[head + RUN_USED] = used;
  words[WORD_BLOCK_COUNT] += 1;
  arena.doubles[DOUBLE_USED_BYTES] += bytes;
  if (used === words[head + RUN_BLOCKS]) unlinkRun(words, run, kind);
  if (block !== 0) {
    words[head + RUN_FREE] = words[block >> 2];
    return block;
  }
  const fresh = words[head + RUN_FRESH];
  words[head + RUN_FRESH] = fresh + bytes;
  return fresh;
}

/** Gives back a block that `allocate` gave. 0 is no block, and nothing happens. */
export function release(arena: Arena, offset: number): void {
  if (offset === 0) return;
  const { words } = arena;
  const entry = words[WORD_PAGE_MAP + (offset >>> PAGE_SHIFT)];
  const kind = entry & 0xff;
  words[WORD_BLOCK_COUNT] -= 1;
  if (kind === LARGE) {
    const pages = entry >>> 8;
    arena.doubles[DOUBLE_USED_BYTES] -= pages * PAGE_BYTES;
    clearLarge(words, offset >>> PAGE_SHIFT, pages);
    giveSpan(arena, offset >>> PAGE_SHIFT, pages);
    return;
  }
  arena.doubles[DOUBLE_USED_BYTES] -= CLASS_BYTES[kind];
  const run = (entry >>> 8) << PAGE_SHIFT;
  const head = run >> 2;
  words[offset >> 2] = words[head + RUN_FREE];
  words[head + RUN_FREE] = offset;
  const used = words[head + RUN_USED];
  words[head + RUN_USED] = used - 1;
  if (used === words[head + RUN_BLOCKS]) linkRun(words, run, kind);
  else if (used === 1) dropRun(arena, run, kind);
}

/** Bytes that the owner of a block may use: at least what was asked for. */
export function usableSize(arena: Arena, offset: number): number {
  const entry = arena.words[WORD_PAGE_MAP + (offset >>> PAGE_SHIFT)];
  const kind = entry & 0xff;
  return kind === LARGE ? (entry >>> 8) * PAGE_BYTES : CLASS_BYTES[kind];
}

/** Bytes that a block for `sizeBytes` takes: growing within it costs nothing. */
export function roundedSize(sizeBytes: number): number {
  if (sizeBytes > LARGEST_SMALL_BYTES) return Math.ceil(sizeBytes / PAGE_BYTES) * PAGE_BYTES;
  return CLASS_BYTES[sizeClass(sizeBytes)];
}

/** The sum of the usable sizes of all blocks in use. May be read without the lock. */
export function usedBytes(arena: Arena): number {
  return arena.doubles[DOUBLE_USED_BYTES];
}

/** Bytes of the pages in use, free blocks in runs and heads of runs included. May be read without the lock. */
export function heldBytes(arena: Arena): number {
  return arena.words[WORD_PAGES_IN_USE] * PAGE_BYTES;
}

function allocateLarge(arena: Arena, sizeBytes: number): number {
  if (sizeBytes > MAX_BLOCK_BYTES) return 0;
  const pages = Math.ceil(sizeBytes / PAGE_BYTES);
  const first = takeSpan(arena, pages);
  if (first === 0) return 0;
  const { words } = arena;
  words[WORD_PAGE_MAP + first + pages - 1] = LARGE;
  words[WORD_PAGE_MAP + first] = (pages << 8) | LARGE;
  words[WORD_BLOCK_COUNT] += 1;
  arena.doubles[DOUBLE_USED_BYTES] += pages * PAGE_BYTES;
  return first << PAGE_SHIFT;
}

function clearLarge(words: Int32Array, first: number, pages: number): void {
  words[WORD_PAGE_MAP + first] = 0;
  words[WORD_PAGE_MAP + first + pages - 1] = 0;
}

/** A new run, linked; 0 when there are no pages for it. */
function makeRun(arena: Arena, kind: number): number {
  const pages = RUN_PAGES[kind];
  const { words } = arena;
  const first = takeEmptyRun(words, pages) || takeSpan(arena, pages);
  if (first === 0) return 0;
  for (let page = first; page < first + pages; page++) words[WORD_PAGE_MAP + page] = (first << 8) | kind;
  const run = first << PAGE_SHIFT;
  const bytes = CLASS_BYTES[kind];
  const head = run >> 2;
  // Blocks that fill cache lines begin where cache lines begin.
  const start = bytes % 64 === 0 ? 64 : 32;
  words[head + RUN_FREE] = 0;
  words[head + RUN_USED] = 0;
  words[head + RUN_FRESH] = run + start;
  words[head + RUN_BLOCKS] = Math.floor((pages * PAGE_BYTES - start) / bytes);
  linkRun(words, run, kind);
  return run;
}

/**
 * First page of a run that `dropRun` has kept, for blocks of another size from now on; or 0. The buckets of growing
 * tables leave one for each of their sizes in every arena: of a million keys that was two bytes a key. They do not
 * become free spans: pages in use tell how full an arena is, so a full one would not be seen as full.
 */
function takeEmptyRun(words: Int32Array, pages: number): number {
  for (let kind = 0; kind < CLASS_COUNT; kind++) {
    const run = words[WORD_CLASS_RUNS + kind];
    if (run === 0 || RUN_PAGES[kind] !== pages || words[(run >> 2) + RUN_USED] !== 0) continue;
    unlinkRun(words, run, kind);
    return run >>> PAGE_SHIFT;
  }
  return 0;
}

/** A run of which no block is in use goes back, unless it is the only one with room: it may be wanted at once. */
function dropRun(arena: Arena, run: number, kind: number): void {
  const { words } = arena;
  if (words[WORD_CLASS_RUNS + kind] === run && words[(run >> 2) + RUN_NEXT] === 0) return;
  unlinkRun(words, run, kind);
  const first = run >>> PAGE_SHIFT;
  const pages = RUN_PAGES[kind];
  for (let page = first; page < first + pages; page++) words[WORD_PAGE_MAP + page] = 0;
  giveSpan(arena, first, pages);
}

function linkRun(words: Int32Array, run: number, kind: number): void {
  const next = words[WORD_CLASS_RUNS + kind];
  words[(run >> 2) + RUN_NEXT] = next;
  words[(run >> 2) + RUN_PREVIOUS] = 0;
  if (next !== 0) words[(next >> 2) + RUN_PREVIOUS] = run;
  words[WORD_CLASS_RUNS + kind] = run;
}

function unlinkRun(words: Int32Array, run: number, kind: number): void {
  const next = words[(run >> 2) + RUN_NEXT];
  const previous = words[(run >> 2) + RUN_PREVIOUS];
  if (next !== 0) words[(next >> 2) + RUN_PREVIOUS] = previous;
  if (previous !== 0) words[(previous >> 2) + RUN_NEXT] = next;
  else words[WORD_CLASS_RUNS + kind] = next;
}
