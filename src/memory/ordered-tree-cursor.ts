/**
 * Going about in an ordered tree: to a key, to a rank, forwards, backwards, and what rank that is. Any thread that
 * holds the arena's lock. Changes nothing and makes no garbage: a position is a path kept in a cursor that is used
 * again. Must not know how the tree is changed.
 */
import type { Arena } from './arena.ts';
import { countBefore, doubleOf, isEqual, KEY_WORDS, type TreeKey } from './ordered-tree-key.ts';
import { entriesOf, INNER_STRIDE, LEAF_STRIDE, sumBelow } from './ordered-tree-node.ts';

// The head of a tree, in words.
export const TREE_HEAD_BYTES = 16;
/** Kind (8 bits), and above it the height: 0 where the root is a leaf. */
export const TREE_SHAPE = 0;
/** Offset of the root, 0 of an empty tree. */
export const TREE_ROOT = 1;
/** Number of entries. */
export const TREE_COUNT = 2;
/** For whoever owns the tree; 0 at first. */
export const TREE_OWNER = 3;

export const HEIGHT_SHIFT = 8;
export const KIND_MASK = 0xff;
/** Nodes have at least six children but for those at the edges, and there are fewer than 2^27 nodes. */
const MAX_LEVELS = 24;

/**
 * A position in a tree. Made once and used again. A change of the tree makes it stale, except that after an insertion
 * it stands on what was put in.
 */
export class TreeCursor {
  /** The reference of the entry it stands on; 0 where it stands on none. */
  reference = 0;
  /** Index in `arena.words` of the entry; its key begins there. */
  entry = 0;
  kind = 0;
  height = 0;
  /** From the root to the leaf, `height` + 1 nodes, and in each the index of the entry the path goes through. */
  readonly nodes: Int32Array = new Int32Array(MAX_LEVELS);
  readonly indexes: Int32Array = new Int32Array(MAX_LEVELS);
}

export function treeCount(arena: Arena, tree: number): number {
  return arena.words[(tree >> 2) + TREE_COUNT];
}

/** Shows what is at the end of the path. False where the tree has nothing there. */
function stand(words: Int32Array, cursor: TreeCursor): boolean {
  const { height } = cursor;
  const keyWords = KEY_WORDS[cursor.kind];
  const at = entriesOf(cursor.nodes[height]) + Math.imul(cursor.indexes[height], keyWords + 1);
  cursor.entry = at;
  cursor.reference = words[at + keyWords];
  return true;
}

function leave(cursor: TreeCursor): boolean {
  cursor.reference = 0;
  cursor.entry = 0;
  return false;
}

/** Begins a path at the root. False where the tree is empty. */
function begin(words: Int32Array, tree: number, cursor: TreeCursor): boolean {
  const shape = words[(tree >> 2) + TREE_SHAPE];
  const root = words[(tree >> 2) + TREE_ROOT];
  cursor.kind = shape & KIND_MASK;
  cursor.height = shape >> HEIGHT_SHIFT;
  cursor.nodes[0] = root;
  return root !== 0 || leave(cursor);
}

/**
 * The path to where the key belongs: before the first entry that is not before it, or if `orEqual` that is after it.
 * That may be behind the last entry of a leaf. The tree is not empty, and the path begins at the root.
 */
function follow(arena: Arena, key: TreeKey, orEqual: boolean, cursor: TreeCursor): void {
  const { words } = arena;
  const { kind, height, nodes, indexes } = cursor;
  const stride = INNER_STRIDE[kind];
  // The smallest entry of a child is never below what is equal to it, unless several entries are.
  const intoEqual = orEqual || !key.isBound;
  let node = nodes[0];
  for (let depth = 0; depth < height; depth++) {
    const base = entriesOf(node);
    const before = countBefore(arena, kind, base, words[node >> 2], stride, key, intoEqual);
    const index = before === 0 ? 0 : before - 1;
    indexes[depth] = index;
    node = words[base + Math.imul(index, stride) + stride - 2];
    nodes[depth + 1] = node;
  }
  const base = entriesOf(node);
  indexes[height] = countBefore(arena, kind, base, words[node >> 2], LEAF_STRIDE[kind], key, orEqual);
}

