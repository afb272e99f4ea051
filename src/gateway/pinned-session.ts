/**
 * A session's own connection to the primary, and what the mirror needs to know of what happens there. Worker thread.
 *
 * Without a shadow commands go straight through. With one, they do so while the gate lets them: the connection counts
 * as a lane there. A command that has to wait, or needs its slots alone, holds up those behind it in the outbox, for
 * one client's commands take effect in the order in which they were sent.
 */
import type { CommandDefinition } from '../commands/definition.ts';
import { BIT_MIRRORED, BIT_WRITE } from '../commands/table.ts';
import { isError, type Reply } from '../resp/reply.ts';
import type { ShadowStream } from '../shadow/stream.ts';
import type { CommandTrace } from '../telemetry/trace.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { PinnedEvents } from '../upstream/pinned.ts';
import type { MirroredCommand, ReplyTarget } from '../upstream/reply-target.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import type { SessionConnection } from '../upstream/session-connection.ts';
import { BlockingRun } from './blocking-run.ts';
import { needsCare } from './care.ts';
import { linkContextOf } from './contexts.ts';
import { ExclusiveRun } from './exclusive-run.ts';
import type { LocalExecutor } from './executor.ts';
import { copyFrame, loginFrames, toArray } from './frames.ts';
import { PinnedUpload, UPLOAD_LOST } from './pinned-upload.ts';
import type { Frame, SessionContext, SessionTarget } from './ports.ts';
import { ReplyTap } from './reply-tap.ts';
import { IGNORE } from './reply-targets.ts';
import { laneBeside } from './session-connections.ts';
import { QueuedCommand, TransactionRun } from './transaction-run.ts';
import { unblockConnection } from './unblock.ts';

/** A command that waits for those before it; the frame is a copy. */
export interface Submission {
  readonly sequence: number;
  readonly command: number;
  readonly frame: Frame;
  readonly trace?: CommandTrace | undefined;
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
  /** What the connection is set up as, HELLO and SELECT counted in. */
  context: SessionContext;
  readonly #laneId: number;
  readonly connection: SessionConnection;
  /** Database that the connection is in now: that of the context, unless EXEC has just changed it. */
  database: number;
  readonly #outbox: Submission[] = [];
  #run: Run | undefined = undefined;
  /** Commands queued since MULTI, or undefined outside of a transaction. */
  #queued: QueuedCommand[] | undefined = undefined;
  #streaming = false;
  #clean = true;
  #abandoned = false;
  #isReleased = false;
  #upload: PinnedUpload | undefined = undefined;
  /** So much of the next command to be sent is on the connection already. */
  #written = 0;
  /** Who waits for the connection to be set up, or lost before. */
  readonly #waiting: { readonly ready: () => void; readonly lost: (text: string) => void }[] = [];

  constructor(executor: LocalExecutor, target: SessionTarget, session: number, context: SessionContext) {
    this.executor = executor;
    this.target = target;
    this.session = session;
    this.context = context;
    this.database = context.database;
    this.#laneId = executor.lanes.nextId();
    this.connection = executor.pool.take(session, () => this.context, this);
  }

  /** A lane to the database that the connection is in: for the gateway's own questions about its keys. */
  get lane(): CommandLane {
    const { resp, user, password } = this.context;
    return this.executor.laneFor(this.executor.contexts.get(this.database, resp, user, password));
  }

  submit(sequence: number, command: number, frame: Frame, context: SessionContext): void {
    // They change while nothing is in flight.
    this.context = context;
    this.database = context.database;
    if (this.#run === undefined && this.#outbox.length === 0) {
      this.#handle(sequence, command, frame);
      return;
    }
    this.#outbox.push(this.#keep({ sequence, command, frame }));
  }

  /** See `Executor.beginUpload`. */
  beginUpload(command: number, head: Frame, context: SessionContext): void {
    this.context = context;
    this.database = context.database;
    const longest = this.executor.stream?.intake.settings.maxBytes ?? 0;
    this.#upload = new PinnedUpload(this, command, copyFrame(head), longest);
  }

  upload(bytes: Uint8Array, start: number, end: number, expected: number): void {
    this.#upload?.piece(bytes, start, end, expected);
  }

