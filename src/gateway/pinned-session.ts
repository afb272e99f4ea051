/**
 * A session's own connection to the primary, and what the mirror needs to know of what happens there. Worker thread.
 *
 * Without a shadow commands go straight through. With one, a command that may change data takes its slots from the
 * gate first, runs alone on them, and is mirrored before they are free again; commands behind it wait in the outbox.
 */
import type { CommandDefinition } from '../commands/definition.ts';
import { BIT_MIRRORED, BIT_WRITE } from '../commands/table.ts';
import { isError, type Reply } from '../resp/reply.ts';
import type { Lane } from '../upstream/lane.ts';
import type { PinnedConnection, PinnedEvents } from '../upstream/pinned.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import { BlockingRun } from './blocking-run.ts';
import { ExclusiveRun } from './exclusive-run.ts';
import type { LocalExecutor } from './executor.ts';
import { argumentText, copyFrame } from './frames.ts';
import type { Frame, SessionContext, SessionTarget } from './ports.ts';
import { ReplyTap } from './reply-tap.ts';
import { QueuedCommand, TransactionRun } from './transaction-run.ts';

/** A command that waits for those before it; the frame is a copy. */
export interface Submission {
  readonly sequence: number;
  readonly command: number;
  readonly frame: Frame;
}

/** With a frame in memory of its own. */
function keep({ sequence, command, frame }: Submission): Submission {
  return { sequence, command, frame: copyFrame(frame) };
}

/** Something that holds up the commands behind it. */
export interface Run {
  start(): void;
  /** The client is gone: finish without it, as soon as the server allows. */
  abandon(): void;
}

export class PinnedSession implements PinnedEvents {
  readonly executor: LocalExecutor;
  readonly target: SessionTarget;
  readonly session: number;
  readonly context: SessionContext;
  readonly connection: PinnedConnection;
  /** Database the connection is in now. */
  database: number;
  readonly #outbox: Submission[] = [];
  #run: Run | undefined = undefined;
  /** Commands queued since MULTI, or undefined outside of a transaction. */
  #queued: QueuedCommand[] | undefined = undefined;
  #streaming = false;
  #clean = true;
  #abandoned = false;
  #isReleased = false;
  /** Whoever waits for the connection to be set up, or lost before. */
  #waiting: { readonly ready: () => void; readonly lost: (text: string) => void } | undefined = undefined;

  constructor(executor: LocalExecutor, target: SessionTarget, session: number, context: SessionContext) {
    this.executor = executor;
    this.target = target;
    this.session = session;
    this.context = context;
    this.database = context.database;
    this.connection = executor.takePinned(context, this);
  }

  /** A lane to the database that the connection is in: for the gateway's own questions about its keys. */
  get lane(): Lane {
    const { resp, user, password } = this.context;
    return this.executor.laneFor(this.executor.contexts.get(this.database, resp, user, password));
  }

  submit(sequence: number, command: number, frame: Frame): void {
    if (this.#run === undefined && this.#outbox.length === 0) {
      this.#handle(sequence, command, frame);
      return;
    }
    this.#outbox.push(keep({ sequence, command, frame }));
  }

  stream(_command: number, frame: Frame): void {
    if (!this.#streaming) {
      this.#streaming = true;
      this.#clean = false;
      this.connection.startStreaming();
    }
    this.connection.write(frame.bytes, frame.frameStart, frame.frameEnd);
  }

  /** The session goes back to the lanes; nothing is in flight. */
  release(): void {
    this.#isReleased = true;
    this.connection.adopt(undefined);
    if (this.#clean && this.#queued === undefined && this.database === this.context.database) {
      this.executor.givePinned(this.context, this.connection);
    } else {
      this.connection.close();
    }
  }

