import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GateTask, SlotGate } from '../../../src/shadow/slot-gate.ts';

class Task implements GateTask {
  readonly name: string;
  readonly lane: number;
  readonly slots: readonly number[];
  readonly allSlots: boolean;
  runs = 0;
  onRun: () => void = () => {};

  constructor(name: string, lane: number, slots: readonly number[], allSlots = false) {
    this.name = name;
    this.lane = lane;
    this.slots = slots;
    this.allSlots = allSlots;
  }
  get slotCount(): number {
    return this.slots.length;
  }
  slotAt(index: number): number {
    return this.slots[index]!;
  }
  run(): void {
    this.runs += 1;
    this.onRun();
  }
}

describe('SlotGate', () => {
  test('one lane pipelines in a slot, another one waits for it to be idle', () => {
    const gate = new SlotGate();
    expect(gate.tryEnterOne(5, 1)).toBe(true);
    expect(gate.tryEnterOne(5, 1)).toBe(true);
    expect(gate.tryEnterOne(5, 2)).toBe(false);
    expect(gate.tryEnterOne(6, 2)).toBe(true);
    const other = new Task('other', 2, [5]);
    gate.enter(other);
    expect(gate.waiting).toBe(1);
    // Nobody passes what waits, not even the lane that is in flight.
    expect(gate.tryEnterOne(5, 1)).toBe(false);
    gate.leaveOne(5);
    expect(other.runs).toBe(0);
    gate.leaveOne(5);
    expect(other.runs).toBe(1);
    expect(gate.waiting).toBe(0);
    expect(gate.tryEnterOne(5, 2)).toBe(true);
    gate.leaveOne(5);
    gate.leave(other);
    gate.leaveOne(6);
    expect(gate.running).toBe(0);
    expect(gate.isBusy(5)).toBe(false);
  });

  test('what waits can be refused, and nothing is let in because of it', () => {
    const gate = new SlotGate();
    const refused: string[] = [];
    const refusable = (name: string, slots: readonly number[], allSlots = false): Task =>
      Object.assign(new Task(name, -1, slots, allSlots), {
        isRefusable: true,
        refuse: (text: string) => refused.push(`${name}: ${text}`),
      });
    expect(gate.tryEnterOne(5, 1)).toBe(true);
    const [one, two] = [refusable('one', [5]), refusable('two', [5, 6])];
    const [all, late] = [refusable('all', [], true), refusable('late', [7])];
    const stays = new Task('stays', 2, [5]);
    for (const task of [one, two, stays, all, late]) gate.enter(task);
    gate.refuseWaiting('BUSY');
    expect(refused.sort()).toEqual(['all: BUSY', 'late: BUSY', 'one: BUSY', 'two: BUSY']);
    expect(gate.waiting).toBe(1);
    gate.leaveOne(5);
    expect([one, two, stays, all, late].map((task) => task.runs)).toEqual([0, 0, 1, 0, 0]);
    gate.leave(stays);
    expect([gate.waiting, gate.running, gate.isBusy(5)]).toEqual([0, 0, false]);
  });

  test('a sealed slot lets nothing in until it is idle', () => {
    const gate = new SlotGate();
    gate.seal(5);
    expect(gate.tryEnterOne(5, 1)).toBe(true);
    expect(gate.tryEnterOne(5, 1)).toBe(true);
    gate.seal(5);
    expect(gate.tryEnterOne(5, 1)).toBe(false);
    const other = new Task('other', 1, [5, 6]);
    gate.enter(other);
    gate.leaveOne(5);
    expect(other.runs).toBe(0);
    gate.leaveOne(5);
    expect(other.runs).toBe(1);
    expect(gate.tryEnterOne(5, 1)).toBe(true);
  });

  test('an exclusive task shares with nobody, its own kind included', () => {
    const gate = new SlotGate();
    const first = new Task('first', -1, [1, 2]);
    const second = new Task('second', -1, [2, 3]);
    gate.enter(first);
    gate.enter(second);
    expect([first.runs, second.runs]).toEqual([1, 0]);
    expect(gate.tryEnterOne(3, 0)).toBe(false);
    gate.leave(first);
    expect(second.runs).toBe(1);
    expect(gate.tryEnterOne(3, 0)).toBe(false);
    gate.leave(second);
    expect(gate.tryEnterOne(3, 0)).toBe(true);
  });

  test('a task on all slots is a barrier between before and after', () => {
    const gate = new SlotGate();
    const order: string[] = [];
    const create = (name: string, lane: number, slots: number[], allSlots = false): Task => {
      const task = new Task(name, lane, slots, allSlots);
      task.onRun = () => order.push(name);
      gate.enter(task);
      return task;
    };
    const running = create('running', 1, [1]);
    const queued = create('queued', 2, [1]);
    const flush = create('flush', -1, [], true);
    const after = create('after', 1, [9]);
    const again = create('again', -1, [], true);
    const last = create('last', 1, [9]);
    expect(gate.tryEnterOne(100, 1)).toBe(false);
    expect(gate.waiting).toBe(5);
    gate.leave(running);
    gate.leave(queued);
    expect(order).toEqual(['running', 'queued', 'flush']);
    expect(gate.tryEnterOne(100, 1)).toBe(false);
    gate.leave(flush);
    expect(order.at(-1)).toBe('after');
    gate.leave(after);
    gate.leave(again);
    gate.leave(last);
    expect(order).toEqual(['running', 'queued', 'flush', 'after', 'again', 'last']);
    expect(gate.tryEnterOne(100, 1)).toBe(true);
  });

  test('abandoning lets those behind go on', () => {
    const gate = new SlotGate();
    gate.tryEnterOne(1, 1);
    const other = new Task('other', 2, [1, 2]);
    const behind = new Task('behind', 1, [1]);
    const elsewhere = new Task('elsewhere', 3, [2]);
    const barrier = new Task('barrier', -1, [], true);
    const late = new Task('late', 4, [7]);
    for (const task of [other, behind, elsewhere, barrier, late]) gate.enter(task);
    expect(gate.abandon(other)).toBe(true);
    expect([other.runs, behind.runs, elsewhere.runs, late.runs]).toEqual([0, 1, 1, 0]);
    expect(gate.abandon(barrier)).toBe(true);
    expect(late.runs).toBe(1);
    expect(gate.abandon(late)).toBe(false);
    expect(gate.waiting).toBe(0);
  });

  test('tasks that finish inside run need no stack', () => {
    const gate = new SlotGate();
    gate.tryEnterOne(1, 1);
    const tasks = Array.from({ length: 50_000 }, (_, index) => {
      const task = new Task(`${index}`, -1, [1]);
      task.onRun = () => gate.leave(task);
      return task;
    });
    for (const task of tasks) gate.enter(task);
    gate.leaveOne(1);
    expect(tasks.every((task) => task.runs === 1)).toBe(true);
    expect(gate.running).toBe(0);
  });

  test('agrees with a model that searches all waiting tasks in order of arrival', () => {
    const slots = fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 0, maxLength: 3 });
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('one' as const), slot: fc.nat(4), lane: fc.nat(2) }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('task' as const),
          slots: slots.map((some) => some.sort((a, b) => a - b)),
          lane: fc.integer({ min: -1, max: 2 }),
          nested: fc.boolean(),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('all' as const) }) },
      { weight: 8, arbitrary: fc.record({ do: fc.constant('leave' as const), pick: fc.nat(1000) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('abandon' as const), pick: fc.nat(1000) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const pair = new Pair();
        for (const [index, one] of steps.entries()) {
          if (one.do === 'one') pair.one(one.slot, one.lane);
          else if (one.do === 'task') pair.enter(new Task(`t${index}`, one.lane, one.slots), one.nested);
          else if (one.do === 'all') pair.enter(new Task(`t${index}`, -1, [], true), false);
          else if (one.do === 'leave') pair.leave(one.pick);
          else pair.abandon(one.pick);
          pair.check();
        }
        pair.drain();
      }),
      { numRuns: 800 },
    );
  });
});

