/**
 * A command that waits for its slots and shares them with others of its connection, with a shadow. Worker thread (slot
 * owner).
 */
import type { ItemHolder, MirrorItem } from '../shadow/mirror-item.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import { isNear } from './care.ts';
import type { LocalExecutor } from './executor.ts';
import { ExpiringKeys } from './expiring-keys.ts';

/** It is sent from the item's own copy. */
export class QueuedSend {
  readonly #executor: LocalExecutor;
  readonly lane: CommandLane;
  readonly #target: ReplyTarget;
  readonly #session: number;
  readonly #sequence: number;
  #isSent = false;
  #isHeld = false;

  constructor(
    executor: LocalExecutor,
    lane: CommandLane,
    target: ReplyTarget,
    session: number,
    sequence: number,
  ) {
    this.#executor = executor;
    this.lane = lane;
    this.#target = target;
    this.#session = session;
    this.#sequence = sequence;
    // Nobody must take the lane for idle.
    lane.lastUsedMs = executor.services.clock.monotonicMs;
  }

  /** Behind a command of the same client, the server would not have looked at it yet. */
  get isRefusable(): boolean {
    return !this.lane.owes(this.#session);
  }

  mayStart(item: MirrorItem): void {
    const executor = this.#executor;
    if (item.isWrite && !item.allSlots) {
      executor.stream!.intake.lookAgain(item);
      // There was time enough when it came.
      if (isNear(executor, item)) {
        new LateCare(executor, item, this).start();
        return;
      }
    }
    this.send(item);
  }

  send(item: MirrorItem): void {
    const { frame, frameStart, frameEnd, command } = item;
    this.#executor.stream!.starts(item);
    this.lane.send(
      frame.bytes,
      frameStart,
      frameEnd,
      this.#target,
      this.#session,
      this.#sequence,
      command,
      item,
    );
    this.#isSent = true;
    if (this.#isHeld) this.#executor.held.sent(this.#session);
  }

  /** It is not sent: the client gets this error. */
  refuse(text: string): void {
    this.#target.failed(this.#session, this.#sequence, text);
    this.#isSent = true;
    if (this.#isHeld) this.#executor.held.sent(this.#session);
  }

  /** The gate has it. When it has not let it in, the session's later commands must know. */
  entered(): void {
    if (this.#isSent) return;
    this.#isHeld = true;
    this.#executor.held.hold(this.#session);
  }
}

/**
 * A write that turns out to need care when its slots are there. What is before it on them is on the same connection,
 * so the answer to a question asked there comes behind theirs; what comes after it has to wait.
 */
class LateCare implements ItemHolder {
  readonly #executor: LocalExecutor;
  readonly #item: MirrorItem;
  readonly #starter: QueuedSend;
  readonly #expiring: ExpiringKeys;

  constructor(executor: LocalExecutor, item: MirrorItem, starter: QueuedSend) {
    this.#executor = executor;
    this.#item = item;
    this.#starter = starter;
    const slots = Int32Array.from({ length: item.slotCount }, (_, index) => item.slotAt(index));
    for (const slot of slots) executor.gate.seal(slot);
    this.#expiring = new ExpiringKeys(executor, starter.lane, [item], item, slots);
    item.holder = this;
  }

  start(): void {
    this.#expiring.before(() => this.#starter.send(this.#item));
  }

  primaryOver(item: MirrorItem, answered: boolean, sent: boolean): void {
    const { stream } = this.#executor;
    this.#expiring.after(
      (told) => {
        if (answered) stream!.mirror(item);
        else stream!.lose(item, sent);
        told();
      },
      () => this.#executor.releaseSlots(item),
    );
  }
}
