/**
 * What ZRANGE in all its forms asks for: parsed, and found in a sorted set. Every range becomes one of ranks, so an
 * offset costs nothing. Worker thread. As valkey 8.0 `t_zset.c`.
 */
import { copyOf } from '../../base/bytes.ts';
import type { Key } from '../../store/key.ts';
import { recordEncoding } from '../../store/record.ts';
import { scoredCount, sortedSetBody, ZSET_PACKED } from '../../store/sorted-set.ts';
import {
  type NameBound,
  NameRange,
  RankRange,
  ranksBetween,
  ranksOfNames,
  ranksOfScores,
  ScoreRange,
} from '../../store/sorted-set-range.ts';
import { beginRanks, type SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { nameRange, parseNameRange, parseScoreRange, scoreRange } from './range-arguments.ts';

export const BY_RANK = 0;
export const BY_SCORE = 1;
export const BY_NAME = 2;
/** Options of the command decide. */
export const OPEN_TO_OPTIONS = -1;

const WITHSCORES = word('withscores');
const LIMIT = word('limit');
const REV = word('rev');
const BYLEX = word('bylex');
const BYSCORE = word('byscore');

export class RangeQuery {
  by = BY_RANK;
  isReverse = false;
  withScores = false;
  offset = 0;
  /** Below 0: all. */
  limit = -1;
  /** Of ranks. */
  start = 0;
  stop = 0;
  scores: ScoreRange = scoreRange;
  names: NameRange = nameRange;
}

/** Of the command under way. */
export const query: RangeQuery = new RangeQuery();
/** Set by `findRanks`. */
export const ranks: RankRange = new RankRange();

/** Cold: a query that outlives the command's arguments. */
export function copyQuery(from: RangeQuery): RangeQuery {
  const copy = Object.assign(new RangeQuery(), from);
  copy.scores = Object.assign(new ScoreRange(), from.scores);
  copy.names = new NameRange();
  if (from.by !== BY_NAME) return copy;
  const { min, max, bytes } = from.names;
  const start = Math.min(min.start, max.start);
  copy.names.bytes = copyOf(bytes, start, Math.max(min.end, max.end));
  copyBound(min, copy.names.min, start);
  copyBound(max, copy.names.max, start);
  return copy;
}

function copyBound(from: NameBound, to: NameBound, offset: number): void {
  to.kind = from.kind;
  to.isOpen = from.isOpen;
  to.start = from.start - offset;
  to.end = from.end - offset;
}

/**
 * Fills `query` from the arguments behind the source's key, at `source`. `by` and `isReverse` are the command's own;
 * options decide where they are open. False after an error.
 */
export function parseRange(
  context: CommandContext,
  source: number,
  by: number,
  isReverse: boolean,
  mayReverse: boolean,
  stores: boolean,
): boolean {
  query.by = by;
  query.isReverse = isReverse;
  query.withScores = false;
  query.offset = 0;
  query.limit = -1;
  if (!parseOptions(context, source + 3, mayReverse, stores)) return false;
  if (query.by === OPEN_TO_OPTIONS) query.by = BY_RANK;
  if (query.limit !== -1 && query.by === BY_RANK) {
    context.error('ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX');
    return false;
  }
  if (query.withScores && query.by === BY_NAME) {
    context.error('ERR syntax error, WITHSCORES not supported in combination with BYLEX');
    return false;
  }
  const isSwapped = query.isReverse && query.by !== BY_RANK;
  return parseBounds(context, query.by, source + (isSwapped ? 2 : 1), source + (isSwapped ? 1 : 2));
}

function parseOptions(context: CommandContext, from: number, mayReverse: boolean, stores: boolean): boolean {
  let isReversible = mayReverse;
  for (let at = from; at < context.count; at++) {
    if (!stores && isWord(context, at, WITHSCORES)) query.withScores = true;
    else if (isWord(context, at, LIMIT) && at + 2 < context.count) {
      query.offset = integerAt(context, at + 1);
      if (Number.isNaN(query.offset)) return false;
      query.limit = integerAt(context, at + 2);
      if (Number.isNaN(query.limit)) return false;
      at += 2;
    } else if (isReversible && isWord(context, at, REV)) {
      query.isReverse = true;
      isReversible = false;
    } else if (query.by === OPEN_TO_OPTIONS && isWord(context, at, BYLEX)) query.by = BY_NAME;
    else if (query.by === OPEN_TO_OPTIONS && isWord(context, at, BYSCORE)) query.by = BY_SCORE;
    else {
      context.syntaxError();
      return false;
    }
  }
  return true;
}

export function parseBounds(context: CommandContext, by: number, minAt: number, maxAt: number): boolean {
  if (by === BY_SCORE) return parseScoreRange(context, minAt, maxAt);
  if (by === BY_NAME) return parseNameRange(context, minAt, maxAt);
  query.start = integerAt(context, minAt);
  if (Number.isNaN(query.start)) return false;
  query.stop = integerAt(context, maxAt);
  return !Number.isNaN(query.stop);
}

/** Fills `ranks` with what the key's set has within the range. */
export function findRanks(key: Key, wanted: RangeQuery, by: number, isReverse: boolean): void {
  const { arena, record } = key;
  const encoding = recordEncoding(arena, record);
  const body = sortedSetBody(arena, record);
  if (by === BY_SCORE) ranksOfScores(arena, encoding, body, wanted.scores, ranks);
  else if (by === BY_NAME) ranksOfNames(arena, encoding, body, wanted.names, isReverse, ranks);
  else ranksBetween(scoredCount(arena, record), wanted.start, wanted.stop, isReverse, ranks);
}

/** Makes `walk` stand before the members that were asked for; returns how many they are. */
export function beginRange(
  context: CommandContext,
  key: Key,
  wanted: RangeQuery,
  walk: SortedSetWalk,
): number {
  const { by, isReverse, limit } = wanted;
  const { arena, record } = key;
  findRanks(key, wanted, by, isReverse);
  let { first, count } = ranks;
  if (by !== BY_RANK) {
    const skipped = skippedOf(context, key, wanted.offset, count);
    if (!isReverse) first += skipped;
    count -= skipped;
    if (limit >= 0 && limit < count) {
      if (isReverse) first += count - limit;
      count = limit;
    }
  }
  const from = isReverse ? first + count - 1 : first;
  beginRanks(
    walk,
    arena,
    recordEncoding(arena, record),
    sortedSetBody(arena, record),
    from,
    count,
    isReverse,
  );
  return count;
}

/** How many of `count` members the offset leaves out. */
function skippedOf(context: CommandContext, key: Key, offset: number, count: number): number {
  if (offset >= 0) return Math.min(offset, count);
  // Below 0 it leads out of the set; but in large ones, newer servers count from the other end of the range.
  const isSmall = recordEncoding(key.arena, key.record) === ZSET_PACKED;
  return isSmall || context.compatibility.level < 800 || -offset > count ? count : count + offset;
}
