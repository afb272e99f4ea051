/** What HSET, HGET, HDEL and their like do on the engine. Worker thread. As valkey 8.0 `t_hash.c`. */
import {
  expectFields,
  FIELD_ADDED,
  FIELD_NO_MEMORY,
  fieldCount,
  removeField,
  setField,
} from '../../store/hash.ts';
import { expireKeyFields } from '../../store/hash-expiry.ts';
import { beginFields, findField, HashWalk, nextField } from '../../store/hash-walk.ts';
import type { Key } from '../../store/key.ts';
import { TYPE_HASH } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { wrongArity } from '../errors.ts';
import { EVENT_HASH } from '../key-events.ts';
import { checkType } from '../lookup.ts';
import { MANY_ELEMENTS, runInSlices, type SlicedCommand, type Slices } from '../slices.ts';
import { readHash, tellFieldsGone, writeHash } from './hash-keys.ts';

const walk = new HashWalk();

export function runHset(context: CommandContext): void {
  const added = setPairs(context, 'hset');
  if (added >= 0) context.integer(added);
}

export function runHmset(context: CommandContext): void {
  if (setPairs(context, 'hmset') >= 0) context.ok();
}

/** How many fields are new; -1 after an error. Without memory for one of them, those before it are set. */
function setPairs(context: CommandContext, name: string): number {
  const { store, count } = context;
  if (count % 2 !== 0) {
    context.error(wrongArity(name));
    return -1;
  }
  const key = writeHash(context, 1);
  if (key === undefined) return -1;
  const pairs = (count - 2) / 2;
  const expected = context.expected(pairs);
  let added = 0;
  let done = 0;
  let isFull = key.record !== 0 && !expectFields(store, key, expected);
  for (; done < pairs && !isFull; done++) {
    const result = setPair(context, key, 2 + 2 * done, false, expected);
    isFull = result === FIELD_NO_MEMORY;
    if (isFull) break;
    if (result === FIELD_ADDED) added += 1;
  }
  if (done > 0) context.changed(key, EVENT_HASH, 'hset', done);
  if (!isFull) return added;
  context.outOfMemory();
  return -1;
}

/** Sets the field at an argument to the value behind it. FIELD_… */
export function setPair(
  context: CommandContext,
  key: Key,
  argument: number,
  keepsTime: boolean,
  expected: number,
): number {
  const { store, bytes, spans } = context;
  const at = 2 * argument;
  return setField(
    store,
    key,
    bytes,
    spans[at],
    spans[at + 1],
    bytes,
    spans[at + 2],
    spans[at + 3],
    keepsTime,
    expected,
  );
}

export function runHsetnx(context: CommandContext): void {
  const key = writeHash(context, 1);
  if (key === undefined) return;
  if (key.record !== 0 && seek(context, key, 2)) {
    context.integer(0);
    return;
  }
  if (setPair(context, key, 2, false, 1) === FIELD_NO_MEMORY) {
    context.outOfMemory();
    return;
  }
  context.changed(key, EVENT_HASH, 'hset');
  context.integer(1);
}

/** Whether the key's hash, which exists, has the field at an argument; `walk` shows it then. */
function seek(context: CommandContext, key: Key, argument: number): boolean {
  const { bytes, spans } = context;
  return findField(walk, key.arena, key.record, bytes, spans[2 * argument], spans[2 * argument + 1]);
}

function writeValue(context: CommandContext, key: Key, argument: number): void {
  if (key.record !== 0 && seek(context, key, argument)) {
    context.bulk(walk.value, walk.valueStart, walk.valueEnd);
  } else context.nil();
}

export function runHget(context: CommandContext): void {
  const key = readHash(context, 1);
  if (key !== undefined) writeValue(context, key, 2);
}

export function runHmget(context: CommandContext): void {
  const key = readHash(context, 1);
  if (key === undefined) return;
  context.array(context.count - 2);
  for (let at = 2; at < context.count; at++) writeValue(context, key, at);
}

export function runHexists(context: CommandContext): void {
  const key = readHash(context, 1);
  if (key !== undefined) context.integer(key.record !== 0 && seek(context, key, 2) ? 1 : 0);
}

export function runHstrlen(context: CommandContext): void {
  const key = readHash(context, 1);
  if (key === undefined) return;
  const isThere = key.record !== 0 && seek(context, key, 2);
  context.integer(isThere ? walk.valueEnd - walk.valueStart : 0);
}

export function runHlen(context: CommandContext): void {
  const key = readHash(context, 1);
  if (key !== undefined) context.integer(key.record === 0 ? 0 : fieldCount(key.arena, key.record));
}

export function runHdel(context: CommandContext): void {
  const key = writeHash(context, 1);
  if (key === undefined) return;
  let removed = 0;
  if (key.record !== 0) {
    const { bytes, spans, count } = context;
    const { arena, record } = key;
    for (let at = 2; at < count; at++) {
      if (!removeField(arena, record, bytes, spans[2 * at], spans[2 * at + 1])) continue;
      removed += 1;
      if (fieldCount(arena, record) === 0) break;
    }
    if (removed > 0) tellFieldsGone(context, key, 'hdel', removed);
  }
  context.integer(removed);
}

export function runHgetall(context: CommandContext): void {
  const key = readHash(context, 1);
  if (key === undefined) return;
  if (key.record === 0) {
    context.map(0);
    return;
  }
  const count = fieldCount(key.arena, key.record);
  if (count > MANY_ELEMENTS && runInSlices(context, fieldsSliced)) return;
  context.map(count);
  beginFields(walk, key.arena, key.record);
  while (nextField(walk)) {
    context.bulk(walk.field, walk.fieldStart, walk.fieldEnd);
    context.bulk(walk.value, walk.valueStart, walk.valueEnd);
  }
}

/** HGETALL, HKEYS and HVALS of a large hash. */
function* fieldsSliced(context: CommandContext, slices: SlicedCommand): Slices {
  const { name } = context.table.definitions[context.command];
  const key = checkType(context, context.key(1), TYPE_HASH);
  if (key === undefined) return;
  if (key.record !== 0) expireKeyFields(context.store, key, context.nowMs);
  const { arena, record } = key;
  const count = record === 0 ? 0 : fieldCount(arena, record);
  if (name === 'hgetall') context.map(count);
  else context.array(count);
  if (count === 0) return;
  const own = new HashWalk();
  beginFields(own, arena, record);
  while (nextField(own)) {
    if (name !== 'hvals') context.bulk(own.field, own.fieldStart, own.fieldEnd);
    if (name !== 'hkeys') context.bulk(own.value, own.valueStart, own.valueEnd);
    if (slices.isOver()) yield;
  }
}

export function runHkeys(context: CommandContext): void {
  writeHalf(context, true);
}

export function runHvals(context: CommandContext): void {
  writeHalf(context, false);
}

function writeHalf(context: CommandContext, fields: boolean): void {
  const key = readHash(context, 1);
  if (key === undefined) return;
  if (key.record === 0) {
    context.array(0);
    return;
  }
  const count = fieldCount(key.arena, key.record);
  if (count > MANY_ELEMENTS && runInSlices(context, fieldsSliced)) return;
  context.array(count);
  beginFields(walk, key.arena, key.record);
  while (nextField(walk)) {
    if (fields) context.bulk(walk.field, walk.fieldStart, walk.fieldEnd);
    else context.bulk(walk.value, walk.valueStart, walk.valueEnd);
  }
}
