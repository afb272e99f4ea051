/**
 * Divergences as server-sent events. A reader that does not keep up is disconnected rather than buffered for, and
 * finds what it missed in the list. Main thread.
 */
import type { ServerResponse } from 'node:http';
import type { DivergenceItem, DivergenceQuery, GatewayControl } from '../gateway/control-view.ts';

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

export type StreamFilter = Pick<DivergenceQuery, 'command' | 'kind'>;

interface Client {
  readonly response: ServerResponse;
  readonly filter: StreamFilter;
}

function fits(item: DivergenceItem, filter: StreamFilter): boolean {
  if (filter.command !== undefined && filter.command.toLowerCase() !== item.command) return false;
  return filter.kind === undefined || filter.kind === item.kind;
}

export class EventStreams {
  readonly #control: GatewayControl;
  readonly #limits: EventStreamLimits;
  readonly #clients = new Set<Client>();
  #unsubscribe: (() => void) | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(control: GatewayControl, limits: Partial<EventStreamLimits> = {}) {
    this.#control = control;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Open streams. */
  get count(): number {
    return this.#clients.size;
  }

  /** Whether `open` may be called. */
  get isAvailable(): boolean {
    return !this.#isClosed && this.#clients.size < this.#limits.maxClients;
  }

  /** Takes the response over and writes to it until either side closes. */
  open(response: ServerResponse, filter: StreamFilter): void {
    const client: Client = { response, filter };
    response.on('close', () => this.#remove(client));
    response.on('error', () => this.#remove(client));
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.#clients.add(client);
    this.#write(client, 'retry: 2000\n\n');
    this.#start();
  }

  /** Ends every stream and opens no more. */
  close(): void {
    this.#isClosed = true;
    for (const client of [...this.#clients]) {
      client.response.end();
      this.#remove(client);
    }
  }

  #start(): void {
    if (this.#unsubscribe !== undefined) return;
    this.#unsubscribe = this.#control.subscribe((item) => this.#publish(item));
    this.#heartbeat = setInterval(() => this.#writeAll(': heartbeat\n\n'), this.#limits.heartbeatMs);
    this.#heartbeat.unref();
  }

  #remove(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearInterval(this.#heartbeat);
  }

  #publish(item: DivergenceItem): void {
    let frame: string | undefined;
    for (const client of [...this.#clients]) {
      if (!fits(item, client.filter)) continue;
      frame ??= `id: ${item.id}\nevent: divergence\ndata: ${JSON.stringify(item)}\n\n`;
      this.#write(client, frame);
    }
  }

  #writeAll(frame: string): void {
    for (const client of [...this.#clients]) this.#write(client, frame);
  }

  #write(client: Client, frame: string): void {
    if (client.response.writableLength + frame.length > this.#limits.maxBufferedBytes) {
      client.response.destroy();
      this.#remove(client);
      return;
    }
    client.response.write(frame);
  }
}
