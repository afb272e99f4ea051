/**
 * * The search for keys whose time has come and that nobody asks for. A slice at a time, under the shard's lock. Any
 * worker thread; the workers share the shards among themselves.
 */
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import { Key, prepareKey } from './key.ts';
import { findKey } from './keyspace.ts';
import { keyLength, keyOffset, recordExpiry } from './record.ts';
import { DB_EXPIRE_CURSOR, DB_EXPIRES, databaseAt, type Shard, type Store } from './store.ts';

const BUCKETS_PER_SLICE = 16;
/** When more than this share of the keys seen has expired, there are likely more. */
const WORTH_REPEATING = 0.1;
const MAX_SLICES = 64;

const found = new EntryList();

/** Removes expired keys of a shard; slices follow each other while they find many. Returns how many it removed. */
export function expireShard(store: Store, shard: Shard, nowMs: number): number {
  let removed = 0;
  for (let database = 0; database < store.databases; database++) {
    for (let slice = 0; slice < MAX_SLICES; slice++) {
      if (shard.arena.words[databaseAt(shard.arena, database) + DB_EXPIRES] === 0) break;
      if (!store.tryLock(shard)) return removed;
      const expired = expireSlice(store, shard, database, nowMs);
      store.unlock(shard);
      removed += expired;
      if (expired <= found.count * WORTH_REPEATING) break;
    }
  }
  return removed;
}

function expireSlice(store: Store, shard: Shard, database: number, nowMs: number): number {
  const { arena } = shard;
  const { words } = arena;
  const at = databaseAt(arena, database);
  found.count = 0;
  for (let bucket = 0; bucket < BUCKETS_PER_SLICE && words[at + DB_EXPIRES] !== 0; bucket++) {
    const cursor = words[at + DB_EXPIRE_CURSOR] >>> 0;
    const next = scanBucket(arena, words[at + DB_EXPIRES], cursor, found);
    words[at + DB_EXPIRE_CURSOR] = next | 0;
    if (next === 0) break;
  }
  let expired = 0;
  for (let index = 0; index < found.count; index++) {
    const record = found.entries[index];
    if (recordExpiry(arena, record) > nowMs) continue;
    expired += 1;
    findRecord(store, shard, database, record, nowMs);
  }
  return expired;
}

/** Looks up a record by its own key, which removes it when its time has come. */
function findRecord(store: Store, shard: Shard, database: number, record: number, nowMs: number): void {
  const { arena } = shard;
  const key = new Key(shard, arena.bytes);
  const start = keyOffset(record);
  prepareKey(store, key, database, arena.bytes, start, start + keyLength(arena, record));
  findKey(store, key, nowMs);
}
