/**
 * Changing list values: both ends, the middle, and the change between one blob and a chunk list. All or nothing where
 * memory runs out. Any worker thread that holds the shard's lock.
 *
 * When a list changes its encoding is as in valkey 8.0 `t_list.c`: before it grows beyond `list-max-listpack-size`, and
 * back when it has shrunk to one chunk with half of that. Bytes are counted as the servers count them, but for an entry
 * of 64 bytes or more, which is up to two bytes shorter or longer here than in a listpack.
 */
import { copyBytes } from '../base/bytes.ts';
import { release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import {
  chunkListOf,
  createChunkList,
  destroyChunkList,
  listChunks,
  listCount,
  listDrop,
  listPush,
  takeOnlyChunk,
} from '../memory/chunk-list.ts';
import { listDelete, listDeleteRange, listInsert, listReplace } from '../memory/chunk-list-edit.ts';
import { LIST_FIRST, ListCursor, packedOf } from '../memory/chunk-list-node.ts';
import {
  packedAt,
  packedDelete,
  packedInsert,
  packedLast,
  packedPrevious,
  packedReplace,
} from '../memory/packed.ts';
import {
  integerTextLength,
  PACKED_BYTES,
  type PackedCursor,
  writeIntegerText,
} from '../memory/packed-entry.ts';
import { createPacked, firstPlace, packedBytes, packedCount } from '../memory/packed-room.ts';
import { LIMIT_LIST_PACKED } from './encoding-limits.ts';
import type { Key } from './key.ts';
import { putRecord, removeKey } from './keyspace.ts';
import {
  isChunked,
  LIST_CHUNKS,
  LIST_PACKED,
  LIST_VALUE_BYTES,
  listBody,
  listLength,
  setListBody,
} from './list.ts';
import { setRecordEncoding } from './record.ts';
import type { Store } from './store.ts';
import { TYPE_LIST } from './types.ts';

/** Bytes of a listpack that a blob's two words are more than its header and its end. */
const HEADER_DIFFERENCE = 1;
/** Of a list that is limited by its number of elements. */
const SAFE_BYTES = 8192;

const cursor = new ListCursor();

function maxBytes(limit: number): number {
  return limit < 0 ? 2048 << Math.min(5, -limit) : SAFE_BYTES;
}

function maxCount(limit: number): number {
  return limit < 0 ? Number.POSITIVE_INFINITY : Math.max(1, limit);
}

/**
 * Pushes the arguments `[first, end)` of `spans`, one after the other. Makes the list where there is none. Returns how
 * many found memory; 0: nothing has changed.
 */
export function pushElements(
  store: Store,
  key: Key,
  atFront: boolean,
  bytes: Uint8Array,
  spans: Int32Array,
  first: number,
  end: number,
): number {
  let added = 0;
  for (let at = first; at < end; at++) added += spans[2 * at + 1] - spans[2 * at];
  if (
    key.record === 0 ? !createList(store, key, added, end - first) : !growList(store, key, added, end - first)
  ) {
    return 0;
  }
  let pushed = 0;
  for (let at = first; at < end; at++, pushed++) {
    if (!pushElement(key, atFront, bytes, spans[2 * at], spans[2 * at + 1])) break;
  }
  if (pushed === 0 && listLength(key.arena, key.record) === 0) removeKey(key);
  return pushed;
}

/** Pushes one element of an existing list without a look at its encoding. False without memory. */
export function pushElement(
  key: Key,
  atFront: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const { arena, record } = key;
  const body = listBody(arena, record);
  if (isChunked(arena, record)) return listPush(arena, body, atFront, bytes, start, end);
  const { entry } = cursor;
  entry.place = atFront ? firstPlace(arena, body) : 0;
  return keepBody(key, packedInsert(arena, body, entry, bytes, start, end));
}

/** An empty list with the encoding that suits what will be pushed. */
function createList(store: Store, key: Key, addedBytes: number, addedCount: number): boolean {
  const { arena } = key;
  const limit = store.limits[LIMIT_LIST_PACKED];
  const isSmall = 7 + addedBytes <= maxBytes(limit) && addedCount <= maxCount(limit);
  const body = isSmall ? createPacked(arena, addedBytes + 2 * addedCount) : createChunkList(arena, limit);
  if (body === 0) return false;
  const encoding = isSmall ? LIST_PACKED : LIST_CHUNKS;
  if (!putRecord(store, key, TYPE_LIST, encoding, LIST_VALUE_BYTES, 0)) {
    freeListBody(arena, body, isSmall);
    return false;
  }
  setListBody(arena, key.record, body);
  return true;
}

/** Makes the key a list of the elements at `spans`, whatever it holds. All or nothing: false without memory. */
export function putList(store: Store, key: Key, bytes: Uint8Array, spans: Int32Array): boolean {
  const { arena } = key;
  const count = spans.length / 2;
  const list = createChunkList(arena, store.limits[LIMIT_LIST_PACKED]);
  let isDone = list !== 0;
  for (let at = 0; at < count && isDone; at++) {
    isDone = listPush(arena, list, false, bytes, spans[2 * at], spans[2 * at + 1]);
  }
  if (!isDone || !putRecord(store, key, TYPE_LIST, LIST_CHUNKS, LIST_VALUE_BYTES, 0)) {
    if (list !== 0) destroyChunkList(arena, list);
    return false;
  }
  setListBody(arena, key.record, list);
  packOnlyChunk(store, key, 1);
  return true;
}

function freeListBody(arena: Arena, body: number, isPacked: boolean): void {
  if (isPacked) release(arena, body);
  else destroyChunkList(arena, body);
}

/** Before so much is added: a packed list that would be too large becomes a chunk list. False without memory. */
export function growList(store: Store, key: Key, addedBytes: number, addedCount: number): boolean {
  const { arena, record } = key;
  if (isChunked(arena, record)) return true;
  const body = listBody(arena, record);
  const limit = store.limits[LIMIT_LIST_PACKED];
  const size = packedBytes(arena, body) - HEADER_DIFFERENCE + addedBytes;
  if (size <= maxBytes(limit) && packedCount(arena, body) + addedCount <= maxCount(limit)) return true;
  const list = chunkListOf(arena, body, limit);
  if (list === 0) return false;
  setListBody(arena, record, list);
  setRecordEncoding(arena, record, LIST_CHUNKS);
  return true;
}

/** After something has gone: a chunk list that has become small is packed again. */
export function shrinkList(store: Store, key: Key): void {
  const { arena, record } = key;
  if (isChunked(arena, record)) packOnlyChunk(store, key, 2);
}

/** Packs a chunk list that is one chunk, and no larger than that part of the limit. */
function packOnlyChunk(store: Store, key: Key, part: number): void {
  const { arena, record } = key;
  const list = listBody(arena, record);
  if (listChunks(arena, list) !== 1) return;
  const limit = store.limits[LIMIT_LIST_PACKED];
  const blob = packedOf(arena.words, arena.words[(list >> 2) + LIST_FIRST]);
  if (packedBytes(arena, blob) - HEADER_DIFFERENCE > Math.floor(maxBytes(limit) / part)) return;
  if (listCount(arena, list) > Math.floor(maxCount(limit) / part)) return;
  setListBody(arena, record, takeOnlyChunk(arena, list));
  setRecordEncoding(arena, record, LIST_PACKED);
}

/** An empty chunk list for the key's new value, not its value yet. 0 without memory. */
export function emptyChunks(store: Store, key: Key): number {
  return createChunkList(key.arena, store.limits[LIMIT_LIST_PACKED]);
}

/** Gives a key that has a chunk list another one. */
export function replaceChunks(key: Key, list: number): void {
  const { arena, record } = key;
  destroyChunkList(arena, listBody(arena, record));
  setListBody(arena, record, list);
}

/** Takes one element away from an end of a list that has more. */
export function dropElement(store: Store, key: Key, atFront: boolean): void {
  const { arena, record } = key;
  const body = listBody(arena, record);
  if (isChunked(arena, record)) {
    listDrop(arena, body, atFront);
    shrinkList(store, key);
    return;
  }
  const { entry } = cursor;
  if (atFront) entry.place = firstPlace(arena, body);
  else packedLast(arena, body, entry);
  setListBody(arena, record, packedDelete(arena, body, entry, 1));
}

/** Takes `count` elements away from an index on; they are there, and more than they. */
export function deleteElements(store: Store, key: Key, index: number, count: number): void {
  const { arena, record } = key;
  if (count === 0) return;
  const body = listBody(arena, record);
  if (isChunked(arena, record)) {
    listDeleteRange(arena, body, index, count);
    shrinkList(store, key);
    return;
  }
  packedAt(arena, body, index, cursor.entry);
  setListBody(arena, record, packedDelete(arena, body, cursor.entry, count));
}

/** Puts an element before or behind the one a cursor stands on, which is stale then. False without memory. */
export function insertElement(
  key: Key,
  at: ListCursor,
  behind: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const { arena, record } = key;
  const body = listBody(arena, record);
  if (at.node !== 0) return listInsert(arena, body, at, behind, bytes, start, end);
  if (behind) at.entry.place = at.entry.next;
  return keepBody(key, packedInsert(arena, body, at.entry, bytes, start, end));
}

/** Puts another element in place of the one a cursor stands on, which is stale then. False without memory. */
export function replaceElement(
  key: Key,
  at: ListCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const { arena, record } = key;
  const body = listBody(arena, record);
  if (at.node !== 0) return listReplace(arena, body, at, bytes, start, end);
  return keepBody(key, packedReplace(arena, body, at.entry, bytes, start, end));
}

/**
 * Takes away the element a cursor stands on, and moves the cursor to the one behind it, or before it. False where there
 * is none. The encoding stays: `shrinkList` is for later.
 */
export function deleteElement(key: Key, at: ListCursor, forward: boolean): boolean {
  const { arena, record } = key;
  const body = listBody(arena, record);
  if (at.node !== 0) return listDelete(arena, body, at, forward);
  const packed = packedDelete(arena, body, at.entry, 1);
  setListBody(arena, record, packed);
  if (forward) return at.entry.place !== 0;
  if (at.entry.place === 0) return packedLast(arena, packed, at.entry);
  return packedPrevious(arena, packed, at.entry);
}

function keepBody(key: Key, body: number): boolean {
  if (body !== 0) setListBody(key.arena, key.record, body);
  return body !== 0;
}

/** One element's bytes outside of any arena, so that it can be put where memory moves. Used again and again. */
export class ElementText {
  bytes: Uint8Array = new Uint8Array(64);
  /** Start and end, as the spans of an argument. */
  readonly spans: Int32Array = new Int32Array(2);

  get length(): number {
    return this.spans[1];
  }

  take(arena: Arena, entry: PackedCursor): void {
    const isText = entry.kind === PACKED_BYTES;
    const length = isText ? entry.end - entry.start : integerTextLength(entry.value);
    if (length > this.bytes.length) this.bytes = new Uint8Array(Math.max(length, 2 * this.bytes.length));
    if (isText) copyBytes(arena.bytes, entry.start, entry.end, this.bytes, 0);
    else writeIntegerText(this.bytes, 0, entry.value);
    this.spans[1] = length;
  }

  /** Large ones are not kept. */
  forget(): void {
    if (this.bytes.length > LARGEST_KEPT) this.bytes = new Uint8Array(64);
  }
}

const LARGEST_KEPT = 64 * 1024;
