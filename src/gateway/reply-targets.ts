/** Small receivers of replies that are nobody's or need only their end. Worker thread. */
import type { MirrorItem } from '../shadow/mirror-item.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import type { HeldCommands } from './held-commands.ts';

/** For commands whose reply only the mirror wants. */
export const IGNORE: ReplyTarget = {
  reply(): void {},
  failed(): void {},
};

/** A command that waits for its slots; sent from the item's own copy. */
export class QueuedSend {
  readonly #held: HeldCommands;
  readonly #lane: CommandLane;
  readonly #target: ReplyTarget;
  readonly #session: number;
  readonly #sequence: number;
  #isSent = false;
  #isHeld = false;

  constructor(held: HeldCommands, lane: CommandLane, target: ReplyTarget, session: number, sequence: number) {
    this.#held = held;
    this.#lane = lane;
    this.#target = target;
    this.#session = session;
    this.#sequence = sequence;
  }

  /** Behind a command of the same client, the server would not have looked at it yet. */
  get isRefusable(): boolean {
    return !this.#lane.owes(this.#session);
  }

  mayStart(item: MirrorItem): void {
    const { frame, frameStart, frameEnd, command } = item;
    this.#lane.send(
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
    if (this.#isHeld) this.#held.sent(this.#session);
  }

  /** It is not sent: the client gets this error. */
  refuse(text: string): void {
    this.#target.failed(this.#session, this.#sequence, text);
    this.#isSent = true;
    if (this.#isHeld) this.#held.sent(this.#session);
  }

  /** The gate has it. When it has not let it in, the session's later commands must know. */
  entered(): void {
    if (this.#isSent) return;
    this.#isHeld = true;
    this.#held.hold(this.#session);
  }
}

const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');

/** Cold. Calls `done` when each of the lanes has answered what it has been given so far. */
export function settleLanes(lanes: readonly CommandLane[], done: () => void): void {
  let left = 1;
  const answered = (): void => {
    left -= 1;
    if (left === 0) done();
  };
  const target: ReplyTarget = {
    reply: (_session, _sequence, _bytes, _start, _end, last) => {
      if (last) answered();
    },
    failed: answered,
  };
  for (const lane of lanes) {
    if (lane.inFlight === 0) continue;
    left += 1;
    lane.send(PING, 0, PING.length, target, 0, 0, INTERNAL_COMMAND, undefined);
  }
  answered();
}
