/** DEBUG RELOAD: all data are saved and loaded in one piece. Worker thread. Cold: for tests of clients and servers. */
import type { ReloadPort } from '../commands/ports.ts';
import { RdbSource } from '../rdb/source.ts';
import type { Engine } from './engine.ts';
import { type LoadedSnapshot, loadAgain, readSnapshot, type SnapshotProblem } from './load-snapshot.ts';
import { isOfSystem } from './snapshot-parts.ts';
import { keepWhole, saveWhole } from './snapshot-whole.ts';

export class Reload implements ReloadPort {
  readonly #engine: Engine;
  /** What was saved, where there is no file. */
  #kept: Uint8Array | undefined = undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  save(): boolean {
    const { snapshots, store, clock } = this.#engine;
    const facts = snapshots.facts(clock.nowMs);
    try {
      if (snapshots.hasFile) saveWhole(store, facts);
      else this.#kept = keepWhole(store, facts);
    } catch (error) {
      if (!isOfSystem(error)) throw error;
      snapshots.failed(error);
      return false;
    }
    snapshots.saved(clock.nowMs);
    return true;
  }

  load(merges: boolean): boolean {
    const { snapshots, store, clock, compatibility, scripting, log } = this.#engine;
    const read = (source: RdbSource): LoadedSnapshot | SnapshotProblem =>
      readSnapshot(source, store, clock.nowMs, compatibility, merges);
    const kept = this.#kept;
    this.#kept = undefined;
    const loaded =
      kept === undefined
        ? loadAgain(snapshots.facts(clock.nowMs).path, read)
        : read(new RdbSource(kept, 0, kept.length));
    const error = 'problem' in loaded ? loaded.problem : scripting.functions.add(loaded.libraries, merges);
    if (error !== undefined) log('error', 'the snapshot could not be loaded', { error });
    return error === undefined;
  }

  dropFunctions(): void {
    this.#engine.scripting.functions.drop();
  }
}
