/**
 * Ranges of sorted sets by score or by name, as ranges of ranks: the form that reading, counting and removing go by.
 * Any thread that holds the shard's lock.
 */
import type { Arena } from '../memory/arena.ts';
import {
  countEntriesBefore,
  entryNumber,
  seekFirst,
  seekLast,
  seekRank,
  TreeCursor,
  treeCount,
} from '../memory/ordered-tree-cursor.ts';
import { setScoreBound, setScoreKey, TreeKey } from '../memory/ordered-tree-key.ts';
import { packedAt, packedFirst, packedNext, packedPrevious } from '../memory/packed.ts';
import { PackedCursor } from '../memory/packed-entry.ts';
import { ENTRY_KEY } from '../memory/table-layout.ts';
import { memberEnd } from './sorted-set-entry.ts';
import { compareMember, compareRange, pairCount } from './sorted-set-packed.ts';

const PACKED = 0;
const NO_BYTES = new Uint8Array(0);
const key = new TreeKey();
const treeCursor = new TreeCursor();
const cursor = new PackedCursor();

/** Members with the ranks from `first` on. */
export class RankRange {
  first = 0;
  count = 0;
}

export class ScoreRange {
  min = Number.NaN;
  max = Number.NaN;
  withoutMin = false;
  withoutMax = false;
}

/** What a bound of a range of names is: `-`, a name, `+`. */
export const BEFORE_ALL = -1;
export const AT_NAME = 0;
export const AFTER_ALL = 1;

export class NameBound {
  kind = BEFORE_ALL;
  /** The name itself is outside. */
  isOpen = false;
  /** The name is `bytes[start, end)`. */
  start = 0;
  end = 0;
}

export class NameRange {
  bytes: Uint8Array = NO_BYTES;
  readonly min = new NameBound();
  readonly max = new NameBound();
}

function setRange(range: RankRange, first: number, end: number): void {
  range.first = first;
  range.count = Math.max(0, end - first);
}

/** From `start` to `stop`, both included, below 0 from the end: as ZRANGE takes them; `reverse`: from the highest. */
export function ranksBetween(
  count: number,
  start: number,
  stop: number,
  isReverse: boolean,
  out: RankRange,
): void {
  const from = Math.max(0, start < 0 ? count + start : start);
  const to = Math.min(count - 1, stop < 0 ? count + stop : stop);
  if (from > to) setRange(out, 0, 0);
  else if (isReverse) setRange(out, count - 1 - to, count - from);
  else setRange(out, from, to + 1);
}

/** Members with scores within the range. */
export function ranksOfScores(
  arena: Arena,
  encoding: number,
  body: number,
  range: ScoreRange,
  out: RankRange,
): void {
  const { min, max, withoutMin, withoutMax } = range;
  if (min > max || (min === max && (withoutMin || withoutMax))) setRange(out, 0, 0);
  else if (encoding === PACKED) {
    const first = pairsBefore(arena, body, min, withoutMin);
    setRange(out, first, pairsBefore(arena, body, max, !withoutMax));
  } else {
    setScoreBound(key, min);
    const first = countEntriesBefore(arena, body, key, withoutMin, treeCursor);
    setScoreBound(key, max);
    setRange(out, first, countEntriesBefore(arena, body, key, !withoutMax, treeCursor));
  }
}

/** Members of a blob with scores below this one, or not above if `orEqual`. */
function pairsBefore(arena: Arena, packed: number, score: number, orEqual: boolean): number {
  let rank = 0;
  let more = packedFirst(arena, packed, cursor);
  while (more) {
    packedNext(arena, packed, cursor);
    if (orEqual ? cursor.value > score : cursor.value >= score) break;
    rank += 1;
    more = packedNext(arena, packed, cursor);
  }
  return rank;
}

/**
 * Members with names within the range. They are in order of names only where all scores are equal. Of other sets small
 * ones give what the servers' do, who look for the first name within the range, from the end if `isReverse`, and go on
 * from there; what large ones give is as little defined as it is there.
 */
export function ranksOfNames(
  arena: Arena,
  encoding: number,
  body: number,
  range: NameRange,
  isReverse: boolean,
  out: RankRange,
): void {
  if (encoding === PACKED) {
    ranksOfPackedNames(arena, body, range, isReverse, out);
    return;
  }
  if (!mayHaveNames(arena, body, range)) {
    setRange(out, 0, 0);
    return;
  }
  const first = entriesBefore(arena, body, range, range.min, range.min.isOpen);
  setRange(out, first, entriesBefore(arena, body, range, range.max, !range.max.isOpen));
}

