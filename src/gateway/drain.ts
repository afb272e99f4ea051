/** How the clients of one worker leave when the process ends. Worker thread. Cold: once per process. */
import type { ClientHost } from './client-host.ts';
import type { Session } from './session.ts';
import type { SessionMover } from './session-mover.ts';

/** Ticks that a drain gives to commands that may block. */
const PATIENCE_TICKS = 1;

export class Drain {
  readonly #host: ClientHost;
  readonly #done: () => void;
  #ticks = 0;
  #isOver = false;

  /** No new clients; those there are leave when they have their replies. `mover`: who can move does, all the same. */
  constructor(host: ClientHost, mover: SessionMover | undefined, done: () => void) {
    this.#host = host;
    this.#done = done;
    for (const session of [...host.sessions.values()]) {
      if (mover?.canMove(session as Session) !== true) session.drain();
    }
    this.look();
  }

  /** About ten times a second. Blocked commands that could be served at once have been: the others are let go. */
  tick(): void {
    this.#ticks += 1;
    if (this.#ticks > PATIENCE_TICKS) {
      for (const session of this.#host.sessions.values()) session.stopWaiting();
    }
    this.look();
  }

  look(): void {
    if (this.#isOver || this.#host.sessions.size > 0) return;
    this.#isOver = true;
    this.#done();
  }
}
