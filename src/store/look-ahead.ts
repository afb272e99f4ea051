/**
 * Looks at what the next commands of a pipeline will need before the first of them runs. A key is found by way of its
 * slot's table, a bucket and its record, and then there is what the value has elsewhere: each is in memory that the
 * processor has to wait for, one after the other. Looked at for many keys at once, step by step, they are fetched at
 * the same time, and are near when the commands come. What has been calculated for it is not calculated again: `finds`
 * gives a key's slot and hash to the command. Worker thread; one object each.
 *
 * At 100,000 keys a pipeline of 16 takes 0.7 (GET) to 0.9 (SET in one of two comparisons) of the time, HGET and LPUSH
 * 0.8 (`bench/compare-builds.mjs`, busy machine).
 *
 * It takes no locks and changes nothing: what it reads in arenas may be wrong, because another worker is changing it,
 * and is only used to touch memory. It does not know what commands mean: it takes the first argument for the key.
 */
import { keySlot } from '../base/slot.ts';
import { hashKey } from '../memory/hash.ts';
import { homeBucket } from '../memory/hash-table.ts';
import { BUCKET_ENTRIES, ENTRY_KEY, ENTRY_LENGTH_MASK } from '../memory/table-layout.ts';
import { CR, TYPE_ARRAY, TYPE_BULK } from '../resp/constants.ts';
import { HAS_EXPIRY } from './record.ts';
import { DB_DIRECTORY, DB_KEYS, databaseAt, type Store } from './store.ts';
import { TYPE_STRING } from './types.ts';

/** So many at a time. */
const MOST = 16;
/** Longer commands cost more by what they do. */
const MOST_ARGUMENTS = 8;
const LONGEST_KEY = 64;
const LINE_WORDS = 16;
/** Keys of a shard: fewer of them are in the cache as they are, and looking costs more than it saves. */
const LEAST_KEYS = 256;
const NO_BYTES = new Uint8Array(0);

