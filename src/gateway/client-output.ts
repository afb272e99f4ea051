/**
 * What goes to one client: how much of it may wait, and what happens when the client reads more slowly than it is
 * answered. Limits by class of client, as `client-output-buffer-limit` of the servers has them. Worker thread.
 *
 * A client with a connection of its own can be held back there: then the gateway leaves what it does not read to the
 * server, whose own limits decide. What cannot be held back waits here, up to the limits of the gateway.
 */
import type { ReplyOutput } from './reply-queue.ts';
import type { Session } from './session.ts';

export interface OutputLimits {
  /** More than this ends the connection at once; 0: no limit. */
  readonly maxOutputBytes: number;
  /** More than this for longer than `softOutputMs` ends it; 0: no limit. */
  readonly softOutputBytes: number;
  readonly softOutputMs: number;
}

const NEVER = -1;

export class ClientOutput implements ReplyOutput {
  readonly #session: Session;
  /** Monotonic milliseconds since when more than the soft limit waits, or NEVER. */
  #softSinceMs = NEVER;
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
    else this.#softSinceMs = NEVER;
  }

  /** Everything has left: what was held back may come. */
  drained(): void {
    this.#softSinceMs = NEVER;
    this.#release();
  }

  closed(): void {
    this.#release();
  }

  /** Regularly: time passes for the soft limit also where nothing is written. */
  tick(): void {
    if (this.#softSinceMs !== NEVER) this.#look();
  }

  #look(): void {
    const session = this.#session;
    const { services, settings } = session.host;
    // Of what this batch has written the kernel may take all.
    services.transport.flush();
    const waiting = services.transport.pendingBytes(session.connection);
    const pending = waiting + session.replies.parkedBytes;
    const isListening = session.own.isListening;
    const limits = isListening ? settings.pubsub : settings;
    if (limits.maxOutputBytes > 0 && pending > limits.maxOutputBytes) {
      this.#cut(isListening ? 'limits.pubsub.maxOutputBytes' : 'limits.maxOutputBytes');
      return;
    }
    if (limits.softOutputBytes === 0 || pending <= limits.softOutputBytes) this.#softSinceMs = NEVER;
    else if (this.#softSinceMs === NEVER) this.#softSinceMs = services.clock.monotonicMs;
    else if (services.clock.monotonicMs - this.#softSinceMs > limits.softOutputMs) {
      this.#cut(isListening ? 'limits.pubsub.softOutputBytes' : 'limits.softOutputBytes');
      return;
    }
    if (settings.holdBackBytes === 0 || waiting <= settings.holdBackBytes || this.#isHeldBack) return;
    this.#isHeldBack = true;
    session.host.executor.holdBack(session.id, true);
  }

  #cut(limit: string): void {
    const session = this.#session;
    session.host.services.log('warn', `a client read too slowly, passed ${limit} and was disconnected`);
    session.kill('output_buffer');
  }

  #release(): void {
    if (!this.#isHeldBack) return;
    this.#isHeldBack = false;
    this.#session.host.executor.holdBack(this.#session.id, false);
  }
}

/** Less than this waiting for a client needs no look at its limits. Cold: at start and at a reload. */
export function watchedBytes(limits: OutputLimits & { pubsub: OutputLimits; holdBackBytes: number }): number {
  const { pubsub } = limits;
  const all = [limits, pubsub].flatMap((of) => [of.maxOutputBytes, of.softOutputBytes]);
  all.push(limits.holdBackBytes);
  return Math.min(...all.filter((bytes) => bytes > 0));
}