  /** The whole command is here but for what is written now; with a shadow, that is written when its slots are free. */
  endUpload(sequence: number, bytes: Uint8Array, start: number, end: number): void {
    const upload = this.#upload!;
    const { command, head, written } = upload;
    const { stream } = this.executor;
    const whole = upload.end(bytes, start, end);
    this.#upload = undefined;
    if (stream === undefined || whole === undefined) {
      stream?.intake.refuseLong(command, head);
      const { connection, target, session } = this;
      connection.send(bytes, start, end, target, session, sequence, command, stream?.leftOutNow);
      return;
    }
    this.#written = written;
    this.#handle(sequence, command, whole);
  }

  stream(_command: number, frame: Frame): void {
    if (!this.#streaming) {
      this.#streaming = true;
      this.#clean = false;
      this.connection.startStreaming();
    }
    const { bytes, frameStart, frameEnd } = toArray(frame);
    this.connection.write(bytes, frameStart, frameEnd);
  }

  /** The session goes back to the lanes; nothing is in flight. */
  release(): void {
    this.#isReleased = true;
    this.connection.adopt(undefined);
    const isEmpty = this.#queued === undefined && this.#upload === undefined;
    if (this.#clean && isEmpty && this.database === this.context.database) {
      this.executor.pool.give(this.context, this.connection);
    } else {
      this.connection.close();
    }
  }

