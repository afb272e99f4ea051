/**
 * What ZUNION, ZINTER, ZDIFF and their like do on the engine. Worker thread. As valkey 8.0 `t_zset.c`: sums are those
 * of sources in the order of their sizes, and what is no number counts as 0.
 */
import type { Arena } from '../../memory/arena.ts';
import type { Key } from '../../store/key.ts';
import { findKey, removeKey } from '../../store/keyspace.ts';
import {
  adoptSet,
  changeScore,
  countScored,
  createSet,
  findScore,
  freeSet,
  insertScore,
  ScorePlace,
  SortedBody,
  toPackedIfSmall,
  ZSET_TREE,
} from '../../store/sorted-set.ts';
import '../../store/sorted-set-hooks.ts';
import { beginRanks, nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { integerAt, integerWithin, isWord, scoreAt, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC, EVENT_ZSET } from '../key-events.ts';
import {
  beginSource,
  findSources,
  nextOfSource,
  ScoreSources,
  SourceWalk,
  seekSource,
  sortSources,
  sourceCount,
} from './score-sources.ts';
import { beginScored, replyScored } from './scored-reply.ts';

const UNION = 0;
const INTERSECTION = 1;
const DIFFERENCE = 2;
const NAMES = ['zunion', 'zinter', 'zdiff'];
const EVENTS = ['zunionstore', 'zinterstore', 'zdiffstore'];

const SUM = word('sum');
const MIN = word('min');
const MAX = word('max');
const WEIGHTS = word('weights');
const AGGREGATE = word('aggregate');
const WITHSCORES = word('withscores');
const LIMIT = word('limit');
const MAX_LIMIT = 2 ** 63;

/** What a command's arguments ask for. */
class Query {
  kind = UNION;
  aggregate = SUM;
  withScores = false;
  /** 0: all. */
  limit = 0;
}

const query = new Query();
const sources = new ScoreSources();
const source = new SourceWalk();
/** Always a tree while it grows, whatever its size: only blobs turn -0 into 0. */
const result = new SortedBody();
const place = new ScorePlace();
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
  if (!prepare(context, INTERSECTION, 'zintercard', 1)) return;
  let count = 0;
  if (sourceCount(sources.keys[0]) > 0) {
    beginSource(source, sources.keys[0]);
    while (nextOfSource(source)) {
      if (!isEverywhere()) continue;
      count += 1;
      if (count === query.limit) break;
    }
  }
  context.integer(count);
}

function isEverywhere(): boolean {
  for (let other = 1; other < sources.count; other++) {
    if (!seekSource(sources, other, source.bytes, source.start, source.end)) return false;
  }
  return true;
}

/** Fills `sources` and `query` from the arguments from the number of keys on. False after an error. */
function prepare(context: CommandContext, kind: number, name: string, at: number): boolean {
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
  query.kind = kind;
  query.aggregate = SUM;
  query.withScores = false;
  query.limit = 0;
  if (!findSources(context, sources, at + 1, count)) return false;
  if (!parseOptions(context, at + 1 + count, name)) return false;
  if (kind !== DIFFERENCE) sortSources(sources);
  return true;
}

function parseOptions(context: CommandContext, from: number, name: string): boolean {
  const isCount = name === 'zintercard';
  const weighs = query.kind !== DIFFERENCE && !isCount;
  const replies = name === NAMES[query.kind];
  let at = from;
  while (at < context.count) {
    const left = context.count - at;
    if (weighs && left > sources.count && isWord(context, at, WEIGHTS)) {
      if (!readWeights(context, at + 1)) return false;
      at += 1 + sources.count;
    } else if (weighs && left >= 2 && isWord(context, at, AGGREGATE) && readAggregate(context, at + 1))
      at += 2;
    else if (replies && isWord(context, at, WITHSCORES)) {
      query.withScores = true;
      at += 1;
    } else if (isCount && left >= 2 && isWord(context, at, LIMIT)) {
      query.limit = integerWithin(context, at + 1, 0, MAX_LIMIT, "ERR LIMIT can't be negative");
      if (Number.isNaN(query.limit)) return false;
      at += 2;
    } else {
      context.syntaxError();
      return false;
    }
  }
  return true;
}

