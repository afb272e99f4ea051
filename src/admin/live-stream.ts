/**
 * The present as server-sent events, for the page: first `history`, then a `moment` every second. While nobody watches
 * the counters are read only now and then, so that the page does not begin empty. Main thread.
 */
import type { ServerResponse } from 'node:http';
import type { GatewayControl } from '../gateway/control-view.ts';
import type { Logger } from '../telemetry/log.ts';
import { EventConnections, type EventStreamLimits } from './event-connections.ts';
import { type LiveSample, momentBetween, type Reading, sampleBetween } from './live-sample.ts';

export interface LiveLimits extends EventStreamLimits {
  /** Between readings while somebody watches. */
  readonly watchedMs: number;
  /** Between readings while nobody does. */
  readonly unwatchedMs: number;
  /** Samples kept. */
  readonly historyLength: number;
}

const DEFAULT_LIMITS: LiveLimits = {
  maxClients: 16,
  maxBufferedBytes: 512 * 1024,
  heartbeatMs: 15_000,
  watchedMs: 1000,
  unwatchedMs: 10_000,
  historyLength: 300,
};

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

export class LiveStream {
  readonly #control: GatewayControl;
  readonly #logger: Logger;
  readonly #limits: LiveLimits;
  readonly #connections: EventConnections;
  readonly #history: LiveSample[] = [];
  #last: Reading | undefined;
  /** The frame of the latest moment, while somebody watches. */
  #moment = '';
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(control: GatewayControl, logger: Logger, limits: Partial<LiveLimits> = {}) {
    this.#control = control;
    this.#logger = logger;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#connections = new EventConnections(this.#limits, () => {
      if (this.count === 0) this.#schedule(this.#limits.unwatchedMs);
    });
  }

  /** Those who watch. */
  get count(): number {
    return this.#connections.count;
  }

  /** Whether `open` may be called. */
  get isAvailable(): boolean {
    return this.#connections.isAvailable;
  }

  /** Takes the first reading and goes on by itself. */
  async start(): Promise<void> {
    this.#last = await this.#read();
    this.#schedule(this.#limits.unwatchedMs);
  }

  /** Takes the response over and writes to it until either side closes. */
  open(response: ServerResponse): void {
    this.#connections.open(response);
    this.#connections.write(response, frame('history', this.#history));
    if (this.count > 1) this.#connections.write(response, this.#moment);
    else this.#schedule(0);
  }

  /** Ends every stream and opens no more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#connections.close();
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#tick().catch((error: unknown) => this.#logger.error('live figures failed', { error }));
    }, delayMs);
    this.#timer.unref();
  }

  async #read(): Promise<Reading> {
    const status = await this.#control.status();
    return { atMs: Date.now(), counters: this.#control.counters(), status };
  }

  async #tick(): Promise<void> {
    try {
      const [before, after] = [this.#last, await this.#read()];
      this.#last = after;
      if (before !== undefined) this.#tell(before, after);
    } finally {
      this.#schedule(this.count > 0 ? this.#limits.watchedMs : this.#limits.unwatchedMs);
    }
  }

  #tell(before: Reading, after: Reading): void {
    this.#history.push(sampleBetween(before, after));
    if (this.#history.length > this.#limits.historyLength) this.#history.shift();
    this.#moment = '';
    if (this.count === 0) return;
    const divergences = this.#control.divergences({ limit: 0 }).total;
    this.#moment = frame('moment', momentBetween(before, after, divergences));
    this.#connections.writeAll(this.#moment);
  }
}
