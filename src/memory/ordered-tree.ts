/**
 * The ordered tree: entries of a key and a reference in order, each entry's rank known. Sorted sets, streams, consumer
 * groups and orders of expiry are such trees. Any thread that holds the arena's lock. Must not know what references
 * lead to, except that trees by score and by bytes compare the keys of hash table entries: members are stored there.
 *
 * It is a B+ tree: nodes of eight cache lines (`ordered-tree-node.ts`), the number of entries below beside every child.
 * There are no links between leaves and none to parents; a cursor has the path (`ordered-tree-cursor.ts`). A leaf that
 * is full gives to a neighbour before it is split, and at either end of the tree a split leaves it full, so that what
 * grows in order fills its nodes.
 *
 * An insertion happens altogether or not at all: blocks for all new nodes are there before the first node is split.
 */
import { allocate, release, usableSize } from './allocator.ts';
import type { Arena } from './arena.ts';
import {
  findPath,
  HEIGHT_SHIFT,
  isFound,
  KIND_MASK,
  standOnPath,
  TREE_COUNT,
  TREE_HEAD_BYTES,
  TREE_OWNER,
  TREE_ROOT,
  TREE_SHAPE,
  type TreeCursor,
} from './ordered-tree-cursor.ts';
import { KEY_WORDS, type TreeKey, writeKey } from './ordered-tree-key.ts';
import {
  entriesOf,
  INNER_CAPACITY,
  INNER_STRIDE,
  LEAF_CAPACITY,
  LEAF_STRIDE,
  moveWords,
  NODE_BYTES,
  NODE_HEAD_WORDS,
  openEntry,
  SMALLEST_LEAF_BYTES,
  shiftEntries,
  splitEntries,
} from './ordered-tree-node.ts';

/** Results of `treeInsert`. */
export const TREE_NO_MEMORY = 0;
export const TREE_INSERTED = 1;
/** There is such an entry, and the cursor stands on it. */
export const TREE_EXISTS = 2;

/** Blocks for one insertion. One at a time is under way in a thread. */
const spares = new Int32Array(32);
let spareCount = 0;

/** An empty tree of one of the kinds in `ordered-tree-key.ts`. 0 when there is no memory. */
export function createTree(arena: Arena, kind: number): number {
  const tree = allocate(arena, TREE_HEAD_BYTES);
  if (tree === 0) return 0;
  const head = tree >> 2;
  const { words } = arena;
  words[head + TREE_SHAPE] = kind;
  words[head + TREE_ROOT] = 0;
  words[head + TREE_COUNT] = 0;
  words[head + TREE_OWNER] = 0;
  return tree;
}

/** Gives back all of the tree, but nothing that it refers to. */
export function destroyTree(arena: Arena, tree: number): void {
  clearTree(arena, tree);
  release(arena, tree);
}

/** Takes out all entries. */
export function clearTree(arena: Arena, tree: number): void {
  const head = tree >> 2;
  const { words } = arena;
  const shape = words[head + TREE_SHAPE];
  const root = words[head + TREE_ROOT];
  words[head + TREE_SHAPE] = shape & KIND_MASK;
  words[head + TREE_ROOT] = 0;
  words[head + TREE_COUNT] = 0;
  if (root !== 0) releaseNodes(arena, shape & KIND_MASK, root, shape >> HEIGHT_SHIFT);
}

function releaseNodes(arena: Arena, kind: number, node: number, levels: number): void {
  if (levels > 0) {
    const { words } = arena;
    const stride = INNER_STRIDE[kind];
    let at = entriesOf(node) + stride - 2;
    for (let left = words[node >> 2]; left > 0; left--) {
      releaseNodes(arena, kind, words[at], levels - 1);
      at += stride;
    }
  }
  release(arena, node);
}

/**
 * Puts in an entry with a reference, which is not 0. The key is no bound. Afterwards the cursor stands on the entry,
 * except when there is no memory: then nothing has changed, and it stands nowhere.
 */
export function treeInsert(
  arena: Arena,
  tree: number,
  key: TreeKey,
  reference: number,
  cursor: TreeCursor,
): number {
  if (!findPath(arena, tree, key, cursor)) {
    if (!plantRoot(arena, tree, cursor)) return TREE_NO_MEMORY;
  } else if (isFound(arena, key, cursor)) {
    standOnPath(arena, cursor);
    return TREE_EXISTS;
  }
  const { words } = arena;
  const leaf = cursor.nodes[cursor.height];
  if (words[leaf >> 2] === leafCapacity(arena, leaf, cursor) && !makeRoom(arena, tree, cursor)) {
    cursor.reference = 0;
    return TREE_NO_MEMORY;
  }
  putEntry(words, tree, key, reference, cursor);
  standOnPath(arena, cursor);
  return TREE_INSERTED;
}

