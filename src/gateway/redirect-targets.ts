/**
 * Finds the client that another one wants its invalidations redirected to, on whatever worker it is, and gives it a
 * connection of its own. Worker thread. Cold: once per CLIENT TRACKING … REDIRECT.
 */
import { assert } from '../base/errors.ts';
import type { PeerMessage } from './control.ts';
import type { Session } from './session.ts';
import type { SessionHost } from './session-host.ts';

const NOBODY = -1;

interface Question {
  readonly done: (serverId: number) => void;
  /** Workers that have not answered. */
  left: number;
}

export class RedirectTargets {
  readonly #host: SessionHost;
  #others = 0;
  #tell: (to: number | 'others', message: PeerMessage) => void = () => {};
  readonly #questions = new Map<number, Question>();
  #lastRequest = 0;

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
      this.#questions.set(this.#lastRequest, { done, left: this.#others });
      this.#tell('others', { type: 'redirect-target', request: this.#lastRequest, client });
    }
  }

  /** A message of another worker. */
  hear(from: number, message: PeerMessage): void {
    const { request } = message;
    if (message.type === 'redirect-answer') {
      this.#answered(request, message.serverId);
      return;
    }
    const answer = (serverId: number): void =>
      this.#tell(from, { type: 'redirect-answer', request, serverId });
    const session = this.#session(message.client);
    if (session === undefined) answer(NOBODY);
    else session.own.tracking.becomeTarget(answer);
  }

  #session(client: number): Session | undefined {
    for (const session of this.#host.sessions.values()) {
      if (session.client.id === client && !session.isLeaving) return session;
    }
    return undefined;
  }

  #answered(request: number, serverId: number): void {
    const question = this.#questions.get(request);
    // Somebody else had the client.
    if (question === undefined) return;
    question.left -= 1;
    assert(question.left >= 0, 'every worker answers once');
    if (serverId === NOBODY && question.left > 0) return;
    this.#questions.delete(request);
    question.done(serverId);
  }
}
