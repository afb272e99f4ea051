/**
 * Sorted sets: one word in the key's record, the offset of a packed blob (`sorted-set-packed.ts`) or of a tree with a
 * hash table (`sorted-set-tree.ts`). Which of them is the record's encoding; a set that has grown does not go back. Any
 * thread that holds the shard's lock. Members are given as bytes, which must not be part of the same set; scores are
 * not NaN.
 */
import { release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { treeCount } from '../memory/ordered-tree-cursor.ts';
import { packedFind, packedNext } from '../memory/packed.ts';
import { PackedCursor } from '../memory/packed-entry.ts';
import { createPacked, PACKED_MAX_COUNT } from '../memory/packed-room.ts';
import { LIMIT_ZSET_ENTRIES, LIMIT_ZSET_VALUE } from './encoding-limits.ts';
import type { Key } from './key.ts';
import { putRecord } from './keyspace.ts';
import { recordEncoding, setRecordEncoding, valueOffset } from './record.ts';
import { entryScore } from './sorted-set-entry.ts';
import {
  appendPair,
  changePair,
  deletePairs,
  insertPair,
  pairCount,
  rankOfPlace,
} from './sorted-set-packed.ts';
import {
  changeScoreEntry,
  createScores,
  findScoreEntry,
  freeScores,
  insertScoreEntry,
  removeScoreEntry,
  removeScoreRanks,
  scoreEntryRank,
} from './sorted-set-tree.ts';
import { beginRanks, nextScored, SortedSetWalk } from './sorted-set-walk.ts';
import type { Store } from './store.ts';
import { TYPE_ZSET } from './types.ts';

export const ZSET_PACKED = 0;
export const ZSET_TREE = 1;
export const ZSET_VALUE_BYTES = 4;
/** More pairs do not fit into a blob, one that is there twice for a moment included. */
const MOST_PAIRS = (PACKED_MAX_COUNT >> 1) - 1;

const walk = new SortedSetWalk();

/** Offset of the blob or the tree. */
export function sortedSetBody(arena: Arena, record: number): number {
  return arena.words[valueOffset(arena, record) >> 2];
}

export function setSortedSetBody(arena: Arena, record: number, body: number): void {
  arena.words[valueOffset(arena, record) >> 2] = body;
}

export function scoredCount(arena: Arena, record: number): number {
  return countScored(arena, recordEncoding(arena, record), sortedSetBody(arena, record));
}

export function countScored(arena: Arena, encoding: number, body: number): number {
  return encoding === ZSET_PACKED ? pairCount(arena, body) : treeCount(arena, body);
}

/** A sorted set being made or changed: of no key, or of a key between `openSet` and `closeSet`. */
export class SortedBody {
  encoding = ZSET_PACKED;
  body = 0;
}

/** Where a member has been found. A change of the set makes it stale. */
export class ScorePlace {
  /** NaN at first so that the engine keeps a double here from the beginning. */
  score = Number.NaN;
  /** Its entry, or its place in the blob. */
  entry = 0;
  readonly cursor = new PackedCursor();
}

/** The set of a key that is there, to be changed by the functions below. */
export function openSet(set: SortedBody, key: Key): void {
  set.encoding = recordEncoding(key.arena, key.record);
  set.body = sortedSetBody(key.arena, key.record);
}

/** Writes down where the key's set is after changes. */
export function closeSet(set: SortedBody, key: Key): void {
  setSortedSetBody(key.arena, key.record, set.body);
  setRecordEncoding(key.arena, key.record, set.encoding);
}

/**
 * Begins an empty set. False without memory. It belongs to nobody until `adoptSet`; `freeSet` gives it back.
 */
export function createSet(arena: Arena, set: SortedBody, encoding: number): boolean {
  set.encoding = encoding;
  set.body = encoding === ZSET_PACKED ? createPacked(arena, 24) : createScores(arena);
  return set.body !== 0;
}

/** The encoding of a new set with so many members, the longest of which has this length. As `zsetTypeCreate`. */
export function firstEncoding(limits: Float64Array, expected: number, longest: number): number {
  const isSmall = expected <= limits[LIMIT_ZSET_ENTRIES] && longest <= limits[LIMIT_ZSET_VALUE];
  return isSmall && expected <= MOST_PAIRS ? ZSET_PACKED : ZSET_TREE;
}

export function freeSet(arena: Arena, set: SortedBody): void {
  if (set.body !== 0) freeSetParts(arena, set.encoding, set.body);
  set.body = 0;
}

export function freeSetParts(arena: Arena, encoding: number, body: number): void {
  if (encoding === ZSET_PACKED) release(arena, body);
  else freeScores(arena, body);
}

/** Makes a set the value of a key, which has been looked up, in place of what it held. False without memory. */
export function adoptSet(store: Store, key: Key, set: SortedBody): boolean {
  if (!putRecord(store, key, TYPE_ZSET, set.encoding, ZSET_VALUE_BYTES, 0)) return false;
  setSortedSetBody(key.arena, key.record, set.body);
  set.body = 0;
  return true;
}

/** False, and `place` is of no use, where the member is not there. */
export function findScore(
  place: ScorePlace,
  arena: Arena,
  encoding: number,
  body: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (encoding === ZSET_TREE) {
    const entry = findScoreEntry(arena, body, bytes, start, end);
    if (entry === 0) return false;
    place.entry = entry;
    place.score = entryScore(arena, entry);
    return true;
  }
  const { cursor } = place;
  if (!packedFind(arena, body, bytes, start, end, 2, cursor)) return false;
  place.entry = cursor.place;
  packedNext(arena, body, cursor);
  place.score = cursor.value;
  return true;
}

/** How many members come before the one that was found. */
export function rankOf(place: ScorePlace, arena: Arena, encoding: number, body: number): number {
  return encoding === ZSET_TREE
    ? scoreEntryRank(arena, body, place.entry)
    : rankOfPlace(arena, body, place.entry);
}

/** Adds a member that is not there. False without memory: nothing has changed, except that the form may be another. */
export function insertScore(
  arena: Arena,
  limits: Float64Array,
  set: SortedBody,
  bytes: Uint8Array,
  start: number,
  end: number,
  score: number,
): boolean {
  if (set.encoding === ZSET_PACKED) {
    if (firstEncoding(limits, pairCount(arena, set.body) + 1, end - start) === ZSET_PACKED) {
      const body = insertPair(arena, set.body, bytes, start, end, score);
      if (body === 0) return false;
      set.body = body;
      return true;
    }
    if (!toTree(arena, set)) return false;
  }
  return insertScoreEntry(arena, set.body, bytes, start, end, score);
}

/** Gives the member that was found, whose bytes these are, another score. False without memory. */
export function changeScore(
  arena: Arena,
  set: SortedBody,
  place: ScorePlace,
  bytes: Uint8Array,
  start: number,
  end: number,
  score: number,
): boolean {
  if (set.encoding === ZSET_TREE) return changeScoreEntry(arena, set.body, place.entry, score);
  const body = changePair(arena, set.body, place.entry, bytes, start, end, score);
  if (body === 0) return false;
  set.body = body;
  return true;
}

/** Takes out the member that was found. */
export function removeScore(arena: Arena, set: SortedBody, place: ScorePlace): void {
  if (set.encoding === ZSET_TREE) removeScoreEntry(arena, set.body, place.entry);
  else set.body = deletePairs(arena, set.body, rankOfPlace(arena, set.body, place.entry), 1);
}

/** Takes out `count` members, which are there, from a rank on. */
export function removeRanks(arena: Arena, set: SortedBody, rank: number, count: number): void {
  if (set.encoding === ZSET_TREE) removeScoreRanks(arena, set.body, rank, count);
  else set.body = deletePairs(arena, set.body, rank, count);
}

/** Makes a blob a tree. False without memory: it is still a blob. */
export function toTree(arena: Arena, set: SortedBody): boolean {
  const tree = createScores(arena);
  if (tree === 0) return false;
  beginRanks(walk, arena, ZSET_PACKED, set.body, 0, pairCount(arena, set.body), false);
  while (nextScored(walk)) {
    if (insertScoreEntry(arena, tree, walk.bytes, walk.start, walk.end, walk.score)) continue;
    freeScores(arena, tree);
    return false;
  }
  release(arena, set.body);
  set.encoding = ZSET_TREE;
  set.body = tree;
  return true;
}

/** Makes a tree a blob if it is small enough: results of operations. False without memory: it is still a tree. */
export function toPackedIfSmall(arena: Arena, limits: Float64Array, set: SortedBody): boolean {
  if (set.encoding === ZSET_PACKED) return true;
  const count = treeCount(arena, set.body);
  if (firstEncoding(limits, count, 0) === ZSET_TREE) return true;
  beginRanks(walk, arena, ZSET_TREE, set.body, 0, count, false);
  while (nextScored(walk)) if (walk.end - walk.start > limits[LIMIT_ZSET_VALUE]) return true;
  let body = createPacked(arena, 24);
  if (body === 0) return false;
  beginRanks(walk, arena, ZSET_TREE, set.body, 0, count, false);
  while (nextScored(walk)) {
    const grown = appendPair(arena, body, walk.bytes, walk.start, walk.end, walk.score);
    if (grown === 0) {
      release(arena, body);
      return false;
    }
    body = grown;
  }
  freeScores(arena, set.body);
  set.encoding = ZSET_PACKED;
  set.body = body;
  return true;
}
