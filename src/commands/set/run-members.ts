/** What SADD, SREM, SISMEMBER, SMEMBERS and their like do on the engine. Worker thread. As valkey 8.0 `t_set.c`. */
import type { Key } from '../../store/key.ts';
import { removeKey } from '../../store/keyspace.ts';
import { recordEncoding } from '../../store/record.ts';
import {
  addMember,
  expectMembers,
  hasMember,
  MEMBER_ADDED,
  MEMBER_EXISTS,
  MEMBER_NO_MEMORY,
  removeMember,
  setBody,
  setCount,
} from '../../store/set.ts';
import '../../store/set-hooks.ts';
import { beginMembers, nextMember, SetWalk } from '../../store/set-walk.ts';
import { TYPE_SET } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC, EVENT_SET } from '../key-events.ts';
import { checkType, readTyped, writeKey, writeTyped } from '../lookup.ts';
import { MANY_ELEMENTS, runInSlices, type SlicedCommand, type Slices } from '../slices.ts';

const walk = new SetWalk();

/** Without memory for one of the members, those before it are in the set. */
export function runSadd(context: CommandContext): void {
  const key = writeTyped(context, 1, TYPE_SET);
  if (key === undefined) return;
  const { store, bytes, spans, count } = context;
  const expected = context.expected(count - 2);
  let added = 0;
  let isFull = key.record !== 0 && !expectMembers(store, key, expected);
  for (let at = 2; at < count && !isFull; at++) {
    const result = addMember(store, key, bytes, spans[2 * at], spans[2 * at + 1], expected);
    if (result === MEMBER_ADDED) added += 1;
    isFull = result === MEMBER_NO_MEMORY;
  }
  if (added > 0) context.changed(key, EVENT_SET, 'sadd', added);
  if (isFull) context.outOfMemory();
  else context.integer(added);
}

export function runSrem(context: CommandContext): void {
  const key = writeTyped(context, 1, TYPE_SET);
  if (key === undefined) return;
  let removed = 0;
  if (key.record !== 0) {
    const { bytes, spans, count } = context;
    const { arena } = key;
    for (let at = 2; at < count; at++) {
      if (!removeMember(arena, key.record, bytes, spans[2 * at], spans[2 * at + 1])) continue;
      removed += 1;
      if (setCount(arena, key.record) === 0) break;
    }
    if (removed > 0) tellRemoval(context, key, 'srem', removed);
  }
  context.integer(removed);
}

/** After members were taken out: removes an empty set, and tells of both. */
export function tellRemoval(context: CommandContext, key: Key, event: string, count: number): void {
  const isEmpty = setCount(key.arena, key.record) === 0;
  if (isEmpty) removeKey(key);
  context.changed(key, EVENT_SET, event, count);
  if (isEmpty) context.notify(key, EVENT_GENERIC, 'del');
}

export function runSismember(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_SET);
  if (key === undefined) return;
  context.integer(key.record !== 0 && isMember(context, key, 2) ? 1 : 0);
}

export function runSmismember(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_SET);
  if (key === undefined) return;
  context.array(context.count - 2);
  for (let at = 2; at < context.count; at++) {
    context.integer(key.record !== 0 && isMember(context, key, at) ? 1 : 0);
  }
}

function isMember(context: CommandContext, key: Key, argument: number): boolean {
  return hasMember(key.arena, key.record, context.bytes, context.start(argument), context.end(argument));
}

export function runScard(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_SET);
  if (key !== undefined) context.integer(key.record === 0 ? 0 : setCount(key.arena, key.record));
}

export function runSmembers(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_SET);
  if (key === undefined) return;
  const { arena, record } = key;
  if (record === 0) {
    context.set(0);
    return;
  }
  const count = setCount(arena, record);
  if (count > MANY_ELEMENTS && runInSlices(context, membersSliced)) return;
  const { writer } = context;
  context.set(count);
  beginMembers(walk, arena, recordEncoding(arena, record), setBody(arena, record));
  while (nextMember(walk)) writer.bulk(walk.bytes, walk.start, walk.end);
}

function* membersSliced(context: CommandContext, slices: SlicedCommand): Slices {
  const key = checkType(context, context.key(1), TYPE_SET);
  if (key === undefined) return;
  const { arena, record } = key;
  context.set(record === 0 ? 0 : setCount(arena, record));
  if (record === 0) return;
  const own = new SetWalk();
  beginMembers(own, arena, recordEncoding(arena, record), setBody(arena, record));
  while (nextMember(own)) {
    context.bulk(own.bytes, own.start, own.end);
    if (slices.isOver()) yield;
  }
}

/** Puts the member in before it takes it out, so that it is never lost when there is no memory. */
export function runSmove(context: CommandContext): void {
  const source = writeKey(context, 1);
  const target = writeKey(context, 2);
  const { store, bytes } = context;
  if (source.record === 0) {
    context.integer(0);
    return;
  }
  if (checkType(context, source, TYPE_SET) === undefined) return;
  if (checkType(context, target, TYPE_SET) === undefined) return;
  const isThere = isMember(context, source, 3);
  if (!isThere || isSame(source, target)) {
    context.integer(isThere ? 1 : 0);
    return;
  }
  const start = context.start(3);
  const end = context.end(3);
  const added = addMember(store, target, bytes, start, end, 1);
  if (added === MEMBER_NO_MEMORY) {
    context.outOfMemory();
    return;
  }
  removeMember(source.arena, source.record, bytes, start, end);
  tellRemoval(context, source, 'srem', 1);
  if (added !== MEMBER_EXISTS) context.changed(target, EVENT_SET, 'sadd');
  context.integer(1);
}

function isSame(source: Key, target: Key): boolean {
  return source.arena === target.arena && source.record === target.record;
}
