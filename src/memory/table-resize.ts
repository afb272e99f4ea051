/**
 * Buckets of a hash table: where they are, and how their number changes while the table is in use. Old buckets are
 * emptied in order, one for each change of the table; large tables get new segments and give back old ones on the way,
 * so a table never needs twice its memory. Under the arena's lock. Used by the hash table's own files only.
 */
import { allocate, release } from './allocator.ts';
import type { Arena } from './arena.ts';
import { hashKey } from './hash.ts';
import { bucketAddress, bucketIndex, clearBuckets, placeEntry, takeEntry } from './table-buckets.ts';
import {
  BUCKET_BYTES,
  BUCKET_ENTRIES,
  BUCKET_NEXT,
  BUCKET_SLOTS,
  ENTRY_KEY,
  ENTRY_LENGTH_MASK,
  SEGMENT_BUCKETS,
  SEGMENT_SHIFT,
  TABLE_BUCKETS,
  TABLE_CHAINED,
  TABLE_COUNT,
  TABLE_FRONTIER,
  TABLE_OLD_BUCKETS,
  TABLE_OLD_STORAGE,
  TABLE_STORAGE,
} from './table-layout.ts';

/** Entries per bucket above which a table grows, and below which it shrinks. */
const FULL = 10;
const SPARSE = 3;
/** Entries per bucket after shrinking. */
const AIM = 7;
/** Tables up to this size are resized at one go. */
const SMALL_BUCKETS = 16;
/** Products of a hash and a number of buckets are exact up to here; larger tables have longer chains. */
const MAX_BUCKETS = 1 << 21;

export function resizeAfterInsert(arena: Arena, head: number): void {
  const { words } = arena;
  const at = head >> 2;
  if (words[at + TABLE_OLD_BUCKETS] !== 0) {
    moveBucket(arena, head);
    return;
  }
  const buckets = words[at + TABLE_BUCKETS];
  const count = words[at + TABLE_COUNT];
  if (count > buckets * FULL && (buckets > 1 || count > BUCKET_SLOTS))
    startResize(arena, head, larger(buckets));
}

export function resizeAfterRemove(arena: Arena, head: number): void {
  const { words } = arena;
  const at = head >> 2;
  if (words[at + TABLE_OLD_BUCKETS] !== 0) {
    moveBucket(arena, head);
    return;
  }
  const buckets = words[at + TABLE_BUCKETS];
  const count = words[at + TABLE_COUNT];
  if (buckets > 1 && count < buckets * SPARSE) {
    startResize(arena, head, roundBuckets(Math.max(1, Math.ceil(count / AIM))));
  }
}

/** Gives back all buckets; entries are left alone. */
export function destroyBuckets(arena: Arena, head: number): void {
  const { words } = arena;
  const at = head >> 2;
  const oldBuckets = words[at + TABLE_OLD_BUCKETS];
  for (let index = words[at + TABLE_FRONTIER]; index < oldBuckets; index++) {
    releaseChain(arena, bucketAddress(words, words[at + TABLE_OLD_STORAGE], oldBuckets, index));
  }
  const buckets = words[at + TABLE_BUCKETS];
  const storage = words[at + TABLE_STORAGE];
  for (let index = 0; index < buckets; index++) {
    if (buckets > SEGMENT_BUCKETS && words[(storage >> 2) + (index >> SEGMENT_SHIFT)] === 0) continue;
    releaseChain(arena, bucketAddress(words, storage, buckets, index));
  }
  if (oldBuckets !== 0) releaseStorage(arena, words[at + TABLE_OLD_STORAGE], oldBuckets);
  releaseStorage(arena, storage, buckets);
}

/** The next size up. Small tables grow by little, because there are many of them. */
function larger(buckets: number): number {
  if (buckets < 8) return buckets === 1 ? 2 : buckets + 2;
  if (buckets < 64) return buckets + (buckets >> 2);
  return roundBuckets(buckets < 4096 ? buckets + (buckets >> 1) : buckets * 2);
}

/** Whole segments, where there are segments. */
function roundBuckets(buckets: number): number {
  if (buckets <= SEGMENT_BUCKETS) return buckets;
  return Math.ceil(buckets / SEGMENT_BUCKETS) * SEGMENT_BUCKETS;
}

/** Begins to move to another number of buckets. Without memory for them everything stays as it is. */
function startResize(arena: Arena, head: number, buckets: number): void {
  const { words } = arena;
  const at = head >> 2;
  const oldBuckets = words[at + TABLE_BUCKETS];
  if (buckets > MAX_BUCKETS || buckets === oldBuckets) return;
  const storage = makeStorage(arena, buckets);
  if (storage === 0) return;
  words[at + TABLE_OLD_BUCKETS] = oldBuckets;
  words[at + TABLE_OLD_STORAGE] = words[at + TABLE_STORAGE];
  words[at + TABLE_BUCKETS] = buckets;
  words[at + TABLE_STORAGE] = storage;
  words[at + TABLE_FRONTIER] = 0;
  if (oldBuckets > SMALL_BUCKETS) return;
  while (words[at + TABLE_OLD_BUCKETS] !== 0 && moveBucket(arena, head));
}