export class LookAhead {
  readonly #store: Store;
  /** Of the arenas of the keys. */
  readonly #words: Int32Array[];
  readonly #starts = new Int32Array(MOST);
  readonly #ends = new Int32Array(MOST);
  readonly #slots = new Int32Array(MOST);
  readonly #hashes = new Int32Array(MOST);
  /** Offsets: of the tables, then of buckets, then of records. */
  readonly #places = new Int32Array(MOST);
  #count = 0;
  /** The first key that no command has asked for yet. */
  #next = 0;
  /** What has not been looked at. */
  #bytes: Uint8Array = NO_BYTES;
  #at = 0;
  #end = 0;
  #database = 0;
  /** Of the key that `finds` has found. */
  slot = 0;
  hash = 0;
  /** Records that were found in the last look. */
  found = 0;
  /** What has been read ends here, so that reading it has a purpose. */
  seen = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#words = Array.from({ length: MOST }, () => store.shards[0].arena.words);
  }

  /** `bytes[start, end)` is about to be executed; it begins with a command. */
  begin(bytes: Uint8Array, start: number, end: number, database: number): void {
    const { arena } = this.#store.shards[0];
    if (arena.words[databaseAt(arena, database) + DB_KEYS] < LEAST_KEYS) return;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#database = database;
    this.#look();
  }

  /** The bytes may be others from now on. */
  end(): void {
    this.#count = 0;
    this.#next = 0;
    this.#end = 0;
    this.#at = 0;
    this.#bytes = NO_BYTES;
  }

  /** Whether slot and hash of the key `bytes[start, end)` are known. Keys are asked for in their order. */
  finds(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes !== this.#bytes) return false;
    if (this.#next === this.#count && this.#at < this.#end) this.#look();
    const starts = this.#starts;
    while (this.#next < this.#count && starts[this.#next] < start) this.#next += 1;
    if (this.#next === this.#count || starts[this.#next] !== start) return false;
    // What is no command to the reader may look like one here.
    if (this.#ends[this.#next] !== end) return false;
    this.slot = this.#slots[this.#next];
    this.hash = this.#hashes[this.#next];
    this.#next += 1;
    return true;
  }

  #look(): void {
    this.#count = 0;
    this.#next = 0;
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    while (at < end && this.#count < MOST) at = this.#frame(bytes, at, end);
    this.#at = at;
    this.#buckets();
    this.#records();
    this.#values();
  }

  /** Notes the key of a command; where the command ends, or `end` for what is unusual. */
  #frame(bytes: Uint8Array, start: number, end: number): number {
    if (bytes[start] !== TYPE_ARRAY || bytes[start + 2] !== CR) return end;
    const count = bytes[start + 1] - 0x30;
    if (count > MOST_ARGUMENTS) return end;
    let at = start + 4;
    for (let argument = 0; argument < count; argument++) {
      if (at + 2 >= end || bytes[at] !== TYPE_BULK) return end;
      let length = bytes[at + 1] - 0x30;
      for (at += 2; at < end && bytes[at] !== CR; at++) length = length * 10 + bytes[at] - 0x30;
      at += 2;
      if (length < 0 || length > end - at) return end;
      if (argument === 1 && length <= LONGEST_KEY) this.#note(bytes, at, at + length);
      at += length + 2;
    }
    return at;
  }

  #note(bytes: Uint8Array, start: number, end: number): void {
    const { shards, shardMask, shardShift } = this.#store;
    const slot = keySlot(bytes, start, end);
    const { arena } = shards[slot & shardMask];
    const { words } = arena;
    const at = this.#count;
    const directory = words[databaseAt(arena, this.#database) + DB_DIRECTORY];
    this.#words[at] = words;
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.#slots[at] = slot;
    this.#hashes[at] = hashKey(bytes, start, end);
    this.#places[at] = directory === 0 ? 0 : words[(directory >>> 2) + (slot >>> shardShift)];
    this.#count = at + 1;
  }

  #buckets(): void {
    const places = this.#places;
    for (let index = 0; index < this.#count; index++) {
      const table = places[index];
      if (table !== 0) places[index] = homeBucket(this.#words[index], table, this.#hashes[index]);
    }
  }

  /** The entries whose tags are those of the hashes: the first one, and 0 where there is none. */
  #records(): void {
    const places = this.#places;
    let found = 0;
    for (let index = 0; index < this.#count; index++) {
      if (places[index] === 0) continue;
      const words = this.#words[index];
      const bucket = places[index] >>> 2;
      const pattern = Math.imul(this.#hashes[index] & 0xff, 0x01010101);
      let record = 0;
      for (let group = 0; group < 3 && record === 0; group++) {
        const tags = words[bucket + group] ^ pattern;
        const equal = ((tags - 0x01010101) | 0) & ~tags & 0x80808080;
        if (equal === 0) continue;
        const place = (31 - Math.clz32(equal & -equal)) >> 3;
        record = words[bucket + BUCKET_ENTRIES + 4 * group + place];
      }
      places[index] = record;
      if (record !== 0) found += 1;
    }
    this.found = found;
  }

  /** The lines of the records, and of what their values have elsewhere: its offset is their first word. */
  #values(): void {
    const places = this.#places;
    let seen = 0;
    for (let index = 0; index < this.#count; index++) {
      if (places[index] === 0) continue;
      const words = this.#words[index];
      const at = places[index] >>> 2;
      seen ^= words[at + LINE_WORDS];
      if ((words[at] & 0xf) === TYPE_STRING) continue;
      const word = words[at + 1];
      const key = (word & ENTRY_LENGTH_MASK) + ENTRY_KEY + 3;
      const body = words[at + (key >>> 2) + ((word & HAS_EXPIRY) === 0 ? 0 : 2)] >>> 2;
      seen ^= words[body];
    }
    this.seen = seen;
  }
}
