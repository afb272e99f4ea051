/** What ZADD, ZREM, ZSCORE, ZRANK and their like do on the engine. Worker thread. As valkey 8.0 `t_zset.c`. */
import type { Arena } from '../../memory/arena.ts';
import type { Key } from '../../store/key.ts';
import { removeKey } from '../../store/keyspace.ts';
import { recordEncoding } from '../../store/record.ts';
import {
  adoptSet,
  changeScore,
  closeSet,
  createSet,
  findScore,
  firstEncoding,
  freeSet,
  insertScore,
  openSet,
  rankOf,
  removeScore,
  ScorePlace,
  SortedBody,
  scoredCount,
  sortedSetBody,
  toTree,
  ZSET_PACKED,
  ZSET_TREE,
} from '../../store/sorted-set.ts';
import '../../store/sorted-set-hooks.ts';
import { TYPE_ZSET } from '../../store/types.ts';
import { isWord, scoreAt, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { wrongArity } from '../errors.ts';
import { EVENT_GENERIC, EVENT_ZSET } from '../key-events.ts';
import { readTyped, writeTyped } from '../lookup.ts';

const NX = word('nx');
const XX = word('xx');
const GT = word('gt');
const LT = word('lt');
const CH = word('ch');
const INCR = word('incr');
const WITHSCORE = word('withscore');
const LETTERS = 0x41;

const place = new ScorePlace();
const set = new SortedBody();
/** What ZADD's arguments ask for. */
const wanted = { nx: false, xx: false, gt: false, lt: false, changes: false, increments: false };
let scores = new Float64Array(16);
/** What has become of a member. */
const NOTHING = 0;
const ADDED = 1;
const UPDATED = 2;
const SAME = 3;
const NO_MEMORY = 4;
const NOT_A_NUMBER = 5;

export function runZadd(context: CommandContext): void {
  add(context, false);
}

export function runZincrby(context: CommandContext): void {
  add(context, true);
}

/** ZINCRBY takes ZADD's options, and then never has one pair left. */
function add(context: CommandContext, increments: boolean): void {
  const from = parseOptions(context, increments);
  const pairs = (context.count - from) / 2;
  if (!Number.isInteger(pairs) || pairs === 0) {
    context.syntaxError();
    return;
  }
  if (!areCompatible(context, pairs)) return;
  const given = scoresFor(pairs);
  for (let pair = 0; pair < pairs; pair++) {
    given[pair] = scoreAt(context, from + 2 * pair);
    if (Number.isNaN(given[pair])) return;
  }
  addMembers(context, from + 1, 2, pairs);
}

/** For GEOADD: sets ZADD's options. */
export function beginAdding(nx: boolean, xx: boolean, changes: boolean): void {
  wanted.nx = nx;
  wanted.xx = xx;
  wanted.gt = false;
  wanted.lt = false;
  wanted.changes = changes;
  wanted.increments = false;
}

/** Where the scores of so many members are to be put before `addMembers`. */
export function scoresFor(count: number): Float64Array {
  if (scores.length < count) scores = new Float64Array(2 * count);
  return scores;
}

/** Adds the members at the arguments `first`, `first + stride` and so on to the key at argument 1, and replies. */
export function addMembers(context: CommandContext, first: number, stride: number, count: number): void {
  const key = writeTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  if (key.record === 0 && wanted.xx) {
    replyToAdd(context, 0, 0, false);
    return;
  }
  let longest = 0;
  for (let index = 0; index < count; index++) {
    longest = Math.max(longest, context.length(first + stride * index));
  }
  addPairs(context, key, first, stride, count, longest);
}

/** Returns the argument with the first score. */
function parseOptions(context: CommandContext, increments: boolean): number {
  beginAdding(false, false, false);
  wanted.increments = increments;
  let at = 2;
  for (; at < context.count && context.bytes[context.start(at)] >= LETTERS; at++) {
    if (isWord(context, at, NX)) wanted.nx = true;
    else if (isWord(context, at, XX)) wanted.xx = true;
    else if (isWord(context, at, CH)) wanted.changes = true;
    else if (isWord(context, at, INCR)) wanted.increments = true;
    else if (isWord(context, at, GT)) wanted.gt = true;
    else if (isWord(context, at, LT)) wanted.lt = true;
    else break;
  }
  return at;
}

function areCompatible(context: CommandContext, pairs: number): boolean {
  const { nx, xx, gt, lt, increments } = wanted;
  if (nx && xx) context.error('ERR XX and NX options at the same time are not compatible');
  else if ((gt && nx) || (lt && nx) || (gt && lt)) {
    context.error('ERR GT, LT, and/or NX options at the same time are not compatible');
  } else if (increments && pairs > 1) {
    context.error('ERR INCR option supports a single increment-element pair');
  } else return true;
  return false;
}

/** Without memory for one of the members, those before it are in the set. */
function addPairs(
  context: CommandContext,
  key: Key,
  first: number,
  stride: number,
  pairs: number,
  longest: number,
): void {
  const { arena } = key;
  const { limits } = context.store;
  const isNew = key.record === 0;
  // Redis looks at the length of a new set's first member only: -0 of those before a long one becomes 0 in it first.
  const seenByRedis = isNew ? context.length(first) : 0;
  const seen = context.compatibility.isValkey ? longest : seenByRedis;
  const encoding = firstEncoding(limits, context.expected(pairs), seen);
  let result = NOTHING;
  if (isNew) {
    if (!createSet(arena, set, encoding)) result = NO_MEMORY;
  } else {
    openSet(set, key);
    // Where it would become a tree anyway, it does so once.
    if (encoding === ZSET_TREE && set.encoding === ZSET_PACKED && !toTree(arena, set)) result = NO_MEMORY;
  }
  let added = 0;
  let updated = 0;
  let isProcessed = false;
  for (let pair = 0; pair < pairs && result < NO_MEMORY; pair++) {
    const member = first + stride * pair;
    result = addPair(arena, limits, context.bytes, context.start(member), context.end(member), pair);
    if (result === ADDED) added += 1;
    else if (result === UPDATED) updated += 1;
    if (result !== NOTHING) isProcessed = true;
  }
  if (!isNew) closeSet(set, key);
  else if (added === 0 || !adoptSet(context.store, key, set)) {
    freeSet(arena, set);
    added = 0;
    result = NO_MEMORY;
  }
  if (added + updated > 0) {
    context.changed(key, EVENT_ZSET, wanted.increments ? 'zincr' : 'zadd', added + updated);
  }
  if (result === NO_MEMORY) context.outOfMemory();
  else if (result === NOT_A_NUMBER) context.error('ERR resulting score is not a number (NaN)');
  else replyToAdd(context, added, updated, isProcessed);
}

/** Adds or changes the member of a pair in `set`. The new score is in `scores` then. */
function addPair(
  arena: Arena,
  limits: Float64Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  pair: number,
): number {
  if (!findScore(place, arena, set.encoding, set.body, bytes, start, end)) {
    if (wanted.xx) return NOTHING;
    return insertScore(arena, limits, set, bytes, start, end, scores[pair]) ? ADDED : NO_MEMORY;
  }
  if (wanted.nx) return NOTHING;
  const old = place.score;
  const score = wanted.increments ? old + scores[pair] : scores[pair];
  if (Number.isNaN(score)) return NOT_A_NUMBER;
  if ((wanted.lt && score >= old) || (wanted.gt && score <= old)) return NOTHING;
  scores[pair] = score;
  if (score === old) return SAME;
  return changeScore(arena, set, place, bytes, start, end, score) ? UPDATED : NO_MEMORY;
}

function replyToAdd(context: CommandContext, added: number, updated: number, isProcessed: boolean): void {
  if (!wanted.increments) context.integer(wanted.changes ? added + updated : added);
  else if (isProcessed) context.double(scores[0]);
  else context.nil();
}

export function runZrem(context: CommandContext): void {
  const key = writeTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  let removed = 0;
  if (key.record !== 0) {
    const { bytes, count } = context;
    const { arena } = key;
    openSet(set, key);
    for (let at = 2; at < count; at++) {
      const isThere = findScore(
        place,
        arena,
        set.encoding,
        set.body,
        bytes,
        context.start(at),
        context.end(at),
      );
      if (!isThere) continue;
      removeScore(arena, set, place);
      removed += 1;
    }
    closeSet(set, key);
    if (removed > 0) tellRemoval(context, key, 'zrem', removed);
  }
  context.integer(removed);
}

/** After members were taken out: removes an empty set, and tells of both. */
export function tellRemoval(context: CommandContext, key: Key, event: string, count: number): void {
  const isEmpty = scoredCount(key.arena, key.record) === 0;
  if (isEmpty) removeKey(key);
  context.changed(key, EVENT_ZSET, event, count);
  if (isEmpty) context.notify(key, EVENT_GENERIC, 'del');
}

export function runZcard(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key !== undefined) context.integer(key.record === 0 ? 0 : scoredCount(key.arena, key.record));
}

