/**
 * A session's own connection to a cluster: one to the node that has what the session is about, made when the first key
 * tells which. Worker thread. It must not know sessions.
 *
 * Commands that are no business of the connection's go on a shared lane. What blocks or listens follows redirects as a
 * transaction does, see `cluster-transaction.ts`.
 */

import {
  BIT_BLOCKING,
  BIT_LOCAL,
  BIT_PIN,
  BIT_STREAM,
  BIT_SUBSCRIBE,
  BIT_TRANSACTION,
} from '../commands/table.ts';
import { ROUTE_ANY, ROUTE_SLOT, type Route } from '../routing/router.ts';
import type { ClusterCommand } from './cluster-command.ts';
import { ClusterListener } from './cluster-listener.ts';
import { ClusterStream } from './cluster-stream.ts';
import { ClusterTransaction } from './cluster-transaction.ts';
import { ClusterWaiting } from './cluster-waiting.ts';
import type { PinnedEvents } from './pinned.ts';
import type { ClusterPinnedOptions } from './pinned-node.ts';
import { PrivateCommands } from './private-commands.ts';
import { PrivateLane, throughLane } from './private-lane.ts';
import { endsOf } from './private-node.ts';
import { CLOSED, CROSS_SLOT, LISTENS, NOT_HERE, NOT_INSIDE, NOT_SERVED, NOT_WATCHING } from './refusals.ts';
import { type NodeConnection, ReplacedNodes } from './replaced-nodes.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';
import type { SessionConnection } from './session-connection.ts';
import { NOBODY } from './topology.ts';

const ONE = 0x31;
const CR = 0x0d;
const OK = Buffer.from('+OK\r\n');

export class ClusterPinned implements SessionConnection, PinnedEvents {
  readonly #options: ClusterPinnedOptions;
  readonly #transaction: ClusterTransaction;
  #events: PinnedEvents | undefined;
  readonly #stream: ClusterStream;
  /** Once there was a subscription in RESP3. */
  #listener: ClusterListener | undefined = undefined;
  #isClosed = false;
  readonly #waiter: ClusterWaiting;
  /** Connections of its own to all nodes, while it needs them. */
  readonly #own: PrivateLane;
  readonly #changes: PrivateCommands;
  readonly #replaced: ReplacedNodes;
  /** Commands behind EXEC, or behind something on another node. */
  readonly #waiting: (() => void)[] = [];
  /** The one that was to run waits on. */
  #isDeferred = false;

