/**
 * When each server was last heard of, by any worker, in shared memory: a server that talks need not be asked whether it
 * is there. Worker thread.
 */
import type { Clock } from '../base/clock.ts';

/** Bytes of the shared memory: a time for the primary and one for the shadow. */
export const SIGNS_OF_LIFE_BYTES = 8;

export class SignsOfLife {
  /** The low 32 bits of Unix time in ms: differences are right for 24 days. */
  readonly #times: Int32Array;
  readonly #clock: Clock;

  constructor(shared: SharedArrayBuffer, clock: Clock) {
    this.#times = new Int32Array(shared);
    this.#clock = clock;
  }

  /** Something has come from the server; 0: the primary, 1: the shadow. */
  heard(target: 0 | 1): void {
    Atomics.store(this.#times, target, this.#clock.nowMs | 0);
  }

  /** Milliseconds since anybody has heard of the server. */
  silenceMs(target: 0 | 1): number {
    return ((this.#clock.nowMs | 0) - Atomics.load(this.#times, target)) | 0;
  }
}
