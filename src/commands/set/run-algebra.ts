/**
 * What SINTER, SUNION, SDIFF and their like do on the engine. Worker thread. As valkey 8.0 `t_set.c`.
 *
 * The time is that of going through the sets once, for SINTER through the smallest; of large ones in slices.
 */
import type { Arena } from '../../memory/arena.ts';
import { FrameWriter } from '../../resp/encode.ts';
import type { Key } from '../../store/key.ts';
import { findKey, removeKey } from '../../store/keyspace.ts';
import { recordEncoding, recordType } from '../../store/record.ts';
import {
  addToBody,
  adoptBody,
  createBody,
  freeBody,
  hasMember,
  MEMBER_ADDED,
  MEMBER_NO_MEMORY,
  SET_INTEGERS,
  SetBody,
  setBody,
  setCount,
} from '../../store/set.ts';
import { beginMembers, nextMember, SetWalk } from '../../store/set-walk.ts';
import { TYPE_SET } from '../../store/types.ts';
import { integerWithin, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { WRONG_TYPE } from '../errors.ts';
import { EVENT_GENERIC, EVENT_SET } from '../key-events.ts';
import { readKey } from '../lookup.ts';
import { MANY_ELEMENTS, runInSlices, type SlicedCommand, type Slices } from '../slices.ts';

export const INTERSECTION = 0;
export const UNION = 1;
export const DIFFERENCE = 2;

const LIMIT = word('limit');
const MAX_LONG = 2 ** 63;
const EVENTS = ['sinterstore', 'sunionstore', 'sdiffstore'];

/** What an operation works on, and how far it is. */
export class SetOperation {
  kind = UNION;
  /** The sets, in the order in which they are gone through; those that do not exist are left out. */
  sources: Key[] = [];
  sourceCount = 0;
  /** Of the set that is gone through. */
  at = 0;
  readonly walk = new SetWalk();
  /** Where the result is kept, if it is: a union's, and what is stored. */
  arena: Arena | undefined = undefined;
  readonly result = new SetBody();
  /** The members as a reply, if they are not stored. */
  readonly members = new FrameWriter();
  writesTo: FrameWriter | undefined = undefined;
  count = 0;
  /** Members to be found at most. */
  limit = Number.POSITIVE_INFINITY;
}

const operation = new SetOperation();
/** Members between two looks at the time. */
const SOME = 64;

export function runSinter(context: CommandContext): void {
  reply(context, INTERSECTION, 1, context.count);
}

export function runSunion(context: CommandContext): void {
  reply(context, UNION, 1, context.count);
}

export function runSdiff(context: CommandContext): void {
  reply(context, DIFFERENCE, 1, context.count);
}

export function runSinterstore(context: CommandContext): void {
  storeResult(context, INTERSECTION);
}

export function runSunionstore(context: CommandContext): void {
  storeResult(context, UNION);
}

export function runSdiffstore(context: CommandContext): void {
  storeResult(context, DIFFERENCE);
}

export function runSintercard(context: CommandContext): void {
  const wanted = integerWithin(context, 1, 1, MAX_LONG, 'ERR numkeys should be greater than 0');
  if (Number.isNaN(wanted)) return;
  if (wanted > context.count - 2) {
    context.error("ERR Number of keys can't be greater than number of args");
    return;
  }
  let limit = 0;
  for (let at = 2 + wanted; at < context.count; at += 2) {
    if (!isWord(context, at, LIMIT) || at + 1 === context.count) {
      context.syntaxError();
      return;
    }
    limit = integerWithin(context, at + 1, 0, MAX_LONG, "ERR LIMIT can't be negative");
    if (Number.isNaN(limit)) return;
  }
  if (!prepare(context, operation, INTERSECTION, 2, 2 + wanted)) return;
  const most = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  if (isLong(operation) && beginCount(context, 2 + wanted, most)) return;
  operation.limit = most;
  operation.writesTo = undefined;
  advance(context, operation, Number.POSITIVE_INFINITY);
  context.integer(operation.count);
}

// Closures are made by functions of their own, which short commands do not call.

function beginCount(context: CommandContext, to: number, most: number): boolean {
  return runInSlices(context, (own, slices) => countSliced(own, slices, to, most));
}

function beginReply(context: CommandContext, kind: number, from: number, to: number): boolean {
  return runInSlices(context, (own, slices) => replySliced(own, slices, kind, from, to));
}

function beginStore(context: CommandContext, kind: number): boolean {
  return runInSlices(context, (own, slices) => storeSliced(own, slices, kind), 1);
}

/** Whether there is much to go through. */
function isLong({ kind, sources, sourceCount }: SetOperation): boolean {
  let count = 0;
  for (let at = 0; at < (kind === UNION ? sourceCount : Math.min(1, sourceCount)); at++) {
    count += setCount(sources[at].arena, sources[at].record);
  }
  return count > MANY_ELEMENTS;
}

function* countSliced(context: CommandContext, slices: SlicedCommand, to: number, limit: number): Slices {
  const work = new SetOperation();
  if (!prepare(context, work, INTERSECTION, 2, to)) return;
  work.limit = limit;
  while (work.at < work.sourceCount) {
    advance(context, work, SOME);
    if (slices.isLate) yield;
  }
  context.integer(work.count);
}

function reply(context: CommandContext, kind: number, from: number, to: number): void {
  if (!prepare(context, operation, kind, from, to)) return;
  if (isLong(operation) && beginReply(context, kind, from, to)) return;
  operation.writesTo = operation.members;
  if (!beginUnion(operation)) {
    context.outOfMemory();
    return;
  }
  const isComplete = advance(context, operation, Number.POSITIVE_INFINITY);
  dropResult(operation);
  if (!isComplete) {
    context.outOfMemory();
    return;
  }
  context.set(operation.count);
  context.writer.raw(operation.members.bytes, 0, operation.members.length);
  operation.members.reset();
}

/** A union has to know which members it has already. False without memory. */
function beginUnion(work: SetOperation): boolean {
  if (work.kind !== UNION || work.sourceCount < 2) return true;
  work.arena = work.sources[0].arena;
  return createBody(work.arena, work.result, SET_INTEGERS);
}

function* replySliced(
  context: CommandContext,
  slices: SlicedCommand,
  kind: number,
  from: number,
  to: number,
): Slices {
  const work = new SetOperation();
  if (!prepare(context, work, kind, from, to)) return;
  try {
    let isComplete = beginUnion(work);
    while (isComplete && work.at < work.sourceCount) {
      work.writesTo = context.writer;
      isComplete = advance(context, work, SOME);
      if (slices.isLate) yield;
    }
    if (!isComplete) {
      slices.forgetReply();
      context.outOfMemory();
      return;
    }
    slices.beginHead();
    context.set(work.count);
  } finally {
    dropResult(work);
  }
}

/** Looks up the sets at the arguments [from, to). False after an error. */
function prepare(
  context: CommandContext,
  work: SetOperation,
  kind: number,
  from: number,
  to: number,
): boolean {
  work.kind = kind;
  work.sourceCount = 0;
  work.at = 0;
  work.arena = undefined;
  work.count = 0;
  work.limit = Number.POSITIVE_INFINITY;
  work.writesTo = undefined;
  work.members.reset();
  let isEmpty = false;
  for (let argument = from; argument < to; argument++) {
    const key = readKey(context, argument);
    if (key.record === 0) {
      // Nothing is in all sets when one is empty, or left of an empty one.
      if (kind === INTERSECTION || (kind === DIFFERENCE && argument === from)) isEmpty = true;
      continue;
    }
    if (recordType(key.arena, key.record) !== TYPE_SET) {
      context.error(WRONG_TYPE);
      return false;
    }
    work.sources[work.sourceCount] = key;
    work.sourceCount += 1;
  }
  if (isEmpty) work.sourceCount = 0;
  if (kind === INTERSECTION) smallestFirst(work);
  return true;
}

/** By insertion: there are few, and they are in place already more often than not. */
function smallestFirst(work: SetOperation): void {
  const { sources } = work;
  for (let index = 1; index < work.sourceCount; index++) {
    const key = sources[index];
    const size = setCount(key.arena, key.record);
    let to = index;
    for (; to > 0 && setCount(sources[to - 1].arena, sources[to - 1].record) > size; to--) {
      sources[to] = sources[to - 1];
    }
    sources[to] = key;
  }
}

/**
 * Goes on for at most `steps` members. False without memory. It is done when `at` has come to `sourceCount`, or
 * beyond the first set where only that one is gone through.
 */
export function advance(context: CommandContext, work: SetOperation, steps: number): boolean {
  const { walk, sources } = work;
  let left = steps;
  while (work.at < work.sourceCount) {
    if (walk.body === 0) {
      const { arena, record } = sources[work.at];
      beginMembers(walk, arena, recordEncoding(arena, record), setBody(arena, record));
    }
    while (nextMember(walk)) {
      if (isInResult(work) && !take(context, work)) {
        walk.body = 0;
        return false;
      }
      if (work.count >= work.limit) break;
      left -= 1;
      if (left <= 0) return true;
    }
    walk.body = 0;
    work.at = work.kind === UNION ? work.at + 1 : work.sourceCount;
  }
  return true;
}

function isInResult(work: SetOperation): boolean {
  const { kind, walk, sources, sourceCount } = work;
  if (kind === UNION) return true;
  const isWanted = kind === INTERSECTION;
  for (let other = 1; other < sourceCount; other++) {
    const { arena, record } = sources[other];
    if (hasMember(arena, record, walk.bytes, walk.start, walk.end) !== isWanted) return false;
  }
  return true;
}

/** Keeps the member that the walk stands on. False without memory. */
function take(context: CommandContext, work: SetOperation): boolean {
  const { walk, arena } = work;
  if (arena !== undefined) {
    const { limits } = context.store;
    const added = addToBody(arena, limits, work.result, walk.bytes, walk.start, walk.end);
    if (added !== MEMBER_ADDED) return added !== MEMBER_NO_MEMORY;
  }
  work.writesTo?.bulk(walk.bytes, walk.start, walk.end);
  work.count += 1;
  return true;
}

function dropResult(work: SetOperation): void {
  if (work.arena !== undefined) freeBody(work.arena, work.result);
}

function storeResult(context: CommandContext, kind: number): void {
  if (!prepare(context, operation, kind, 2, context.count)) return;
  if (isLong(operation) && beginStore(context, kind)) return;
  const target = context.key(1);
  operation.writesTo = undefined;
  operation.arena = target.arena;
  if (!createBody(target.arena, operation.result, SET_INTEGERS)) {
    context.outOfMemory();
    return;
  }
  if (!advance(context, operation, Number.POSITIVE_INFINITY) || !putResult(context, operation, target)) {
    dropResult(operation);
    context.outOfMemory();
    return;
  }
  context.integer(operation.count);
}

function* storeSliced(context: CommandContext, slices: SlicedCommand, kind: number): Slices {
  const work = new SetOperation();
  if (!prepare(context, work, kind, 2, context.count)) return;
  const target = context.key(1);
  work.arena = target.arena;
  try {
    let isComplete = createBody(target.arena, work.result, SET_INTEGERS);
    while (isComplete && work.at < work.sourceCount) {
      isComplete = advance(context, work, SOME);
      if (slices.isLate) yield;
    }
    context.ports.snapshots.keep(target);
    if (isComplete && putResult(context, work, target)) context.integer(work.count);
    else context.outOfMemory();
  } finally {
    dropResult(work);
  }
}

/** Makes the result the target's value, or removes the target if there is none. False without memory. */
function putResult(context: CommandContext, work: SetOperation, target: Key): boolean {
  findKey(context.store, target, context.nowMs);
  if (work.count > 0) {
    if (!adoptBody(context.store, target, work.result)) return false;
    context.changed(target, EVENT_SET, EVENTS[work.kind]);
    return true;
  }
  dropResult(work);
  if (target.record === 0) return true;
  removeKey(target);
  context.changed(target, EVENT_GENERIC, 'del');
  return true;
}
