/**
 * Elements of sets, hashes and sorted sets at random, and page by page: SRANDMEMBER, HRANDFIELD, ZRANDMEMBER, SSCAN,
 * HSCAN and ZSCAN. Worker thread. As valkey 8.0 `t_set.c`, `t_hash.c`, `t_zset.c`, and `scanGenericCommand` (`db.c`).
 */
import type { Arena } from '../memory/arena.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import { FrameWriter, type RespVersion } from '../resp/encode.ts';
import type { Key } from '../store/key.ts';
import { drawEntries } from '../store/set-walk.ts';
import { integerAt, isWord } from './arguments.ts';
import type { CommandContext } from './context.ts';
import { OUT_OF_RANGE } from './errors.ts';
import { cursorAt, isScanned, parseScanOptions, replyPage, ScanOptions } from './scan-options.ts';
import { MANY_ELEMENTS, runInSlices, type SlicedCommand, type Slices } from './slices.ts';

/** The elements of one type of value. Made once for a thread and used again: it stands on one element of one key. */
export interface Elements {
  /** Word that asks for values along with random elements; absent where elements have none. */
  readonly valuesWord?: Uint8Array;
  /** Whether a SCAN of this type takes NOVALUES, or NOSCORES. */
  readonly takesNoValues: boolean;
  readonly takesNoScores: boolean;
  /** The element's name is `bytes[start, end)`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The key for reading; undefined after an error. */
  read(context: CommandContext): Key | undefined;
  size(key: Key): number;
  /** Offset of the table that holds the elements; 0 where they are packed. */
  table(key: Key): number;
  /** Stands before the first element: of a SCAN, or of those that are chosen from at random. */
  begin(key: Key, forScan: boolean): void;
  /** To the next element. False behind the last. */
  next(): boolean;
  /** To an element chosen by chance, all of them equally likely. The key has some. */
  showRandom(key: Key): void;
  /** To an element of the table. */
  showEntry(entry: number): void;
  writeValue(context: CommandContext, writer: FrameWriter, resp: RespVersion): void;
  /** For work that is done in slices: it stands where it is while others use this one. */
  another(): Elements;
}

const COUNT_RANGE =
  'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807';
const LEAST = Buffer.from('-9223372036854775808', 'latin1');
/** Of a count with values: twice as many elements must be countable. */
const MAX_PAIRS = 2 ** 62;
/** A table that is not this many times larger than what is asked for is gone through; of others, entries are drawn. */
const DRAWN_SHARE = 3;
/** Buckets of a table that one SCAN goes through at most for each element asked for. */
const BUCKETS_PER_ELEMENT = 10;

const page = new EntryList();
const options = new ScanOptions();
/** Elements whose number is known only when they are all there. */
const found = new FrameWriter();

/** `COMMAND key [count [WITHVALUES]]`. */
export function runRandomElements(context: CommandContext, elements: Elements): void {
  const wanted = parseRandomCount(context, elements.valuesWord);
  if (Number.isNaN(wanted)) return;
  const key = elements.read(context);
  if (key === undefined) return;
  if (context.count === 2) {
    if (key.record === 0) context.nil();
    else writeRandom(context, key, elements, false);
    return;
  }
  const withValues = context.count === 4;
  if (key.record === 0 || wanted === 0) context.array(0);
  else if (wanted < 0) {
    if (-wanted > MANY_ELEMENTS && inSlices(context, elements, wanted, withValues)) return;
    beginReply(context, -wanted, withValues);
    for (let left = -wanted; left > 0; left--) writeRandom(context, key, elements, withValues);
  } else {
    const isLarge = wanted > MANY_ELEMENTS && elements.size(key) > MANY_ELEMENTS;
    if (isLarge && inSlices(context, elements, wanted, withValues)) return;
    writeDistinct(context, key, elements, wanted, withValues);
  }
}

/** 0 where there is no count; NaN after an error. */
function parseRandomCount(context: CommandContext, valuesWord: Uint8Array | undefined): number {
  const { count } = context;
  if (count === 2) return 0;
  if (count > 3 && valuesWord === undefined) return refuse(context);
  const wanted = integerAt(context, 2);
  if (Number.isNaN(wanted)) return wanted;
  if (isLeast(context, 2)) {
    context.error(COUNT_RANGE);
    return Number.NaN;
  }
  if (count === 3 || valuesWord === undefined) return wanted;
  if (count > 4 || !isWord(context, 3, valuesWord)) return refuse(context);
  if (Math.abs(wanted) < MAX_PAIRS) return wanted;
  context.error(OUT_OF_RANGE);
  return Number.NaN;
}

function refuse(context: CommandContext): number {
  context.syntaxError();
  return Number.NaN;
}

/** Whether an argument is the one 64-bit integer whose opposite is none. */
function isLeast(context: CommandContext, argument: number): boolean {
  if (context.length(argument) !== LEAST.length) return false;
  const start = context.start(argument);
  for (let at = 0; at < LEAST.length; at++) if (context.bytes[start + at] !== LEAST[at]) return false;
  return true;
}

