/** What happens to keys, for those who want to know. Nobody subscribes to events yet. Worker thread. */
import { EVENT_GENERIC, EVENT_HASH } from '../commands/key-events.ts';
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

  notify(_eventClass: number, _event: string, _key: Key): void {}

  changed(): void {}

  allChanged(): void {}

  expired(key: Key): void {
    touchWatched(key);
  }

  fieldsExpired(key: Key, isEmpty: boolean): void {
    touchWatched(key);
    if ((this.mask & EVENT_HASH) !== 0) this.notify(EVENT_HASH, 'hexpired', key);
    if (isEmpty && (this.mask & EVENT_GENERIC) !== 0) this.notify(EVENT_GENERIC, 'del', key);
  }
}
