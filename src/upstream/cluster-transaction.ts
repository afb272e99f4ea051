/**
 * What a session has on its own connection to a cluster that can be played again elsewhere: a transaction that has not
 * run, or a command that waits. Worker thread. It must not know sessions. Cold: a few times per transaction.
 *
 * MULTI waits here until a key decides the node. EXEC is sent when everything before it has been queued. A transaction
 * that is redirected has not run: when its connection has answered what it was sent, all of it is played again at the
 * right node, and replies that the client has had are dropped. Keys that were watched have moved with their slot, which
 * a watch does not survive: EXEC is answered as if they had been changed.
 */
import { BIT_BLOCKING, BIT_LOCAL, BIT_PIN, BIT_STREAM, BIT_SUBSCRIBE } from '../commands/table.ts';
import { ROUTE_ANY, ROUTE_PARTS, ROUTE_REFUSED, ROUTE_SLOT } from '../routing/router.ts';
import type { ClusterCommand, ClusterCommandEvents } from './cluster-command.ts';
import { IGNORE, KeptCommands } from './kept-commands.ts';
import type { PinnedEvents } from './pinned.ts';
import { type ClusterPinnedOptions, PinnedNode } from './pinned-node.ts';
import { LaneConnection } from './private-node.ts';
import type { Redirect } from './redirect.ts';
import { CROSS_SLOT, NOT_INSIDE, TOO_OFTEN, UNREACHABLE } from './refusals.ts';
import { RetryLimit } from './retry-limit.ts';
import { INTERNAL_COMMAND } from './services.ts';
import { PAUSE_MS } from './slot-holds.ts';
import { NOBODY } from './topology.ts';

const OK = Buffer.from('+OK\r\n');
const DISCARD = Buffer.from('*1\r\n$7\r\nDISCARD\r\n');
const QUEUED = Buffer.from('+QUEUED\r\n');
const NOTHING_RAN = Buffer.from('*0\r\n');
const ABORTED = [Buffer.from('*-1\r\n'), Buffer.from('_\r\n')] as const;
const EXEC_ABORT = 'EXECABORT Transaction discarded because of previous errors.';
/** What blocks and was with a node for longer has waited there. */
const STAYED_MS = 200;

/** Where to play again what is kept; NOBODY: at the owner of its slot. */
interface Again {
  readonly node: number;
  readonly asks: boolean;
  /** Not at once. */
  readonly waits: boolean;
}

export class ClusterTransaction implements ClusterCommandEvents {
  readonly node: PinnedNode;
  readonly kept = new KeptCommands(this);
  readonly #options: ClusterPinnedOptions;
  readonly #onIdle: () => void;
  readonly #events: PinnedEvents;
  /** Between MULTI and EXEC. */
  isOpen = false;
  /** The slot of the transaction, or of what is watched; NOBODY while no key has decided. */
  #slot = NOBODY;
  #isWatching = false;
  /** The server watches. */
  #isWatched = false;
  /** The watched keys have moved. */
  #isWatchLost = false;
  /** Some command of the transaction was refused here: EXEC fails. */
  isSpoilt = false;
  /** Some transaction has asked for messages, which come on its connection. */
  subscribes = false;
  /** Some command of it changes what the connection is. */
  #changes = false;
  /** Waits until all before it are queued, or is on its way. */
  #exec: ClusterCommand | undefined = undefined;
  #again: Again | undefined = undefined;
  readonly #limit: RetryLimit;
  #isClosed = false;

  /** `onIdle`: everything is answered. */
  constructor(options: ClusterPinnedOptions, events: PinnedEvents, onIdle: () => void) {
    this.#options = options;
    this.#onIdle = onIdle;
    this.#events = events;
    this.#limit = new RetryLimit(options.cluster.retryForMs);
    this.node = new PinnedNode(options, events);
  }

  close(): void {
    this.#isClosed = true;
  }

  /** EXEC is on its way, or about to be. */
  get isExecuting(): boolean {
    return this.#exec !== undefined;
  }

  /** Its connection has what the session cannot do without. */
  get hasState(): boolean {
    return this.isOpen || this.isExecuting || this.#isWatching;
  }

  /** The slot of keys that are watched, or NOBODY. */
  get watchedSlot(): number {
    return this.#isWatching ? this.#slot : NOBODY;
  }

