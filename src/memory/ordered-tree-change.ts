/**
 * Taking entries out of an ordered tree, and changing them. Any thread that holds the arena's lock. Nothing here needs
 * memory, but for an entry whose score changes so much that it must move.
 */
import { allocate, release, usableSize } from './allocator.ts';
import type { Arena } from './arena.ts';
import { addToCounts, refreshSmallest, TREE_INSERTED, treeInsert } from './ordered-tree.ts';
import {
  HEIGHT_SHIFT,
  seekEqual,
  seekRank,
  TREE_ROOT,
  TREE_SHAPE,
  type TreeCursor,
  treeCount,
} from './ordered-tree-cursor.ts';
import { countBefore, isEqual, KEY_WORDS, type TreeKey, writeKey } from './ordered-tree-key.ts';
import {
  closeEntries,
  entriesOf,
  INNER_CAPACITY,
  INNER_STRIDE,
  LEAF_CAPACITY,
  LEAF_STRIDE,
  mergeEntries,
  moveWords,
  NODE_HEAD_WORDS,
  SMALLEST_LEAF_BYTES,
  shiftEntries,
} from './ordered-tree-node.ts';

/** Takes out the entry the cursor stands on; the cursor stands nowhere afterwards. */
export function treeDelete(arena: Arena, tree: number, cursor: TreeCursor): void {
  removeRun(arena, tree, cursor, 1);
}

/** Takes out `count` entries from a rank on, or as many as there are. Their references are not followed. */
export function treeDeleteRange(
  arena: Arena,
  tree: number,
  rank: number,
  count: number,
  cursor: TreeCursor,
): void {
  let left = Math.min(count, treeCount(arena, tree) - rank);
  while (left > 0) {
    seekRank(arena, tree, rank, cursor);
    const { height } = cursor;
    const inLeaf = arena.words[cursor.nodes[height] >> 2] - cursor.indexes[height];
    const removed = Math.min(left, inLeaf);
    removeRun(arena, tree, cursor, removed);
    left -= removed;
  }
}

/** Has the entry the cursor stands on refer to something else. The order of the tree must not change by that. */
export function setReference(arena: Arena, cursor: TreeCursor, reference: number): void {
  const { words } = arena;
  words[cursor.entry + KEY_WORDS[cursor.kind]] = reference;
  cursor.reference = reference;
  if (cursor.indexes[cursor.height] === 0) refreshSmallest(words, cursor, cursor.height);
}

/**
 * Gives the entry the cursor stands on another score: the one of `key`, whose bytes are those of the entry. Afterwards
 * the cursor stands nowhere. False when there is no memory, and nothing has changed.
 */
export function treeChangeScore(arena: Arena, tree: number, key: TreeKey, cursor: TreeCursor): boolean {
  const { words } = arena;
  const { entry, kind, reference, height } = cursor;
  const index = cursor.indexes[height];
  const leaf = cursor.nodes[height];
  const stride = LEAF_STRIDE[kind];
  if (index > 0 && index + 1 < words[leaf >> 2]) {
    const isAfterLast = countBefore(arena, kind, entry - stride, 1, stride, key, false) === 1;
    const isBeforeNext = countBefore(arena, kind, entry + stride, 1, stride, key, true) === 0;
    if (isAfterLast && isBeforeNext) {
      writeKey(words, entry, KEY_WORDS[kind], key);
      cursor.reference = 0;
      return true;
    }
  }
  if (isEqual(arena, kind, entry, key)) {
    cursor.reference = 0;
    return true;
  }
  const first = words[entry];
  const second = words[entry + 1];
  if (treeInsert(arena, tree, key, reference, cursor) !== TREE_INSERTED) return false;
  key.first = first;
  key.second = second;
  seekEqual(arena, tree, key, cursor);
  removeRun(arena, tree, cursor, 1);
  return true;
}