function readWeights(context: CommandContext, from: number): boolean {
  const { weights, count } = sources;
  for (let index = 0; index < count; index++) {
    weights[index] = scoreAt(context, from + index, 'ERR weight value is not a float');
    if (Number.isNaN(weights[index])) return false;
  }
  return true;
}

function readAggregate(context: CommandContext, at: number): boolean {
  if (isWord(context, at, SUM)) query.aggregate = SUM;
  else if (isWord(context, at, MIN)) query.aggregate = MIN;
  else if (isWord(context, at, MAX)) query.aggregate = MAX;
  else return false;
  return true;
}

function aggregated(score: number, value: number): number {
  if (query.aggregate === MIN) return value < score ? value : score;
  if (query.aggregate === MAX) return value > score ? value : score;
  return numberOr0(score + value);
}

function numberOr0(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

/** Builds the result in `result`. False without memory: then there is none. */
function compute(context: CommandContext, arena: Arena): boolean {
  if (!createSet(arena, result, ZSET_TREE)) return false;
  const { limits } = context.store;
  const isDone =
    query.kind === UNION
      ? uniteAll(arena, limits)
      : query.kind === INTERSECTION
        ? intersect(arena, limits)
        : subtract(arena, limits);
  if (!isDone) freeSet(arena, result);
  return isDone;
}

function take(arena: Arena, limits: Float64Array, score: number): boolean {
  return insertScore(arena, limits, result, source.bytes, source.start, source.end, score);
}

function uniteAll(arena: Arena, limits: Float64Array): boolean {
  for (let index = 0; index < sources.count; index++) {
    if (sources.keys[index].record === 0) continue;
    beginSource(source, sources.keys[index]);
    const weight = sources.weights[index];
    while (nextOfSource(source)) {
      const { bytes, start, end } = source;
      const score = numberOr0(weight * source.score);
      const isKnown = findScore(place, arena, result.encoding, result.body, bytes, start, end);
      if (!isKnown) {
        if (!take(arena, limits, score)) return false;
        continue;
      }
      const sum = aggregated(place.score, score);
      if (Object.is(sum, place.score)) continue;
      if (!changeScore(arena, result, place, bytes, start, end, sum)) return false;
    }
  }
  return true;
}

function intersect(arena: Arena, limits: Float64Array): boolean {
  if (sourceCount(sources.keys[0]) === 0) return true;
  beginSource(source, sources.keys[0]);
  while (nextOfSource(source)) {
    const { bytes, start, end } = source;
    let score = numberOr0(sources.weights[0] * source.score);
    let other = 1;
    for (; other < sources.count && seekSource(sources, other, bytes, start, end); other++) {
      score = aggregated(score, sources.score * sources.weights[other]);
    }
    if (other === sources.count && !take(arena, limits, score)) return false;
  }
  return true;
}

function subtract(arena: Arena, limits: Float64Array): boolean {
  if (sources.keys[0].record === 0) return true;
  beginSource(source, sources.keys[0]);
  while (nextOfSource(source)) {
    const { bytes, start, end } = source;
    let other = 1;
    while (other < sources.count && !seekSource(sources, other, bytes, start, end)) other++;
    if (other === sources.count && !take(arena, limits, source.score)) return false;
  }
  return true;
}

function reply(context: CommandContext, kind: number): void {
  if (!prepare(context, kind, NAMES[kind], 1)) return;
  const { arena } = sources.keys[0];
  if (!compute(context, arena)) {
    context.outOfMemory();
    return;
  }
  const count = countScored(arena, result.encoding, result.body);
  beginScored(context.writer, context.resp, count, query.withScores);
  beginRanks(walk, arena, result.encoding, result.body, 0, count, false);
  while (nextScored(walk)) replyScored(context, walk, query.withScores);
  freeSet(arena, result);
}

function storeResult(context: CommandContext, kind: number): void {
  if (!prepare(context, kind, EVENTS[kind], 2)) return;
  const target = context.key(1);
  const { arena } = target;
  if (!compute(context, arena)) {
    context.outOfMemory();
    return;
  }
  const count = countScored(arena, result.encoding, result.body);
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
