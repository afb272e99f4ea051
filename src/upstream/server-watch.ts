/**
 * Whether a server that owes replies is still there: a process that is stopped, or a network that takes everything and
 * gives nothing, keeps its connections, and clients would wait for ever. One per server and worker. Worker thread.
 * Cold: a look per second.
 *
 * Silence alone says nothing: clients block for as long as they like, and a paused server answers nobody, not even a
 * PING. So a server that owes replies and from which nothing has come on any connection for half of the limit is asked
 * for a sign of life (`life-probe.ts`). When none comes for the other half, the connections are cut on which commands
 * have waited for the limit; those who only listen are left alone. What cannot be told from a dead server is one that
 * does a single thing for longer than the limit without a look at its connections.
 *
 * A server that talks may still be silent on one connection: `lost-replies.ts`.
 *
 * A reply that stops in the middle needs no question: servers write what they have begun, whatever else they do.
 */
import type { Endpoint } from './endpoint.ts';
import type { LinkContext } from './handshake.ts';
import { LifeProbe } from './life-probe.ts';
import { LostReplies } from './lost-replies.ts';
import type { WorkerServices } from './services.ts';

/** A connection that is set up, as the watch sees it. All times are monotonic milliseconds. */
export interface WatchedLink {
  /** When the server was last heard of here, or reading went on. */
  readonly heardAtMs: number;
  /** When the oldest command was sent that has no whole reply; Infinity: there is none, or nothing is read now. */
  readonly waitsSinceMs: number;
  /** A reply has begun, and its rest would be read. */
  readonly isInsideReply: boolean;
  /** It may stay without a reply for as long as it likes. */
  readonly isParked: boolean;
  /** The server's id of the connection, -1 when it did not tell. */
  readonly serverId: number;
  readonly context: LinkContext;
  /** Cuts the connection: what waits on it fails. */
  cut(reason: string): void;
}

const LOOK_MS = 1000;

export class ServerWatch {
  readonly #services: WorkerServices;
  readonly #limitMs: number;
  readonly #lookMs: number;
  readonly #links = new Set<WatchedLink>();
  readonly #lost: LostReplies;
  /** Where the latest connection led. */
  #endpoint: Endpoint | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #lookedAtMs = 0;
  /** Since when it has been looked at again and again. */
  #awakeSinceMs = 0;
  /** On connections that are gone, and when an answer to a question was found. */
  #heardAtMs = 0;
  /** The question under way, and since when it, or one before it that was refused, has not been answered. */
  #probe: LifeProbe | undefined = undefined;
  #askedAtMs = 0;

  /** `limitMs`: how long a server that owes replies may say nothing. */
  constructor(services: WorkerServices, limitMs: number) {
    this.#services = services;
    this.#limitMs = limitMs;
    this.#lost = new LostReplies(services, limitMs);
    this.#lookMs = Math.max(1, Math.min(LOOK_MS, limitMs / 4));
  }

  /** The same for another server. */
  another(): ServerWatch {
    return new ServerWatch(this.#services, this.#limitMs);
  }

  add(link: WatchedLink, endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#links.add(link);
    if (this.#timer !== undefined) return;
    this.#lookedAtMs = this.#services.clock.monotonicMs;
    this.#awakeSinceMs = this.#lookedAtMs;
    this.#wait();
  }

  remove(link: WatchedLink): void {
    if (!this.#links.delete(link)) return;
    this.#heardAtMs = Math.max(this.#heardAtMs, link.heardAtMs);
    if (this.#links.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stopAsking();
    this.#lost.close();
  }

  #wait(): void {
    this.#timer = this.#services.after(this.#lookMs, () => this.#look());
  }

  #look(): void {
    const now = this.#services.clock.monotonicMs;
    // Whoever was not there to listen cannot say that nothing was said.
    if (now - this.#lookedAtMs > 3 * this.#lookMs) this.#awakeSinceMs = now;
    this.#lookedAtMs = now;
    this.#wait();
    this.#cutStopped(now);
    if (this.#probe?.isAnswered === true) {
      this.#heardAtMs = now;
      this.#stopAsking();
    }
    let quietSince = Math.max(this.#heardAtMs, this.#awakeSinceMs);
    let waitsSince = Infinity;
    for (const link of this.#links) {
      quietSince = Math.max(quietSince, link.heardAtMs);
      waitsSince = Math.min(waitsSince, link.waitsSinceMs);
    }
    const silenceMs = now - Math.max(quietSince, waitsSince);
    if (silenceMs < this.#limitMs / 2) {
      this.#stopAsking();
      this.#cutLost(now);
    } else {
      this.#ask(now);
      const isUnanswered = now - this.#askedAtMs >= this.#limitMs / 2;
      if (silenceMs >= this.#limitMs && isUnanswered) this.#cutWaiting(now, silenceMs);
    }
  }

  /** The server talks. */
  #cutLost(now: number): void {
    const lost = this.#lost.look(now, this.#links, this.#awakeSinceMs, this.#endpoint!);
    if (lost === undefined) return;
    this.#log('replies are lost on their way, their connection is cut', now - lost.waitsSinceMs, 1);
    lost.cut('the server has answered, and nothing has come');
  }

  #cutStopped(now: number): void {
    for (const link of [...this.#links]) {
      const silenceMs = now - Math.max(link.heardAtMs, this.#awakeSinceMs);
      if (!link.isInsideReply || silenceMs < this.#limitMs) continue;
      this.#log('a reply has stopped in the middle, its connection is cut', silenceMs, 1);
      link.cut('a reply has stopped in the middle');
    }
  }

  #cutWaiting(now: number, silenceMs: number): void {
    const waiting = [...this.#links].filter(({ waitsSinceMs }) => now - waitsSinceMs >= this.#limitMs);
    if (waiting.length === 0) return;
    this.#log('the server says nothing, connections with commands are cut', silenceMs, waiting.length);
    for (const link of waiting) link.cut('the server says nothing');
  }

  #log(message: string, forMs: number, connections: number): void {
    const { role, node } = this.#endpoint!;
    this.#services.log('warn', message, { target: role, node, forMs: Math.round(forMs), connections });
  }

  #ask(now: number): void {
    if (this.#probe?.isOpen === true) return;
    if (this.#probe === undefined) this.#askedAtMs = now;
    this.#probe = new LifeProbe(this.#services.transport, this.#endpoint!, this.#limitMs);
  }

  #stopAsking(): void {
    this.#probe?.close();
    this.#probe = undefined;
  }
}
