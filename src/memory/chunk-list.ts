/**
 * The chunk list: a deque of packed blobs, for lists of any length. Both ends are reached at once, an index by going
 * over the chunks from the nearer end. Making, freeing, both ends and reading; `chunk-list-edit.ts` changes the middle.
 * Any thread that holds the arena's lock. Must not know commands, nor when a list is small enough for one blob.
 */
import { allocate, release, usableSize } from './allocator.ts';
import type { Arena } from './arena.ts';
import {
  addToCounts,
  dropNode,
  fits,
  LIST_COUNT,
  LIST_FIRST,
  LIST_HEAD_BYTES,
  LIST_LAST,
  LIST_MAX_BYTES,
  LIST_MAX_COUNT,
  LIST_NODES,
  type ListCursor,
  linkNode,
  makeNode,
  makeNodeOfStaged,
  NODE_BYTES,
  NODE_COUNT,
  NODE_NEXT,
  NODE_PACKED,
  NODE_PREVIOUS,
  packedOf,
  releaseNode,
  scratch,
  setLimits,
} from './chunk-list-node.ts';
import {
  insertStaged,
  packedAt,
  packedDelete,
  packedEquals,
  packedFirst,
  packedLast,
  packedNext,
  packedPrevious,
} from './packed.ts';
import { entryBefore, type PackedCursor, stageBytes, staged } from './packed-entry.ts';
import {
  copyPackedTo,
  endPlace,
  firstPlace,
  packedBytes,
  packedCount,
  packedReserve,
} from './packed-room.ts';

/** An empty list; `limit` is `list-max-listpack-size`. 0 when there is no memory. */
export function createChunkList(arena: Arena, limit: number): number {
  const list = allocate(arena, LIST_HEAD_BYTES);
  if (list === 0) return 0;
  const head = list >> 2;
  const { words } = arena;
  words[head + LIST_FIRST] = 0;
  words[head + LIST_LAST] = 0;
  words[head + LIST_COUNT] = 0;
  words[head + LIST_NODES] = 0;
  setLimits(words, list, limit);
  return list;
}

/** A list whose first chunk is a blob that the caller has, and gives away. 0 when there is no memory. */
export function chunkListOf(arena: Arena, packed: number, limit: number): number {
  const list = createChunkList(arena, limit);
  if (list === 0) return 0;
  const node = makeNode(arena, packed, packedCount(arena, packed));
  if (node === 0) {
    release(arena, list);
    return 0;
  }
  linkNode(arena.words, list, 0, false, node);
  return list;
}

/** The blob of a list that has one chunk, which is the caller's again; the list is gone. 0 of any other list. */
export function takeOnlyChunk(arena: Arena, list: number): number {
  const { words } = arena;
  if (words[(list >> 2) + LIST_NODES] !== 1) return 0;
  const node = words[(list >> 2) + LIST_FIRST];
  const packed = packedOf(words, node);
  release(arena, node);
  release(arena, list);
  return packed;
}

/** A list of the same elements and limits, in the same arena or another one. 0 when there is no memory. */
export function copyChunkList(arena: Arena, list: number, target: Arena): number {
  const copy = createChunkList(target, 0);
  if (copy === 0) return 0;
  const { words } = arena;
  const to = target.words;
  to[(copy >> 2) + LIST_MAX_BYTES] = words[(list >> 2) + LIST_MAX_BYTES];
  to[(copy >> 2) + LIST_MAX_COUNT] = words[(list >> 2) + LIST_MAX_COUNT];
  let node = words[(list >> 2) + LIST_FIRST];
  for (; node !== 0; node = words[(node >> 2) + NODE_NEXT]) {
    const packed = copyPackedTo(arena, packedOf(words, node), target);
    const own = packed === 0 ? 0 : makeNode(target, packed, words[(node >> 2) + NODE_COUNT]);
    if (own === 0) {
      release(target, packed);
      destroyChunkList(target, copy);
      return 0;
    }
    linkNode(to, copy, to[(copy >> 2) + LIST_LAST], true, own);
  }
  return copy;
}

export function destroyChunkList(arena: Arena, list: number): void {
  const { words } = arena;
  let node = words[(list >> 2) + LIST_FIRST];
  while (node !== 0) {
    const next = words[(node >> 2) + NODE_NEXT];
    releaseNode(arena, node);
    node = next;
  }
  release(arena, list);
}

export function listCount(arena: Arena, list: number): number {
  return arena.words[(list >> 2) + LIST_COUNT];
}

export function listChunks(arena: Arena, list: number): number {
  return arena.words[(list >> 2) + LIST_NODES];
}

/** Bytes of the head, of `samples` chunks from the beginning, and of as many more as there are of their mean size. */
export function listBytes(arena: Arena, list: number, samples: number): number {
  const { words } = arena;
  let seen = 0;
  let bytes = 0;
  let node = words[(list >> 2) + LIST_FIRST];
  for (; node !== 0 && seen < samples; seen++) {
    bytes += NODE_BYTES + usableSize(arena, packedOf(words, node));
    node = words[(node >> 2) + NODE_NEXT];
  }
  const head = usableSize(arena, list);
  return seen === 0 ? head : head + Math.round((bytes / seen) * listChunks(arena, list));
}

