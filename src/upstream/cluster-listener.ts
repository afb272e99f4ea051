/**
 * What a session before a cluster listens to in RESP3: a connection of its own beside that of its transactions, for
 * those go to the nodes of their keys, and subscriptions stay where they are. Worker thread. It must not know sessions.
 * Cold: a few commands, and messages in whole, since replies of other connections come beside them.
 */
import { ROUTE_ANY, ROUTE_SLOT } from '../routing/router.ts';
import type { ClusterCommand } from './cluster-command.ts';
import { ClusterTransaction } from './cluster-transaction.ts';
import type { PinnedEvents } from './pinned.ts';
import type { ClusterPinnedOptions } from './pinned-node.ts';
import { CROSS_SLOT, LISTENS } from './refusals.ts';
import { confirmationKind, SubscriptionCounts } from './subscriptions.ts';
import { NOBODY } from './topology.ts';
import { WholeMessages } from './whole-messages.ts';

export interface ListenerEvents {
  /** A whole message. */
  heard(bytes: Uint8Array, start: number, end: number): void;
  lost(text: string, wasReady: boolean): void;
  /** All subscriptions that were asked for have been answered. */
  idle(): void;
}

export class ClusterListener implements PinnedEvents {
  readonly commands: ClusterTransaction;
  readonly #options: ClusterPinnedOptions;
  readonly #events: ListenerEvents;
  readonly #messages: WholeMessages;
  readonly #counts = new SubscriptionCounts();

  constructor(options: ClusterPinnedOptions, events: ListenerEvents) {
    this.#options = options;
    this.#events = events;
    this.#messages = new WholeMessages((bytes, start, end) => this.#heard(bytes, start, end));
    this.commands = new ClusterTransaction(options, this, () => events.idle());
  }

  get isBusy(): boolean {
    return this.commands.kept.unanswered > 0;
  }

  /** A command that was kept as a subscription. What only ends subscriptions may go to any node. */
  send(one: ClusterCommand): void {
    const { router, topology } = this.#options.cluster;
    const { commands } = this;
    const route = router.route(one.command, one.bytes, one.start, one.end);
    if (route !== ROUTE_SLOT && route !== ROUTE_ANY) {
      commands.kept.fail(one, CROSS_SLOT);
      return;
    }
    if (route === ROUTE_SLOT) one.slot = router.slot;
    const index = route === ROUTE_SLOT ? topology.ownerOf(router.slot) : commands.node.any();
    if (index !== NOBODY && !commands.aimAt(index, one.slot, this.#counts.total > 0)) {
      commands.kept.fail(one, LISTENS);
      return;
    }
    // It is for nobody else.
    commands.node.isChanged = true;
    commands.send(one);
  }

  /** Where the slot of shard channels moves, the node ends them by itself: the next ones may be elsewhere. */
  #heard(bytes: Uint8Array, start: number, end: number): void {
    const kind = confirmationKind(bytes, start, end);
    if (kind >= 0) this.#counts.note(kind, bytes, start, end);
    this.#events.heard(bytes, start, end);
  }

  close(): void {
    this.commands.close();
    this.commands.node.drop();
  }

  pinnedReady(): void {
    // What was given to it waits for nothing else.
  }

  pinnedDrained(): void {
    // Its commands are short.
  }

  pinnedStream(bytes: Uint8Array, start: number, end: number): void {
    this.#messages.feed(bytes, start, end);
  }

  pinnedLost(text: string, wasReady: boolean): void {
    if (!wasReady && this.commands.survives()) return;
    this.commands.lostAll(text, wasReady);
    this.#events.lost(text, wasReady);
  }
}
