/** Copying, freeing and measuring the groups of a stream. Any worker thread that holds the shard's lock. */
import { usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { destroyTree } from '../memory/ordered-tree.ts';
import { seekEqual, seekFirst, TreeCursor, treeCount, treeNext } from '../memory/ordered-tree-cursor.ts';
import { setBytesKey, TreeKey } from '../memory/ordered-tree-key.ts';
import { setStreamGroups, streamGroups } from './stream.ts';
import {
  activeTime,
  addPending,
  consumersOf,
  createConsumer,
  createGroup,
  deliveryCount,
  deliveryTime,
  entriesRead,
  freeGroup,
  NACK_BYTES,
  nameEnd,
  nameStart,
  pendingConsumer,
  pendingTree,
  readGroupId,
  seenTime,
  setActiveTime,
  setDelivery,
  setEntriesRead,
  writeGroupId,
} from './stream-group.ts';
import { idOfEntry, StreamId } from './stream-id.ts';

/** Bytes of two trees by id for each pending entry. */
const PENDING_TREE_BYTES = 44;

const groups = new TreeCursor();
const members = new TreeCursor();
const found = new TreeCursor();
const key = new TreeKey();
const id = new StreamId();

/** All groups of a stream; `tree` may be 0. */
export function freeGroups(arena: Arena, tree: number): void {
  if (tree === 0) return;
  for (let any = seekFirst(arena, tree, groups); any; any = treeNext(arena, groups)) {
    freeGroup(arena, groups.reference);
  }
  destroyTree(arena, tree);
}

/** Copies all groups to a record whose stream has none. False without memory: it has none then. */
export function copyGroups(arena: Arena, record: number, target: Arena, copy: number): boolean {
  const tree = streamGroups(arena, record);
  if (tree === 0) return true;
  for (let any = seekFirst(arena, tree, groups); any; any = treeNext(arena, groups)) {
    if (copyGroup(arena, groups.reference, target, copy)) continue;
    freeGroups(target, streamGroups(target, copy));
    setStreamGroups(target, copy, 0);
    return false;
  }
  return true;
}

function copyGroup(arena: Arena, group: number, target: Arena, record: number): boolean {
  const copy = createGroup(target, record, arena.bytes, nameStart(group), nameEnd(arena, group));
  if (copy === 0) return false;
  readGroupId(arena, group, id);
  writeGroupId(target, copy, id);
  setEntriesRead(target, copy, entriesRead(arena, group));
  const consumers = consumersOf(arena, group);
  for (let any = seekFirst(arena, consumers, members); any; any = treeNext(arena, members)) {
    const consumer = members.reference;
    const end = nameEnd(arena, consumer);
    const seen = seenTime(arena, consumer);
    const twin = createConsumer(target, copy, arena.bytes, nameStart(consumer), end, seen);
    if (twin === 0) return false;
    setActiveTime(target, twin, activeTime(arena, consumer));
  }
  return copyPending(arena, group, target, copy);
}

function copyPending(arena: Arena, group: number, target: Arena, copy: number): boolean {
  const pending = pendingTree(arena, group);
  const twins = consumersOf(target, copy);
  for (let any = seekFirst(arena, pending, members); any; any = treeNext(arena, members)) {
    const nack = members.reference;
    const consumer = pendingConsumer(arena, nack);
    setBytesKey(key, arena.bytes, nameStart(consumer), nameEnd(arena, consumer));
    seekEqual(target, twins, key, found);
    idOfEntry(arena, members, id);
    const twin = addPending(target, copy, found.reference, id, 0);
    if (twin === 0) return false;
    setDelivery(target, twin, deliveryTime(arena, nack), deliveryCount(arena, nack));
  }
  return true;
}

/** Blocks of all groups, as the servers estimate them: those of the first one for each; `tree` may be 0. */
export function groupsEffort(arena: Arena, tree: number): number {
  if (tree === 0 || !seekFirst(arena, tree, groups)) return 0;
  return treeCount(arena, tree) * (1 + treeCount(arena, pendingTree(arena, groups.reference)));
}

/** Bytes of all groups; `tree` may be 0. */
export function groupsBytes(arena: Arena, tree: number): number {
  if (tree === 0) return 0;
  let bytes = 0;
  for (let any = seekFirst(arena, tree, groups); any; any = treeNext(arena, groups)) {
    const group = groups.reference;
    bytes += usableSize(arena, group);
    bytes += treeCount(arena, pendingTree(arena, group)) * (NACK_BYTES + PENDING_TREE_BYTES);
    const consumers = consumersOf(arena, group);
    if (seekFirst(arena, consumers, members)) {
      bytes += treeCount(arena, consumers) * usableSize(arena, members.reference);
    }
  }
  return bytes;
}
