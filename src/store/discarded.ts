/**
 * What is left of large values that are gone: tables with many entries, trees, and whole values that UNLINK took. They
 * are given back in slices, for freeing ten million entries takes a second. An arena has a list of them; whoever has
 * added something sees to it that it is freed (`hasDiscarded`, `freeDiscarded`). Any thread that holds the lock.
 *
 *     word 0     next of the list
 *     word 1     DISCARDED_…
 *     word 2     the table, the tree, or the record
 *     word 3     how many objects it is, as the servers count them: keys, or 1 for a value
 *     double 2   of a table: where its next bucket is
 */
import { allocate, release } from '../memory/allocator.ts';
import { type Arena, WORD_ROOTS } from '../memory/arena.ts';
import { destroyTable, tableCount } from '../memory/hash-table.ts';
import { destroyTree } from '../memory/ordered-tree.ts';
import { treeDeleteRange } from '../memory/ordered-tree-change.ts';
import { TreeCursor, treeCount } from '../memory/ordered-tree-cursor.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import { recordType } from './record.ts';
import { STAT_LAZY_FREED } from './statistics.ts';
import { ROOT_DISCARDED, ROOT_DISCARDED_OBJECTS, type Store } from './store.ts';
import { typeHooks } from './types.ts';

/** A table of members or fields. */
export const DISCARDED_ENTRIES = 0;
/** A table of records, whose values go as well. */
export const DISCARDED_RECORDS = 1;
/** A tree, without what it refers to. */
export const DISCARDED_TREE = 2;
/** A record that is in no table any more, and its value. */
const DISCARDED_VALUE = 3;

const BLOCK_BYTES = 24;
const NEXT = 0;
const KIND = 1;
const BODY = 2;
const OBJECTS = 3;
const ROOT: number = WORD_ROOTS + ROOT_DISCARDED;
const ROOT_OBJECTS: number = WORD_ROOTS + ROOT_DISCARDED_OBJECTS;
/** So many are freed at once. */
const FEW = 10_000;
/** Entries of one slice: half a millisecond or so. */
const SLICE = 4000;

const found = new EntryList();
const cursor = new TreeCursor();
/** This thread has discarded something since it last found that nothing is left. */
let isPending = false;
/** What is discarded meanwhile is a part of what is being freed. */
let isFreeing = false;
let freeRecordValue: (arena: Arena, record: number) => void = () => {};

/** Cold: the keyspace knows how values are freed. */
export function freeRecordsWith(free: (arena: Arena, record: number) => void): void {
  freeRecordValue = free;
}

/** False where there are few, or there is no memory: the caller frees it. */
export function discard(arena: Arena, kind: number, body: number): boolean {
  const count = kind === DISCARDED_TREE ? treeCount(arena, body) : tableCount(arena, body);
  if (count <= FEW) return false;
  // A sorted set is a table and a tree.
  return add(arena, kind, body, kind === DISCARDED_ENTRIES ? 1 : 0);
}

/** A table of records, however few they are. */
export function discardRecords(arena: Arena, table: number): boolean {
  return add(arena, DISCARDED_RECORDS, table, tableCount(arena, table));
}

/** A record whose value takes more to free than a few blocks. Whoever knows of the record must forget it. */
export function discardValue(arena: Arena, record: number): boolean {
  return add(arena, DISCARDED_VALUE, record, 1);
}

function add(arena: Arena, kind: number, body: number, objects: number): boolean {
  const block = allocate(arena, BLOCK_BYTES);
  if (block === 0) return false;
  const { words } = arena;
  const at = block >> 2;
  words[at + NEXT] = words[ROOT];
  words[at + KIND] = kind;
  words[at + BODY] = body;
  words[at + OBJECTS] = isFreeing ? 0 : objects;
  words[ROOT_OBJECTS] += words[at + OBJECTS];
  arena.doubles[(block >> 3) + 2] = 0;
  words[ROOT] = block;
  isPending = true;
  return true;
}

/** Objects that are still to be freed, in all shards. Needs no lock: it may be that of a moment ago. */
export function discardedObjects({ shards }: Store): number {
  let objects = 0;
  for (const { arena } of shards) objects += arena.words[ROOT_OBJECTS];
  return objects;
}

/** This thread has something to free. */
export function hasDiscarded(): boolean {
  return isPending;
}

/** Frees a slice of what there is. No lock is held. False where nothing is left, or it cannot be got at now. */
export function freeDiscarded(store: Store): boolean {
  let isHindered = false;
  for (const shard of store.shards) {
    if (shard.arena.words[ROOT] === 0) continue;
    if (!store.tryLock(shard)) {
      isHindered = true;
      continue;
    }
    isFreeing = true;
    store.statistics.cells[STAT_LAZY_FREED] += freeSlice(shard.arena);
    isFreeing = false;
    store.unlock(shard);
    return true;
  }
  isPending = isHindered;
  return false;
}

/** Returns how many objects are gone. */
function freeSlice(arena: Arena): number {
  const { words } = arena;
  let objects = 0;
  for (let left = SLICE; left > 0 && words[ROOT] !== 0; ) {
    const block = words[ROOT];
    const at = block >> 2;
    const kind = words[at + KIND];
    if (kind === DISCARDED_VALUE) left = freeWhole(arena, words[at + BODY], left);
    else if (kind === DISCARDED_TREE) left = freeTree(arena, words[at + BODY], left);
    else left = freeTable(arena, block, left);
    if (left < 0) break;
    objects += words[at + OBJECTS];
    // A record's value may have been added to the list before it.
    unlink(arena, block);
    release(arena, block);
  }
  words[ROOT_OBJECTS] -= objects;
  return objects;
}

/** How much is left of the slice. What is large of the value has been added to the list. */
function freeWhole(arena: Arena, record: number, most: number): number {
  const effort = typeHooks(recordType(arena, record)).freeEffort(arena, record);
  freeRecordValue(arena, record);
  release(arena, record);
  return Math.max(0, most - effort);
}

function unlink({ words }: Arena, block: number): void {
  let link = ROOT;
  while (words[link] !== block) link = words[link] >> 2;
  words[link] = words[(block >> 2) + NEXT];
}

/** How much is left of the slice; below 0 where something is left of the tree. */
function freeTree(arena: Arena, tree: number, most: number): number {
  const count = Math.min(most, treeCount(arena, tree));
  treeDeleteRange(arena, tree, 0, count, cursor);
  if (treeCount(arena, tree) > 0) return -1;
  destroyTree(arena, tree);
  return most - count;
}

/** As `freeTree`. */
function freeTable(arena: Arena, block: number, most: number): number {
  const table = arena.words[(block >> 2) + BODY];
  const hasValues = arena.words[(block >> 2) + KIND] === DISCARDED_RECORDS;
  let place = arena.doubles[(block >> 3) + 2];
  let left = most;
  do {
    found.count = 0;
    place = scanBucket(arena, table, place, found);
    for (let index = 0; index < found.count; index++) {
      if (hasValues) freeRecordValue(arena, found.entries[index]);
      release(arena, found.entries[index]);
    }
    left -= 1 + found.count;
  } while (place !== 0 && left > 0);
  arena.doubles[(block >> 3) + 2] = place;
  if (place !== 0) return -1;
  destroyTable(arena, table);
  return Math.max(0, left);
}
