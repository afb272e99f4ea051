/** Where things stand in a hash table: its head, its buckets, its entries. In words of 32 bits. */

/** Byte offset of an entry's key. */
export const ENTRY_KEY = 8;
/** Of an entry's second word; the other two bits are its owner's. */
export const ENTRY_LENGTH_MASK = 0x3fff_ffff;

// The head.
export const HEAD_BYTES = 32;
export const TABLE_COUNT = 0;
export const TABLE_BUCKETS = 1;
/** Of up to `SEGMENT_BUCKETS` buckets: where they are. Of more: the block with the offsets of the segments. */
export const TABLE_STORAGE = 2;
/** While the table is resized: the buckets it had; else 0. */
export const TABLE_OLD_BUCKETS = 3;
export const TABLE_OLD_STORAGE = 4;
/** The old buckets below this one have been moved. */
export const TABLE_FRONTIER = 5;
/** Buckets behind others. */
export const TABLE_CHAINED = 6;
/** For whoever owns the table. */
export const TABLE_OWNER = 7;

// A bucket.
export const BUCKET_BYTES = 64;
export const BUCKET_WORDS = 16;
export const BUCKET_SLOTS = 12;
export const BUCKET_NEXT = 3;
export const BUCKET_ENTRIES = 4;

/** Buckets of a segment: 32 KiB, so that neither making nor clearing one takes long. */
export const SEGMENT_BUCKETS = 512;
export const SEGMENT_SHIFT = 9;
