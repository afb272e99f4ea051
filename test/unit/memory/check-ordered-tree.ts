/** Walks an ordered tree and throws where it does not fit together. */
import { usableSize } from '../../../src/memory/allocator.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import {
  HEIGHT_SHIFT,
  KIND_MASK,
  TREE_COUNT,
  TREE_HEAD_BYTES,
  TREE_ROOT,
  TREE_SHAPE,
} from '../../../src/memory/ordered-tree-cursor.ts';
import { KEY_WORDS } from '../../../src/memory/ordered-tree-key.ts';
import {
  entriesOf,
  INNER_CAPACITY,
  INNER_STRIDE,
  LEAF_CAPACITY,
  LEAF_STRIDE,
  NODE_BYTES,
  NODE_HEAD_WORDS,
} from '../../../src/memory/ordered-tree-node.ts';

export interface TreeFigures {
  readonly height: number;
  readonly leaves: number;
  /** Bytes of the head and all nodes. */
  readonly bytes: number;
  /** Indexes in `arena.words` of all entries, in order. */
  readonly entries: number[];
}

interface Walk {
  readonly arena: Arena;
  readonly kind: number;
  readonly height: number;
  readonly entries: number[];
  readonly seen: Set<number>;
  leaves: number;
  bytes: number;
}

function fail(what: string): never {
  throw new Error(`ordered tree: ${what}`);
}

function rootCapacity(arena: Arena, root: number, stride: number): number {
  return Math.floor((usableSize(arena, root) / 4 - NODE_HEAD_WORDS) / stride);
}

/** Number of entries below a node. */
function walkNode(walk: Walk, node: number, depth: number): number {
  const { arena, kind, height } = walk;
  const { words } = arena;
  const isLeaf = depth === height;
  const stride = isLeaf ? LEAF_STRIDE[kind] : INNER_STRIDE[kind];
  const count = words[node >> 2];
  if (walk.seen.has(node)) fail('a node is in two places');
  walk.seen.add(node);
  walk.bytes += usableSize(arena, node);
  const capacity = isLeaf ? LEAF_CAPACITY[kind] : INNER_CAPACITY[kind];
  if (height > 0 && usableSize(arena, node) !== NODE_BYTES) fail('a node of another size');
  if (count < 1 || count > (height === 0 ? rootCapacity(arena, node, stride) : capacity))
    fail(`count ${count}`);
  if (depth === 0 && height > 0 && count < 2) fail('a root with one child');
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const at = entriesOf(node) + index * stride;
    if (isLeaf) {
      if (words[at + stride - 1] === 0) fail('no reference');
      walk.entries.push(at);
      continue;
    }
    const first = walk.entries.length;
    const below = walkNode(walk, words[at + stride - 2], depth + 1);
    if (below !== words[at + stride - 1]) fail(`${below} entries below, not ${words[at + stride - 1]}`);
    for (let word = 0; word < LEAF_STRIDE[kind]; word++) {
      if (words[at + word] !== words[walk.entries[first] + word]) fail('not the smallest entry below');
    }
    sum += below;
  }
  if (isLeaf) walk.leaves += 1;
  return isLeaf ? count : sum;
}

export function checkTree(arena: Arena, tree: number): TreeFigures {
  const { words } = arena;
  const head = tree >> 2;
  const kind = words[head + TREE_SHAPE] & KIND_MASK;
  const height = words[head + TREE_SHAPE] >> HEIGHT_SHIFT;
  if (KEY_WORDS[kind] === undefined) fail(`kind ${kind}`);
  const walk: Walk = { arena, kind, height, entries: [], seen: new Set(), leaves: 0, bytes: TREE_HEAD_BYTES };
  const root = words[head + TREE_ROOT];
  const count = root === 0 ? 0 : walkNode(walk, root, 0);
  if (root === 0 && height !== 0) fail('an empty tree has a height');
  if (count !== words[head + TREE_COUNT]) fail('count of the tree');
  return { height, leaves: walk.leaves, bytes: walk.bytes, entries: walk.entries };
}
