/**
 * Keeps the order of commands within a hash slot although they travel on several upstream connections: two
 * connections never have commands of one slot in flight at the same time. Worker thread (the slots' owner).
 * It must not know commands, connections or replies: a lane is a small integer, a unit of work is a `GateTask`.
 *
 * A slot admits a command when it is idle, or when its in-flight commands use the same lane (one connection keeps
 * their order) and nothing waits for the slot. Everything else waits in arrival order on each of its slots.
 * A task enters all its queues at once and leaves them at once, so queues agree on the order of any two tasks and
 * nothing can deadlock. A task on all slots is a barrier: it waits until everything before it is done, and everything
 * after it waits in a backlog.
 */
import { assert } from '../base/errors.ts';

const SLOT_COUNT = 16384;
/** In place of a lane: shares with nobody. */
const NO_LANE = -1;

/** A unit of work that waits for its slots. */
export interface GateTask {
  /** Small integer id of the connection the work is sent on; -1 shares its slots with nobody. */
  readonly lane: number;
  /** Number of slots; they are sorted and unique. */
  readonly slotCount: number;
  slotAt(index: number): number;
  /** Takes every slot, alone, whatever `lane` and `slotCount` say. */
  readonly allSlots: boolean;
  /** Called once, when the slots are held: from `enter` at once, or later from a call that freed slots. */
  run(): void;
  /** Somebody waits for it who can be given an error, and it need not be done. */
  readonly isRefusable?: boolean;
  /** Ends a refusable task that has been taken out of the gate, with this error. */
  refuse?(text: string): void;
}

export class SlotGate {
  readonly #inFlight = new Int32Array(SLOT_COUNT);
  /** Lane of the in-flight commands; meaningful where `#inFlight` is not 0. */
  readonly #lanes = new Int32Array(SLOT_COUNT);
  readonly #queued = new Int32Array(SLOT_COUNT);
  readonly #queues: Array<TaskQueue | undefined> = new Array(SLOT_COUNT);
  /** Units in flight, not slots. */
  #running = 0;
  /** Tasks in slot queues; each counts once. */
  #queuedTasks = 0;
  #barrier: GateTask | undefined = undefined;
  #barrierRuns = false;
  readonly #backlog = new TaskQueue();
  /** Not 0 while a barrier waits or runs, or a backlog is being worked off: nothing may enter past it. */
  #closed = 0;
  /** Slots whose first waiting task may have become able to run. */
  readonly #touched: number[] = [];
  #pumping = false;

  /** Tasks that were given to `enter` and have not run yet. */
  get waiting(): number {
    return (
      this.#queuedTasks + this.#backlog.length + (this.#barrier !== undefined && !this.#barrierRuns ? 1 : 0)
    );
  }

  /** Units of work in flight: entered or run, and not left yet. */
  get running(): number {
    return this.#running + (this.#barrierRuns ? 1 : 0);
  }

  /** Whether any command of this slot is in flight or waits for it. */
  isBusy(slot: number): boolean {
    return this.#inFlight[slot] !== 0 || this.#queued[slot] !== 0 || this.#closed !== 0;
  }