/** Contiguous buckets, or an empty list of segments. */
function makeStorage(arena: Arena, buckets: number): number {
  const { words } = arena;
  if (buckets <= SEGMENT_BUCKETS) {
    const storage = allocate(arena, buckets * BUCKET_BYTES);
    if (storage !== 0) clearBuckets(words, storage, buckets);
    return storage;
  }
  const segments = buckets >> SEGMENT_SHIFT;
  const storage = allocate(arena, segments * 4);
  if (storage !== 0) words.fill(0, storage >> 2, (storage >> 2) + segments);
  return storage;
}

/**
 * Moves the entries of the first old bucket. False when there was no memory: the entries not moved are where they
 * were.
 */
function moveBucket(arena: Arena, head: number): boolean {
  const { words } = arena;
  const at = head >> 2;
  const oldBuckets = words[at + TABLE_OLD_BUCKETS];
  const oldStorage = words[at + TABLE_OLD_STORAGE];
  const frontier = words[at + TABLE_FRONTIER];
  if (!prepareSegments(arena, head, frontier)) return false;
  const home = bucketAddress(words, oldStorage, oldBuckets, frontier);
  if (!placeAll(arena, head, home)) return false;
  words[at + TABLE_CHAINED] -= releaseChain(arena, home);
  const done = frontier + 1;
  words[at + TABLE_FRONTIER] = done;
  if (done === oldBuckets) {
    releaseStorage(arena, oldStorage, oldBuckets);
    words[at + TABLE_OLD_BUCKETS] = 0;
    words[at + TABLE_OLD_STORAGE] = 0;
    words[at + TABLE_FRONTIER] = 0;
  } else if (oldBuckets > SEGMENT_BUCKETS && (done & (SEGMENT_BUCKETS - 1)) === 0) {
    const place = (oldStorage >> 2) + (frontier >> SEGMENT_SHIFT);
    release(arena, words[place]);
    words[place] = 0;
  }
  return true;
}

/** Makes the segments that the entries of an old bucket go to. */
function prepareSegments(arena: Arena, head: number, oldIndex: number): boolean {
  const { words } = arena;
  const at = head >> 2;
  const buckets = words[at + TABLE_BUCKETS];
  if (buckets <= SEGMENT_BUCKETS) return true;
  const oldBuckets = words[at + TABLE_OLD_BUCKETS];
  const first = Math.floor((oldIndex * buckets) / oldBuckets) >> SEGMENT_SHIFT;
  const last = Math.min(buckets - 1, Math.ceil(((oldIndex + 1) * buckets) / oldBuckets)) >> SEGMENT_SHIFT;
  const list = words[at + TABLE_STORAGE] >> 2;
  for (let segment = first; segment <= last; segment++) {
    if (words[list + segment] !== 0) continue;
    const made = allocate(arena, SEGMENT_BUCKETS * BUCKET_BYTES);
    if (made === 0) return false;
    clearBuckets(words, made, SEGMENT_BUCKETS);
    words[list + segment] = made;
  }
  return true;
}

/** Puts the entries of an old chain into the new buckets as well; all of them or, without memory, none. */
function placeAll(arena: Arena, head: number, home: number): boolean {
  const { words } = arena;
  for (let bucket = home; bucket !== 0; bucket = words[(bucket >> 2) + BUCKET_NEXT]) {
    for (let place = 0; place < BUCKET_SLOTS; place++) {
      const entry = words[(bucket >> 2) + BUCKET_ENTRIES + place];
      if (entry === 0) continue;
      const hash = hashOfEntry(arena, entry);
      if (placeEntry(arena, head, newHome(words, head, hash), hash, entry)) continue;
      unplace(arena, head, home, entry);
      return false;
    }
  }
  return true;
}

/** Takes those of an old chain that come before the entry `until` out of the new buckets again. */
function unplace(arena: Arena, head: number, home: number, until: number): void {
  const { words } = arena;
  for (let bucket = home; bucket !== 0; bucket = words[(bucket >> 2) + BUCKET_NEXT]) {
    for (let place = 0; place < BUCKET_SLOTS; place++) {
      const entry = words[(bucket >> 2) + BUCKET_ENTRIES + place];
      if (entry === until) return;
      if (entry !== 0) takeEntry(arena, head, newHome(words, head, hashOfEntry(arena, entry)), entry);
    }
  }
}

function newHome(words: Int32Array, head: number, hash: number): number {
  const at = head >> 2;
  const buckets = words[at + TABLE_BUCKETS];
  return bucketAddress(words, words[at + TABLE_STORAGE], buckets, bucketIndex(hash, buckets));
}

function hashOfEntry(arena: Arena, entry: number): number {
  const start = entry + ENTRY_KEY;
  return hashKey(arena.bytes, start, start + (arena.words[(entry >> 2) + 1] & ENTRY_LENGTH_MASK));
}

/** Gives back the buckets behind the first of a chain, and says how many. */
function releaseChain(arena: Arena, home: number): number {
  const { words } = arena;
  let count = 0;
  let bucket = words[(home >> 2) + BUCKET_NEXT];
  words[(home >> 2) + BUCKET_NEXT] = 0;
  while (bucket !== 0) {
    const next = words[(bucket >> 2) + BUCKET_NEXT];
    release(arena, bucket);
    count += 1;
    bucket = next;
  }
  return count;
}

function releaseStorage(arena: Arena, storage: number, buckets: number): void {
  if (buckets > SEGMENT_BUCKETS) {
    const list = storage >> 2;
    for (let segment = buckets >> SEGMENT_SHIFT; segment > 0; segment--) {
      release(arena, arena.words[list + segment - 1]);
    }
  }
  release(arena, storage);
}
