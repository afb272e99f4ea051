/**
 * Commands that the primary has and the catalogue lacks: of modules, of later versions. Worker thread (whoever talks to
 * the primary). It asks COMMAND when the primary comes up, and COMMAND INFO when the primary knows a command that we do
 * not, for modules may be loaded at any time. What the primary does not know either is nobody's question: whoever
 * monitors it would see us ask.
 *
 * Ids of learnt commands are each thread's own, for threads learn at different times: what crosses a ring is looked up
 * again by whoever receives it (`remote.ts`). The main thread passes on what the slot owner learns, so that every
 * worker knows which commands block.
 */
import { asciiBytes, copyOf, equalBytes } from '../base/bytes.ts';
import type { LearntCommand } from '../commands/learnt.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import { askCommands } from '../upstream/command-list.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { Frame } from './ports.ts';

/** The whole list takes a worker some milliseconds to read: a connection that flaps must not ask for it each time. */
const LIST_PAUSE_MS = 5000;
/** Ids may run out; then a client that sends such commands all day makes the gateway ask about them this often. */
const INFO_PAUSE_MS = 100;
const MAX_NAME_LENGTH = 255;
const MINUS = 0x2d;
const UNKNOWN = asciiBytes('-ERR unknown command');

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
  askAll(lane: CommandLane): void {
    const { monotonicMs } = this.#services.clock;
    if (monotonicMs - this.#listedAtMs < LIST_PAUSE_MS) return;
    this.#listedAtMs = monotonicMs;
    askCommands(lane, undefined, (commands) => this.#learn(commands));
  }

  /** Asks about a command that the primary knows, unless the last such question was a moment ago. */
  askAbout(name: Uint8Array, lane: CommandLane): void {
    const { monotonicMs } = this.#services.clock;
    if (monotonicMs - this.#askedAtMs < INFO_PAUSE_MS || name.length > MAX_NAME_LENGTH) return;
    this.#askedAtMs = monotonicMs;
    askCommands(lane, name, (commands) => this.#learn(commands));
  }

  #learn(commands: LearntCommand[]): void {
    const { table } = this.#services;
    const news = table.unknownOf(commands);
    for (const command of news) table.learn(command);
    if (news.length > 0) this.#onLearnt(news);
  }
}

/** Passes the reply to an unknown command on, and tells when the primary knows it. */
export class UnknownReply implements ReplyTarget {
  readonly #target: ReplyTarget;
  readonly #name: Uint8Array;
  readonly #known: (name: Uint8Array, succeeded: boolean) => void;
  #begun = false;

  /** `known` gets the command's name, and whether it ran: then it did something nobody knows. */
  constructor(
    target: ReplyTarget,
    { bytes, spans }: Frame,
    known: (name: Uint8Array, succeeded: boolean) => void,
  ) {
    this.#target = target;
    this.#name = copyOf(bytes, spans[0], spans[1]);
    this.#known = known;
  }

  reply(
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    if (!this.#begun) this.#begins(bytes, start, end);
    this.#begun = true;
    this.#target.reply(session, sequence, bytes, start, end, last);
  }

  failed(session: number, sequence: number, text: string): void {
    this.#target.failed(session, sequence, text);
  }

  #begins(bytes: Uint8Array, start: number, end: number): void {
    const stop = Math.min(start + UNKNOWN.length, end);
    if (!equalBytes(UNKNOWN, 0, stop - start, bytes, start, stop))
      this.#known(this.#name, bytes[start] !== MINUS);
  }
}
