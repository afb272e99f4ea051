/**
 * Changes within a chunk list: putting in before or behind an element, replacing, taking out one or many. Any thread
 * that holds the arena's lock. A chunk that has become small is joined with a neighbour where memory allows it.
 */
import { release } from './allocator.ts';
import type { Arena } from './arena.ts';
import { putStaged, toNodeOf } from './chunk-list.ts';
import {
  addToCounts,
  dropNode,
  fits,
  LIST_COUNT,
  LIST_MAX_BYTES,
  LIST_MAX_COUNT,
  ListCursor,
  linkNode,
  makeNode,
  makeNodeOfStaged,
  NODE_COUNT,
  NODE_NEXT,
  NODE_PACKED,
  NODE_PREVIOUS,
  packedOf,
  releaseNode,
  scratch,
} from './chunk-list-node.ts';
import {
  appendEntries,
  insertStaged,
  packedAt,
  packedDelete,
  packedFirst,
  packedLast,
  packedPrevious,
  replaceStaged,
} from './packed.ts';
import { entryAfter, readEntry, stageBytes, staged } from './packed-entry.ts';
import {
  createPacked,
  endPlace,
  firstPlace,
  PACKED_HEADER_BYTES,
  packedBytes,
  packedCount,
} from './packed-room.ts';

/**
 * Puts an element before or behind the one the cursor stands on. The cursor is stale afterwards. False when there is no
 * memory, and nothing has changed.
 */
export function listInsert(
  arena: Arena,
  list: number,
  cursor: ListCursor,
  behind: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  stageBytes(bytes, start, end);
  const { node } = cursor;
  if (!insertAround(arena, list, cursor, behind, bytes, start)) return false;
  const next = arena.words[(node >> 2) + NODE_NEXT];
  if (next !== 0) joinSmall(arena, list, next, null);
  joinSmall(arena, list, node, null);
  return true;
}

/** Puts in the staged element: into the node, into the one beside it, or between nodes. */
function insertAround(
  arena: Arena,
  list: number,
  cursor: ListCursor,
  behind: boolean,
  bytes: Uint8Array,
  start: number,
): boolean {
  const { words } = arena;
  const { node, entry } = cursor;
  const packed = packedOf(words, node);
  const place = behind ? entry.next : entry.place;
  if (fits(arena, list, node, staged.size, 1)) {
    scratch.place = place;
    return putStaged(arena, list, node, scratch, false, bytes, start);
  }
  const isFirst = place === firstPlace(arena, packed);
  const isLast = place === endPlace(arena, packed);
  if (!isFirst && !isLast) return splitAround(arena, list, node, place, bytes, start);
  const neighbour = words[(node >> 2) + (isFirst ? NODE_PREVIOUS : NODE_NEXT)];
  if (neighbour !== 0 && fits(arena, list, neighbour, staged.size, 1)) {
    scratch.place = isFirst ? 0 : firstPlace(arena, packedOf(words, neighbour));
    return putStaged(arena, list, neighbour, scratch, isLast, bytes, start);
  }
  const fresh = makeNodeOfStaged(arena, bytes, start, 0);
  if (fresh === 0) return false;
  linkNode(words, list, node, isLast, fresh);
  return true;
}