/** Whether the last member is not before the range, and the first not behind it: else nothing is looked for. */
function mayHaveNames(arena: Arena, tree: number, range: NameRange): boolean {
  const { min, max } = range;
  if (min.kind === AT_NAME && seekLast(arena, tree, treeCursor)) {
    const order = compareAtCursor(arena, range, min);
    if (min.isOpen ? order <= 0 : order < 0) return false;
  }
  if (max.kind !== AT_NAME || !seekFirst(arena, tree, treeCursor)) return true;
  const order = compareAtCursor(arena, range, max);
  return max.isOpen ? order < 0 : order <= 0;
}

/** How the member that the tree's cursor stands on compares with a bound's name. */
function compareAtCursor(arena: Arena, { bytes }: NameRange, { start, end }: NameBound): number {
  const { reference } = treeCursor;
  return compareRange(arena.bytes, reference + ENTRY_KEY, memberEnd(arena, reference), bytes, start, end);
}

function entriesBefore(
  arena: Arena,
  tree: number,
  range: NameRange,
  bound: NameBound,
  orEqual: boolean,
): number {
  const count = treeCount(arena, tree);
  if (bound.kind !== AT_NAME) return bound.kind === BEFORE_ALL ? 0 : count;
  const { bytes } = range;
  const { start, end } = bound;
  if (!seekFirst(arena, tree, treeCursor)) return 0;
  const score = entryNumber(arena, treeCursor);
  seekLast(arena, tree, treeCursor);
  if (entryNumber(arena, treeCursor) === score) {
    setScoreKey(key, score, bytes, start, end);
    return countEntriesBefore(arena, tree, key, orEqual, treeCursor);
  }
  // Where scores differ the names may still be in order, and then this finds them.
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    seekRank(arena, tree, middle, treeCursor);
    const order = compareAtCursor(arena, range, bound);
    if (order < 0 || (order === 0 && orEqual)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The member that the cursor stands on is not before the beginning of the range. */
function isAfterMin(arena: Arena, range: NameRange): boolean {
  const { min, bytes } = range;
  if (min.kind !== AT_NAME) return min.kind === BEFORE_ALL;
  const order = compareMember(arena, cursor, bytes, min.start, min.end);
  return min.isOpen ? order > 0 : order >= 0;
}

function isBeforeMax(arena: Arena, range: NameRange): boolean {
  const { max, bytes } = range;
  if (max.kind !== AT_NAME) return max.kind === AFTER_ALL;
  const order = compareMember(arena, cursor, bytes, max.start, max.end);
  return max.isOpen ? order < 0 : order <= 0;
}

function isEmptyRange({ min, max, bytes }: NameRange): boolean {
  if (min.kind !== max.kind) return min.kind > max.kind;
  if (min.kind !== AT_NAME) return true;
  const order = compareRange(bytes, min.start, min.end, bytes, max.start, max.end);
  return order > 0 || (order === 0 && (min.isOpen || max.isOpen));
}

function ranksOfPackedNames(
  arena: Arena,
  packed: number,
  range: NameRange,
  isReverse: boolean,
  out: RankRange,
): void {
  const count = pairCount(arena, packed);
  setRange(out, 0, 0);
  if (count === 0 || isEmptyRange(range)) return;
  packedAt(arena, packed, -2, cursor);
  if (!isAfterMin(arena, range)) return;
  packedAt(arena, packed, 0, cursor);
  if (!isBeforeMax(arena, range)) return;
  if (isReverse) {
    const last = backWhile(arena, packed, range, count - 1, false);
    if (last >= 0) setRange(out, backWhile(arena, packed, range, last, true) + 1, last + 1);
  } else {
    const first = forwardWhile(arena, packed, range, 0, count, false);
    if (first < count) setRange(out, first, forwardWhile(arena, packed, range, first, count, true));
  }
}

/** From a rank down while members are within the end of the range that decides (`inside`), or while they are not. */
function backWhile(arena: Arena, packed: number, range: NameRange, from: number, inside: boolean): number {
  let rank = from;
  packedAt(arena, packed, 2 * rank, cursor);
  while (rank >= 0 && (inside ? isAfterMin(arena, range) : !isBeforeMax(arena, range))) {
    rank -= 1;
    packedPrevious(arena, packed, cursor);
    if (rank >= 0) packedPrevious(arena, packed, cursor);
  }
  return rank;
}

function forwardWhile(
  arena: Arena,
  packed: number,
  range: NameRange,
  from: number,
  count: number,
  inside: boolean,
): number {
  let rank = from;
  packedAt(arena, packed, 2 * rank, cursor);
  while (rank < count && (inside ? isBeforeMax(arena, range) : !isAfterMin(arena, range))) {
    rank += 1;
    packedNext(arena, packed, cursor);
    if (rank < count) packedNext(arena, packed, cursor);
  }
  return rank;
}
