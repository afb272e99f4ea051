/**
 * What MEMORY STATS tells: where the store's memory is, with the names and in the order of the product and version.
 * Buffers of replicas and of files, which an engine does not have, are 0, for tools ask for them. Worker thread. Cold:
 * when asked.
 */
import type { CompatibilityName } from '../commands/compatibility.ts';
import type { MemoryFigure } from '../commands/ports.ts';
import { heldBytes, usableSize } from '../memory/allocator.ts';
import { tableBytes } from '../memory/hash-table.ts';
import { DB_DIRECTORY, DB_EXPIRES, databaseAt, type Store } from '../store/store.ts';

/** Levels by letter, as in `info-fields.ts`; a name ends with those that have it. */
const FIELDS = [
  ...['peak.allocated PEAK', 'total.allocated USED', 'startup.allocated STARTUP', 'replication.backlog NONE'],
  ...['replica.fullsync.buffer NONE R', 'replicas.repl.buffer NONE 9', 'clients.slaves NONE'],
  ...[
    'clients.normal NONE',
    'cluster.links NONE',
    'cluster.slot_import NONE 9',
    'cluster.slot_export NONE 9',
  ],
  ...['aof.buffer NONE', 'lua.caches NONE', 'functions.caches NONE', 'script.VMs NONE R', 'db DATABASES'],
  ...['overhead.db.hashtable.lut LUT R89', 'overhead.db.hashtable.rehashing NONE R89'],
  ...['overhead.total OVERHEAD', 'db.dict.rehashing.count NONE R89', 'keys.count KEYS'],
  ...['keys.bytes-per-key PERKEY', 'dataset.bytes DATASET', 'dataset.percentage ~DATASETSHARE'],
  ...['peak.percentage ~PEAKSHARE', 'allocator.allocated USED', 'allocator.active HELD'],
  ...['allocator.resident HELD', 'allocator.muzzy NONE R89', 'allocator-fragmentation.ratio ~FRAGMENTATION'],
  ...['allocator-fragmentation.bytes FREE', 'allocator-rss.ratio ~ONE', 'allocator-rss.bytes NONE'],
  ...['rss-overhead.ratio ~RSSRATIO', 'rss-overhead.bytes RSSOVER', 'fragmentation ~MEMRATIO'],
  'fragmentation.bytes MEMOVER',
];
const LETTERS: Readonly<Record<CompatibilityName, string>> = {
  'redis-7.0': '7',
  'redis-7.2': '7',
  'redis-8': 'R',
  'valkey-8': '8',
  'valkey-9': '9',
};

export interface MemoryFacts {
  readonly peakBytes: number;
  readonly startupBytes: number;
  readonly residentBytes: number;
}

export function memoryFigures(store: Store, facts: MemoryFacts, level: CompatibilityName): MemoryFigure[] {
  const databases = Array.from({ length: store.databases }, (_, at) => databaseFigures(store, at));
  const values = figures(store, facts, databases);
  const shown: MemoryFigure[] = [];
  for (const field of FIELDS) {
    const [name, value, levels = LETTERS[level]] = field.split(' ');
    if (!levels.includes(LETTERS[level])) continue;
    if (value === 'DATABASES') {
      for (const one of databases) {
        if (one.keys === 0) continue;
        const parts = [
          { name: 'overhead.hashtable.main', value: one.tables },
          { name: 'overhead.hashtable.expires', value: one.expires },
        ];
        if (level === 'redis-7.2') parts.push({ name: 'overhead.hashtable.slot-to-keys', value: 0 });
        shown.push({ name: `db.${one.index}`, value: parts });
      }
    } else if (value.startsWith('~')) shown.push({ name, value: values[value.slice(1)], isRatio: true });
    else shown.push({ name, value: values[value] });
  }
  return shown;
}

interface DatabaseFigures {
  readonly index: number;
  readonly keys: number;
  /** Bytes of the tables of its slots, and of that of the keys that expire. */
  readonly tables: number;
  readonly expires: number;
  /** Bytes of the blocks that say where the tables are. */
  readonly directories: number;
}

function figures(
  store: Store,
  { peakBytes, startupBytes, residentBytes }: MemoryFacts,
  databases: readonly DatabaseFigures[],
): Readonly<Record<string, number>> {
  const sum = (read: (one: DatabaseFigures) => number): number =>
    databases.reduce((total, one) => total + read(one), 0);
  const used = store.usedBytes();
  const held = store.shards.reduce((total, { arena }) => total + heldBytes(arena), 0);
  const [keys, lut] = [sum((one) => one.keys), sum((one) => one.directories)];
  const overhead = startupBytes + lut + sum((one) => one.tables + one.expires);
  const dataset = Math.max(0, used - overhead);
  const own = Math.max(1, used - startupBytes);
  return {
    ...{ NONE: 0, ONE: 1, PEAK: peakBytes, USED: used, STARTUP: startupBytes, LUT: lut },
    ...{ OVERHEAD: overhead, KEYS: keys, PERKEY: keys === 0 ? 0 : Math.floor(own / keys) },
    ...{ DATASET: dataset, DATASETSHARE: (dataset / own) * 100, PEAKSHARE: (used / peakBytes) * 100 },
    ...{ HELD: held, FRAGMENTATION: held / used, FREE: held - used },
    ...{ RSSRATIO: residentBytes / held, RSSOVER: residentBytes - held },
    ...{ MEMRATIO: residentBytes / used, MEMOVER: residentBytes - used },
  };
}

/** Reads each shard under its lock. */
function databaseFigures(store: Store, index: number): DatabaseFigures {
  let [tables, expires, directories] = [0, 0, 0];
  const keys = store.keyCount(index);
  for (const shard of keys === 0 ? [] : store.shards) {
    const entered = store.enter(shard);
    const { arena } = shard;
    const at = databaseAt(arena, index);
    const directory = arena.words[at + DB_DIRECTORY];
    if (directory !== 0) directories += usableSize(arena, directory);
    for (let slot = 0; directory !== 0 && slot < store.slotsPerShard; slot++) {
      const table = arena.words[(directory >> 2) + slot];
      if (table !== 0) tables += tableBytes(arena, table);
    }
    if (arena.words[at + DB_EXPIRES] !== 0) expires += tableBytes(arena, arena.words[at + DB_EXPIRES]);
    store.leave(shard, entered);
  }
  return { index, keys, tables, expires, directories };
}
