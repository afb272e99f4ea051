/** One mirrored command on a pinned connection, outside of a transaction: alone on its slots. Worker thread. */
import type { ItemHolder, MirrorItem } from '../shadow/mirror-item.ts';
import type { GateTask } from '../shadow/slot-gate.ts';
import { ExpiringKeys } from './expiring-keys.ts';
import { itemSlots } from './item-keys.ts';
import type { PinnedSession, Run, Submission } from './pinned-session.ts';

const NO_SLOTS = new Int32Array(0);

export class ExclusiveRun implements Run, GateTask, ItemHolder {
  readonly lane = -1;
  allSlots = false;
  readonly #owner: PinnedSession;
  readonly #submission: Submission;
  #item: MirrorItem | undefined = undefined;
  #slots: Int32Array = NO_SLOTS;
  #expiring: ExpiringKeys | undefined = undefined;

  constructor(owner: PinnedSession, submission: Submission) {
    this.#owner = owner;
    this.#submission = submission;
  }

  get slotCount(): number {
    return this.#slots.length;
  }

  slotAt(index: number): number {
    return this.#slots[index];
  }

  start(): void {
    const { executor, context, database } = this.#owner;
    const { command, frame } = this.#submission;
    const stream = executor.stream!;
    const item = stream.intake.admit(
      command,
      frame,
      frame.frameStart,
      frame.frameEnd,
      database,
      context.resp,
    );
    if (item === undefined) {
      this.#owner.send(this.#submission, this.#owner.target);
      this.#owner.runOver();
      return;
    }
    this.#item = item;
    item.holder = this;
    this.allSlots = item.allSlots;
    this.#slots = executor.blocked.slotsWith(item);
    executor.gate.enter(this);
  }

  run(): void {
    const { executor, target } = this.#owner;
    const item = this.#item!;
    this.#expiring = new ExpiringKeys(executor, this.#owner.lane, [item], item, this.#slots);
    this.#expiring.before(() => this.#owner.send(this.#submission, target, item));
  }

  primaryOver(item: MirrorItem, answered: boolean, sent: boolean): void {
    const { executor } = this.#owner;
    this.#expiring!.after(() => {
      if (answered) executor.stream!.mirror(item);
      else executor.stream!.lose(item, sent);
      executor.blocked.settle(this.#slots, itemSlots(item), () => {
        executor.gate.leave(this);
        this.#owner.runOver();
      });
    });
  }

  abandon(): void {
    // The command is on its way and will be answered; the connection is closed then.
  }
}
