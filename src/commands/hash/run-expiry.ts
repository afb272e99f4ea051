/**
 * What HEXPIRE, HTTL, HPERSIST and their like do on the engine. Worker thread. As observed of Redis 8.0 and Valkey 9.1,
 * which differ in the order of their checks, in error texts, in rounding, and in the event of a time that is past.
 */
import { removeField } from '../../store/hash.ts';
import { clearFieldTime, setFieldTime } from '../../store/hash-expiry.ts';
import { findField, HashWalk } from '../../store/hash-walk.ts';
import type { Key } from '../../store/key.ts';
import type { CommandContext } from '../context.ts';
import { SYNTAX } from '../errors.ts';
import { allowsExpiry, conditionAt, parseConditions } from '../expiry-conditions.ts';
import { EVENT_HASH } from '../key-events.ts';
import {
  FieldOptions,
  fieldTimeAt,
  findFields,
  NOT_POSITIVE,
  NUMFIELDS,
  redisFields,
  valkeyFields,
  valkeyOnlyFields,
} from './field-options.ts';
import { expectTimes, readHash, tellFieldsGone, writeHash } from './hash-keys.ts';

const options = new FieldOptions();
const walk = new HashWalk();

export function runHexpire(context: CommandContext): void {
  expire(context, 'hexpire', context.nowMs, 1000);
}

export function runHpexpire(context: CommandContext): void {
  expire(context, 'hpexpire', context.nowMs, 1);
}

export function runHexpireat(context: CommandContext): void {
  expire(context, 'hexpireat', 0, 1000);
}

export function runHpexpireat(context: CommandContext): void {
  expire(context, 'hpexpireat', 0, 1);
}

function expire(context: CommandContext, name: string, baseMs: number, unitMs: number): void {
  options.clear();
  const { isValkey } = context.compatibility;
  let conditions = 0;
  if (isValkey) {
    const fields = findFields(context, 3);
    // All between the time and FIELDS, as EXPIRE reads it.
    if (fields > 0) conditions = parseConditions(context, fields);
    if (conditions < 0 || !valkeyFields(context, options, fields, 1, NUMFIELDS)) return;
    options.atMs = fieldTimeAt(context, 2, unitMs, baseMs, name);
    if (Number.isNaN(options.atMs)) return;
  }
  const key = writeHash(context, 1);
  if (key === undefined) return;
  if (!isValkey) {
    options.atMs = fieldTimeAt(context, 2, unitMs, baseMs, name);
    if (Number.isNaN(options.atMs)) return;
    conditions = conditionAt(context, 3);
    const fields = conditions === 0 ? 3 : 4;
    if (!redisFields(context, options, fields, 'ERR Parameter `numFields` should be greater than 0')) return;
  }
  expectTimes(context, key);
  expireFields(context, key, conditions);
}

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

/** Replies for each field: 1 set, 2 deleted because the time is past, 0 not allowed, -2 no such field. */
function expireFields(context: CommandContext, key: Key, conditions: number): void {
  const { writer } = context;
  const before = writer.length;
  const { first, count, atMs } = options;
  const isPast = atMs <= context.nowMs;
  let changed = 0;
  let isFull = false;
  context.array(count);
  for (let at = first; at < first + count && !isFull; at++) {
    if (!seek(context, key, at)) context.integer(-2);
    else if (!allowsExpiry(conditions, walk.expiresAtMs, atMs)) context.integer(0);
    else if (isPast) {
      removeField(key.arena, key.record, context.bytes, context.start(at), context.end(at));
      changed += 1;
      context.integer(2);
    } else if (setTime(context, key, at, atMs)) {
      changed += 1;
      context.integer(1);
    } else isFull = true;
  }
  if (changed > 0) tellOfTime(context, key, isPast, changed);
  if (!isFull) return;
  writer.length = before;
  context.outOfMemory();
}

/** Has the field at an argument, which exists, expire. False without memory. */
export function setTime(context: CommandContext, key: Key, argument: number, atMs: number): boolean {
  return setFieldTime(
    key.arena,
    key.record,
    context.bytes,
    context.start(argument),
    context.end(argument),
    atMs,
    !context.compatibility.isValkey,
  );
}

/** After fields were given a time; if it is past, they have been taken out. */
export function tellOfTime(context: CommandContext, key: Key, isPast: boolean, count: number): void {
  if (!isPast) context.changed(key, EVENT_HASH, 'hexpire', count);
  else tellFieldsGone(context, key, context.compatibility.isValkey ? 'hexpired' : 'hdel', count);
}

export function runHttl(context: CommandContext): void {
  replyTimes(context, context.nowMs, 1000);
}

export function runHpttl(context: CommandContext): void {
  replyTimes(context, context.nowMs, 1);
}

export function runHexpiretime(context: CommandContext): void {
  replyTimes(context, 0, 1000);
}

export function runHpexpiretime(context: CommandContext): void {
  replyTimes(context, 0, 1);
}

function replyTimes(context: CommandContext, baseMs: number, unitMs: number): void {
  options.clear();
  const { isValkey } = context.compatibility;
  if (isValkey && !valkeyOnlyFields(context, options, SYNTAX)) return;
  const key = readHash(context, 1);
  if (key === undefined) return;
  if (!isValkey && !redisFields(context, options, 2, NOT_POSITIVE)) return;
  const { first, count } = options;
  context.array(count);
  for (let at = first; at < first + count; at++) {
    if (!seek(context, key, at)) context.integer(-2);
    else if (walk.expiresAtMs === 0) context.integer(-1);
    else {
      const ms = walk.expiresAtMs - baseMs;
      // Redis rounds up, Valkey to the nearest.
      context.integer(unitMs === 1 ? ms : Math.floor((ms + (isValkey ? 500 : 999)) / 1000));
    }
  }
}

export function runHpersist(context: CommandContext): void {
  options.clear();
  const { isValkey } = context.compatibility;
  if (isValkey && !valkeyOnlyFields(context, options, NUMFIELDS)) return;
  const key = writeHash(context, 1);
  if (key === undefined) return;
  if (!isValkey && !redisFields(context, options, 2, NOT_POSITIVE)) return;
  const { writer } = context;
  const before = writer.length;
  const { first, count } = options;
  let cleared = 0;
  let isFull = false;
  context.array(count);
  for (let at = first; at < first + count && !isFull; at++) {
    if (!seek(context, key, at)) context.integer(-2);
    else if (walk.expiresAtMs === 0) context.integer(-1);
    else if (clearTime(context, key, at)) {
      cleared += 1;
      context.integer(1);
    } else isFull = true;
  }
  if (cleared > 0) context.changed(key, EVENT_HASH, 'hpersist', cleared);
  if (!isFull) return;
  writer.length = before;
  context.outOfMemory();
}

/** The field at an argument, which expires, does so no more. False without memory. */
export function clearTime(context: CommandContext, key: Key, argument: number): boolean {
  return clearFieldTime(key.arena, key.record, context.bytes, context.start(argument), context.end(argument));
}