export function runZscore(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  if (hasScore(context, key, 2)) context.double(place.score);
  else context.nil();
}

export function runZmscore(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  context.array(context.count - 2);
  for (let at = 2; at < context.count; at++) {
    if (hasScore(context, key, at)) context.double(place.score);
    else context.nil();
  }
}

/** Whether an argument is a member of the key's set, if there is one; `place` is where then. */
function hasScore(context: CommandContext, key: Key, argument: number): boolean {
  const { arena, record } = key;
  if (record === 0) return false;
  const encoding = recordEncoding(arena, record);
  const body = sortedSetBody(arena, record);
  const { bytes } = context;
  return findScore(place, arena, encoding, body, bytes, context.start(argument), context.end(argument));
}

export function runZrank(context: CommandContext): void {
  rank(context, false);
}

export function runZrevrank(context: CommandContext): void {
  rank(context, true);
}

function rank(context: CommandContext, isReverse: boolean): void {
  if (context.count > 4) {
    context.error(wrongArity(isReverse ? 'zrevrank' : 'zrank'));
    return;
  }
  const withScore = context.count === 4;
  if (withScore && !isWord(context, 3, WITHSCORE)) {
    context.syntaxError();
    return;
  }
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  if (!hasScore(context, key, 2)) {
    if (withScore) context.nilArray();
    else context.nil();
    return;
  }
  const { arena, record } = key;
  const { score } = place;
  const before = rankOf(place, arena, recordEncoding(arena, record), sortedSetBody(arena, record));
  if (withScore) context.array(2);
  context.integer(isReverse ? scoredCount(arena, record) - 1 - before : before);
  if (withScore) context.double(score);
}
