/**
 * A write that needs its slots for itself, with a shadow: its key is about to expire (see `expiring-keys.ts`), or
 * clients are blocked on keys it may fill. Worker thread (slot owner).
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
import { keyTexts } from './item-keys.ts';
import { QueuedSend } from './reply-targets.ts';

export class CarefulSend implements GateTask, ItemHolder {
  readonly lane = -1;
  readonly allSlots = false;
  readonly #executor: LocalExecutor;
  readonly #item: MirrorItem;
  readonly #starter: QueuedSend;
  readonly #slots: Int32Array;
  readonly #expiring: ExpiringKeys;

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
    this.#starter = new QueuedSend(executor.held, lane, target, session, sequence);
    this.#slots = executor.blocked.slotsWith(item);
    this.#expiring = new ExpiringKeys(executor, lane, [item], item, this.#slots);
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
    this.#expiring.before(() => this.#starter.mayStart(this.#item));
  }

  refuse(text: string): void {
    this.#starter.refuse(text);
    this.#executor.stream!.lose(this.#item, false);
  }

  primaryOver(item: MirrorItem, answered: boolean, sent: boolean): void {
    const { blocked, gate } = this.#executor;
    const stream = this.#executor.stream!;
    this.#expiring.after(() => {
      const written = keyTexts(this.#executor, item);
      if (answered) stream.mirror(item);
      else stream.lose(item, sent);
      blocked.settle(this.#slots, written, () => gate.leave(this));
    });
  }
}
