/** What all threads know of snapshots: which worker saves, and figures of the last ones. Any thread. */

/** What an engine needs for snapshots. Structured-clonable. */
export interface SnapshotMemory {
  readonly state: SharedArrayBuffer;
  /** The file; null: there is none. */
  readonly path: string | null;
}

/** The worker that saves, counted from 1; 0: none does. */
export const WORD_ACTIVE = 0;
export const WORD_SCHEDULED = 1;
/** Asks the worker that saves to stop. */
export const WORD_CANCEL = 2;
/** How many have ended, well or not. */
export const WORD_FINISHED = 3;
const WORDS = 4;

export const CELL_SAVED_MS = 0;
/** Changes that there had been when the last good one began. */
export const CELL_DIRTY = 1;
/** Of the last one; -1: there was none. */
export const CELL_DURATION_S = 2;
export const CELL_STARTED_MS = 3;
export const CELL_SAVES = 4;
/** 1: the last one went well, or there was none. */
export const CELL_OK = 5;
export const CELL_KEYS = 6;
export const CELL_KEYS_TOTAL = 7;
/** Of the file that was loaded at start. */
export const CELL_LOADED = 8;
export const CELL_EXPIRED = 9;
export const CELL_TRIED_MS = 10;
const CELLS = 11;

export class SnapshotState {
  readonly words: Int32Array;
  readonly cells: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory, 0, WORDS);
    this.cells = new Float64Array(memory, WORDS * 4, CELLS);
  }

  /** For INFO: values of `PERSISTENCE_FIELDS`. `changes` is how many there have been altogether. */
  figures(changes: number, nowMs: number): Readonly<Record<string, number | string>> {
    const { cells } = this;
    const isSaving = this.words[WORD_ACTIVE] !== 0;
    return {
      DIRTY: changes - cells[CELL_DIRTY],
      SAVING: isSaving ? 1 : 0,
      SAVED: Math.floor(cells[CELL_SAVED_MS] / 1000),
      STATUS: cells[CELL_OK] === 1 ? 'ok' : 'err',
      LASTSEC: cells[CELL_DURATION_S],
      CURRENTSEC: isSaving ? Math.max(0, Math.floor((nowMs - cells[CELL_STARTED_MS]) / 1000)) : -1,
      SAVES: cells[CELL_SAVES],
      KEYS: isSaving ? cells[CELL_KEYS] : 0,
      KEYSTOTAL: isSaving ? cells[CELL_KEYS_TOTAL] : 0,
      LOADED: cells[CELL_LOADED],
      LOADEXPIRED: cells[CELL_EXPIRED],
    };
  }
}

/** Cold: once. */
export function createSnapshotMemory(path: string | null, nowMs: number): SnapshotMemory {
  const state = new SharedArrayBuffer(WORDS * 4 + CELLS * 8);
  const { cells } = new SnapshotState(state);
  cells[CELL_SAVED_MS] = nowMs;
  cells[CELL_DURATION_S] = -1;
  cells[CELL_OK] = 1;
  return { state, path };
}
