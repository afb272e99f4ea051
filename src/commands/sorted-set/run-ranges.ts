/**
 * What ZRANGE in all its forms, ZRANGESTORE, ZCOUNT, ZLEXCOUNT and ZREMRANGEBY… do on the engine. Worker thread. As
 * valkey 8.0 `t_zset.c`.
 */
import type { Key } from '../../store/key.ts';
import {
  closeSet,
  createSet,
  firstEncoding,
  freeSet,
  insertScore,
  openSet,
  removeRanks,
  SortedBody,
} from '../../store/sorted-set.ts';
import { nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { TYPE_ZSET } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { SLICE_ELEMENTS } from '../long-work.ts';
import { checkType, readTyped, writeTyped } from '../lookup.ts';
import { MANY_ELEMENTS, runBody, type Slices, type Turns } from '../slices.ts';
import { LongScoredRange } from './long-range.ts';
import { parseNameRange, parseScoreRange } from './range-arguments.ts';
import {
  BY_NAME,
  BY_RANK,
  BY_SCORE,
  beginRange,
  findRanks,
  OPEN_TO_OPTIONS,
  parseBounds,
  parseRange,
  query,
  ranks,
} from './range-query.ts';
import { putResult } from './run-algebra.ts';
import { tellRemoval } from './run-members.ts';
import { beginScored, replyScored } from './scored-reply.ts';

const walk = new SortedSetWalk();
const set = new SortedBody();

export function runZrange(context: CommandContext): void {
  if (parseRange(context, 1, OPEN_TO_OPTIONS, false, true, false)) replyRange(context);
}

export function runZrevrange(context: CommandContext): void {
  if (parseRange(context, 1, BY_RANK, true, false, false)) replyRange(context);
}

export function runZrangebyscore(context: CommandContext): void {
  if (parseRange(context, 1, BY_SCORE, false, false, false)) replyRange(context);
}

export function runZrevrangebyscore(context: CommandContext): void {
  if (parseRange(context, 1, BY_SCORE, true, false, false)) replyRange(context);
}

export function runZrangebylex(context: CommandContext): void {
  if (parseRange(context, 1, BY_NAME, false, false, false)) replyRange(context);
}

export function runZrevrangebylex(context: CommandContext): void {
  if (parseRange(context, 1, BY_NAME, true, false, false)) replyRange(context);
}

function replyRange(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  if (key.record === 0) {
    context.array(0);
    return;
  }
  const { withScores } = query;
  const count = beginRange(context, key, query, walk);
  if (count > SLICE_ELEMENTS && context.mayYield && new LongScoredRange(context, key).start(context)) return;
  beginScored(context.writer, context.resp, count, withScores);
  while (nextScored(walk)) replyScored(context, walk, withScores);
}

export function runZrangestore(context: CommandContext): void {
  if (!parseRange(context, 2, OPEN_TO_OPTIONS, false, true, true)) return;
  const source = readTyped(context, 2, TYPE_ZSET);
  if (source === undefined) return;
  const count = source.record === 0 ? 0 : beginRange(context, source, query, walk);
  runBody(context, rangeStored, count > MANY_ELEMENTS, 1);
}

function* rangeStored(context: CommandContext, slices: Turns): Slices {
  parseRange(context, 2, OPEN_TO_OPTIONS, false, true, true);
  const source = checkType(context, context.key(2), TYPE_ZSET);
  if (source === undefined) return;
  const target = context.key(1);
  const { arena } = target;
  const { limits } = context.store;
  const own = new SortedSetWalk();
  const result = new SortedBody();
  const count = source.record === 0 ? 0 : beginRange(context, source, query, own);
  // Only of ranks it is known beforehand how many there will be.
  const expected = query.by === BY_RANK ? count : 0;
  let isMade = createSet(arena, result, firstEncoding(limits, expected, 0));
  try {
    while (isMade && count > 0 && nextScored(own)) {
      isMade = insertScore(arena, limits, result, own.bytes, own.start, own.end, own.score);
      if (slices.isOver()) yield;
    }
    context.ports.snapshots.keep(target);
    if (isMade && putResult(context, target, result, count, 'zrangestore')) context.integer(count);
    else context.outOfMemory();
  } finally {
    freeSet(arena, result);
  }
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
  if (key.record !== 0) findRanks(key, query, by, false);
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
    findRanks(key, query, by, false);
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
