/**
 * Nodes of streams: entries that lie next to each other share a packed blob, their field names and most of their ids.
 * Reading is here; changing in `stream-change.ts`. Any worker thread that holds the shard's lock.
 *
 * The stream's tree refers to nodes by the id of the first entry that was put into them, their base. The blob begins
 * with the names of that entry's fields. Then come the entries: the number of fields, or 0 if these are the names of
 * the blob; how far milliseconds and sequence number are above the base; the values, or names and values in turn.
 * Deleted entries are taken out of the blob, but are counted: they fill a node as in the servers, so nodes end where
 * theirs do, and trimming with `~` leaves what theirs does.
 */
import type { Arena } from '../memory/arena.ts';
import {
  seekFirst,
  seekLast,
  seekUpTo,
  TreeCursor,
  treeNext,
  treePrevious,
} from '../memory/ordered-tree-cursor.ts';
import { TreeKey } from '../memory/ordered-tree-key.ts';
import { entryAfter, PackedCursor, readEntry } from '../memory/packed-entry.ts';
import { endPlace, firstPlace } from '../memory/packed-room.ts';
import { compareIds, idOfEntry, keyOfId, StreamId, setIdAbove } from './stream-id.ts';

/** Words of a node. */
export const NODE_BLOB = 0;
export const NODE_COUNT = 1;
/** Entries that were here. */
export const NODE_DELETED = 2;
/** Number of names at the blob's beginning. */
export const NODE_FIELDS = 3;
/** Bytes of the listpack that the servers would have, without its two counts. */
export const NODE_LISTPACK_BYTES = 4;
export const NODE_BYTES = 24;

/** Packed entries of a stream entry before its values. */
export const HEAD_PIECES = 3;

const key = new TreeKey();
const piece = new PackedCursor();

/** An entry of a stream. Made once and used again; a change of the stream makes it stale. */
export class StreamCursor {
  readonly id: StreamId = new StreamId();
  /** Number of its fields. */
  fieldCount = 0;
  /** Its names are those of the blob. */
  isPlain = false;
  /** Place in the blob of the entry, of its first value or name, and of what follows. */
  place = 0;
  body = 0;
  next = 0;
  node = 0;
  blob = 0;
  readonly base: StreamId = new StreamId();
  readonly tree: TreeCursor = new TreeCursor();
  /** Going backwards: the places of the node's entries up to this one, which is the last of `index` + 1. */
  places: Int32Array = new Int32Array(128);
  index = 0;
}

/** Number of packed entries that the entry takes. */
export function entryPieces(cursor: StreamCursor): number {
  return HEAD_PIECES + (cursor.isPlain ? cursor.fieldCount : 2 * cursor.fieldCount);
}

/** Shows the entry at a place of the cursor's node. */
function readAt(arena: Arena, cursor: StreamCursor, place: number): void {
  const { blob } = cursor;
  cursor.place = place;
  readEntry(arena, blob, place, piece);
  cursor.isPlain = piece.value === 0;
  cursor.fieldCount = cursor.isPlain ? arena.words[(cursor.node >> 2) + NODE_FIELDS] : piece.value;
  readEntry(arena, blob, piece.next, piece);
  const ms = piece.value;
  readEntry(arena, blob, piece.next, piece);
  setIdAbove(cursor.id, cursor.base, ms, piece.value);
  cursor.body = piece.next;
  let at = blob + piece.next;
  const pieces = cursor.isPlain ? cursor.fieldCount : 2 * cursor.fieldCount;
  for (let left = pieces; left > 0; left--) at = entryAfter(arena, at);
  cursor.next = at - blob;
}

/** Place of the node's first entry. */
export function firstEntryPlace(arena: Arena, node: number): number {
  const at = node >> 2;
  const blob = arena.words[at + NODE_BLOB];
  let from = blob + firstPlace(arena, blob);
  for (let left = arena.words[at + NODE_FIELDS]; left > 0; left--) from = entryAfter(arena, from);
  return from - blob;
}

