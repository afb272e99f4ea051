/**
 * Holds back the commands of a worker's clients while the primary becomes another server: none reaches the new one
 * before all that the old one was sent is answered. Worker thread. Cold: once per change of `primary.url`.
 *
 * What is under way goes on: commands, transactions, uploads. Who cannot come to an end is let go as by a drain:
 * clients that are blocked, and, when patience is over, those that watch keys or have begun a transaction and say
 * nothing.
 */
import type { Session } from './session.ts';

/** Milliseconds for what may yet come: a push that ends a blocking command, the rest of a transaction. */
const BLOCKED_PATIENCE_MS = 100;
const STATE_PATIENCE_MS = 1000;

interface Host {
  readonly sessions: ReadonlyMap<number, Session>;
  readonly services: { readonly clock: { readonly monotonicMs: number } };
  readonly executor: { settle(done: () => void): void };
  onRoom(): void;
}

export class CommandHold {
  readonly #host: Host;
  isOn = false;
  #sinceMs = 0;
  #done: (() => void) | undefined = undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** `done` is called, once, when nothing is under way any more. Off: commands go on. */
  set(isOn: boolean, done: () => void): void {
    this.isOn = isOn;
    this.#sinceMs = this.#host.services.clock.monotonicMs;
    this.#done = isOn ? done : undefined;
    if (!isOn) this.#host.onRoom();
  }

  /** Whether the next command of the session waits for the end. */
  holds({ own }: Session): boolean {
    return this.isOn && !own.inTransaction && !own.isWatching;
  }

  /** Call it often while it is on. */
  look(): void {
    if (this.#done === undefined) return;
    const waitedMs = this.#host.services.clock.monotonicMs - this.#sinceMs;
    let busy = 0;
    for (const session of this.#host.sessions.values()) {
      const { own, isBusy } = session;
      if (isBusy) {
        busy += 1;
        if (waitedMs >= BLOCKED_PATIENCE_MS) session.stopWaiting();
      } else if (own.inTransaction || own.isWatching) {
        busy += 1;
        if (waitedMs >= STATE_PATIENCE_MS) session.closeAfterReplies();
      } else {
        // Habit alone would keep its connection.
        own.long.isPreferred = false;
        own.settled();
      }
    }
    if (busy > 0) return;
    const done = this.#done;
    this.#done = undefined;
    // What the gateway has asked by itself is answered as well.
    this.#host.executor.settle(() => {
      if (this.isOn) done();
    });
  }
}