/** Moves what is behind a place to a new node, with the staged element before it: in there, or in a third node. */
function splitAround(
  arena: Arena,
  list: number,
  node: number,
  place: number,
  bytes: Uint8Array,
  start: number,
): boolean {
  const { words } = arena;
  const head = list >> 2;
  const packed = packedOf(words, node);
  let tailCount = 0;
  const stop = packed + endPlace(arena, packed);
  for (let at = packed + place; at < stop; tailCount++) at = entryAfter(arena, at);
  const tailBytes = endPlace(arena, packed) - place;
  const inTail =
    PACKED_HEADER_BYTES + tailBytes + staged.size <= words[head + LIST_MAX_BYTES] &&
    tailCount < words[head + LIST_MAX_COUNT];
  const tail = createPacked(arena, inTail ? tailBytes + staged.size : tailBytes);
  if (tail === 0) return false;
  scratch.place = 0;
  if (inTail) insertStaged(arena, tail, scratch, bytes, start);
  appendEntries(arena, tail, packed, place, tailCount, scratch);
  const tailNode = makeNode(arena, tail, packedCount(arena, tail));
  if (tailNode === 0) {
    release(arena, tail);
    return false;
  }
  let own = 0;
  if (!inTail) {
    own = makeNodeOfStaged(arena, bytes, start, 0);
    if (own === 0) {
      releaseNode(arena, tailNode);
      return false;
    }
  }
  scratch.place = place;
  words[(node >> 2) + NODE_PACKED] = packedDelete(arena, packed, scratch, tailCount);
  addToCounts(words, list, node, -tailCount);
  linkNode(words, list, node, true, tailNode);
  if (own !== 0) linkNode(words, list, node, true, own);
  return true;
}

/**
 * Puts other bytes in place of the element the cursor stands on. The cursor is stale afterwards. False when there is no
 * memory, and nothing has changed.
 */
export function listReplace(
  arena: Arena,
  list: number,
  cursor: ListCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  stageBytes(bytes, start, end);
  const { words } = arena;
  const { node, entry } = cursor;
  const growth = staged.size - (entry.next - entry.place);
  if (growth <= 0 || words[(node >> 2) + NODE_COUNT] === 1 || fits(arena, list, node, growth, 0)) {
    const changed = replaceStaged(arena, packedOf(words, node), entry, bytes, start);
    if (changed === 0) return false;
    words[(node >> 2) + NODE_PACKED] = changed;
    return true;
  }
  if (!insertAround(arena, list, cursor, true, bytes, start)) return false;
  // It did not fit, so the new element is in another node, and the old one is the last of its own.
  const packed = packedOf(words, node);
  packedLast(arena, packed, entry);
  takeOut(arena, list, node, cursor, 1);
  return true;
}

/** Takes out elements of one node, beginning with the one the cursor stands on; frees the node if it is empty then. */
function takeOut(arena: Arena, list: number, node: number, cursor: ListCursor, count: number): void {
  const { words } = arena;
  if (count === words[(node >> 2) + NODE_COUNT]) {
    dropNode(arena, list, node);
    cursor.entry.place = 0;
    return;
  }
  words[(node >> 2) + NODE_PACKED] = packedDelete(arena, packedOf(words, node), cursor.entry, count);
  addToCounts(words, list, node, -count);
}

/**
 * Takes out the element the cursor stands on, and moves the cursor to the one behind it, or before it if not `forward`.
 * False, and the cursor stands on none, where there is none.
 */
export function listDelete(arena: Arena, list: number, cursor: ListCursor, forward: boolean): boolean {
  const { words } = arena;
  const { node, entry } = cursor;
  const previous = words[(node >> 2) + NODE_PREVIOUS];
  const next = words[(node >> 2) + NODE_NEXT];
  const wasOnly = words[(node >> 2) + NODE_COUNT] === 1;
  const before = entry.place - firstPlace(arena, packedOf(words, node));
  takeOut(arena, list, node, cursor, 1);
  let stays = false;
  if (!wasOnly) {
    const packed = packedOf(words, node);
    if (forward) stays = entry.place !== 0;
    else if (before > 0) {
      if (entry.place === 0) stays = packedLast(arena, packed, entry);
      else stays = toPlaceBefore(arena, packed, entry.place, cursor);
    }
  }
  if (!stays) {
    cursor.node = forward ? next : previous;
    if (cursor.node === 0) entry.place = 0;
    else if (forward) packedFirst(arena, packedOf(words, next), entry);
    else packedLast(arena, packedOf(words, previous), entry);
  }
  if (!wasOnly) joinSmall(arena, list, node, cursor);
  return cursor.node !== 0;
}

