/**
 * The blob under packed entries: its header, and making and closing room between entries. Any thread that holds the
 * arena's lock. Must not know what the bytes between the entries' beginning and end are.
 *
 * A blob is one block of the allocator and begins with two words, 8 bytes:
 *
 *     word 0   where the entries end, in bytes from the blob's beginning
 *     word 1   number of entries (20 bits), and bytes between these words and the first entry (12 bits): the gap
 *
 * The gap makes taking from and adding to the beginning cheap, as the room behind the entries does at the end.
 */
import { allocate, release, usableSize } from './allocator.ts';
import type { Arena } from './arena.ts';
import { copyIn, moveBytes } from './move-bytes.ts';
import type { PackedCursor } from './packed-entry.ts';

export const PACKED_HEADER_BYTES = 8;
/** More entries do not fit: callers keep their thresholds at or below it. */
export const PACKED_MAX_COUNT = 2 ** 20 - 1;

const GAP_SHIFT = 20;
const MAX_GAP = 4095;
/** Blocks up to this size are not made smaller. */
const SMALL_BLOCK_BYTES = 64;

/** An empty blob with room for `roomBytes` of entries. 0 when there is no memory. */
export function createPacked(arena: Arena, roomBytes: number): number {
  const packed = allocate(arena, PACKED_HEADER_BYTES + roomBytes);
  if (packed !== 0) clearPacked(arena, packed);
  return packed;
}

/** A blob of the same entries, with nothing to spare. 0 when there is no memory. */
export function copyPacked(arena: Arena, packed: number): number {
  return copyPackedTo(arena, packed, arena);
}

/** As `copyPacked`, in the same arena or another one. */
export function copyPackedTo(arena: Arena, packed: number, target: Arena): number {
  const bytes = packedBytes(arena, packed);
  const copy = allocate(target, bytes);
  if (copy === 0) return 0;
  setBounds(target, copy, packedCount(arena, packed), 0, bytes);
  const from = packed + firstPlace(arena, packed);
  copyIn(target, arena.bytes, from, packed + endPlace(arena, packed), copy + PACKED_HEADER_BYTES);
  return copy;
}

/** Makes the blob empty without giving back memory. */
export function clearPacked(arena: Arena, packed: number): void {
  arena.words[packed >> 2] = PACKED_HEADER_BYTES;
  arena.words[(packed >> 2) + 1] = 0;
}

export function packedCount(arena: Arena, packed: number): number {
  return arena.words[(packed >> 2) + 1] & PACKED_MAX_COUNT;
}

export function addToCount(arena: Arena, packed: number, count: number): void {
  arena.words[(packed >> 2) + 1] += count;
}

function gapOf(arena: Arena, packed: number): number {
  return arena.words[(packed >> 2) + 1] >>> GAP_SHIFT;
}

function setBounds(arena: Arena, packed: number, count: number, gap: number, end: number): void {
  arena.words[packed >> 2] = end;
  arena.words[(packed >> 2) + 1] = count | (gap << GAP_SHIFT);
}

/** Bytes of the header and all entries. The block may be larger. */
export function packedBytes(arena: Arena, packed: number): number {
  return arena.words[packed >> 2] - gapOf(arena, packed);
}

/** Place of the first entry, or of the end where there is none. */
export function firstPlace(arena: Arena, packed: number): number {
  return PACKED_HEADER_BYTES + gapOf(arena, packed);
}

/** Place behind the last entry. */
export function endPlace(arena: Arena, packed: number): number {
  return arena.words[packed >> 2];
}

/**
 * Makes the `oldSize` bytes at the cursor's place `newSize` bytes long, and corrects the place. The number of entries
 * stays. Returns the blob's offset, which may be another; 0 when there is no memory, and nothing has changed.
 */
export function resizeAt(
  arena: Arena,
  packed: number,
  oldSize: number,
  newSize: number,
  cursor: PackedCursor,
): number {
  if (newSize < oldSize) {
    closeRoom(arena, packed, oldSize, newSize, cursor);
    return packed;
  }
  const growth = newSize - oldSize;
  if (growth === 0) return packed;
  const gap = gapOf(arena, packed);
  const end = endPlace(arena, packed);
  const before = cursor.place - PACKED_HEADER_BYTES - gap;
  const after = end - cursor.place - oldSize;
  const room = usableSize(arena, packed) - end;
  const count = packedCount(arena, packed);
  if (growth <= gap && before < after) {
    const first = packed + PACKED_HEADER_BYTES + gap;
    moveBytes(arena, first, first - growth, before);
    setBounds(arena, packed, count, gap - growth, end);
    cursor.place -= growth;
    return packed;
  }
  if (growth <= room) {
    // Who adds at the beginning will do so again: half of what is left goes there.
    const atFront = before === 0 && after > 0;
    const extra = atFront ? Math.min(MAX_GAP - gap, (room - growth) >> 1) : 0;
    const from = packed + cursor.place + oldSize;
    moveBytes(arena, from, from + growth + extra, after);
    setBounds(arena, packed, count, gap + extra, end + growth + extra);
    cursor.place += extra;
    return packed;
  }
  const live = end - gap;
  // Moving all entries for the sake of a few bytes would have to be done again soon.
  const worthwhile = gap + room - growth >= live >> 3;
  if (!worthwhile) {
    const moved = grow(arena, packed, oldSize, newSize, cursor);
    if (moved !== 0) return moved;
  }
  if (growth > gap + room) return 0;
  closeGap(arena, packed, oldSize, newSize, cursor);
  return packed;
}

