/** SHUTDOWN: whether it is allowed, and who is told of it. Worker thread. Cold: once. */
import type { SaveWish, ShutdownPort } from '../commands/ports.ts';
import type { Engine } from './engine.ts';

export class Shutdown implements ShutdownPort {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get isAllowed(): boolean {
    return this.#engine.identity.allowsShutdown === true;
  }

  get isBusy(): boolean {
    return this.#engine.scriptState.busyKind !== 0;
  }

  begin(wish: SaveWish): void {
    this.#engine.identity.shutDown?.(wish, this.isBusy);
  }
}
