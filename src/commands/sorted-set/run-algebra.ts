/** What ZUNION, ZINTER, ZDIFF and their like do on the engine. Worker thread. As valkey 8.0 `t_zset.c`. */
import type { Key } from '../../store/key.ts';
import { findKey, removeKey } from '../../store/keyspace.ts';
import { adoptSet, countScored, freeSet, type SortedBody, toPackedIfSmall } from '../../store/sorted-set.ts';
import '../../store/sorted-set-hooks.ts';
import { beginRanks, nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { integerAt, integerWithin, isWord, scoreAt, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC, EVENT_ZSET } from '../key-events.ts';
import { MANY_ELEMENTS, runInSlices, type SlicedCommand, type Slices } from '../slices.ts';
import {
  advanceScores,
  beginResult,
  DIFFERENCE,
  dropScores,
  INTERSECTION,
  isComplete,
  MAX,
  MIN,
  operationSize,
  ScoreOperation,
  SUM,
  UNION,
} from './score-operation.ts';
import { findSources, sortSources } from './score-sources.ts';
import { beginScored, replyScored } from './scored-reply.ts';

const NAMES = ['zunion', 'zinter', 'zdiff'];
const EVENTS = ['zunionstore', 'zinterstore', 'zdiffstore'];

const WEIGHTS = word('weights');
const AGGREGATE = word('aggregate');
const WITHSCORES = word('withscores');
const LIMIT = word('limit');
const MAX_LIMIT = 2 ** 63;
/** Members between two looks at the time. */
const SOME = 64;

const operation = new ScoreOperation();
const walk = new SortedSetWalk();

export function runZunion(context: CommandContext): void {
  reply(context, UNION);
}

export function runZinter(context: CommandContext): void {
  reply(context, INTERSECTION);
}

export function runZdiff(context: CommandContext): void {
  reply(context, DIFFERENCE);
}

export function runZunionstore(context: CommandContext): void {
  storeResult(context, UNION);
}

export function runZinterstore(context: CommandContext): void {
  storeResult(context, INTERSECTION);
}

export function runZdiffstore(context: CommandContext): void {
  storeResult(context, DIFFERENCE);
}

export function runZintercard(context: CommandContext): void {
  if (!prepare(context, operation, INTERSECTION, 'zintercard', 1)) return;
  if (operationSize(operation) > MANY_ELEMENTS && runInSlices(context, countSliced)) return;
  advanceScores(operation, undefined, context.store.limits, Number.POSITIVE_INFINITY);
  context.integer(operation.found);
}

function* countSliced(context: CommandContext, slices: SlicedCommand): Slices {
  const work = new ScoreOperation();
  if (!prepare(context, work, INTERSECTION, 'zintercard', 1)) return;
  while (!isComplete(work)) {
    advanceScores(work, undefined, context.store.limits, SOME);
    if (slices.isLate) yield;
  }
  context.integer(work.found);
}

/** Fills `work` from the arguments from the number of keys on. False after an error. */
function prepare(
  context: CommandContext,
  work: ScoreOperation,
  kind: number,
  name: string,
  at: number,
): boolean {
  const count = integerAt(context, at);
  if (Number.isNaN(count)) return false;
  if (count < 1) {
    context.error(`ERR at least 1 input key is needed for '${name}' command`);
    return false;
  }
  if (count > context.count - at - 1) {
    context.syntaxError();
    return false;
  }
  work.reset(kind);
  if (!findSources(context, work.sources, at + 1, count)) return false;
  if (!parseOptions(context, work, at + 1 + count, name)) return false;
  if (kind !== DIFFERENCE) sortSources(work.sources);
  return true;
}

function parseOptions(context: CommandContext, work: ScoreOperation, from: number, name: string): boolean {
  const { sources } = work;
  const isCount = name === 'zintercard';
  const weighs = work.kind !== DIFFERENCE && !isCount;
  const replies = name === NAMES[work.kind];
  let at = from;
  while (at < context.count) {
    const left = context.count - at;
    if (weighs && left > sources.count && isWord(context, at, WEIGHTS)) {
      if (!readWeights(context, work, at + 1)) return false;
      at += 1 + sources.count;
    } else if (weighs && left >= 2 && isWord(context, at, AGGREGATE) && readAggregate(context, work, at + 1))
      at += 2;
    else if (replies && isWord(context, at, WITHSCORES)) {
      work.withScores = true;
      at += 1;
    } else if (isCount && left >= 2 && isWord(context, at, LIMIT)) {
      work.limit = integerWithin(context, at + 1, 0, MAX_LIMIT, "ERR LIMIT can't be negative");
      if (Number.isNaN(work.limit)) return false;
      at += 2;
    } else {
      context.syntaxError();
      return false;
    }
  }
  return true;
}

function readWeights(context: CommandContext, { sources }: ScoreOperation, from: number): boolean {
  const { weights, count } = sources;
  for (let index = 0; index < count; index++) {
    weights[index] = scoreAt(context, from + index, 'ERR weight value is not a float');
    if (Number.isNaN(weights[index])) return false;
  }
  return true;
}

function readAggregate(context: CommandContext, work: ScoreOperation, at: number): boolean {
  if (isWord(context, at, SUM)) work.aggregate = SUM;
  else if (isWord(context, at, MIN)) work.aggregate = MIN;
  else if (isWord(context, at, MAX)) work.aggregate = MAX;
  else return false;
  return true;
}

function reply(context: CommandContext, kind: number): void {
  const work = operation;
  if (!prepare(context, work, kind, NAMES[kind], 1)) return;
  if (operationSize(work) > MANY_ELEMENTS && beginReply(context, kind)) return;
  const { arena } = work.sources.keys[0];
  const { result } = work;
  const isDone =
    beginResult(arena, work) && advanceScores(work, arena, context.store.limits, Number.POSITIVE_INFINITY);
  if (!isDone) {
    dropScores(arena, work);
    context.outOfMemory();
    return;
  }
  const count = countScored(arena, result.encoding, result.body);
  beginScored(context.writer, context.resp, count, work.withScores);
  beginRanks(walk, arena, result.encoding, result.body, 0, count, false);
  while (nextScored(walk)) replyScored(context, walk, work.withScores);
  freeSet(arena, result);
}

// Closures are made by functions of their own, which short commands do not call.

function beginReply(context: CommandContext, kind: number): boolean {
  return runInSlices(context, (own, slices) => replySliced(own, slices, kind));
}

function beginStore(context: CommandContext, kind: number): boolean {
  return runInSlices(context, (own, slices) => storeSliced(own, slices, kind), 1);
}

function* replySliced(context: CommandContext, slices: SlicedCommand, kind: number): Slices {
  const work = new ScoreOperation();
  if (!prepare(context, work, kind, NAMES[kind], 1)) return;
  const { arena } = work.sources.keys[0];
  const { result, withScores } = work;
  try {
    let isMade = beginResult(arena, work);
    while (isMade && !isComplete(work)) {
      isMade = advanceScores(work, arena, context.store.limits, SOME);
      if (slices.isLate) yield;
    }
    if (!isMade) {
      context.outOfMemory();
      return;
    }
    const count = countScored(arena, result.encoding, result.body);
    const own = new SortedSetWalk();
    beginScored(context.writer, context.resp, count, withScores);
    beginRanks(own, arena, result.encoding, result.body, 0, count, false);
    while (nextScored(own)) {
      replyScored(context, own, withScores);
      if (slices.isOver()) yield;
    }
  } finally {
    dropScores(arena, work);
  }
}

function storeResult(context: CommandContext, kind: number): void {
  const work = operation;
  if (!prepare(context, work, kind, EVENTS[kind], 2)) return;
  if (operationSize(work) > MANY_ELEMENTS && beginStore(context, kind)) return;
  const target = context.key(1);
  const { arena } = target;
  const isDone =
    beginResult(arena, work) && advanceScores(work, arena, context.store.limits, Number.POSITIVE_INFINITY);
  if (isDone) storeScores(context, work, target, kind);
  else {
    dropScores(arena, work);
    context.outOfMemory();
  }
}

function* storeSliced(context: CommandContext, slices: SlicedCommand, kind: number): Slices {
  const work = new ScoreOperation();
  if (!prepare(context, work, kind, EVENTS[kind], 2)) return;
  const target = context.key(1);
  const { arena } = target;
  try {
    let isMade = beginResult(arena, work);
    while (isMade && !isComplete(work)) {
      isMade = advanceScores(work, arena, context.store.limits, SOME);
      if (slices.isLate) yield;
    }
    if (!isMade) {
      context.outOfMemory();
      return;
    }
    context.ports.snapshots.keep(target);
    storeScores(context, work, target, kind);
  } finally {
    dropScores(arena, work);
  }
}

/** The result becomes the target's value. */
function storeScores(context: CommandContext, { result }: ScoreOperation, target: Key, kind: number): void {
  const count = countScored(target.arena, result.encoding, result.body);
  if (!putResult(context, target, result, count, EVENTS[kind])) context.outOfMemory();
  else context.integer(count);
}

/**
 * Makes a set the target's value, or removes the target where the set is empty, and tells of it. False without memory:
 * the set is freed in any case.
 */
export function putResult(
  context: CommandContext,
  target: Key,
  set: SortedBody,
  count: number,
  event: string,
): boolean {
  const { store } = context;
  const { arena } = target;
  findKey(store, target, context.nowMs);
  if (count === 0) {
    freeSet(arena, set);
    if (target.record === 0) return true;
    removeKey(target);
    context.changed(target, EVENT_GENERIC, 'del');
    return true;
  }
  if (!toPackedIfSmall(arena, store.limits, set) || !adoptSet(store, target, set)) {
    freeSet(arena, set);
    return false;
  }
  context.changed(target, EVENT_ZSET, event);
  return true;
}
