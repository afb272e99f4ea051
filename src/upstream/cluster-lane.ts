/**
 * A lane to a cluster: finds out where each command belongs, in parts where it has to, and gives it to the sender. One
 * per (cluster, RESP version, user). Worker thread. It must not know who waits for the reply.
 */

import type { Reply } from '../resp/reply.ts';
import {
  ROUTE_ANY,
  ROUTE_NODES,
  ROUTE_PARTS,
  ROUTE_REFUSED,
  ROUTE_SCAN,
  ROUTE_SLOT,
  type Route,
} from '../routing/router.ts';
import { ScanStep } from '../routing/scan-step.ts';
import { RESULT_ERROR, RESULT_FAILED, RESULT_OK } from '../telemetry/metrics.ts';
import type { CommandLane, LinkEnd } from './command-lane.ts';
import type { NodeLanes } from './node-lanes.ts';
import { ReplicaReads } from './replica-reads.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';
import { haveSlotCursors, ScanCommand } from './scan-command.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';
import { ANY_NODE, placeOf, SlotSender, type SlotSenderOptions } from './slot-sender.ts';
import { SplitCommand, type SplitEvents, type SplitOrigin } from './split-command.ts';

export type ClusterLaneOptions = Omit<SlotSenderOptions, 'onState'> & {
  readonly id: number;
  onState(lane: CommandLane, up: boolean, reason: string): void;
};

const MAX_SPLITS = 64;

export class ClusterLane implements CommandLane, SplitEvents {
  readonly id: number;
  readonly role: 'primary' | 'shadow';
  readonly #options: ClusterLaneOptions;
  readonly #sender: SlotSender;
  readonly #clock: WorkerServices['clock'];
  /** Undefined where all reads go to primaries. */
  readonly #reads: ReplicaReads | undefined;
  /** To be used again. */
  readonly #splits: SplitCommand[] = [];
  lastUsedMs = 0;

