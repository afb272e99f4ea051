/** Divergences as server-sent events. Who is disconnected finds what it missed in the list. Main thread. */
import type { ServerResponse } from 'node:http';
import type { DivergenceItem, DivergenceQuery, GatewayControl } from '../gateway/control-view.ts';
import { EventConnections, type EventStreamLimits } from './event-connections.ts';

export type StreamFilter = Pick<DivergenceQuery, 'command' | 'kind'>;

function fits(item: DivergenceItem, filter: StreamFilter): boolean {
  if (filter.command !== undefined && filter.command.toLowerCase() !== item.command) return false;
  return filter.kind === undefined || filter.kind === item.kind;
}

export class EventStreams {
  readonly #control: GatewayControl;
  readonly #connections: EventConnections;
  readonly #filters = new Map<ServerResponse, StreamFilter>();
  #unsubscribe: (() => void) | undefined;

  constructor(control: GatewayControl, limits: Partial<EventStreamLimits> = {}) {
    this.#control = control;
    this.#connections = new EventConnections(limits, (response) => this.#forget(response));
  }

  /** Open streams. */
  get count(): number {
    return this.#connections.count;
  }

  /** Whether `open` may be called. */
  get isAvailable(): boolean {
    return this.#connections.isAvailable;
  }

  /** Takes the response over and writes to it until either side closes. */
  open(response: ServerResponse, filter: StreamFilter): void {
    this.#filters.set(response, filter);
    this.#unsubscribe ??= this.#control.subscribe((item) => this.#publish(item));
    this.#connections.open(response);
  }

  /** Ends every stream and opens no more. */
  close(): void {
    this.#connections.close();
  }

  #forget(response: ServerResponse): void {
    this.#filters.delete(response);
    if (this.#filters.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  #publish(item: DivergenceItem): void {
    let frame: string | undefined;
    for (const [response, filter] of [...this.#filters]) {
      if (!fits(item, filter)) continue;
      frame ??= `id: ${item.id}\nevent: divergence\ndata: ${JSON.stringify(item)}\n\n`;
      this.#connections.write(response, frame);
    }
  }
}
