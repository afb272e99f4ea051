/**
 * Connections that sessions had for themselves and have given back without state, for the next one that needs one.
 * One per executor. Worker thread. It must not know sessions.
 */
import type { PinnedConnection, PinnedEvents } from '../upstream/pinned.ts';

export class PinnedPool {
  readonly #most: number;
  /** By a number for what they are set up as, and where. */
  readonly #idle = new Map<number, PinnedConnection[]>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Every connection in the pool. Cold: for commands about clients. */
  get all(): PinnedConnection[] {
    return [...this.#idle.values()].flat();
  }

  /** The one given last, or undefined. */
  take(key: number, events: PinnedEvents): PinnedConnection | undefined {
    const idle = this.#idle.get(key);
    if (idle === undefined) return undefined;
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      this.#count -= 1;
      if (!last.usable) continue;
      last.adopt(events);
      return last;
    }
    this.#idle.delete(key);
    return undefined;
  }

  give(key: number, connection: PinnedConnection): void {
    if (this.#count >= this.#most || !connection.usable || connection.inFlight > 0) {
      connection.close();
      return;
    }
    this.#count += 1;
    let idle = this.#idle.get(key);
    if (idle === undefined) {
      idle = [];
      this.#idle.set(key, idle);
    }
    idle.push(connection);
  }

  /** Closes all of them: they lead to where the server was. */
  clear(): void {
    for (const connection of this.all) connection.close();
    this.#idle.clear();
    this.#count = 0;
  }

  /** Drops those that the server has closed. Cold: once a second. */
  sweep(): void {
    for (const [id, idle] of this.#idle) {
      const usable = idle.filter((connection) => connection.usable);
      this.#count -= idle.length - usable.length;
      if (usable.length === 0) this.#idle.delete(id);
      else this.#idle.set(id, usable);
    }
  }
}
