/**
 * The memory that all workers' engines share, and figures read from it. Main thread. Cold: at start, and when asked.
 */
import { randomBytes, randomInt } from 'node:crypto';
import * as path from 'node:path';
import { type CompatibilityName, compatibilityOf } from '../commands/compatibility.ts';
import type { Product } from '../commands/definition.ts';
import { STAT_EVICTED, STAT_EXPIRED, STAT_HITS, STAT_MISSES } from '../store/statistics.ts';
import { createStoreMemory, Store, type StoreMemory } from '../store/store.ts';
import type { EngineFigures } from '../telemetry/exporter.ts';
import { createAccessMemory } from './access.ts';
import { createWatchMemory, type WatchMemory } from './command-watch.ts';
import { PAUSE_BYTES } from './held-commands.ts';
import { createMailMemory, type MailMemory } from './mailbox.ts';
import { createRegistryMemory } from './registry.ts';
import { SCRIPT_STATE_BYTES } from './script-state.ts';
import {
  createSettingsMemory,
  SETTING_FILE,
  SETTING_FOLDER,
  SETTING_SAVE,
  type Settings,
} from './settings.ts';
import { createSnapshotMemory, type SnapshotMemory } from './snapshot-state.ts';
import { createStatisticsMemory, type StatisticsMemory } from './statistics.ts';
import { SWITCHES_BYTES } from './switches.ts';
import { TRACKING_BYTES } from './tracker.ts';

/** What all workers' engines have in common. Structured-clonable. */
export interface EngineMemory {
  readonly store: StoreMemory;
  /** One word: the last client id given out. */
  readonly lastClient: SharedArrayBuffer;
  readonly mail: MailMemory;
  readonly registry: SharedArrayBuffer;
  /** Users, and what they were denied. */
  readonly access: SharedArrayBuffer;
  readonly settings: SharedArrayBuffer;
  /** One word: how many clients wait for keys. */
  readonly blocked: SharedArrayBuffer;
  readonly tracking: SharedArrayBuffer;
  readonly monitors: SharedArrayBuffer;
  readonly pause: SharedArrayBuffer;
  readonly scripts: SharedArrayBuffer;
  readonly statistics: StatisticsMemory;
  readonly watch: WatchMemory;
  /** What DEBUG switches, a word for each: SWITCH_… of `switches.ts`. */
  readonly switches: SharedArrayBuffer;
  readonly snapshot: SnapshotMemory;
  /** Texts of the libraries of functions that every worker begins with. */
  readonly libraries: readonly Uint8Array[];
  /** What INFO says of the process. */
  readonly facts: EngineFacts;
}

/** The same for all workers, and for as long as the process runs. */
export interface EngineFacts {
  readonly startedAtMs: number;
  /** Forty hexadecimal digits, as the servers give themselves one at each start. */
  readonly runId: string;
  readonly replicationId: string;
  /** Of the store before anything was stored. */
  readonly startupBytes: number;
}

export interface EngineSettings {
  readonly databases: number;
  readonly shards: number;
  readonly arenaBytes: number;
  readonly snapshot?: { readonly path: string | null; readonly save: string | null };
  readonly compatibility: CompatibilityName;
}

/** For so many workers, and one thread more that reads figures. */
export function createEngineMemory(
  settings: EngineSettings,
  workers: number,
  commands: number,
): EngineMemory {
  const { databases, shards, arenaBytes } = settings;
  const { path: file, save } = settings.snapshot ?? { path: null, save: null };
  const hashSeed = randomInt(2 ** 31);
  const store = createStoreMemory({ databases, shards, arenaBytes, threads: workers + 1, hashSeed });
  return {
    store,
    lastClient: new SharedArrayBuffer(4),
    blocked: new SharedArrayBuffer(4),
    mail: createMailMemory(workers),
    registry: createRegistryMemory(arenaBytes),
    access: createAccessMemory(),
    settings: createSettingsMemory(settings.compatibility, settingTexts(file, save)),
    tracking: new SharedArrayBuffer(TRACKING_BYTES),
    monitors: new SharedArrayBuffer(4 * (workers + 1)),
    pause: new SharedArrayBuffer(PAUSE_BYTES),
    scripts: new SharedArrayBuffer(SCRIPT_STATE_BYTES),
    switches: new SharedArrayBuffer(SWITCHES_BYTES),
    snapshot: createSnapshotMemory(file, Date.now()),
    libraries: [],
    statistics: createStatisticsMemory(workers, commands),
    watch: createWatchMemory(),
    facts: {
      startedAtMs: Date.now(),
      runId: randomBytes(20).toString('hex'),
      replicationId: randomBytes(20).toString('hex'),
      startupBytes: new Store(store, workers).usedBytes(),
    },
  };
}

function settingTexts(file: string | null, save: string | null): Map<number, string> {
  const whole = file === null ? undefined : path.resolve(file);
  return new Map([
    [SETTING_SAVE, file === null ? '' : (save ?? '')],
    [SETTING_FOLDER, whole === undefined ? process.cwd() : path.dirname(whole)],
    [SETTING_FILE, whole === undefined ? '' : path.basename(whole)],
  ]);
}

/** What the engine says it is. */
export function engineIdentity(settings: { readonly compatibility: CompatibilityName }): {
  readonly product: Product;
  readonly version: string;
} {
  const { product, version } = compatibilityOf(settings.compatibility);
  return { product, version };
}

/** Read without locks: a figure may be that of a moment ago. `settings` are those of `memory`. */
export function engineFigures(store: Store, { blocked }: EngineMemory, settings: Settings): EngineFigures {
  const { statistics } = store;
  return {
    keys: Array.from({ length: store.databases }, (_, database) => store.keyCount(database)),
    memoryBytes: store.usedBytes(),
    blockedClients: Atomics.load(new Int32Array(blocked), 0),
    memoryLimitBytes: settings.number('maxmemory'),
    hits: statistics.total(STAT_HITS),
    misses: statistics.total(STAT_MISSES),
    expiredKeys: statistics.total(STAT_EXPIRED),
    evictedKeys: statistics.total(STAT_EVICTED),
  };
}
