/**
 * Writes in flight on the primary that are left out of the mirror stream, and so do not pass its gate: whether they run
 * before or after a command that empties the server is not known. Worker thread (slot owner).
 */
import type { MirroredCommand } from '../upstream/reply-target.ts';

export class LeftOut implements MirroredCommand {
  /** It wants to hear of the end of each. */
  readonly isPrimaryOver = false;
  #inFlight = 0;

  get isEmpty(): boolean {
    return this.#inFlight === 0;
  }

  /** One is about to be sent; what this returns is to be given to its connection. */
  begin(): this {
    this.#inFlight += 1;
    return this;
  }

  primaryPiece(_bytes: Uint8Array, _start: number, _end: number, last: boolean): void {
    if (last) this.#inFlight -= 1;
  }

  primaryFailed(): void {
    this.#inFlight -= 1;
  }
}
