/**
 * Which hashes have fields that expire, and when the soonest of them does: a tree by time for each shard. Any thread
 * that holds the shard's lock. Knows nothing of how fields are kept.
 *
 * A hash with such fields has a block, its due block, whose offset stands in its record; the tree refers to that block.
 * The time there may be too early, never too late: when a field goes, nothing is done until the time comes.
 *
 *     double 0   the time in the tree
 *     word 2     slot of the key
 *     word 3     hash of the key
 *     word 4     tree of the fields that expire, of a hash that is a table; else 0
 *     word 5     how many fields expire
 */
import { keySlot } from '../base/slot.ts';
import { allocate, release } from '../memory/allocator.ts';
import { type Arena, WORD_ROOTS } from '../memory/arena.ts';
import { hashKey } from '../memory/hash.ts';
import { homeBucket } from '../memory/hash-table.ts';
import { createTree, destroyTree, TREE_NO_MEMORY, treeInsert } from '../memory/ordered-tree.ts';
import { treeDelete } from '../memory/ordered-tree-change.ts';
import { entryNumber, seekEqual, seekFirst, TreeCursor, treeCount } from '../memory/ordered-tree-cursor.ts';
import { setTimeKey, TREE_BY_TIME, TreeKey } from '../memory/ordered-tree-key.ts';
import { BUCKET_ENTRIES, BUCKET_NEXT, BUCKET_SLOTS } from '../memory/table-layout.ts';
import { keyLength, keyOffset, recordType, valueOffset } from './record.ts';
import { DB_DIRECTORY, databaseAt, ROOT_FIELDS_DUE, type Shard, type Store } from './store.ts';
import { TYPE_HASH } from './types.ts';

const DUE_BYTES = 24;
const DUE_SLOT = 2;
const DUE_HASH = 3;
const DUE_TREE = 4;
const DUE_FIELDS = 5;

const key = new TreeKey();
const cursor = new TreeCursor();

/** The due block of a hash, 0 where no field of it expires. */
export function dueOf(arena: Arena, record: number): number {
  return arena.words[(valueOffset(arena, record) >> 2) + 1];
}

export function setDue(arena: Arena, record: number, due: number): void {
  arena.words[(valueOffset(arena, record) >> 2) + 1] = due;
}

/** No field expires before this time; infinity where none expires. */
export function dueTime(arena: Arena, record: number): number {
  const due = dueOf(arena, record);
  return due === 0 ? Number.POSITIVE_INFINITY : arena.doubles[due >> 3];
}

export function dueTree(arena: Arena, due: number): number {
  return arena.words[(due >> 2) + DUE_TREE];
}

export function setDueTree(arena: Arena, due: number, tree: number): void {
  arena.words[(due >> 2) + DUE_TREE] = tree;
}

export function dueFields(arena: Arena, due: number): number {
  return arena.words[(due >> 2) + DUE_FIELDS];
}

export function addDueFields(arena: Arena, due: number, count: number): void {
  arena.words[(due >> 2) + DUE_FIELDS] += count;
}

/** Sees to it that the hash has a due block with a time not after `atMs`. Its offset, or 0 without memory. */
export function makeDue(arena: Arena, record: number, atMs: number): number {
  const due = dueOf(arena, record);
  if (due !== 0) return arena.doubles[due >> 3] <= atMs || moveDue(arena, due, atMs) ? due : 0;
  const root = WORD_ROOTS + ROOT_FIELDS_DUE;
  const { words } = arena;
  const made = allocate(arena, DUE_BYTES);
  if (made === 0) return 0;
  if (words[root] === 0) words[root] = createTree(arena, TREE_BY_TIME);
  setTimeKey(key, atMs, made);
  if (words[root] === 0 || treeInsert(arena, words[root], key, made, cursor) === TREE_NO_MEMORY) {
    dropEmptyRoot(arena);
    release(arena, made);
    return 0;
  }
  arena.doubles[made >> 3] = atMs;
  words[(made >> 2) + DUE_TREE] = 0;
  words[(made >> 2) + DUE_FIELDS] = 0;
  setDue(arena, record, made);
  writeKeyOf(arena, record);
  return made;
}

