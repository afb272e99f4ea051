/**
 * The connection of one session to one node of a cluster at a time. Worker thread. It must not know commands. Cold: a
 * connection changes its node rarely.
 */
import type { ClusterLane } from './cluster-lane.ts';
import type { PinnedEvents } from './pinned.ts';
import type { PrivateLaneOptions } from './private-lane.ts';
import type { WorkerServices } from './services.ts';
import type { SessionConnection } from './session-connection.ts';
import type { ClusterParts } from './slot-sender.ts';
import { NOBODY } from './topology.ts';

export interface PinnedNodeOptions {
  readonly services: WorkerServices;
  readonly cluster: ClusterParts;
  /** A connection to a node, and its way back when it is clean. */
  take(node: number, events: PinnedEvents): SessionConnection;
  give(node: number, connection: SessionConnection): void;
}

export interface ClusterPinnedOptions extends PinnedNodeOptions, PrivateLaneOptions {
  readonly resp: () => 2 | 3;
  /** For commands that need no connection of their own; they go to primaries. */
  readonly lane: () => Pick<ClusterLane, 'sendToPrimary'>;
}

export class PinnedNode {
  readonly #options: PinnedNodeOptions;
  readonly #events: PinnedEvents;
  connection: SessionConnection | undefined = undefined;
  /** Index of the node, or NOBODY. */
  index = NOBODY;
  /** Its login, name or the like are another one by now: it is for nobody else. */
  isChanged = false;
  #isHeldBack = false;

  constructor(options: PinnedNodeOptions, events: PinnedEvents) {
    this.#options = options;
    this.#events = events;
  }

  get inFlight(): number {
    return this.connection?.inFlight ?? 0;
  }

  holdBack(isHeldBack: boolean): void {
    this.#isHeldBack = isHeldBack;
    this.connection?.holdBack(isHeldBack);
  }

  /** The present node, or one of those that there are; NOBODY while none is known. */
  any(): number {
    if (this.connection !== undefined) return this.index;
    const { services, cluster } = this.#options;
    const { map } = cluster.topology;
    return map === undefined ? NOBODY : map.primaries[services.workerIndex % map.primaries.length]!;
  }

  connect(index: number): SessionConnection {
    if (this.connection !== undefined && this.index === index) return this.connection;
    const connection = this.#options.take(index, this.#events);
    this.index = index;
    this.connection = connection;
    if (this.#isHeldBack) connection.holdBack(true);
    return connection;
  }

  /** The connection has ended by itself. */
  forget(): void {
    this.connection = undefined;
    this.index = NOBODY;
    this.isChanged = false;
  }

  /** Leaves the connection to others. */
  giveBack(): void {
    if (this.isChanged) {
      this.drop();
      return;
    }
    const { connection, index } = this;
    this.forget();
    if (connection !== undefined) this.#options.give(index, connection);
  }

  /** Ends the connection, and with it the state that it has. Nothing of it is in flight. */
  drop(): void {
    const { connection } = this;
    this.forget();
    connection?.adopt(undefined);
    connection?.close();
  }
}