/** For changes: the path to where the key is or belongs. False where the tree is empty. */
export function findPath(arena: Arena, tree: number, key: TreeKey, cursor: TreeCursor): boolean {
  if (!begin(arena.words, tree, cursor)) return false;
  follow(arena, key, false, cursor);
  return true;
}

/** Whether the entry at the end of a path of `findPath` is the key's. */
export function isFound(arena: Arena, key: TreeKey, cursor: TreeCursor): boolean {
  const { kind, height } = cursor;
  const node = cursor.nodes[height];
  const index = cursor.indexes[height];
  if (index === arena.words[node >> 2]) return false;
  return isEqual(arena, kind, entriesOf(node) + Math.imul(index, LEAF_STRIDE[kind]), key);
}

/** Shows the entry that an insertion has put at the end of the path. */
export function standOnPath(arena: Arena, cursor: TreeCursor): void {
  stand(arena.words, cursor);
}

/** To the entry that is exactly the key, which is no bound. False, and the cursor stands on none, if there is none. */
export function seekEqual(arena: Arena, tree: number, key: TreeKey, cursor: TreeCursor): boolean {
  if (!findPath(arena, tree, key, cursor)) return false;
  if (!isFound(arena, key, cursor)) return leave(cursor);
  return stand(arena.words, cursor);
}

/** To the first entry that is not before the key. False, and the cursor stands on none, where there is none. */
export function seekFrom(arena: Arena, tree: number, key: TreeKey, cursor: TreeCursor): boolean {
  if (!begin(arena.words, tree, cursor)) return false;
  follow(arena, key, false, cursor);
  return settle(arena.words, cursor);
}

/** To the first entry that is after the key. False, and the cursor stands on none, where there is none. */
export function seekAfter(arena: Arena, tree: number, key: TreeKey, cursor: TreeCursor): boolean {
  if (!begin(arena.words, tree, cursor)) return false;
  follow(arena, key, true, cursor);
  return settle(arena.words, cursor);
}

/** To the last entry that is not after the key. False, and the cursor stands on none, where there is none. */
export function seekUpTo(arena: Arena, tree: number, key: TreeKey, cursor: TreeCursor): boolean {
  if (!begin(arena.words, tree, cursor)) return false;
  follow(arena, key, true, cursor);
  return treePrevious(arena, cursor);
}

/** To the last entry that is before the key. False, and the cursor stands on none, where there is none. */
export function seekBefore(arena: Arena, tree: number, key: TreeKey, cursor: TreeCursor): boolean {
  if (!begin(arena.words, tree, cursor)) return false;
  follow(arena, key, false, cursor);
  return treePrevious(arena, cursor);
}

/** From behind the last entry of a leaf to the first one of the next. */
function settle(words: Int32Array, cursor: TreeCursor): boolean {
  const { height } = cursor;
  if (cursor.indexes[height] < words[cursor.nodes[height] >> 2]) return stand(words, cursor);
  return toNextLeaf(words, cursor);
}

export function seekFirst(arena: Arena, tree: number, cursor: TreeCursor): boolean {
  const { words } = arena;
  if (!begin(words, tree, cursor)) return false;
  cursor.indexes[0] = 0;
  goDown(words, cursor, 0, false);
  return stand(words, cursor);
}

export function seekLast(arena: Arena, tree: number, cursor: TreeCursor): boolean {
  const { words } = arena;
  if (!begin(words, tree, cursor)) return false;
  cursor.indexes[0] = words[cursor.nodes[0] >> 2] - 1;
  goDown(words, cursor, 0, true);
  return stand(words, cursor);
}

