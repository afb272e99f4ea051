/**
 * What a primary or a shadow is, and how connections to it are made: one server, or a cluster. One per target and
 * worker. Worker thread. It must not know sessions or commands. Cold: connections are made rarely.
 */
import { CopyArena } from '../base/copies.ts';
import { assert } from '../base/errors.ts';
import type { Address } from '../transport/transport.ts';
import { ClusterLane } from './cluster-lane.ts';
import type { CommandLane } from './command-lane.ts';
import { CommandRouter } from './command-router.ts';
import type { Endpoint } from './endpoint.ts';
import type { LinkContext } from './handshake.ts';
import { Lane } from './lane.ts';
import type { LaneOptions } from './lane-options.ts';
import { NodeZones } from './node-zones.ts';
import { PinnedConnection, type PinnedEvents } from './pinned.ts';
import type { ReadPolicy } from './replica-lanes.ts';
import type { WorkerServices } from './services.ts';
import type { ClusterParts } from './slot-sender.ts';
import { ClusterTopology } from './topology.ts';
import type { NodeAddress } from './topology-view.ts';

export type SharedLaneOptions = Omit<LaneOptions, 'endpoint' | 'onState' | 'onLongReply'> & {
  onState(lane: CommandLane, up: boolean, reason: string): void;
  onLongReply?(lane: CommandLane): void;
  /** Of a cluster: the connection to a node is up. */
  onNode?(node: number, lane: CommandLane): void;
};

export interface Upstream {
  readonly role: 'primary' | 'shadow';
  /** Undefined where there is one server. */
  readonly cluster: ClusterParts | undefined;
  /** Where commands of a slot go; undefined where that is not known, as for -1 in a cluster. */
  addressOf(slot: number): Address | undefined;
  /** Called when all of it is somewhere else: connections to where it was are to be cut. For whoever has them. */
  onMove: () => void;
  /** Call about ten times a second. `isUp`: it is connected and answers. */
  tick(isUp: boolean): void;
  makeLane(services: WorkerServices, options: SharedLaneOptions): CommandLane;
  /** The server is reached in another way from the next connection on. Only where `cluster` is undefined. */
  changeEndpoint(next: Endpoint): void;
  /** `node`: index of a cluster's node. */
  makePinned(
    services: WorkerServices,
    context: LinkContext,
    events: PinnedEvents,
    node: number,
  ): PinnedConnection;
  close(): void;
}

export class SingleServer implements Upstream {
  onMove: () => void = () => {};
  readonly cluster = undefined;
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  get role(): 'primary' | 'shadow' {
    return this.#endpoint.role;
  }

  addressOf(_slot: number): Address | undefined {
    return this.#endpoint.unknown ? undefined : this.#endpoint.address;
  }

  makeLane(services: WorkerServices, options: SharedLaneOptions): CommandLane {
    return new Lane(services, { ...options, endpoint: this.#endpoint });
  }

  makePinned(services: WorkerServices, context: LinkContext, events: PinnedEvents): PinnedConnection {
    return new PinnedConnection(services, this.#endpoint, context, events);
  }

  changeEndpoint(next: Endpoint): void {
    // Whoever reconnects by itself has this very object.
    Object.assign(this.#endpoint, { tls: undefined }, next);
  }

  tick(_isUp: boolean): void {
    // It stays where it is.
  }

  close(): void {
    // Its connections are closed by those who have them.
  }
}

export interface ClusterOptions {
  /** What all nodes have in common; its address is not used. */
  readonly endpoint: Endpoint;
  readonly seeds: readonly NodeAddress[];
  /** The configuration's own credentials. */
  readonly context: LinkContext;
  readonly refreshMs: number;
  readonly retryForMs: number;
  /** Undefined: all reads go to primaries. */
  readonly readPolicy: ReadPolicy | undefined;
}

export class Cluster implements Upstream {
  readonly role: 'primary' | 'shadow';
  /** Its nodes move one by one: that is for the topology. */
  onMove: () => void = () => {};
  readonly cluster: ClusterParts;

  constructor(services: WorkerServices, options: ClusterOptions) {
    this.role = options.endpoint.role;
    this.cluster = {
      topology: new ClusterTopology(services, options),
      router: new CommandRouter(services.table, options.endpoint.role === 'shadow'),
      arena: new CopyArena(),
      retryForMs: options.retryForMs,
      connections: [],
      readPolicy: options.readPolicy,
      zones: new NodeZones(() => this.cluster),
      own: undefined,
    };
  }

  addressOf(slot: number): Address | undefined {
    const { topology } = this.cluster;
    return slot < 0 ? undefined : topology.nodes[topology.ownerOf(slot)]?.endpoint.address;
  }

  makeLane(services: WorkerServices, options: SharedLaneOptions): CommandLane {
    return new ClusterLane(services, { ...options, cluster: this.cluster });
  }

  makePinned(
    services: WorkerServices,
    context: LinkContext,
    events: PinnedEvents,
    node: number,
  ): PinnedConnection {
    return new PinnedConnection(services, this.cluster.topology.nodes[node]!.endpoint, context, events);
  }

  changeEndpoint(_next: Endpoint): void {
    assert(false, 'the nodes of a cluster are found out');
  }

  tick(_isUp: boolean): void {
    // The topology has a time of its own.
  }

  close(): void {
    this.cluster.topology.close();
  }
}
