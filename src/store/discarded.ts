/**
 * What is left of large values that are gone: tables with many entries, and trees. They are given back in slices, for
 * freeing ten million entries takes a second. An arena has a list of them; whoever has added something sees to it that
 * it is freed (`hasDiscarded`, `freeDiscarded`). Any thread that holds the shard's lock.
 *
 *     word 0     next of the list
 *     word 1     DISCARDED_…
 *     word 2     the table, or the tree
 *     double 2   of a table: where its next bucket is
 */
import { allocate, release } from '../memory/allocator.ts';
import { type Arena, WORD_ROOTS } from '../memory/arena.ts';
import { destroyTable, tableCount } from '../memory/hash-table.ts';
import { destroyTree } from '../memory/ordered-tree.ts';
import { treeDeleteRange } from '../memory/ordered-tree-change.ts';
import { TreeCursor, treeCount } from '../memory/ordered-tree-cursor.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import { ROOT_DISCARDED, type Store } from './store.ts';

/** A table of members or fields. */
export const DISCARDED_ENTRIES = 0;
/** A table of records, whose values go as well. */
export const DISCARDED_RECORDS = 1;
/** A tree, without what it refers to. */
export const DISCARDED_TREE = 2;

const BLOCK_BYTES = 24;
const NEXT = 0;
const KIND = 1;
const BODY = 2;
const ROOT: number = WORD_ROOTS + ROOT_DISCARDED;
/** So many are freed at once. */
const FEW = 10_000;
/** Entries of one slice: half a millisecond or so. */
const SLICE = 4000;

const found = new EntryList();
const cursor = new TreeCursor();
/** This thread has discarded something since it last found that nothing is left. */
let isPending = false;
let freeRecordValue: (arena: Arena, record: number) => void = () => {};

/** Cold: the keyspace knows how values are freed. */
export function freeRecordsWith(free: (arena: Arena, record: number) => void): void {
  freeRecordValue = free;
}

/** False where there are few, or there is no memory: the caller frees it. */
export function discard(arena: Arena, kind: number, body: number): boolean {
  const count = kind === DISCARDED_TREE ? treeCount(arena, body) : tableCount(arena, body);
  return count > FEW && add(arena, kind, body);
}

/** As `discard`, however few there are. */
export function discardAnyway(arena: Arena, kind: number, body: number): boolean {
  return add(arena, kind, body);
}

function add(arena: Arena, kind: number, body: number): boolean {
  const block = allocate(arena, BLOCK_BYTES);
  if (block === 0) return false;
  const { words } = arena;
  const at = block >> 2;
  words[at + NEXT] = words[ROOT];
  words[at + KIND] = kind;
  words[at + BODY] = body;
  arena.doubles[(block >> 3) + 2] = 0;
  words[ROOT] = block;
  isPending = true;
  return true;
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
    freeSlice(shard.arena);
    store.unlock(shard);
    return true;
  }
  isPending = isHindered;
  return false;
}

function freeSlice(arena: Arena): void {
  const { words } = arena;
  for (let left = SLICE; left > 0 && words[ROOT] !== 0; ) {
    const block = words[ROOT];
    const at = block >> 2;
    const isTree = words[at + KIND] === DISCARDED_TREE;
    left = isTree ? freeTree(arena, words[at + BODY], left) : freeTable(arena, block, left);
    if (left < 0) return;
    // A record's value may have been added to the list before it.
    unlink(arena, block);
    release(arena, block);
  }
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