/** Adds an element at an end. False when there is no memory, and nothing has changed. */
export function listPush(
  arena: Arena,
  list: number,
  atFront: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  stageBytes(bytes, start, end);
  const { words } = arena;
  const node = words[(list >> 2) + (atFront ? LIST_FIRST : LIST_LAST)];
  if (node !== 0 && fits(arena, list, node, staged.size, 1)) {
    scratch.place = atFront ? firstPlace(arena, packedOf(words, node)) : 0;
    return putStaged(arena, list, node, scratch, atFront, bytes, start);
  }
  // Where there are chunks already, this one will be filled as well.
  const room = node === 0 ? 0 : words[(list >> 2) + LIST_MAX_BYTES] >> 3;
  const fresh = makeNodeOfStaged(arena, bytes, start, room);
  if (fresh === 0) return false;
  linkNode(words, list, node, !atFront, fresh);
  return true;
}

/** Puts the staged element at the cursor's place into a node where it fits. Blobs grow by half, to do so rarely. */
export function putStaged(
  arena: Arena,
  list: number,
  node: number,
  cursor: PackedCursor,
  atFront: boolean,
  bytes: Uint8Array,
  start: number,
): boolean {
  const { words } = arena;
  const at = (node >> 2) + NODE_PACKED;
  const packed = words[at];
  const live = packedBytes(arena, packed);
  let changed = packed;
  if (usableSize(arena, packed) < live + staged.size) {
    const most = words[(list >> 2) + LIST_MAX_BYTES] - live - staged.size;
    changed = packedReserve(arena, packed, staged.size, Math.min(most, live >> 1), atFront, cursor);
    if (changed === 0) return false;
  }
  words[at] = insertStaged(arena, changed, cursor, bytes, start);
  addToCounts(words, list, node, 1);
  return true;
}

/** Takes away the element at an end of a list that is not empty. */
export function listDrop(arena: Arena, list: number, atFront: boolean): void {
  const { words } = arena;
  const node = words[(list >> 2) + (atFront ? LIST_FIRST : LIST_LAST)];
  if (words[(node >> 2) + NODE_COUNT] === 1) {
    dropNode(arena, list, node);
    return;
  }
  const packed = packedOf(words, node);
  if (atFront) scratch.place = firstPlace(arena, packed);
  else scratch.place = entryBefore(arena, packed + endPlace(arena, packed)) - packed;
  words[(node >> 2) + NODE_PACKED] = packedDelete(arena, packed, scratch, 1);
  addToCounts(words, list, node, -1);
}

function standAtEdge(arena: Arena, node: number, atEnd: boolean, cursor: ListCursor): boolean {
  cursor.node = node;
  if (node === 0) {
    cursor.entry.place = 0;
    return false;
  }
  const packed = packedOf(arena.words, node);
  return atEnd ? packedLast(arena, packed, cursor.entry) : packedFirst(arena, packed, cursor.entry);
}

/** To the first element. False, and the cursor stands on none, where there is none; so do all that follow. */
export function listFirst(arena: Arena, list: number, cursor: ListCursor): boolean {
  return standAtEdge(arena, arena.words[(list >> 2) + LIST_FIRST], false, cursor);
}

export function listLast(arena: Arena, list: number, cursor: ListCursor): boolean {
  return standAtEdge(arena, arena.words[(list >> 2) + LIST_LAST], true, cursor);
}

/** From the element it stands on to the next one. */
export function listNext(arena: Arena, cursor: ListCursor): boolean {
  const { words } = arena;
  if (packedNext(arena, packedOf(words, cursor.node), cursor.entry)) return true;
  return standAtEdge(arena, words[(cursor.node >> 2) + NODE_NEXT], false, cursor);
}

/** From the element it stands on to the one before. */
export function listPrevious(arena: Arena, cursor: ListCursor): boolean {
  const { words } = arena;
  if (packedPrevious(arena, packedOf(words, cursor.node), cursor.entry)) return true;
  return standAtEdge(arena, words[(cursor.node >> 2) + NODE_PREVIOUS], true, cursor);
}

/** To the element with an index: from 0 on, or below 0 from the end (-1 is the last). */
export function listAt(arena: Arena, list: number, index: number, cursor: ListCursor): boolean {
  const { words } = arena;
  const count = words[(list >> 2) + LIST_COUNT];
  const wanted = index < 0 ? count + index : index;
  if (wanted < 0 || wanted >= count) return standAtEdge(arena, 0, false, cursor);
  const inNode = toNodeOf(words, list, wanted, cursor);
  return packedAt(arena, packedOf(words, cursor.node), inNode, cursor.entry);
}

/** Finds the node with an element that there is; the cursor shows the node only. Returns the index within the node. */
export function toNodeOf(words: Int32Array, list: number, index: number, cursor: ListCursor): number {
  const head = list >> 2;
  let node: number;
  let left = index;
  if (index < words[head + LIST_COUNT] >> 1) {
    node = words[head + LIST_FIRST];
    while (left >= words[(node >> 2) + NODE_COUNT]) {
      left -= words[(node >> 2) + NODE_COUNT];
      node = words[(node >> 2) + NODE_NEXT];
    }
  } else {
    node = words[head + LIST_LAST];
    left -= words[head + LIST_COUNT] - words[(node >> 2) + NODE_COUNT];
    while (left < 0) {
      node = words[(node >> 2) + NODE_PREVIOUS];
      left += words[(node >> 2) + NODE_COUNT];
    }
  }
  cursor.node = node;
  return left;
}

/** Whether the element the cursor stands on equals the bytes. */
export function listEquals(
  arena: Arena,
  cursor: ListCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  return packedEquals(arena, packedOf(arena.words, cursor.node), cursor.entry, bytes, start, end);
}
