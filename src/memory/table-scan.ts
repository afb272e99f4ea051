/**
 * * Going through a hash table: page by page with a cursor that stays valid whatever happens in between, and to
 * entries chosen by chance. Under the arena's lock.
 *
 * A cursor is a hash: everything below it has been given out. Buckets lie in the order of hashes, so an entry that is
 * in the table from the first page to the last is given out whatever resizing goes on, and twice only when the number
 * of buckets changed. 0 begins, and means the end when it is returned.
 */
import type { Arena } from './arena.ts';
import { bucketAddress, bucketIndex } from './table-buckets.ts';
import {
  BUCKET_ENTRIES,
  BUCKET_NEXT,
  BUCKET_SLOTS,
  TABLE_BUCKETS,
  TABLE_COUNT,
  TABLE_FRONTIER,
  TABLE_OLD_BUCKETS,
  TABLE_OLD_STORAGE,
  TABLE_STORAGE,
} from './table-layout.ts';

const HASHES = 2 ** 32;
/** Places of a bucket and one chained to it: what a draw of a random entry chooses from. */
const DRAWN_PLACES = 2 * BUCKET_SLOTS;

/** Offsets of entries, reused from page to page. */
export class EntryList {
  entries = new Int32Array(64);
  count = 0;

  add(entry: number): void {
    if (this.count === this.entries.length) {
      const grown = new Int32Array(2 * this.count);
      grown.set(this.entries);
      this.entries = grown;
    }
    this.entries[this.count] = entry;
    this.count += 1;
  }
}

/** Adds the entries of the bucket at `cursor` to `out`; returns the next cursor, 0 at the end. */
export function scanBucket(arena: Arena, head: number, cursor: number, out: EntryList): number {
  const { words } = arena;
  const at = head >> 2;
  let buckets = words[at + TABLE_BUCKETS];
  let storage = words[at + TABLE_STORAGE];
  let limit = HASHES;
  const oldBuckets = words[at + TABLE_OLD_BUCKETS];
  if (oldBuckets !== 0) {
    const frontier = words[at + TABLE_FRONTIER];
    if (indexAt(cursor, oldBuckets) >= frontier) {
      buckets = oldBuckets;
      storage = words[at + TABLE_OLD_STORAGE];
    } else limit = firstHash(frontier, oldBuckets);
  }
  const index = indexAt(cursor, buckets);
  addChain(words, bucketAddress(words, storage, buckets, index), out);
  // At the frontier the rest of a new bucket's hashes is still in the old ones.
  const next = Math.min(limit, firstHash(index + 1, buckets));
  return next >= HASHES ? 0 : next;
}

/**
 * An entry chosen by chance, each as likely as any other; 0 when there is none. `next` gives numbers in [0, 1).
 * Entries beyond the second bucket of a chain are a little less likely; there are hardly any.
 */
export function randomEntry(arena: Arena, head: number, next: () => number): number {
  const { words } = arena;
  const at = head >> 2;
  if (words[at + TABLE_COUNT] === 0) return 0;
  for (;;) {
    const bucket = bucketAt(words, at, Math.floor(next() * HASHES));
    const entry = drawFrom(words, bucket, next);
    if (entry !== 0) return entry;
  }
}

/** The bucket that holds a hash, by chance all hashes being equally likely. */
function bucketAt(words: Int32Array, at: number, hash: number): number {
  const oldBuckets = words[at + TABLE_OLD_BUCKETS];
  if (oldBuckets !== 0) {
    const old = bucketIndex(hash, oldBuckets);
    if (old >= words[at + TABLE_FRONTIER]) {
      return bucketAddress(words, words[at + TABLE_OLD_STORAGE], oldBuckets, old);
    }
  }
  const buckets = words[at + TABLE_BUCKETS];
  return bucketAddress(words, words[at + TABLE_STORAGE], buckets, bucketIndex(hash, buckets));
}

function drawFrom(words: Int32Array, home: number, next: () => number): number {
  let places = BUCKET_SLOTS;
  for (let more = words[(home >> 2) + BUCKET_NEXT]; more !== 0; more = words[(more >> 2) + BUCKET_NEXT]) {
    places += BUCKET_SLOTS;
  }
  let place = Math.floor(next() * Math.max(places, DRAWN_PLACES));
  if (place >= places) return 0;
  let bucket = home;
  for (; place >= BUCKET_SLOTS; place -= BUCKET_SLOTS) bucket = words[(bucket >> 2) + BUCKET_NEXT];
  return words[(bucket >> 2) + BUCKET_ENTRIES + place];
}

function addChain(words: Int32Array, home: number, out: EntryList): void {
  for (let bucket = home; bucket !== 0; bucket = words[(bucket >> 2) + BUCKET_NEXT]) {
    for (let place = 0; place < BUCKET_SLOTS; place++) {
      const entry = words[(bucket >> 2) + BUCKET_ENTRIES + place];
      if (entry !== 0) out.add(entry);
    }
  }
}

function indexAt(hash: number, buckets: number): number {
  return Math.floor((hash * buckets) / HASHES);
}

/** The least hash whose bucket is `index`. */
function firstHash(index: number, buckets: number): number {
  return Math.ceil((index * HASHES) / buckets);
}