/** Completes a path whose indexes are right down to `depth`, along the first or the last entries. */
function goDown(words: Int32Array, cursor: TreeCursor, depth: number, atEnd: boolean): void {
  const { kind, height, nodes, indexes } = cursor;
  const stride = INNER_STRIDE[kind];
  for (let level = depth; level < height; level++) {
    const node = words[entriesOf(nodes[level]) + Math.imul(indexes[level], stride) + stride - 2];
    nodes[level + 1] = node;
    indexes[level + 1] = atEnd ? words[node >> 2] - 1 : 0;
  }
}

/** To the entry with a rank: the number of entries before it. False, and it stands on none, if there are fewer. */
export function seekRank(arena: Arena, tree: number, rank: number, cursor: TreeCursor): boolean {
  const { words } = arena;
  if (!begin(words, tree, cursor) || rank < 0 || rank >= treeCount(arena, tree)) return leave(cursor);
  const { kind, height, nodes, indexes } = cursor;
  const stride = INNER_STRIDE[kind];
  let left = rank;
  let node = nodes[0];
  for (let depth = 0; depth < height; depth++) {
    const base = entriesOf(node) + stride - 1;
    let at = base;
    while (left >= words[at]) {
      left -= words[at];
      at += stride;
    }
    indexes[depth] = (at - base) / stride;
    node = words[at - 1];
    nodes[depth + 1] = node;
  }
  indexes[height] = left;
  return stand(words, cursor);
}

/** Number of entries before the one the cursor stands on, or before the end of its path. */
export function treeRank(arena: Arena, cursor: TreeCursor): number {
  const { words } = arena;
  const { kind, height, nodes, indexes } = cursor;
  let rank = indexes[height];
  for (let depth = 0; depth < height; depth++) {
    rank += sumBelow(words, nodes[depth], 0, indexes[depth], kind, false);
  }
  return rank;
}

/** Number of entries before the key, or not after it if `orEqual`. The cursor's position is lost. */
export function countEntriesBefore(
  arena: Arena,
  tree: number,
  key: TreeKey,
  orEqual: boolean,
  cursor: TreeCursor,
): number {
  if (!begin(arena.words, tree, cursor)) return 0;
  follow(arena, key, orEqual, cursor);
  return treeRank(arena, cursor);
}

/** From the entry it stands on to the next. False, and it stands on none, at the end. */
export function treeNext(arena: Arena, cursor: TreeCursor): boolean {
  const { words } = arena;
  const { height } = cursor;
  const index = cursor.indexes[height] + 1;
  if (index === words[cursor.nodes[height] >> 2]) return toNextLeaf(words, cursor);
  cursor.indexes[height] = index;
  return stand(words, cursor);
}

function toNextLeaf(words: Int32Array, cursor: TreeCursor): boolean {
  const { nodes, indexes } = cursor;
  for (let depth = cursor.height - 1; depth >= 0; depth--) {
    if (indexes[depth] + 1 === words[nodes[depth] >> 2]) continue;
    indexes[depth] += 1;
    goDown(words, cursor, depth, false);
    return stand(words, cursor);
  }
  return leave(cursor);
}

/** From the entry it stands on to the one before. False, and it stands on none, at the beginning. */
export function treePrevious(arena: Arena, cursor: TreeCursor): boolean {
  const { words } = arena;
  const { height, indexes } = cursor;
  if (indexes[height] > 0) {
    indexes[height] -= 1;
    return stand(words, cursor);
  }
  for (let depth = height - 1; depth >= 0; depth--) {
    if (indexes[depth] === 0) continue;
    indexes[depth] -= 1;
    goDown(words, cursor, depth, true);
    return stand(words, cursor);
  }
  return leave(cursor);
}

/** Score or time of the entry the cursor stands on; -0 has become 0. */
export function entryNumber(arena: Arena, cursor: TreeCursor): number {
  return doubleOf(arena.words[cursor.entry], arena.words[cursor.entry + 1]);
}

/** A part of the id of the entry the cursor stands on: 0 to 3 as `setIdKey` takes them. Signed 32 bits. */
export function entryIdPart(arena: Arena, cursor: TreeCursor, part: number): number {
  return arena.words[cursor.entry + part] ^ 0x8000_0000;
}
