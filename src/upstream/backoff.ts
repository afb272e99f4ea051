/** When to try a lost server again: exponential, with full jitter so that many gateways do not return at once. */
export class Backoff {
  #failures = 0;
  readonly #minMs: number;
  readonly #maxMs: number;

  constructor(minMs: number, maxMs: number) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure and returns the delay before the next attempt, in milliseconds. */
  failed(): number {
    const ceiling = Math.min(this.#maxMs, this.#minMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    return Math.max(1, Math.round(ceiling / 2 + Math.random() * (ceiling / 2)));
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
