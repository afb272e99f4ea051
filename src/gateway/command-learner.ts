/**
 * Commands that the primary has and the catalogue lacks: of modules, of later versions. Worker thread (whoever talks to
 * the primary). It asks COMMAND when the primary comes up, and again when a client sends a command that is not known,
 * for modules may be loaded at any time.
 *
 * Ids of learnt commands are each thread's own, for threads learn at different times: what crosses a ring is looked up
 * again by whoever receives it (`remote.ts`). The main thread passes on what the slot owner learns, so that every
 * worker knows which commands block.
 */
import type { LearntCommand } from '../commands/learnt.ts';
import { askCommands } from '../upstream/command-list.ts';
import type { Lane } from '../upstream/lane.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import type { WorkerServices } from '../upstream/services.ts';

/** A client that sends nonsense all day makes the primary list its commands this often. */
const PAUSE_MS = 5000;
const MINUS = 0x2d;

export class CommandLearner {
  readonly #services: WorkerServices;
  readonly #onLearnt: (commands: readonly LearntCommand[]) => void;
  #askedAtMs = -Infinity;

  /** `onLearnt` hears of commands that are in the table now and were not before. */
  constructor(services: WorkerServices, onLearnt: (commands: readonly LearntCommand[]) => void) {
    this.#services = services;
    this.#onLearnt = onLearnt;
  }

  /** Asks on this lane, unless it was done a moment ago. */
  ask(lane: Lane): void {
    const { clock, table } = this.#services;
    if (clock.monotonicMs - this.#askedAtMs < PAUSE_MS) return;
    this.#askedAtMs = clock.monotonicMs;
    askCommands(lane, (commands) => {
      const news = table.unknownOf(commands);
      for (const command of news) table.learn(command);
      if (news.length > 0) this.#onLearnt(news);
    });
  }
}

/** Passes the reply to an unknown command on, and tells when it succeeded: then it did something nobody knows. */
export class UnknownReply implements ReplyTarget {
  readonly #target: ReplyTarget;
  readonly #succeeded: () => void;
  #begun = false;

  constructor(target: ReplyTarget, succeeded: () => void) {
    this.#target = target;
    this.#succeeded = succeeded;
  }

  reply(
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    if (!this.#begun && bytes[start] !== MINUS) this.#succeeded();
    this.#begun = true;
    this.#target.reply(session, sequence, bytes, start, end, last);
  }

  failed(session: number, sequence: number, text: string): void {
    this.#target.failed(session, sequence, text);
  }
}
