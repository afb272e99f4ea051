/**
 * What goes to one client: how much of it may wait, and what happens when the client reads more slowly than it is
 * answered. Limits by class of client, as `client-output-buffer-limit` of the servers has them. Worker thread.
 *
 * A client with a connection of its own can be held back there: then the gateway leaves what it does not read to the
 * server, whose own limits decide. What cannot be held back waits here, up to the limits of the gateway.
 */
import { BIT_BLOCKING } from '../commands/table.ts';
import type { AnsweredRequest, ReplyOutput } from './reply-queue.ts';
import type { Session } from './session.ts';

export interface OutputLimits {
  /** More than this ends the connection at once; 0: no limit. */
  readonly maxOutputBytes: number;
  /** More than this for longer than `softOutputMs` ends it; 0: no limit. */
  readonly softOutputBytes: number;
  readonly softOutputMs: number;
}

/** The limits of all classes of clients. */
export interface ClassLimits extends OutputLimits {
  /** For clients that subscribe or monitor; the others' are those of the settings themselves. */
  readonly pubsub: OutputLimits;
  /** Where so much waits for a client, its own connection to the primary is read no further; 0: never. */
  readonly holdBackBytes: number;
}

const NEVER = -1;

/** What of the limits one client is near to. */
export class OutputWatch {
  /** Monotonic milliseconds since when more than the soft limit waits, or NEVER. */
  #softSinceMs = NEVER;

  /** More than the soft limit waits. */
  get isOn(): boolean {
    return this.#softSinceMs !== NEVER;
  }

  /** Less than any limit waits. */
  end(): void {
    this.#softSinceMs = NEVER;
  }

  /** The limit that so many waiting bytes pass; '' while they pass none. */
  passed(bytes: number, isListening: boolean, settings: ClassLimits, nowMs: number): string {
    const limits = isListening ? settings.pubsub : settings;
    if (limits.maxOutputBytes > 0 && bytes > limits.maxOutputBytes)
      return isListening ? 'limits.pubsub.maxOutputBytes' : 'limits.maxOutputBytes';
    if (limits.softOutputBytes === 0 || bytes <= limits.softOutputBytes) this.#softSinceMs = NEVER;
    else if (this.#softSinceMs === NEVER) this.#softSinceMs = nowMs;
    else if (nowMs - this.#softSinceMs > limits.softOutputMs)
      return isListening ? 'limits.pubsub.softOutputBytes' : 'limits.softOutputBytes';
    return '';
  }
}

export function slowReaderText(limit: string): string {
  return `a client read too slowly, passed ${limit} and was disconnected`;
}

export class ClientOutput implements ReplyOutput {
  readonly #session: Session;
  readonly #watch = new OutputWatch();
  #isHeldBack = false;

  constructor(session: Session) {
    this.#session = session;
  }

  emit(bytes: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    if (session.isClosed || start === end) return;
    const { services, outputWatchBytes } = session.host;
    const { transport } = services;
    transport.write(session.connection, bytes, start, end);
    session.client.lastActiveMs = services.clock.nowMs;
    session.client.bytesOut += end - start;
    services.metrics.addClientBytes(1, end - start);
    const pending = transport.pendingBytes(session.connection) + session.replies.parkedBytes;
    if (pending > outputWatchBytes) this.#look();
    else this.#watch.end();
  }

  /** Of latencies, commands that may block are left out: how long they wait is their clients' affair. */
  answered({ command, startedUs, bytes, note }: AnsweredRequest): void {
    const session = this.#session;
    const { services, latency, slow } = session.host;
    if (note !== undefined) session.host.requestNotes.answered(note);
    if (command >= 0 && (services.table.bits[command] & BIT_BLOCKING) !== 0) return;
    const us = (services.clock.monotonicMs * 1000 - startedUs) >>> 0;
    latency.record(command, us);
    if (us >= slow.thresholdUs) slow.note(session, command, us, bytes, note?.words ?? '');
  }

  /** Everything has left: what was held back may come. */
  drained(): void {
    this.#watch.end();
    this.#release();
  }

  closed(): void {
    this.#release();
  }

  /** Regularly: time passes for the soft limit also where nothing is written. */
  tick(): void {
    if (this.#watch.isOn) this.#look();
  }

  #look(): void {
    const session = this.#session;
    const { services, settings } = session.host;
    // Of what this batch has written the kernel may take all.
    services.transport.flush();
    const waiting = services.transport.pendingBytes(session.connection);
    const pending = waiting + session.replies.parkedBytes;
    const isListening = session.own.isListening;
    const passed = this.#watch.passed(pending, isListening, settings, services.clock.monotonicMs);
    if (passed !== '') {
      services.log('warn', slowReaderText(passed));
      session.kill('output_buffer');
      return;
    }
    if (settings.holdBackBytes === 0 || waiting <= settings.holdBackBytes || this.#isHeldBack) return;
    this.#isHeldBack = true;
    session.host.executor.holdBack(session.id, true);
  }

  #release(): void {
    if (!this.#isHeldBack) return;
    this.#isHeldBack = false;
    this.#session.host.executor.holdBack(this.#session.id, false);
  }
}

/** Less than this waiting for a client needs no look at its limits. Cold: at start and at a reload. */
export function watchedBytes(limits: ClassLimits): number {
  const { pubsub } = limits;
  const all = [limits, pubsub].flatMap((of) => [of.maxOutputBytes, of.softOutputBytes]);
  all.push(limits.holdBackBytes);
  return Math.min(...all.filter((bytes) => bytes > 0));
}