  /** Cold: once per session that needs one. */
  constructor(options: ClusterPinnedOptions, events: PinnedEvents) {
    this.#options = options;
    this.#events = events;
    const onIdle = (): void => this.#idle();
    const own = new PrivateLane(options, {
      pushed: (bytes, start, end) => this.#events?.pinnedStream(bytes, start, end),
      idle: onIdle,
    });
    this.#own = own;
    this.#transaction = new ClusterTransaction({ ...options, ...throughLane(own, options) }, this, onIdle);
    this.#stream = new ClusterStream(options, this.#transaction, {
      heard: (bytes, start, end) => this.pinnedStream(bytes, start, end),
      lost: (text, wasReady) => this.#lost(text, wasReady),
    });
    this.#changes = new PrivateCommands(own, this.#transaction, onIdle);
    this.#waiter = new ClusterWaiting(options, this.#transaction.kept, onIdle);
    this.#replaced = new ReplacedNodes(options);
  }

  get inFlight(): number {
    const { unanswered } = this.#transaction.kept;
    return unanswered + this.#own.inFlight + (this.#listener?.commands.kept.unanswered ?? 0);
  }

  get usable(): boolean {
    return !this.#isClosed;
  }

  /** What was given to it is with the server. */
  get ready(): boolean {
    const { node, kept } = this.#transaction;
    return node.connection?.ready ?? kept.unanswered === 0;
  }

  get serverId(): number {
    return this.#transaction.node.connection?.serverId ?? -1;
  }

  /** Its connections that are up: the node, and what that calls it. Cold: for commands about clients. */
  get ends(): { readonly node: number; readonly serverId: number }[] {
    return endsOf([...this.#nodes, ...this.#stream.ends]).concat(this.#own.ends);
  }

  /** Where something may be under way. Cold. */
  get #nodes(): readonly NodeConnection[] {
    const listener = this.#listener === undefined ? [] : [this.#listener.commands.node];
    return [this.#transaction.node, ...listener, ...this.#waiter.connections];
  }

  /** Call about once a second. */
  tick(): void {
    this.#replaced.look(this.#nodes);
  }

  /** Index of the node it is connected to, or NOBODY. */
  get node(): number {
    return this.#transaction.node.index;
  }

  adopt(events: PinnedEvents | undefined): void {
    this.#events = events;
  }

  holdBack(isHeldBack: boolean): void {
    this.#transaction.node.holdBack(isHeldBack);
    this.#listener?.commands.node.holdBack(isHeldBack);
    this.#stream.holdBack(isHeldBack);
  }

  hasRoom(mostBytes: number): boolean {
    return this.#transaction.node.connection?.hasRoom(mostBytes) ?? true;
  }

  startStreaming(): void {
    // With the first command, which tells the node.
  }

  /** Only while streaming: one command, whose answer comes with the stream. */
  write(bytes: Uint8Array, start: number, end: number): void {
    this.#stream.write(bytes, start, end);
  }

  forgetSubscriptions(): void {
    this.#transaction.node.connection?.forgetSubscriptions();
    this.#listener?.close();
    this.#listener = undefined;
  }

  closeWhenMirrored(): void {
    const isMirrored = this.#transaction.kept.all.some(({ mirrored }) => mirrored !== undefined);
    if (!isMirrored) this.close();
    else {
      this.#end();
      this.#transaction.node.connection?.closeWhenMirrored();
    }
  }

  cut(): void {
    this.#transaction.node.connection?.cut();
  }

  close(): void {
    this.#end();
    this.#transaction.node.connection?.close();
  }

  /** The session is done with it, and it has no state: the connection may serve another one. */
  giveBack(): void {
    this.#end();
    this.#transaction.node.giveBack();
  }

  sendSubscription(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    name: string,
    channels: number,
  ): void {
    this.#listener ??= this.#listen();
    const listener = this.#listener;
    const { kept } = listener.commands;
    const one = kept.make(bytes, start, end, target, session, sequence, command, undefined);
    kept.subscribes(one, name, channels);
    if (this.#transaction.isOpen) {
      kept.fail(one, NOT_INSIDE);
      this.#transaction.isSpoilt = true;
    } else if (this.#waits) this.#waiting.push(() => listener.send(one));
    else listener.send(one);
  }

  #listen(): ClusterListener {
    return new ClusterListener(this.#options, {
      heard: (bytes, start, end) => this.#events?.pinnedStream(bytes, start, end),
      lost: (text, wasReady) => this.#lost(text, wasReady),
      idle: () => this.#idle(),
    });
  }

  /** Commands wait for those before them. */
  get #waits(): boolean {
    return this.#waiting.length > 0 || this.#isBusy;
  }

  /** Nothing must overtake what is under way. */
  get #isBusy(): boolean {
    return this.#transaction.isExecuting || this.#changes.isBusy || this.#listener?.isBusy === true;
  }

  send(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
  ): void {
    if (!this.#waits) {
      this.#send(bytes, start, end, target, session, sequence, command, mirrored);
      return;
    }
    const copy = bytes.slice(start, end);
    this.#waiting.push(() => this.#send(copy, 0, copy.length, target, session, sequence, command, mirrored));
  }

  #send(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
  ): void {
    const { table } = this.#options.services;
    const id = command >= 0 ? command : this.#options.cluster.router.lookup(bytes, start, end);
    const bits = id < 0 ? 0 : table.bits[id];
    // What has too many arguments (EXEC x) is what it is to the server: an error.
    const isBare = bytes[start + 1] === ONE && bytes[start + 2] === CR;
    const arity = id < 0 ? 0 : table.arity[id];
    const name = id < 0 || (arity === 1 && !isBare) ? '' : table.definitions[id].name;
    const { kept, isOpen } = this.#transaction;
    const isOwn = isOpen || (bits & (BIT_TRANSACTION | BIT_BLOCKING | BIT_SUBSCRIBE)) !== 0;
    const isBound = (bits & (BIT_LOCAL | BIT_PIN | BIT_STREAM)) !== 0;
    const own = this.#own;
    const { isUsed } = own;
    const isChange = this.#changes.isOne(name);
    const isAsked = isUsed && name.startsWith('client|');
    const isFree = !isOwn && !isChange && !this.#isClosed && (isAsked || !isBound);
    if (isFree && !this.#isWatched(bytes, start, end, command)) {
      const prefix = this.#changes.prefixFor(name);
      if (isUsed) own.send(bytes, start, end, target, session, sequence, command, mirrored, prefix, isAsked);
      else
        this.#options.lane().sendToPrimary(bytes, start, end, target, session, sequence, command, mirrored);
      return;
    }
    const one = kept.make(bytes, start, end, target, session, sequence, command, mirrored);
    // On the same connections, and what is sent again must not get into a transaction.
    if (own.inFlight > 0 && !isOpen) this.#defer(() => this.#prefixed(one, name, bits));
    else this.#prefixed(one, name, bits);
  }

  #prefixed(one: ClusterCommand, name: string, bits: number): void {
    // In a transaction MULTI has it.
    if (!this.#transaction.isOpen && !this.#changes.isOne(name)) one.prefix = this.#changes.prefixFor(name);
    this.#run(one, name, bits);
  }

  #run(one: ClusterCommand, name: string, bits: number): void {
    const { kept, isOpen } = this.#transaction;
    const waits = kept.unanswered > 0 && this.#changes.comesAlone(name);
    if (this.#isClosed) kept.fail(one, CLOSED);
    else if (waits) this.#defer(() => this.#run(one, name, bits));
    else if (isOpen) this.#transaction.inside(one, name, bits);
    else if (this.#changes.isOne(name)) this.#change(one, name);
    else if ((bits & (BIT_PIN | BIT_STREAM)) !== 0) kept.fail(one, NOT_HERE);
    else if (this.#waiter.takes(one, name)) return;
    else if (name === 'multi') this.#transaction.begin(one);
    else if (name === 'unwatch' && this.#transaction.node.connection === undefined) kept.answer(one, OK);
    else if (name === 'wait' || name === 'waitaof') this.#alone(one, '', ROUTE_ANY);
    else this.#alone(one, name);
  }

  #change(one: ClusterCommand, name: string): void {
    const { node, watchedSlot, kept } = this.#transaction;
    if (watchedSlot !== NOBODY) {
      kept.fail(one, NOT_WATCHING);
      return;
    }
    if (node.connection !== undefined) node.giveBack();
    const index = node.any();
    if (index === NOBODY) kept.fail(one, NOT_SERVED);
    else this.#changes.run(one, name, index);
  }

  /**
   * Until the connection, which is still answering what came before, may go to another node, or until it is known
   * whether what came before has run: commands that are redirected are played again, and must not be so behind others
   * that begin or end what they belong to.
   */
  #defer(command: () => void): void {
    this.#isDeferred = true;
    this.#waiting.unshift(command);
  }

  /** Commands that waited until those before them were answered. */
  #idle(): void {
    const { kept } = this.#transaction;
    if (kept.isUnprefixed) {
      kept.isUnprefixed = false;
      this.#own.flush();
    }
    while (!this.#isBusy) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#isDeferred = false;
      next();
      if (this.#isDeferred) return;
    }
  }

  /** On keys of the slot that the session watches: it must not overtake WATCH. */
  #isWatched(bytes: Uint8Array, start: number, end: number, command: number): boolean {
    const { watchedSlot } = this.#transaction;
    const { router } = this.#options.cluster;
    if (watchedSlot === NOBODY) return false;
    return router.route(command, bytes, start, end) === ROUTE_SLOT && router.slot === watchedSlot;
  }

  pinnedReady(): void {
    this.#events?.pinnedReady();
  }

  pinnedDrained(): void {
    this.#events?.pinnedDrained();
  }

  pinnedStream(bytes: Uint8Array, start: number, end: number): void {
    this.#events?.pinnedStream(bytes, start, end);
  }

  pinnedLost(text: string, wasReady: boolean): void {
    // One of its own connections comes again; what it had there is lost.
    const isSpare = this.#own.isUsed && !this.#transaction.hasState && !this.#stream.isOn;
    if (!this.#isClosed && (!wasReady || isSpare) && this.#transaction.survives()) return;
    if (!isSpare) this.#lost(text, wasReady);
  }

  #lost(text: string, wasReady: boolean): void {
    const events = this.#events;
    this.#isClosed = true;
    this.#transaction.lostAll(text, wasReady);
    this.#listener?.commands.lostAll(text, wasReady);
    this.#idle();
    this.#end();
    this.#transaction.node.drop();
    events?.pinnedLost(text, wasReady);
  }

  #end(): void {
    this.#waiter.close();
    this.#stream.close();
    this.#own.close();
    this.#events = undefined;
    this.#isClosed = true;
    this.#transaction.close();
    this.#listener?.close();
  }

  /** A command outside of a transaction. */
  #alone(one: ClusterCommand, name: string, otherRoute?: Route): void {
    const { router, topology } = this.#options.cluster;
    const transaction = this.#transaction;
    const { kept, node } = transaction;
    const route = otherRoute ?? router.route(one.command, one.bytes, one.start, one.end);
    if (route !== ROUTE_SLOT && route !== ROUTE_ANY) {
      kept.fail(one, router.rules.error === '' ? NOT_HERE : CROSS_SLOT);
      return;
    }
    if (route === ROUTE_SLOT) one.slot = router.slot;
    const index = route === ROUTE_SLOT ? topology.ownerOf(router.slot) : node.any();
    if (
      !transaction.mayWatchWith(one.slot) ||
      (index !== NOBODY && !transaction.aimAt(index, one.slot, this.#stream.isOn))
    ) {
      const mayMove = !this.#stream.isOn && transaction.mayWatchWith(one.slot);
      if (kept.unanswered > 0 && mayMove) this.#defer(() => this.#alone(one, name));
      else kept.fail(one, this.#stream.isOn ? LISTENS : CROSS_SLOT);
      return;
    }
    if (name === 'watch') transaction.watch(one.slot);
    else if (name === 'unwatch') transaction.unwatch();
    if (one.command >= 0 && (this.#options.services.table.bits[one.command] & BIT_LOCAL) !== 0)
      node.isChanged = true;
    transaction.send(one);
  }
}
