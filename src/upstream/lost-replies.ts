/**
 * Connections on which nothing comes any more while their server answers on others: a middlebox has forgotten one flow,
 * say. One per server and worker. Worker thread. Cold: a look per second.
 *
 * Silence does not tell them from connections on which a command takes long: CLIENT PAUSE may hold up writes alone, and
 * commands of modules may run on threads of their own. But the server knows (`connection-question.ts`): as soon as it
 * has answered that it has nothing to do for a connection, what was sent there before has been executed, and its reply
 * must come at once, or it has been lost on the way. So a connection is asked about after half of the limit, and cut
 * when nothing has come for a quarter of the limit after such an answer, and for all of the limit altogether.
 */
import { ConnectionQuestion, type Finding } from './connection-question.ts';
import type { Endpoint } from './endpoint.ts';
import type { WatchedLink } from './server-watch.ts';
import type { WorkerServices } from './services.ts';

interface Answer {
  readonly atMs: number;
  readonly finding: Finding;
}

export class LostReplies {
  readonly #services: WorkerServices;
  readonly #limitMs: number;
  readonly #answers = new WeakMap<WatchedLink, Answer>();
  #question: ConnectionQuestion | undefined = undefined;
  #askedAtMs = 0;
  /** Whom the question is about. */
  #suspect: WatchedLink | undefined = undefined;

  constructor(services: WorkerServices, limitMs: number) {
    this.#services = services;
    this.#limitMs = limitMs;
  }

  /** The connection that is to be cut, if there is one. `sinceMs`: silence before that does not count. */
  look(
    now: number,
    links: Iterable<WatchedLink>,
    sinceMs: number,
    endpoint: Endpoint,
  ): WatchedLink | undefined {
    this.#hear(now);
    let suspect: WatchedLink | undefined;
    let suspectAskedAtMs = Infinity;
    for (const link of links) {
      const quietSinceMs = Math.max(link.waitsSinceMs, link.heardAtMs, sinceMs);
      if (now - quietSinceMs < this.#limitMs / 2 || link.isParked || link.serverId < 0) continue;
      const answer = this.#answers.get(link);
      const isNews = answer !== undefined && answer.atMs > quietSinceMs;
      if (isNews && answer.finding === 'done') {
        const isOver = now - quietSinceMs >= this.#limitMs && now - answer.atMs >= this.#limitMs / 4;
        if (isOver) return link;
        continue;
      }
      const askedAtMs = isNews ? answer.atMs : quietSinceMs;
      if (isNews && now - askedAtMs < this.#limitMs / 2) continue;
      if (askedAtMs >= suspectAskedAtMs) continue;
      suspect = link;
      suspectAskedAtMs = askedAtMs;
    }
    if (suspect !== undefined && this.#question === undefined) this.#ask(now, suspect, endpoint);
    return undefined;
  }

  close(): void {
    this.#question?.close();
    this.#question = undefined;
  }

  #ask(now: number, suspect: WatchedLink, endpoint: Endpoint): void {
    this.#suspect = suspect;
    this.#askedAtMs = now;
    const { context, serverId } = suspect;
    const idleMs = this.#limitMs / 4;
    this.#question = new ConnectionQuestion(this.#services, endpoint, context, serverId, idleMs);
  }

  /** A question without an answer (a paused server answers nobody) is given up, and asked again in its turn. */
  #hear(now: number): void {
    const question = this.#question;
    if (question === undefined || (question.isOpen && now - this.#askedAtMs < this.#limitMs / 2)) return;
    this.close();
    this.#answers.set(this.#suspect!, { atMs: now, finding: question.finding ?? 'unknown' });
    this.#suspect = undefined;
  }
}
