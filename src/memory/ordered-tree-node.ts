/**
 * Nodes of the ordered tree: where things stand in them, and moving entries within and between them. Any thread that
 * holds the arena's lock. Must not know how entries compare, nor how one gets to a node.
 *
 * A node is a block of 512 bytes, eight cache lines: two words, the first of which counts the entries, then these.
 *
 *     leaf    key (0, 2 or 4 words), reference
 *     inner   key and reference of the smallest entry below, offset of the child, number of entries below
 *
 * A tree that is one leaf begins with 32 bytes and doubles its block as it grows. An inner entry is exactly the
 * smallest entry below it, so that no node refers to what is no longer in the tree.
 */
import { KEY_WORDS } from './ordered-tree-key.ts';

export const NODE_BYTES = 512;
export const NODE_HEAD_WORDS = 2;
export const SMALLEST_LEAF_BYTES = 32;

const ENTRY_WORDS = NODE_BYTES / 4 - NODE_HEAD_WORDS;

// By kind. An inner entry has the child behind the reference, and then the count.
export const LEAF_STRIDE: Int32Array = KEY_WORDS.map((words) => words + 1);
export const INNER_STRIDE: Int32Array = KEY_WORDS.map((words) => words + 3);
export const LEAF_CAPACITY: Int32Array = LEAF_STRIDE.map((stride) => Math.floor(ENTRY_WORDS / stride));
export const INNER_CAPACITY: Int32Array = INNER_STRIDE.map((stride) => Math.floor(ENTRY_WORDS / stride));

/** Index in `arena.words` of a node's first entry. */
export function entriesOf(node: number): number {
  return (node >> 2) + NODE_HEAD_WORDS;
}

/** Copies words within the arena; the ranges may overlap. Such runs are short, and no library call is. */
export function moveWords(words: Int32Array, from: number, to: number, count: number): void {
  if (to < from) {
    for (let at = 0; at < count; at++) words[to + at] = words[from + at];
  } else if (to > from) {
    for (let at = count - 1; at >= 0; at--) words[to + at] = words[from + at];
  }
}

/** Makes room for an entry at an index of a node that is not full, and counts it. */
export function openEntry(words: Int32Array, node: number, index: number, stride: number): void {
  const at = entriesOf(node) + Math.imul(index, stride);
  const count = words[node >> 2];
  moveWords(words, at, at + stride, Math.imul(count - index, stride));
  words[node >> 2] = count + 1;
}

/** Takes `removed` entries out of a node. */
export function closeEntries(
  words: Int32Array,
  node: number,
  index: number,
  removed: number,
  stride: number,
): void {
  const at = entriesOf(node) + Math.imul(index, stride);
  const count = words[node >> 2];
  const from = at + Math.imul(removed, stride);
  moveWords(words, from, at, Math.imul(count - index - removed, stride));
  words[node >> 2] = count - removed;
}

/** Entries of the tree below `count` entries of a node, from an index on. */
export function sumBelow(
  words: Int32Array,
  node: number,
  index: number,
  count: number,
  kind: number,
  isLeaf: boolean,
): number {
  if (isLeaf) return count;
  const stride = INNER_STRIDE[kind];
  let at = entriesOf(node) + Math.imul(index, stride) + stride - 1;
  let sum = 0;
  for (let left = count; left > 0; left--) {
    sum += words[at];
    at += stride;
  }
  return sum;
}

/** Moves the last `moved` entries of a node to the beginning of another one. */
function moveToBeginning(words: Int32Array, from: number, to: number, moved: number, stride: number): void {
  const kept = words[from >> 2] - moved;
  const size = Math.imul(moved, stride);
  const target = entriesOf(to);
  moveWords(words, target, target + size, Math.imul(words[to >> 2], stride));
  moveWords(words, entriesOf(from) + Math.imul(kept, stride), target, size);
  words[from >> 2] = kept;
  words[to >> 2] += moved;
}

/** Moves the first `moved` entries of a node to the end of another one. */
function moveToEnd(words: Int32Array, from: number, to: number, moved: number, stride: number): void {
  const count = words[to >> 2];
  const source = entriesOf(from);
  moveWords(words, source, entriesOf(to) + Math.imul(count, stride), Math.imul(moved, stride));
  closeEntries(words, from, 0, moved, stride);
  words[to >> 2] = count + moved;
}

/**
 * Moves entries between the children `index` and `index + 1` of a node, and says so in the node: `moved` entries go to
 * the right child, or -`moved` to the left one. The right child keeps or gets at least one.
 */
export function shiftEntries(
  words: Int32Array,
  kind: number,
  parent: number,
  index: number,
  moved: number,
  isLeaf: boolean,
): void {
  const stride = isLeaf ? LEAF_STRIDE[kind] : INNER_STRIDE[kind];
  const parentStride = INNER_STRIDE[kind];
  const left = entriesOf(parent) + Math.imul(index, parentStride);
  const right = left + parentStride;
  const leftNode = words[left + parentStride - 2];
  const rightNode = words[right + parentStride - 2];
  let below: number;
  if (moved > 0) {
    below = sumBelow(words, leftNode, words[leftNode >> 2] - moved, moved, kind, isLeaf);
    moveToBeginning(words, leftNode, rightNode, moved, stride);
  } else {
    below = -sumBelow(words, rightNode, 0, -moved, kind, isLeaf);
    moveToEnd(words, rightNode, leftNode, -moved, stride);
  }
  words[left + parentStride - 1] -= below;
  words[right + parentStride - 1] += below;
  moveWords(words, entriesOf(rightNode), right, LEAF_STRIDE[kind]);
}

/** Moves all entries of child `index + 1` to child `index` and takes it out of the node. The caller frees it. */
export function mergeEntries(
  words: Int32Array,
  kind: number,
  parent: number,
  index: number,
  isLeaf: boolean,
): void {
  const parentStride = INNER_STRIDE[kind];
  const left = entriesOf(parent) + Math.imul(index, parentStride);
  const right = left + parentStride;
  const rightNode = words[right + parentStride - 2];
  const stride = isLeaf ? LEAF_STRIDE[kind] : parentStride;
  moveToEnd(words, rightNode, words[left + parentStride - 2], words[rightNode >> 2], stride);
  words[left + parentStride - 1] += words[right + parentStride - 1];
  closeEntries(words, parent, index + 1, 1, parentStride);
}

/**
 * Moves the entries of child `index` from `at` on to `fresh`, a new block, which becomes child `index + 1` of the node.
 * The node has room. Where nothing is moved, the new child's key means nothing until something is put in.
 */
export function splitEntries(
  words: Int32Array,
  kind: number,
  parent: number,
  index: number,
  at: number,
  fresh: number,
  isLeaf: boolean,
): void {
  const parentStride = INNER_STRIDE[kind];
  const left = entriesOf(parent) + Math.imul(index, parentStride);
  const node = words[left + parentStride - 2];
  const stride = isLeaf ? LEAF_STRIDE[kind] : parentStride;
  const moved = words[node >> 2] - at;
  const below = sumBelow(words, node, at, moved, kind, isLeaf);
  words[fresh >> 2] = 0;
  words[(fresh >> 2) + 1] = 0;
  moveToBeginning(words, node, fresh, moved, stride);
  openEntry(words, parent, index + 1, parentStride);
  const right = left + parentStride;
  moveWords(words, entriesOf(fresh), right, LEAF_STRIDE[kind]);
  words[right + parentStride - 2] = fresh;
  words[right + parentStride - 1] = below;
  words[left + parentStride - 1] -= below;
}
