/**
 * Loads the snapshot file at start, as large as it may be: it is read in pieces. A file that is damaged, torn, foreign,
 * or holds what this cannot keep ends the start with an error, and is left as it is. Main thread. Cold: once.
 */
import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OperationalError } from '../base/errors.ts';
import { type Compatibility, type CompatibilityName, compatibilityOf } from '../commands/compatibility.ts';
import { fieldTimesOf } from '../commands/dump-version.ts';
import { readFile } from '../rdb/file-reader.ts';
import { RdbFull, RdbProblem } from '../rdb/format.ts';
import { RdbSource } from '../rdb/source.ts';
import { LoadSink } from '../store/rdb/load-sink.ts';
import { Store } from '../store/store.ts';
import type { EngineMemory } from './engine-memory.ts';
import { Settings } from './settings.ts';
import { isOfSystem } from './snapshot-parts.ts';
import { CELL_EXPIRED, CELL_LOADED, SnapshotState } from './snapshot-state.ts';

const BUFFER_BYTES = 1024 * 1024;

export interface LoadedSnapshot {
  readonly version: number;
  readonly keys: number;
  /** Left out, because their time had come. */
  readonly expired: number;
  readonly libraries: readonly Uint8Array[];
}

/** Why a snapshot cannot be loaded. Keys before that place have been. */
export interface SnapshotProblem {
  readonly problem: string;
}

/** Undefined where there is no file yet. `thread` is this thread's number in the store. */
export function loadSnapshot(
  memory: EngineMemory,
  level: CompatibilityName,
  thread: number,
): LoadedSnapshot | undefined {
  const { path, state } = memory.snapshot;
  if (path === null) return undefined;
  checkFolder(path);
  const file = open(path);
  if (file === undefined) return undefined;
  const store = new Store(memory.store, thread);
  store.limits = new Settings(memory.settings).encodingLimits;
  const now = Date.now();
  store.access.refresh(now);
  try {
    const loaded = readSnapshot(fileSource(file), store, now, compatibilityOf(level), false);
    if ('problem' in loaded)
      throw new OperationalError('snapshot_unusable', `${path}: ${loaded.problem}; it is left as it is`);
    const { cells } = new SnapshotState(state);
    cells[CELL_LOADED] = loaded.keys;
    cells[CELL_EXPIRED] = loaded.expired;
    return loaded;
  } finally {
    fs.closeSync(file);
  }
}

function fileSource(file: number): RdbSource {
  const size = fs.fstatSync(file).size;
  return new RdbSource(new Uint8Array(BUFFER_BYTES), 0, 0, size, (buffer, start, end) =>
    fs.readSync(file, buffer, start, end - start, null),
  );
}

/** Loads all of a file's data again, while nobody else uses the store. */
export function loadAgain(
  path: string,
  load: (source: RdbSource) => LoadedSnapshot | SnapshotProblem,
): LoadedSnapshot | SnapshotProblem {
  let file: number;
  try {
    file = fs.openSync(path, 'r');
  } catch (error) {
    return { problem: (error as Error).message };
  }
  try {
    return load(fileSource(file));
  } finally {
    fs.closeSync(file);
  }
}

/** Puts what a source has into the store; all of its shards are this thread's. `replaces`: keys that are there go. */
export function readSnapshot(
  source: RdbSource,
  store: Store,
  nowMs: number,
  compatibility: Compatibility,
  replaces: boolean,
): LoadedSnapshot | SnapshotProblem {
  const sink = new LoadSink(store, nowMs, fieldTimesOf(compatibility), replaces);
  const size = source.left;
  try {
    const version = readFile(source, sink);
    return { version, keys: sink.loaded, expired: sink.expired, libraries: sink.libraries };
  } catch (error) {
    if (!(error instanceof RdbProblem || error instanceof RdbFull || isOfSystem(error))) throw error;
    return { problem: `${error.message}, at byte ${size - source.left} of ${size}` };
  }
}
/** Whether a file can be made there later on. */
function checkFolder(file: string): void {
  try {
    fs.accessSync(dirname(resolve(file)), fs.constants.W_OK);
  } catch (error) {
    throw new OperationalError('snapshot_unusable', (error as Error).message);
  }
}

/** Undefined where there is no such file. */
function open(path: string): number | undefined {
  try {
    return fs.openSync(path, 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new OperationalError('snapshot_unusable', message);
  }
}
