/**
 * Keys of a shard chosen by chance, for eviction: a few that lie together, from a place chosen by chance. The shard is
 * locked. Any worker thread.
 */
import type { EntryList } from '../memory/table-scan.ts';
import { randomEntry, scanBucket } from '../memory/table-scan.ts';
import { randomRecord } from './iterate.ts';
import { DB_DIRECTORY, DB_EXPIRES, DB_KEYS, databaseAt, type Shard, type Store } from './store.ts';

const HASHES = 2 ** 32;

/** Adds about `count` records to `out`, of those that expire or of all. */
export function sampleRecords(
  store: Store,
  shard: Shard,
  database: number,
  onlyExpiring: boolean,
  count: number,
  out: EntryList,
): void {
  const { words } = shard.arena;
  const at = databaseAt(shard.arena, database);
  const wanted = out.count + count;
  if (onlyExpiring) {
    if (words[at + DB_EXPIRES] !== 0) sampleTable(shard, words[at + DB_EXPIRES], wanted, out);
    return;
  }
  const directory = words[at + DB_DIRECTORY] >> 2;
  if (directory === 0 || words[at + DB_KEYS] === 0) return;
  const first = Math.floor(Math.random() * store.slotsPerShard);
  for (let step = 0; step < store.slotsPerShard && out.count < wanted; step++) {
    const table = words[directory + ((first + step) % store.slotsPerShard)];
    if (table !== 0) sampleTable(shard, table, wanted, out);
  }
}

/** From a place in the table to its end, and then from its beginning, until there are enough. */
function sampleTable({ arena }: Shard, table: number, wanted: number, out: EntryList): void {
  const start = Math.floor(Math.random() * HASHES);
  let cursor = start;
  do cursor = scanBucket(arena, table, cursor, out);
  while (cursor !== 0 && out.count < wanted);
  if (out.count >= wanted) return;
  do cursor = scanBucket(arena, table, cursor, out);
  while (cursor !== 0 && cursor < start && out.count < wanted);
}

/** A record by chance, of those that expire or of all; 0 where there is none. */
export function sampleRecord(store: Store, shard: Shard, database: number, onlyExpiring: boolean): number {
  if (!onlyExpiring) return randomRecord(store, shard, database, Math.random);
  const table = shard.arena.words[databaseAt(shard.arena, database) + DB_EXPIRES];
  return table === 0 ? 0 : randomEntry(shard.arena, table, Math.random);
}
