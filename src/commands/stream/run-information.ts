/** What XINFO does on the engine. Worker thread. As valkey 8.0 `t_stream.c`. */
import type { Arena } from '../../memory/arena.ts';
import { seekFirst, TreeCursor, treeCount, treeNext } from '../../memory/ordered-tree-cursor.ts';
import type { Key } from '../../store/key.ts';
import {
  entriesAdded,
  readFirstId,
  readLastId,
  readMaxDeletedId,
  streamGroups,
  streamLength,
  streamTree,
} from '../../store/stream.ts';
import {
  activeTime,
  consumersOf,
  deliveryCount,
  deliveryTime,
  entriesRead,
  findGroup,
  nameEnd,
  nameStart,
  pendingConsumer,
  pendingTree,
  READ_UNKNOWN,
  readGroupId,
  seenTime,
} from '../../store/stream-group.ts';
import { idOfEntry, StreamId, setLargestId, setSmallestId } from '../../store/stream-id.ts';
import { firstEntry, lastEntry, StreamCursor } from '../../store/stream-node.ts';
import { TYPE_STREAM } from '../../store/types.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { NO_SUCH_KEY } from '../errors.ts';
import { readTyped } from '../lookup.ts';
import { groupLag, LAG_UNKNOWN, noSuchGroup } from './group-progress.ts';
import { replyId } from './stream-ids.ts';
import { replyEntries, replyEntry } from './stream-reply.ts';

const FULL = word('full');
const COUNT = word('count');
/** Entries that FULL shows where no COUNT is given. */
const USUAL_COUNT = 10;

const id = new StreamId();
const to = new StreamId();
const cursor = new StreamCursor();
const groups = new TreeCursor();
const consumers = new TreeCursor();
const pending = new TreeCursor();

/** The stream; undefined: the error has been written. */
function existing(context: CommandContext): Key | undefined {
  const key = readTyped(context, 2, TYPE_STREAM);
  if (key === undefined || key.record !== 0) return key;
  context.error(NO_SUCH_KEY);
  return undefined;
}

export function runXinfoStream(context: CommandContext): void {
  const key = existing(context);
  if (key === undefined) return;
  const { count } = context;
  const isKnown = count === 3 || ((count === 4 || count === 6) && isWord(context, 3, FULL));
  if (!isKnown || (count === 6 && !isWord(context, 4, COUNT))) {
    const name = context.text(1).slice(0, 128);
    context.error(`ERR unknown subcommand or wrong number of arguments for '${name}'. Try XINFO HELP.`);
    return;
  }
  const most = count === 6 ? integerAt(context, 5) : USUAL_COUNT;
  if (Number.isNaN(most)) return;
  const isFull = count > 3;
  const { arena, record } = key;
  context.map(isFull ? 9 : 10);
  replyHead(context, arena, record);
  if (!isFull) replySummary(context, arena, record);
  else
    replyFull(context, arena, record, most < 0 ? USUAL_COUNT : most === 0 ? Number.POSITIVE_INFINITY : most);
}

function replyHead(context: CommandContext, arena: Arena, record: number): void {
  const nodes = treeCount(arena, streamTree(arena, record));
  context.bulkText('length');
  context.integer(streamLength(arena, record));
  // The servers keep nodes in a radix tree, which has a root and at least one node for each key.
  context.bulkText('radix-tree-keys');
  context.integer(nodes);
  context.bulkText('radix-tree-nodes');
  context.integer(nodes + 1);
  context.bulkText('last-generated-id');
  readLastId(arena, record, id);
  replyId(context, id);
  context.bulkText('max-deleted-entry-id');
  readMaxDeletedId(arena, record, id);
  replyId(context, id);
  context.bulkText('entries-added');
  context.integer(entriesAdded(arena, record));
  context.bulkText('recorded-first-entry-id');
  readFirstId(arena, record, id);
  replyId(context, id);
}

function replySummary(context: CommandContext, arena: Arena, record: number): void {
  const tree = streamTree(arena, record);
  const groupTree = streamGroups(arena, record);
  context.bulkText('groups');
  context.integer(groupTree === 0 ? 0 : treeCount(arena, groupTree));
  context.bulkText('first-entry');
  if (firstEntry(arena, tree, cursor)) replyEntry(context, arena, cursor);
  else context.nil();
  context.bulkText('last-entry');
  if (lastEntry(arena, tree, cursor)) replyEntry(context, arena, cursor);
  else context.nil();
}

function replyFull(context: CommandContext, arena: Arena, record: number, most: number): void {
  setSmallestId(id);
  setLargestId(to);
  context.bulkText('entries');
  replyEntries(context, arena, streamTree(arena, record), id, to, most, false, false);
  context.bulkText('groups');
  const tree = streamGroups(arena, record);
  context.array(tree === 0 ? 0 : treeCount(arena, tree));
  if (tree === 0) return;
  for (let any = seekFirst(arena, tree, groups); any; any = treeNext(arena, groups)) {
    replyFullGroup(context, arena, record, groups.reference, most);
  }
}

