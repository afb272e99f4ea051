/**
 * * A hash table of entries: blocks that begin with a word of their owner's, a word whose low 30 bits are the length
 * of the key, and the key. Used for the keys of a slot, the members of a set, the fields of a hash. Under the arena's
 * lock.
 *
 * Buckets are cache lines: 12 tag bytes (the low bits of each entry's hash), the offset of the next bucket of the
 * chain, 12 entries. The bucket of a hash is `hash * buckets / 2^32`, so buckets lie in the order of hashes whatever
 * their number is. That makes three things simple. A place in the table is a hash, and a SCAN cursor stays valid when
 * the table is resized. While it is resized, hashes below a frontier are in the new buckets and all others in the old
 * ones, so there is one place to look. And the number of buckets need not be a power of two, so a table is rarely
 * half empty.
 *
 * Resizing is spread over the changes that follow (`table-resize.ts`). A table that cannot grow for want of memory
 * lengthens its chains; only when there is none for that either does an insertion fail, and nothing has changed.
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
  HEAD_BYTES,
  TABLE_BUCKETS,
  TABLE_CHAINED,
  TABLE_COUNT,
  TABLE_FRONTIER,
  TABLE_OLD_BUCKETS,
  TABLE_OLD_STORAGE,
  TABLE_OWNER,
  TABLE_STORAGE,
} from './table-layout.ts';
import { destroyBuckets, resizeAfterInsert, resizeAfterRemove } from './table-resize.ts';

/** A new table without entries; 0 when there is no memory. */
export function createTable(arena: Arena): number {
  const head = allocate(arena, HEAD_BYTES);
  if (head === 0) return 0;
  const storage = allocate(arena, BUCKET_BYTES);
  if (storage === 0) {
    release(arena, head);
    return 0;
  }
  const { words } = arena;
  clearBuckets(words, storage, 1);
  const at = head >> 2;
  words[at + TABLE_COUNT] = 0;
  words[at + TABLE_BUCKETS] = 1;
  words[at + TABLE_STORAGE] = storage;
  words[at + TABLE_OLD_BUCKETS] = 0;
  words[at + TABLE_OLD_STORAGE] = 0;
  words[at + TABLE_FRONTIER] = 0;
  words[at + TABLE_CHAINED] = 0;
  words[at + TABLE_OWNER] = 0;
  return head;
}

/** Gives back the table, not its entries. */
export function destroyTable(arena: Arena, head: number): void {
  destroyBuckets(arena, head);
  release(arena, head);
}

export function tableCount(arena: Arena, head: number): number {
  return arena.words[(head >> 2) + TABLE_COUNT];
}

/** Bytes of the table itself, without its entries. */
export function tableBytes(arena: Arena, head: number): number {
  const at = head >> 2;
  const { words } = arena;
  const buckets = words[at + TABLE_BUCKETS] + words[at + TABLE_OLD_BUCKETS] + words[at + TABLE_CHAINED];
  return HEAD_BYTES + buckets * BUCKET_BYTES;
}

/** Hash of an entry's key. */
export function entryHash(arena: Arena, entry: number): number {
  const start = entry + ENTRY_KEY;
  return hashKey(arena.bytes, start, start + (arena.words[(entry >> 2) + 1] & ENTRY_LENGTH_MASK));
}

/** The entry with the key `bytes[start, end)`, or 0. `hash` is the key's. */
export function findEntry(
  arena: Arena,
  head: number,
  hash: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const { words } = arena;
  const pattern = Math.imul(hash & 0xff, 0x01010101);
  let bucket = homeBucket(words, head, hash);
  do {
    const at = bucket >> 2;
    for (let group = 0; group < 3; group++) {
      const tags = words[at + group] ^ pattern;
      // A bit for each tag that is equal, and now and then for one that is not: the key decides.
      let equal = ((tags - 0x01010101) | 0) & ~tags & 0x80808080;
      while (equal !== 0) {
        const place = (31 - Math.clz32(equal & -equal)) >> 3;
        const entry = words[at + BUCKET_ENTRIES + 4 * group + place];
        if (entry !== 0 && hasKey(arena, entry, bytes, start, end)) return entry;
        equal &= equal - 1;
      }
    }
    bucket = words[at + BUCKET_NEXT];
  } while (bucket !== 0);
  return 0;
}

/** Whether an entry's key is `bytes[start, end)`. */
export function hasKey(arena: Arena, entry: number, bytes: Uint8Array, start: number, end: number): boolean {
  if ((arena.words[(entry >> 2) + 1] & ENTRY_LENGTH_MASK) !== end - start) return false;
  const own = arena.bytes;
  let from = entry + ENTRY_KEY;
  for (let at = start; at < end; at++) {
    if (own[from] !== bytes[at]) return false;
    from += 1;
  }
  return true;
}

/** Adds an entry whose key is not in the table. False when there is no memory: nothing has changed. */
export function insertEntry(arena: Arena, head: number, hash: number, entry: number): boolean {
  const { words } = arena;
  if (!placeEntry(arena, head, homeBucket(words, head, hash), hash, entry)) return false;
  words[(head >> 2) + TABLE_COUNT] += 1;
  resizeAfterInsert(arena, head);
  return true;
}

/** The entry has moved: `entry` is where it is now. It must be in the table as `old`. */
export function replaceEntry(arena: Arena, head: number, hash: number, old: number, entry: number): void {
  const { words } = arena;
  for (
    let bucket = homeBucket(words, head, hash);
    bucket !== 0;
    bucket = words[(bucket >> 2) + BUCKET_NEXT]
  ) {
    const at = (bucket >> 2) + BUCKET_ENTRIES;
    for (let place = 0; place < BUCKET_SLOTS; place++) {
      if (words[at + place] !== old) continue;
      words[at + place] = entry;
      return;
    }
  }
}

/** Takes an entry out; its block stays the caller's. False when it is not in the table. */
export function removeEntry(arena: Arena, head: number, hash: number, entry: number): boolean {
  const { words } = arena;
  if (!takeEntry(arena, head, homeBucket(words, head, hash), entry)) return false;
  words[(head >> 2) + TABLE_COUNT] -= 1;
  resizeAfterRemove(arena, head);
  return true;
}

/** The bucket in which an entry with this hash is, or would be. */
export function homeBucket(words: Int32Array, head: number, hash: number): number {
  const at = head >> 2;
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
