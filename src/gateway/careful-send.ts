/**
 * Writes that need their slots for themselves, with a shadow: a key is about to expire (see `expiring-keys.ts`), or
 * clients are blocked on keys that may be filled. Worker thread (slot owner).
 *
 * Blocked clients are served by the server the moment the write has run, but their replies come on other connections.
 * So the slots stay held until it is known who was served, and the shadow hears of the write first, then of the pops.
 */
import type { ItemHolder, MirrorItem } from '../shadow/mirror-item.ts';
import type { GateTask } from '../shadow/slot-gate.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import type { LocalExecutor } from './executor.ts';
import { ExpiringKeys } from './expiring-keys.ts';
import { filledKeys } from './item-keys.ts';
import { QueuedSend } from './queued-send.ts';

export class CarefulSend implements GateTask, ItemHolder {
  readonly lane = -1;
  readonly allSlots: boolean;
  readonly #executor: LocalExecutor;
  readonly #item: MirrorItem;
  readonly #starter: QueuedSend;
  readonly #slots: Int32Array;
  #expiring: ExpiringKeys | undefined = undefined;

  constructor(
    executor: LocalExecutor,
    item: MirrorItem,
    lane: CommandLane,
    target: ReplyTarget,
    session: number,
    sequence: number,
  ) {
    this.#executor = executor;
    this.#item = item;
    this.allSlots = item.allSlots;
    this.#starter = new QueuedSend(executor, lane, target, session, sequence);
    this.#slots = executor.blocked.slotsWith(item);
    item.holder = this;
  }

  get slotCount(): number {
    return this.#slots.length;
  }

  slotAt(index: number): number {
    return this.#slots[index];
  }

  get isRefusable(): boolean {
    return this.#starter.isRefusable;
  }

  enter(): void {
    this.#executor.gate.enter(this);
    this.#starter.entered();
  }

  run(): void {
    const item = this.#item;
    this.#expiring = new ExpiringKeys(this.#executor, this.#starter.lane, [item], item, this.#slots);
    this.#expiring.before(() => this.#starter.send(item));
  }

  refuse(text: string): void {
    this.#starter.refuse(text);
    this.#executor.stream!.lose(this.#item, false);
  }

  primaryOver(item: MirrorItem, answered: boolean, sent: boolean): void {
    const { blocked, gate, stream } = this.#executor;
    this.#expiring!.after(
      (told) => {
        const written = filledKeys(this.#executor, item);
        if (answered) stream!.mirror(item);
        else stream!.lose(item, sent);
        blocked.settle(this.#slots, written, told);
      },
      () => gate.leave(this),
    );
  }
}
