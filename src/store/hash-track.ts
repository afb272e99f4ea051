/**
 * The fields of a hash that is a table and that expire: a tree by time in its due block. Any thread that holds the
 * shard's lock. All or nothing, and removal never fails.
 */
import type { Arena } from '../memory/arena.ts';
import { createTree, TREE_NO_MEMORY, treeInsert } from '../memory/ordered-tree.ts';
import { treeDelete } from '../memory/ordered-tree-change.ts';
import { entryNumber, seekEqual, seekFirst, TreeCursor } from '../memory/ordered-tree-cursor.ts';
import { setTimeKey, TREE_BY_TIME, TreeKey } from '../memory/ordered-tree-key.ts';
import { addDueFields, dropDue, dueFields, dueOf, dueTree, makeDue, setDueTree } from './hash-due.ts';

const key = new TreeKey();
const cursor = new TreeCursor();

/** A field that did not expire does so now. False without memory. */
export function trackEntry(arena: Arena, record: number, entry: number, atMs: number): boolean {
  const due = makeDue(arena, record, atMs);
  if (due === 0) return false;
  if (dueTree(arena, due) === 0) setDueTree(arena, due, createTree(arena, TREE_BY_TIME));
  const tree = dueTree(arena, due);
  if (tree !== 0 && addToTree(arena, tree, entry, atMs)) {
    addDueFields(arena, due, 1);
    return true;
  }
  if (dueFields(arena, due) === 0) dropDue(arena, record);
  return false;
}

/** Enters a field into a tree that may not be a hash's yet. False without memory. */
export function addToTree(arena: Arena, tree: number, entry: number, atMs: number): boolean {
  setTimeKey(key, atMs, entry);
  return treeInsert(arena, tree, key, entry, cursor) !== TREE_NO_MEMORY;
}

/** A field that expires is gone, or does not expire any more. */
export function untrackEntry(arena: Arena, record: number, entry: number, atMs: number): void {
  const due = dueOf(arena, record);
  takeFromTree(arena, dueTree(arena, due), entry, atMs);
  addDueFields(arena, due, -1);
  if (dueFields(arena, due) === 0) dropDue(arena, record);
}

function takeFromTree(arena: Arena, tree: number, entry: number, atMs: number): void {
  setTimeKey(key, atMs, entry);
  if (seekEqual(arena, tree, key, cursor)) treeDelete(arena, tree, cursor);
}

/** A field that expires has another entry, another time, or both. False without memory. */
export function retrackEntry(
  arena: Arena,
  record: number,
  old: number,
  oldMs: number,
  entry: number,
  atMs: number,
): boolean {
  if (old === entry && oldMs === atMs) return true;
  const due = makeDue(arena, record, atMs);
  if (due === 0) return false;
  const tree = dueTree(arena, due);
  if (!addToTree(arena, tree, entry, atMs)) return false;
  takeFromTree(arena, tree, old, oldMs);
  return true;
}

/** The field that expires first, if its time has come; else 0. It is taken out of the tree. */
export function takeDueEntry(arena: Arena, record: number, nowMs: number): number {
  const due = dueOf(arena, record);
  if (due === 0) return 0;
  const tree = dueTree(arena, due);
  if (!seekFirst(arena, tree, cursor) || entryNumber(arena, cursor) > nowMs) return 0;
  const entry = cursor.reference;
  treeDelete(arena, tree, cursor);
  addDueFields(arena, due, -1);
  if (dueFields(arena, due) === 0) dropDue(arena, record);
  return entry;
}

/** When the field that expires first does so. */
export function firstEntryTime(arena: Arena, due: number): number {
  return seekFirst(arena, dueTree(arena, due), cursor)
    ? entryNumber(arena, cursor)
    : Number.POSITIVE_INFINITY;
}
