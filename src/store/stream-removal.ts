/** Taking entries and nodes out of streams. Never fails. Any worker thread that holds the shard's lock. */
import { release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { treeDelete } from '../memory/ordered-tree-change.ts';
import { seekFirst, TreeCursor } from '../memory/ordered-tree-cursor.ts';
import { packedDelete } from '../memory/packed.ts';
import { PackedCursor } from '../memory/packed-entry.ts';
import type { Key } from './key.ts';
import { addToLength, streamTree } from './stream.ts';
import {
  enterNode,
  entryPieces,
  NODE_BLOB,
  NODE_COUNT,
  NODE_DELETED,
  type StreamCursor,
} from './stream-node.ts';

const treeCursor = new TreeCursor();
const piece = new PackedCursor();

/** Takes out the entry the cursor stands on, which stands nowhere then. */
export function deleteEntry(at: Key, cursor: StreamCursor): void {
  const { arena, record } = at;
  const count = arena.words[(cursor.node >> 2) + NODE_COUNT];
  if (count === 1) {
    releaseNode(arena, cursor.node);
    treeDelete(arena, streamTree(arena, record), cursor.tree);
  } else takeOut(arena, cursor, cursor.place, entryPieces(cursor), 1);
  addToLength(arena, record, -1);
}

/** Takes `entries` entries, so many pieces, out of the cursor's node from a place on; others stay. */
export function takeOut(
  arena: Arena,
  cursor: StreamCursor,
  place: number,
  pieces: number,
  entries: number,
): void {
  const at = cursor.node >> 2;
  piece.place = place;
  arena.words[at + NODE_BLOB] = packedDelete(arena, cursor.blob, piece, pieces);
  arena.words[at + NODE_COUNT] -= entries;
  arena.words[at + NODE_DELETED] += entries;
}

function releaseNode(arena: Arena, node: number): void {
  release(arena, arena.words[(node >> 2) + NODE_BLOB]);
  release(arena, node);
}

/** Takes out the first node with all its entries. */
export function dropFirstNode(at: Key): void {
  const { arena, record } = at;
  const tree = streamTree(arena, record);
  seekFirst(arena, tree, treeCursor);
  const node = treeCursor.reference;
  addToLength(arena, record, -arena.words[(node >> 2) + NODE_COUNT]);
  releaseNode(arena, node);
  treeDelete(arena, tree, treeCursor);
}

/** To the first entry; its node has `count` of them. 0 where there is none. */
export function enterFirstNode(at: Key, cursor: StreamCursor): number {
  const { arena, record } = at;
  if (!seekFirst(arena, streamTree(arena, record), cursor.tree)) return 0;
  enterNode(arena, cursor);
  return arena.words[(cursor.node >> 2) + NODE_COUNT];
}