  /** The client is gone. */
  abandon(): void {
    this.#abandoned = true;
    this.#outbox.length = 0;
    if (this.#run === undefined) this.connection.close();
    else this.#run.abandon();
  }

  /** Sends on the connection; the reply goes to the client, and to `mirrored` when given. */
  send(
    submission: Submission,
    target: ReplyTarget,
    mirrored?: Parameters<PinnedConnection['send']>[7],
  ): void {
    const { frame, sequence, command } = submission;
    this.connection.send(
      frame.bytes,
      frame.frameStart,
      frame.frameEnd,
      target,
      this.session,
      sequence,
      command,
      mirrored,
    );
  }

  /** Calls `ready` when the connection is set up, or `lost` with an error for the client when it cannot be. */
  whenReady(ready: () => void, lost: (text: string) => void): void {
    if (this.connection.ready) ready();
    else if (!this.connection.usable) lost('ERR lockstep: the connection to the primary is closed');
    else this.#waiting = { ready, lost };
  }

  /** A run has ended: go on with what waited behind it. */
  runOver(): void {
    this.#run = undefined;
    if (this.#abandoned) {
      this.connection.close();
      return;
    }
    while (this.#run === undefined) {
      const next = this.#outbox.shift();
      if (next === undefined) return;
      this.#handle(next.sequence, next.command, next.frame);
    }
  }

  pinnedReady(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.ready();
  }

  pinnedStream(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#abandoned) this.target.stream(this.session, bytes, start, end);
  }

  pinnedLost(text: string, wasReady: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.lost(text);
    // The session may have gone back to the lanes when it heard of it.
    if (this.#isReleased) return;
    for (const submission of this.#outbox) this.target.failed(this.session, submission.sequence, text);
    this.#outbox.length = 0;
    this.executor.pinnedGone(this.session);
    if (!this.#abandoned) this.target.streamEnded(this.session, text, wasReady);
  }

  #handle(sequence: number, command: number, frame: Frame): void {
    const submission = { sequence, command, frame };
    const definition = this.executor.definition(command);
    if (this.executor.stream !== undefined && this.#queued !== undefined) {
      this.#insideTransaction(submission, definition);
      return;
    }
    if (this.executor.stream === undefined || definition === undefined) {
      this.#noteState(definition);
      this.send(
        submission,
        definition === undefined ? this.executor.unknownSent(this.target, frame) : this.target,
      );
      return;
    }
    const bits = this.executor.services.table.bits[command];
    const mirrored = (bits & BIT_MIRRORED) !== 0;
    if (!mirrored && (bits & BIT_WRITE) !== 0)
      this.executor.stream.intake.refuse(command, frame, 'not_mirrorable');
    if (definition.name === 'multi') {
      this.#begin(submission);
    } else if (definition.session === 'blocking' && mirrored && (definition.blocks?.(frame) ?? true)) {
      this.#start(new BlockingRun(this, keep(submission)));
    } else if (mirrored) {
      this.#start(new ExclusiveRun(this, keep(submission)));
    } else if (definition.name === 'select') {
      const chosen = Number(argumentText(frame, 1));
      this.send(
        submission,
        new ReplyTap(this.target, (reply) => this.#selected(reply.bytes[reply.start], chosen)),
      );
    } else {
      this.#noteState(definition);
      this.send(submission, this.target);
    }
  }

  #start(run: Run): void {
    this.#run = run;
    run.start();
  }

  #selected(type: number, database: number): void {
    if (type === 0x2b) this.database = database;
  }

  #noteState(definition: CommandDefinition | undefined): void {
    // What leaves other state than a transaction behind must not serve another session.
    if (definition === undefined || definition.session === 'pin' || definition.session === 'local')
      this.#clean = false;
  }

  #insideTransaction(submission: Submission, definition: CommandDefinition | undefined): void {
    const queued = this.#queued!;
    const name = submission.frame.count === 1 ? definition?.name : undefined;
    if (name === 'exec' || name === 'discard') {
      this.#queued = undefined;
      if (name === 'discard') {
        this.send(submission, this.target);
        return;
      }
      this.#start(new TransactionRun(this, keep(submission), queued));
      return;
    }
    this.#noteState(definition);
    const entry = new QueuedCommand(submission.command, copyFrame(submission.frame));
    queued.push(entry);
    this.send(submission, new ReplyTap(this.target, (reply) => this.#answeredInside(entry, reply)));
  }

  #begin(submission: Submission): void {
    const queued: QueuedCommand[] = [];
    this.#queued = queued;
    const answered = (reply: Reply): void => {
      // The server knows of no transaction (NOPERM, NOAUTH).
      if (isError(reply) && this.#queued === queued) this.#queued = undefined;
    };
    this.send(submission, new ReplyTap(this.target, answered));
  }

  /** What was sent behind a MULTI that was refused has run by itself, and nobody was prepared to mirror it. */
  #answeredInside(entry: QueuedCommand, reply: Reply): void {
    entry.answered(reply);
    if (entry.queued || isError(reply) || entry.command < 0) return;
    const bits = this.executor.services.table.bits[entry.command];
    if ((bits & (BIT_MIRRORED | BIT_WRITE)) === 0) return;
    this.executor.stream!.intake.refuse(entry.command, entry.frame, 'not_mirrorable');
  }
}
