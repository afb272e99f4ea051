/**
 * Commands of slots that wait while others of the slot are on their way elsewhere, so that none overtakes another.
 * Worker thread. It must not know connections: it is told what was sent and answered, and says when to send. Cold: only
 * slots that are in trouble are held.
 */
import type { ClusterCommand } from './cluster-command.ts';
import type { WorkerServices } from './services.ts';
import { type ClusterTopology, NOBODY } from './topology.ts';

/** Before a node is asked again that could not serve a slot. */
export const PAUSE_MS = 20;
const MAX_REDIRECTS = 16;

/** What the lane does for its holds. */
export interface HoldingLane {
  readonly services: WorkerServices;
  readonly topology: ClusterTopology;
  readonly retryForMs: number;
  /** Index of the node that the command is to be sent to now, or NOBODY. */
  nodeFor(one: ClusterCommand): number;
  /** Commands of the slot that were sent and are not answered. */
  countOf(slot: number): number;
  dispatch(one: ClusterCommand): void;
  /** It was not run, and its client gets this error. */
  giveUp(one: ClusterCommand, text: string): void;
}

export class SlotHold {
  readonly slot: number;
  /** Oldest first. */
  readonly queue: ClusterCommand[] = [];
  /** Commands of the slot that were sent and are not answered. While there are any, nothing of the queue is sent. */
  outstanding = 0;
  /** Nothing is sent before this time, monotonic milliseconds. */
  notBeforeMs = 0;

  /** Index of the node that had the slot when it was looked at last. */
  owner: number;

  constructor(slot: number, owner: number, outstanding: number) {
    this.slot = slot;
    this.owner = owner;
    this.outstanding = outstanding;
  }

  /** Puts a command where it stood before. */
  insert(command: ClusterCommand): void {
    const { queue } = this;
    let at = queue.length;
    while (at > 0 && queue[at - 1]!.order > command.order) at -= 1;
    queue.splice(at, 0, command);
  }

  /** Takes out those that have waited too long. */
  takeExpired(nowMs: number): ClusterCommand[] {
    return this.#take((command) => nowMs >= command.giveUpAtMs);
  }

  /** Takes out those of the session that a later command of it has overtaken: running them now would be too late. */
  takeOvertaken(session: number, order: number): ClusterCommand[] {
    return this.#take((one) => one.isDelayed && one.session === session && one.order < order);
  }

  #take(isWanted: (command: ClusterCommand) => boolean): ClusterCommand[] {
    const taken = this.queue.filter(isWanted);
    for (const command of taken) this.queue.splice(this.queue.indexOf(command), 1);
    return taken;
  }
}

export class SlotHolds {
  readonly #lane: HoldingLane;
  readonly #holds = new Map<number, SlotHold>();
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(lane: HoldingLane) {
    this.#lane = lane;
  }

  get size(): number {
    return this.#holds.size;
  }

  /** Monotonic milliseconds at which the oldest waiting command was given, or `Infinity`. */
  get oldestGivenAtMs(): number {
    let oldest = Infinity;
    for (const { queue } of this.#holds.values())
      if (queue.length > 0) oldest = Math.min(oldest, queue[0]!.givenAtMs);
    return oldest;
  }

  /** Whether a command of the session waits. */
  owe(session: number): boolean {
    for (const { queue } of this.#holds.values())
      if (queue.some((one) => one.session === session)) return true;
    return false;
  }

  get(slot: number): SlotHold | undefined {
    return this.#holds.get(slot);
  }

  /** The hold of a slot, which is held from now on. */
  of(slot: number): SlotHold {
    const known = this.#holds.get(slot);
    if (known !== undefined) return known;
    const owner = slot < 0 ? NOBODY : this.#lane.topology.ownerOf(slot);
    const hold = new SlotHold(slot, owner, this.#lane.countOf(slot));
    this.#holds.set(slot, hold);
    return hold;
  }

  /** Puts a command into a hold, to go on later or to fail in time. */
  wait(hold: SlotHold, one: ClusterCommand): void {
    const { services, topology, retryForMs } = this.#lane;
    one.node = -1;
    if (one.giveUpAtMs === 0) one.giveUpAtMs = services.clock.monotonicMs + retryForMs;
    if (one.error === '')
      one.error = `ERR lockstep: a command before this one waits for the ${topology.role}, it was not sent`;
    if (one.redirects > MAX_REDIRECTS) one.giveUpAtMs = 0;
    hold.insert(one);
    this.#timer ??= services.after(PAUSE_MS, () => this.#again());
  }

  /** A command of the slot, which may be held, is being answered: it has run. Ends those that it has overtaken. */
  overtaken(slot: number, session: number, order: number): void {
    const hold = this.#holds.get(slot);
    if (hold === undefined) return;
    for (const one of hold.takeOvertaken(session, order)) this.#lane.giveUp(one, one.error);
  }

  /** A command of the slot, which may be held, has been answered. */
  answered(slot: number): void {
    const hold = this.#holds.get(slot);
    if (hold === undefined) return;
    hold.outstanding -= 1;
    this.pump(hold);
  }

  /** Sends what may be sent of a held slot, and lets go of it when nothing is left. */
  pump(hold: SlotHold): void {
    const { services, topology } = this.#lane;
    const { queue } = hold;
    if (hold.outstanding > 0) return;
    if (queue.length > 0 && services.clock.monotonicMs < hold.notBeforeMs) return;
    // What is given to the slot meanwhile (a reply may lead to it) waits behind.
    while (queue.length > 0) {
      const one = queue[0]!;
      if (this.#lane.nodeFor(one) === NOBODY) {
        topology.refresh();
        return;
      }
      const isAlone = one.goesTo >= 0 || one.isDelayed;
      if (isAlone && hold.outstanding > 0) return;
      queue.shift();
      hold.outstanding += 1;
      this.#lane.dispatch(one);
      if (isAlone || hold.notBeforeMs > services.clock.monotonicMs) return;
    }
    if (this.#holds.get(hold.slot) === hold) this.#holds.delete(hold.slot);
  }

  /** The map is another one. */
  follow(): void {
    for (const hold of [...this.#holds.values()]) {
      const owner = hold.slot < 0 ? NOBODY : this.#lane.topology.ownerOf(hold.slot);
      if (hold.owner !== owner) hold.notBeforeMs = 0;
      hold.owner = owner;
      this.pump(hold);
    }
  }

  /** Everything that waits gets this error. */
  close(text: string): void {
    clearTimeout(this.#timer);
    const waiting = [...this.#holds.values()].flatMap(({ queue }) => queue.splice(0));
    this.#holds.clear();
    for (const one of waiting) this.#lane.giveUp(one, text);
  }

  /** Some time later: what waited for too long gets its error, the rest is tried again. */
  #again(): void {
    this.#timer = undefined;
    const { services } = this.#lane;
    const now = services.clock.monotonicMs;
    for (const hold of [...this.#holds.values()]) {
      for (const one of hold.takeExpired(now)) this.#lane.giveUp(one, one.error);
      this.pump(hold);
    }
    for (const { queue } of this.#holds.values()) {
      if (queue.length === 0) continue;
      this.#timer ??= services.after(PAUSE_MS, () => this.#again());
      return;
    }
  }
}
