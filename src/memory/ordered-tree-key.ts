/**
 * Orders of the ordered tree: what is looked for, and how an entry compares with it. Any thread that holds the arena's
 * lock. Must not know how nodes are linked, nor what references lead to, but for the key at the entries of hash tables.
 *
 * Keys stand in nodes as words of 32 bits that compare as signed integers, the first one first, so that a search reads
 * whole words and makes no garbage: of a double or an id the words are changed so that their order becomes this one.
 * The last word of an entry is its reference. By kind:
 *
 *     score   score (2 words), then the key of the hash table entry that is referred to: sorted sets
 *     id      128 bits (4 words): streams
 *     time    time (2 words), then the reference as a number: expiry
 *     bytes   the key of the hash table entry that is referred to: names in order
 */
import type { Arena } from './arena.ts';
import { ENTRY_KEY, ENTRY_LENGTH_MASK } from './table-layout.ts';

export const TREE_BY_SCORE = 0;
export const TREE_BY_ID = 1;
export const TREE_BY_TIME = 2;
export const TREE_BY_BYTES = 3;

/** Words of a key in a node, by kind. */
export const KEY_WORDS: Int32Array = Int32Array.of(2, 4, 2, 0);

const SIGN = 0x8000_0000 | 0;
const NO_BYTES = new Uint8Array(0);
const scratchDouble = new Float64Array(1);
const scratchWords = new Int32Array(scratchDouble.buffer);

/** What is looked for or put in. Made once and used again; the `set…` functions fill it. */
export class TreeKey {
  first = 0;
  second = 0;
  third = 0;
  fourth = 0;
  /** Of a time: decides among equal ones. */
  reference = 0;
  /** Of a score or on its own: decides among equal scores. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  /** What would decide among equals is not given: entries with this score or time are all equal to the key. */
  isBound = false;
}

/** The word at `index` of a double, so that signed words compare as doubles do. 0 and -0 are the same. */
function setDouble(key: TreeKey, value: number): void {
  scratchDouble[0] = value + 0;
  const low = scratchWords[0];
  const high = scratchWords[1];
  // Of negative numbers, the magnitude counts the other way round.
  const turn = high >> 31;
  key.first = high ^ (turn & 0x7fff_ffff);
  key.second = low ^ turn ^ SIGN;
}

/** The double that `setDouble` made the two words of. */
export function doubleOf(first: number, second: number): number {
  const turn = first >> 31;
  scratchWords[1] = first ^ (turn & 0x7fff_ffff);
  scratchWords[0] = second ^ turn ^ SIGN;
  return scratchDouble[0];
}

/** One entry of a tree by score. The score is not NaN. */
export function setScoreKey(
  key: TreeKey,
  score: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  setDouble(key, score);
  key.bytes = bytes;
  key.start = start;
  key.end = end;
  key.isBound = false;
}

/** All entries with a score. */
export function setScoreBound(key: TreeKey, score: number): void {
  setDouble(key, score);
  key.isBound = true;
}

/** An entry of a tree by id: two unsigned 64-bit numbers, each as its high and low 32 bits, signed or not. */
export function setIdKey(
  key: TreeKey,
  firstHigh: number,
  firstLow: number,
  secondHigh: number,
  secondLow: number,
): void {
  key.first = firstHigh ^ SIGN;
  key.second = firstLow ^ SIGN;
  key.third = secondHigh ^ SIGN;
  key.fourth = secondLow ^ SIGN;
  key.isBound = false;
}

/** One entry of a tree by time. */
export function setTimeKey(key: TreeKey, timeMs: number, reference: number): void {
  setDouble(key, timeMs);
  key.reference = reference;
  key.isBound = false;
}

/** All entries with a time. */
export function setTimeBound(key: TreeKey, timeMs: number): void {
  setDouble(key, timeMs);
  key.isBound = true;
}

/** An entry of a tree by bytes. */
export function setBytesKey(key: TreeKey, bytes: Uint8Array, start: number, end: number): void {
  key.bytes = bytes;
  key.start = start;
  key.end = end;
  key.isBound = false;
}

/** Puts the key's words at an index of `arena.words`; the reference follows. */
export function writeKey(words: Int32Array, at: number, keyWords: number, key: TreeKey): void {
  if (keyWords === 0) return;
  words[at] = key.first;
  words[at + 1] = key.second;
  if (keyWords === 2) return;
  words[at + 2] = key.third;
  words[at + 3] = key.fourth;
}

