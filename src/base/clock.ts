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
  nowMs = 0;
  monotonicMs = 0;

  constructor() {
    this.refresh();
  }

  refresh(): void {
    this.nowMs = Date.now();
    this.monotonicMs = performance.now();
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
