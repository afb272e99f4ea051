/**
 * The buckets of a hash table: where they are, and putting an entry into one or taking it out. Under the arena's lock.
 * Used by the hash table's own files only.
 */
import { allocate, release } from './allocator.ts';
import type { Arena } from './arena.ts';
import {
  BUCKET_BYTES,
  BUCKET_ENTRIES,
  BUCKET_NEXT,
  BUCKET_SLOTS,
  BUCKET_WORDS,
  SEGMENT_BUCKETS,
  SEGMENT_SHIFT,
  TABLE_CHAINED,
} from './table-layout.ts';

const INVERSE = 2 ** -32;

/** Bucket of a hash among `buckets`. */
export function bucketIndex(hash: number, buckets: number): number {
  return ((hash >>> 0) * buckets * INVERSE) | 0;
}

export function bucketAddress(words: Int32Array, storage: number, buckets: number, index: number): number {
  if (buckets <= SEGMENT_BUCKETS) return storage + index * BUCKET_BYTES;
  const segment = words[(storage >> 2) + (index >> SEGMENT_SHIFT)];
  return segment + (index & (SEGMENT_BUCKETS - 1)) * BUCKET_BYTES;
}

export function clearBuckets(words: Int32Array, offset: number, buckets: number): void {
  words.fill(0, offset >> 2, (offset >> 2) + buckets * BUCKET_WORDS);
}

/** Puts an entry into the chain that begins at `bucket`. False when there is no memory for a longer chain. */
export function placeEntry(arena: Arena, head: number, bucket: number, hash: number, entry: number): boolean {
  const { words } = arena;
  for (let here = bucket; ; ) {
    const at = here >> 2;
    for (let place = 0; place < BUCKET_SLOTS; place++) {
      if (words[at + BUCKET_ENTRIES + place] !== 0) continue;
      words[at + BUCKET_ENTRIES + place] = entry;
      arena.bytes[here + place] = hash;
      return true;
    }
    const next = words[at + BUCKET_NEXT];
    if (next !== 0) {
      here = next;
      continue;
    }
    const chained = allocate(arena, BUCKET_BYTES);
    if (chained === 0) return false;
    clearBuckets(words, chained, 1);
    words[at + BUCKET_NEXT] = chained;
    words[(head >> 2) + TABLE_CHAINED] += 1;
    here = chained;
  }
}

/** Takes an entry out of the chain that begins at `home`. False when it is not there. */
export function takeEntry(arena: Arena, head: number, home: number, entry: number): boolean {
  const { words, bytes } = arena;
  let before = 0;
  for (let bucket = home; bucket !== 0; bucket = words[(bucket >> 2) + BUCKET_NEXT]) {
    const at = (bucket >> 2) + BUCKET_ENTRIES;
    for (let place = 0; place < BUCKET_SLOTS; place++) {
      if (words[at + place] !== entry) continue;
      words[at + place] = 0;
      bytes[bucket + place] = 0;
      tidyChain(arena, head, before, bucket);
      return true;
    }
    before = bucket;
  }
  return false;
}

/** Fills the hole in a bucket from the one behind it, and drops a chained bucket that has become empty. */
function tidyChain(arena: Arena, head: number, before: number, bucket: number): void {
  const { words, bytes } = arena;
  let previous = before;
  let here = bucket;
  for (let next = words[(here >> 2) + BUCKET_NEXT]; next !== 0; next = words[(here >> 2) + BUCKET_NEXT]) {
    const hole = firstHole(words, here);
    const last = lastEntry(words, next);
    if (hole < 0 || last < 0) break;
    words[(here >> 2) + BUCKET_ENTRIES + hole] = words[(next >> 2) + BUCKET_ENTRIES + last];
    bytes[here + hole] = bytes[next + last];
    words[(next >> 2) + BUCKET_ENTRIES + last] = 0;
    bytes[next + last] = 0;
    previous = here;
    here = next;
  }
  if (previous === 0 || lastEntry(words, here) >= 0) return;
  words[(previous >> 2) + BUCKET_NEXT] = words[(here >> 2) + BUCKET_NEXT];
  words[(head >> 2) + TABLE_CHAINED] -= 1;
  release(arena, here);
}

function firstHole(words: Int32Array, bucket: number): number {
  const at = (bucket >> 2) + BUCKET_ENTRIES;
  for (let place = 0; place < BUCKET_SLOTS; place++) if (words[at + place] === 0) return place;
  return -1;
}

function lastEntry(words: Int32Array, bucket: number): number {
  const at = (bucket >> 2) + BUCKET_ENTRIES;
  for (let place = BUCKET_SLOTS - 1; place >= 0; place--) if (words[at + place] !== 0) return place;
  return -1;
}