/** The tree's cursor stands on a node: to its first entry. A node has one, always. */
export function enterNode(arena: Arena, cursor: StreamCursor): void {
  cursor.node = cursor.tree.reference;
  cursor.blob = arena.words[(cursor.node >> 2) + NODE_BLOB];
  idOfEntry(arena, cursor.tree, cursor.base);
  readAt(arena, cursor, firstEntryPlace(arena, cursor.node));
}

/** To the first entry. False where there is none; so do all that follow. */
export function firstEntry(arena: Arena, tree: number, cursor: StreamCursor): boolean {
  if (!seekFirst(arena, tree, cursor.tree)) return false;
  enterNode(arena, cursor);
  return true;
}

export function lastEntry(arena: Arena, tree: number, cursor: StreamCursor): boolean {
  if (!seekLast(arena, tree, cursor.tree)) return false;
  toLastOfNode(arena, cursor);
  return true;
}

/** To the first entry that is not before the id. */
export function entryFrom(arena: Arena, tree: number, id: StreamId, cursor: StreamCursor): boolean {
  keyOfId(key, id);
  if (!seekUpTo(arena, tree, key, cursor.tree)) return firstEntry(arena, tree, cursor);
  enterNode(arena, cursor);
  while (compareIds(cursor.id, id) < 0) if (!nextEntry(arena, cursor)) return false;
  return true;
}

/** To the entry with this id. */
export function entryAt(arena: Arena, tree: number, id: StreamId, cursor: StreamCursor): boolean {
  return entryFrom(arena, tree, id, cursor) && compareIds(cursor.id, id) === 0;
}

export function isLastOfNode(arena: Arena, cursor: StreamCursor): boolean {
  return cursor.next >= endPlace(arena, cursor.blob);
}

/** To the next entry of the same node. */
export function nextOfNode(arena: Arena, cursor: StreamCursor): boolean {
  if (isLastOfNode(arena, cursor)) return false;
  readAt(arena, cursor, cursor.next);
  return true;
}

export function nextEntry(arena: Arena, cursor: StreamCursor): boolean {
  if (nextOfNode(arena, cursor)) return true;
  if (!treeNext(arena, cursor.tree)) return false;
  enterNode(arena, cursor);
  return true;
}

/** To the last entry that is not after the id; `previousEntry` goes on from there. */
export function entryUpTo(arena: Arena, tree: number, id: StreamId, cursor: StreamCursor): boolean {
  keyOfId(key, id);
  if (!seekUpTo(arena, tree, key, cursor.tree)) return false;
  enterNode(arena, cursor);
  // The entries up to the id may have been deleted.
  if (compareIds(cursor.id, id) > 0) return lastOfPreviousNode(arena, cursor);
  let count = 0;
  do {
    if (compareIds(cursor.id, id) > 0) break;
    notePlace(cursor, count);
    count += 1;
  } while (nextOfNode(arena, cursor));
  cursor.index = count - 1;
  readAt(arena, cursor, cursor.places[count - 1]);
  return true;
}

export function previousEntry(arena: Arena, cursor: StreamCursor): boolean {
  if (cursor.index === 0) return lastOfPreviousNode(arena, cursor);
  cursor.index -= 1;
  readAt(arena, cursor, cursor.places[cursor.index]);
  return true;
}

function lastOfPreviousNode(arena: Arena, cursor: StreamCursor): boolean {
  if (!treePrevious(arena, cursor.tree)) return false;
  toLastOfNode(arena, cursor);
  return true;
}

function toLastOfNode(arena: Arena, cursor: StreamCursor): void {
  enterNode(arena, cursor);
  let count = 0;
  do {
    notePlace(cursor, count);
    count += 1;
  } while (nextOfNode(arena, cursor));
  cursor.index = count - 1;
}

function notePlace(cursor: StreamCursor, index: number): void {
  if (index === cursor.places.length) {
    const larger = new Int32Array(2 * index);
    larger.set(cursor.places);
    cursor.places = larger;
  }
  cursor.places[index] = cursor.place;
}
