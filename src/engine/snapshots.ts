/**
 * Saving the data to a file: SAVE, BGSAVE, save points. A snapshot is written by the worker that was asked for it, in
 * slices between its clients' commands (`snapshot-run.ts`); what all workers know of it is in shared memory. Worker
 * thread. Cold: for administration, except `keep`, which runs before commands that write while a snapshot is under way.
 */
import * as path from 'node:path';
import type { CommandContext } from '../commands/context.ts';
import { dumpProduct, dumpVersion } from '../commands/dump-version.ts';
import type { SaveOutcome, SaveWish, SnapshotPort } from '../commands/ports.ts';
import { WORD_ROOTS } from '../memory/arena.ts';
import type { Key } from '../store/key.ts';
import { keepRecord, type SaveForm } from '../store/rdb/snapshot-mark.ts';
import { STAT_DIRTY } from '../store/statistics.ts';
import { ROOT_SAVING } from '../store/store.ts';
import type { Engine } from './engine.ts';
import { parseSavePoints } from './save-points.ts';
import { SETTING_CHECKSUM, SETTING_COMPRESSION, SETTING_SAVE, settingNumber } from './settings.ts';
import type { SnapshotFacts } from './snapshot-parts.ts';
import { SnapshotRun } from './snapshot-run.ts';
import {
  CELL_DIRTY,
  CELL_DURATION_S,
  CELL_KEYS,
  CELL_KEYS_TOTAL,
  CELL_OK,
  CELL_SAVED_MS,
  CELL_SAVES,
  CELL_STARTED_MS,
  CELL_TRIED_MS,
  type SnapshotMemory,
  SnapshotState,
  WORD_ACTIVE,
  WORD_CANCEL,
  WORD_FINISHED,
  WORD_SCHEDULED,
} from './snapshot-state.ts';

/** Index of a word of each arena: whether a snapshot is under way. */
export const SAVING_ROOT: number = WORD_ROOTS + ROOT_SAVING;
const SETTING_DELAY = settingNumber('rdb-key-save-delay');
const SETTING_STOPS_WRITES = settingNumber('stop-writes-on-bgsave-error');
const SLICE_MS = 1;
const WAIT_MS = 10;
/** After a failure save points wait so long, as the servers' do. */
const RETRY_MS = 5000;
const CANCELLED = new Error('it was cancelled');

export class Snapshots implements SnapshotPort {
  readonly state: SnapshotState;
  readonly #engine: Engine;
  readonly #path: string | null;
  readonly #form: { product: SaveForm['product']; usesFrequency: boolean; compresses: boolean };
  #run: SnapshotRun | undefined = undefined;
  /** No slice sooner. */
  #notBeforeMs = 0;
  /** All keys are written; the disk is being waited for. */
  #isEnding = false;

  constructor(engine: Engine, memory: SnapshotMemory) {
    this.#engine = engine;
    this.#path = memory.path;
    this.state = new SnapshotState(memory.state);
    const product = dumpProduct(engine.compatibility);
    this.#form = { product, usesFrequency: false, compresses: true };
  }

  /** There are slices to be done soon. */
  get isBusy(): boolean {
    return this.#run !== undefined && !this.#isEnding && !this.#isDelayed;
  }

  /** `rdb-key-save-delay`: it goes on later, unless it is not wanted any more. */
  get #isDelayed(): boolean {
    if (this.#engine.settings.numbers[SETTING_DELAY] <= 0) return false;
    return performance.now() < this.#notBeforeMs && Atomics.load(this.state.words, WORD_CANCEL) === 0;
  }

  get isSaving(): boolean {
    return Atomics.load(this.state.words, WORD_ACTIVE) !== 0;
  }

  get hasFile(): boolean {
    return this.#path !== null;
  }

  /** Keys of a command that is about to change them are kept for the snapshot. Their shards are locked. */
  keepKeys(context: CommandContext): void {
    for (let at = 0; at < context.keyCount; at++) this.keep(context.keys[at]);
  }