/** How the key bytes of the entry at `reference` compare with the bytes looked for: below, at or above 0. */
function compareBytes(arena: Arena, reference: number, key: TreeKey): number {
  const own = arena.bytes;
  const other = key.bytes;
  const ownLength = arena.words[(reference >> 2) + 1] & ENTRY_LENGTH_MASK;
  const otherLength = key.end - key.start;
  const stop = key.start + (ownLength < otherLength ? ownLength : otherLength);
  let from = reference + ENTRY_KEY;
  for (let at = key.start; at < stop; at++, from++) {
    if (own[from] !== other[at]) return own[from] - other[at];
  }
  return ownLength - otherLength;
}

/**
 * How many of `count` entries, `stride` words apart from `base` on, come before the key, or not after it if `orEqual`.
 * The entries are in order.
 */
export function countBefore(
  arena: Arena,
  kind: number,
  base: number,
  count: number,
  stride: number,
  key: TreeKey,
  orEqual: boolean,
): number {
  // An entry counts if its comparison is below this.
  const threshold = orEqual ? 1 : 0;
  if (kind === TREE_BY_SCORE) return countScores(arena, base, count, stride, key, threshold);
  if (kind === TREE_BY_ID) return countIds(arena.words, base, count, stride, key, threshold);
  if (kind === TREE_BY_TIME) return countTimes(arena.words, base, count, stride, key, threshold);
  return countNames(arena, base, count, stride, key, threshold);
}

function countScores(
  arena: Arena,
  base: number,
  count: number,
  stride: number,
  key: TreeKey,
  threshold: number,
): number {
  const { words } = arena;
  const { first, second, isBound } = key;
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    const at = base + Math.imul(middle, stride);
    let isBefore: boolean;
    if (words[at] !== first) isBefore = words[at] < first;
    else if (words[at + 1] !== second) isBefore = words[at + 1] < second;
    else isBefore = (isBound ? 0 : compareBytes(arena, words[at + 2], key)) < threshold;
    if (isBefore) from = middle + 1;
    else to = middle;
  }
  return from;
}

function countTimes(
  words: Int32Array,
  base: number,
  count: number,
  stride: number,
  key: TreeKey,
  threshold: number,
): number {
  const { first, second, reference, isBound } = key;
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    const at = base + Math.imul(middle, stride);
    let isBefore: boolean;
    if (words[at] !== first) isBefore = words[at] < first;
    else if (words[at + 1] !== second) isBefore = words[at + 1] < second;
    else isBefore = (isBound ? 0 : words[at + 2] - reference) < threshold;
    if (isBefore) from = middle + 1;
    else to = middle;
  }
  return from;
}

function countIds(
  words: Int32Array,
  base: number,
  count: number,
  stride: number,
  key: TreeKey,
  threshold: number,
): number {
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compareId(words, base + Math.imul(middle, stride), key) < threshold) from = middle + 1;
    else to = middle;
  }
  return from;
}

function compareId(words: Int32Array, at: number, key: TreeKey): number {
  if (words[at] !== key.first) return words[at] < key.first ? -1 : 1;
  if (words[at + 1] !== key.second) return words[at + 1] < key.second ? -1 : 1;
  if (words[at + 2] !== key.third) return words[at + 2] < key.third ? -1 : 1;
  if (words[at + 3] !== key.fourth) return words[at + 3] < key.fourth ? -1 : 1;
  return 0;
}

function countNames(
  arena: Arena,
  base: number,
  count: number,
  stride: number,
  key: TreeKey,
  threshold: number,
): number {
  const { words } = arena;
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compareBytes(arena, words[base + Math.imul(middle, stride)], key) < threshold) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Whether the entry at an index of `arena.words` is the one looked for. */
export function isEqual(arena: Arena, kind: number, at: number, key: TreeKey): boolean {
  const { words } = arena;
  if (kind === TREE_BY_ID) return compareId(words, at, key) === 0;
  if (kind === TREE_BY_BYTES) return compareBytes(arena, words[at], key) === 0;
  if (words[at] !== key.first || words[at + 1] !== key.second) return false;
  if (key.isBound) return true;
  if (kind === TREE_BY_TIME) return words[at + 2] === key.reference;
  return compareBytes(arena, words[at + 2], key) === 0;
}
