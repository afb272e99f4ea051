/**
 * Which version of RESP is spoken with the primary for a client that speaks one. One per worker; worker thread. Asked
 * when a client says HELLO, never per command.
 */
import type { Clock } from '../base/clock.ts';
import { type Reply, replyText } from '../resp/reply.ts';

/** A primary without HELLO is asked again after so long: another one may have taken its place. */
const ASK_AGAIN_MS = 60_000;

export class Protocols {
  readonly #setting: 'auto' | 'resp2' | 'resp3';
  readonly #clock: Clock;
  /** Monotonic milliseconds; until then the primary is taken not to know HELLO. */
  #withoutHelloUntilMs = 0;

  constructor(setting: 'auto' | 'resp2' | 'resp3', clock: Clock) {
    this.#setting = setting;
    this.#clock = clock;
  }

  /** The version of connections to the primary for a client that speaks `protocol`. */
  upstreamFor(protocol: 2 | 3): 2 | 3 {
    if (this.#setting === 'resp2') return 2;
    if (this.#setting === 'resp3') return 3;
    return this.#clock.monotonicMs < this.#withoutHelloUntilMs ? 2 : protocol;
  }

  /** A RESP3 client's connections speak RESP2, where a connection that gets messages can do nothing else. */
  get mayListenBeside(): boolean {
    return this.upstreamFor(3) === 2;
  }

  /** The server's answer to HELLO 3 in version `upstream`. True: RESP2 is to be tried. */
  fallsBack(upstream: 2 | 3, answer: Reply): boolean {
    if (upstream === 2 || this.#setting !== 'auto' || !lacksHello(answer)) return false;
    this.#withoutHelloUntilMs = this.#clock.monotonicMs + ASK_AGAIN_MS;
    return true;
  }
}

/** An error that means that the server has no HELLO, or not this version of RESP. */
export function lacksHello(answer: Reply): boolean {
  return /^(ERR unknown command|NOPROTO )/.test(replyText(answer));
}