function toPlaceBefore(arena: Arena, packed: number, place: number, cursor: ListCursor): boolean {
  readEntry(arena, packed, place, cursor.entry);
  return packedPrevious(arena, packed, cursor.entry);
}

/** Takes out `count` elements from an index on, or as many as there are. Never fails. */
export function listDeleteRange(arena: Arena, list: number, index: number, count: number): void {
  const { words } = arena;
  let left = Math.min(count, words[(list >> 2) + LIST_COUNT] - index);
  if (left <= 0) return;
  const inNode = toNodeOf(words, list, index, walker);
  let { node } = walker;
  const begun = inNode > 0 ? node : 0;
  if (inNode > 0) {
    const here = Math.min(left, words[(node >> 2) + NODE_COUNT] - inNode);
    packedAt(arena, packedOf(words, node), inNode, walker.entry);
    takeOut(arena, list, node, walker, here);
    left -= here;
    node = words[(node >> 2) + NODE_NEXT];
  }
  while (left > 0) {
    const here = words[(node >> 2) + NODE_COUNT];
    if (here > left) {
      packedFirst(arena, packedOf(words, node), walker.entry);
      takeOut(arena, list, node, walker, left);
      break;
    }
    const next = words[(node >> 2) + NODE_NEXT];
    dropNode(arena, list, node);
    left -= here;
    node = next;
  }
  if (node !== 0) joinSmall(arena, list, node, null);
  if (begun !== 0) joinSmall(arena, list, begun, null);
}

/** Where `listDeleteRange` is. */
const walker = new ListCursor();

/** Joins a node that uses a quarter of what it may with a neighbour, if both together use half. */
function joinSmall(arena: Arena, list: number, node: number, cursor: ListCursor | null): void {
  const { words } = arena;
  const most = words[(list >> 2) + LIST_MAX_BYTES] >> 1;
  const size = packedBytes(arena, packedOf(words, node));
  if (size > most >> 1) return;
  const next = words[(node >> 2) + NODE_NEXT];
  const previous = words[(node >> 2) + NODE_PREVIOUS];
  if (next !== 0 && mayJoin(arena, list, node, next, most)) join(arena, list, node, next, cursor);
  else if (previous !== 0 && mayJoin(arena, list, previous, node, most))
    join(arena, list, previous, node, cursor);
}

function mayJoin(arena: Arena, list: number, left: number, right: number, most: number): boolean {
  const { words } = arena;
  const count = words[(left >> 2) + NODE_COUNT] + words[(right >> 2) + NODE_COUNT];
  if (count > words[(list >> 2) + LIST_MAX_COUNT]) return false;
  return packedBytes(arena, packedOf(words, left)) + packedBytes(arena, packedOf(words, right)) <= most;
}

/** Moves all elements of a node to the end of the one before it. A cursor that is given keeps its element. */
function join(arena: Arena, list: number, left: number, right: number, cursor: ListCursor | null): void {
  const { words } = arena;
  const leftPacked = packedOf(words, left);
  const rightPacked = packedOf(words, right);
  const count = words[(right >> 2) + NODE_COUNT];
  // Where the cursor's element will be, from the first element of both.
  let offset = -1;
  if (cursor !== null && cursor.node === left) offset = cursor.entry.place - firstPlace(arena, leftPacked);
  else if (cursor !== null && cursor.node === right) {
    offset =
      cursor.entry.place -
      firstPlace(arena, rightPacked) +
      packedBytes(arena, leftPacked) -
      PACKED_HEADER_BYTES;
  }
  const changed = appendEntries(
    arena,
    leftPacked,
    rightPacked,
    firstPlace(arena, rightPacked),
    count,
    scratch,
  );
  if (changed === 0) return;
  words[(left >> 2) + NODE_PACKED] = changed;
  addToCounts(words, list, left, count);
  dropNode(arena, list, right);
  if (cursor === null || offset < 0) return;
  cursor.node = left;
  readEntry(arena, changed, firstPlace(arena, changed) + offset, cursor.entry);
}
