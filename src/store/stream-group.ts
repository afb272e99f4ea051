/**
 * Consumer groups of a stream, their consumers, and entries that were delivered but not acknowledged. All or nothing
 * where memory runs out. Any worker thread that holds the shard's lock.
 *
 * Groups and consumers are blocks in trees by name: a word (the tree of what is pending), length of the name, the name,
 * and behind it words of their own. A pending entry is one block, to which its group's and its consumer's trees refer.
 */
import { allocate, release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { copyIn } from '../memory/move-bytes.ts';
import { createTree, destroyTree, TREE_INSERTED, treeInsert } from '../memory/ordered-tree.ts';
import { treeDelete } from '../memory/ordered-tree-change.ts';
import { seekEqual, seekFirst, TreeCursor, treeCount, treeNext } from '../memory/ordered-tree-cursor.ts';
import { setBytesKey, TREE_BY_BYTES, TREE_BY_ID, TreeKey } from '../memory/ordered-tree-key.ts';
import { ENTRY_KEY, ENTRY_LENGTH_MASK } from '../memory/table-layout.ts';
import { setStreamGroups, streamGroups } from './stream.ts';
import { idOfEntry, keyOfId, readId, StreamId, writeId } from './stream-id.ts';

// Behind a group's name, in words.
const GROUP_LAST_ID = 0;
/** A double; -1 is unknown. */
const GROUP_READ = 4;
const GROUP_CONSUMERS = 6;
export const GROUP_TAIL_BYTES = 28;

// Behind a consumer's name: doubles, unix times in ms.
const CONSUMER_SEEN = 0;
/** -1: never. */
const CONSUMER_ACTIVE = 2;
export const CONSUMER_TAIL_BYTES = 16;

// A pending entry. Doubles, and its consumer.
const NACK_TIME = 0;
const NACK_COUNT = 2;
const NACK_CONSUMER = 4;
export const NACK_BYTES = 24;

/** `entriesRead` of a group for which it is not known. */
export const READ_UNKNOWN = -1;

const key = new TreeKey();
const cursor = new TreeCursor();
const other = new TreeCursor();
const id = new StreamId();

export function nameStart(block: number): number {
  return block + ENTRY_KEY;
}

export function nameEnd(arena: Arena, block: number): number {
  return block + ENTRY_KEY + (arena.words[(block >> 2) + 1] & ENTRY_LENGTH_MASK);
}

/** Tree of what is pending in a group or for a consumer. */
export function pendingTree(arena: Arena, block: number): number {
  return arena.words[block >> 2];
}

/** Index of the first word behind the name. */
export function tailOf(arena: Arena, block: number): number {
  return (nameEnd(arena, block) + 3) >> 2;
}

/** A block with a name, an empty tree of what is pending, and a tail. 0 without memory. */
function makeNamed(arena: Arena, bytes: Uint8Array, start: number, end: number, tailBytes: number): number {
  const block = allocate(arena, ENTRY_KEY + ((end - start + 3) & ~3) + tailBytes);
  if (block === 0) return 0;
  const tree = createTree(arena, TREE_BY_ID);
  if (tree === 0) {
    release(arena, block);
    return 0;
  }
  arena.words[block >> 2] = tree;
  arena.words[(block >> 2) + 1] = end - start;
  copyIn(arena, bytes, start, end, block + ENTRY_KEY);
  return block;
}

function findNamed(arena: Arena, tree: number, bytes: Uint8Array, start: number, end: number): number {
  if (tree === 0) return 0;
  setBytesKey(key, bytes, start, end);
  return seekEqual(arena, tree, key, cursor) ? cursor.reference : 0;
}

/** Puts a new block into a tree of names; gives it back where there is no memory. */
function enterNamed(
  arena: Arena,
  tree: number,
  block: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  setBytesKey(key, bytes, start, end);
  if (treeInsert(arena, tree, key, block, cursor) === TREE_INSERTED) return true;
  destroyTree(arena, arena.words[block >> 2]);
  release(arena, block);
  return false;
}

export function findGroup(
  arena: Arena,
  record: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  return findNamed(arena, streamGroups(arena, record), bytes, start, end);
}

/** A new group with a name that no other has. 0 without memory. */
export function createGroup(
  arena: Arena,
  record: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let tree = streamGroups(arena, record);
  const isFirst = tree === 0;
  if (isFirst) tree = createTree(arena, TREE_BY_BYTES);
  if (tree === 0) return 0;
  const consumers = createTree(arena, TREE_BY_BYTES);
  const group = consumers === 0 ? 0 : makeNamed(arena, bytes, start, end, GROUP_TAIL_BYTES);
  if (group !== 0 && enterNamed(arena, tree, group, bytes, start, end)) {
    arena.words[tailOf(arena, group) + GROUP_CONSUMERS] = consumers;
    if (isFirst) setStreamGroups(arena, record, tree);
    return group;
  }
  if (consumers !== 0) destroyTree(arena, consumers);
  if (isFirst) destroyTree(arena, tree);
  return 0;
}

export function readGroupId(arena: Arena, group: number, id: StreamId): void {
  readId(arena.words, tailOf(arena, group) + GROUP_LAST_ID, id);
}

export function writeGroupId(arena: Arena, group: number, id: StreamId): void {
  writeId(arena.words, tailOf(arena, group) + GROUP_LAST_ID, id);
}

export function entriesRead(arena: Arena, group: number): number {
  return arena.view.getFloat64(4 * (tailOf(arena, group) + GROUP_READ), true);
}

export function setEntriesRead(arena: Arena, group: number, count: number): void {
  arena.view.setFloat64(4 * (tailOf(arena, group) + GROUP_READ), count, true);
}

export function consumersOf(arena: Arena, group: number): number {
  return arena.words[tailOf(arena, group) + GROUP_CONSUMERS];
}

/** Takes a group out of the stream and gives back all of it. */
export function destroyGroup(arena: Arena, record: number, group: number): void {
  const tree = streamGroups(arena, record);
  setBytesKey(key, arena.bytes, nameStart(group), nameEnd(arena, group));
  if (seekEqual(arena, tree, key, cursor)) treeDelete(arena, tree, cursor);
  freeGroup(arena, group);
  if (treeCount(arena, tree) > 0) return;
  destroyTree(arena, tree);
  setStreamGroups(arena, record, 0);
}

/** Gives back a group with all that belongs to it. */
export function freeGroup(arena: Arena, group: number): void {
  const pending = pendingTree(arena, group);
  for (let found = seekFirst(arena, pending, cursor); found; found = treeNext(arena, cursor)) {
    release(arena, cursor.reference);
  }
  destroyTree(arena, pending);
  const consumers = consumersOf(arena, group);
  for (let found = seekFirst(arena, consumers, cursor); found; found = treeNext(arena, cursor)) {
    destroyTree(arena, pendingTree(arena, cursor.reference));
    release(arena, cursor.reference);
  }
  destroyTree(arena, consumers);
  release(arena, group);
}

export function findConsumer(
  arena: Arena,
  group: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  return findNamed(arena, consumersOf(arena, group), bytes, start, end);
}

/** A new consumer with a name that no other has. 0 without memory. */
export function createConsumer(
  arena: Arena,
  group: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  nowMs: number,
): number {
  const consumer = makeNamed(arena, bytes, start, end, CONSUMER_TAIL_BYTES);
  if (consumer === 0) return 0;
  if (!enterNamed(arena, consumersOf(arena, group), consumer, bytes, start, end)) return 0;
  setSeenTime(arena, consumer, nowMs);
  setActiveTime(arena, consumer, -1);
  return consumer;
}

/** Takes a consumer out of its group, and with it what was pending for it. Returns how much that was. */
export function deleteConsumer(arena: Arena, group: number, consumer: number): number {
  const pending = pendingTree(arena, consumer);
  const count = treeCount(arena, pending);
  const all = pendingTree(arena, group);
  for (let found = seekFirst(arena, pending, other); found; found = treeNext(arena, other)) {
    idOfEntry(arena, other, id);
    keyOfId(key, id);
    if (seekEqual(arena, all, key, cursor)) treeDelete(arena, all, cursor);
    release(arena, other.reference);
  }
  const consumers = consumersOf(arena, group);
  setBytesKey(key, arena.bytes, nameStart(consumer), nameEnd(arena, consumer));
  if (seekEqual(arena, consumers, key, cursor)) treeDelete(arena, consumers, cursor);
  destroyTree(arena, pending);
  release(arena, consumer);
  return count;
}

export function seenTime(arena: Arena, consumer: number): number {
  return arena.view.getFloat64(4 * (tailOf(arena, consumer) + CONSUMER_SEEN), true);
}

export function setSeenTime(arena: Arena, consumer: number, timeMs: number): void {
  arena.view.setFloat64(4 * (tailOf(arena, consumer) + CONSUMER_SEEN), timeMs, true);
}

export function activeTime(arena: Arena, consumer: number): number {
  return arena.view.getFloat64(4 * (tailOf(arena, consumer) + CONSUMER_ACTIVE), true);
}

export function setActiveTime(arena: Arena, consumer: number, timeMs: number): void {
  arena.view.setFloat64(4 * (tailOf(arena, consumer) + CONSUMER_ACTIVE), timeMs, true);
}

/** The pending entry with an id, 0 where there is none. */
export function findPending(arena: Arena, group: number, id: StreamId): number {
  keyOfId(key, id);
  return seekEqual(arena, pendingTree(arena, group), key, cursor) ? cursor.reference : 0;
}

/** Notes that an entry, which is not pending, was delivered to a consumer for the first time. 0 without memory. */
export function addPending(
  arena: Arena,
  group: number,
  consumer: number,
  id: StreamId,
  nowMs: number,
): number {
  const nack = allocate(arena, NACK_BYTES);
  if (nack === 0) return 0;
  const all = pendingTree(arena, group);
  keyOfId(key, id);
  if (treeInsert(arena, all, key, nack, cursor) !== TREE_INSERTED) {
    release(arena, nack);
    return 0;
  }
  if (treeInsert(arena, pendingTree(arena, consumer), key, nack, other) !== TREE_INSERTED) {
    treeDelete(arena, all, cursor);
    release(arena, nack);
    return 0;
  }
  arena.words[(nack >> 2) + NACK_CONSUMER] = consumer;
  setDelivery(arena, nack, nowMs, 1);
  return nack;
}

/** Gives a pending entry to another consumer. False without memory. */
export function assignPending(arena: Arena, nack: number, consumer: number, id: StreamId): boolean {
  const old = pendingConsumer(arena, nack);
  if (old === consumer) return true;
  keyOfId(key, id);
  if (treeInsert(arena, pendingTree(arena, consumer), key, nack, cursor) !== TREE_INSERTED) return false;
  if (seekEqual(arena, pendingTree(arena, old), key, cursor)) {
    treeDelete(arena, pendingTree(arena, old), cursor);
  }
  arena.words[(nack >> 2) + NACK_CONSUMER] = consumer;
  return true;
}

/** Forgets a pending entry. False where there is none. */
export function deletePending(arena: Arena, group: number, id: StreamId): boolean {
  const all = pendingTree(arena, group);
  keyOfId(key, id);
  if (!seekEqual(arena, all, key, cursor)) return false;
  const nack = cursor.reference;
  treeDelete(arena, all, cursor);
  const own = pendingTree(arena, pendingConsumer(arena, nack));
  if (seekEqual(arena, own, key, cursor)) treeDelete(arena, own, cursor);
  release(arena, nack);
  return true;
}

export function pendingConsumer(arena: Arena, nack: number): number {
  return arena.words[(nack >> 2) + NACK_CONSUMER];
}

export function deliveryTime(arena: Arena, nack: number): number {
  return arena.view.getFloat64(nack + 4 * NACK_TIME, true);
}

export function deliveryCount(arena: Arena, nack: number): number {
  return arena.view.getFloat64(nack + 4 * NACK_COUNT, true);
}

export function setDelivery(arena: Arena, nack: number, timeMs: number, count: number): void {
  arena.view.setFloat64(nack + 4 * NACK_TIME, timeMs, true);
  arena.view.setFloat64(nack + 4 * NACK_COUNT, count, true);
}