interface Held {
  readonly task: Task;
  readonly viaOne: boolean;
}

/** The gate and the model side by side. */
class Pair {
  readonly gate = new SlotGate();
  held: Held[] = [];
  waiting: Task[] = [];
  readonly ran: Task[] = [];

  one(slot: number, lane: number): void {
    const task = new Task('one', lane, [slot]);
    const expected = this.#admits(task, this.waiting);
    expect(this.gate.tryEnterOne(slot, lane)).toBe(expected);
    if (expected) this.held.push({ task, viaOne: true });
  }

  enter(task: Task, leavesInRun: boolean): void {
    task.onRun = () => {
      this.ran.push(task);
      if (leavesInRun) this.gate.leave(task);
    };
    this.waiting.push(task);
    if (leavesInRun) this.#leaving.add(task);
    this.gate.enter(task);
    this.#settle();
  }

  leave(pick: number): void {
    if (this.held.length === 0) return;
    const [held] = this.held.splice(pick % this.held.length, 1);
    if (held === undefined) return;
    if (held.viaOne) this.gate.leaveOne(held.task.slots[0]!);
    else this.gate.leave(held.task);
    this.#settle();
  }

  abandon(pick: number): void {
    if (this.waiting.length === 0) return;
    const [task] = this.waiting.splice(pick % this.waiting.length, 1);
    if (task === undefined) return;
    expect(this.gate.abandon(task)).toBe(true);
    this.#settle();
  }

  check(): void {
    const seen = new Set(this.ran);
    expect(this.gate.waiting).toBe(this.waiting.length);
    expect(this.gate.running).toBe(this.held.length);
    for (const task of this.waiting) expect(seen.has(task)).toBe(false);
    for (const { task, viaOne } of this.held) if (!viaOne) expect(task.runs).toBe(1);
  }

  drain(): void {
    for (let turns = 0; this.held.length > 0; turns += 1) {
      this.leave(turns);
      this.check();
    }
    expect(this.waiting).toEqual([]);
    for (let slot = 0; slot < 5; slot += 1) expect(this.gate.isBusy(slot)).toBe(false);
  }

  readonly #leaving = new Set<Task>();

  /** Lets the model run whatever may run, until nothing more may. */
  #settle(): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const [index, task] of this.waiting.entries()) {
        if (!this.#admits(task, this.waiting.slice(0, index))) continue;
        this.waiting.splice(index, 1);
        if (!this.#leaving.has(task)) this.held.push({ task, viaOne: false });
        moved = true;
        break;
      }
    }
  }

  #admits(task: Task, earlier: readonly Task[]): boolean {
    if (earlier.some((other) => conflicts(task, other))) return false;
    return this.held.every(({ task: other }) => {
      if (!conflicts(task, other)) return true;
      return !task.allSlots && !other.allSlots && task.lane >= 0 && task.lane === other.lane;
    });
  }
}

/** Whether two tasks meet in a slot; a task on all slots meets everything. */
function conflicts(one: Task, other: Task): boolean {
  return one.allSlots || other.allSlots || one.slots.some((slot) => other.slots.includes(slot));
}
