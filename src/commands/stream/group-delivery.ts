/** Giving entries to a consumer, new ones and those it has got before. Worker thread. As valkey 8.0 `t_stream.c`. */
import { seekFrom, TreeCursor, treeNext } from '../../memory/ordered-tree-cursor.ts';
import { TreeKey } from '../../memory/ordered-tree-key.ts';
import type { Key } from '../../store/key.ts';
import { streamTree } from '../../store/stream.ts';
import {
  addPending,
  assignPending,
  deliveryCount,
  findPending,
  pendingTree,
  readGroupId,
  setActiveTime,
  setDelivery,
  setEntriesRead,
  writeGroupId,
} from '../../store/stream-group.ts';
import { compareIds, idOfEntry, keyOfId, StreamId } from '../../store/stream-id.ts';
import { entryAt, entryFrom, nextEntry, StreamCursor } from '../../store/stream-node.ts';
import type { CommandContext } from '../context.ts';
import { readUpTo } from './group-progress.ts';
import { replyId } from './stream-ids.ts';
import { insertArray, replyEntry } from './stream-reply.ts';

/** There was no memory for the first one. */
export const DELIVERED_NOTHING = 0;

const cursor = new StreamCursor();
const pending = new TreeCursor();
const key = new TreeKey();
const id = new StreamId();
const last = new StreamId();

/**
 * Replies with entries from an id on, which are there, and notes that the consumer has got them. Returns how many; they
 * are fewer where memory runs out.
 */
export function deliverEntries(
  context: CommandContext,
  at: Key,
  group: number,
  consumer: number,
  from: StreamId,
  most: number,
  withoutPending: boolean,
): number {
  const { arena, record } = at;
  const start = context.writer.length;
  let count = 0;
  let found = entryFrom(arena, streamTree(arena, record), from, cursor);
  while (found && count < most) {
    if (!withoutPending && !notePending(context, at, group, consumer)) break;
    noteProgress(context, at, group);
    replyEntry(context, arena, cursor);
    count += 1;
    found = nextEntry(arena, cursor);
  }
  insertArray(context, start, count);
  return count;
}

/** The entry is pending for the consumer now, whoever had it. False without memory. */
function notePending(context: CommandContext, at: Key, group: number, consumer: number): boolean {
  const { arena } = at;
  const { nowMs } = context;
  const nack = findPending(arena, group, cursor.id);
  if (nack === 0) {
    if (addPending(arena, group, consumer, cursor.id, nowMs) === 0) return false;
  } else {
    if (!assignPending(arena, nack, consumer, cursor.id)) return false;
    setDelivery(arena, nack, nowMs, 1);
  }
  setActiveTime(arena, consumer, nowMs);
  return true;
}

/** The entry is the last one that the group has got. */
function noteProgress(context: CommandContext, at: Key, group: number): void {
  const { arena, record } = at;
  readGroupId(arena, group, last);
  if (compareIds(cursor.id, last) <= 0) return;
  setEntriesRead(arena, group, readUpTo(context.compatibility, arena, record, group, cursor.id));
  writeGroupId(arena, group, cursor.id);
}

/** Replies with entries from an id on that are pending for the consumer; of deleted ones there is but the id. */
export function replyHistory(
  context: CommandContext,
  at: Key,
  consumer: number,
  from: StreamId,
  most: number,
): void {
  const { arena, record } = at;
  const start = context.writer.length;
  let count = 0;
  keyOfId(key, from);
  let found = seekFrom(arena, pendingTree(arena, consumer), key, pending);
  while (found && count < most) {
    const nack = pending.reference;
    idOfEntry(arena, pending, id);
    if (entryAt(arena, streamTree(arena, record), id, cursor)) {
      replyEntry(context, arena, cursor);
      setDelivery(arena, nack, context.nowMs, deliveryCount(arena, nack) + 1);
    } else {
      context.array(2);
      replyId(context, id);
      context.nilArray();
    }
    count += 1;
    found = treeNext(arena, pending);
  }
  insertArray(context, start, count);
}
