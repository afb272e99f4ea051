/** What LLEN, LINDEX, LSET, LINSERT, LRANGE, LTRIM, LREM and LPOS do on the engine. As valkey 8.0 `t_list.c`. */
import { copyOf } from '../../base/bytes.ts';
import { ListCursor } from '../../memory/chunk-list-node.ts';
import { stageBytes } from '../../memory/packed-entry.ts';
import type { Key } from '../../store/key.ts';
import { isChunked, isStagedElement, listLength, seekElement, stepElement } from '../../store/list.ts';
import {
  deleteElement,
  deleteElements,
  growList,
  insertElement,
  replaceElement,
  shrinkList,
} from '../../store/list-change.ts';
import { TYPE_LIST } from '../../store/types.ts';
import { integerAt, integerWithin, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { NO_SUCH_KEY } from '../errors.ts';
import { EVENT_LIST } from '../key-events.ts';
import { SLICE_ELEMENTS } from '../long-work.ts';
import { checkType, readTyped, writeTyped } from '../lookup.ts';
import { MANY_ELEMENTS, runBody, type Slices, type Turns } from '../slices.ts';
import { changedBy, removeList, replyElement, replyElements } from './list-reply.ts';
import { ListRange, LongRange } from './long-range.ts';
import { LongRemoval } from './long-removal.ts';

const cursor = new ListCursor();
const BEFORE = word('before');
const AFTER = word('after');
const OUT_OF_INDEX = 'ERR index out of range';

export function runLlen(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_LIST);
  if (key !== undefined) context.integer(key.record === 0 ? 0 : listLength(key.arena, key.record));
}

export function runLindex(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_LIST);
  if (key === undefined) return;
  if (key.record === 0) {
    context.nil();
    return;
  }
  const index = integerAt(context, 2);
  if (Number.isNaN(index)) return;
  if (seekElement(key.arena, key.record, index, cursor)) replyElement(context, key, cursor.entry);
  else context.nil();
}

export function runLset(context: CommandContext): void {
  const key = writeTyped(context, 1, TYPE_LIST);
  if (key === undefined) return;
  if (key.record === 0) {
    context.error(NO_SUCH_KEY);
    return;
  }
  const index = replacedIndex(context);
  if (Number.isNaN(index)) return;
  const isGrown = growList(context.store, key, context.length(3), 1);
  if (!seekElement(key.arena, key.record, index, cursor)) {
    context.error(OUT_OF_INDEX);
    return;
  }
  if (!isGrown || !replaceElement(key, cursor, context.bytes, context.start(3), context.end(3))) {
    context.outOfMemory();
    return;
  }
  shrinkList(context.store, key);
  context.changed(key, EVENT_LIST, 'lset');
  context.ok();
}

/** Since Redis 7.2 servers keep 32 bits: 2^63 - 1 is -1, the last element (valkey 8.0 `listTypeReplaceAtIndex`). */
function replacedIndex(context: CommandContext): number {
  const index = integerAt(context, 2);
  if (context.compatibility.level < 702 || Math.abs(index) < 2 ** 31 || Number.isNaN(index)) return index;
  return Number(BigInt.asIntN(32, BigInt(context.text(2))));
}

export function runLinsert(context: CommandContext): void {
  const behind = isWord(context, 2, AFTER);
  if (!behind && !isWord(context, 2, BEFORE)) {
    context.syntaxError();
    return;
  }
  const key = writeTyped(context, 1, TYPE_LIST);
  if (key === undefined) return;
  if (key.record === 0) {
    context.integer(0);
    return;
  }
  runBody(context, insertBeside, isLong(key));
}

/** Packed lists are short. */
function isLong({ arena, record }: Key): boolean {
  return isChunked(arena, record) && listLength(arena, record) > MANY_ELEMENTS;
}