  keep(key: Key): void {
    if (key.arena.words[SAVING_ROOT] === 0) return;
    const { numbers } = this.#engine.settings;
    this.#form.usesFrequency = this.#engine.store.access.usesFrequency;
    this.#form.compresses = numbers[SETTING_COMPRESSION] === 1;
    keepRecord(key, this.#form);
  }

  begin(): SaveOutcome {
    const { words, cells } = this.state;
    if (this.#path === null) return 'no file';
    if (Atomics.compareExchange(words, WORD_ACTIVE, 0, this.#engine.worker + 1) !== 0) return 'busy';
    Atomics.store(words, WORD_SCHEDULED, 0);
    Atomics.store(words, WORD_CANCEL, 0);
    const { store } = this.#engine;
    const now = Date.now();
    cells[CELL_TRIED_MS] = now;
    try {
      this.#run = new SnapshotRun(store, this.facts(now));
    } catch (error) {
      cells[CELL_OK] = 0;
      Atomics.store(words, WORD_ACTIVE, 0);
      this.failed(error as Error);
      return 'failed';
    }
    cells[CELL_STARTED_MS] = now;
    cells[CELL_KEYS] = 0;
    cells[CELL_KEYS_TOTAL] = 0;
    for (let at = 0; at < store.databases; at++) cells[CELL_KEYS_TOTAL] += store.keyCount(at);
    this.#dirtyAtStart = store.statistics.total(STAT_DIRTY);
    return 'started';
  }

  #dirtyAtStart = 0;

  /** Of a file that is written now; its path is empty where there is none. All shards are locked. */
  facts(nowMs: number): SnapshotFacts {
    const { compatibility, settings, store, scripting, mailbox } = this.#engine;
    mailbox.receiveUrgent();
    this.#form.usesFrequency = store.access.usesFrequency;
    this.#form.compresses = settings.numbers[SETTING_COMPRESSION] === 1;
    return {
      path: this.#path === null ? '' : path.resolve(this.#path),
      version: dumpVersion(compatibility.name),
      form: { ...this.#form },
      withChecksum: settings.numbers[SETTING_CHECKSUM] === 1,
      aux: [
        [compatibility.isValkey ? 'valkey-ver' : 'redis-ver', compatibility.version],
        ['redis-bits', '64'],
        ['ctime', String(Math.floor(nowMs / 1000))],
        ['used-mem', String(store.usedBytes())],
        ['aof-base', '0'],
      ],
      libraries: scripting.functions.libraries().map(({ code }) => code),
    };
  }

  schedule(): void {
    Atomics.store(this.state.words, WORD_SCHEDULED, 1);
  }

  cancel(): 'cancelled' | 'unscheduled' | 'nothing' {
    const { words } = this.state;
    if (Atomics.load(words, WORD_ACTIVE) !== 0) {
      Atomics.store(words, WORD_CANCEL, 1);
      return 'cancelled';
    }
    return Atomics.exchange(words, WORD_SCHEDULED, 0) === 1 ? 'unscheduled' : 'nothing';
  }

  /** A file was saved in one piece, at this moment. All shards are locked. */
  saved(nowMs: number): void {
    const { cells } = this.state;
    cells[CELL_OK] = 1;
    cells[CELL_SAVED_MS] = nowMs;
    cells[CELL_DIRTY] = this.#engine.store.statistics.total(STAT_DIRTY);
    cells[CELL_SAVES] += 1;
  }

  /** Keys have gone that a snapshot under way has not saved: it begins again. All shards are locked. */
  flushed(): void {
    const { words } = this.state;
    if (Atomics.load(words, WORD_ACTIVE) === 0) return;
    Atomics.store(words, WORD_CANCEL, 1);
    Atomics.store(words, WORD_SCHEDULED, 1);
  }

  get finished(): number {
    return Atomics.load(this.state.words, WORD_FINISHED);
  }

  get isLastGood(): boolean {
    return this.state.cells[CELL_OK] === 1;
  }

  /** `stop-writes-on-bgsave-error`. */
  get refusesWrites(): boolean {
    return !this.isLastGood && this.hasPoints && this.#engine.settings.numbers[SETTING_STOPS_WRITES] === 1;
  }

  get savedAtMs(): number {
    return this.state.cells[CELL_SAVED_MS];
  }

  /** A slice, between commands. No lock is held. */
  step(budgetMs = SLICE_MS): void {
    const run = this.#run;
    if (run === undefined || this.#isEnding || this.#isDelayed) return;
    this.#lookAtCancel(run);
    const { keys } = run;
    const isComplete = run.step(budgetMs);
    this.state.cells[CELL_KEYS] = run.keys;
    const delayUs = this.#engine.settings.numbers[SETTING_DELAY];
    if (delayUs > 0) this.#notBeforeMs = performance.now() + ((run.keys - keys) * delayUs) / 1000;
    if (!isComplete || this.#isDelayed) return;
    // FLUSHALL may have come while the last buckets were saved.
    this.#lookAtCancel(run);
    this.#isEnding = true;
    run.finish((error) => this.#ended(error));
  }

  #lookAtCancel(run: SnapshotRun): void {
    if (Atomics.load(this.state.words, WORD_CANCEL) === 1) run.fail(CANCELLED);
  }

  #ended(error: Error | undefined): void {
    const { words, cells } = this.state;
    const now = Date.now();
    cells[CELL_DURATION_S] = Math.round((now - cells[CELL_STARTED_MS]) / 1000);
    this.#run = undefined;
    this.#isEnding = false;
    if (error === undefined) {
      cells[CELL_OK] = 1;
      cells[CELL_SAVED_MS] = now;
      cells[CELL_DIRTY] = this.#dirtyAtStart;
      cells[CELL_SAVES] += 1;
    } else if (error !== CANCELLED) {
      cells[CELL_OK] = 0;
      this.failed(error);
    }
    Atomics.store(words, WORD_ACTIVE, 0);
    Atomics.add(words, WORD_FINISHED, 1);
    this.#atEnd?.(error === undefined);
  }

  /** For the log. */
  failed(error: Error): void {
    this.#engine.log('error', 'the snapshot could not be saved', { error: error.message });
  }

  /** About ten times a second, on the first worker: what was scheduled, and save points. No lock is held. */
  tick(nowMs: number): void {
    const { words } = this.state;
    if (this.#path === null || Atomics.load(words, WORD_ACTIVE) !== 0) return;
    if (Atomics.load(words, WORD_SCHEDULED) === 0 && !this.#isDue(nowMs)) return;
    const { locks } = this.#engine;
    locks.wantAll();
    // A script is busy: another time.
    if (!locks.lock()) return;
    this.begin();
    locks.unlock();
  }

  /** There are save points, and where to save to. */
  get hasPoints(): boolean {
    return this.#path !== null && this.#engine.settings.text(SETTING_SAVE) !== '';
  }

  /** Begins as `begin` does, and takes the locks; one that is under way is cancelled, and `busy` until it has ended. */
  beginInstead(): SaveOutcome {
    if (Atomics.load(this.state.words, WORD_ACTIVE) !== 0) {
      Atomics.store(this.state.words, WORD_CANCEL, 1);
      return 'busy';
    }
    const { locks } = this.#engine;
    locks.wantAll();
    // A script is busy: another time.
    if (!locks.lock()) return 'busy';
    const outcome = this.begin();
    locks.unlock();
    return outcome;
  }

  /**
   * At the end of the process: saves what has changed since the last snapshot, where that is wanted. `done` is called
   * when it is on the disk, or cannot be.
   */
  saveAtEnd(wish: SaveWish, done: (isGood: boolean) => void): void {
    const isWanted = wish === 'save' || (wish === 'as set' && this.hasPoints);
    const changes = this.#engine.store.statistics.total(STAT_DIRTY);
    if (this.#path === null || !isWanted || changes === this.state.cells[CELL_DIRTY]) {
      done(true);
      return;
    }
    const outcome = this.beginInstead();
    if (outcome === 'started') this.#atEnd = done;
    else if (outcome === 'busy') setTimeout(() => this.saveAtEnd(wish, done), WAIT_MS);
    else done(false);
  }

  #atEnd: ((isGood: boolean) => void) | undefined = undefined;

  #isDue(nowMs: number): boolean {
    const { cells } = this.state;
    const points = parseSavePoints(this.#engine.settings.text(SETTING_SAVE));
    if (points === undefined || points.length === 0) return false;
    if (cells[CELL_OK] === 0 && nowMs - cells[CELL_TRIED_MS] < RETRY_MS) return false;
    const changes = this.#engine.store.statistics.total(STAT_DIRTY) - cells[CELL_DIRTY];
    const seconds = (nowMs - cells[CELL_SAVED_MS]) / 1000;
    return points.some((point) => changes >= point.changes && changes > 0 && seconds > point.seconds);
  }
}