  /** The client is gone. */
  abandon(): void {
    this.#abandoned = true;
    this.#outbox.length = 0;
    if (this.#run === undefined) this.connection.closeWhenMirrored();
    else this.#run.abandon();
  }

  /** See `Executor.unblock`; with 'TIMEOUT' the command's reply is as if its time were over. */
  unblock(how: 'ERROR' | 'TIMEOUT'): void {
    unblockConnection(laneBeside(this.executor.baseLane, this.connection), this.connection, how);
  }

  /** Sends on the connection; the reply goes to the client, and to `mirrored` when given. */
  send(submission: Submission, target: ReplyTarget, mirrored?: MirroredCommand): void {
    const { frame, sequence, command } = submission;
    this.connection.send(
      frame.bytes,
      frame.frameStart + this.#takeWritten(),
      frame.frameEnd,
      this.executor.heard(target, submission.trace),
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
    else this.#waiting.push({ ready, lost });
  }

  /** Tells the target what the server calls this connection. */
  identify(): void {
    const { target, session, connection } = this;
    this.whenReady(
      () => target.identified(session, connection.serverId),
      () => target.identified(session, -1),
    );
  }

  /** A run has ended: go on with what waited behind it. */
  runOver(): void {
    this.#run = undefined;
    if (this.#abandoned) {
      this.connection.closeWhenMirrored();
      return;
    }
    while (this.#run === undefined) {
      const next = this.#outbox.shift();
      if (next === undefined) return;
      const { tracer } = this.executor.services;
      if (tracer !== undefined) tracer.active = next.trace;
      this.#handle(next.sequence, next.command, next.frame);
      if (tracer !== undefined) tracer.active = undefined;
    }
  }

  pinnedDrained(): void {
    this.#upload?.room();
  }

  pinnedReady(): void {
    this.#upload?.room();
    for (const waiting of this.#waiting.splice(0)) waiting.ready();
  }

  pinnedStream(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#abandoned) this.target.stream(this.session, bytes, start, end);
  }

  pinnedLost(text: string, wasReady: boolean): void {
    for (const waiting of this.#waiting.splice(0)) waiting.lost(text);
    const isUpload = this.#upload !== undefined;
    this.#upload = undefined;
    // The session may have gone back to the lanes when it heard of it.
    if (this.#isReleased) return;
    for (const submission of this.#outbox) this.target.failed(this.session, submission.sequence, text);
    this.#outbox.length = 0;
    this.executor.pinnedGone(this.session);
    if (this.#abandoned) return;
    this.target.streamEnded(this.session, isUpload && wasReady ? UPLOAD_LOST : text, wasReady);
  }

  #handle(sequence: number, command: number, frame: Frame): void {
    const { stream } = this.executor;
    const definition = this.executor.definition(command);
    if (command === this.executor.resetCommand) this.#reset({ sequence, command, frame });
    else if (stream !== undefined && this.#queued !== undefined) {
      this.#insideTransaction({ sequence, command, frame }, definition);
    } else if (definition === undefined) {
      this.#clean = false;
      this.send({ sequence, command, frame }, this.executor.unknownSent(this.target, frame));
    } else if (definition.session === 'subscribe' && this.context.resp === 3) {
      this.#subscribe(sequence, command, frame, definition.name);
    } else if (stream === undefined) {
      this.#noteState(definition);
      this.#pass(sequence, command, frame, undefined);
    } else if ((this.executor.services.table.bits[command] & BIT_MIRRORED) !== 0) {
      this.#mirror(stream, definition, sequence, command, frame);
    } else this.#unmirrored(stream, definition, { sequence, command, frame });
  }

  #mirror(
    stream: ShadowStream,
    definition: CommandDefinition,
    sequence: number,
    command: number,
    frame: Frame,
  ): void {
    const { executor, context } = this;
    if (definition.session === 'blocking' && (definition.blocks?.(frame) ?? true)) {
      this.#start(new BlockingRun(this, this.#keep({ sequence, command, frame })));
      return;
    }
    const { frameStart, frameEnd } = frame;
    const isOwn = this.#written > 0;
    const item = stream.intake.admit(
      command,
      frame,
      frameStart,
      frameEnd,
      this.database,
      context.resp,
      isOwn,
    );
    if (item === undefined) {
      this.#pass(sequence, command, frame, stream.leftOutNow);
      return;
    }
    item.context = context.id;
    item.lane = this.#laneId;
    const mayPass =
      !item.allSlots &&
      !needsCare(executor, item) &&
      (item.slotCount === 0 || (item.slotCount === 1 && executor.gate.tryEnterOne(item.slot, this.#laneId)));
    if (mayPass) this.#pass(sequence, command, frame, item);
    else {
      const submission = { sequence, command, frame };
      this.#start(new ExclusiveRun(this, isOwn ? submission : this.#keep(submission), item));
    }
  }

  #unmirrored(stream: ShadowStream, definition: CommandDefinition, submission: Submission): void {
    const { command, frame } = submission;
    const isWrite = (this.executor.services.table.bits[command] & BIT_WRITE) !== 0;
    if (definition.name === 'multi') {
      this.#begin(submission);
      return;
    }
    this.#noteState(definition);
    if (isWrite) stream.intake.refuse(command, frame, 'not_mirrorable');
    this.send(submission, this.target, isWrite ? stream.leftOutNow : undefined);
  }

  /** Sends a command now; the client gets the reply. */
  #pass(sequence: number, command: number, frame: Frame, item: MirroredCommand | undefined): void {
    const { bytes, frameEnd } = frame;
    const frameStart = frame.frameStart + this.#takeWritten();
    const target = this.executor.heard(this.target);
    this.connection.send(bytes, frameStart, frameEnd, target, this.session, sequence, command, item);
  }

  #subscribe(sequence: number, command: number, frame: Frame, name: string): void {
    this.#clean = false;
    const { bytes, frameStart, frameEnd, count } = frame;
    this.connection.sendSubscription(
      bytes,
      frameStart,
      frameEnd,
      this.target,
      this.session,
      sequence,
      command,
      name,
      count - 1,
    );
  }

  /** With a frame in memory of its own. */
  #keep({ sequence, command, frame }: Submission): Submission {
    return { sequence, command, frame: copyFrame(frame), trace: this.executor.services.tracer?.active };
  }

  #takeWritten(): number {
    const written = this.#written;
    this.#written = 0;
    return written;
  }

  #start(run: Run): void {
    this.#run = run;
    run.start();
  }

  #noteState(definition: CommandDefinition | undefined): void {
    // What leaves other state than a transaction behind must not serve another session.
    const session = definition?.session;
    if (session !== 'none' && session !== 'blocking' && session !== 'transaction') this.#clean = false;
  }

  #insideTransaction(submission: Submission, definition: CommandDefinition | undefined): void {
    const queued = this.#queued!;
    const name = submission.frame.count === 1 ? definition?.name : undefined;
    if (name === 'exec' || name === 'discard' || name === 'reset') {
      this.#queued = undefined;
      if (name !== 'exec') {
        this.send(submission, this.target);
        return;
      }
      this.#start(new TransactionRun(this, this.#keep(submission), queued));
      return;
    }
    this.#noteState(definition);
    const entry = new QueuedCommand(submission.command, copyFrame(submission.frame));
    queued.push(entry);
    this.send(submission, new ReplyTap(this.target, (reply) => this.#answeredInside(entry, reply)));
  }

  /** RESET leaves a connection as nobody has logged in on it; what follows needs it as the gateway sets them up. */
  #reset(submission: Submission): void {
    this.#queued = undefined;
    this.#clean = false;
    this.connection.forgetSubscriptions();
    this.send(submission, this.target);
    for (const frame of loginFrames(linkContextOf(this.executor.contexts.base, this.executor.options))) {
      this.send({ sequence: 0, command: INTERNAL_COMMAND, frame }, IGNORE);
    }
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
