/**
 * What took longer than `latency-monitor-threshold`, by kind of event and second, on any worker. In shared memory.
 * Any worker thread; everything takes a lock. As valkey 8.0 `latency.c`.
 */
import type { LatencyPort, LatencySeries } from '../commands/ports.ts';
import type { LockOwner } from '../memory/lock.ts';

/** Kinds, by number. Files, forks and replicas, which others have, the engine has not. */
export const LATENCY_COMMAND = 0;
export const LATENCY_FAST_COMMAND = 1;
export const LATENCY_EXPIRE_CYCLE = 2;
export const LATENCY_EVICTION_CYCLE = 3;
export const LATENCY_EVICTION_DELETE = 4;
const NAMES = ['command', 'fast-command', 'expire-cycle', 'eviction-cycle', 'eviction-del'];

/** Samples of a kind: of so many seconds. */
const SAMPLES = 160;
// Of a kind, in doubles; the samples follow, a time and milliseconds each.
const USED = 0;
const WORST = 1;
const NEXT = 2;
const SUM = 3;
const EVENTS = 4;
const HEAD = 5;
const KIND_CELLS = HEAD + 2 * SAMPLES;
const LOCK_BYTES = 8;
const NO_ALARM = new Int32Array(0);

export const LATENCY_BYTES: number = LOCK_BYTES + NAMES.length * KIND_CELLS * 8;

export class LatencyEvents implements LatencyPort {
  readonly #lock: Int32Array;
  readonly #cells: Float64Array;
  readonly #owner: LockOwner;

  constructor(memory: SharedArrayBuffer, owner: LockOwner) {
    this.#lock = new Int32Array(memory, 0, 1);
    this.#cells = new Float64Array(memory, LOCK_BYTES);
    this.#owner = owner;
  }

  /** Of several in the same second the worst is kept. */
  add(kind: number, latencyMs: number, nowMs: number): void {
    this.#enter();
    const cells = this.#cells;
    const at = kind * KIND_CELLS;
    const seconds = Math.floor(nowMs / 1000);
    cells[at + USED] = 1;
    cells[at + WORST] = Math.max(cells[at + WORST], latencyMs);
    cells[at + SUM] += latencyMs;
    cells[at + EVENTS] += 1;
    const previous = at + HEAD + 2 * ((cells[at + NEXT] + SAMPLES - 1) % SAMPLES);
    if (cells[previous] === seconds) cells[previous + 1] = Math.max(cells[previous + 1], latencyMs);
    else {
      const sample = at + HEAD + 2 * cells[at + NEXT];
      cells[sample] = seconds;
      cells[sample + 1] = latencyMs;
      cells[at + NEXT] = (cells[at + NEXT] + 1) % SAMPLES;
    }
    this.#leave();
  }

  /** Cold: for administration. */
  all(): LatencySeries[] {
    this.#enter();
    const found: LatencySeries[] = [];
    NAMES.forEach((name, kind) => {
      const at = kind * KIND_CELLS;
      if (this.#cells[at + USED] === 0) return;
      const [worstMs, sumMs, count] = [WORST, SUM, EVENTS].map((cell) => this.#cells[at + cell]);
      found.push({ name, worstMs, sumMs, count, samples: this.#samplesOf(at) });
    });
    this.#leave();
    return found;
  }

  /** Cold: for administration. */
  reset(name?: string): number {
    this.#enter();
    let count = 0;
    NAMES.forEach((one, kind) => {
      const at = kind * KIND_CELLS;
      if (this.#cells[at + USED] === 0 || (name !== undefined && name !== one)) return;
      this.#cells.fill(0, at, at + KIND_CELLS);
      count += 1;
    });
    this.#leave();
    return count;
  }

  /** The oldest first. */
  #samplesOf(at: number): { readonly seconds: number; readonly latencyMs: number }[] {
    const cells = this.#cells;
    const samples: { readonly seconds: number; readonly latencyMs: number }[] = [];
    for (let step = 0; step < SAMPLES; step++) {
      const sample = at + HEAD + 2 * ((cells[at + NEXT] + step) % SAMPLES);
      if (cells[sample] !== 0) samples.push({ seconds: cells[sample], latencyMs: cells[sample + 1] });
    }
    return samples;
  }

  #enter(): void {
    this.#owner.lockUnless(this.#lock, 0, NO_ALARM, 0);
  }

  #leave(): void {
    this.#owner.unlockWord(this.#lock, 0);
  }
}
