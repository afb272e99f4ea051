/** One question to a server that nobody is connected to yet, on a connection of its own. Worker thread. Cold: rare. */
import type { Reply } from '../resp/reply.ts';
import type { Endpoint } from './endpoint.ts';
import type { LinkContext } from './handshake.ts';
import { Lane } from './lane.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';
import { WholeReply } from './whole-reply.ts';

/** `done` is called once, with the answer, errors included, or with a text that says why there is none. */
export class AskOnce {
  readonly #lane: Lane;
  readonly #done: (answer: Reply | string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    services: WorkerServices,
    endpoint: Endpoint,
    context: LinkContext,
    request: Uint8Array,
    done: (answer: Reply | string) => void,
  ) {
    this.#done = done;
    this.#lane = new Lane(services, {
      id: -1,
      endpoint,
      context,
      reconnect: { minMs: 1, maxMs: 1 },
      waitWhenDownMs: 0,
      maxInFlight: 1,
      maxBacklogBytes: request.length,
      persistent: false,
      onState: () => {},
    });
    this.#timer = services.after(endpoint.connectTimeoutMs, () => this.#over('it does not answer'));
    const target = new WholeReply(
      (reply) => this.#over(reply),
      (text) => this.#over(text),
    );
    this.#lane.send(request, 0, request.length, target, 0, 0, INTERNAL_COMMAND, undefined);
  }

  /** Nobody waits for the answer any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lane.close();
  }

  #over(answer: Reply | string): void {
    if (this.#timer === undefined) return;
    this.end();
    this.#done(answer);
  }
}
