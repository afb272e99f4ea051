/** What happens to keys, for those who want to know. Nobody subscribes to events yet. Worker thread. */
import type { KeyEventPort } from '../commands/ports.ts';
import type { Key } from '../store/key.ts';
import type { StoreEvents } from '../store/store.ts';
import { touchWatched } from '../store/watch.ts';
import type { Engine } from './engine.ts';

export class KeyEvents implements KeyEventPort, StoreEvents {
  mask = 0;

  constructor(engine: Engine) {
    engine.store.events = this;
  }

  notify(): void {}

  changed(): void {}

  allChanged(): void {}

  expired(key: Key): void {
    touchWatched(key);
  }
}
