/**
 * Chunks of a chunk list: what its head and its nodes hold, linking them, and how large a chunk may become. Any thread
 * that holds the arena's lock. Must not know which elements are wanted where.
 *
 *     head (24 bytes)   first node, last node, number of elements, number of nodes, limit in bytes, limit in elements
 *     node (16 bytes)   previous node, next node, packed blob, number of elements in it
 *
 * Counts stand in the nodes so that looking for an index reads 16 bytes of a chunk and not the chunk.
 */
import { allocate, release } from './allocator.ts';
import type { Arena } from './arena.ts';
import { insertStaged } from './packed.ts';
import { PackedCursor, staged } from './packed-entry.ts';
import { createPacked, PACKED_MAX_COUNT, packedBytes } from './packed-room.ts';

// The head, in words.
export const LIST_HEAD_BYTES = 24;
export const LIST_FIRST = 0;
export const LIST_LAST = 1;
export const LIST_COUNT = 2;
export const LIST_NODES = 3;
export const LIST_MAX_BYTES = 4;
export const LIST_MAX_COUNT = 5;

// A node, in words.
export const NODE_BYTES = 16;
export const NODE_PREVIOUS = 0;
export const NODE_NEXT = 1;
export const NODE_PACKED = 2;
export const NODE_COUNT = 3;

/** Chunks that are limited by elements stay below this, too. */
const SAFE_BYTES = 8192;
const MAX_COUNT = 65535;

/** For changes of blobs that no caller's cursor stands in. */
export const scratch: PackedCursor = new PackedCursor();

/** An element of a chunk list: the node it is in, and the entry in the node's blob. */
export class ListCursor {
  /** 0 where it stands on none. */
  node = 0;
  /** Shows the element. */
  readonly entry: PackedCursor = new PackedCursor();
}

/**
 * Sets the limits of chunks as `list-max-listpack-size` has them: -1 to -5 are 4, 8, 16, 32 and 64 KiB, a number above
 * 0 is a number of elements in at most 8 KiB. An element that is larger than a chunk may be has a chunk of its own.
 */
export function setLimits(words: Int32Array, list: number, limit: number): void {
  const head = list >> 2;
  words[head + LIST_MAX_BYTES] = limit < 0 ? 2048 << Math.min(5, -limit) : SAFE_BYTES;
  words[head + LIST_MAX_COUNT] = limit < 0 ? PACKED_MAX_COUNT : Math.min(MAX_COUNT, Math.max(1, limit));
}

/** Offset of the blob of a node. */
export function packedOf(words: Int32Array, node: number): number {
  return words[(node >> 2) + NODE_PACKED];
}

/** Whether `sizeBytes` more and `count` more elements may come into a node. */
export function fits(arena: Arena, list: number, node: number, sizeBytes: number, count: number): boolean {
  const { words } = arena;
  const head = list >> 2;
  if (words[(node >> 2) + NODE_COUNT] + count > words[head + LIST_MAX_COUNT]) return false;
  return packedBytes(arena, packedOf(words, node)) + sizeBytes <= words[head + LIST_MAX_BYTES];
}

/** A node, not linked, around a blob. 0 when there is no memory. */
export function makeNode(arena: Arena, packed: number, count: number): number {
  const node = allocate(arena, NODE_BYTES);
  if (node === 0) return 0;
  const at = node >> 2;
  const { words } = arena;
  words[at + NODE_PREVIOUS] = 0;
  words[at + NODE_NEXT] = 0;
  words[at + NODE_PACKED] = packed;
  words[at + NODE_COUNT] = count;
  return node;
}

/** A node, not linked, with the staged element and room for `roomBytes` in all. 0 when there is no memory. */
export function makeNodeOfStaged(arena: Arena, bytes: Uint8Array, start: number, roomBytes: number): number {
  const packed = createPacked(arena, Math.max(roomBytes, staged.size));
  if (packed === 0) return 0;
  scratch.place = 0;
  insertStaged(arena, packed, scratch, bytes, start);
  const node = makeNode(arena, packed, 1);
  if (node === 0) release(arena, packed);
  return node;
}

/** Frees a node that is not linked, with its blob. */
export function releaseNode(arena: Arena, node: number): void {
  release(arena, packedOf(arena.words, node));
  release(arena, node);
}

/** Links a node before or behind another one, or as the only one if that is 0, and counts its elements. */
export function linkNode(
  words: Int32Array,
  list: number,
  other: number,
  behind: boolean,
  node: number,
): void {
  const head = list >> 2;
  const at = node >> 2;
  let previous = 0;
  let next = 0;
  if (other !== 0) {
    previous = behind ? other : words[(other >> 2) + NODE_PREVIOUS];
    next = behind ? words[(other >> 2) + NODE_NEXT] : other;
  }
  words[at + NODE_PREVIOUS] = previous;
  words[at + NODE_NEXT] = next;
  if (previous === 0) words[head + LIST_FIRST] = node;
  else words[(previous >> 2) + NODE_NEXT] = node;
  if (next === 0) words[head + LIST_LAST] = node;
  else words[(next >> 2) + NODE_PREVIOUS] = node;
  words[head + LIST_NODES] += 1;
  words[head + LIST_COUNT] += words[at + NODE_COUNT];
}

/** Takes a node out of the list, and its elements out of the count, and frees it. */
export function dropNode(arena: Arena, list: number, node: number): void {
  const { words } = arena;
  const head = list >> 2;
  const previous = words[(node >> 2) + NODE_PREVIOUS];
  const next = words[(node >> 2) + NODE_NEXT];
  if (previous === 0) words[head + LIST_FIRST] = next;
  else words[(previous >> 2) + NODE_NEXT] = next;
  if (next === 0) words[head + LIST_LAST] = previous;
  else words[(next >> 2) + NODE_PREVIOUS] = previous;
  words[head + LIST_NODES] -= 1;
  words[head + LIST_COUNT] -= words[(node >> 2) + NODE_COUNT];
  releaseNode(arena, node);
}

/** Adds to the counts of a node and of the list. */
export function addToCounts(words: Int32Array, list: number, node: number, count: number): void {
  words[(node >> 2) + NODE_COUNT] += count;
  words[(list >> 2) + LIST_COUNT] += count;
}
