/**
 * The executor and the two ends of its ring where traces are made: they pass on whose trace the command in hand belongs
 * to. Worker threads. Without traces the classes they extend are used as they are, so nothing is paid for them.
 */
import { asciiBytes, decodeText } from '../base/bytes.ts';
import type { RingLink } from '../memory/ring-link.ts';
import { type CommandTrace, NO_REPLY, type Tracer } from '../telemetry/trace.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { ContextTable } from './contexts.ts';
import { type ExecutorOptions, LocalExecutor } from './executor.ts';
import type { Frame, SessionContext, SessionTarget } from './ports.ts';
import { RemoteExecutor, RemoteSessions } from './remote.ts';

/** A record before that of a command: its trace. The other kinds are those of `remote.ts`. */
const TRACE = 100;
/** Hexadecimal digits of a trace's id; those of a span's follow. */
const TRACE_ID_DIGITS = 32;

/** Hears of a command's reply on the primary, before whoever it is for. */
class TracedReply implements ReplyTarget {
  readonly #tracer: Tracer;
  readonly #trace: CommandTrace;
  readonly #target: ReplyTarget;
  readonly #sentMs: number;

  constructor(tracer: Tracer, trace: CommandTrace, target: ReplyTarget) {
    this.#tracer = tracer;
    this.#trace = trace;
    this.#target = target;
    this.#sentMs = tracer.nowMs;
  }

  reply(
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.#trace.piece(bytes, start, end);
    if (last) this.#tracer.primary(this.#trace, this.#sentMs, this.#trace.error);
    this.#target.reply(session, sequence, bytes, start, end, last);
  }

  failed(session: number, sequence: number, text: string): void {
    this.#tracer.primary(this.#trace, this.#sentMs, NO_REPLY);
    this.#target.failed(session, sequence, text);
  }
}

export class TracedExecutor extends LocalExecutor {
  readonly #tracer: Tracer;

  constructor(services: WorkerServices, contexts: ContextTable, options: ExecutorOptions, tracer: Tracer) {
    super(services, contexts, options);
    this.#tracer = tracer;
  }

  override submit(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    const before = this.#enter(session, sequence, context, command);
    super.submit(target, session, sequence, context, command, frame);
    this.#tracer.active = before;
  }

  override submitPinned(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    const before = this.#enter(session, sequence, context, command);
    super.submitPinned(target, session, sequence, context, command, frame);
    this.#tracer.active = before;
  }

  override heard(target: ReplyTarget, trace = this.#tracer.active): ReplyTarget {
    return trace === undefined ? target : new TracedReply(this.#tracer, trace, target);
  }

  /** Returns whose command was in hand: a reply that comes at once may bring the next one about. */
  #enter(
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
  ): CommandTrace | undefined {
    const before = this.#tracer.active;
    const trace = this.#tracer.find(session, sequence);
    if (trace !== undefined) {
      trace.command = this.services.table.labels[command] ?? 'other';
      trace.database = context.database;
    }
    this.#tracer.active = trace;
    return before;
  }
}

/** On the thread of the sessions. */
export class TracedRemoteExecutor extends RemoteExecutor {
  readonly #tracer: Tracer;
  #ring: RingLink | undefined = undefined;

  constructor(contexts: ContextTable, sessions: (id: number) => SessionTarget | undefined, tracer: Tracer) {
    super(contexts, sessions);
    this.#tracer = tracer;
  }

  override attach(link: RingLink): void {
    super.attach(link);
    this.#ring = link;
  }

  override submit(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    this.#announce(session, sequence);
    super.submit(target, session, sequence, context, command, frame);
  }

  override submitPinned(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    this.#announce(session, sequence);
    super.submitPinned(target, session, sequence, context, command, frame);
  }

  #announce(session: number, sequence: number): void {
    const trace = this.#tracer.find(session, sequence);
    if (trace === undefined) return;
    const ids = asciiBytes(trace.traceId + trace.spanId);
    this.#ring!.send(TRACE, session, sequence, 0, 0, ids, 0, ids.length);
  }
}

/** On the executor's thread. */
export class TracedRemoteSessions extends RemoteSessions {
  readonly #tracer: Tracer;

  constructor(executor: LocalExecutor, contexts: ContextTable, tracer: Tracer) {
    super(executor, contexts);
    this.#tracer = tracer;
  }

  override record(
    kind: number,
    session: number,
    sequence: number,
    context: number,
    command: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (kind !== TRACE) {
      super.record(kind, session, sequence, context, command, bytes, start, end);
      return;
    }
    const ids = decodeText(bytes, start, end);
    this.#tracer.resume(ids.slice(0, TRACE_ID_DIGITS), ids.slice(TRACE_ID_DIGITS), session, sequence);
  }
}

export function remoteSessions(executor: LocalExecutor, contexts: ContextTable): RemoteSessions {
  const { tracer } = executor.services;
  if (tracer === undefined) return new RemoteSessions(executor, contexts);
  return new TracedRemoteSessions(executor, contexts, tracer);
}

/** Where commands of a slot go, as spans show it: `host:port` or a path; '' where that is not known. */
export function shownAddress(upstream: Upstream | undefined, slot: number): string {
  const address = upstream?.addressOf(slot);
  if (address === undefined) return '';
  return address.kind === 'unix' ? address.path : `${address.host}:${address.port}`;
}