function closeRoom(
  arena: Arena,
  packed: number,
  oldSize: number,
  newSize: number,
  cursor: PackedCursor,
): void {
  const shrinkage = oldSize - newSize;
  const gap = gapOf(arena, packed);
  const end = endPlace(arena, packed);
  const before = cursor.place - PACKED_HEADER_BYTES - gap;
  const after = end - cursor.place - oldSize;
  const count = packedCount(arena, packed);
  if (before < after && gap + shrinkage <= MAX_GAP) {
    const first = packed + PACKED_HEADER_BYTES + gap;
    moveBytes(arena, first, first + shrinkage, before);
    setBounds(arena, packed, count, gap + shrinkage, end);
    cursor.place += shrinkage;
  } else {
    const from = packed + cursor.place + oldSize;
    moveBytes(arena, from, from - shrinkage, after);
    setBounds(arena, packed, count, gap, end - shrinkage);
  }
}

/** Uses the gap for what is needed further behind. */
function closeGap(
  arena: Arena,
  packed: number,
  oldSize: number,
  newSize: number,
  cursor: PackedCursor,
): void {
  const gap = gapOf(arena, packed);
  const end = endPlace(arena, packed);
  const first = packed + PACKED_HEADER_BYTES + gap;
  const before = packed + cursor.place - first;
  const from = packed + cursor.place + oldSize;
  const to = from + newSize - oldSize - gap;
  const after = packed + end - from;
  // What moves up must do so before something moves into its place, and the other way round.
  if (to > from) moveBytes(arena, from, to, after);
  moveBytes(arena, first, packed + PACKED_HEADER_BYTES, before);
  if (to < from) moveBytes(arena, from, to, after);
  setBounds(arena, packed, packedCount(arena, packed), 0, end + to - from);
  cursor.place -= gap;
}

/** To a larger block. Blobs that are used at their beginning get some room there, and all that do get room to spare. */
function grow(arena: Arena, packed: number, oldSize: number, newSize: number, cursor: PackedCursor): number {
  const gap = gapOf(arena, packed);
  const live = endPlace(arena, packed) - gap;
  const needed = live + newSize - oldSize;
  const atFront = cursor.place === PACKED_HEADER_BYTES + gap && cursor.place + oldSize < live + gap;
  const spare = atFront ? live >> 2 : gap > 0 ? live >> 3 : 0;
  const moved = relocate(arena, packed, oldSize, newSize, needed + spare, atFront, cursor);
  if (moved !== 0 || spare === 0) return moved;
  return relocate(arena, packed, oldSize, newSize, needed, atFront, cursor);
}

/**
 * To another block of at least `capacity` bytes, with `newSize` bytes in place of the `oldSize` at the cursor's place.
 * What is to spare lies before the first entry if `spareAtFront`, otherwise behind the last.
 */
function relocate(
  arena: Arena,
  packed: number,
  oldSize: number,
  newSize: number,
  capacity: number,
  spareAtFront: boolean,
  cursor: PackedCursor,
): number {
  const moved = allocate(arena, capacity);
  if (moved === 0) return 0;
  const first = firstPlace(arena, packed);
  const end = endPlace(arena, packed);
  const needed = PACKED_HEADER_BYTES + end - first + newSize - oldSize;
  const gap = spareAtFront ? Math.min(MAX_GAP, usableSize(arena, moved) - needed) : 0;
  const before = cursor.place - first;
  const place = PACKED_HEADER_BYTES + gap + before;
  const from = cursor.place + oldSize;
  moveBytes(arena, packed + first, moved + PACKED_HEADER_BYTES + gap, before);
  moveBytes(arena, packed + from, moved + place + newSize, end - from);
  setBounds(arena, moved, packedCount(arena, packed), gap, needed + gap);
  cursor.place = place;
  release(arena, packed);
  return moved;
}

/** After entries were taken out: to a smaller block where half of this one is unused. Corrects the cursor's place. */
export function shrinkPacked(arena: Arena, packed: number, cursor: PackedCursor): number {
  const live = packedBytes(arena, packed);
  if (usableSize(arena, packed) <= Math.max(SMALL_BLOCK_BYTES, 2 * live)) return packed;
  const moved = relocate(arena, packed, 0, 0, live, false, cursor);
  return moved === 0 ? packed : moved;
}

/**
 * Sees to it that entries of `sizeBytes` fit without another allocation. Asks for `spareBytes` more, which lie at the
 * beginning if `atFront`, but does without where memory is short. The cursor stays where it stands, but must be
 * read again before it shows anything. Returns the blob's offset, 0 when there is no memory.
 */
export function packedReserve(
  arena: Arena,
  packed: number,
  sizeBytes: number,
  spareBytes: number,
  atFront: boolean,
  cursor: PackedCursor,
): number {
  const needed = packedBytes(arena, packed) + sizeBytes;
  if (usableSize(arena, packed) >= needed) return packed;
  const standing = cursor.place !== 0;
  if (!standing) cursor.place = firstPlace(arena, packed);
  let moved = relocate(arena, packed, 0, 0, needed + spareBytes, atFront, cursor);
  if (moved === 0 && spareBytes > 0) moved = relocate(arena, packed, 0, 0, needed, atFront, cursor);
  if (!standing) cursor.place = 0;
  return moved;
}
