/**
 * Responses that server-sent events are written to: a bounded number of them, each with a bounded number of bytes
 * waiting. A reader that does not keep up is disconnected rather than buffered for. Main thread. It must not know what
 * the events say.
 */
import type { ServerResponse } from 'node:http';

export interface EventStreamLimits {
  readonly maxClients: number;
  /** Bytes waiting for one reader. */
  readonly maxBufferedBytes: number;
  readonly heartbeatMs: number;
}

const DEFAULT_LIMITS: EventStreamLimits = {
  maxClients: 32,
  maxBufferedBytes: 256 * 1024,
  heartbeatMs: 15_000,
};

export class EventConnections {
  readonly #limits: EventStreamLimits;
  readonly #open = new Set<ServerResponse>();
  readonly #onRemoved: (response: ServerResponse) => void;
  #heartbeat: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `onRemoved` is told once of every response that is no longer written to. */
  constructor(limits: Partial<EventStreamLimits>, onRemoved: (response: ServerResponse) => void) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#onRemoved = onRemoved;
  }

  /** Open streams. */
  get count(): number {
    return this.#open.size;
  }

  /** Whether `open` may be called. */
  get isAvailable(): boolean {
    return !this.#isClosed && this.#open.size < this.#limits.maxClients;
  }

  /** Takes the response over until either side closes. */
  open(response: ServerResponse): void {
    response.on('close', () => this.#remove(response));
    response.on('error', () => this.#remove(response));
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.#open.add(response);
    if (this.#heartbeat === undefined) {
      this.#heartbeat = setInterval(() => this.writeAll(': heartbeat\n\n'), this.#limits.heartbeatMs);
      this.#heartbeat.unref();
    }
    this.write(response, 'retry: 2000\n\n');
  }

  write(response: ServerResponse, frame: string): void {
    if (!this.#open.has(response)) return;
    if (response.writableLength + frame.length > this.#limits.maxBufferedBytes) {
      response.destroy();
      this.#remove(response);
      return;
    }
    response.write(frame);
  }

  writeAll(frame: string): void {
    for (const response of [...this.#open]) this.write(response, frame);
  }

  /** Ends every stream and opens no more. */
  close(): void {
    this.#isClosed = true;
    for (const response of [...this.#open]) {
      response.end();
      this.#remove(response);
    }
  }

  #remove(response: ServerResponse): void {
    if (!this.#open.delete(response)) return;
    if (this.#open.size === 0) {
      clearInterval(this.#heartbeat);
      this.#heartbeat = undefined;
    }
    this.#onRemoved(response);
  }
}