function* insertBeside(context: CommandContext, slices: Turns): Slices {
  const key = checkType(context, context.key(1), TYPE_LIST);
  if (key === undefined) return;
  if (key.record === 0) {
    context.integer(0);
    return;
  }
  const { bytes } = context;
  const start = context.start(3);
  const end = context.end(3);
  // As the servers do: before it is known whether there is such an element. A list of chunks stays as it is.
  const isGrown = growList(context.store, key, context.length(4), 1);
  const { arena, record } = key;
  const at = new ListCursor();
  stageBytes(bytes, start, end);
  let found = seekElement(arena, record, 0, at);
  while (found && !isStagedElement(arena, record, at, bytes, start)) {
    found = stepElement(arena, record, true, at);
    if (!slices.isOver()) continue;
    yield;
    stageBytes(bytes, start, end);
  }
  if (!found) {
    context.integer(-1);
    return;
  }
  context.ports.snapshots.keep(key);
  const isBehind = isWord(context, 2, AFTER);
  if (!isGrown || !insertElement(key, at, isBehind, bytes, context.start(4), context.end(4))) {
    context.outOfMemory();
    return;
  }
  context.changed(key, EVENT_LIST, 'linsert');
  context.integer(listLength(key.arena, key.record));
}

const range = new ListRange();

export function runLrange(context: CommandContext): void {
  const start = integerAt(context, 2);
  if (Number.isNaN(start)) return;
  const stop = integerAt(context, 3);
  if (Number.isNaN(stop)) return;
  const key = readTyped(context, 1, TYPE_LIST);
  if (key === undefined) return;
  range.clip(start, stop, key.record === 0 ? 0 : listLength(key.arena, key.record));
  if (range.count > SLICE_ELEMENTS && context.mayYield) {
    if (new LongRange(context, key, start, stop).start(context)) return;
  }
  replyElements(context, key, range.first, range.count, true);
}

export function runLtrim(context: CommandContext): void {
  const start = integerAt(context, 2);
  if (Number.isNaN(start)) return;
  const stop = integerAt(context, 3);
  if (Number.isNaN(stop)) return;
  const key = writeTyped(context, 1, TYPE_LIST);
  if (key === undefined) return;
  if (key.record !== 0) {
    const length = listLength(key.arena, key.record);
    range.clip(start, stop, length);
    const { first, count } = range;
    if (count === 0) removeList(context, key, 'ltrim', length);
    else {
      deleteElements(context.store, key, first + count, length - first - count);
      deleteElements(context.store, key, 0, first);
      changedBy(context, key, 'ltrim', length - count);
    }
  }
  context.ok();
}

const LEAST = '-9223372036854775808';

/** A 64-bit integer but the least one, which has no opposite. */
function reversibleAt(context: CommandContext, argument: number): number {
  const value = integerAt(context, argument);
  if (value < -Number.MAX_SAFE_INTEGER && context.text(argument) === LEAST) {
    context.error(
      'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807',
    );
    return Number.NaN;
  }
  return value;
}

/** Redis 7.0 counts from the end to the least integer as it does to -1. */
function rankAt(context: CommandContext, argument: number): number {
  if (context.compatibility.level >= 702) return reversibleAt(context, argument);
  const isLeast = context.text(argument) === LEAST;
  return isLeast ? -1 : integerAt(context, argument);
}

export function runLrem(context: CommandContext): void {
  // Redis 7.2 takes the least integer for a large number of elements.
  const count = context.compatibility.level < 800 ? integerAt(context, 2) : reversibleAt(context, 2);
  if (Number.isNaN(count)) return;
  const key = writeTyped(context, 1, TYPE_LIST);
  if (key === undefined) return;
  if (key.record === 0) {
    context.integer(0);
    return;
  }
  const { arena, record } = key;
  const { bytes } = context;
  const start = context.start(3);
  if (listLength(arena, record) > SLICE_ELEMENTS && context.mayYield) {
    const element = copyOf(bytes, start, context.end(3));
    if (new LongRemoval(context, key, count, element).start(context)) return;
  }
  const forward = count >= 0;
  const most = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count);
  stageBytes(bytes, start, context.end(3));
  let removed = 0;
  let found = seekElement(arena, record, forward ? 0 : -1, cursor);
  while (found && removed < most) {
    if (isStagedElement(arena, record, cursor, bytes, start)) {
      removed += 1;
      found = deleteElement(key, cursor, forward);
    } else found = stepElement(arena, record, forward, cursor);
  }
  if (removed > 0) {
    if (listLength(arena, record) === 0) removeList(context, key, 'lrem', removed);
    else {
      shrinkList(context.store, key);
      changedBy(context, key, 'lrem', removed);
    }
  }
  context.integer(removed);
}

