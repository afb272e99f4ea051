/**
 * Coarse time: read once per batch with `refresh`, then used by everything the batch does. One per thread.
 */

export interface Clock {
  /** Unix time in milliseconds as of the last refresh. May jump when the machine's clock is set. */
  readonly nowMs: number;
  /** Milliseconds that only grow, with a fraction, as of the last refresh. For durations and deadlines. */
  readonly monotonicMs: number;
  /** Reads both clocks of the machine. */
  refresh(): void;
}

export class SystemClock implements Clock {
  #nowMs = 0;
  #monotonicMs = 0;
  #fresh = false;

  get nowMs(): number {
    if (!this.#fresh) this.refresh();
    return this.#nowMs;
  }

  get monotonicMs(): number {
    if (!this.#fresh) this.refresh();
    return this.#monotonicMs;
  }

  refresh(): void {
    this.#nowMs = Date.now();
    this.#monotonicMs = performance.now();
    this.#fresh = true;
  }

  /** The batch is over: the next look reads the machine's clocks again, so an idle thread keeps no old time. */
  expire(): void {
    this.#fresh = false;
  }
}

/** A clock that stands still until it is told to move. For tests. */
export class ManualClock implements Clock {
  nowMs: number;
  monotonicMs = 0;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  refresh(): void {}

  advance(durationMs: number): void {
    this.nowMs += durationMs;
    this.monotonicMs += durationMs;
  }
}
