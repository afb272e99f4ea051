/** What each worker is given when it is started, and the main thread's views of the memory they share. Cold: once. */
import type { CommandTable } from '../commands/table.ts';
import { hasUsers } from '../config/own-users.ts';
import type { Config } from '../config/schema.ts';
import { createEngineMemory, type EngineMemory, engineFigures } from '../engine/engine-memory.ts';
import { type LoadedSnapshot, loadSnapshot } from '../engine/load-snapshot.ts';
import { Settings } from '../engine/settings.ts';
import { prepareUsers } from '../engine/users-file.ts';
import { ringBytes } from '../memory/ring.ts';
import { DirtySlots } from '../shadow/dirty-slots.ts';
import { Store } from '../store/store.ts';
import type { EngineFigures } from '../telemetry/exporter.ts';
import { LatencyTable } from '../telemetry/latency.ts';
import { WorkerMetrics } from '../telemetry/metrics.ts';
import { SIGNS_OF_LIFE_BYTES } from '../upstream/signs-of-life.ts';
import { createAclMemory } from './acl.ts';
import { SHARED_CLIENT_BYTES } from './admission.ts';
import type { EngineSockets, WorkerSetup } from './control.ts';
import { isEngineAlone, workerCount } from './settings.ts';

const RING_BYTES = 4 * 1024 * 1024;

export interface WorkerSetups {
  readonly setups: readonly WorkerSetup[];
  /** One per worker, in order. */
  readonly metrics: readonly WorkerMetrics[];
  readonly latency: readonly LatencyTable[];
  readonly dirty: DirtySlots;
  /** What the metrics say of the engine, where there is one. */
  readonly figures: (() => EngineFigures) | undefined;
  /** What the engine has begun with; undefined where there was no file. */
  readonly loaded: LoadedSnapshot | undefined;
}

const NO_SOCKETS: EngineSockets = { primary: null, shadow: null };

/** `sockets`: of engines beside the workers, see `engine-server.ts`. `spans`: of `SpanExport`, if any. */
export function makeWorkerSetups(
  config: Config,
  table: CommandTable,
  sockets: EngineSockets = NO_SOCKETS,
  spans: SharedArrayBuffer | null = null,
): WorkerSetups {
  const { catalogueCount } = table;
  const dirtySlots = new SharedArrayBuffer(DirtySlots.BYTES);
  const clients = new SharedArrayBuffer(SHARED_CLIENT_BYTES);
  const acl = hasUsers(config.acl) ? createAclMemory() : null;
  const life = new SharedArrayBuffer(SIGNS_OF_LIFE_BYTES);
  const workers = workerCount(config);
  const hasRings = config.shadow.url !== null && workers > 1;
  const rings = (): SharedArrayBuffer[] =>
    hasRings ? Array.from({ length: workers }, () => new SharedArrayBuffer(ringBytes(RING_BYTES))) : [];
  const { engine, loaded } = makeEngine(config, workers, catalogueCount);
  if (engine !== null) prepareUsers(engine, table, config.engine);
  const [toOwner, fromOwner] = [rings(), rings()];
  const setups = Array.from({ length: workers }, (_, index): WorkerSetup => {
    const metrics = new SharedArrayBuffer(WorkerMetrics.bytes(catalogueCount));
    const latency = new SharedArrayBuffer(LatencyTable.bytes(catalogueCount));
    const shared = { metrics, latency, dirtySlots, clients, acl, spans, life, engine, toOwner, fromOwner };
    return { index, workers, config, sockets, ...shared };
  });
  return {
    setups,
    metrics: setups.map(({ metrics }) => new WorkerMetrics(metrics, catalogueCount)),
    latency: setups.map(({ latency }) => new LatencyTable(latency, catalogueCount)),
    dirty: new DirtySlots(dirtySlots),
    loaded,
    figures: engine === null ? undefined : readFigures(engine, workers),
  };
}

/** For the thread behind the workers: this one. */
function readFigures(engine: EngineMemory, workers: number): () => EngineFigures {
  const store = new Store(engine.store, workers);
  const settings = new Settings(engine.settings);
  return () => engineFigures(store, engine, settings);
}

/** The engine's memory with what its snapshot file holds. Throws where that cannot be used. */
function makeEngine(
  config: Config,
  workers: number,
  commands: number,
): { readonly engine: EngineMemory | null; readonly loaded: LoadedSnapshot | undefined } {
  if (!isEngineAlone(config)) return { engine: null, loaded: undefined };
  const memory = createEngineMemory(config.engine, workers, commands);
  const loaded = loadSnapshot(memory, config.engine.compatibility, workers);
  return { engine: { ...memory, libraries: loaded?.libraries ?? [] }, loaded };
}
