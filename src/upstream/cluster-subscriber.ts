/**
 * A session before a cluster that has subscribed in RESP2: a connection to one node, whose output is the session's.
 * Worker thread. It must not know sessions. Cold: few commands, and messages in whole.
 *
 * As long as nothing is subscribed to, the next subscription decides about the node. So it is when the slot of shard
 * channels has moved and the node has said, by SUNSUBSCRIBE, that it lets go of them. Commands go one by one then, for
 * one that a node sends back must not be overtaken. Any other command may leave state: from then on the node is what
 * it is.
 */
import { decodeText } from '../base/bytes.ts';
import { ROUTE_SLOT } from '../routing/router.ts';
import type { MonitorEvents } from './cluster-monitor.ts';
import type { PinnedEvents } from './pinned.ts';
import { type ClusterPinnedOptions, PinnedNode } from './pinned-node.ts';
import { parseRedirect, type Redirect } from './redirect.ts';
import { LISTENS, TOO_OFTEN } from './refusals.ts';
import { RetryLimit } from './retry-limit.ts';
import { INTERNAL_COMMAND } from './services.ts';
import { PAUSE_MS } from './slot-holds.ts';
import { confirmationKind, Subscriptions, subscriptionKind } from './subscriptions.ts';
import { NOBODY } from './topology.ts';
import { WholeMessages } from './whole-messages.ts';

const ASTERISK = 0x2a;
const TWO = 0x32;

interface Command {
  readonly bytes: Uint8Array;
  /** Its own, in lower case. */
  readonly name: string;
  readonly channels: number;
}

export class ClusterSubscriber implements PinnedEvents {
  readonly node: PinnedNode;
  readonly #options: ClusterPinnedOptions;
  readonly #events: MonitorEvents;
  readonly #messages = new WholeMessages((bytes, start, end) => this.#heard(bytes, start, end));
  readonly #limit: RetryLimit;
  /** Of the present connection. */
  #subscriptions = new Subscriptions();
  /** Commands that it has answered. */
  #answered = 0;
  readonly #sent: Command[] = [];
  readonly #waiting: Command[] = [];
  /** It stays with its node, and nobody counts answers. */
  #isBound = false;
  #isPausing = false;
  #isClosed = false;

  constructor(options: ClusterPinnedOptions, events: MonitorEvents) {
    this.#options = options;
    this.#events = events;
    this.#limit = new RetryLimit(options.cluster.retryForMs);
    this.node = new PinnedNode(options, this);
  }

  /** `name`: the command's, in lower case; `words`: the number of its words. */
  write(bytes: Uint8Array, start: number, end: number, name: string, words: number): void {
    this.#waiting.push({ bytes: bytes.slice(start, end), name, channels: words - 1 });
    this.#go();
  }

  close(): void {
    this.#isClosed = true;
    this.node.drop();
  }

  /** Sends what need not wait for answers. */
  #go(): void {
    while (!this.#isPausing && !this.#isClosed) {
      const isFree = this.#isBound || this.#subscriptions.total > 0 || this.#sent.length === 0;
      const next = isFree ? this.#waiting.shift() : undefined;
      if (next === undefined) return;
      this.#send(next, this.#nodeFor(next));
    }
  }

  #nodeFor({ bytes }: Command): number {
    const { router, topology } = this.#options.cluster;
    const mayMove = !this.#isBound && this.#subscriptions.total === 0;
    if (!mayMove) return this.node.index;
    const isSlot = router.route(INTERNAL_COMMAND, bytes, 0, bytes.length) === ROUTE_SLOT;
    return isSlot ? topology.ownerOf(router.slot) : this.node.any();
  }

  #send(command: Command, index: number): void {
    const { node } = this;
    if (index === NOBODY) {
      this.#later(command);
      return;
    }
    if (node.connection !== undefined && node.index !== index) node.drop();
    if (node.connection === undefined) {
      this.#messages.reset();
      this.#subscriptions = new Subscriptions();
      node.connect(index).startStreaming();
    }
    const { bytes, name, channels } = command;
    const place = this.#answered + this.#sent.length;
    if (subscriptionKind(name) >= 0) this.#subscriptions.sent(place, name, channels);
    else if (name !== 'ping') this.#isBound = true;
    this.#sent.push(command);
    node.connection?.write(bytes, 0, bytes.length);
  }

  /** A whole message, or a reply. */
  #heard(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#isBound && this.#isSentBack(bytes, start, end)) return;
    this.#events.heard(bytes, start, end);
    this.#go();
  }

  /** Counts answers. True: this one is not for the client. */
  #isSentBack(bytes: Uint8Array, start: number, end: number): boolean {
    const subscriptions = this.#subscriptions;
    const had = subscriptions.total;
    const isConfirmed = subscriptions.pushed(bytes, start, end, true, true, this.#answered);
    // To those who listen PING is answered by two words.
    const isMessage = had > 0 && bytes[start] === ASTERISK && bytes[start + 1] !== TWO;
    const isReply = !isMessage && confirmationKind(bytes, start, end) < 0;
    if (!isConfirmed && !isReply) return false;
    const command = this.#sent.shift();
    if (command === undefined) return false;
    subscriptions.over(this.#answered);
    this.#answered += 1;
    const redirect = isReply ? parseRedirect(bytes, start, end) : undefined;
    if (redirect === undefined) {
      this.#limit.beginAnew();
      return false;
    }
    if (had > 0) this.#refuse(LISTENS);
    else this.#follow(command, redirect, decodeText(bytes, start + 1, end - 2));
    return true;
  }

  /** `text`: the node's error. */
  #follow(command: Command, redirect: Redirect, text: string): void {
    const { topology } = this.#options.cluster;
    this.#limit.redirected();
    this.#limit.error = redirect.kind === 'later' ? text : TOO_OFTEN;
    if (redirect.kind === 'later') topology.refresh();
    else {
      const asked = topology.nodes[this.node.index]!.address.host;
      topology.moved(redirect.slot, topology.nodeAt(redirect.host, redirect.port, asked));
    }
    if (redirect.kind === 'later' || this.#limit.isRestless) this.#later(command);
    else this.#send(command, this.#nodeFor(command));
  }

  /** Nothing overtakes it. */
  #later(command: Command): void {
    const { services } = this.#options;
    this.#isPausing = !this.#limit.isReached(services.clock.monotonicMs);
    if (!this.#isPausing) {
      this.#refuse(this.#limit.error);
      return;
    }
    services.after(PAUSE_MS, () => {
      this.#isPausing = false;
      if (this.#isClosed) return;
      this.#send(command, this.#nodeFor(command));
      this.#go();
    });
  }

  #refuse(text: string): void {
    const error = Buffer.from(`-${text}\r\n`);
    this.#limit.beginAnew();
    this.#events.heard(error, 0, error.length);
    this.#go();
  }

  pinnedStream(bytes: Uint8Array, start: number, end: number): void {
    this.#messages.feed(bytes, start, end);
  }

  pinnedLost(text: string, wasReady: boolean): void {
    this.node.forget();
    this.#events.lost(text, wasReady);
  }

  pinnedReady(): void {
    // What was given to it waits for nothing else.
  }

  pinnedDrained(): void {
    // Its commands are short.
  }
}
