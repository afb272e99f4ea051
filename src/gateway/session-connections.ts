/**
 * Makes the connections that sessions have for themselves, to one server or to a cluster, and keeps those that were
 * given back. One per executor. Worker thread. Cold: once per session that needs one.
 */
import { ClusterLane } from '../upstream/cluster-lane.ts';
import { ClusterPinned } from '../upstream/cluster-pinned.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { PinnedConnection, PinnedEvents } from '../upstream/pinned.ts';
import type { PrivateContext, PrivateLane } from '../upstream/private-lane.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { SessionConnection } from '../upstream/session-connection.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { linkContextOf, type UpstreamLogin } from './contexts.ts';
import type { LocalNodeClients } from './node-clients.ts';
import { PinnedPool } from './pinned-pool.ts';
import type { SessionContext, UpstreamIds } from './ports.ts';
import { MAX_BACKLOG_BYTES } from './primary-lanes.ts';

/** More than a cluster's nodes, which are numbered. */
const NODES = 1 << 12;

export interface SessionConnectionsOptions extends UpstreamLogin {
  readonly upstream: Upstream;
  readonly pinnedIdleMax: number;
  readonly reconnect: { readonly minMs: number; readonly maxMs: number };
  readonly maxInFlight: number;
}

export class SessionConnections {
  readonly #services: WorkerServices;
  readonly #options: SessionConnectionsOptions;
  readonly #laneOf: (session: number, context: SessionContext) => CommandLane;
  readonly #pool: PinnedPool;
  readonly #nodeClients: Pick<LocalNodeClients, 'isPaused'>;
  readonly #privateLanes = new Set<PrivateLane>();

  constructor(
    services: WorkerServices,
    options: SessionConnectionsOptions,
    nodeClients: Pick<LocalNodeClients, 'isPaused'>,
    laneOf: (session: number, context: SessionContext) => CommandLane,
  ) {
    this.#nodeClients = nodeClients;
    this.#services = services;
    this.#options = options;
    this.#laneOf = laneOf;
    this.#pool = new PinnedPool(options.pinnedIdleMax);
  }

  /** Ids of those that wait for a session, of those in use, and of the lanes. Cold: for commands about clients. */
  idsWith(
    pinned: Iterable<readonly [number, { readonly connection: SessionConnection }]>,
    lanes: readonly { readonly serverId: number; readonly address: string }[],
  ): UpstreamIds {
    const owned = Array.from(pinned, ([session, { connection }]) => [session, connection.serverId] as const);
    const waiting = this.#pool.all.map(({ serverId }) => serverId);
    const shared = waiting.concat(lanes.map(({ serverId }) => serverId));
    return { owned, shared, addresses: lanes.map(({ address }) => address) };
  }

  /** An idle one of the same context, or a new one. `context` tells what it is at the time. */
  take(session: number, context: () => SessionContext, events: PinnedEvents): SessionConnection {
    const { cluster } = this.#options.upstream;
    if (cluster === undefined) return this.#take(context(), events, 0);
    const options = {
      services: this.#services,
      cluster,
      resp: () => context().resp,
      lane: () => this.#laneOf(session, context()) as ClusterLane,
      take: (node: number, nodeEvents: PinnedEvents) => this.#take(context(), nodeEvents, node),
      give: (node: number, connection: SessionConnection) =>
        this.#give(context(), connection as PinnedConnection, node),
      privateLanes: this.#privateLanes,
      private: () => this.#privateContext(context()),
      listen: (node: number, nodeEvents: PinnedEvents) => this.#listen(context(), nodeEvents, node),
      isPaused: () => this.#nodeClients.isPaused,
    };
    return new ClusterPinned(options, events);
  }

  /** Takes back a connection without state. */
  give(context: SessionContext, connection: SessionConnection): void {
    if (connection instanceof ClusterPinned) connection.giveBack();
    else this.#give(context, connection as PinnedConnection, 0);
  }

  /** Ends those that wait for a session: the server is elsewhere now. */
  clear(): void {
    this.#pool.clear();
  }

  /** Call about once a second. `pinned`: those in use. */
  sweep(pinned: Iterable<{ readonly connection: SessionConnection }>): void {
    this.#pool.sweep();
    for (const lane of this.#privateLanes) lane.tick();
    for (const { connection } of pinned) if (connection instanceof ClusterPinned) connection.tick();
  }

  #privateContext(context: SessionContext): PrivateContext {
    const { reconnect, maxInFlight } = this.#options;
    const linkContext = linkContextOf(context, this.#options);
    const lane = { context: linkContext, reconnect, maxInFlight, maxBacklogBytes: MAX_BACKLOG_BYTES };
    return { id: context.id, resp: context.resp, lane };
  }

  /** A connection for messages alone. */
  #listen(context: SessionContext, events: PinnedEvents, node: number): PinnedConnection {
    const linkContext = { ...linkContextOf(context, this.#options), resp: 3 } as const;
    return this.#options.upstream.makePinned(this.#services, linkContext, events, node);
  }

  #take(context: SessionContext, events: PinnedEvents, node: number): PinnedConnection {
    const { upstream } = this.#options;
    const idle = this.#pool.take(context.id * NODES + node, events);
    return idle ?? upstream.makePinned(this.#services, linkContextOf(context, this.#options), events, node);
  }

  #give(context: SessionContext, connection: PinnedConnection, node: number): void {
    connection.adopt(undefined);
    this.#pool.give(context.id * NODES + node, connection);
  }
}

/** The lane that asks the server which a session's own connection is to. `base`: the gateway's own lane. */
export function laneBeside(base: CommandLane, connection: SessionConnection): CommandLane {
  if (!(base instanceof ClusterLane) || !(connection instanceof ClusterPinned) || connection.node < 0)
    return base;
  return base.nodes.laneOf(connection.node);
}
