/** What XPENDING, XCLAIM and XAUTOCLAIM do on the engine. Worker thread. As valkey 8.0 `t_stream.c`. */
import type { Arena } from '../../memory/arena.ts';
import {
  seekFirst,
  seekFrom,
  seekLast,
  TreeCursor,
  treeCount,
  treeNext,
} from '../../memory/ordered-tree-cursor.ts';
import { TreeKey } from '../../memory/ordered-tree-key.ts';
import type { Key } from '../../store/key.ts';
import { streamTree } from '../../store/stream.ts';
import {
  addPending,
  assignPending,
  consumersOf,
  createConsumer,
  deletePending,
  deliveryCount,
  deliveryTime,
  findConsumer,
  findGroup,
  findPending,
  nameEnd,
  nameStart,
  pendingConsumer,
  pendingTree,
  readGroupId,
  setActiveTime,
  setDelivery,
  setSeenTime,
  writeGroupId,
} from '../../store/stream-group.ts';
import '../../store/stream-hooks.ts';
import { compareIds, copyId, idOfEntry, keyOfId, StreamId, setSmallestId } from '../../store/stream-id.ts';
import { entryAt, StreamCursor } from '../../store/stream-node.ts';
import { TYPE_STREAM } from '../../store/types.ts';
import { integerAt, integerWithin, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { readTyped } from '../lookup.ts';
import { changedQuietly, noSuchKeyOrGroup } from './group-progress.ts';
import { boundAt, idAt, isIdAt, replyId } from './stream-ids.ts';
import { insertArray, moveToFront, replyEntry } from './stream-reply.ts';

const IDLE = word('idle');
const TIME = word('time');
const RETRYCOUNT = word('retrycount');
const FORCE = word('force');
const JUSTID = word('justid');
const LASTID = word('lastid');
const COUNT = word('count');

const from = new StreamId();
const to = new StreamId();
const id = new StreamId();
const cursor = new StreamCursor();
const pending = new TreeCursor();
const consumers = new TreeCursor();
const key = new TreeKey();

/** The group of argument 2. 0: the error has been written. */
function groupOf(context: CommandContext, at: Key): number {
  const { arena, record } = at;
  const { bytes } = context;
  const group = record === 0 ? 0 : findGroup(arena, record, bytes, context.start(2), context.end(2));
  if (group === 0) context.error(noSuchKeyOrGroup(context, 1, 2));
  return group;
}

function replyName(context: CommandContext, arena: Arena, block: number): void {
  context.bulk(arena.bytes, nameStart(block), nameEnd(arena, block));
}

export function runXpending(context: CommandContext): void {
  const { count } = context;
  if (count !== 3 && (count < 6 || count > 9)) {
    context.syntaxError();
    return;
  }
  let minIdleMs = 0;
  let first = 3;
  let most = 0;
  if (count > 3) {
    if (isWord(context, 3, IDLE)) {
      minIdleMs = integerAt(context, 4);
      if (Number.isNaN(minIdleMs)) return;
      if (count < 8) {
        context.syntaxError();
        return;
      }
      first = 5;
    }
    most = integerAt(context, first + 2);
    if (Number.isNaN(most)) return;
    if (!boundAt(context, first, false, from) || !boundAt(context, first + 1, true, to)) return;
  }
  const at = readTyped(context, 1, TYPE_STREAM);
  if (at === undefined) return;
  const group = groupOf(context, at);
  if (group === 0) return;
  if (count === 3) replySummary(context, at.arena, group);
  else replyPending(context, at.arena, group, first + 3, minIdleMs, most);
}

function replySummary(context: CommandContext, arena: Arena, group: number): void {
  const tree = pendingTree(arena, group);
  context.array(4);
  context.integer(treeCount(arena, tree));
  if (!seekFirst(arena, tree, pending)) {
    context.nil();
    context.nil();
    context.nilArray();
    return;
  }
  idOfEntry(arena, pending, id);
  replyId(context, id);
  seekLast(arena, tree, pending);
  idOfEntry(arena, pending, id);
  replyId(context, id);
  const start = context.writer.length;
  let count = 0;
  const members = consumersOf(arena, group);
  for (let any = seekFirst(arena, members, consumers); any; any = treeNext(arena, consumers)) {
    const own = treeCount(arena, pendingTree(arena, consumers.reference));
    if (own === 0) continue;
    context.array(2);
    replyName(context, arena, consumers.reference);
    context.writer.number(own);
    count += 1;
  }
  insertArray(context, start, count);
}

/** Pending entries between `from` and `to`, perhaps those of the consumer that an argument names. */
function replyPending(
  context: CommandContext,
  arena: Arena,
  group: number,
  consumerArgument: number,
  minIdleMs: number,
  most: number,
): void {
  let owner = group;
  if (consumerArgument < context.count) {
    const end = context.end(consumerArgument);
    owner = findConsumer(arena, group, context.bytes, context.start(consumerArgument), end);
  }
  const start = context.writer.length;
  let count = 0;
  keyOfId(key, from);
  let found = owner !== 0 && seekFrom(arena, pendingTree(arena, owner), key, pending);
  for (; found && count < most; found = treeNext(arena, pending)) {
    idOfEntry(arena, pending, id);
    if (compareIds(id, to) > 0) break;
    const nack = pending.reference;
    const idleMs = context.nowMs - deliveryTime(arena, nack);
    if (minIdleMs !== 0 && idleMs < minIdleMs) continue;
    count += 1;
    context.array(4);
    replyId(context, id);
    replyName(context, arena, pendingConsumer(arena, nack));
    context.integer(Math.max(0, idleMs));
    context.integer(deliveryCount(arena, nack));
  }
  insertArray(context, start, count);
}

/** The consumer of argument 3, which is made where there is none. 0: the error has been written. */
function claimant(context: CommandContext, at: Key, group: number): number {
  const { arena } = at;
  const { bytes, nowMs } = context;
  const start = context.start(3);
  const end = context.end(3);
  let consumer = findConsumer(arena, group, bytes, start, end);
  if (consumer === 0) {
    consumer = createConsumer(arena, group, bytes, start, end, nowMs);
    if (consumer === 0) {
      context.outOfMemory();
      return 0;
    }
    changedQuietly(context, at, 'xgroup-createconsumer');
  }
  setSeenTime(arena, consumer, nowMs);
  return consumer;
}

const claim = { minIdleMs: 0, timeMs: -1, count: -1, isForced: false, onlyIds: false };

export function runXclaim(context: CommandContext): void {
  const at = readTyped(context, 1, TYPE_STREAM);
  if (at === undefined) return;
  const group = groupOf(context, at);
  if (group === 0) return;
  claim.minIdleMs = integerAt(context, 4, 'ERR Invalid min-idle-time argument for XCLAIM');
  if (Number.isNaN(claim.minIdleMs)) return;
  let end = 5;
  while (end < context.count && isIdAt(context, end, id)) end += 1;
  setSmallestId(to);
  if (!parseClaim(context, end)) return;
  readGroupId(at.arena, group, from);
  const isLater = compareIds(to, from) > 0;
  if (isLater) writeGroupId(at.arena, group, to);
  const { nowMs } = context;
  if (claim.timeMs < 0 || claim.timeMs > nowMs) claim.timeMs = nowMs;
  const consumer = claimant(context, at, group);
  if (consumer === 0) return;
  const start = context.writer.length;
  let count = 0;
  for (let argument = 5; argument < end; argument++) {
    isIdAt(context, argument, id);
    const outcome = claimEntry(context, at, group, consumer);
    if (outcome === CLAIM_FAILED) {
      // What has been claimed must be shown.
      if (count > 0) break;
      context.outOfMemory();
      return;
    }
    if (outcome === CLAIMED) count += 1;
  }
  if (isLater) changedQuietly(context, at, '');
  insertArray(context, start, count);
}

/** The options from an argument on. False: the error has been written. */
function parseClaim(context: CommandContext, first: number): boolean {
  claim.timeMs = -1;
  claim.count = -1;
  claim.isForced = false;
  claim.onlyIds = false;
  for (let at = first; at < context.count; at++) {
    const hasValue = at + 1 < context.count;
    if (isWord(context, at, FORCE)) claim.isForced = true;
    else if (isWord(context, at, JUSTID)) claim.onlyIds = true;
    else if (hasValue && isWord(context, at, LASTID)) {
      at += 1;
      if (!idAt(context, at, to)) return false;
    } else if (hasValue && isWord(context, at, IDLE)) {
      at += 1;
      claim.timeMs = context.nowMs - integerAt(context, at, 'ERR Invalid IDLE option argument for XCLAIM');
      if (Number.isNaN(claim.timeMs)) return false;
    } else if (hasValue && isWord(context, at, TIME)) {
      at += 1;
      claim.timeMs = integerAt(context, at, 'ERR Invalid TIME option argument for XCLAIM');
      if (Number.isNaN(claim.timeMs)) return false;
    } else if (hasValue && isWord(context, at, RETRYCOUNT)) {
      at += 1;
      claim.count = integerAt(context, at, 'ERR Invalid RETRYCOUNT option argument for XCLAIM');
      if (Number.isNaN(claim.count)) return false;
    } else {
      context.error(`ERR Unrecognized XCLAIM option '${context.shown(at)}'`);
      return false;
    }
  }
  return true;
}

const CLAIM_NOTHING = 0;
const CLAIMED = 1;
const CLAIM_FAILED = 2;

/** The entry `id`: claims it as `claim` says, and replies with it. */
function claimEntry(context: CommandContext, at: Key, group: number, consumer: number): number {
  const { arena, record } = at;
  const { nowMs } = context;
  let nack = findPending(arena, group, id);
  if (!entryAt(arena, streamTree(arena, record), id, cursor)) {
    // It has been deleted: nobody has to acknowledge it.
    if (deletePending(arena, group, id)) changedQuietly(context, at, '');
    return CLAIM_NOTHING;
  }
  if (nack === 0) {
    if (!claim.isForced) return CLAIM_NOTHING;
    nack = addPending(arena, group, consumer, id, nowMs);
    if (nack === 0) return CLAIM_FAILED;
  } else {
    if (claim.minIdleMs > 0 && nowMs - deliveryTime(arena, nack) < claim.minIdleMs) return CLAIM_NOTHING;
    if (!assignPending(arena, nack, consumer, id)) return CLAIM_FAILED;
  }
  const before = deliveryCount(arena, nack);
  const count = claim.count >= 0 ? claim.count : claim.onlyIds ? before : before + 1;
  setDelivery(arena, nack, claim.timeMs, count);
  setActiveTime(arena, consumer, nowMs);
  if (claim.onlyIds) replyId(context, id);
  else replyEntry(context, arena, cursor);
  changedQuietly(context, at, '');
  return CLAIMED;
}

/** Ids that XAUTOCLAIM found deleted. */
const deletedIds: StreamId[] = [];
/** COUNT is a limit, and who asked has the id to go on from: so many that others would have to wait are not claimed. */
const MOST_CLAIMED = 10_000;
/** Pending entries that are looked at for each one that may be claimed. */
const ATTEMPTS = 10;
const MAX_COUNT = Math.floor(2 ** 63 / 16);

export function runXautoclaim(context: CommandContext): void {
  claim.minIdleMs = integerAt(context, 4, 'ERR Invalid min-idle-time argument for XAUTOCLAIM');
  if (Number.isNaN(claim.minIdleMs) || !boundAt(context, 5, false, from)) return;
  let most = 100;
  claim.onlyIds = false;
  for (let at = 6; at < context.count; at++) {
    if (at + 1 < context.count && isWord(context, at, COUNT)) {
      at += 1;
      most = integerWithin(context, at, 1, MAX_COUNT, 'ERR COUNT must be > 0');
      if (Number.isNaN(most)) return;
    } else if (isWord(context, at, JUSTID)) claim.onlyIds = true;
    else {
      context.syntaxError();
      return;
    }
  }
  const at = readTyped(context, 1, TYPE_STREAM);
  if (at === undefined) return;
  const group = groupOf(context, at);
  if (group === 0) return;
  const consumer = claimant(context, at, group);
  if (consumer === 0) return;
  claim.timeMs = context.nowMs;
  claim.count = -1;
  claim.isForced = false;
  claimPending(context, at, group, consumer, Math.min(most, MOST_CLAIMED));
}

/** Goes through what is pending from `from` on; claims, and replies. */
function claimPending(context: CommandContext, at: Key, group: number, consumer: number, most: number): void {
  const { arena, record } = at;
  const tree = pendingTree(arena, group);
  const start = context.writer.length;
  let claimed = 0;
  let deleted = 0;
  keyOfId(key, from);
  let found = seekFrom(arena, tree, key, pending);
  for (let left = most * ATTEMPTS; left > 0 && found && claimed + deleted < most; left--) {
    idOfEntry(arena, pending, id);
    const isThere = entryAt(arena, streamTree(arena, record), id, cursor);
    const outcome = claimEntry(context, at, group, consumer);
    if (outcome === CLAIM_FAILED) {
      if (claimed + deleted > 0) break;
      context.outOfMemory();
      return;
    }
    if (outcome === CLAIMED) claimed += 1;
    if (isThere) found = treeNext(arena, pending);
    else {
      noteDeleted(deleted);
      deleted += 1;
      keyOfId(key, id);
      found = seekFrom(arena, tree, key, pending);
    }
  }
  insertArray(context, start, claimed);
  // Where to go on is known last, but stands first.
  const end = context.writer.length;
  context.array(3);
  if (found) idOfEntry(arena, pending, id);
  else setSmallestId(id);
  replyId(context, id);
  moveToFront(context, start, end);
  context.array(deleted);
  for (let index = 0; index < deleted; index++) replyId(context, deletedIds[index]);
}

function noteDeleted(index: number): void {
  if (index === deletedIds.length) deletedIds.push(new StreamId());
  copyId(deletedIds[index], id);
}