function replyName(context: CommandContext, arena: Arena, block: number): void {
  context.bulk(arena.bytes, nameStart(block), nameEnd(arena, block));
}

/** What FULL and GROUPS say of where a group is. */
function replyProgress(context: CommandContext, arena: Arena, record: number, group: number): void {
  context.bulkText('last-delivered-id');
  readGroupId(arena, group, id);
  replyId(context, id);
  context.bulkText('entries-read');
  const read = entriesRead(arena, group);
  if (read === READ_UNKNOWN) context.nil();
  else context.integer(read);
  context.bulkText('lag');
  const lag = groupLag(context.compatibility, arena, record, group);
  if (lag === LAG_UNKNOWN) context.nil();
  else context.integer(lag);
}

function replyFullGroup(
  context: CommandContext,
  arena: Arena,
  record: number,
  group: number,
  most: number,
): void {
  context.map(7);
  context.bulkText('name');
  replyName(context, arena, group);
  replyProgress(context, arena, record, group);
  const tree = pendingTree(arena, group);
  replyPending(context, arena, tree, most, true);
  context.bulkText('consumers');
  const members = consumersOf(arena, group);
  context.array(treeCount(arena, members));
  for (let any = seekFirst(arena, members, consumers); any; any = treeNext(arena, consumers)) {
    const consumer = consumers.reference;
    // Redis 7.0 does not keep the other time.
    const hasActiveTime = context.compatibility.level >= 702;
    context.map(hasActiveTime ? 5 : 4);
    context.bulkText('name');
    replyName(context, arena, consumer);
    context.bulkText('seen-time');
    context.integer(seenTime(arena, consumer));
    if (hasActiveTime) {
      context.bulkText('active-time');
      context.integer(activeTime(arena, consumer));
    }
    replyPending(context, arena, pendingTree(arena, consumer), most, false);
  }
}

/** How many entries are pending, and the first of them. */
function replyPending(
  context: CommandContext,
  arena: Arena,
  tree: number,
  most: number,
  withConsumer: boolean,
): void {
  const count = treeCount(arena, tree);
  context.bulkText('pel-count');
  context.integer(count);
  context.bulkText('pending');
  let left = Math.min(count, most);
  context.array(left);
  for (let any = seekFirst(arena, tree, pending); any && left > 0; any = treeNext(arena, pending)) {
    const nack = pending.reference;
    left -= 1;
    context.array(withConsumer ? 4 : 3);
    idOfEntry(arena, pending, id);
    replyId(context, id);
    if (withConsumer) replyName(context, arena, pendingConsumer(arena, nack));
    context.integer(deliveryTime(arena, nack));
    context.integer(deliveryCount(arena, nack));
  }
}

export function runXinfoGroups(context: CommandContext): void {
  const key = existing(context);
  if (key === undefined) return;
  const { arena, record } = key;
  const tree = streamGroups(arena, record);
  context.array(tree === 0 ? 0 : treeCount(arena, tree));
  if (tree === 0) return;
  for (let any = seekFirst(arena, tree, groups); any; any = treeNext(arena, groups)) {
    const group = groups.reference;
    context.map(6);
    context.bulkText('name');
    replyName(context, arena, group);
    context.bulkText('consumers');
    context.integer(treeCount(arena, consumersOf(arena, group)));
    context.bulkText('pending');
    context.integer(treeCount(arena, pendingTree(arena, group)));
    replyProgress(context, arena, record, group);
  }
}

export function runXinfoConsumers(context: CommandContext): void {
  const key = existing(context);
  if (key === undefined) return;
  const { arena, record } = key;
  const { nowMs } = context;
  const group = findGroup(arena, record, context.bytes, context.start(3), context.end(3));
  if (group === 0) {
    context.error(noSuchGroup(context, 3, 2));
    return;
  }
  const members = consumersOf(arena, group);
  context.array(treeCount(arena, members));
  for (let any = seekFirst(arena, members, consumers); any; any = treeNext(arena, consumers)) {
    const consumer = consumers.reference;
    const active = activeTime(arena, consumer);
    const hasActiveTime = context.compatibility.level >= 702;
    context.map(hasActiveTime ? 4 : 3);
    context.bulkText('name');
    replyName(context, arena, consumer);
    context.bulkText('pending');
    context.integer(treeCount(arena, pendingTree(arena, consumer)));
    context.bulkText('idle');
    context.integer(Math.max(0, nowMs - seenTime(arena, consumer)));
    if (!hasActiveTime) continue;
    context.bulkText('inactive');
    context.integer(active === -1 ? -1 : nowMs - active);
  }
}
