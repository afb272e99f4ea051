/**
 * The memory that all workers' engines share, and figures read from it. Main thread. Cold: at start, and when asked.
 */
import { randomInt } from 'node:crypto';
import { type CompatibilityName, compatibilityOf } from '../commands/compatibility.ts';
import type { Product } from '../commands/definition.ts';
import { createStoreMemory, type Store } from '../store/store.ts';
import type { EngineMemory } from './engine.ts';
import { createMailMemory } from './mailbox.ts';
import { createRegistryMemory } from './registry.ts';
import { createSettingsMemory } from './settings.ts';

export interface EngineSettings {
  readonly databases: number;
  readonly shards: number;
  readonly arenaBytes: number;
}

/** For so many workers, and one thread more that reads figures. */
export function createEngineMemory(settings: EngineSettings, workers: number): EngineMemory {
  const { databases, shards, arenaBytes } = settings;
  const hashSeed = randomInt(2 ** 31);
  return {
    store: createStoreMemory({ databases, shards, arenaBytes, threads: workers + 1, hashSeed }),
    lastClient: new SharedArrayBuffer(4),
    blocked: new SharedArrayBuffer(4),
    mail: createMailMemory(workers),
    registry: createRegistryMemory(arenaBytes),
    settings: createSettingsMemory(),
  };
}

/** What the engine says it is. */
export function engineIdentity(settings: { readonly compatibility: CompatibilityName }): {
  readonly product: Product;
  readonly version: string;
} {
  const { product, version } = compatibilityOf(settings.compatibility);
  return { product, version };
}

/** Read without locks: a figure may be that of a moment ago. */
export function engineFigures(
  store: Store,
  { blocked }: EngineMemory,
): {
  readonly keys: readonly number[];
  readonly memoryBytes: number;
  readonly blockedClients: number;
} {
  const keys = Array.from({ length: store.databases }, (_, database) => store.keyCount(database));
  const blockedClients = Atomics.load(new Int32Array(blocked), 0);
  return { keys, memoryBytes: store.usedBytes(), blockedClients };
}
