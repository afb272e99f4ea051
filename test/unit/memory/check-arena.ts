/** Walks a whole arena and throws where the allocator's parts do not fit together. */
import {
  RUN_BLOCKS,
  RUN_FREE,
  RUN_FRESH,
  RUN_NEXT,
  RUN_PREVIOUS,
  RUN_USED,
  usableSize,
  usedBytes,
} from '../../../src/memory/allocator.ts';
import {
  type Arena,
  PAGE_BYTES,
  PAGE_SHIFT,
  WORD_BLOCK_COUNT,
  WORD_CLASS_RUNS,
  WORD_PAGE_COUNT,
  WORD_PAGE_MAP,
  WORD_PAGES_IN_USE,
  WORD_SPAN_BINS,
  WORD_TOP_PAGE,
} from '../../../src/memory/arena.ts';
import { CLASS_BYTES, CLASS_COUNT, RUN_PAGES } from '../../../src/memory/size-classes.ts';
import { BIN_COUNT, LARGE, spanBin } from '../../../src/memory/spans.ts';

export interface ArenaFigures {
  readonly blocks: number;
  readonly bytes: number;
}

interface Found {
  blocks: number;
  bytes: number;
  pages: number;
  freeSpans: number;
  readonly runsWithRoom: Set<number>;
}

function fail(what: string): never {
  throw new Error(`arena: ${what}`);
}

export function checkArena(arena: Arena): ArenaFigures {
  const { words } = arena;
  const found: Found = { blocks: 0, bytes: 0, pages: 0, freeSpans: 0, runsWithRoom: new Set() };
  let page = Math.ceil(((WORD_PAGE_MAP + words[WORD_PAGE_COUNT]) * 4) / PAGE_BYTES);
  const top = words[WORD_TOP_PAGE];
  let wasFree = false;
  while (page < top) {
    const entry = words[WORD_PAGE_MAP + page];
    if (entry < 0) {
      if (wasFree) fail(`free spans beside each other at page ${page}`);
      if (words[WORD_PAGE_MAP + page - entry - 1] !== entry) fail(`ends of a free span at page ${page}`);
      if (page - entry === top) fail('a free span below the top');
      found.freeSpans += 1;
      page -= entry;
    } else page += (entry & 0xff) === LARGE ? countLarge(arena, page, found) : countRun(arena, page, found);
    wasFree = entry < 0;
  }
  if (page !== top) fail(`pages up to ${page}, top ${top}`);
  checkBins(arena, found.freeSpans);
  checkRunLists(arena, found.runsWithRoom);
  if (found.pages !== words[WORD_PAGES_IN_USE])
    fail(`${found.pages} pages in use, ${words[WORD_PAGES_IN_USE]} said`);
  if (found.blocks !== words[WORD_BLOCK_COUNT])
    fail(`${found.blocks} blocks, ${words[WORD_BLOCK_COUNT]} said`);
  if (found.bytes !== usedBytes(arena)) fail(`${found.bytes} bytes, ${usedBytes(arena)} said`);
  return { blocks: found.blocks, bytes: found.bytes };
}

function countLarge({ words }: Arena, page: number, found: Found): number {
  const pages = words[WORD_PAGE_MAP + page] >>> 8;
  if ((words[WORD_PAGE_MAP + page + pages - 1] & 0xff) !== LARGE)
    fail(`end of the large block at page ${page}`);
  found.blocks += 1;
  found.pages += pages;
  found.bytes += pages * PAGE_BYTES;
  return pages;
}

function countRun(arena: Arena, page: number, found: Found): number {
  const { words } = arena;
  const entry = words[WORD_PAGE_MAP + page];
  const kind = entry & 0xff;
  if (entry >>> 8 !== page) fail(`page ${page} begins no run`);
  const pages = RUN_PAGES[kind];
  for (let at = page; at < page + pages; at++)
    if (words[WORD_PAGE_MAP + at] !== entry) fail(`page ${at} of a run`);
  const run = page << PAGE_SHIFT;
  const head = run >> 2;
  const bytes = CLASS_BYTES[kind];
  const start = run + (bytes % 64 === 0 ? 64 : 32);
  const fresh = words[head + RUN_FRESH];
  if ((fresh - start) % bytes !== 0) fail(`fresh blocks of the run at ${run}`);
  const free = new Set<number>();
  for (let block = words[head + RUN_FREE]; block !== 0; block = words[block >> 2]) {
    if (block < start || block >= fresh || (block - start) % bytes !== 0)
      fail(`free block ${block} of run ${run}`);
    if (free.has(block)) fail(`block ${block} is free twice`);
    if (usableSize(arena, block) !== bytes) fail(`size of the block ${block}`);
    free.add(block);
  }
  const used = (fresh - start) / bytes - free.size;
  if (used !== words[head + RUN_USED]) fail(`run ${run} has ${used} blocks, says ${words[head + RUN_USED]}`);
  if (start + words[head + RUN_BLOCKS] * bytes > run + pages * PAGE_BYTES) fail(`run ${run} is too long`);
  if (used < words[head + RUN_BLOCKS]) found.runsWithRoom.add(run);
  found.blocks += used;
  found.bytes += used * bytes;
  found.pages += pages;
  return pages;
}

function checkBins({ words }: Arena, expected: number): void {
  let count = 0;
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    let previous = 0;
    for (let span = words[WORD_SPAN_BINS + bin]; span !== 0; span = words[span >> 2]) {
      const pages = -words[WORD_PAGE_MAP + (span >>> PAGE_SHIFT)];
      if (pages <= 0 || spanBin(pages) !== bin) fail(`span ${span} of ${pages} pages in bin ${bin}`);
      if (words[(span >> 2) + 1] !== previous) fail(`span before ${span}`);
      previous = span;
      count += 1;
    }
  }
  if (count !== expected) fail(`${expected} free spans, ${count} in bins`);
}

function checkRunLists({ words }: Arena, withRoom: ReadonlySet<number>): void {
  let count = 0;
  for (let kind = 0; kind < CLASS_COUNT; kind++) {
    let previous = 0;
    for (let run = words[WORD_CLASS_RUNS + kind]; run !== 0; run = words[(run >> 2) + RUN_NEXT]) {
      if (!withRoom.has(run)) fail(`run ${run} is listed and has no room`);
      if (words[(run >> 2) + RUN_PREVIOUS] !== previous) fail(`run before ${run}`);
      if ((words[WORD_PAGE_MAP + (run >>> PAGE_SHIFT)] & 0xff) !== kind) fail(`run ${run} in list ${kind}`);
      previous = run;
      count += 1;
    }
  }
  if (count !== withRoom.size) fail(`${withRoom.size} runs with room, ${count} listed`);
}