const RANK = word('rank');
const COUNT = word('count');
const MAXLEN = word('maxlen');

/** LPOS's options; `count` is -1 where there is none. */
const search = { rank: 1, count: -1, most: 0 };

export function runLpos(context: CommandContext): void {
  if (!parseSearch(context)) return;
  const key = readTyped(context, 1, TYPE_LIST);
  if (key !== undefined) runBody(context, positions, key.record !== 0 && isLong(key));
}

function* positions(context: CommandContext, slices: Turns): Slices {
  const key = checkType(context, context.key(1), TYPE_LIST);
  if (key === undefined || !parseSearch(context)) return;
  const { count } = search;
  const matches: number[] = [];
  if (key.record !== 0) yield* findElements(context, slices, key, matches);
  if (count === -1) {
    if (matches.length === 0) context.nil();
    else context.integer(matches[0]);
    return;
  }
  context.array(matches.length);
  for (const index of matches) {
    context.integer(index);
    if (slices.isOver()) yield;
  }
}

/** Fills the indexes of those that were asked for. */
function* findElements(
  context: CommandContext,
  slices: Turns,
  { arena, record }: Key,
  matches: number[],
): Slices {
  const { rank, count, most } = search;
  const { bytes } = context;
  const start = context.start(2);
  const forward = rank > 0;
  const wanted = count === -1 ? 1 : count === 0 ? Number.POSITIVE_INFINITY : count;
  const length = listLength(arena, record);
  const end = most === 0 ? length : Math.min(most, length);
  const at = new ListCursor();
  let skipped = Math.abs(rank) - 1;
  stageBytes(bytes, start, context.end(2));
  seekElement(arena, record, forward ? 0 : -1, at);
  for (let index = 0; index < end; index++) {
    if (isStagedElement(arena, record, at, bytes, start)) {
      if (skipped > 0) skipped -= 1;
      else if (matches.push(forward ? index : length - index - 1) >= wanted) return;
    }
    stepElement(arena, record, forward, at);
    if (!slices.isOver()) continue;
    yield;
    // Others have staged elements of their own.
    stageBytes(bytes, start, context.end(2));
  }
}

/** False after an error. */
function parseSearch(context: CommandContext): boolean {
  search.rank = 1;
  search.count = -1;
  search.most = 0;
  for (let at = 3; at < context.count; at += 2) {
    const hasValue = at + 1 < context.count;
    if (hasValue && isWord(context, at, RANK)) {
      search.rank = rankAt(context, at + 1);
      if (Number.isNaN(search.rank)) return false;
      if (search.rank === 0) {
        context.error(ZERO_RANK);
        return false;
      }
    } else if (hasValue && isWord(context, at, COUNT)) {
      search.count = unsignedAt(context, at + 1, "ERR COUNT can't be negative");
      if (Number.isNaN(search.count)) return false;
    } else if (hasValue && isWord(context, at, MAXLEN)) {
      search.most = unsignedAt(context, at + 1, "ERR MAXLEN can't be negative");
      if (Number.isNaN(search.most)) return false;
    } else {
      context.syntaxError();
      return false;
    }
  }
  return true;
}

const ZERO_RANK =
  "ERR RANK can't be zero: use 1 to start from the first match, " +
  '2 from the second ... or use negative to start from the end of the list';

function unsignedAt(context: CommandContext, argument: number, error: string): number {
  return integerWithin(context, argument, 0, Number.POSITIVE_INFINITY, error);
}
