/**
 * A session before a cluster whose output is what its connections say, whatever that is: it has subscribed in RESP2,
 * and stays with one node, or it monitors all. Worker thread. Cold: the first command decides.
 */
import { ROUTE_SLOT } from '../routing/router.ts';
import { ClusterMonitor, type MonitorEvents } from './cluster-monitor.ts';
import type { PinnedEvents } from './pinned.ts';
import type { ClusterPinnedOptions } from './pinned-node.ts';
import { PinnedNode } from './pinned-node.ts';
import { LaneConnection } from './private-node.ts';
import { NOT_SERVED } from './refusals.ts';
import { INTERNAL_COMMAND } from './services.ts';
import { NOBODY } from './topology.ts';

const REFUSED = Buffer.from(`-${NOT_SERVED}\r\n`);

export class ClusterStream {
  readonly #options: ClusterPinnedOptions;
  readonly #events: MonitorEvents;
  /** A transaction may have subscribed there. */
  readonly #transaction: PinnedNode;
  readonly #apart: PinnedNode;
  #node: PinnedNode | undefined = undefined;
  #monitor: ClusterMonitor | undefined = undefined;

  constructor(
    options: ClusterPinnedOptions,
    transaction: PinnedNode,
    pinned: PinnedEvents,
    events: MonitorEvents,
  ) {
    this.#options = options;
    this.#transaction = transaction;
    this.#events = events;
    this.#apart = new PinnedNode(options, pinned);
  }

  get isOn(): boolean {
    return this.#node !== undefined || this.#monitor !== undefined;
  }

  /** Its connections, but for that of transactions. */
  get ends(): { readonly index: number; readonly connection: PinnedNode['connection'] }[] {
    return [this.#apart, ...(this.#monitor?.ends ?? [])];
  }

  holdBack(isHeldBack: boolean): void {
    this.#apart.holdBack(isHeldBack);
    this.#monitor?.holdBack(isHeldBack);
  }

  /** One command, whose answer comes with the stream. */
  write(bytes: Uint8Array, start: number, end: number): void {
    const name = this.#nameOf(bytes, start, end);
    if (this.#monitor !== undefined) this.#monitor.write(bytes, start, end, name);
    else if (name === 'monitor' && !this.isOn)
      this.#monitor = new ClusterMonitor(this.#options, bytes.slice(start, end), this.#events);
    else this.#toNode(bytes, start, end);
  }

  close(): void {
    this.#monitor?.close();
    this.#apart.drop();
  }

  #toNode(bytes: Uint8Array, start: number, end: number): void {
    const { router, topology } = this.#options.cluster;
    if (this.#node === undefined) {
      const { connection } = this.#transaction;
      const isThere = connection !== undefined && !(connection instanceof LaneConnection);
      const node = isThere ? this.#transaction : this.#apart;
      const isSlot = router.route(INTERNAL_COMMAND, bytes, start, end) === ROUTE_SLOT;
      const index = isSlot ? topology.ownerOf(router.slot) : node.any();
      if (index === NOBODY) {
        this.#events.heard(REFUSED, 0, REFUSED.length);
        return;
      }
      if (node.index !== index) node.giveBack();
      node.connect(index).startStreaming();
      this.#node = node;
    }
    // It stays where it is: what belongs elsewhere is answered there, in its turn.
    this.#node.connection?.write(bytes, start, end);
  }

  #nameOf(bytes: Uint8Array, start: number, end: number): string {
    const { services, cluster } = this.#options;
    const id = cluster.router.lookup(bytes, start, end);
    return id < 0 ? '' : services.table.definitions[id].name;
  }
}
