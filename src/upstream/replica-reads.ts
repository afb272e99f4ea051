/**
 * Reads of a cluster lane that replicas serve. What a replica does not serve, for whatever reason, goes to the primary:
 * a read may run twice. Worker thread. It must not know what is behind a slot's primary.
 */
import { BIT_KEYED, BIT_READONLY, BIT_SCRIPT, type CommandTable } from '../commands/table.ts';
import { RESULT_FAILED } from '../telemetry/metrics.ts';
import type { ClusterCommand, ClusterCommandEvents } from './cluster-command.ts';
import type { CommandLane, LinkEnd } from './command-lane.ts';
import { InFlight } from './in-flight.ts';
import { type ReplicaLane, ReplicaLanes, type ReplicaLanesOptions } from './replica-lanes.ts';
import type { ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';
import type { SlotSender } from './slot-sender.ts';

/** A read on keys. Scripts are not: a replica may not have them. */
const READ = BIT_READONLY | BIT_KEYED;

export class ReplicaReads implements ClusterCommandEvents {
  readonly #services: WorkerServices;
  readonly #table: CommandTable;
  readonly #sender: SlotSender;
  readonly #lanes: ReplicaLanes;
  readonly #sent = new InFlight(this);
  /** By node: the connection that commands were sent on. */
  readonly #laneOf: (ReplicaLane | undefined)[] = [];
  /** Commands sent and not answered. */
  count = 0;

  constructor(services: WorkerServices, sender: SlotSender, options: ReplicaLanesOptions) {
    this.#services = services;
    this.#table = services.table;
    this.#sender = sender;
    this.#lanes = new ReplicaLanes(services, options);
  }

  get ends(): readonly LinkEnd[] {
    return this.links.flatMap(({ ends }) => ends);
  }

  get links(): readonly CommandLane[] {
    return this.#lanes.links;
  }

  get oldestSentAtMs(): number {
    return this.#sent.first?.givenAtMs ?? Infinity;
  }

  owes(session: number): boolean {
    for (let one = this.#sent.first; one !== undefined; one = one.next)
      if (one.session === session) return true;
    return false;
  }

  /** Whether a replica may serve the command. */
  mayServe(command: number): boolean {
    if (command < 0 || (this.#table.bits[command] & (READ | BIT_SCRIPT)) !== READ) return false;
    return this.#table.definitions[command].cluster?.isForPrimary !== true;
  }

  /** Sends a command that `mayServe` to a replica. False: there is none. */
  take(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
  ): boolean {
    const replica = this.#lanes.laneFor(slot, session);
    if (replica === undefined || this.#sender.reasonToRefuse(this.count) !== '') return false;
    const one = this.#sent.take();
    this.#sender.keep(one, bytes, start, end);
    one.target = target;
    one.session = session;
    one.sequence = sequence;
    one.command = command;
    one.slot = slot;
    one.node = replica.node;
    one.givenAtMs = this.#services.clock.monotonicMs;
    this.#laneOf[replica.node] = replica;
    this.count += 1;
    this.#sent.add(one);
    replica.lane.send(one.bytes, one.start, one.end, one, 0, 0, INTERNAL_COMMAND, one, true);
    return true;
  }

  answered(): void {
    // Only its end counts.
  }

  over(one: ClusterCommand, type: number): void {
    this.#sender.measureReply(one, type);
    this.#free(one);
  }

  /** It has another primary, has lost it, or is loading its data. */
  redirected(one: ClusterCommand): void {
    this.#laneOf[one.node]?.rest(this.#services.clock.monotonicMs);
    this.#sender.topology.refresh();
    this.#toPrimary(one);
  }

  lost(one: ClusterCommand, text: string): void {
    if (!one.isAnswered) {
      this.#toPrimary(one);
      return;
    }
    const { target, session, sequence } = one;
    this.#sender.measure(one, RESULT_FAILED);
    this.#free(one);
    target.failed(session, sequence, text);
  }

  tick(): void {
    this.#lanes.tick();
  }

  reset(): void {
    this.#lanes.reset();
  }

  close(): void {
    this.#lanes.close();
  }

  #toPrimary(one: ClusterCommand): void {
    const { slot, bytes, start, end, target, session, sequence, command } = one;
    this.#sender.give(slot, bytes, start, end, target, session, sequence, command, undefined, false);
    this.#free(one);
  }

  #free(one: ClusterCommand): void {
    this.count -= 1;
    this.#sent.remove(one);
    this.#sender.forget(one);
    this.#sent.free(one);
  }
}
