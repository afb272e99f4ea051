/**
 * Commands that the primary has and the catalogue lacks: of modules, of later versions. Worker thread (whoever talks to
 * the primary). It asks COMMAND when the primary comes up, and COMMAND INFO when a client sends a command that is not
 * known, for modules may be loaded at any time.
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
import type { Frame } from './ports.ts';

/** The whole list takes a worker some milliseconds to read: a connection that flaps must not ask for it each time. */
const LIST_PAUSE_MS = 5000;
/** A client that sends nonsense all day makes the gateway ask about it this often. */
const INFO_PAUSE_MS = 100;
const MAX_NAME_LENGTH = 255;
const MINUS = 0x2d;

export class CommandLearner {
  readonly #services: WorkerServices;
  readonly #onLearnt: (commands: readonly LearntCommand[]) => void;
  #listedAtMs = -Infinity;
  #askedAtMs = -Infinity;

  /** `onLearnt` hears of commands that are in the table now and were not before. */
  constructor(services: WorkerServices, onLearnt: (commands: readonly LearntCommand[]) => void) {
    this.#services = services;
    this.#onLearnt = onLearnt;
  }

  /** Asks for all commands, unless that was done a moment ago. */
  askAll(lane: Lane): void {
    const { monotonicMs } = this.#services.clock;
    if (monotonicMs - this.#listedAtMs < LIST_PAUSE_MS) return;
    this.#listedAtMs = monotonicMs;
    askCommands(lane, undefined, (commands) => this.#learn(commands));
  }

  /** Asks about the unknown command that `frame` holds, unless the last such question was a moment ago. */
  askAbout(frame: Frame, lane: Lane): void {
    const { monotonicMs } = this.#services.clock;
    if (monotonicMs - this.#askedAtMs < INFO_PAUSE_MS) return;
    this.#askedAtMs = monotonicMs;
    const { bytes, spans } = frame;
    if (spans[1] - spans[0] > MAX_NAME_LENGTH) return;
    askCommands(lane, bytes.slice(spans[0], spans[1]), (commands) => this.#learn(commands));
  }

  #learn(commands: LearntCommand[]): void {
    const { table } = this.#services;
    const news = table.unknownOf(commands);
    for (const command of news) table.learn(command);
    if (news.length > 0) this.#onLearnt(news);
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
