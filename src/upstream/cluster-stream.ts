/**
 * A session before a cluster whose output is what its connections say, whatever that is: it has subscribed in RESP2,
 * it monitors all, or it is a replica of the one primary that there is. Worker thread. Cold: the first command decides.
 */
import { parseInteger } from '../base/bytes.ts';
import { type CommandDefinition, endsMessages } from '../commands/definition.ts';
import { ClusterMonitor, type MonitorEvents } from './cluster-monitor.ts';
import { ClusterSubscriber } from './cluster-subscriber.ts';
import type { ClusterTransaction } from './cluster-transaction.ts';
import { type ClusterPinnedOptions, PinnedNode } from './pinned-node.ts';
import { NOT_SERVED } from './refusals.ts';
import type { SessionConnection } from './session-connection.ts';
import { NOBODY } from './topology.ts';

const CR = 0x0d;
const REFUSED = Buffer.from(`-${NOT_SERVED}\r\n`);

export class ClusterStream {
  readonly #options: ClusterPinnedOptions;
  readonly #events: MonitorEvents;
  readonly #transaction: Pick<ClusterTransaction, 'node' | 'subscribes'>;
  readonly #subscriber: ClusterSubscriber;
  #isSubscribed = false;
  /** On the connection of transactions. */
  #isThere = false;
  #monitor: ClusterMonitor | undefined = undefined;
  /** What comes there is no RESP. */
  readonly #replicated: PinnedNode;

  constructor(
    options: ClusterPinnedOptions,
    transaction: Pick<ClusterTransaction, 'node' | 'subscribes'>,
    events: MonitorEvents,
  ) {
    this.#options = options;
    this.#transaction = transaction;
    this.#events = events;
    this.#subscriber = new ClusterSubscriber(options, events);
    this.#replicated = new PinnedNode(options, {
      pinnedStream: (bytes, start, end) => events.heard(bytes, start, end),
      pinnedLost: (text, wasReady) => {
        this.#replicated.forget();
        events.lost(text, wasReady);
      },
      pinnedReady: () => {},
      pinnedDrained: () => {},
    });
  }

  get isOn(): boolean {
    const isReplica = this.#replicated.connection !== undefined;
    return this.#isSubscribed || this.#isThere || isReplica || this.#monitor !== undefined;
  }

  /** Its connections, but for that of transactions. */
  get ends(): { readonly index: number; readonly connection: SessionConnection | undefined }[] {
    return [this.#subscriber.node, this.#replicated, ...(this.#monitor?.ends ?? [])];
  }

  holdBack(isHeldBack: boolean): void {
    this.#subscriber.node.holdBack(isHeldBack);
    this.#replicated.holdBack(isHeldBack);
    this.#monitor?.holdBack(isHeldBack);
  }

  /** One command, whose answer comes with the stream. */
  write(bytes: Uint8Array, start: number, end: number): void {
    const definition = this.#definitionOf(bytes, start, end);
    const name = definition?.name ?? '';
    if (this.#monitor !== undefined) this.#monitor.write(bytes, start, end, name);
    else if (this.#replicated.connection !== undefined) this.#replicated.connection.write(bytes, start, end);
    else if (name === 'monitor' && !this.isOn)
      this.#monitor = new ClusterMonitor(this.#options, bytes.slice(start, end), this.#events);
    else if (definition !== undefined && endsMessages(definition) && !this.isOn)
      this.#replicate(bytes, start, end);
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
    this.#replicated.drop();
  }

  #replicate(bytes: Uint8Array, start: number, end: number): void {
    const index = this.#replicated.any();
    if (index === NOBODY) {
      this.#events.heard(REFUSED, 0, REFUSED.length);
      return;
    }
    const connection = this.#replicated.connect(index);
    connection.startStreaming();
    connection.write(bytes, start, end);
  }

  /** A transaction has subscribed there, and its connection stays where it is. */
  #toTransaction(bytes: Uint8Array, start: number, end: number): void {
    const { connection } = this.#transaction.node;
    if (!this.#isThere) connection?.startStreaming();
    this.#isThere = true;
    // What belongs elsewhere is answered there, in its turn.
    connection?.write(bytes, start, end);
  }

  #definitionOf(bytes: Uint8Array, start: number, end: number): CommandDefinition | undefined {
    const { services, cluster } = this.#options;
    return services.table.definitions[cluster.router.lookup(bytes, start, end)];
  }
}

/** The number of words of a command. */
function wordsOf(bytes: Uint8Array, start: number, end: number): number {
  return parseInteger(bytes, start + 1, bytes.subarray(start, end).indexOf(CR) + start);
}
