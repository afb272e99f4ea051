/** A server that sentinels watch over, as a primary or a shadow: one server, which moves. Worker thread. */
import type { MovingEndpoint } from './moving-endpoint.ts';
import { type SentinelOptions, SentinelWatch } from './sentinel-watch.ts';
import type { WorkerServices } from './services.ts';
import { SingleServer } from './upstream.ts';

export class SentinelGroup extends SingleServer {
  readonly #watch: SentinelWatch;

  constructor(services: WorkerServices, endpoint: MovingEndpoint, options: SentinelOptions) {
    super(endpoint);
    endpoint.onMove = () => this.onMove();
    this.#watch = new SentinelWatch(services, endpoint, options);
  }

  override tick(isUp: boolean): void {
    this.#watch.tick(isUp);
  }

  override close(): void {
    this.#watch.close();
  }
}
