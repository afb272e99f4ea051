/** How long something that nodes send back is tried again. Worker thread. Cold: only what is in trouble. */

/** A safeguard: they are spaced, so what goes in circles ends when its time is over. */
const MAX_REDIRECTS = 1000;
/** After so many the cluster is not at rest yet: it is better to wait a little before the next. */
const QUICK_REDIRECTS = 2;
const NOT_SERVED = 'CLUSTERDOWN Hash slot not served';

export class RetryLimit {
  readonly #retryForMs: number;
  #redirects = 0;
  /** Monotonic milliseconds; 0: nothing has been tried again. */
  #giveUpAtMs = 0;
  /** The error to give up with. */
  error = NOT_SERVED;

  constructor(retryForMs: number) {
    this.#retryForMs = retryForMs;
  }

  redirected(): void {
    this.#redirects += 1;
  }

  get isRestless(): boolean {
    return this.#redirects > QUICK_REDIRECTS;
  }

  /** It is to be tried again. Whether that has been done for too long. */
  isReached(nowMs: number): boolean {
    if (this.#giveUpAtMs === 0) this.#giveUpAtMs = nowMs + this.#retryForMs;
    return nowMs >= this.#giveUpAtMs || this.#redirects > MAX_REDIRECTS;
  }

  /** What was in the way before is over. */
  beginAnew(): void {
    this.#redirects = 0;
    this.#giveUpAtMs = 0;
    this.error = NOT_SERVED;
  }
}