  /** Whether a command on this slot (NOBODY: on none) may go where something is watched. */
  mayWatchWith(slot: number): boolean {
    return !this.#isWatching || slot === NOBODY || slot === this.#slot;
  }

  watch(slot: number): void {
    this.#isWatching = true;
    this.#slot = slot;
  }

  unwatch(): void {
    this.#isWatching = false;
    this.#isWatched = false;
    this.#isWatchLost = false;
    this.#slot = NOBODY;
  }

  /** Connects to the node, for a command on this slot. False: the connection must stay where it is, or is busy. */
  aimAt(index: number, slot: number, isBound: boolean): boolean {
    const { node } = this;
    if (node.connection !== undefined && node.index !== index) {
      if (isBound || !this.mayWatchWith(slot) || this.kept.unanswered > 0) return false;
      if (this.#isWatching) {
        this.#isWatchLost = true;
        node.drop();
      } else node.giveBack();
    }
    node.connect(index);
    return true;
  }

  /** A command outside of a transaction, or DISCARD. */
  send(one: ClusterCommand): void {
    this.kept.keep(one);
    one.givenAtMs = this.#options.services.clock.monotonicMs;
    const { connection } = this.node;
    if (connection !== undefined) this.kept.put(one, connection, false);
    else this.#later({ node: NOBODY, asks: false, waits: true });
  }

