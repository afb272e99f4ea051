/** What pushing, popping and moving do to lists on the engine. Worker thread. As valkey 8.0 `t_list.c`. */
import { ListCursor } from '../../memory/chunk-list-node.ts';
import type { Key } from '../../store/key.ts';
import { findKey } from '../../store/keyspace.ts';
import { listLength, seekElement } from '../../store/list.ts';
import { ElementText, pushElement, pushElements } from '../../store/list-change.ts';
import { TYPE_LIST } from '../../store/types.ts';
import { integerWithin, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { NOT_POSITIVE, wrongArity } from '../errors.ts';
import { EVENT_LIST } from '../key-events.ts';
import { checkType, writeKey, writeTyped } from '../lookup.ts';
import { changedBy, frontAt, popOne, popSeveral, takeAway } from './list-reply.ts';

const cursor = new ListCursor();
const text = new ElementText();
const COUNT = word('count');

export function runLpush(context: CommandContext): void {
  push(context, true, false);
}

export function runRpush(context: CommandContext): void {
  push(context, false, false);
}

export function runLpushx(context: CommandContext): void {
  push(context, true, true);
}

export function runRpushx(context: CommandContext): void {
  push(context, false, true);
}

function push(context: CommandContext, atFront: boolean, onlyExisting: boolean): void {
  const key = writeTyped(context, 1, TYPE_LIST);
  if (key === undefined) return;
  if (onlyExisting && key.record === 0) {
    context.integer(0);
    return;
  }
  const { bytes, spans, count } = context;
  const pushed = pushElements(context.store, key, atFront, bytes, spans, 2, count);
  if (pushed > 0) changedBy(context, key, atFront ? 'lpush' : 'rpush', pushed);
  if (pushed < count - 2) context.outOfMemory();
  else context.integer(listLength(key.arena, key.record));
}

export function runLpop(context: CommandContext): void {
  pop(context, true);
}

export function runRpop(context: CommandContext): void {
  pop(context, false);
}

function pop(context: CommandContext, atFront: boolean): void {
  if (context.count > 3) {
    context.error(wrongArity(atFront ? 'lpop' : 'rpop'));
    return;
  }
  const hasCount = context.count === 3;
  let count = 1;
  if (hasCount) {
    count = integerWithin(context, 2, 0, Number.POSITIVE_INFINITY, NOT_POSITIVE);
    if (Number.isNaN(count)) return;
  }
  const key = writeTyped(context, 1, TYPE_LIST);
  if (key === undefined) return;
  if (key.record === 0) {
    if (hasCount) context.nilArray();
    else context.nil();
  } else if (!hasCount) popOne(context, key, atFront);
  else if (count === 0) context.array(0);
  else popSeveral(context, key, atFront, count);
}

export function runLmpop(context: CommandContext): void {
  const options = multiPop;
  if (!parseMultiPop(context, 1, options)) return;
  if (!popFirst(context, options)) context.nilArray();
}

/** LMPOP's and BLMPOP's arguments from the number of keys on. */
export class MultiPop {
  firstKey = 0;
  keyCount = 0;
  atFront = true;
  count = 1;
}

const multiPop = new MultiPop();

/** False after an error. */
export function parseMultiPop(context: CommandContext, at: number, options: MultiPop): boolean {
  const keyCount = positiveAt(context, at, 'ERR numkeys should be greater than 0');
  if (Number.isNaN(keyCount)) return false;
  const where = at + keyCount + 1;
  if (where >= context.count) {
    context.syntaxError();
    return false;
  }
  const atFront = frontAt(context, where);
  if (atFront === undefined) return false;
  options.firstKey = at + 1;
  options.keyCount = keyCount;
  options.atFront = atFront;
  options.count = 1;
  if (where + 1 === context.count) return true;
  if (where + 3 !== context.count || !isWord(context, where + 1, COUNT)) {
    return refuseOptions(context, where + 1);
  }
  options.count = positiveAt(context, where + 2, 'ERR count should be greater than 0');
  return !Number.isNaN(options.count);
}

/** Cold: the options are not one COUNT with its number. A number that is none is noticed before what follows it. */
function refuseOptions(context: CommandContext, at: number): boolean {
  const isNumbered = at + 1 < context.count && isWord(context, at, COUNT);
  if (isNumbered && Number.isNaN(positiveAt(context, at + 1, 'ERR count should be greater than 0'))) {
    return false;
  }
  context.syntaxError();
  return false;
}

function positiveAt(context: CommandContext, argument: number, error: string): number {
  return integerWithin(context, argument, 1, Number.POSITIVE_INFINITY, error);
}

/** Pops from the first list there is. True when the reply has been written, be it an error. */
export function popFirst(context: CommandContext, options: MultiPop): boolean {
  for (let at = 0; at < options.keyCount; at++) {
    const key = writeKey(context, options.firstKey + at);
    if (key.record === 0) continue;
    if (checkType(context, key, TYPE_LIST) === undefined) return true;
    context.array(2);
    context.bulk(key.bytes, key.start, key.end);
    popSeveral(context, key, options.atFront, options.count);
    return true;
  }
  return false;
}

export function runRpoplpush(context: CommandContext): void {
  const source = writeTyped(context, 1, TYPE_LIST);
  if (source !== undefined) move(context, source, false, true);
}

export function runLmove(context: CommandContext): void {
  const fromFront = frontAt(context, 3);
  if (fromFront === undefined) return;
  const toFront = frontAt(context, 4);
  if (toFront === undefined) return;
  const source = writeTyped(context, 1, TYPE_LIST);
  if (source !== undefined) move(context, source, fromFront, toFront);
}

/** From the list at argument 1 to the one at argument 2. */
export function move(context: CommandContext, source: Key, fromFront: boolean, toFront: boolean): void {
  if (source.record === 0) {
    context.nil();
    return;
  }
  const target = writeTyped(context, 2, TYPE_LIST);
  if (target === undefined) return;
  seekElement(source.arena, source.record, fromFront ? 0 : -1, cursor);
  text.take(source.arena, cursor.entry);
  if (!pushMoved(context, source, target, toFront)) {
    context.outOfMemory();
    return;
  }
  // What is moved counts as one change.
  context.changed(target, EVENT_LIST, toFront ? 'lpush' : 'rpush', 0);
  // Both may be one key.
  findKey(context.store, source, context.nowMs);
  takeAway(context, source, fromFront, 1);
  context.bulk(text.bytes, 0, text.length);
  text.forget();
}

function pushMoved(context: CommandContext, source: Key, target: Key, toFront: boolean): boolean {
  const { bytes, spans } = text;
  // A list that turns does not grow: its encoding stays.
  const isSame = target.record === source.record && target.arena === source.arena;
  if (isSame) return pushElement(target, toFront, bytes, 0, text.length);
  return pushElements(context.store, target, toFront, bytes, spans, 0, 1) === 1;
}