  /**
   * The way in for one-slot lane commands, without a task. True: the slot is held until `leaveOne`.
   * False: nothing happened, queue a task with `enter`. `lane` is 0 or above.
   */
  tryEnterOne(slot: number, lane: number): boolean {
    if (this.#closed !== 0 || this.#queued[slot] !== 0) return false;
    const inFlight = this.#inFlight[slot];
    if (inFlight !== 0 && this.#lanes[slot] !== lane) return false;
    this.#inFlight[slot] = inFlight + 1;
    this.#lanes[slot] = lane;
    this.#running += 1;
    return true;
  }

  /** Runs the task now or queues it. Calls `run` before it returns when the slots are free. */
  enter(task: GateTask): void {
    if (this.#closed !== 0) {
      this.#backlog.push(task);
      this.#closed += 1;
      return;
    }
    this.#admit(task);
    this.#pump();
  }

  /** The reply of a command let in by `tryEnterOne` came, or its connection is lost. May run waiting tasks. */
  leaveOne(slot: number): void {
    this.#running -= 1;
    this.#release(slot);
    if (this.#touched.length !== 0 || this.#barrier !== undefined) this.#pump();
  }

  /** The task is done: frees its slots and runs whoever is next. Only for tasks whose `run` was called. */
  leave(task: GateTask): void {
    if (task.allSlots) {
      assert(this.#barrier === task && this.#barrierRuns, 'a barrier leaves that does not hold the gate');
      this.#barrier = undefined;
      this.#barrierRuns = false;
      this.#closed -= 1;
    } else {
      this.#running -= 1;
      for (let index = 0; index < task.slotCount; index += 1) this.#release(task.slotAt(index));
    }
    this.#pump();
  }

  /** Commands of this slot that are in flight or wait for it. */
  loadOf(slot: number): number {
    return this.#inFlight[slot] + this.#queued[slot];
  }

  /** Work in flight shares its slots with nobody from now on: whatever comes waits until they are idle. */
  seal(slot: number): void {
    if (this.#inFlight[slot] !== 0) this.#lanes[slot] = NO_LANE;
  }

  /** `seal`, of all slots of a task that holds them. */
  sealAll(task: GateTask): void {
    for (let index = 0; index < task.slotCount; index += 1) this.seal(task.slotAt(index));
  }

  /** Takes a waiting task out (its client left). False when it does not wait here: it has run, leave it instead. */
  abandon(task: GateTask): boolean {
    if (task === this.#barrier) {
      if (this.#barrierRuns) return false;
      this.#barrier = undefined;
      this.#closed -= 1;
    } else if (this.#backlog.remove(task)) {
      this.#closed -= 1;
    } else if (!task.allSlots && this.#removeQueued(task)) {
      this.#queuedTasks -= 1;
    } else {
      return false;
    }
    this.#pump();
    return true;
  }

  /** Cold: ends all waiting tasks that can be ended. */
  refuseWaiting(text: string): void {
    const tasks = new Set<GateTask>();
    for (const queue of this.#queues) queue?.addTo(tasks);
    if (this.#barrier !== undefined && !this.#barrierRuns) tasks.add(this.#barrier);
    this.#backlog.addTo(tasks);
    // The youngest first, so that none of them is let in because one before it has gone.
    for (const task of [...tasks].reverse()) {
      if (task.isRefusable === true && this.abandon(task)) task.refuse!(text);
    }
  }

  #release(slot: number): void {
    const left = this.#inFlight[slot] - 1;
    assert(left >= 0, 'a slot is left more often than entered');
    this.#inFlight[slot] = left;
    // A first waiting task that shares the lane waits for some other slot, so only an idle slot is news.
    if (left === 0 && this.#queued[slot] !== 0) this.#touched.push(slot);
  }

  /** Runs a task or puts it where it waits. The gate is not closed. */
  #admit(task: GateTask): void {
    if (task.allSlots) {
      this.#barrier = task;
      this.#closed += 1;
      return;
    }
    if (this.#mayRun(task, 0)) {
      this.#hold(task);
      task.run();
      return;
    }
    this.#queuedTasks += 1;
    for (let index = 0; index < task.slotCount; index += 1) {
      const slot = task.slotAt(index);
      this.#queued[slot] += 1;
      let queue = this.#queues[slot];
      if (queue === undefined) {
        queue = new TaskQueue();
        this.#queues[slot] = queue;
      }
      queue.push(task);
    }
  }

  /** `ownPlaces` is 1 for a task that already waits (then it must be first on all its slots), else 0. */
  #mayRun(task: GateTask, ownPlaces: 0 | 1): boolean {
    for (let index = 0; index < task.slotCount; index += 1) {
      const slot = task.slotAt(index);
      if (this.#inFlight[slot] !== 0 && (task.lane < 0 || this.#lanes[slot] !== task.lane)) return false;
      if (ownPlaces === 0 ? this.#queued[slot] !== 0 : this.#queues[slot]?.first !== task) return false;
    }
    return true;
  }

  #hold(task: GateTask): void {
    this.#running += 1;
    for (let index = 0; index < task.slotCount; index += 1) {
      const slot = task.slotAt(index);
      this.#inFlight[slot] += 1;
      this.#lanes[slot] = task.lane;
    }
  }

  /**
   * Runs everything that has become able to run. `run` may enter and leave tasks itself: then the pump that is already
   * under way goes on with what they changed, so the stack stays flat however many tasks finish at once.
   */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (;;) {
        const slot = this.#touched.pop();
        if (slot !== undefined) this.#runFirst(slot);
        else if (this.#barrier !== undefined) {
          // With nothing in flight and no slot touched, nothing can be queued before the barrier either.
          if (this.#barrierRuns || this.#running !== 0) break;
          this.#barrierRuns = true;
          this.#barrier.run();
        } else {
          const task = this.#backlog.shift();
          if (task === undefined) break;
          this.#readmit(task);
        }
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Lets the next task of the backlog in, counting it out only after it has its place. */
  #readmit(task: GateTask): void {
    this.#admit(task);
    this.#closed -= 1;
  }

  #runFirst(slot: number): void {
    const task = this.#queues[slot]?.first;
    if (task === undefined || !this.#mayRun(task, 1)) return;
    this.#queuedTasks -= 1;
    for (let index = 0; index < task.slotCount; index += 1) {
      const taken = task.slotAt(index);
      this.#queues[taken]!.shift();
      this.#queued[taken] -= 1;
      // The next one may share the lane.
      if (this.#queued[taken] !== 0) this.#touched.push(taken);
    }
    this.#hold(task);
    task.run();
  }

  #removeQueued(task: GateTask): boolean {
    let found = false;
    for (let index = 0; index < task.slotCount; index += 1) {
      const slot = task.slotAt(index);
      const queue = this.#queues[slot];
      if (queue === undefined) continue;
      const wasFirst = queue.first === task;
      if (!queue.remove(task)) continue;
      found = true;
      this.#queued[slot] -= 1;
      if (wasFirst && this.#queued[slot] !== 0) this.#touched.push(slot);
    }
    return found;
  }
}

/** First in, first out, in a ring that grows by doubling and shrinks when it runs empty. */
class TaskQueue {
  #places: Array<GateTask | undefined> = new Array(4).fill(undefined);
  #head = 0;
  length = 0;

  get first(): GateTask | undefined {
    return this.length === 0 ? undefined : this.#places[this.#head];
  }

  push(task: GateTask): void {
    if (this.length === this.#places.length) this.#grow();
    this.#places[(this.#head + this.length) & (this.#places.length - 1)] = task;
    this.length += 1;
  }

  shift(): GateTask | undefined {
    if (this.length === 0) return undefined;
    const task = this.#places[this.#head];
    this.#places[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#places.length - 1);
    this.length -= 1;
    if (this.length === 0 && this.#places.length > 64) {
      this.#places = new Array(4).fill(undefined);
      this.#head = 0;
    }
    return task;
  }

  addTo(tasks: Set<GateTask>): void {
    const mask = this.#places.length - 1;
    for (let index = 0; index < this.length; index += 1)
      tasks.add(this.#places[(this.#head + index) & mask]!);
  }

  /** Linear in the queue's length: for clients that leave, not for commands. */
  remove(task: GateTask): boolean {
    const mask = this.#places.length - 1;
    let index = 0;
    while (index < this.length && this.#places[(this.#head + index) & mask] !== task) index += 1;
    if (index === this.length) return false;
    for (; index < this.length - 1; index += 1) {
      this.#places[(this.#head + index) & mask] = this.#places[(this.#head + index + 1) & mask];
    }
    this.length -= 1;
    this.#places[(this.#head + this.length) & mask] = undefined;
    return true;
  }

  #grow(): void {
    const grown: Array<GateTask | undefined> = new Array(this.#places.length * 2).fill(undefined);
    for (let index = 0; index < this.length; index += 1) {
      grown[index] = this.#places[(this.#head + index) & (this.#places.length - 1)];
    }
    this.#places = grown;
    this.#head = 0;
  }
}
