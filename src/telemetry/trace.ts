/**
 * What is remembered of the few commands that are traced, until a span of them can be told to the main thread. Worker
 * thread. It must not know OpenTelemetry, which only the main thread loads: see `span-export.ts`. Keys, values and
 * words of clients have no place in here.
 *
 * Whole batches are traced: whether the next one is costs one comparison at the end of each, and a command that is in
 * none costs nothing. The gaps between them are random, so that they keep no step with the clients.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { createRandom } from '../base/random.ts';
import { errorCodeOf } from './error-code.ts';

export type SpanKind = 'command' | 'primary' | 'mirror';

/** One finished span, for the main thread. Structured-clonable. */
export interface SpanRecord {
  /** In hexadecimal. */
  readonly traceId: string;
  readonly spanId: string;
  /** '' for the client's command itself. */
  readonly parentId: string;
  readonly kind: SpanKind;
  /** A label of the command table. */
  readonly command: string;
  readonly database: number;
  /** Milliseconds of `monotonicNow`. */
  readonly startMs: number;
  readonly endMs: number;
  /** Address of the server's end: the gateway's own, or that of a node; '' where that is not known. */
  readonly server: string;
  /** Of the client. */
  readonly peer: string;
  /** Code of an error reply; '' without one. */
  readonly error: string;
  /** Of a `mirror`: how the comparison went, and why. */
  readonly verdict: string;
  readonly reason: string;
}

/** Milliseconds of a clock that all threads of a process have in common, with a fraction. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What workers and the main thread count together, in shared memory. */
export class SpanCounts {
  static readonly BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;
  readonly #cells: Int32Array;
  /** Most spans that wait at one time. */
  readonly limit: number;

  constructor(memory: SharedArrayBuffer, limit: number) {
    this.#cells = new Int32Array(memory);
    this.limit = limit;
  }

