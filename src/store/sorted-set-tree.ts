/**
 * A large sorted set: a tree by score, whose owner's word is a hash table by member; both lead to the same entries. Any
 * thread that holds the shard's lock. Each change happens altogether or not at all. Bytes that are given must not be
 * those of the entry that is taken out.
 */
import { release, usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { hashKey } from '../memory/hash.ts';
import {
  createTable,
  destroyTable,
  entryHash,
  findEntry,
  insertEntry,
  removeEntry,
  tableBytes,
} from '../memory/hash-table.ts';
import { createTree, destroyTree, TREE_INSERTED, treeInsert } from '../memory/ordered-tree.ts';
import { treeChangeScore, treeDelete, treeDeleteRange } from '../memory/ordered-tree-change.ts';
import {
  seekEqual,
  seekRank,
  TREE_OWNER,
  TreeCursor,
  treeCount,
  treeNext,
  treeRank,
} from '../memory/ordered-tree-cursor.ts';
import { setScoreKey, TREE_BY_SCORE, TreeKey } from '../memory/ordered-tree-key.ts';
import { ENTRY_KEY } from '../memory/table-layout.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import { DISCARDED_ENTRIES, DISCARDED_TREE, discard } from './discarded.ts';
import { entryScore, makeScoreEntry, memberEnd, setEntryScore } from './sorted-set-entry.ts';

const key = new TreeKey();
const cursor = new TreeCursor();
const found = new EntryList();
/** Entries whose sizes are asked for to guess the others'. */
const SAMPLED = 32;
/** Bytes of tree for an entry, as measured: `docs/engine-memory.md`. */
const TREE_BYTES_PER_ENTRY = 15;

/** An empty set. 0 without memory. */
export function createScores(arena: Arena): number {
  const tree = createTree(arena, TREE_BY_SCORE);
  if (tree === 0) return 0;
  const table = createTable(arena);
  if (table === 0) {
    destroyTree(arena, tree);
    return 0;
  }
  arena.words[(tree >> 2) + TREE_OWNER] = table;
  return tree;
}

/** The hash table of a set. */
export function scoreTable(arena: Arena, tree: number): number {
  return arena.words[(tree >> 2) + TREE_OWNER];
}

export function freeScores(arena: Arena, tree: number): void {
  const table = scoreTable(arena, tree);
  if (!discard(arena, DISCARDED_ENTRIES, table)) freeEntries(arena, table);
  if (!discard(arena, DISCARDED_TREE, tree)) destroyTree(arena, tree);
}

function freeEntries(arena: Arena, table: number): void {
  let place = 0;
  do {
    found.count = 0;
    place = scanBucket(arena, table, place, found);
    for (let at = 0; at < found.count; at++) release(arena, found.entries[at]);
  } while (place !== 0);
  destroyTable(arena, table);
}

/** Bytes of all blocks; of the entries, a guess from a few. */
export function scoresBytes(arena: Arena, tree: number): number {
  const table = scoreTable(arena, tree);
  const count = treeCount(arena, tree);
  let bytes = 0;
  found.count = 0;
  let place = 0;
  do place = scanBucket(arena, table, place, found);
  while (place !== 0 && found.count < SAMPLED);
  for (let at = 0; at < found.count; at++) bytes += usableSize(arena, found.entries[at]);
  const each = bytes / Math.max(1, found.count) + TREE_BYTES_PER_ENTRY;
  return tableBytes(arena, table) + Math.round(each * count);
}

/** The entry of a member, or 0. */
export function findScoreEntry(
  arena: Arena,
  tree: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  return findEntry(arena, scoreTable(arena, tree), hashKey(bytes, start, end), bytes, start, end);
}

/** Adds a member that is not there. False without memory. */
export function insertScoreEntry(
  arena: Arena,
  tree: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  score: number,
): boolean {
  const entry = makeScoreEntry(arena, bytes, start, end, score);
  if (entry === 0) return false;
  setScoreKey(key, score, bytes, start, end);
  if (treeInsert(arena, tree, key, entry, cursor) !== TREE_INSERTED) {
    release(arena, entry);
    return false;
  }
  if (insertEntry(arena, scoreTable(arena, tree), hashKey(bytes, start, end), entry)) return true;
  treeDelete(arena, tree, cursor);
  release(arena, entry);
  return false;
}

/** To the tree's place of an entry. */
function seekEntry(arena: Arena, tree: number, entry: number): void {
  setScoreKey(key, entryScore(arena, entry), arena.bytes, entry + ENTRY_KEY, memberEnd(arena, entry));
  seekEqual(arena, tree, key, cursor);
}

/** Gives an entry another score. False without memory. */
export function changeScoreEntry(arena: Arena, tree: number, entry: number, score: number): boolean {
  seekEntry(arena, tree, entry);
  setScoreKey(key, score, arena.bytes, entry + ENTRY_KEY, memberEnd(arena, entry));
  if (!treeChangeScore(arena, tree, key, cursor)) return false;
  setEntryScore(arena, entry, score);
  return true;
}

export function removeScoreEntry(arena: Arena, tree: number, entry: number): void {
  seekEntry(arena, tree, entry);
  treeDelete(arena, tree, cursor);
  removeEntry(arena, scoreTable(arena, tree), entryHash(arena, entry), entry);
  release(arena, entry);
}

/** How many members come before an entry's. */
export function scoreEntryRank(arena: Arena, tree: number, entry: number): number {
  seekEntry(arena, tree, entry);
  return treeRank(arena, cursor);
}

/** Takes out `count` members, which are there, from a rank on. */
export function removeScoreRanks(arena: Arena, tree: number, rank: number, count: number): void {
  const table = scoreTable(arena, tree);
  seekRank(arena, tree, rank, cursor);
  for (let left = count; left > 0; left--) {
    const entry = cursor.reference;
    removeEntry(arena, table, entryHash(arena, entry), entry);
    release(arena, entry);
    // References to what is gone are not followed.
    if (left > 1) treeNext(arena, cursor);
  }
  treeDeleteRange(arena, tree, rank, count, cursor);
}
