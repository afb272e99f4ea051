/**
 * Counters of the store, a row for each thread in shared memory: written by the thread it belongs to, read by anybody.
 */

export const STAT_HITS = 0;
export const STAT_MISSES = 1;
export const STAT_EXPIRED = 2;
export const STAT_EVICTED = 3;
/** Changes since the last save, as the servers' `rdb_changes_since_last_save` counts them. */
export const STAT_DIRTY = 4;
export const STAT_COMMANDS = 5;
export const STAT_ERRORS = 6;
/** Fields of hashes whose time has come. */
export const STAT_EXPIRED_FIELDS = 16;
/** Objects that were freed later than they went. */
export const STAT_LAZY_FREED = 7;
const ROW = 32;

export class StoreStatistics {
  readonly cells: Float64Array;
  readonly #all: Float64Array;

  static bytes(threads: number): number {
    return threads * ROW * Float64Array.BYTES_PER_ELEMENT;
  }

  constructor(buffer: SharedArrayBuffer, thread: number) {
    this.cells = new Float64Array(buffer, thread * ROW * Float64Array.BYTES_PER_ELEMENT, ROW);
    this.#all = new Float64Array(buffer);
  }

  /** Over all threads. */
  total(index: number): number {
    let sum = 0;
    for (let at = index; at < this.#all.length; at += ROW) sum += this.#all[at];
    return sum;
  }

  /** CONFIG RESETSTAT. Counts of other threads that are made meanwhile may survive. */
  reset(): void {
    for (let at = 0; at < this.#all.length; at++) if (at % ROW !== STAT_DIRTY) this.#all[at] = 0;
  }
}
