/**
 * The switch that stops mirroring while the shadow is down. One per (worker, shadow node); worker thread.
 * It knows successes, failures and a clock passed in, not connections: probes are sent by the caller.
 */

export interface BreakerSettings {
  /** Consecutive failures that open the breaker. */
  readonly failures: number;
  /** Time between opening and the first probe, and between probes. */
  readonly openMs: number;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

export class Breaker {
  #failureLimit: number;
  #openMs: number;
  #state: BreakerState = 'closed';
  #failureCount = 0;
  #waitSinceMs = 0;

  constructor(settings: BreakerSettings) {
    this.#failureLimit = Math.max(1, settings.failures);
    this.#openMs = settings.openMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether ordinary mirror traffic may be sent: only while closed. */
  allows(): boolean {
    return this.#state === 'closed';
  }

  /** A reply came in time. Closes a half-open breaker. A late reply while open proves nothing and is ignored. */
  success(): void {
    if (this.#state === 'open') return;
    this.#state = 'closed';
    this.#failureCount = 0;
  }

  /** A command failed or timed out. `nowMs` is a monotonic time, as in all methods here. */
  failure(nowMs: number): void {
    if (this.#state === 'open') return;
    this.#failureCount += 1;
    if (this.#state === 'half-open' || this.#failureCount >= this.#failureLimit) this.trip(nowMs);
  }

  /** The connection itself is lost: opens at once. Tripping an open breaker restarts its waiting time. */
  trip(nowMs: number): void {
    this.#state = 'open';
    this.#failureCount = 0;
    this.#waitSinceMs = nowMs;
  }

  /**
   * Whether a probe may be sent now. True at most once per `openMs`, and then the breaker is half-open until
   * `success` or `failure` tells how the probe went; a probe nobody reports on is followed by another one.
   */
  mayProbe(nowMs: number): boolean {
    if (this.#state === 'closed' || nowMs - this.#waitSinceMs < this.#openMs) return false;
    this.#state = 'half-open';
    this.#waitSinceMs = nowMs;
    return true;
  }

  /** Takes new settings. The state stays; a lower limit takes effect at the next failure. */
  reconfigure(settings: BreakerSettings): void {
    this.#failureLimit = Math.max(1, settings.failures);
    this.#openMs = settings.openMs;
  }
}
