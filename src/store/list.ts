/**
 * List values: one word in the record, the offset of a packed blob for a small list or of a chunk list for a long one.
 * The encodings are the servers' `listpack` and `quicklist`, and change where theirs do. Reading is here, changing in
 * `list-change.ts`. Any worker thread that holds the shard's lock.
 */
import { release, usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import {
  copyChunkList,
  destroyChunkList,
  listAt,
  listBytes,
  listChunks,
  listCount,
  listNext,
  listPrevious,
} from '../memory/chunk-list.ts';
import { type ListCursor, packedOf } from '../memory/chunk-list-node.ts';
import { packedAt, packedNext, packedPrevious } from '../memory/packed.ts';
import { equalsStaged } from '../memory/packed-entry.ts';
import { copyPackedTo, packedCount } from '../memory/packed-room.ts';
import { recordEncoding, valueOffset } from './record.ts';
import { registerType, TYPE_LIST } from './types.ts';

export const LIST_PACKED = 0;
export const LIST_CHUNKS = 1;
export const LIST_VALUE_BYTES = 4;

/** Chunks that MEMORY USAGE looks at. */
const SAMPLES = 5;

/** Offset of the blob, or of the chunk list. */
export function listBody(arena: Arena, record: number): number {
  return arena.words[valueOffset(arena, record) >> 2];
}

export function setListBody(arena: Arena, record: number, body: number): void {
  arena.words[valueOffset(arena, record) >> 2] = body;
}

export function isChunked(arena: Arena, record: number): boolean {
  return recordEncoding(arena, record) === LIST_CHUNKS;
}

export function listLength(arena: Arena, record: number): number {
  const body = listBody(arena, record);
  return isChunked(arena, record) ? listCount(arena, body) : packedCount(arena, body);
}

/**
 * To the element with an index: from 0 on, or below 0 from the end. False where there is none; so do those that follow.
 * The cursor's `entry` shows the element; its node is 0 in a packed list.
 */
export function seekElement(arena: Arena, record: number, index: number, cursor: ListCursor): boolean {
  const body = listBody(arena, record);
  if (isChunked(arena, record)) return listAt(arena, body, index, cursor);
  cursor.node = 0;
  return packedAt(arena, body, index, cursor.entry);
}

/** From the element it stands on to the next one, or to the one before. */
export function stepElement(arena: Arena, record: number, forward: boolean, cursor: ListCursor): boolean {
  if (cursor.node !== 0) return forward ? listNext(arena, cursor) : listPrevious(arena, cursor);
  const body = listBody(arena, record);
  return forward ? packedNext(arena, body, cursor.entry) : packedPrevious(arena, body, cursor.entry);
}

/**
 * Whether the element is the one that has been staged (`stageBytes`): for searches, which stage once. `bytes` from
 * `start` are the staged ones.
 */
export function isStagedElement(
  arena: Arena,
  record: number,
  cursor: ListCursor,
  bytes: Uint8Array,
  start: number,
): boolean {
  const packed = cursor.node === 0 ? listBody(arena, record) : packedOf(arena.words, cursor.node);
  return equalsStaged(arena, packed + cursor.entry.place, bytes, start);
}

registerType(TYPE_LIST, {
  name: 'list',
  valueBytes: () => LIST_VALUE_BYTES,
  free: (arena, record) => {
    if (isChunked(arena, record)) destroyChunkList(arena, listBody(arena, record));
    else release(arena, listBody(arena, record));
  },
  sizeBytes: (arena, record) => {
    const body = listBody(arena, record);
    return isChunked(arena, record) ? listBytes(arena, body, SAMPLES) : usableSize(arena, body);
  },
  encodingName: (arena, record) => (isChunked(arena, record) ? 'quicklist' : 'listpack'),
  freeEffort: (arena, record) => (isChunked(arena, record) ? listChunks(arena, listBody(arena, record)) : 1),
  copy: (arena, from, target, to) => {
    const body = listBody(arena, from);
    const copy = isChunked(arena, from)
      ? copyChunkList(arena, body, target)
      : copyPackedTo(arena, body, target);
    if (copy !== 0) setListBody(target, to, copy);
    return copy !== 0;
  },
});
