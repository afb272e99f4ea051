/** What happens to keys, told to those who want to know: as keyspace notifications. Worker thread. As `notify.c`. */
import type { CommandContext } from '../commands/context.ts';
import {
  EVENT_EVICTED,
  EVENT_EXPIRED,
  EVENT_GENERIC,
  EVENT_HASH,
  EVENT_NEW,
} from '../commands/key-events.ts';
import { type KeyEventPort, LISTEN_CHANNEL } from '../commands/ports.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { Key } from '../store/key.ts';
import type { StoreEvents } from '../store/store.ts';
import { touchWatched } from '../store/watch.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { NOTIFY_KEYEVENT, NOTIFY_KEYSPACE } from './event-flags.ts';
import { SETTING_NOTIFY } from './settings.ts';

const NOTIFY_ANY = NOTIFY_KEYSPACE | NOTIFY_KEYEVENT;

export class KeyEvents implements KeyEventPort, StoreEvents {
  readonly #engine: Engine;
  readonly #settings: Float64Array;
  readonly #channel = new FrameWriter(256);
  /** Names of events that have happened, as bytes. */
  readonly #words = new Map<string, Uint8Array>();

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#settings = engine.settings.numbers;
    engine.store.events = this;
  }

  get mask(): number {
    const flags = this.#settings[SETTING_NOTIFY];
    return (flags & NOTIFY_ANY) === 0 ? 0 : flags & ~NOTIFY_ANY;
  }

  notify(_eventClass: number, event: string, key: Key): void {
    const flags = this.#settings[SETTING_NOTIFY];
    const { pubsub } = this.#engine;
    if (!pubsub.hasListeners) return;
    const word = this.#word(event);
    const channel = this.#channel;
    if ((flags & NOTIFY_KEYSPACE) !== 0) {
      this.#begin('__keyspace@', key.database);
      channel.raw(key.bytes, key.start, key.end);
      pubsub.publish(LISTEN_CHANNEL, channel.bytes, 0, channel.length, word, 0, word.length);
    }
    if ((flags & NOTIFY_KEYEVENT) !== 0) {
      this.#begin('__keyevent@', key.database);
      channel.raw(word, 0, word.length);
      pubsub.publish(LISTEN_CHANNEL, channel.bytes, 0, channel.length, key.bytes, key.start, key.end);
    }
  }

  changed(key: Key, context: CommandContext): void {
    this.#engine.tracker.changed(key, context.client as EngineClient);
  }

  allChanged(): void {
    this.#engine.tracker.flushed();
  }

  /** While clients are paused nothing changes by itself. What writes must find the place free. */
  mayExpire(): boolean {
    const { held, plan, running } = this.#engine;
    return !held.isPaused || running < 0 || plan.reads[running] === 0;
  }

  expired(key: Key): void {
    touchWatched(key);
    this.#engine.blocking.changed(key);
    this.#engine.tracker.changed(key, undefined);
    if ((this.mask & EVENT_EXPIRED) !== 0) this.notify(EVENT_EXPIRED, 'expired', key);
  }

  retyped(key: Key): void {
    this.#engine.blocking.ready(key);
  }

  evicted(key: Key): void {
    this.#engine.snapshots.keep(key);
    touchWatched(key);
    this.#engine.blocking.changed(key);
    this.#engine.tracker.changed(key, undefined);
    if ((this.mask & EVENT_EVICTED) !== 0) this.notify(EVENT_EVICTED, 'evicted', key);
  }

  created(key: Key): void {
    if (key.database === this.#engine.store.stagingDatabase) return;
    this.#engine.blocking.ready(key);
    if ((this.mask & EVENT_NEW) !== 0) this.notify(EVENT_NEW, 'new', key);
  }

  #word(event: string): Uint8Array {
    let word = this.#words.get(event);
    if (word === undefined) {
      word = Buffer.from(event);
      this.#words.set(event, word);
    }
    return word;
  }

  #begin(prefix: string, database: number): void {
    const channel = this.#channel;
    channel.reset();
    const word = this.#word(`${prefix}${database}__:`);
    channel.raw(word, 0, word.length);
  }

  fieldsExpired(key: Key, isEmpty: boolean): void {
    touchWatched(key);
    this.#engine.tracker.changed(key, undefined);
    if ((this.mask & EVENT_HASH) !== 0) this.notify(EVENT_HASH, 'hexpired', key);
    if (isEmpty && (this.mask & EVENT_GENERIC) !== 0) this.notify(EVENT_GENERIC, 'del', key);
  }
}
