/** What the keyspace needs of streams: freeing, copying, measuring. Any worker thread that holds the shard's lock. */
import { allocate, release, usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { createTree, destroyTree, treeInsert } from '../memory/ordered-tree.ts';
import { seekFirst, TreeCursor, treeCount, treeNext } from '../memory/ordered-tree-cursor.ts';
import { TREE_BY_ID, TreeKey } from '../memory/ordered-tree-key.ts';
import { copyPackedTo } from '../memory/packed-room.ts';
import { valueOffset } from './record.ts';
import {
  STREAM_VALUE_BYTES,
  STREAM_VALUE_WORDS,
  setStreamGroups,
  setStreamTree,
  streamGroups,
  streamTree,
} from './stream.ts';
import { copyGroups, freeGroups, groupsBytes, groupsEffort } from './stream-group-hooks.ts';
import { idOfEntry, keyOfId, StreamId } from './stream-id.ts';
import { NODE_BLOB, NODE_BYTES } from './stream-node.ts';
import { registerType, TYPE_STREAM } from './types.ts';

/** Nodes that MEMORY USAGE looks at. */
const SAMPLES = 5;
/** Bytes of the tree of nodes for each of them. */
const TREE_ENTRY_BYTES = 22;

const from = new TreeCursor();
const to = new TreeCursor();
const key = new TreeKey();
const id = new StreamId();

function freeNodes(arena: Arena, tree: number): void {
  for (let found = seekFirst(arena, tree, from); found; found = treeNext(arena, from)) {
    release(arena, arena.words[(from.reference >> 2) + NODE_BLOB]);
    release(arena, from.reference);
  }
  destroyTree(arena, tree);
}

/** A tree of copies of all nodes. 0 without memory. */
function copyNodes(arena: Arena, tree: number, target: Arena): number {
  const copy = createTree(target, TREE_BY_ID);
  if (copy === 0) return 0;
  for (let found = seekFirst(arena, tree, from); found; found = treeNext(arena, from)) {
    const node = copyNode(arena, from.reference, target);
    idOfEntry(arena, from, id);
    keyOfId(key, id);
    if (node !== 0 && treeInsert(target, copy, key, node, to) !== 0) continue;
    if (node !== 0) {
      release(target, target.words[(node >> 2) + NODE_BLOB]);
      release(target, node);
    }
    freeNodes(target, copy);
    return 0;
  }
  return copy;
}

function copyNode(arena: Arena, node: number, target: Arena): number {
  const blob = copyPackedTo(arena, arena.words[(node >> 2) + NODE_BLOB], target);
  if (blob === 0) return 0;
  const copy = allocate(target, NODE_BYTES);
  if (copy === 0) {
    release(target, blob);
    return 0;
  }
  for (let word = 0; word < NODE_BYTES >> 2; word++) {
    target.words[(copy >> 2) + word] = arena.words[(node >> 2) + word];
  }
  target.words[(copy >> 2) + NODE_BLOB] = blob;
  return copy;
}

function copyStream(arena: Arena, record: number, target: Arena, copy: number): boolean {
  const tree = copyNodes(arena, streamTree(arena, record), target);
  if (tree === 0) return false;
  const source = valueOffset(arena, record) >> 2;
  const at = valueOffset(target, copy) >> 2;
  for (let word = 0; word < STREAM_VALUE_WORDS; word++) target.words[at + word] = arena.words[source + word];
  setStreamTree(target, copy, tree);
  setStreamGroups(target, copy, 0);
  if (copyGroups(arena, record, target, copy)) return true;
  freeNodes(target, tree);
  return false;
}

function sizeBytes(arena: Arena, record: number): number {
  const tree = streamTree(arena, record);
  const count = treeCount(arena, tree);
  let seen = 0;
  let bytes = 0;
  for (let found = seekFirst(arena, tree, from); found && seen < SAMPLES; found = treeNext(arena, from)) {
    bytes += usableSize(arena, arena.words[(from.reference >> 2) + NODE_BLOB]) + NODE_BYTES;
    seen += 1;
  }
  const nodes = seen === 0 ? 0 : Math.round((bytes / seen + TREE_ENTRY_BYTES) * count);
  return nodes + groupsBytes(arena, streamGroups(arena, record));
}

registerType(TYPE_STREAM, {
  name: 'stream',
  valueBytes: () => STREAM_VALUE_BYTES,
  free: (arena, record) => {
    freeNodes(arena, streamTree(arena, record));
    freeGroups(arena, streamGroups(arena, record));
  },
  sizeBytes,
  encodingName: () => 'stream',
  freeEffort: (arena, record) =>
    treeCount(arena, streamTree(arena, record)) + groupsEffort(arena, streamGroups(arena, record)),
  copy: copyStream,
});