/** Gives the block another time. False without memory, and the time stays. */
export function moveDue(arena: Arena, due: number, atMs: number): boolean {
  const tree = arena.words[WORD_ROOTS + ROOT_FIELDS_DUE];
  const before = arena.doubles[due >> 3];
  if (before === atMs) return true;
  setTimeKey(key, atMs, due);
  if (treeInsert(arena, tree, key, due, cursor) === TREE_NO_MEMORY) return false;
  setTimeKey(key, before, due);
  if (seekEqual(arena, tree, key, cursor)) treeDelete(arena, tree, cursor);
  arena.doubles[due >> 3] = atMs;
  return true;
}

/** No field of the hash expires any more. Its own tree of fields goes as well. */
export function dropDue(arena: Arena, record: number): void {
  const due = dueOf(arena, record);
  if (due === 0) return;
  const tree = arena.words[WORD_ROOTS + ROOT_FIELDS_DUE];
  setTimeKey(key, arena.doubles[due >> 3], due);
  if (seekEqual(arena, tree, key, cursor)) treeDelete(arena, tree, cursor);
  dropEmptyRoot(arena);
  if (dueTree(arena, due) !== 0) destroyTree(arena, dueTree(arena, due));
  release(arena, due);
  setDue(arena, record, 0);
}

function dropEmptyRoot(arena: Arena): void {
  const root = WORD_ROOTS + ROOT_FIELDS_DUE;
  const tree = arena.words[root];
  if (tree === 0 || treeCount(arena, tree) !== 0) return;
  destroyTree(arena, tree);
  arena.words[root] = 0;
}

/** Notes which key the hash belongs to: at first, and after RENAME. */
export function writeKeyOf(arena: Arena, record: number): void {
  const due = dueOf(arena, record) >> 2;
  if (due === 0) return;
  const start = keyOffset(record);
  const end = start + keyLength(arena, record);
  arena.words[due + DUE_SLOT] = keySlot(arena.bytes, start, end);
  arena.words[due + DUE_HASH] = hashKey(arena.bytes, start, end);
}

/** The soonest due block of a shard whose time has come, 0 if there is none. */
export function firstDue(arena: Arena, nowMs: number): number {
  const tree = arena.words[WORD_ROOTS + ROOT_FIELDS_DUE];
  if (tree === 0 || !seekFirst(arena, tree, cursor)) return 0;
  return entryNumber(arena, cursor) <= nowMs ? cursor.reference : 0;
}

/** Result of `findDueRecord`: the database of the record. */
export const dueOwner = { database: 0 };

/** The record of the hash that a due block belongs to. */
export function findDueRecord(store: Store, shard: Shard, due: number): number {
  const { arena } = shard;
  const { words } = arena;
  const local = words[(due >> 2) + DUE_SLOT] >>> store.shardShift;
  const hash = words[(due >> 2) + DUE_HASH];
  // Databases change their numbers (SWAPDB, MOVE), so the number is not noted.
  for (let database = 0; database < store.databases; database++) {
    const directory = words[databaseAt(arena, database) + DB_DIRECTORY];
    const table = directory === 0 ? 0 : words[(directory >> 2) + local];
    if (table === 0) continue;
    const record = findInChain(arena, homeBucket(words, table, hash), due);
    if (record === 0) continue;
    dueOwner.database = database;
    return record;
  }
  return 0;
}

function findInChain(arena: Arena, home: number, due: number): number {
  const { words } = arena;
  for (let bucket = home; bucket !== 0; bucket = words[(bucket >> 2) + BUCKET_NEXT]) {
    for (let place = 0; place < BUCKET_SLOTS; place++) {
      const record = words[(bucket >> 2) + BUCKET_ENTRIES + place];
      if (record === 0 || recordType(arena, record) !== TYPE_HASH) continue;
      if (dueOf(arena, record) === due) return record;
    }
  }
  return 0;
}
