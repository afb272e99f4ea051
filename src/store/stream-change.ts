/**
 * Adding to streams. All or nothing where memory runs out. Any worker thread that holds the shard's lock. When a node
 * is full is as in valkey 8.0 `t_stream.c`; sizes are those of the servers' listpacks.
 */
import { isInteger64 } from '../base/bytes.ts';
import { allocate, release, roundedSize, usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { createTree, TREE_INSERTED, treeInsert } from '../memory/ordered-tree.ts';
import { seekLast, TreeCursor } from '../memory/ordered-tree-cursor.ts';
import { TREE_BY_ID, TreeKey } from '../memory/ordered-tree-key.ts';
import {
  packedEntryBytes,
  packedEquals,
  packedFirst,
  packedInsert,
  packedInsertNumber,
  packedNext,
  packedNumberBytes,
} from '../memory/packed.ts';
import { PackedCursor, staged } from '../memory/packed-entry.ts';
import {
  copyPacked,
  createPacked,
  PACKED_MAX_COUNT,
  packedBytes,
  packedCount,
  packedReserve,
} from '../memory/packed-room.ts';
import { LIMIT_STREAM_BYTES, LIMIT_STREAM_ENTRIES } from './encoding-limits.ts';
import type { Key } from './key.ts';
import { putRecord, removeKey } from './keyspace.ts';
import type { Store } from './store.ts';
import {
  addToLength,
  entriesAdded,
  initStream,
  STREAM_ENCODING,
  STREAM_VALUE_BYTES,
  setEntriesAdded,
  streamTree,
  writeLastId,
} from './stream.ts';
import { idOfEntry, keyOfId, msAbove, StreamId, seqAbove } from './stream-id.ts';
import {
  HEAD_PIECES,
  NODE_BLOB,
  NODE_BYTES,
  NODE_COUNT,
  NODE_DELETED,
  NODE_FIELDS,
  NODE_LISTPACK_BYTES,
} from './stream-node.ts';
import { TYPE_STREAM } from './types.ts';

/** What the servers' listpacks of nodes may have at most. */
const MAX_NODE_BYTES = 2 ** 30;
/** Header and end of a listpack, and the 0 behind the names. */
const LISTPACK_OWN_BYTES = 7 + 2;
/** A node that is not full yet gets up to so much more than it needs. */
const MAX_SPARE_BYTES = 2048;

const treeCursor = new TreeCursor();
const key = new TreeKey();
const piece = new PackedCursor();
const base = new StreamId();

/** The entry to be appended: what is known of it. */
const entry = { fields: 0, isPlain: false, ms: 0, seq: 0, bytes: 0, listpackBytes: 0, textBytes: 0 };

/** An empty stream where there is no key. False without memory. */
export function createStream(store: Store, at: Key): boolean {
  const { arena } = at;
  const tree = createTree(arena, TREE_BY_ID);
  if (tree === 0) return false;
  if (!putRecord(store, at, TYPE_STREAM, STREAM_ENCODING, STREAM_VALUE_BYTES, 0)) {
    release(arena, tree);
    return false;
  }
  initStream(arena, at.record, tree);
  return true;
}

/** Whether fields and values in the arguments `[first, end)` can be an entry at all. */
export function isStorable(spans: Int32Array, first: number, end: number): boolean {
  let total = 0;
  for (let at = first; at < end; at++) total += spans[2 * at + 1] - spans[2 * at];
  return total <= MAX_NODE_BYTES && end - first + HEAD_PIECES <= PACKED_MAX_COUNT >> 1;
}

/**
 * Appends an entry of the fields and values in the arguments `[first, end)` of `spans`. Its id is above the last one.
 * Makes the stream where there is none. False without memory, and nothing has changed.
 */
export function appendEntry(
  store: Store,
  at: Key,
  id: StreamId,
  bytes: Uint8Array,
  spans: Int32Array,
  first: number,
  end: number,
): boolean {
  const isNew = at.record === 0;
  if (isNew && !createStream(store, at)) return false;
  const { arena, record } = at;
  const tree = streamTree(arena, record);
  let node = 0;
  if (seekLast(arena, tree, treeCursor)) {
    node = treeCursor.reference;
    idOfEntry(arena, treeCursor, base);
    measureEntry(arena, node, id, bytes, spans, first, end);
    if (isFull(store, arena, node)) {
      tighten(arena, node);
      node = 0;
    }
  }
  const isAdded =
    node === 0
      ? beginNode(arena, tree, id, bytes, spans, first, end)
      : extendNode(arena, node, bytes, spans, first, end);
  if (!isAdded) {
    if (isNew) removeKey(at);
    return false;
  }
  addToLength(arena, record, 1);
  setEntriesAdded(arena, record, entriesAdded(arena, record) + 1);
  writeLastId(arena, record, id);
  return true;
}

/**
 * As `appendEntry` of an existing stream, for entries read from a dump: nodes end where they ended there. The strings
 * are the first `count` of `spans`.
 */
export function loadEntry(
  at: Key,
  id: StreamId,
  bytes: Uint8Array,
  spans: Int32Array,
  count: number,
  beginsNode: boolean,
): boolean {
  if (!isStorable(spans, 0, count)) return false;
  const { arena, record } = at;
  const tree = streamTree(arena, record);
  let node = 0;
  if (!beginsNode && seekLast(arena, tree, treeCursor)) {
    node = treeCursor.reference;
    idOfEntry(arena, treeCursor, base);
    measureEntry(arena, node, id, bytes, spans, 0, count);
    if (cannotHold(arena, node)) node = 0;
  }
  const isAdded =
    node === 0
      ? beginNode(arena, tree, id, bytes, spans, 0, count)
      : extendNode(arena, node, bytes, spans, 0, count);
  if (!isAdded) return false;
  addToLength(arena, record, 1);
  return true;
}

/** Fills `entry` with what it would be in a node; 0: in a new one. */
function measureEntry(
  arena: Arena,
  node: number,
  id: StreamId,
  bytes: Uint8Array,
  spans: Int32Array,
  first: number,
  end: number,
): void {
  const fields = (end - first) >> 1;
  entry.fields = fields;
  entry.isPlain = node === 0 || hasNames(arena, node, bytes, spans, first, fields);
  entry.ms = node === 0 ? 0 : msAbove(id, base);
  entry.seq = node === 0 ? 0 : seqAbove(id, base);
  const pieces = entry.isPlain ? HEAD_PIECES + fields : HEAD_PIECES + 2 * fields + 1;
  let listpack = 2 + integerBytes(entry.ms) + integerBytes(entry.seq) + integerBytes(pieces);
  let size = packedNumberBytes(entry.isPlain ? 0 : fields);
  size += packedNumberBytes(entry.ms) + packedNumberBytes(entry.seq);
  if (!entry.isPlain) listpack += integerBytes(fields);
  let text = 0;
  for (let at = first; at < end; at++) {
    const start = spans[2 * at];
    const stop = spans[2 * at + 1];
    text += stop - start;
    if (entry.isPlain && ((at - first) & 1) === 0) continue;
    size += packedEntryBytes(bytes, start, stop);
    listpack += listpackBytes(bytes, start, stop);
  }
  entry.bytes = size;
  entry.listpackBytes = listpack;
  entry.textBytes = text;
}

/** Whether the names of the fields are those of the node, in their order. */
function hasNames(
  arena: Arena,
  node: number,
  bytes: Uint8Array,
  spans: Int32Array,
  first: number,
  fields: number,
): boolean {
  const at = node >> 2;
  if (arena.words[at + NODE_FIELDS] !== fields) return false;
  const blob = arena.words[at + NODE_BLOB];
  packedFirst(arena, blob, piece);
  for (let index = 0; index < fields; index++) {
    const argument = 2 * (first + 2 * index);
    if (!packedEquals(arena, blob, piece, bytes, spans[argument], spans[argument + 1])) return false;
    packedNext(arena, blob, piece);
  }
  return true;
}

/** Whether the measured entry needs a new node. */
function isFull(store: Store, arena: Arena, node: number): boolean {
  const { words } = arena;
  const at = node >> 2;
  const count = words[at + NODE_COUNT];
  const deleted = words[at + NODE_DELETED];
  const size = words[at + NODE_LISTPACK_BYTES] + integerBytes(count) + integerBytes(deleted);
  const wanted = store.limits[LIMIT_STREAM_BYTES];
  const maxBytes = wanted === 0 || wanted > MAX_NODE_BYTES ? MAX_NODE_BYTES : wanted;
  if (size + entry.textBytes >= maxBytes) return true;
  const maxEntries = store.limits[LIMIT_STREAM_ENTRIES];
  if (maxEntries > 0 && count + deleted >= maxEntries) return true;
  return cannotHold(arena, node);
}

/** Whether the measured entry cannot be in the node at all. */
function cannotHold(arena: Arena, node: number): boolean {
  if (!Number.isSafeInteger(entry.ms) || !Number.isSafeInteger(entry.seq)) return true;
  const count = packedCount(arena, arena.words[(node >> 2) + NODE_BLOB]);
  return count + 2 * entry.fields + HEAD_PIECES > PACKED_MAX_COUNT;
}

/** Gives back what a node that is full has to spare, where there is memory to do so. */
function tighten(arena: Arena, node: number): void {
  const at = (node >> 2) + NODE_BLOB;
  const blob = arena.words[at];
  if (usableSize(arena, blob) <= roundedSize(packedBytes(arena, blob))) return;
  const copy = copyPacked(arena, blob);
  if (copy === 0) return;
  release(arena, blob);
  arena.words[at] = copy;
}

function beginNode(
  arena: Arena,
  tree: number,
  id: StreamId,
  bytes: Uint8Array,
  spans: Int32Array,
  first: number,
  end: number,
): boolean {
  measureEntry(arena, 0, id, bytes, spans, first, end);
  let names = 0;
  let listpack = LISTPACK_OWN_BYTES + integerBytes(entry.fields) + entry.listpackBytes;
  for (let at = first; at < end; at += 2) {
    names += packedEntryBytes(bytes, spans[2 * at], spans[2 * at + 1]);
    listpack += listpackBytes(bytes, spans[2 * at], spans[2 * at + 1]);
  }
  const node = allocate(arena, NODE_BYTES);
  if (node === 0) return false;
  const blob = createPacked(arena, names + entry.bytes);
  if (blob === 0) {
    release(arena, node);
    return false;
  }
  keyOfId(key, id);
  if (treeInsert(arena, tree, key, node, treeCursor) !== TREE_INSERTED) {
    release(arena, blob);
    release(arena, node);
    return false;
  }
  const { words } = arena;
  const at = node >> 2;
  words[at + NODE_COUNT] = 1;
  words[at + NODE_DELETED] = 0;
  words[at + NODE_FIELDS] = entry.fields;
  words[at + NODE_LISTPACK_BYTES] = listpack;
  for (let name = first; name < end; name += 2) {
    piece.place = 0;
    packedInsert(arena, blob, piece, bytes, spans[2 * name], spans[2 * name + 1]);
  }
  words[at + NODE_BLOB] = putEntry(arena, blob, bytes, spans, first, end);
  return true;
}

function extendNode(
  arena: Arena,
  node: number,
  bytes: Uint8Array,
  spans: Int32Array,
  first: number,
  end: number,
): boolean {
  const { words } = arena;
  const at = node >> 2;
  const old = words[at + NODE_BLOB];
  piece.place = 0;
  const spare = Math.min(MAX_SPARE_BYTES, packedBytes(arena, old) >> 1);
  const blob = packedReserve(arena, old, entry.bytes, spare, false, piece);
  if (blob === 0) return false;
  words[at + NODE_BLOB] = putEntry(arena, blob, bytes, spans, first, end);
  words[at + NODE_COUNT] += 1;
  words[at + NODE_LISTPACK_BYTES] += entry.listpackBytes;
  return true;
}

/** Writes the measured entry at the end of a blob that has room for it. */
function putEntry(
  arena: Arena,
  packed: number,
  bytes: Uint8Array,
  spans: Int32Array,
  first: number,
  end: number,
): number {
  let blob = putNumber(arena, packed, entry.isPlain ? 0 : entry.fields);
  blob = putNumber(arena, blob, entry.ms);
  blob = putNumber(arena, blob, entry.seq);
  for (let at = first; at < end; at++) {
    if (entry.isPlain && ((at - first) & 1) === 0) continue;
    piece.place = 0;
    blob = packedInsert(arena, blob, piece, bytes, spans[2 * at], spans[2 * at + 1]);
  }
  return blob;
}

function putNumber(arena: Arena, packed: number, value: number): number {
  piece.place = 0;
  return packedInsertNumber(arena, packed, piece, value);
}

/** Bytes of an integer in a listpack. */
function integerBytes(value: number): number {
  if (value >= 0 && value < 128) return 2;
  if (value >= -4096 && value < 4096) return 3;
  if (value >= -32768 && value < 32768) return 4;
  if (value >= -(2 ** 23) && value < 2 ** 23) return 5;
  return value >= -(2 ** 31) && value < 2 ** 31 ? 6 : 10;
}

/** Bytes of a text in a listpack. */
function listpackBytes(bytes: Uint8Array, start: number, end: number): number {
  packedEntryBytes(bytes, start, end);
  if (!Number.isNaN(staged.value)) return integerBytes(staged.value);
  const length = end - start;
  if (length >= 16 && length <= 20 && isInteger64(bytes, start, end)) return 10;
  const size = length + (length < 64 ? 1 : length < 4096 ? 2 : 5);
  if (size < 128) return size + 1;
  if (size < 16383) return size + 2;
  return size + (size < 2097151 ? 3 : size < 268435455 ? 4 : 5);
}
