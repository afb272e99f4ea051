/**
 * Finds the client that another one wants its invalidations redirected to, on whatever worker it is, and gives it a
 * connection of its own. Worker thread. Cold: once per CLIENT TRACKING … REDIRECT.
 */
import { assert } from '../base/errors.ts';
import type { PeerMessage } from './control.ts';
import type { Session } from './session.ts';
import type { SessionHost } from './session-host.ts';

const NOBODY = -1;
const THERE = 0;
/** More are asked for again. */
const MAX_HOMES = 10_000;

interface Question {
  readonly done: (serverId: number) => void;
  /** Workers that have not answered. */
  left: number;
  readonly client: number;
}

export class RedirectTargets {
  readonly #host: SessionHost;
  #others = 0;
  #tell: (to: number | 'others', message: PeerMessage) => void = () => {};
  readonly #questions = new Map<number, Question>();
  #lastRequest = 0;
  /** By client: the worker that has it, where that is known. */
  readonly #homes = new Map<number, number>();

  constructor(host: SessionHost) {
    this.#host = host;
  }

  /** There are `others` workers beside this one, and `tell` reaches them. */
  connect(others: number, tell: (to: number | 'others', message: PeerMessage) => void): void {
    this.#others = others;
    this.#tell = tell;
  }

  /**
   * `done` gets the server's id of the connection that client `client` has from now on; -1 when there is no such client
   * or it cannot have one. It may be called before this returns.
   */
  find(client: number, done: (serverId: number) => void): void {
    const session = this.#session(client);
    if (session !== undefined) session.own.tracking.becomeTarget(done);
    else if (this.#others === 0) done(NOBODY);
    else {
      this.#lastRequest += 1;
      this.#questions.set(this.#lastRequest, { done, left: this.#others, client });
      this.#tell('others', { type: 'redirect-target', request: this.#lastRequest, client });
    }
  }

  /** Before a cluster: brings a message to a client, on whatever worker it is. `gone`: it is not there any more. */
  deliver(client: number, message: Uint8Array, gone: () => void): void {
    const session = this.#session(client);
    const home = this.#homes.get(client);
    if (session !== undefined) session.own.tracking.inCluster!.deliver(message);
    else if (this.#others === 0) gone();
    else {
      this.#lastRequest += 1;
      const done = (serverId: number): void => {
        if (serverId !== NOBODY) return;
        this.#homes.delete(client);
        gone();
      };
      this.#questions.set(this.#lastRequest, { done, left: home === undefined ? this.#others : 1, client });
      this.#tell(home ?? 'others', { type: 'invalidation', request: this.#lastRequest, client, message });
    }
  }

  /** A message of another worker. */
  hear(from: number, message: PeerMessage): void {
    const { request } = message;
    if (message.type === 'redirect-answer') {
      this.#answered(from, request, message.serverId);
      return;
    }
    const answer = (serverId: number): void =>
      this.#tell(from, { type: 'redirect-answer', request, serverId });
    const session = this.#session(message.client);
    if (session === undefined) answer(NOBODY);
    else if (message.type === 'redirect-target') session.own.tracking.becomeTarget(answer);
    else {
      session.own.tracking.inCluster!.deliver(message.message);
      answer(THERE);
    }
  }

  #session(client: number): Session | undefined {
    for (const session of this.#host.sessions.values()) {
      if (session.client.id === client && !session.isLeaving) return session;
    }
    return undefined;
  }

  #answered(from: number, request: number, serverId: number): void {
    const question = this.#questions.get(request);
    // Somebody else had the client.
    if (question === undefined) return;
    question.left -= 1;
    assert(question.left >= 0, 'every worker answers once');
    if (serverId === NOBODY && question.left > 0) return;
    this.#questions.delete(request);
    if (serverId !== NOBODY && this.#host.settings.isCluster) {
      if (this.#homes.size >= MAX_HOMES) this.#homes.clear();
      this.#homes.set(question.client, from);
    }
    question.done(serverId);
  }
}
