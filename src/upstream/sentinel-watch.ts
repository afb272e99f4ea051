/**
 * Knows where the primary of a Sentinel group is: asks all sentinels, at regular intervals and when one of them tells
 * of a failover, believes the newest view, makes sure that the server there is a primary, and moves the endpoint.
 * Worker thread. It must not know who uses the endpoint. Cold: a few questions per second.
 */

import { isError, replyText } from '../resp/reply.ts';
import { hostAndPort } from '../transport/names.ts';
import { AskOnce } from './ask-once.ts';
import type { Endpoint } from './endpoint.ts';
import type { LinkContext } from './handshake.ts';
import type { MovingEndpoint } from './moving-endpoint.ts';
import { SentinelConnection, type SentinelEvents } from './sentinel-connection.ts';
import { choose, type SentinelView } from './sentinel-view.ts';
import type { WorkerServices } from './services.ts';

export interface SentinelOptions {
  /** How each sentinel is reached. */
  readonly sentinels: readonly Endpoint[];
  readonly sentinelContext: LinkContext;
  /** Name of the group. */
  readonly group: string;
  readonly pollMs: number;
  readonly reconnect: { readonly minMs: number; readonly maxMs: number };
  /** How the servers of the group are asked for their role. */
  readonly context: LinkContext;
}

/** While the primary is not there, sentinels are asked so often. */
const HASTE_MS = 100;
/** What a sentinel said counts for so many intervals. */
const MEMORY = 5;
const ROLE = Buffer.from('*1\r\n$4\r\nROLE\r\n');

export class SentinelWatch implements SentinelEvents {
  readonly #services: WorkerServices;
  readonly #endpoint: MovingEndpoint;
  readonly #options: SentinelOptions;
  readonly #sentinels: readonly SentinelConnection[];
  /** Of the view that was believed last. */
  #epoch = -1;
  #place = '';
  #probe: AskOnce | undefined = undefined;
  #askedAtMs = -Infinity;
  #logged = '';

  constructor(services: WorkerServices, endpoint: MovingEndpoint, options: SentinelOptions) {
    this.#services = services;
    this.#endpoint = endpoint;
    this.#options = options;
    const { sentinelContext, group, reconnect } = options;
    this.#sentinels = options.sentinels.map(
      (sentinel) => new SentinelConnection(services, sentinel, sentinelContext, group, reconnect, this),
    );
  }

  /** Call it about ten times a second. `isUp`: the primary is connected and answers. */
  tick(isUp: boolean): void {
    const sinceMs = this.#services.clock.monotonicMs - this.#askedAtMs;
    if (sinceMs >= (isUp ? this.#options.pollMs : HASTE_MS)) this.#ask();
  }

  close(): void {
    this.#probe?.end();
    for (const sentinel of this.#sentinels) sentinel.close();
  }

  sentinelCalls(): void {
    this.#ask();
  }

  sentinelSays(sentinel: SentinelConnection, view: SentinelView | string): void {
    if (typeof view === 'string') {
      this.#complain(`${sentinel.name}: ${view}`);
      return;
    }
    this.#decide();
  }

  #ask(): void {
    this.#askedAtMs = this.#services.clock.monotonicMs;
    for (const sentinel of this.#sentinels) sentinel.ask();
  }

  #decide(): void {
    const oldest = this.#services.clock.monotonicMs - MEMORY * this.#options.pollMs;
    const views = this.#sentinels.flatMap(({ view, seenAtMs }) =>
      view !== undefined && seenAtMs >= oldest ? [view] : [],
    );
    const view = choose(views, this.#epoch, this.#sentinels.length);
    if (view === undefined || this.#probe !== undefined) return;
    if (hostAndPort(view.host, view.port) === this.#place) {
      this.#epoch = view.epoch;
      return;
    }
    this.#probe = askForRole(this.#services, this.#endpoint, view, this.#options.context, (problem) =>
      this.#probed(view, problem),
    );
  }

  #probed(view: SentinelView, problem: string): void {
    this.#probe = undefined;
    const place = hostAndPort(view.host, view.port);
    if (problem !== '') {
      this.#complain(`${place}: ${problem}`);
      return;
    }
    const { role } = this.#endpoint;
    const { group } = this.#options;
    this.#services.log('info', `the ${role} is here now`, { group, at: place, epoch: view.epoch });
    this.#epoch = view.epoch;
    this.#place = place;
    this.#logged = '';
    this.#endpoint.moveTo({ kind: 'tcp', host: view.host, port: view.port });
  }

  /** Said once, and again when it changes. It is also what clients are told while nobody knows a primary. */
  #complain(problem: string): void {
    if (this.#place === '') this.#endpoint.unknown = `no sentinel knows a primary of the group, ${problem}`;
    if (problem === this.#logged) return;
    this.#logged = problem;
    const { role } = this.#endpoint;
    this.#services.log('warn', `looking for the ${role} of a Sentinel group`, {
      group: this.#options.group,
      problem,
    });
  }
}

/** Asks a server once whether it is a primary; `done` gets '' or what speaks against it. */
function askForRole(
  services: WorkerServices,
  { role, tls, connectTimeoutMs, keepAliveMs, node }: MovingEndpoint,
  { host, port }: SentinelView,
  context: LinkContext,
  done: (problem: string) => void,
): AskOnce {
  const address = { kind: 'tcp', host, port } as const;
  const plain = { role, address, connectTimeoutMs, keepAliveMs, node };
  const endpoint = tls === undefined ? plain : { ...plain, tls };
  return new AskOnce(services, endpoint, context, ROLE, (answer) => {
    if (typeof answer === 'string') done(answer);
    // Who must not ask is told by HELLO, on each connection.
    else if (isError(answer)) done(replyText(answer).startsWith('NOPERM') ? '' : replyText(answer));
    else {
      const [role] = answer.items;
      done(role !== undefined && replyText(role) === 'master' ? '' : 'it is a replica');
    }
  });
}
