/**
 * The commands of a session's own connection to a cluster that may have to be sent again: those without an answer, and
 * within a transaction all since MULTI. Worker thread. Cold: copies and objects for commands that are few.
 */
import { ClusterCommand, type ClusterCommandEvents } from './cluster-command.ts';
import type { MirroredCommand, ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND } from './services.ts';
import type { SessionConnection } from './session-connection.ts';
import { NOBODY } from './topology.ts';

export const IGNORE: ReplyTarget = { reply: () => {}, failed: () => {} };
const ASKING = Buffer.from('*1\r\n$6\r\nASKING\r\n');

/** How a command was given: as a subscription it is answered by pushes. */
interface Subscription {
  readonly name: string;
  readonly channels: number;
}

export class KeptCommands {
  readonly #events: ClusterCommandEvents;
  /** Oldest first. */
  readonly all: ClusterCommand[] = [];
  /** Those of them that the client has its answer to. */
  readonly #answered = new Set<ClusterCommand>();
  /** Something went without what was to be sent right before it. */
  isUnprefixed = false;
  readonly #subscriptions = new Map<ClusterCommand, Subscription>();

  constructor(events: ClusterCommandEvents) {
    this.#events = events;
  }

  /** How many the client has no answer to. */
  get unanswered(): number {
    return this.all.length - this.#answered.size;
  }

  /** A command that is not kept yet. */
  make(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
  ): ClusterCommand {
    const one = new ClusterCommand(this.#events);
    one.bytes = bytes.slice(start, end);
    one.end = end - start;
    one.target = target;
    one.session = session;
    one.sequence = sequence;
    one.command = command;
    one.mirrored = mirrored;
    one.slot = NOBODY;
    return one;
  }

  subscribes(one: ClusterCommand, name: string, channels: number): void {
    this.#subscriptions.set(one, { name, channels });
  }

  isSubscription(one: ClusterCommand): boolean {
    return this.#subscriptions.has(one);
  }

  keep(one: ClusterCommand): void {
    this.all.push(one);
  }

  /** The client has its answer, and it may be sent again all the same. */
  isAnswered(one: ClusterCommand): boolean {
    return this.#answered.has(one);
  }

  setAnswered(one: ClusterCommand): void {
    // What was forgotten (MULTI, by DISCARD) may still be answered.
    if (this.has(one)) this.#answered.add(one);
  }

  /** Whatever still comes of it is nobody's. */
  forget(one: ClusterCommand): void {
    const at = this.all.indexOf(one);
    if (at >= 0) this.all.splice(at, 1);
    this.#answered.delete(one);
    this.#subscriptions.delete(one);
    one.target = IGNORE;
    one.mirrored = undefined;
  }

  has(one: ClusterCommand): boolean {
    return this.all.includes(one);
  }

  forgetAnswered(): void {
    for (const one of this.#answered) this.forget(one);
  }

  /** Gives the client this reply, and forgets the command. */
  answer(one: ClusterCommand, bytes: Uint8Array): void {
    const { target, session, sequence, mirrored } = one;
    this.forget(one);
    target.reply(session, sequence, bytes, 0, bytes.length, true);
    mirrored?.primaryPiece(bytes, 0, bytes.length, true);
  }

  /** Gives the client this error, and forgets the command. `sent`: it may have run. */
  fail(one: ClusterCommand, text: string, sent = false): void {
    const { target, session, sequence, mirrored } = one;
    this.forget(one);
    target.failed(session, sequence, text);
    mirrored?.primaryFailed(sent);
  }

  /** Sends a command, which may be one that the client has its answer to. */
  put(one: ClusterCommand, connection: SessionConnection, asks: boolean): void {
    if (asks) connection.send(ASKING, 0, ASKING.length, IGNORE, 0, 0, INTERNAL_COMMAND, undefined);
    const { prefix } = one;
    // ASKING holds for one command, which must not be this one.
    if (prefix !== undefined && asks) this.isUnprefixed = true;
    else if (prefix !== undefined)
      connection.send(prefix, 0, prefix.length, IGNORE, 0, 0, INTERNAL_COMMAND, undefined);
    one.renew();
    if (this.isAnswered(one)) {
      one.target = IGNORE;
      one.mirrored = undefined;
    }
    const { bytes, start, end, session, sequence, command } = one;
    const subscription = this.#subscriptions.get(one);
    if (subscription === undefined) connection.send(bytes, start, end, one, session, sequence, command, one);
    else {
      const { name, channels } = subscription;
      connection.sendSubscription(bytes, start, end, one, session, sequence, command, name, channels);
    }
  }
}
