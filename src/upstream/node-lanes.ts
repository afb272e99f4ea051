/**
 * The connections of one cluster lane, one for each node that is used. Worker thread. It must not know commands.
 * Cold: connections are made and dropped rarely; `laneOf` is a look-up.
 */

import type { CommandLane } from './command-lane.ts';
import type { LinkContext } from './handshake.ts';
import { Lane } from './lane.ts';
import type { LaneOptions } from './lane-options.ts';
import type { WorkerServices } from './services.ts';
import type { ClusterTopology, TopologyMap } from './topology.ts';

export interface NodeLanesOptions {
  readonly topology: ClusterTopology;
  readonly context: LinkContext;
  readonly reconnect: LaneOptions['reconnect'];
  readonly maxBacklogBytes: number;
  /** There is a connection to each node with slots, used or not. */
  readonly persistent: boolean;
  /** A node without slots has so long to answer what it was sent; then its connection is cut. */
  readonly graceMs: number;
  /** By index of the node: connections that are up, of all lanes to the cluster. Counted here. */
  readonly connections: number[];
  onState(node: number, up: boolean, reason: string): void;
  /** Makes the connection to a node; undefined: as usual. */
  readonly makeLane?: ((options: LaneOptions, node: number) => Lane) | undefined;
}

/** Connections to nodes that have no slots (any more) are closed after this silence. */
const IDLE_MS = 10_000;

export class NodeLanes {
  readonly #services: WorkerServices;
  readonly #options: NodeLanesOptions;
  /** By index of the node. */
  readonly #lanes: (Lane | undefined)[] = [];

  constructor(services: WorkerServices, options: NodeLanesOptions) {
    this.#services = services;
    this.#options = options;
  }

  /** With the index of their nodes. */
  get all(): { readonly node: number; readonly lane: Lane }[] {
    return this.#lanes.flatMap((lane, node) => (lane === undefined ? [] : [{ node, lane }]));
  }

  get upCount(): number {
    let count = 0;
    for (const lane of this.#lanes) if (lane?.up === true) count += 1;
    return count;
  }

  laneOf(node: number): Lane {
    return this.#lanes[node] ?? this.#make(node);
  }

  /** The lane to a node, if there is one. */
  at(node: number): Lane | undefined {
    return this.#lanes[node];
  }

  /** The map is another one: lanes to new nodes are opened. */
  follow(map: TopologyMap): void {
    if (!this.#options.persistent) return;
    for (const node of map.primaries) this.laneOf(node).open();
  }

  /** Call about once a second: ends lanes to nodes that have nothing to serve. */
  tick(): void {
    const { topology, graceMs } = this.#options;
    const now = this.#services.clock.monotonicMs;
    for (const { node, lane } of this.all) {
      if (topology.map?.primaries.includes(node) === true) continue;
      const isIdle = lane.inFlight === 0 && now - lane.lastUsedMs > IDLE_MS;
      if (isIdle || now - lane.oldestSentAtMs > graceMs) this.#drop(node, lane);
    }
  }

  reset(): void {
    for (const { lane } of this.all) lane.reset();
  }

  close(): void {
    for (const { node, lane } of this.all) this.#drop(node, lane);
  }

  #drop(node: number, lane: CommandLane): void {
    this.#lanes[node] = undefined;
    lane.close();
  }

  #make(node: number): Lane {
    const { topology, context, reconnect, maxBacklogBytes, persistent, connections } = this.#options;
    let wasUp = false;
    const options: LaneOptions = {
      id: -1,
      endpoint: topology.nodes[node]!.endpoint,
      context,
      reconnect,
      // Commands that wait for a node wait with their slot.
      waitWhenDownMs: 0,
      maxInFlight: Number.MAX_SAFE_INTEGER,
      maxBacklogBytes,
      persistent,
      onState: (which, up, reason) => {
        if (up !== wasUp) connections[node] = (connections[node] ?? 0) + (up ? 1 : -1);
        wasUp = up;
        if (this.#lanes[node] !== which) return;
        this.#options.onState(node, up, reason);
        // A server that would not have the login or the database, in its own words: the next command asks it again.
        const { downReason, inFlight } = which;
        if (!up && downReason !== '' && downReason !== reason && inFlight === 0) this.#drop(node, which);
      },
    };
    const lane = this.#options.makeLane?.(options, node) ?? new Lane(this.#services, options);
    this.#lanes[node] = lane;
    return lane;
  }
}
