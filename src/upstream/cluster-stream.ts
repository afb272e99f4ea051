/**
 * A session before a cluster whose output is what its connections say, whatever that is: it has subscribed in RESP2,
 * or it monitors all. Worker thread. Cold: the first command decides.
 */
import { parseInteger } from '../base/bytes.ts';
import { ClusterMonitor, type MonitorEvents } from './cluster-monitor.ts';
import { ClusterSubscriber } from './cluster-subscriber.ts';
import type { ClusterTransaction } from './cluster-transaction.ts';
import type { ClusterPinnedOptions } from './pinned-node.ts';
import type { SessionConnection } from './session-connection.ts';

const CR = 0x0d;

export class ClusterStream {
  readonly #options: ClusterPinnedOptions;
  readonly #events: MonitorEvents;
  readonly #transaction: Pick<ClusterTransaction, 'node' | 'subscribes'>;
  readonly #subscriber: ClusterSubscriber;
  #isSubscribed = false;
  /** On the connection of transactions. */
  #isThere = false;
  #monitor: ClusterMonitor | undefined = undefined;

  constructor(
    options: ClusterPinnedOptions,
    transaction: Pick<ClusterTransaction, 'node' | 'subscribes'>,
    events: MonitorEvents,
  ) {
    this.#options = options;
    this.#transaction = transaction;
    this.#events = events;
    this.#subscriber = new ClusterSubscriber(options, events);
  }

  get isOn(): boolean {
    return this.#isSubscribed || this.#isThere || this.#monitor !== undefined;
  }

  /** Its connections, but for that of transactions. */
  get ends(): { readonly index: number; readonly connection: SessionConnection | undefined }[] {
    return [this.#subscriber.node, ...(this.#monitor?.ends ?? [])];
  }

  holdBack(isHeldBack: boolean): void {
    this.#subscriber.node.holdBack(isHeldBack);
    this.#monitor?.holdBack(isHeldBack);
  }

  /** One command, whose answer comes with the stream. */
  write(bytes: Uint8Array, start: number, end: number): void {
    const name = this.#nameOf(bytes, start, end);
    if (this.#monitor !== undefined) this.#monitor.write(bytes, start, end, name);
    else if (name === 'monitor' && !this.isOn)
      this.#monitor = new ClusterMonitor(this.#options, bytes.slice(start, end), this.#events);
    else if (this.#transaction.subscribes && this.#transaction.node.connection !== undefined)
      this.#toTransaction(bytes, start, end);
    else {
      this.#isSubscribed = true;
      this.#subscriber.write(bytes, start, end, name, wordsOf(bytes, start, end));
    }
  }

  close(): void {
    this.#monitor?.close();
    this.#subscriber.close();
  }

  /** A transaction has subscribed there, and its connection stays where it is. */
  #toTransaction(bytes: Uint8Array, start: number, end: number): void {
    const { connection } = this.#transaction.node;
    if (!this.#isThere) connection?.startStreaming();
    this.#isThere = true;
    // What belongs elsewhere is answered there, in its turn.
    connection?.write(bytes, start, end);
  }

  #nameOf(bytes: Uint8Array, start: number, end: number): string {
    const { services, cluster } = this.#options;
    const id = cluster.router.lookup(bytes, start, end);
    return id < 0 ? '' : services.table.definitions[id].name;
  }
}

/** The number of words of a command. */
function wordsOf(bytes: Uint8Array, start: number, end: number): number {
  return parseInteger(bytes, start + 1, bytes.subarray(start, end).indexOf(CR) + start);
}
