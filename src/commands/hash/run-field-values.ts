/**
 * What HGETEX, HSETEX and HGETDEL do on the engine. Worker thread. As observed of Redis 8.0 and Valkey 9.1, which
 * differ in their options, the order of their checks, and error texts.
 */
import { LIMIT_HASH_VALUE } from '../../store/encoding-limits.ts';
import { expectFields, FIELD_NO_MEMORY, removeField } from '../../store/hash.ts';
import { findField, HashWalk } from '../../store/hash-walk.ts';
import type { Key } from '../../store/key.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC, EVENT_HASH } from '../key-events.ts';
import {
  FieldOptions,
  NOT_POSITIVE,
  NUMFIELDS,
  parseRedisGet,
  parseRedisSet,
  parseValkey,
  readTime,
  redisFields,
  TIME_KEEP,
  TIME_NONE,
  TIME_PERSIST,
  valkeyOnlyFields,
} from './field-options.ts';
import { expectTimes, tellFieldsGone, writeHash } from './hash-keys.ts';
import { clearTime, setTime, tellOfTime } from './run-expiry.ts';
import { setPair } from './run-fields.ts';

const options = new FieldOptions();
const walk = new HashWalk();

/** Whether the key has the field at an argument; `walk` shows it then. */
function seek(context: CommandContext, key: Key, argument: number): boolean {
  if (key.record === 0) return false;
  return findField(
    walk,
    key.arena,
    key.record,
    context.bytes,
    context.start(argument),
    context.end(argument),
  );
}

function remove(context: CommandContext, key: Key, argument: number): boolean {
  if (key.record === 0) return false;
  return removeField(key.arena, key.record, context.bytes, context.start(argument), context.end(argument));
}

export function runHgetex(context: CommandContext): void {
  const { isValkey } = context.compatibility;
  if (isValkey && !parseValkey(context, options, false)) return;
  const key = writeHash(context, 1);
  if (key === undefined) return;
  if (!(isValkey ? readTime(context, options, 'hgetex') : parseRedisGet(context, options))) return;
  const { writer } = context;
  const before = writer.length;
  const { first, count, unit, atMs } = options;
  if (unit !== TIME_NONE) expectTimes(context, key);
  const isPast = unit !== TIME_NONE && unit !== TIME_PERSIST && atMs <= context.nowMs;
  let changed = 0;
  let isFull = false;
  context.array(count);
  for (let at = first; at < first + count && !isFull; at++) {
    if (!seek(context, key, at)) {
      context.nil();
      continue;
    }
    context.bulk(walk.value, walk.valueStart, walk.valueEnd);
    if (unit === TIME_NONE || (unit === TIME_PERSIST && walk.expiresAtMs === 0)) continue;
    if (isPast) remove(context, key, at);
    else isFull = !(unit === TIME_PERSIST ? clearTime(context, key, at) : setTime(context, key, at, atMs));
    if (!isFull) changed += 1;
  }
  if (changed > 0) {
    if (unit === TIME_PERSIST) context.changed(key, EVENT_HASH, 'hpersist', changed);
    else tellOfTime(context, key, isPast, changed);
  }
  if (!isFull) return;
  writer.length = before;
  context.outOfMemory();
}

export function runHsetex(context: CommandContext): void {
  const { isValkey } = context.compatibility;
  if (!(isValkey ? parseValkey(context, options, true) : parseRedisSet(context, options))) return;
  const key = writeHash(context, 1);
  if (key === undefined) return;
  const isKeyRight = options.keyMustBeNew ? key.record === 0 : !options.keyMustExist || key.record !== 0;
  if (isKeyRight && isValkey && !readTime(context, options, 'hsetex')) return;
  if (!isKeyRight || !fieldsAreRight(context, key)) {
    context.integer(0);
    return;
  }
  const { unit, atMs } = options;
  const hasTime = unit !== TIME_NONE && unit !== TIME_KEEP;
  if (hasTime) expectTimes(context, key);
  if (hasTime && atMs <= context.nowMs) {
    setExpired(context, key);
    context.integer(1);
    return;
  }
  const set = setAll(context, key, hasTime);
  if (set > 0) {
    context.changed(key, EVENT_HASH, 'hset', set);
    if (hasTime) context.notify(key, EVENT_HASH, 'hexpire');
  }
  if (set === options.count) context.integer(1);
  else context.outOfMemory();
}

function fieldsAreRight(context: CommandContext, key: Key): boolean {
  const { first, count, fieldsMustBeNew, fieldsMustExist } = options;
  if (!fieldsMustBeNew && !fieldsMustExist) return true;
  for (let pair = 0; pair < count; pair++) {
    if (seek(context, key, first + 2 * pair) !== fieldsMustExist) return false;
  }
  return true;
}

/** Returns how many fields are set: fewer than there are when memory has run out. */
function setAll(context: CommandContext, key: Key, hasTime: boolean): number {
  const { first, count, unit, atMs } = options;
  for (let pair = 0; pair < count; pair++) {
    const at = first + 2 * pair;
    if (setPair(context, key, at, unit === TIME_KEEP, count) === FIELD_NO_MEMORY) return pair;
    if (hasTime && !setTime(context, key, at, atMs)) return pair;
  }
  return count;
}

/** A time that is past: as if the fields had been set and had expired. */
function setExpired(context: CommandContext, key: Key): void {
  const { first, count } = options;
  const { isValkey } = context.compatibility;
  // Redis sets them first; without memory for the form that this takes, the hash keeps its own.
  if (!isValkey && key.record !== 0 && hasLong(context))
    expectFields(context.store, key, Number.POSITIVE_INFINITY);
  for (let pair = 0; pair < count; pair++) remove(context, key, first + 2 * pair);
  context.notify(key, EVENT_HASH, 'hset');
  if (isValkey) context.notify(key, EVENT_HASH, 'hexpire');
  const event = isValkey ? 'hexpired' : 'hdel';
  if (key.record !== 0) {
    tellFieldsGone(context, key, event, count);
    return;
  }
  context.notify(key, EVENT_HASH, event);
  context.notify(key, EVENT_GENERIC, 'del');
}

/** One of the fields or values is too long for a small hash. */
function hasLong(context: CommandContext): boolean {
  const longest = context.store.limits[LIMIT_HASH_VALUE];
  const { first, count } = options;
  for (let at = first; at < first + 2 * count; at++)
    if (context.end(at) - context.start(at) > longest) return true;
  return false;
}

export function runHgetdel(context: CommandContext): void {
  options.clear();
  const { isValkey } = context.compatibility;
  if (isValkey && !valkeyOnlyFields(context, options, NUMFIELDS)) return;
  const key = writeHash(context, 1);
  if (key === undefined) return;
  if (!isValkey && !redisFields(context, options, 2, NOT_POSITIVE)) return;
  const { first, count } = options;
  let removed = 0;
  context.array(count);
  for (let at = first; at < first + count; at++) {
    if (!seek(context, key, at)) {
      context.nil();
      continue;
    }
    context.bulk(walk.value, walk.valueStart, walk.valueEnd);
    remove(context, key, at);
    removed += 1;
  }
  if (removed > 0) tellFieldsGone(context, key, 'hdel', removed);
}