  /** Cold: once per lane. */
  constructor(services: WorkerServices, options: ClusterLaneOptions) {
    this.id = options.id;
    this.role = options.cluster.topology.role;
    this.#options = options;
    this.#clock = services.clock;
    this.#sender = new SlotSender(services, {
      ...options,
      onState: (up, reason) => options.onState(this, up, reason),
    });
    const { topology, zones, readPolicy: policy, retryForMs: graceMs, connections } = options.cluster;
    if (policy === undefined) return;
    const { context, reconnect, maxBacklogBytes } = options;
    this.#reads = new ReplicaReads(services, this.#sender, {
      topology,
      zones,
      policy,
      context,
      reconnect,
      maxBacklogBytes,
      graceMs,
      connections,
    });
  }

  /** What is sent right before each command that is given from now on. */
  set prefix(command: Uint8Array | undefined) {
    this.#sender.prefix = command;
  }

  get nodes(): NodeLanes {
    return this.#sender.nodes;
  }

  get up(): boolean {
    return this.#sender.up;
  }

  get inFlight(): number {
    return this.#sender.count + (this.#reads?.count ?? 0);
  }

  get downReason(): string {
    return this.#sender.downReason;
  }

  get hello(): Reply | undefined {
    return this.nodes.all.find(({ lane }) => lane.hello !== undefined)?.lane.hello;
  }

  get isStranger(): boolean {
    return this.nodes.all.some(({ lane }) => lane.isStranger);
  }

  /** Cold. */
  get links(): readonly CommandLane[] {
    return [...this.nodes.all.map(({ lane }) => lane), ...(this.#reads?.links ?? [])];
  }

  /** Cold: for commands about clients. */
  get ends(): readonly LinkEnd[] {
    return [...this.nodes.all.flatMap(({ lane }) => lane.ends), ...(this.#reads?.ends ?? [])];
  }

  get connections(): number {
    return this.nodes.upCount;
  }

  get oldestSentAtMs(): number {
    return Math.min(this.#sender.oldestSentAtMs, this.#reads?.oldestSentAtMs ?? Infinity);
  }

  open(): void {
    this.#options.cluster.topology.open();
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
    isOwned = false,
  ): void {
    // What is compared with the shadow's must be what the primary says now.
    const reads = mirrored === undefined ? this.#reads : undefined;
    if (reads?.mayServe(command) === true)
      this.#sendRead(reads, bytes, start, end, target, session, sequence, command, isOwned);
    else this.sendToPrimary(bytes, start, end, target, session, sequence, command, mirrored, isOwned);
  }

  /** To a replica, if it is for one slot and there is a replica of it; in parts, each part. */
  #sendRead(
    reads: ReplicaReads,
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    isOwned: boolean,
  ): void {
    const { router } = this.#options.cluster;
    const route = router.route(command, bytes, start, end);
    this.lastUsedMs = this.#clock.monotonicMs;
    const isSent =
      route === ROUTE_SLOT && reads.take(router.slot, bytes, start, end, target, session, sequence, command);
    if (!isSent)
      this.sendToPrimary(bytes, start, end, target, session, sequence, command, undefined, isOwned, reads);
  }

  /** As `send`, of what replicas are not to be asked. `reads`: they may be asked for parts of it. */
  sendToPrimary(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
    isOwned = false,
    reads: ReplicaReads | undefined = undefined,
  ): void {
    this.lastUsedMs = this.#clock.monotonicMs;
    const { router } = this.#options.cluster;
    const route = router.route(command, bytes, start, end);
    if (route === ROUTE_SLOT || route === ROUTE_ANY) {
      const place = route === ROUTE_SLOT ? router.slot : ANY_NODE;
      this.#sender.give(place, bytes, start, end, target, session, sequence, command, mirrored, isOwned);
      return;
    }
    const isWrite = router.isWrite(command);
    const origin = { target, session, sequence, command, mirrored, isWrite, givenAtMs: this.lastUsedMs };
    const refusal = route === ROUTE_REFUSED ? router.rules.error : this.#reasonNotToSplit(route);
    if (refusal !== '') this.#refuse(origin, refusal);
    else if (route === ROUTE_SCAN) this.#scan(bytes, start, end, origin, isOwned);
    else {
      const isForAll = this.#reads !== undefined && router.isForReaders(command);
      this.#split(isForAll ? ROUTE_NODES : route, bytes, start, end, origin, reads);
    }
  }

  #scan(bytes: Uint8Array, start: number, end: number, origin: SplitOrigin, isOwned: boolean): void {
    const { router, own } = this.#options.cluster;
    const step = ScanStep.of(router.view, haveSlotCursors(own!), this.#clock.nowMs);
    if (step === undefined) {
      // Whatever is wrong with it, any node finds out.
      const { target, session, sequence, command, mirrored } = origin;
      this.#sender.give(ANY_NODE, bytes, start, end, target, session, sequence, command, mirrored, isOwned);
      return;
    }
    const senders = { client: this.#sender, own: own! };
    const scan = new ScanCommand(step, senders, origin, (isError) =>
      this.#sender.measure(origin, isError ? RESULT_ERROR : RESULT_OK),
    );
    scan.start();
  }

  /** Sends a command in parts, or to many nodes. */
  #split(
    route: Route,
    bytes: Uint8Array,
    start: number,
    end: number,
    origin: SplitOrigin,
    reads: ReplicaReads | undefined,
  ): void {
    const { router } = this.#options.cluster;
    const split = this.#splits.pop() ?? new SplitCommand(this);
    if (route === ROUTE_PARTS) split.fillParts(router.rules, router.view);
    else split.fillCopies(bytes, start, end, this.#placesOf(route));
    const refusal = this.#sender.reasonToRefuse(split.count);
    if (refusal !== '') {
      this.#refuse(origin, refusal);
      return;
    }
    split.begin(origin, router.rules, this.#options.context.resp);
    const { frame, ends, places, count } = split;
    const { bytes: all } = frame;
    const { session } = origin;
    for (let part = 0, from = 0; part < count; part++) {
      const to = ends[part]!;
      const place = places[part]!;
      if (reads?.take(place, all, from, to, split, session, part, INTERNAL_COMMAND) !== true)
        this.#sender.give(place, all, from, to, split, session, part, INTERNAL_COMMAND, undefined, true);
      from = to;
    }
  }

  splitOver(split: SplitCommand, origin: SplitOrigin, isError: boolean, failed: boolean): void {
    this.#sender.measure(origin, failed ? RESULT_FAILED : isError ? RESULT_ERROR : RESULT_OK);
    if (this.#splits.length < MAX_SPLITS) this.#splits.push(split);
  }

  /** Every primary, or every node, as places. Cold: few commands go to all of them. */
  #placesOf(route: Route): number[] {
    const { primaries, replicas } = this.#options.cluster.topology.map!;
    const nodes = route === ROUTE_NODES ? [...primaries, ...[...replicas.values()].flat()] : primaries;
    return nodes.map(placeOf);
  }

  retire(): void {
    this.close();
  }

  serves(): boolean {
    return false;
  }

  holdBack(): void {
    // Replies of all sessions come on the same connections.
  }

  owes(session: number): boolean {
    return this.#sender.owes(session) || this.#reads?.owes(session) === true;
  }

  close(): void {
    this.#sender.close();
    this.#reads?.close();
  }

  moved(): void {
    // A cluster never moves as a whole.
  }

  reset(): void {
    this.nodes.reset();
    this.#reads?.reset();
  }

  /** Call about once a second. */
  tick(): void {
    this.nodes.tick();
    this.#reads?.tick();
  }

  #reasonNotToSplit(route: Route): string {
    return this.#options.cluster.topology.map === undefined && route !== ROUTE_PARTS
      ? this.#sender.noTopology()
      : '';
  }

  #refuse(origin: SplitOrigin, text: string): void {
    const { target, session, sequence, mirrored } = origin;
    this.#sender.measure(origin, RESULT_FAILED);
    target.failed(session, sequence, text);
    mirrored?.primaryFailed(false);
  }
}