/** The first leaf. */
function plantRoot(arena: Arena, tree: number, cursor: TreeCursor): boolean {
  const root = allocate(arena, SMALLEST_LEAF_BYTES);
  if (root === 0) return false;
  arena.words[root >> 2] = 0;
  arena.words[(root >> 2) + 1] = 0;
  arena.words[(tree >> 2) + TREE_ROOT] = root;
  cursor.nodes[0] = root;
  cursor.indexes[0] = 0;
  return true;
}

/** Only a root that is a leaf may be smaller than other nodes. */
function leafCapacity(arena: Arena, leaf: number, cursor: TreeCursor): number {
  if (cursor.height > 0) return LEAF_CAPACITY[cursor.kind];
  return Math.floor(((usableSize(arena, leaf) >> 2) - NODE_HEAD_WORDS) / LEAF_STRIDE[cursor.kind]);
}

/** Writes an entry at the end of the path, where there is room. */
function putEntry(
  words: Int32Array,
  tree: number,
  key: TreeKey,
  reference: number,
  cursor: TreeCursor,
): void {
  const { kind, height, nodes, indexes } = cursor;
  const keyWords = KEY_WORDS[kind];
  const leaf = nodes[height];
  const at = entriesOf(leaf) + Math.imul(indexes[height], keyWords + 1);
  openEntry(words, leaf, indexes[height], keyWords + 1);
  writeKey(words, at, keyWords, key);
  words[at + keyWords] = reference;
  addToCounts(words, tree, cursor, 1);
  if (indexes[height] === 0) refreshSmallest(words, cursor, height);
}

/** Adds to the counts all along the path, and to the tree's. */
export function addToCounts(words: Int32Array, tree: number, cursor: TreeCursor, added: number): void {
  const { height, nodes, indexes } = cursor;
  const stride = INNER_STRIDE[cursor.kind];
  for (let depth = 0; depth < height; depth++) {
    words[entriesOf(nodes[depth]) + Math.imul(indexes[depth], stride) + stride - 1] += added;
  }
  words[(tree >> 2) + TREE_COUNT] += added;
}

/** After the first entry of the node at `depth` of the path has changed: says so in the nodes above that show it. */
export function refreshSmallest(words: Int32Array, cursor: TreeCursor, depth: number): void {
  const { nodes, indexes } = cursor;
  const stride = INNER_STRIDE[cursor.kind];
  const size = LEAF_STRIDE[cursor.kind];
  const from = entriesOf(nodes[depth]);
  for (let level = depth - 1; level >= 0; level--) {
    moveWords(words, from, entriesOf(nodes[level]) + Math.imul(indexes[level], stride), size);
    if (indexes[level] > 0) return;
  }
}

/** Sees to it that the leaf at the end of the path has room, and corrects the path. False when there is no memory. */
function makeRoom(arena: Arena, tree: number, cursor: TreeCursor): boolean {
  if (cursor.height === 0 && usableSize(arena, cursor.nodes[0]) < NODE_BYTES) {
    return enlargeRoot(arena, tree, cursor);
  }
  const isAtEnd = isOnEdge(arena.words, cursor, true);
  const isAtBeginning = isOnEdge(arena.words, cursor, false);
  if (!isAtEnd && !isAtBeginning && cursor.height > 0 && giveToNeighbour(arena.words, cursor)) return true;
  return split(arena, tree, cursor, isAtBeginning, isAtEnd);
}

function enlargeRoot(arena: Arena, tree: number, cursor: TreeCursor): boolean {
  const { words } = arena;
  const root = cursor.nodes[0];
  const larger = allocate(arena, 2 * usableSize(arena, root));
  if (larger === 0) return false;
  moveWords(
    words,
    root >> 2,
    larger >> 2,
    NODE_HEAD_WORDS + Math.imul(words[root >> 2], LEAF_STRIDE[cursor.kind]),
  );
  words[(tree >> 2) + TREE_ROOT] = larger;
  cursor.nodes[0] = larger;
  release(arena, root);
  return true;
}

/** Whether the path leads before the first entry of the tree, or behind the last. */
function isOnEdge(words: Int32Array, cursor: TreeCursor, atEnd: boolean): boolean {
  const { height, nodes, indexes } = cursor;
  if (indexes[height] !== (atEnd ? words[nodes[height] >> 2] : 0)) return false;
  for (let depth = 0; depth < height; depth++) {
    if (indexes[depth] !== (atEnd ? words[nodes[depth] >> 2] - 1 : 0)) return false;
  }
  return true;
}

