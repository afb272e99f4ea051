/** What ZPOPMIN, ZPOPMAX, ZMPOP and the same with waiting do on the engine. Worker thread. As valkey 8.0 `t_zset.c`. */
import type { Key } from '../../store/key.ts';
import { recordEncoding } from '../../store/record.ts';
import { scoredCount, sortedSetBody } from '../../store/sorted-set.ts';
import '../../store/sorted-set-hooks.ts';
import { beginRanks, nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { TYPE_ZSET } from '../../store/types.ts';
import { integerWithin, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { NOT_POSITIVE } from '../errors.ts';
import { checkType, writeKey, writeTyped } from '../lookup.ts';
import { secondsAt } from '../timeout.ts';
import { removeFrom } from './run-ranges.ts';

const MIN = word('min');
const MAX = word('max');
const COUNT = word('count');
const MAX_COUNT = 2 ** 63;

const walk = new SortedSetWalk();
/** What the command being executed waits for. */
const wait = { type: TYPE_ZSET, firstKey: 1, keyCount: 1 };

export function runZpopmin(context: CommandContext): void {
  pop(context, false);
}

export function runZpopmax(context: CommandContext): void {
  pop(context, true);
}

function pop(context: CommandContext, atMax: boolean): void {
  if (context.count > 3) {
    context.syntaxError();
    return;
  }
  const hasCount = context.count === 3;
  const wanted = hasCount ? integerWithin(context, 2, 0, MAX_COUNT, NOT_POSITIVE) : 1;
  if (Number.isNaN(wanted)) return;
  const key = writeTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  if (key.record === 0 || wanted === 0) {
    context.array(0);
    return;
  }
  const count = Math.min(wanted, scoredCount(key.arena, key.record));
  const isNested = hasCount && context.resp === 3;
  context.array(isNested ? count : 2 * count);
  popMembers(context, key, atMax, count, isNested);
}

/** Writes `count` members, which are there, with their scores, and takes them out. */
function popMembers(
  context: CommandContext,
  key: Key,
  atMax: boolean,
  count: number,
  isNested: boolean,
): void {
  const { arena, record } = key;
  const size = scoredCount(arena, record);
  const from = atMax ? size - 1 : 0;
  beginRanks(walk, arena, recordEncoding(arena, record), sortedSetBody(arena, record), from, count, atMax);
  while (nextScored(walk)) {
    if (isNested) context.array(2);
    context.bulk(walk.bytes, walk.start, walk.end);
    context.double(walk.score);
  }
  removeFrom(context, key, atMax ? size - count : 0, count, atMax ? 'zpopmax' : 'zpopmin');
}

/** Arguments of ZMPOP and BZMPOP from the number of keys on. */
class MultiPop {
  firstKey = 0;
  keyCount = 0;
  atMax = false;
  count = 1;
}

const options = new MultiPop();

/** Fills `options`. False after an error. */
function parseMultiPop(context: CommandContext, at: number): boolean {
  const keyCount = integerWithin(context, at, 1, MAX_COUNT, 'ERR numkeys should be greater than 0');
  if (Number.isNaN(keyCount)) return false;
  const where = at + keyCount + 1;
  if (where >= context.count || !(isWord(context, where, MIN) || isWord(context, where, MAX))) {
    context.syntaxError();
    return false;
  }
  options.firstKey = at + 1;
  options.keyCount = keyCount;
  options.atMax = isWord(context, where, MAX);
  options.count = 1;
  let hasCount = false;
  for (let next = where + 1; next < context.count; next += 2) {
    if (hasCount || !isWord(context, next, COUNT) || next + 1 === context.count) {
      context.syntaxError();
      return false;
    }
    hasCount = true;
    options.count = integerWithin(context, next + 1, 1, MAX_COUNT, 'ERR count should be greater than 0');
    if (Number.isNaN(options.count)) return false;
  }
  return true;
}

/** Pops from the first set there is. True when the reply has been written, be it an error. */
function popFirst(context: CommandContext): boolean {
  for (let at = 0; at < options.keyCount; at++) {
    const key = writeKey(context, options.firstKey + at);
    if (key.record === 0) continue;
    if (checkType(context, key, TYPE_ZSET) === undefined) return true;
    const count = Math.min(options.count, scoredCount(key.arena, key.record));
    context.array(2);
    context.bulk(key.bytes, key.start, key.end);
    context.array(count);
    popMembers(context, key, options.atMax, count, true);
    return true;
  }
  return false;
}

export function runZmpop(context: CommandContext): void {
  if (parseMultiPop(context, 1) && !popFirst(context)) context.nilArray();
}

export function runBzmpop(context: CommandContext): void {
  if (!parseMultiPop(context, 2)) return;
  const timeoutMs = secondsAt(context, 1);
  if (Number.isNaN(timeoutMs) || popFirst(context)) return;
  block(context, options.firstKey, options.keyCount, timeoutMs);
}

export function runBzpopmin(context: CommandContext): void {
  popWaiting(context, false);
}

export function runBzpopmax(context: CommandContext): void {
  popWaiting(context, true);
}

function popWaiting(context: CommandContext, atMax: boolean): void {
  const last = context.count - 1;
  const timeoutMs = secondsAt(context, last);
  if (Number.isNaN(timeoutMs)) return;
  for (let argument = 1; argument < last; argument++) {
    const key = writeKey(context, argument);
    if (key.record === 0) continue;
    if (checkType(context, key, TYPE_ZSET) === undefined) return;
    context.array(3);
    context.bulk(key.bytes, key.start, key.end);
    popMembers(context, key, atMax, 1, false);
    return;
  }
  block(context, 1, last - 1, timeoutMs);
}

function block(context: CommandContext, firstKey: number, keyCount: number, timeoutMs: number): void {
  if (!context.mayBlock) {
    context.nilArray();
    return;
  }
  wait.firstKey = firstKey;
  wait.keyCount = keyCount;
  context.ports.blocking.block(context, wait, timeoutMs);
}
