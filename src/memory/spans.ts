/**
 * Spans of whole pages: what runs of small blocks and large blocks are made of. Free neighbours are joined at once, so
 * the largest span there can be is always found. Used by `allocator.ts` only, under the arena's lock.
 *
 * The page map has a word per page. Of a free span, its first and its last page hold the number of its pages,
 * negative. Of a run, each page holds (first page << 8 | size class). Of a large block, the first page holds (number
 * of pages << 8 | 255) and the last one, if it is another, 255. Other pages mean nothing.
 */
import {
  type Arena,
  PAGE_SHIFT,
  WORD_PAGE_COUNT,
  WORD_PAGE_MAP,
  WORD_PAGES_IN_USE,
  WORD_SPAN_BINS,
  WORD_TOP_PAGE,
} from './arena.ts';

/** In place of a size class: a block of whole pages. */
export const LARGE = 255;
/** Bins of 1 to 15 pages, then four to each doubling. */
const FINE_BINS = 16;
export const BIN_COUNT = FINE_BINS + 4 * 16;

// A free span's first page begins with these.
const NEXT = 0;
const PREVIOUS = 1;

export function spanBin(pages: number): number {
  if (pages < FINE_BINS) return pages;
  const shift = 31 - Math.clz32(pages);
  return FINE_BINS + (shift - 4) * 4 + ((pages >> (shift - 2)) & 3);
}

/** First page of `pages` pages in a row, or 0. The caller writes the page map. */
export function takeSpan(arena: Arena, pages: number): number {
  const { words } = arena;
  for (let bin = spanBin(pages); bin < BIN_COUNT; bin++) {
    for (let offset = words[WORD_SPAN_BINS + bin]; offset !== 0; offset = words[(offset >> 2) + NEXT]) {
      const first = offset >>> PAGE_SHIFT;
      const length = -words[WORD_PAGE_MAP + first];
      if (length < pages) continue;
      unlinkSpan(words, first, length);
      if (length > pages) linkSpan(words, first + pages, length - pages);
      words[WORD_PAGES_IN_USE] += pages;
      return first;
    }
  }
  const first = words[WORD_TOP_PAGE];
  if (first + pages > words[WORD_PAGE_COUNT]) return 0;
  words[WORD_TOP_PAGE] = first + pages;
  words[WORD_PAGES_IN_USE] += pages;
  return first;
}

/** Gives back a span, or a part at the end of one. */
export function giveSpan(arena: Arena, firstPage: number, pageCount: number): void {
  const { words } = arena;
  let first = firstPage;
  let pages = pageCount;
  words[WORD_PAGES_IN_USE] -= pages;
  const before = words[WORD_PAGE_MAP + first - 1];
  if (before < 0) {
    first += before;
    pages -= before;
    unlinkSpan(words, first, -before);
  }
  const next = first + pages;
  if (next === words[WORD_TOP_PAGE]) {
    words[WORD_TOP_PAGE] = first;
    // What lies behind the top is never looked at, but the page before it is when its neighbour is given back.
    return;
  }
  const after = words[WORD_PAGE_MAP + next];
  if (after < 0) {
    unlinkSpan(words, next, -after);
    pages -= after;
  }
  linkSpan(words, first, pages);
}

function linkSpan(words: Int32Array, first: number, pages: number): void {
  words[WORD_PAGE_MAP + first] = -pages;
  words[WORD_PAGE_MAP + first + pages - 1] = -pages;
  const bin = WORD_SPAN_BINS + spanBin(pages);
  const offset = first << PAGE_SHIFT;
  const next = words[bin];
  words[(offset >> 2) + NEXT] = next;
  words[(offset >> 2) + PREVIOUS] = 0;
  if (next !== 0) words[(next >> 2) + PREVIOUS] = offset;
  words[bin] = offset;
}

function unlinkSpan(words: Int32Array, first: number, pages: number): void {
  const offset = first << PAGE_SHIFT;
  const next = words[(offset >> 2) + NEXT];
  const previous = words[(offset >> 2) + PREVIOUS];
  if (next !== 0) words[(next >> 2) + PREVIOUS] = previous;
  if (previous !== 0) words[(previous >> 2) + NEXT] = next;
  else words[WORD_SPAN_BINS + spanBin(pages)] = next;
  // Stale lengths would be taken for free spans by a neighbour.
  words[WORD_PAGE_MAP + first] = 0;
  words[WORD_PAGE_MAP + first + pages - 1] = 0;
}
