/**
 * EXEC with a shadow: all slots of the transaction are held while the primary runs it, and its commands go to the
 * shadow as one unit. Worker thread (slot owner).
 */
import type { Reply } from '../resp/reply.ts';
import type { MirrorItem } from '../shadow/mirror-item.ts';
import type { GateTask } from '../shadow/slot-gate.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import { ExpiringKeys } from './expiring-keys.ts';
import { argumentText, wholeFrame } from './frames.ts';
import { filledKeys } from './item-keys.ts';
import type { PinnedSession, Run, Submission } from './pinned-session.ts';
import type { Frame } from './ports.ts';
import { ReplyTap } from './reply-tap.ts';
import { IGNORE } from './reply-targets.ts';

const DISCARD = wholeFrame(['DISCARD']);
const SIMPLE = 0x2b;
const ARRAY = 0x2a;
/** Third character of `+QUEUED`; no other simple reply to a command in a transaction has it. */
const QUEUED_LENGTH = 9;

/** A command between MULTI and EXEC. */
export class QueuedCommand {
  readonly command: number;
  readonly frame: Frame;
  queued = false;

  constructor(command: number, frame: Frame) {
    this.command = command;
    this.frame = frame;
  }

  /** The server's answer: anything but +QUEUED means that EXEC will not run it. */
  answered(reply: Reply): void {
    this.queued = reply.type === SIMPLE && reply.end - reply.start === QUEUED_LENGTH;
  }
}

export class TransactionRun implements Run, GateTask {
  readonly lane = -1;
  allSlots = false;
  readonly #owner: PinnedSession;
  readonly #submission: Submission;
  readonly #queued: readonly QueuedCommand[];
  /** One per queued command; undefined for those that are not mirrored. */
  readonly #items: (MirrorItem | undefined)[] = [];
  #slots = new Int32Array(0);
  /** Keys that its commands may fill, see `filledKeys`. */
  #written: readonly string[] | undefined = [];
  #expiring: ExpiringKeys | undefined = undefined;

  constructor(owner: PinnedSession, submission: Submission, queued: readonly QueuedCommand[]) {
    this.#owner = owner;
    this.#submission = submission;
    this.#queued = queued;
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
    const { executor, context, database } = this.#owner;
    const { intake } = executor.stream!;
    const slots = new Set<number>();
    const selects = this.#queued.some(({ command }) => executor.definition(command)?.name === 'select');
    for (const { command, frame } of this.#queued) {
      if (selects) {
        intake.refuse(command, frame, 'not_mirrorable');
        this.#items.push(undefined);
        continue;
      }
      const item = intake.admit(command, frame, frame.frameStart, frame.frameEnd, database, context.resp);
      this.#items.push(item);
      if (item === undefined) continue;
      if (item.allSlots) this.allSlots = true;
      for (const slot of executor.blocked.slotsWith(item)) slots.add(slot);
    }
    this.#slots = Int32Array.from(slots).sort();
    executor.gate.enter(this);
  }

  run(): void {
    const { executor, database, context } = this.#owner;
    const writes = this.#items.filter((item) => item?.isWrite === true) as MirrorItem[];
    this.#expiring = new ExpiringKeys(
      executor,
      this.#owner.lane,
      writes,
      { database, resp: context.resp },
      this.#slots,
    );
    this.#expiring.before(() => this.#sendExec());
  }

  /** The server would have answered the same, and forgotten the transaction, as it does now. */
  refuse(text: string): void {
    const { executor, target, session, connection } = this.#owner;
    const { bytes, frameStart, frameEnd } = DISCARD;
    connection.send(bytes, frameStart, frameEnd, IGNORE, 0, 0, INTERNAL_COMMAND, undefined);
    target.failed(session, this.#submission.sequence, `EXECABORT Transaction discarded because of: ${text}`);
    for (const item of this.#items) if (item !== undefined) executor.stream!.lose(item, false);
    this.#owner.runOver();
  }

  abandon(): void {
    // EXEC is on its way and will be answered; the connection is closed then.
  }

  #sendExec(): void {
    const { executor } = this.#owner;
    const written: string[] = [];
    let isKnown = true;
    for (const item of this.#items) {
      if (item === undefined) continue;
      executor.stream!.starts(item);
      if (!item.isWrite) continue;
      const filled = filledKeys(executor, item);
      if (filled === undefined) isKnown = false;
      else for (const key of filled) written.push(key);
    }
    this.#written = isKnown ? written : undefined;
    const tap = new ReplyTap(
      this.#owner.target,
      (reply) => this.#executed(reply),
      () => this.#lost(),
    );
    this.#owner.send(this.#submission, tap);
  }

  #executed(reply: Reply): void {
    const { executor } = this.#owner;
    const stream = executor.stream!;
    const accepted = this.#queued.flatMap((entry, index) => (entry.queued ? [index] : []));
    const isList = reply.type === ARRAY && !reply.isNull;
    const ran = isList && reply.items.length === accepted.length;
    const mirrored: MirrorItem[] = [];
    for (let at = 0; at < this.#items.length; at++) {
      const item = this.#items[at];
      if (item === undefined) continue;
      const place = ran ? accepted.indexOf(at) : -1;
      if (place < 0) {
        // It ran, but which reply is whose cannot be told.
        if (isList && !ran) stream.drop(item, 'not_mirrorable');
        else stream.skip(item);
        continue;
      }
      const part = reply.items[place];
      item.lent = part.bytes;
      item.answerStart = part.start;
      item.answerEnd = part.end;
      stream.keepAnswer(item);
      item.lent = undefined;
      if (stream.hasKnownEffect(item)) mirrored.push(item);
      else stream.drop(item, 'not_mirrorable');
    }
    if (ran) this.#followDatabase(reply, accepted);
    this.#end(() => {
      if (mirrored.length > 0) {
        stream.mirrorUnit(mirrored, this.#submission.command, this.#slots, this.allSlots);
      }
    });
  }

  /** A SELECT in the transaction changes the database of the commands after it. */
  #followDatabase(reply: Reply, accepted: readonly number[]): void {
    for (const [place, at] of accepted.entries()) {
      const { command, frame } = this.#queued[at];
      if (this.#owner.executor.definition(command)?.name !== 'select') continue;
      if (reply.items[place].type === SIMPLE) this.#owner.database = Number(argumentText(frame, 1));
    }
  }

  #lost(): void {
    const stream = this.#owner.executor.stream!;
    this.#end(() => {
      for (const item of this.#items) if (item !== undefined) stream.lose(item, true);
    });
  }

  #end(mirror: () => void): void {
    const { executor } = this.#owner;
    this.#expiring!.after(
      (told) => {
        mirror();
        executor.blocked.settle(this.#slots, this.#written, told);
      },
      () => {
        executor.gate.leave(this);
        this.#owner.runOver();
      },
    );
  }
}
