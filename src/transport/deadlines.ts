/**
 * Deadlines of connections (connecting, lingering) behind one timer. Not for hot paths: a deadline per connection
 * attempt or close, precise to a few tens of milliseconds. Must not know what a deadline is for.
 */

const GRANULARITY_MS = 10;

export class Deadlines {
  private readonly deadlines = new Map<number, number>();
  private readonly expired: (id: number) => void;
  private timer: NodeJS.Timeout | undefined;
  private timerAt = 0;

  /** `expired` is called once for each id whose time has passed; the id is forgotten first. */
  constructor(expired: (id: number) => void) {
    this.expired = expired;
  }

  /** Replaces an earlier deadline of the same id. */
  set(id: number, delayMs: number): void {
    const at = performance.now() + delayMs;
    this.deadlines.set(id, at);
    if (this.timer === undefined || at < this.timerAt - GRANULARITY_MS) this.schedule(at);
  }

  delete(id: number): void {
    this.deadlines.delete(id);
  }

  /** Forgets everything and stops the timer. */
  clear(): void {
    this.deadlines.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private schedule(at: number): void {
    clearTimeout(this.timer);
    this.timerAt = at;
    const delayMs = Math.min(Math.max(at - performance.now(), GRANULARITY_MS), 2 ** 31 - 1);
    this.timer = setTimeout(() => this.sweep(), delayMs);
    // The transport itself keeps the thread alive; a deadline nobody waits for any more must not.
    this.timer.unref();
  }

  private sweep(): void {
    this.timer = undefined;
    const now = performance.now();
    let earliest = Number.POSITIVE_INFINITY;
    for (const [id, at] of this.deadlines) {
      if (at <= now) {
        this.deadlines.delete(id);
        this.expired(id);
      } else if (at < earliest) {
        earliest = at;
      }
    }
    if (earliest !== Number.POSITIVE_INFINITY && this.timer === undefined) this.schedule(earliest);
  }
}