/** Half of what a neighbour has to spare, if that is worth while. */
function giveToNeighbour(words: Int32Array, cursor: TreeCursor): boolean {
  const { kind, height, nodes, indexes } = cursor;
  const parent = nodes[height - 1];
  const index = indexes[height - 1];
  const stride = INNER_STRIDE[kind];
  const child = entriesOf(parent) + Math.imul(index, stride) + stride - 2;
  const capacity = LEAF_CAPACITY[kind];
  const enough = capacity - (capacity >> 3);
  const place = indexes[height];
  if (index > 0) {
    const left = words[child - stride];
    const count = words[left >> 2];
    if (count <= enough) {
      const moved = (capacity - count + 1) >> 1;
      shiftEntries(words, kind, parent, index - 1, -moved, true);
      if (place > moved) indexes[height] = place - moved;
      else {
        indexes[height] = count + place;
        indexes[height - 1] = index - 1;
        nodes[height] = left;
      }
      return true;
    }
  }
  if (index + 1 === words[parent >> 2]) return false;
  const right = words[child + stride];
  const count = words[right >> 2];
  if (count > enough) return false;
  const moved = (capacity - count + 1) >> 1;
  shiftEntries(words, kind, parent, index, moved, true);
  if (place > capacity - moved) {
    indexes[height] = place - (capacity - moved);
    indexes[height - 1] = index + 1;
    nodes[height] = right;
  }
  return true;
}

/** Splits the leaf and all full nodes above it, from the top down. */
function split(
  arena: Arena,
  tree: number,
  cursor: TreeCursor,
  atBeginning: boolean,
  atEnd: boolean,
): boolean {
  const { words } = arena;
  const { kind, height, nodes, indexes } = cursor;
  let depth = height;
  while (depth > 0 && words[nodes[depth - 1] >> 2] === INNER_CAPACITY[kind]) depth--;
  if (!prepare(arena, height - depth + (depth === 0 ? 2 : 1))) return false;
  if (depth === 0) {
    raiseRoot(words, tree, cursor);
    depth = 1;
  }
  for (; depth <= cursor.height; depth++) {
    const isLeaf = depth === cursor.height;
    const count = words[nodes[depth] >> 2];
    // At the edges nothing will come between what is there, so it is left in as few nodes as possible.
    let at = count >> 1;
    if (atEnd) at = isLeaf ? count : count - 1;
    else if (atBeginning) at = isLeaf ? 0 : 1;
    const fresh = spares[--spareCount];
    splitEntries(words, kind, nodes[depth - 1], indexes[depth - 1], at, fresh, isLeaf);
    const place = indexes[depth];
    if (isLeaf ? place > at || (atEnd && place === at) : place >= at) {
      nodes[depth] = fresh;
      indexes[depth] = place - at;
      indexes[depth - 1] += 1;
    }
  }
  return true;
}

/** Allocates the blocks for new nodes, all or none. */
function prepare(arena: Arena, count: number): boolean {
  spareCount = 0;
  while (spareCount < count) {
    const block = allocate(arena, NODE_BYTES);
    if (block === 0) {
      while (spareCount > 0) release(arena, spares[--spareCount]);
      return false;
    }
    spares[spareCount++] = block;
  }
  return true;
}

/** Puts a root above the root, and makes it the path's first node. */
function raiseRoot(words: Int32Array, tree: number, cursor: TreeCursor): void {
  const { kind, height, nodes, indexes } = cursor;
  const head = tree >> 2;
  const old = nodes[0];
  const root = spares[--spareCount];
  const at = entriesOf(root);
  words[root >> 2] = 1;
  words[(root >> 2) + 1] = 0;
  moveWords(words, entriesOf(old), at, LEAF_STRIDE[kind]);
  words[at + LEAF_STRIDE[kind]] = old;
  words[at + LEAF_STRIDE[kind] + 1] = words[head + TREE_COUNT];
  for (let depth = height; depth >= 0; depth--) {
    nodes[depth + 1] = nodes[depth];
    indexes[depth + 1] = indexes[depth];
  }
  nodes[0] = root;
  indexes[0] = 0;
  cursor.height = height + 1;
  words[head + TREE_ROOT] = root;
  words[head + TREE_SHAPE] = kind | ((height + 1) << HEIGHT_SHIFT);
}
