/**
 * Notices that a node has been replaced while it owed a session a reply, as one that is stopped does: nobody will ever
 * answer there, and no connection breaks. One per session before a cluster. Worker thread. It must not know commands.
 * Cold: looked at about once a second.
 *
 * A node that is alive and hands over its slots answers what it owes: what blocks there is sent back at once.
 */
import type { WorkerServices } from './services.ts';
import type { SessionConnection } from './session-connection.ts';
import type { ClusterParts } from './slot-sender.ts';

export interface NodeConnection {
  readonly index: number;
  readonly connection: SessionConnection | undefined;
}

export class ReplacedNodes {
  readonly #services: WorkerServices;
  readonly #cluster: ClusterParts;
  /** Since when the node has had no slots, monotonic milliseconds. Only connections that owe replies. */
  #since = new Map<SessionConnection, number>();

  constructor({ services, cluster }: { services: WorkerServices; cluster: ClusterParts }) {
    this.#services = services;
    this.#cluster = cluster;
  }

  /** Cuts those of these connections that have owed replies for too long. */
  look(nodes: readonly NodeConnection[]): void {
    const { topology, retryForMs } = this.#cluster;
    const now = this.#services.clock.monotonicMs;
    const since = new Map<SessionConnection, number>();
    for (const { index, connection } of nodes) {
      if (connection === undefined || connection.inFlight === 0) continue;
      if (topology.map === undefined || topology.map.primaries.includes(index)) continue;
      since.set(connection, this.#since.get(connection) ?? now);
    }
    this.#since = since;
    // Whatever comes of a cut may lead here again.
    for (const [connection, fromMs] of [...since]) if (now - fromMs > retryForMs) connection.cut();
  }
}