/** In RESP3 names and values come in pairs of their own. */
function beginReply(context: CommandContext, count: number, withValues: boolean): void {
  context.array(withValues && context.resp === 2 ? 2 * count : count);
}

function writeElement(context: CommandContext, elements: Elements, withValues: boolean): void {
  if (withValues && context.resp === 3) context.array(2);
  context.bulk(elements.bytes, elements.start, elements.end);
  if (withValues) elements.writeValue(context, context.writer, context.resp);
}

function writeRandom(context: CommandContext, key: Key, elements: Elements, withValues: boolean): void {
  elements.showRandom(key);
  writeElement(context, elements, withValues);
}

function writeDistinct(
  context: CommandContext,
  key: Key,
  elements: Elements,
  wanted: number,
  withValues: boolean,
): void {
  const size = elements.size(key);
  const table = elements.table(key);
  let left = Math.min(wanted, size);
  beginReply(context, left, withValues);
  elements.begin(key, false);
  if (table !== 0 && left * DRAWN_SHARE <= size) {
    drawEntries(key.arena, table, left, Math.random, page);
    for (let at = 0; at < left; at++) {
      elements.showEntry(page.entries[at]);
      writeElement(context, elements, withValues);
    }
    return;
  }
  let unseen = size;
  // Each element that comes is chosen with the chance that one of those left is it.
  while (left > 0 && elements.next()) {
    if (Math.random() * unseen < left) {
      writeElement(context, elements, withValues);
      left -= 1;
    }
    unseen -= 1;
  }
}

/** False where it has to be done at once. */
function inSlices(context: CommandContext, elements: Elements, wanted: number, withValues: boolean): boolean {
  return runInSlices(context, (own, slices) =>
    randomSliced(own, slices, elements.another(), wanted, withValues),
  );
}

function* randomSliced(
  context: CommandContext,
  slices: SlicedCommand,
  elements: Elements,
  wanted: number,
  withValues: boolean,
): Slices {
  const key = elements.read(context);
  if (key === undefined) return;
  const size = key.record === 0 ? 0 : elements.size(key);
  const count = wanted < 0 && size > 0 ? -wanted : Math.min(wanted, size);
  beginReply(context, Math.max(0, count), withValues);
  if (size === 0) return;
  // All are gone through, however few are wanted: to draw them takes one piece.
  if (wanted > 0) elements.begin(key, false);
  let left = count;
  for (let unseen = size; left > 0; unseen--) {
    if (wanted < 0) elements.showRandom(key);
    else elements.next();
    if (wanted < 0 || Math.random() * unseen < left) {
      writeElement(context, elements, withValues);
      left -= 1;
    }
    if (slices.isOver()) yield;
  }
}

/** `COMMAND key cursor [MATCH pattern] [COUNT count] [NOVALUES | NOSCORES]`. */
export function runScanElements(context: CommandContext, elements: Elements): void {
  const cursor = cursorAt(context, 2);
  if (Number.isNaN(cursor)) return;
  const key = elements.read(context);
  if (key === undefined) return;
  let next = 0;
  let count = 0;
  found.reset();
  if (key.record !== 0) {
    if (!parseScanOptions(context, options, elements.takesNoValues, elements.takesNoScores)) return;
    elements.begin(key, true);
    const table = elements.table(key);
    if (table !== 0) {
      next = scanPage(key.arena, table, cursor, Math.min(options.count, MANY_ELEMENTS));
      for (let at = 0; at < page.count; at++) {
        elements.showEntry(page.entries[at]);
        count += addScanned(context, elements);
      }
    } else while (elements.next()) count += addScanned(context, elements);
  }
  replyPage(context, next, count, found);
}

/**
 * Puts a page of a table's entries into `page`; returns the next cursor, 0 at the end. COUNT is a hint: so many that
 * others would have to wait are more than one page.
 */
function scanPage(arena: Arena, table: number, cursor: number, count: number): number {
  page.count = 0;
  // Cursors are hashes of 32 bits.
  if (cursor >= 2 ** 32) return 0;
  let next = cursor;
  let buckets = count * BUCKETS_PER_ELEMENT;
  do {
    next = scanBucket(arena, table, next, page);
    buckets -= 1;
  } while (next !== 0 && page.count < count && buckets > 0);
  return next;
}

/** Returns how many items of the reply it has added. Scores are texts here in both protocols. */
function addScanned(context: CommandContext, elements: Elements): number {
  const { bytes, start, end } = elements;
  if (!isScanned(context, options, bytes, start, end)) return 0;
  found.bulk(bytes, start, end);
  if (options.noValues || !(elements.takesNoValues || elements.takesNoScores)) return 1;
  elements.writeValue(context, found, 2);
  return 2;
}