  /** Posted by workers, and neither taken nor refused by the collector yet. */
  get posted(): number {
    return Atomics.load(this.#cells, 0);
  }

  addPosted(count: number): void {
    Atomics.add(this.#cells, 0, count);
  }

  /** Had no room. Begins anew when 32 bits are full. */
  get dropped(): number {
    return Atomics.load(this.#cells, 1) >>> 0;
  }

  addDropped(count: number): void {
    Atomics.add(this.#cells, 1, count);
  }
}

/** A client's command. On the slot owner's thread of another worker's client: as much as its spans there need. */
export class CommandTrace {
  readonly traceId: string;
  readonly spanId: string;
  command = '';
  database = 0;
  /** Names the command between threads, once it is known. */
  session = -1;
  sequence = -1;
  server = '';
  peer = '';
  startMs = 0;
  /** Of its first key, where that is known. */
  slot = -1;
  /** The code of its error reply. */
  error = '';
  #hasBegun = false;

  constructor(traceId: string, spanId: string) {
    this.traceId = traceId;
    this.spanId = spanId;
  }

  /** A piece of its reply. */
  piece(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#hasBegun) this.error = errorCodeOf(bytes, start, end);
    this.#hasBegun = true;
  }
}

/** One mirrored command of a trace, on the shadow. */
export class ItemTrace {
  readonly #tracer: Tracer;
  readonly #trace: CommandTrace;
  #verdict = 'skipped';
  #reason = '';

  constructor(tracer: Tracer, trace: CommandTrace) {
    this.#tracer = tracer;
    this.#trace = trace;
  }

  /** The last word counts: a verdict may wait for what is read again. */
  judged(verdict: string, reason: string): void {
    this.#verdict = verdict;
    this.#reason = reason;
  }

  /** `mirroredAtMs`: by the thread's clock, when its turn for the shadow came; 0 where it never did. */
  over(mirroredAtMs: number): void {
    this.#tracer.mirror(this.#trace, mirroredAtMs, this.#verdict, this.#reason);
  }
}

export interface TracerOptions {
  readonly clock: Clock;
  readonly counts: SpanCounts;
  readonly samplePercent: number;
  post(spans: readonly SpanRecord[]): void;
}

/** In place of an error's code: the server has not answered. */
export const NO_REPLY = 'no_reply';

/** Most turns between two that are traced. */
const LONGEST_GAP = 2 ** 30;
/** Bytes of a trace's id; those of a span are half as long. */
const ID_BYTES = 16;

export class Tracer {
  /** The commands that are read now are traced. */
  isOn = false;
  /** Told when that changes. */
  onSwitch: () => void = () => {};
  /** Whose command the executor has in hand. */
  active: CommandTrace | undefined = undefined;
  /** Where commands of a slot go; '' where that is not known. */
  addressOf: (target: 'primary' | 'shadow', slot: number) => string = () => '';
  /** The latest command that was opened. */
  #opened: CommandTrace | undefined = undefined;
  readonly #clock: Clock;
  readonly #counts: SpanCounts;
  readonly #post: (spans: readonly SpanRecord[]) => void;
  readonly #random = createRandom(randomBytes(4).readUInt32LE());
  /** What turns this thread's clock into that of all threads. */
  readonly #shiftMs = monotonicNow() - performance.now();
  #share: number;
  #turnsLeft: number;
  #spans: SpanRecord[] = [];

  constructor(options: TracerOptions) {
    this.#clock = options.clock;
    this.#counts = options.counts;
    this.#post = options.post;
    this.#share = options.samplePercent / 100;
    this.#turnsLeft = this.#gap();
  }

  /** By the thread's own clock. */
  get nowMs(): number {
    return this.#clock.monotonicMs;
  }

  /** A command that was read in this turn may be traced in the next one, but no other. */
  reconfigure(samplePercent: number): void {
    this.#share = samplePercent / 100;
    this.#turnsLeft = this.#gap();
  }

  /** At the end of each batch. */
  endOfTurn(): void {
    this.#turnsLeft -= 1;
    if (this.#turnsLeft === 0 || this.isOn) this.#nextTurn();
    if (this.#spans.length > 0) this.#flush();
  }

  /** Begins the trace of a client's command; undefined, and counted, where there is no room for it. */
  begin(command: string, database: number, server: string, peer: string): CommandTrace | undefined {
    if (!this.#hasRoom) {
      this.#counts.addDropped(1);
      return undefined;
    }
    const ids = randomBytes(ID_BYTES + ID_BYTES / 2).toString('hex');
    const trace = new CommandTrace(ids.slice(0, 2 * ID_BYTES), ids.slice(2 * ID_BYTES));
    trace.command = command;
    trace.database = database;
    trace.server = server;
    trace.peer = peer;
    trace.startMs = this.nowMs;
    return trace;
  }

  /** From here on it is known by these numbers. */
  opened(trace: CommandTrace, session: number, sequence: number): void {
    trace.session = session;
    trace.sequence = sequence;
    this.#opened = trace;
  }

  /** The command of another thread's client, which comes next. */
  resume(traceId: string, spanId: string, session: number, sequence: number): void {
    this.opened(new CommandTrace(traceId, spanId), session, sequence);
  }

  /** The command that has just been opened, if it is this one. */
  find(session: number, sequence: number): CommandTrace | undefined {
    const opened = this.#opened;
    return opened?.session === session && opened.sequence === sequence ? opened : undefined;
  }

  /** The client has its reply. */
  answered(trace: CommandTrace): void {
    const { command, database, server, peer, error } = trace;
    const span = {
      kind: 'command' as const,
      command,
      database,
      server,
      peer,
      error,
      verdict: '',
      reason: '',
    };
    const ids = { traceId: trace.traceId, spanId: trace.spanId, parentId: '' };
    this.#add({ ...ids, ...span, ...this.#times(trace.startMs) });
  }

  primary(trace: CommandTrace, sentMs: number, error: string): void {
    const server = this.addressOf('primary', trace.slot);
    this.#addChild(trace, { kind: 'primary', server, error, verdict: '', reason: '' }, sentMs);
  }

  mirror(trace: CommandTrace, mirroredAtMs: number, verdict: string, reason: string): void {
    const server = this.addressOf('shadow', trace.slot);
    const startMs = mirroredAtMs === 0 ? this.nowMs : mirroredAtMs;
    this.#addChild(trace, { kind: 'mirror', server, error: '', verdict, reason }, startMs);
  }

  /** The command in hand, if it is traced, goes to the shadow; `slot`: of its first key, or -1. */
  mirrored(slot: number): ItemTrace | undefined {
    const { active } = this;
    if (active === undefined) return undefined;
    active.slot = slot;
    return new ItemTrace(this, active);
  }

  /** It does not. */
  leftOut(reason: string): void {
    if (this.active !== undefined) this.mirror(this.active, 0, 'skipped', reason);
  }

  #addChild(
    trace: CommandTrace,
    span: Pick<SpanRecord, 'kind' | 'server' | 'error' | 'verdict' | 'reason'>,
    startMs: number,
  ): void {
    const { traceId, command, database } = trace;
    const spanId = randomBytes(ID_BYTES / 2).toString('hex');
    const ids = { traceId, spanId, parentId: trace.spanId };
    this.#add({ ...ids, ...span, command, database, peer: '', ...this.#times(startMs) });
  }

  #times(startMs: number): { startMs: number; endMs: number } {
    const shift = this.#shiftMs;
    return { startMs: startMs + shift, endMs: Math.max(startMs, this.nowMs) + shift };
  }

  #add(span: SpanRecord): void {
    if (this.#hasRoom) this.#spans.push(span);
    else this.#counts.addDropped(1);
  }

  get #hasRoom(): boolean {
    return this.#counts.posted + this.#spans.length < this.#counts.limit;
  }

  #flush(): void {
    const spans = this.#spans;
    this.#spans = [];
    this.#counts.addPosted(spans.length);
    this.#post(spans);
  }

  #nextTurn(): void {
    const wasOn = this.isOn;
    this.isOn = this.#turnsLeft === 0;
    if (this.isOn) this.#turnsLeft = this.#gap();
    if (this.isOn !== wasOn) this.onSwitch();
  }

  /** Turns until the next one that is traced, each with the same chance. */
  #gap(): number {
    if (this.#share <= 0) return Number.POSITIVE_INFINITY;
    if (this.#share >= 1) return 1;
    const turns = 1 + Math.floor(Math.log(1 - this.#random.next()) / Math.log(1 - this.#share));
    return Math.min(turns, LONGEST_GAP);
  }
}