  /** MULTI. Everything before it has been answered. */
  begin(one: ClusterCommand): void {
    this.isOpen = true;
    if (!this.#isWatching) this.#slot = NOBODY;
    const { target, session, sequence } = one;
    this.kept.keep(one);
    this.kept.setAnswered(one);
    const { connection } = this.node;
    // One that is watched stays where it is; another one may have to go elsewhere yet.
    if (connection !== undefined && this.#isWatching) this.kept.put(one, connection, false);
    else if (connection !== undefined) this.node.giveBack();
    // The next command may come of it.
    target.reply(session, sequence, OK, 0, OK.length, true);
  }

  /** A command in a transaction. */
  inside(one: ClusterCommand, name: string, bits: number): void {
    if (name === 'exec') this.#execute(one);
    else if (name === 'discard') this.#discard(one);
    else if (this.#isWatchLost || this.isSpoilt) this.kept.answer(one, QUEUED);
    else if (this.#place(one, name, bits)) {
      this.kept.keep(one);
      const { connection } = this.node;
      if (this.#again === undefined && connection !== undefined) this.kept.put(one, connection, false);
    }
  }

  answered(): void {
    // Only its end counts.
  }

  redirected(one: ClusterCommand, redirect: Redirect, text: string): void {
    if (!this.kept.has(one)) return;
    const { topology } = this.#options.cluster;
    if (this.#hasStayed(one)) this.#limit.beginAnew();
    // Those behind the first one may only say that the transaction is spoilt.
    if (this.#again === undefined) this.#limit.redirected();
    this.#limit.error = redirect.kind === 'later' ? text : TOO_OFTEN;
    let index = NOBODY;
    if (redirect.kind === 'later') topology.refresh();
    else {
      const asked = topology.nodes[this.node.index]!.address.host;
      const node = topology.nodeAt(redirect.host, redirect.port, asked);
      index = node.index;
      if (redirect.kind === 'moved') topology.moved(redirect.slot, node);
    }
    const waits = redirect.kind === 'later' || this.#limit.isRestless;
    this.#again ??= { node: index, asks: redirect.kind === 'ask', waits };
    if (redirect.kind === 'later' && redirect.isLeft === true) this.node.drop();
    const goOn = (): void => {
      if (this.#again !== undefined) this.#again = { ...this.#again, waits: false };
      this.#settle(one);
    };
    if (one.mirrored?.sentBack?.(waits ? PAUSE_MS : 0, goOn) !== true) this.#settle(one);
  }

  #hasStayed({ command, givenAtMs }: ClusterCommand): boolean {
    const { services } = this.#options;
    const mayBlock = command >= 0 && (services.table.bits[command]! & BIT_BLOCKING) !== 0;
    return mayBlock && !this.isOpen && services.clock.monotonicMs - givenAtMs > STAYED_MS;
  }

  over(one: ClusterCommand): void {
    const isExec = one === this.#exec;
    if (this.isOpen && !isExec) this.kept.setAnswered(one);
    else this.kept.forget(one);
    this.#isWatched ||= this.#isWatching;
    if (isExec) this.#end();
    else if (!this.isOpen) this.#limit.beginAnew();
    this.#settle(one);
    if (this.kept.unanswered === 0) this.#onIdle();
  }

  lost(one: ClusterCommand, text: string, sent: boolean): void {
    if (!this.kept.has(one)) return;
    if (!sent && !this.#isClosed && text.startsWith(UNREACHABLE)) {
      this.#limit.error = text;
      this.#options.cluster.topology.refresh();
      this.#again ??= { node: NOBODY, asks: false, waits: true };
    } else this.kept.fail(one, text, sent);
  }

  /** The connection could not be made. Whether what is kept will be tried again. */
  survives(): boolean {
    this.node.forget();
    if (this.#again === undefined) return false;
    this.#settle(undefined);
    return true;
  }

  /** The connection is lost. `sent`: what was under way may have run. */
  lostAll(text: string, sent: boolean): void {
    this.node.forget();
    for (const one of this.kept.all.slice()) if (!this.kept.isAnswered(one)) this.kept.fail(one, text, sent);
    this.#end();
    this.close();
  }

  /** Brings the transaction to where the command belongs. False: it cannot be, and the client knows. */
  #place(one: ClusterCommand, name: string, bits: number): boolean {
    const { router, topology } = this.#options.cluster;
    const { node } = this;
    const route = router.route(one.command, one.bytes, one.start, one.end);
    const isKeyed = route === ROUTE_SLOT;
    // What names several slots gets its error from any server.
    const isForOne =
      (bits & BIT_LOCAL) !== 0 ||
      isKeyed ||
      route === ROUTE_ANY ||
      route === ROUTE_REFUSED ||
      route === ROUTE_PARTS ||
      // The cursors of SCAN are the gateway's.
      (topology.isOnePrimary && name !== 'scan');
    const isElsewhere = isKeyed && this.#slot !== NOBODY && router.slot !== this.#slot;
    // What subscribes there in RESP2 would have to leave the session's other connections.
    const isLeaving = (bits & BIT_SUBSCRIBE) !== 0 && node.connection instanceof LaneConnection;
    const isBound = name === 'client|tracking' || isLeaving || (bits & (BIT_PIN | BIT_STREAM)) !== 0;
    if (!isForOne || isElsewhere || isBound) {
      this.isSpoilt = true;
      this.kept.fail(one, isElsewhere ? CROSS_SLOT : NOT_INSIDE);
      return false;
    }
    if (isKeyed) this.#slot = router.slot;
    this.#changes ||= (bits & BIT_LOCAL) !== 0;
    this.subscribes ||= (bits & BIT_SUBSCRIBE) !== 0;
    const index = isKeyed ? topology.ownerOf(router.slot) : node.any();
    if (this.#again !== undefined || (node.connection !== undefined && index === node.index)) return true;
    const again = { node: NOBODY, asks: false, waits: index === NOBODY };
    if (this.#isWatched) this.#again = { node: index, asks: false, waits: false };
    else if (node.inFlight > 0 || again.waits) this.#again = again;
    else {
      this.#replay(index, false);
      return true;
    }
    // What is kept goes when the connection has answered what it has.
    this.#options.services.after(0, () => this.#settle(undefined));
    return true;
  }

  /** Everything before it has been answered: what is redirected later would run outside of the transaction. */
  #discard(one: ClusterCommand): void {
    const isWatchLost = this.#isWatchLost;
    this.subscribes = false;
    this.#end();
    if (isWatchLost) this.node.drop();
    if (this.node.connection === undefined) this.kept.answer(one, OK);
    else this.send(one);
  }

  #execute(one: ClusterCommand): void {
    const isEmpty = this.node.connection === undefined && this.#again === undefined;
    const [isWatchLost, isSpoilt] = [this.#isWatchLost, this.isSpoilt];
    if (!isWatchLost && !isSpoilt && !isEmpty) {
      this.#exec = one;
      this.kept.keep(one);
      this.#settle(undefined);
      return;
    }
    // Before the client has its answer: it may give the connection to another one with that.
    if (isWatchLost) this.node.drop();
    // The server may still be queueing what came before.
    this.node.connection?.send(DISCARD, 0, DISCARD.length, IGNORE, 0, 0, INTERNAL_COMMAND, undefined);
    this.#end();
    if (isWatchLost) this.kept.answer(one, ABORTED[this.#options.resp() - 2]!);
    else if (isSpoilt) this.kept.fail(one, EXEC_ABORT);
    else this.kept.answer(one, NOTHING_RAN);
  }

  /** Perhaps the connection has answered all that it was sent: then EXEC goes, or all of it goes elsewhere. */
  #settle(one: ClusterCommand | undefined): void {
    if (this.#isClosed || this.node.inFlight > 0) return;
    if (this.#again !== undefined) {
      this.#later(this.#again);
      return;
    }
    const exec = this.#exec;
    const { connection } = this.node;
    if (exec !== undefined && exec !== one && this.kept.unanswered === 1 && connection !== undefined)
      this.kept.put(exec, connection, false);
  }

  /** Plays again what is kept, at once or in a moment, or gives up. */
  #later(again: Again): void {
    const { services } = this.#options;
    this.#again = again;
    this.#isWatchLost ||= this.#isWatched;
    if (this.#isWatchLost && this.isOpen) this.#abort();
    else if (this.#limit.isReached(services.clock.monotonicMs)) this.#giveUp();
    else if (again.waits) services.after(PAUSE_MS, () => this.#retry(again));
    else this.#retry(again);
  }

  #retry(again: Again): void {
    if (this.#isClosed || this.#again !== again) return;
    const index = again.node !== NOBODY ? again.node : this.#owner();
    if (index === NOBODY) this.#later({ node: NOBODY, asks: false, waits: true });
    else this.#replay(index, again.asks);
  }

  #owner(): number {
    const slot = this.#slot !== NOBODY ? this.#slot : (this.kept.all[0]?.slot ?? NOBODY);
    return slot >= 0 ? this.#options.cluster.topology.ownerOf(slot) : this.node.any();
  }

  /** Nothing is in flight. */
  #replay(index: number, asks: boolean): void {
    this.#again = undefined;
    // A transaction that has begun there ends with the connection, and so does a watch.
    if (this.isOpen || this.#isWatchLost) this.node.drop();
    else if (this.node.index !== index) this.node.giveBack();
    const connection = this.node.connect(index);
    let isFirst = true;
    for (const one of this.kept.all.slice()) {
      if (one === this.#exec) continue;
      // Before MULTI it holds for all of the transaction.
      one.givenAtMs = this.#options.services.clock.monotonicMs;
      this.kept.put(one, connection, asks && (isFirst || !this.isOpen));
      isFirst = false;
    }
    if (connection.ready) this.#events.pinnedReady();
  }

  /** What was watched has moved, and counts as changed. */
  #abort(): void {
    this.#again = undefined;
    const exec = this.#exec;
    // Before the client has its answer: it may give the connection to another one with that.
    if (exec !== undefined) this.node.drop();
    for (const one of this.kept.all.slice()) {
      if (this.kept.isAnswered(one)) continue;
      this.kept.answer(one, one === exec ? ABORTED[this.#options.resp() - 2]! : QUEUED);
    }
    if (exec !== undefined) this.#end();
    if (this.kept.unanswered === 0) this.#onIdle();
  }

  #giveUp(): void {
    this.#again = undefined;
    const { error } = this.#limit;
    const exec = this.#exec;
    if (exec !== undefined) this.node.drop();
    for (const one of this.kept.all.slice()) if (!this.kept.isAnswered(one)) this.kept.fail(one, error);
    this.isSpoilt = this.isOpen;
    this.#limit.beginAnew();
    if (exec !== undefined) this.#end();
    if (this.kept.unanswered === 0) this.#onIdle();
  }

  #end(): void {
    if (this.#changes) this.node.isChanged = true;
    this.#changes = false;
    this.isOpen = false;
    this.#exec = undefined;
    this.unwatch();
    this.isSpoilt = false;
    this.#again = undefined;
    this.kept.forgetAnswered();
    this.#limit.beginAnew();
  }
}
