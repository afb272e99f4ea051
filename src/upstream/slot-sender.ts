/**
 * Sends commands to the nodes of a cluster, each to the one that has its slot, follows redirects, and keeps the order
 * of commands of a slot while it moves. One per cluster lane. Worker thread. It must not know what a command means or
 * who waits for the reply.
 *
 * As long as a slot stays where it is, one connection keeps the order of its commands. When one of them is redirected,
 * or the slot turns up elsewhere, the slot is held: what is new waits, what comes back unanswered waits at its old
 * place, and when nothing of the slot is on its way any more, all of it goes on in its order (`slot-holds.ts`).
 *
 * A node that redirects has not run the command, so it may be sent again. What was sent when a connection broke is
 * not: nobody knows whether it ran.
 */
import type { CopyArena } from '../base/copies.ts';
import {
  RESULT_ERROR,
  RESULT_FAILED,
  RESULT_OK,
  type ResultIndex,
  type TargetIndex,
} from '../telemetry/metrics.ts';
import type { ClusterCommand, ClusterCommandEvents } from './cluster-command.ts';
import type { CommandLane } from './command-lane.ts';
import type { CommandRouter } from './command-router.ts';
import type { LinkContext } from './handshake.ts';
import { InFlight } from './in-flight.ts';
import type { Lane } from './lane.ts';
import type { LaneOptions } from './lane-options.ts';
import { NodeLanes } from './node-lanes.ts';
import type { NodeZones } from './node-zones.ts';
import type { Redirect } from './redirect.ts';
import type { ReadPolicy } from './replica-lanes.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';
import { type HoldingLane, PAUSE_MS, type SlotHold, SlotHolds } from './slot-holds.ts';
import { type ClusterTopology, NOBODY, type TopologyMap } from './topology.ts';

/** What all lanes to one cluster share. */
export interface ClusterParts {
  readonly topology: ClusterTopology;
  readonly router: CommandRouter;
  readonly arena: CopyArena;
  /** How long a command is tried again before its client gets the error. */
  readonly retryForMs: number;
  /** By index of the node: connections that are up. */
  readonly connections: number[];
  /** Undefined: all reads go to primaries. */
  readonly readPolicy: ReadPolicy | undefined;
  readonly zones: NodeZones;
  /** With the gateway's own rights: the one that was made first. */
  own: SlotSender | undefined;
}

export interface SlotSenderOptions {
  readonly cluster: ClusterParts;
  readonly context: LinkContext;
  readonly reconnect: LaneOptions['reconnect'];
  readonly maxInFlight: number;
  readonly maxBacklogBytes: number;
  readonly persistent: boolean;
  /** The first connection to a node is up, or the last one is down. */
  onState(up: boolean, reason: string): void;
  /** The connection to a node is up. */
  onNode?(node: number, lane: CommandLane): void;
  /** See `NodeLanesOptions`. */
  readonly makeLane?: ((options: LaneOptions, node: number) => Lane) | undefined;
  /** A command of this slot is sent to its node. */
  onSlot?(slot: number): void;
  /** A command goes without what was to be sent right before it: ASKING holds for one command alone. */
  onUnprefixed?(): void;
}

/** In place of a slot: no key decides. Below it are nodes, see `placeOf`. */
export const ANY_NODE = -1;
const ASKING = Buffer.from('*1\r\n$6\r\nASKING\r\n');
const MINUS = 0x2d;
const BLOB_ERROR = 0x21;
const IGNORE: ReplyTarget = { reply: () => {}, failed: () => {} };

/** What stands for a node where there might be a slot; and the other way. */
export function placeOf(node: number): number {
  return ANY_NODE - 1 - node;
}

export class SlotSender implements ClusterCommandEvents, HoldingLane {
  readonly services: WorkerServices;
  readonly topology: ClusterTopology;
  readonly retryForMs: number;
  readonly nodes: NodeLanes;
  readonly #options: SlotSenderOptions;
  readonly #role: 'primary' | 'shadow';
  readonly #target: TargetIndex;
  readonly #onChange = (map: TopologyMap): void => this.#follow(map);
  readonly #holds = new SlotHolds(this);
  readonly #sent = new InFlight(this);
  /** Commands given and not answered. */
  count = 0;
  /** Sent right before each command that is given. */
  prefix: Uint8Array | undefined = undefined;
  #up = false;
  #downReason = '';
  #closed = false;

