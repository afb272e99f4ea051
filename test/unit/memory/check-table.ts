/** Walks a whole hash table and throws where something does not fit. Returns its entries. */
import type { Arena } from '../../../src/memory/arena.ts';
import { entryHash } from '../../../src/memory/hash-table.ts';
import { bucketAddress, bucketIndex } from '../../../src/memory/table-buckets.ts';
import {
  BUCKET_ENTRIES,
  BUCKET_NEXT,
  BUCKET_SLOTS,
  SEGMENT_BUCKETS,
  SEGMENT_SHIFT,
  TABLE_BUCKETS,
  TABLE_CHAINED,
  TABLE_COUNT,
  TABLE_FRONTIER,
  TABLE_OLD_BUCKETS,
  TABLE_OLD_STORAGE,
  TABLE_STORAGE,
} from '../../../src/memory/table-layout.ts';

function fail(what: string): never {
  throw new Error(`table: ${what}`);
}

export function checkTable(arena: Arena, head: number): Set<number> {
  const { words, bytes } = arena;
  const at = head >> 2;
  const entries = new Set<number>();
  const oldBuckets = words[at + TABLE_OLD_BUCKETS];
  const frontier = words[at + TABLE_FRONTIER];
  let chained = 0;
  const walk = (storage: number, buckets: number, index: number, isOld: boolean): void => {
    if (buckets > SEGMENT_BUCKETS && words[(storage >> 2) + (index >> SEGMENT_SHIFT)] === 0) return;
    let bucket = bucketAddress(words, storage, buckets, index);
    for (let depth = 0; bucket !== 0; depth += 1) {
      let count = 0;
      for (let place = 0; place < BUCKET_SLOTS; place++) {
        const entry = words[(bucket >> 2) + BUCKET_ENTRIES + place];
        if (entry === 0) {
          if (bytes[bucket + place] !== 0) fail('a tag without an entry');
          continue;
        }
        const hash = entryHash(arena, entry);
        if (bytes[bucket + place] !== (hash & 0xff)) fail(`tag of the entry ${entry}`);
        if (bucketIndex(hash, buckets) !== index) fail(`the entry ${entry} is in the wrong bucket`);
        const isMoved = oldBuckets !== 0 && bucketIndex(hash, oldBuckets) < frontier;
        if (oldBuckets !== 0 && isMoved === isOld)
          fail(`the entry ${entry} is on the wrong side of the frontier`);
        if (entries.has(entry)) fail(`the entry ${entry} is there twice`);
        entries.add(entry);
        count += 1;
      }
      if (depth > 0) {
        chained += 1;
        if (count === 0) fail('an empty bucket in a chain');
      }
      bucket = words[(bucket >> 2) + BUCKET_NEXT];
    }
  };
  for (let index = 0; index < words[at + TABLE_BUCKETS]; index++) {
    walk(words[at + TABLE_STORAGE], words[at + TABLE_BUCKETS], index, false);
  }
  for (let index = frontier; index < oldBuckets; index++)
    walk(words[at + TABLE_OLD_STORAGE], oldBuckets, index, true);
  if (entries.size !== words[at + TABLE_COUNT])
    fail(`${entries.size} entries, ${words[at + TABLE_COUNT]} said`);
  if (chained !== words[at + TABLE_CHAINED])
    fail(`${chained} chained buckets, ${words[at + TABLE_CHAINED]} said`);
  return entries;
}
