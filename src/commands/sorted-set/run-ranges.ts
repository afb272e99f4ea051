/**
 * What ZRANGE in all its forms, ZRANGESTORE, ZCOUNT, ZLEXCOUNT and ZREMRANGEBY… do on the engine. Worker thread. As
 * valkey 8.0 `t_zset.c`. Every range becomes one of ranks, so an offset costs nothing.
 */
import type { Key } from '../../store/key.ts';
import { findKey, removeKey } from '../../store/keyspace.ts';
import { recordEncoding } from '../../store/record.ts';
import {
  adoptSet,
  closeSet,
  createSet,
  firstEncoding,
  freeSet,
  insertScore,
  openSet,
  removeRanks,
  SortedBody,
  scoredCount,
  sortedSetBody,
  ZSET_PACKED,
} from '../../store/sorted-set.ts';
import { RankRange, ranksBetween, ranksOfNames, ranksOfScores } from '../../store/sorted-set-range.ts';
import { beginRanks, nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { TYPE_ZSET } from '../../store/types.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC, EVENT_ZSET } from '../key-events.ts';
import { readTyped, writeTyped } from '../lookup.ts';
import { nameRange, parseNameRange, parseScoreRange, scoreRange } from './range-arguments.ts';
import { tellRemoval } from './run-members.ts';

const BY_RANK = 0;
const BY_SCORE = 1;
const BY_NAME = 2;
const OPEN_TO_OPTIONS = -1;

const WITHSCORES = word('withscores');
const LIMIT = word('limit');
const REV = word('rev');
const BYLEX = word('bylex');
const BYSCORE = word('byscore');

/** What a command's arguments ask for. */
class RangeQuery {
  by = BY_RANK;
  isReverse = false;
  withScores = false;
  offset = 0;
  /** Below 0: all. */
  limit = -1;
  /** Of ranks. */
  start = 0;
  stop = 0;
}

const query = new RangeQuery();
const ranks = new RankRange();
const walk = new SortedSetWalk();
const set = new SortedBody();

export function runZrange(context: CommandContext): void {
  if (parse(context, 1, OPEN_TO_OPTIONS, false, true, false)) replyRange(context);
}

export function runZrevrange(context: CommandContext): void {
  if (parse(context, 1, BY_RANK, true, false, false)) replyRange(context);
}

export function runZrangebyscore(context: CommandContext): void {
  if (parse(context, 1, BY_SCORE, false, false, false)) replyRange(context);
}

export function runZrevrangebyscore(context: CommandContext): void {
  if (parse(context, 1, BY_SCORE, true, false, false)) replyRange(context);
}

export function runZrangebylex(context: CommandContext): void {
  if (parse(context, 1, BY_NAME, false, false, false)) replyRange(context);
}

export function runZrevrangebylex(context: CommandContext): void {
  if (parse(context, 1, BY_NAME, true, false, false)) replyRange(context);
}

/**
 * Fills `query` from the arguments behind the source's key, at `source`. `by` and `isReverse` are the command's own;
 * options decide where they are open. False after an error.
 */
function parse(
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

function parseBounds(context: CommandContext, by: number, minAt: number, maxAt: number): boolean {
  if (by === BY_SCORE) return parseScoreRange(context, minAt, maxAt);
  if (by === BY_NAME) return parseNameRange(context, minAt, maxAt);
  query.start = integerAt(context, minAt);
  if (Number.isNaN(query.start)) return false;
  query.stop = integerAt(context, maxAt);
  return !Number.isNaN(query.stop);
}

/** Fills `ranks` with what the key's set has within the range. */
function findRanks(key: Key, by: number, isReverse: boolean): void {
  const { arena, record } = key;
  const encoding = recordEncoding(arena, record);
  const body = sortedSetBody(arena, record);
  if (by === BY_SCORE) ranksOfScores(arena, encoding, body, scoreRange, ranks);
  else if (by === BY_NAME) ranksOfNames(arena, encoding, body, nameRange, isReverse, ranks);
  else ranksBetween(scoredCount(arena, record), query.start, query.stop, isReverse, ranks);
}

/** Makes `walk` stand before the members that were asked for; returns how many they are. */
function beginRange(context: CommandContext, key: Key): number {
  const { by, isReverse, limit } = query;
  const { arena, record } = key;
  findRanks(key, by, isReverse);
  let { first, count } = ranks;
  if (by !== BY_RANK) {
    const skipped = skippedOf(context, key, count);
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
function skippedOf(context: CommandContext, key: Key, count: number): number {
  const { offset } = query;
  if (offset >= 0) return Math.min(offset, count);
  // Below 0 it leads out of the set; but in large ones, newer servers count from the other end of the range.
  const isSmall = recordEncoding(key.arena, key.record) === ZSET_PACKED;
  return isSmall || context.compatibility.level < 800 || -offset > count ? count : count + offset;
}

function replyRange(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  if (key.record === 0) {
    context.array(0);
    return;
  }
  const { withScores } = query;
  const count = beginRange(context, key);
  beginScored(context, count, withScores);
  while (nextScored(walk)) writeScored(context, walk, withScores);
}

/** The head of a list of members. In RESP3 members and scores come in pairs of their own. */
export function beginScored(context: CommandContext, count: number, withScores: boolean): void {
  context.array(withScores && context.resp === 2 ? 2 * count : count);
}

/** The member that a walk stands on. */
export function writeScored(context: CommandContext, from: SortedSetWalk, withScores: boolean): void {
  if (withScores && context.resp === 3) context.array(2);
  context.bulk(from.bytes, from.start, from.end);
  if (withScores) context.double(from.score);
}

export function runZrangestore(context: CommandContext): void {
  if (!parse(context, 2, OPEN_TO_OPTIONS, false, true, true)) return;
  const source = readTyped(context, 2, TYPE_ZSET);
  if (source === undefined) return;
  const { store } = context;
  const target = context.key(1);
  const count = source.record === 0 ? 0 : beginRange(context, source);
  if (count === 0) {
    findKey(store, target, context.nowMs);
    if (target.record !== 0) {
      removeKey(target);
      context.changed(target, EVENT_GENERIC, 'del');
    }
    context.integer(0);
    return;
  }
  const { arena } = target;
  // Only of ranks it is known beforehand how many there will be.
  const expected = query.by === BY_RANK ? count : 0;
  let isMade = createSet(arena, set, firstEncoding(store.limits, expected, 0));
  while (isMade && nextScored(walk)) {
    isMade = insertScore(arena, store.limits, set, walk.bytes, walk.start, walk.end, walk.score);
  }
  findKey(store, target, context.nowMs);
  if (!isMade || !adoptSet(store, target, set)) {
    freeSet(arena, set);
    context.outOfMemory();
    return;
  }
  context.changed(target, EVENT_ZSET, 'zrangestore');
  context.integer(count);
}

export function runZcount(context: CommandContext): void {
  if (parseScoreRange(context, 2, 3)) replyCount(context, BY_SCORE);
}

export function runZlexcount(context: CommandContext): void {
  if (parseNameRange(context, 2, 3)) replyCount(context, BY_NAME);
}

function replyCount(context: CommandContext, by: number): void {
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  if (key.record !== 0) findRanks(key, by, false);
  context.integer(key.record === 0 ? 0 : ranks.count);
}

export function runZremrangebyrank(context: CommandContext): void {
  if (parseBounds(context, BY_RANK, 2, 3)) removeRange(context, BY_RANK, 'zremrangebyrank');
}

export function runZremrangebyscore(context: CommandContext): void {
  if (parseScoreRange(context, 2, 3)) removeRange(context, BY_SCORE, 'zremrangebyscore');
}

export function runZremrangebylex(context: CommandContext): void {
  if (parseNameRange(context, 2, 3)) removeRange(context, BY_NAME, 'zremrangebylex');
}

function removeRange(context: CommandContext, by: number, event: string): void {
  const key = writeTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  let removed = 0;
  if (key.record !== 0) {
    findRanks(key, by, false);
    removed = ranks.count;
    if (removed > 0) removeFrom(context, key, ranks.first, removed, event);
  }
  context.integer(removed);
}

/** Takes out members, which are there, from a rank on, and tells of it. */
export function removeFrom(
  context: CommandContext,
  key: Key,
  first: number,
  count: number,
  event: string,
): void {
  openSet(set, key);
  removeRanks(key.arena, set, first, count);
  closeSet(set, key);
  tellRemoval(context, key, event, count);
}