/** Takes out `removed` entries of one leaf, beginning with the one the cursor stands on. */
function removeRun(arena: Arena, tree: number, cursor: TreeCursor, removed: number): void {
  const { words } = arena;
  const { kind, height, nodes, indexes } = cursor;
  const leaf = nodes[height];
  closeEntries(words, leaf, indexes[height], removed, LEAF_STRIDE[kind]);
  addToCounts(words, tree, cursor, -removed);
  cursor.reference = 0;
  cursor.entry = 0;
  const count = words[leaf >> 2];
  if (count > 0 && indexes[height] === 0) refreshSmallest(words, cursor, height);
  if (height === 0) {
    reduceRoot(arena, tree, leaf, kind);
    return;
  }
  if (count >= (LEAF_CAPACITY[kind] * 3) >> 3) return;
  for (let depth = height; depth > 0; depth--) if (!refill(arena, cursor, depth)) break;
  lowerRoot(arena, tree, kind);
}

/**
 * Joins the node at `depth` of the path with a neighbour, or takes from one, where it has become too small. False where
 * nothing changes above.
 */
function refill(arena: Arena, cursor: TreeCursor, depth: number): boolean {
  const { words } = arena;
  const { kind, nodes, indexes } = cursor;
  const isLeaf = depth === cursor.height;
  const node = nodes[depth];
  const parent = nodes[depth - 1];
  const index = indexes[depth - 1];
  const count = words[node >> 2];
  const capacity = isLeaf ? LEAF_CAPACITY[kind] : INNER_CAPACITY[kind];
  const stride = INNER_STRIDE[kind];
  if (count === 0) {
    closeEntries(words, parent, index, 1, stride);
    release(arena, node);
    if (index === 0 && words[parent >> 2] > 0) refreshSmallest(words, cursor, depth - 1);
    return true;
  }
  if (count >= (capacity * 3) >> 3) return false;
  if (words[parent >> 2] === 1) return true;
  const left = index > 0 ? index - 1 : index;
  const at = entriesOf(parent) + Math.imul(left, stride) + stride - 2;
  const leftCount = words[words[at] >> 2];
  const rightNode = words[at + stride];
  const rightCount = words[rightNode >> 2];
  if (leftCount + rightCount > (capacity * 7) >> 3) {
    shiftEntries(words, kind, parent, left, (leftCount - rightCount) >> 1, isLeaf);
    return false;
  }
  mergeEntries(words, kind, parent, left, isLeaf);
  release(arena, rightNode);
  return true;
}

/** Takes away roots with one child. */
function lowerRoot(arena: Arena, tree: number, kind: number): void {
  const { words } = arena;
  const head = tree >> 2;
  let height = words[head + TREE_SHAPE] >> HEIGHT_SHIFT;
  let root = words[head + TREE_ROOT];
  while (height > 0 && words[root >> 2] <= 1) {
    const child = words[root >> 2] === 0 ? 0 : words[entriesOf(root) + LEAF_STRIDE[kind]];
    release(arena, root);
    root = child;
    height = child === 0 ? 0 : height - 1;
  }
  words[head + TREE_ROOT] = root;
  words[head + TREE_SHAPE] = kind | (height << HEIGHT_SHIFT);
}

/** A root that is a leaf goes when it is empty, and into a smaller block when it needs a quarter of its own. */
function reduceRoot(arena: Arena, tree: number, root: number, kind: number): void {
  const { words } = arena;
  const count = words[root >> 2];
  if (count === 0) {
    words[(tree >> 2) + TREE_ROOT] = 0;
    release(arena, root);
    return;
  }
  const size = NODE_HEAD_WORDS + Math.imul(count, LEAF_STRIDE[kind]);
  let bytes = usableSize(arena, root);
  if (16 * size > bytes || bytes <= SMALLEST_LEAF_BYTES) return;
  while (bytes > SMALLEST_LEAF_BYTES && bytes >= 16 * size) bytes >>= 1;
  const smaller = allocate(arena, bytes);
  if (smaller === 0) return;
  moveWords(words, root >> 2, smaller >> 2, size);
  words[(tree >> 2) + TREE_ROOT] = smaller;
  release(arena, root);
}
