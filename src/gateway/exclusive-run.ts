/**
 * One mirrored command on a pinned connection, outside of a transaction, that must have its slots alone or wait for
 * them. Worker thread (slot owner).
 */
import type { ItemHolder, MirrorItem } from '../shadow/mirror-item.ts';
import type { GateTask } from '../shadow/slot-gate.ts';
import { ExpiringKeys } from './expiring-keys.ts';
import { filledKeys } from './item-keys.ts';
import type { PinnedSession, Run, Submission } from './pinned-session.ts';

export class ExclusiveRun implements Run, GateTask, ItemHolder {
  readonly lane = -1;
  readonly allSlots: boolean;
  readonly #owner: PinnedSession;
  readonly #submission: Submission;
  readonly #item: MirrorItem;
  readonly #slots: Int32Array;
  #expiring: ExpiringKeys | undefined = undefined;

  constructor(owner: PinnedSession, submission: Submission, item: MirrorItem) {
    this.#owner = owner;
    this.#submission = submission;
    this.#item = item;
    this.#slots = owner.executor.blocked.slotsWith(item);
    this.allSlots = item.allSlots;
    item.holder = this;
  }

  get slotCount(): number {
    return this.#slots.length;
  }

  slotAt(index: number): number {
    return this.#slots[index];
  }

  /** Behind a command of the same client, the server would not have looked at it yet. */
  get isRefusable(): boolean {
    return this.#owner.connection.inFlight === 0;
  }

  start(): void {
    this.#owner.executor.gate.enter(this);
  }

  run(): void {
    const { executor, target } = this.#owner;
    const item = this.#item;
    this.#expiring = new ExpiringKeys(
      executor,
      this.#owner.lane,
      item.isWrite ? [item] : [],
      item,
      this.#slots,
    );
    this.#expiring.before(() => {
      executor.stream!.starts(item);
      this.#owner.send(this.#submission, target, item);
    });
  }

  refuse(text: string): void {
    const { executor, target, session } = this.#owner;
    target.failed(session, this.#submission.sequence, text);
    executor.stream!.lose(this.#item, false);
    this.#owner.runOver();
  }

  primaryOver(item: MirrorItem, answered: boolean, sent: boolean): void {
    const { executor } = this.#owner;
    this.#expiring!.after(
      (told) => {
        const written = filledKeys(executor, item);
        if (answered) executor.stream!.mirror(item);
        else executor.stream!.lose(item, sent);
        executor.blocked.settle(this.#slots, written, told);
      },
      () => {
        executor.gate.leave(this);
        this.#owner.runOver();
      },
    );
  }

  abandon(): void {
    // The command is on its way and will be answered; the connection is closed then.
  }
}