  constructor(services: WorkerServices, options: SlotSenderOptions) {
    const { topology, retryForMs, connections } = options.cluster;
    const { context, reconnect, maxBacklogBytes, persistent } = options;
    this.services = services;
    this.topology = topology;
    this.retryForMs = retryForMs;
    this.#options = options;
    this.#role = topology.role;
    this.#target = this.#role === 'primary' ? 0 : 1;
    this.nodes = new NodeLanes(services, {
      topology,
      context,
      reconnect,
      maxBacklogBytes,
      persistent,
      graceMs: retryForMs,
      connections,
      onState: (node, up, reason) => this.#nodeChanged(node, up, reason),
      makeLane: options.makeLane,
    });
    options.cluster.own ??= this;
    topology.onChange(this.#onChange);
  }

  get up(): boolean {
    return this.#up;
  }

  get downReason(): string {
    return this.#up ? '' : this.#downReason || this.topology.reason;
  }

  get oldestSentAtMs(): number {
    return Math.min(this.#sent.first?.givenAtMs ?? Infinity, this.#holds.oldestGivenAtMs);
  }

  owes(session: number): boolean {
    for (let one = this.#sent.first; one !== undefined; one = one.next)
      if (one.session === session) return true;
    return this.#holds.owe(session);
  }

  close(): void {
    this.#closed = true;
    this.topology.offChange(this.#onChange);
    this.#holds.close(this.#closedText());
    this.nodes.close();
  }

  /** Sends a command to one place: a slot, any node, or a node, see `placeOf`. */
  give(
    place: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
    isOwned: boolean,
  ): void {
    const one = this.#sent.take();
    one.target = target;
    one.session = session;
    one.sequence = sequence;
    one.command = command;
    one.mirrored = mirrored;
    one.slot = place;
    one.prefix = this.prefix;
    one.givenAtMs = this.services.clock.monotonicMs;
    this.count += 1;
    const refusal = this.reasonToRefuse(0);
    if (refusal !== '') {
      this.#fail(one, refusal, false);
      return;
    }
    if (isOwned) {
      one.bytes = bytes;
      one.start = start;
      one.end = end;
    } else this.keep(one, bytes, start, end);
    const hold = this.#holds.size === 0 ? undefined : this.#holds.get(place);
    if (hold !== undefined) this.#holds.wait(hold, one);
    else if (this.nodeFor(one) !== NOBODY) this.dispatch(one);
    else this.#waitForOwner(one);
  }

  /** Copies what it is. */
  keep(one: ClusterCommand, bytes: Uint8Array, start: number, end: number): void {
    const { arena } = this.#options.cluster;
    one.chunk = arena.copy(bytes, start, end);
    one.bytes = one.chunk.bytes;
    one.start = arena.start;
    one.end = arena.end;
  }

  /** Gives up the copy. */
  forget({ chunk }: ClusterCommand): void {
    if (chunk !== undefined) this.#options.cluster.arena.release(chunk);
  }

  /** Whoever hears of this reply, a judge of it too, must know before what was overtaken and is not run. */
  answered({ slot, session, order }: ClusterCommand): void {
    if (this.#holds.size > 0) this.#holds.overtaken(slot, session, order);
  }

  over(one: ClusterCommand, type: number): void {
    this.measureReply(one, type);
    this.#sent.remove(one);
    const { slot } = one;
    this.#free(one);
    if (this.#holds.size > 0) this.#holds.answered(slot);
  }

  redirected(one: ClusterCommand, redirect: Redirect, text: string): void {
    const asked = this.topology.nodes[one.node]!.address.host;
    const hold = this.#takeBack(one);
    const now = this.services.clock.monotonicMs;
    one.isDelayed = redirect.kind === 'later';
    if (redirect.kind === 'later') {
      one.error = text;
      hold.notBeforeMs = now + PAUSE_MS;
      this.topology.delayed(one.slot);
      this.topology.refresh();
      this.#holds.wait(hold, one);
    } else {
      const node = this.topology.nodeAt(redirect.host, redirect.port, asked);
      one.redirects += 1;
      one.error = `ERR lockstep: the ${this.#role} redirected this command too often, it was not executed`;
      one.asks = redirect.kind === 'ask';
      if (one.asks) this.topology.asked(redirect.slot);
      if (one.asks || one.slot < 0) one.goesTo = node.index;
      // A cluster that redirects in circles is not at rest yet.
      if (one.redirects > 2) hold.notBeforeMs = now + PAUSE_MS;
      this.#holds.wait(hold, one);
      if (!one.asks) this.topology.moved(redirect.slot, node);
    }
    this.#holds.pump(hold);
  }

  lost(one: ClusterCommand, text: string, sent: boolean): void {
    if (sent || this.#closed || !text.startsWith('ERR lockstep: the ')) {
      this.#sent.remove(one);
      const hold = this.#holds.get(one.slot);
      if (hold !== undefined) hold.outstanding -= 1;
      this.#fail(one, text, sent);
      if (hold !== undefined) this.#holds.pump(hold);
      return;
    }
    const hold = this.#takeBack(one);
    one.error = text;
    hold.notBeforeMs = this.services.clock.monotonicMs + PAUSE_MS;
    this.topology.refresh();
    this.#holds.wait(hold, one);
  }

  /** A command that was not run is not on its way any more: its slot is held from now on. */
  #takeBack(one: ClusterCommand): SlotHold {
    this.#sent.remove(one);
    const known = this.#holds.get(one.slot);
    if (known !== undefined) known.outstanding -= 1;
    return known ?? this.#holds.of(one.slot);
  }

  nodeFor(one: ClusterCommand): number {
    if (one.goesTo >= 0) return one.goesTo;
    if (one.slot >= 0) return this.topology.ownerOf(one.slot);
    if (one.slot < ANY_NODE) return placeOf(one.slot);
    const { map } = this.topology;
    return map === undefined ? NOBODY : map.primaries[this.services.workerIndex % map.primaries.length]!;
  }

  countOf(slot: number): number {
    return this.#sent.countOf(slot);
  }

  giveUp(one: ClusterCommand, text: string): void {
    this.#fail(one, text, false);
  }

  /** Sends a command to where it belongs by the present map. */
  dispatch(one: ClusterCommand): void {
    const node = this.nodeFor(one);
    const lane = this.nodes.laneOf(node);
    const { asks } = one;
    one.node = node;
    one.goesTo = -1;
    one.asks = false;
    one.isDelayed = false;
    this.#sent.add(one);
    if (one.slot >= 0) this.#options.onSlot?.(one.slot);
    if (one.prefix !== undefined && asks) this.#options.onUnprefixed?.();
    else if (one.prefix !== undefined)
      lane.send(one.prefix, 0, one.prefix.length, IGNORE, 0, 0, INTERNAL_COMMAND, undefined);
    if (asks) lane.send(ASKING, 0, ASKING.length, IGNORE, 0, 0, INTERNAL_COMMAND, undefined);
    lane.send(one.bytes, one.start, one.end, one, 0, 0, INTERNAL_COMMAND, one, true);
  }

  /** Nobody is known to have the slot. */
  #waitForOwner(one: ClusterCommand): void {
    one.error = this.topology.map === undefined ? this.noTopology() : 'CLUSTERDOWN Hash slot not served';
    this.topology.refresh();
    this.#holds.wait(this.#holds.of(one.slot), one);
  }

  /** The map is another one: slots that have something on its way to where they no longer are, are held. */
  #follow(map: TopologyMap): void {
    for (let one = this.#sent.first; one !== undefined; one = one.next) {
      if (one.slot >= 0 && map.owners[one.slot] !== one.node) this.#holds.of(one.slot);
    }
    this.nodes.follow(map);
    this.#holds.follow();
  }

  #nodeChanged(node: number, up: boolean, reason: string): void {
    if (!up) {
      this.#downReason = reason;
      this.topology.refresh();
    } else this.#options.onNode?.(node, this.nodes.laneOf(node));
    const isUp = this.nodes.upCount > 0;
    if (isUp === this.#up) return;
    this.#up = isUp;
    this.#options.onState(isUp, reason);
  }

  /** `parts` more than there are already. */
  reasonToRefuse(parts: number): string {
    if (this.#closed) return this.#closedText();
    if (this.count + parts > this.#options.maxInFlight)
      return `ERR lockstep: too many commands wait for the ${this.#role}`;
    return '';
  }

  noTopology(): string {
    const { reason } = this.topology;
    return `ERR lockstep: the topology of the ${this.#role} is not known (${reason}), the command was not sent`;
  }

  #closedText(): string {
    return `ERR lockstep: the connection to the ${this.#role} is closed`;
  }

  /** Counts what came of a command. */
  measure(
    { command, givenAtMs }: { readonly command: number; readonly givenAtMs: number },
    result: ResultIndex,
  ): void {
    if (command === INTERNAL_COMMAND) return;
    const { metrics, clock } = this.services;
    metrics.countCommand(command, this.#target, result);
    if (result !== RESULT_FAILED)
      metrics.observeDuration(this.#target, (clock.monotonicMs - givenAtMs) / 1000);
  }

  /** By the first byte of its reply. */
  measureReply(one: ClusterCommand, type: number): void {
    this.measure(one, type === MINUS || type === BLOB_ERROR ? RESULT_ERROR : RESULT_OK);
  }

  #fail(one: ClusterCommand, text: string, sent: boolean): void {
    const { target, session, sequence, mirrored } = one;
    this.measure(one, RESULT_FAILED);
    this.#free(one);
    target.failed(session, sequence, text);
    mirrored?.primaryFailed(sent);
  }

  #free(one: ClusterCommand): void {
    this.count -= 1;
    this.forget(one);
    this.#sent.free(one);
  }
}
