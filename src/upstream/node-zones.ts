/**
 * In which availability zone each node of a cluster is, as it says itself: INFO of Valkey since 8.0; other servers have
 * none. One per cluster and worker. Worker thread. Cold: one question per node.
 */
import { isError, type Reply, replyText } from '../resp/reply.ts';
import { INTERNAL_COMMAND } from './services.ts';
import { type ClusterParts, placeOf } from './slot-sender.ts';
import { WholeReply } from './whole-reply.ts';

const INFO_SERVER = Buffer.from('*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n');

export class NodeZones {
  /** By the node's name. */
  readonly #zones = new Map<string, string>();
  readonly #asked = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #cluster: () => ClusterParts;

  constructor(cluster: () => ClusterParts) {
    this.#cluster = cluster;
  }

  /** `listener` is called when the zone of a node has become known. */
  onLearnt(listener: () => void): void {
    this.#listeners.add(listener);
  }

  offLearnt(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** '' where the node has none, undefined where it is not known. */
  of(node: number): string | undefined {
    return this.#zones.get(this.#nameOf(node));
  }

  /** Asks those nodes that are not being asked already. */
  find(nodes: readonly number[]): void {
    const { own } = this.#cluster();
    for (const node of nodes) {
      const name = this.#nameOf(node);
      if (own === undefined || this.#asked.has(name)) continue;
      this.#asked.add(name);
      const target = new WholeReply(
        (reply) => this.#learnt(name, zoneIn(reply)),
        () => this.#asked.delete(name),
      );
      own.give(
        placeOf(node),
        INFO_SERVER,
        0,
        INFO_SERVER.length,
        target,
        0,
        0,
        INTERNAL_COMMAND,
        undefined,
        true,
      );
    }
  }

  #learnt(name: string, zone: string): void {
    this.#asked.delete(name);
    if (this.#zones.get(name) === zone) return;
    this.#zones.set(name, zone);
    for (const listener of this.#listeners) listener();
  }

  #nameOf(node: number): string {
    return this.#cluster().topology.nodes[node]?.endpoint.node ?? '';
  }
}

function zoneIn(reply: Reply): string {
  const text = isError(reply) ? '' : replyText(reply);
  return /^availability_zone:(.*?)\r?$/m.exec(text)?.[1] ?? '';
}
