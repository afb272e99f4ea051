/** Waits of one worker's clients: by number, and by when their time is up. Worker thread. */
import { assert } from '../base/errors.ts';
import type { Shard } from '../store/store.ts';
import type { EngineClient } from './client.ts';

export interface Wait {
  /** Tells it from all others of this worker. */
  readonly number: number;
  readonly client: EngineClient;
  /** Where its waiter is: shard and offset. */
  readonly home: Shard;
  readonly waiter: number;
  /** Shards whose locks giving it up needs. */
  readonly shards: readonly number[];
  /** Monotonic; infinite for one that waits for ever. */
  readonly deadlineMs: number;
  /** CLIENT REPLY: the client does not get the reply. */
  readonly isSilent: boolean;
}

export class WaitList {
  readonly #waits = new Map<number, Wait>();
  /** Those whose time will be up, the last one first. */
  readonly #timed: Wait[] = [];
  #last = 0;

  nextNumber(): number {
    this.#last = (this.#last + 1) | 0;
    return this.#last;
  }

  add(wait: Wait): void {
    this.#waits.set(wait.number, wait);
    if (wait.deadlineMs === Number.POSITIVE_INFINITY) return;
    // Of two that are equal the older one is nearer to the end.
    this.#timed.splice(this.#placeOf(wait.deadlineMs), 0, wait);
  }

  /** Of the first whose time is up at a deadline or before. */
  #placeOf(deadlineMs: number): number {
    let low = 0;
    let high = this.#timed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timed[middle].deadlineMs > deadlineMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The wait is over. */
  take(number: number): Wait {
    const wait = this.#waits.get(number);
    assert(wait !== undefined, `wait ${number} is one of this worker's`);
    this.#waits.delete(number);
    if (wait.deadlineMs !== Number.POSITIVE_INFINITY) this.#dropTimed(wait);
    return wait;
  }

  get nextDeadlineMs(): number {
    const { length } = this.#timed;
    return length === 0 ? Number.POSITIVE_INFINITY : this.#timed[length - 1].deadlineMs;
  }

  /** One whose time is up. It stays among the waits until it is taken. */
  takeDue(nowMs: number): Wait | undefined {
    return this.nextDeadlineMs > nowMs ? undefined : this.#timed.pop();
  }

  #dropTimed(wait: Wait): void {
    const timed = this.#timed;
    for (let at = this.#placeOf(wait.deadlineMs); at < timed.length; at++) {
      if (timed[at].deadlineMs !== wait.deadlineMs) return;
      if (timed[at] !== wait) continue;
      timed.splice(at, 1);
      return;
    }
  }
}
