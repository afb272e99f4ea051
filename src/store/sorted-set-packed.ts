/**
 * A small sorted set: a packed blob of members and scores by turns, in order. Any thread that holds the shard's lock.
 * Functions that change the blob return its offset, which may be another one afterwards; 0 says that there was no
 * memory and that nothing has changed. Scores are never -0: as in the servers, it is kept as the integer 0.
 */
import type { Arena } from '../memory/arena.ts';
import {
  packedAt,
  packedDelete,
  packedEntryBytes,
  packedInsertPair,
  packedLast,
  packedNumberBytes,
  packedReplaceNumber,
} from '../memory/packed.ts';
import {
  entryAfter,
  entryNumber,
  PACKED_BYTES,
  PackedCursor,
  readEntry,
  writeIntegerText,
} from '../memory/packed-entry.ts';
import { endPlace, firstPlace, packedCount, packedReserve } from '../memory/packed-room.ts';

const cursor = new PackedCursor();
const digits = new Uint8Array(24);

/** How the member that a cursor stands on compares with bytes: below, at or above 0. */
export function compareMember(
  arena: Arena,
  member: PackedCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let own = arena.bytes;
  let from = member.start;
  let ownEnd = member.end;
  if (member.kind !== PACKED_BYTES) {
    own = digits;
    from = 0;
    ownEnd = writeIntegerText(digits, 0, member.value);
  }
  return compareRange(own, from, ownEnd, bytes, start, end);
}

/** As `memcmp`, and the shorter first: below, at or above 0. */
export function compareRange(
  left: Uint8Array,
  leftStart: number,
  leftEnd: number,
  right: Uint8Array,
  start: number,
  end: number,
): number {
  const stop = start + Math.min(leftEnd - leftStart, end - start);
  let from = leftStart;
  let at = start;
  for (; at < stop; at++, from++) if (left[from] !== right[at]) return left[from] - right[at];
  return leftEnd - from - (end - at);
}

/** Number of members in a blob. */
export function pairCount(arena: Arena, packed: number): number {
  return packedCount(arena, packed) >> 1;
}

/** How many members come before the place of a member's entry. */
export function rankOfPlace(arena: Arena, packed: number, place: number): number {
  let rank = 0;
  const stop = packed + place;
  for (let at = packed + firstPlace(arena, packed); at < stop; rank++)
    at = entryAfter(arena, entryAfter(arena, at));
  return rank;
}

/**
 * Leaves `cursor` on the member before which a member with this score belongs, or on none: at the end. Returns how
 * many members come before it.
 */
function seekPlace(
  arena: Arena,
  packed: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  score: number,
): number {
  const count = pairCount(arena, packed);
  // What comes in order belongs at the end.
  if (packedLast(arena, packed, cursor) && cursor.value < score) {
    cursor.place = 0;
    return count;
  }
  let rank = 0;
  const stop = packed + endPlace(arena, packed);
  for (let at = packed + firstPlace(arena, packed); at < stop; rank++) {
    const scoreAt = entryAfter(arena, at);
    const own = entryNumber(arena, scoreAt);
    if (own >= score) {
      readEntry(arena, packed, at - packed, cursor);
      if (own > score || compareMember(arena, cursor, bytes, start, end) > 0) return rank;
    }
    at = entryAfter(arena, scoreAt);
  }
  cursor.place = 0;
  return rank;
}

/** Adds a member that is not there. */
export function insertPair(
  arena: Arena,
  packed: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  score: number,
): number {
  seekPlace(arena, packed, bytes, start, end, score);
  return insertAtCursor(arena, packed, bytes, start, end, score);
}

/** Adds a member behind all others. */
export function appendPair(
  arena: Arena,
  packed: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  score: number,
): number {
  cursor.place = 0;
  return insertAtCursor(arena, packed, bytes, start, end, score);
}

function insertAtCursor(
  arena: Arena,
  packed: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  score: number,
): number {
  const whole = score + 0;
  const size = packedEntryBytes(bytes, start, end) + packedNumberBytes(whole);
  const roomy = packedReserve(arena, packed, size, 0, false, cursor);
  if (roomy === 0) return 0;
  return packedInsertPair(arena, roomy, cursor, bytes, start, end, whole);
}

/** Gives the member whose entry is at `place` another score. The bytes are the member's, and not part of the blob. */
export function changePair(
  arena: Arena,
  packed: number,
  place: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  score: number,
): number {
  const old = rankOfPlace(arena, packed, place);
  const rank = seekPlace(arena, packed, bytes, start, end, score);
  if (rank === old || rank === old + 1) {
    packedAt(arena, packed, 2 * old + 1, cursor);
    return packedReplaceNumber(arena, packed, cursor, score + 0);
  }
  // The new place is made before the old one is given up, because only that may fail.
  const changed = insertAtCursor(arena, packed, bytes, start, end, score);
  return changed === 0 ? 0 : deletePairs(arena, changed, rank < old ? old + 1 : old, 1);
}

/** Takes out `count` members from a rank on. Never fails. */
export function deletePairs(arena: Arena, packed: number, rank: number, count: number): number {
  packedAt(arena, packed, 2 * rank, cursor);
  return packedDelete(arena, packed, cursor, 2 * count);
}
