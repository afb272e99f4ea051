/**
 * Commands that go through a long value, in slices. Worker thread.
 *
 * Between slices other clients may change the value, and the reply must still be that of one moment. So the key is
 * watched, as WATCH does: when it has changed, the work begins again, and after a few times it is done in one piece.
 * Nothing of the value has been changed, and nothing has been sent, before the last slice.
 */
import { copyOf } from '../base/bytes.ts';
import { FrameWriter } from '../resp/encode.ts';
import { Key, prepareKey } from '../store/key.ts';
import { findKey } from '../store/keyspace.ts';
import type { Store } from '../store/store.ts';
import { unwatchKey, watchedChanges, watchKey } from '../store/watch.ts';
import type { CommandContext } from './context.ts';
import { checkType } from './lookup.ts';
import type { Continuation } from './ports.ts';

/** Values with more elements than this are gone through in slices of so many. */
export const SLICE_ELEMENTS = 10_000;
/** Bytes of elements that end a slice as well. */
export const SLICE_BYTES = 1024 * 1024;
/** So often the work begins again. */
const MOST_RESTARTS = 3;

export abstract class LongWork implements Continuation {
  readonly #store: Store;
  readonly key: Key;
  /** Of the whole reply: it leaves at once. */
  protected readonly reply = new FrameWriter();
  readonly #type: number;
  #changes: number;
  #restarts = 0;

  /** The key's shard is locked; it holds a value of the type. */
  constructor(context: CommandContext, given: Key, type: number) {
    this.#store = context.store;
    this.#type = type;
    const bytes = copyOf(given.bytes, given.start, given.end);
    this.key = new Key(given.shard, bytes);
    prepareKey(context.store, this.key, given.database, bytes, 0, bytes.length);
    this.#changes = watchKey(this.key);
  }

  /**
   * Does the first slice, and leaves the others for later. False without memory to watch the key: then nothing has been
   * done. The key's shard is locked.
   */
  start(context: CommandContext): boolean {
    if (this.#changes < 0) return false;
    findKey(this.#store, this.key, context.nowMs);
    this.begin(context);
    if (this.#work(context)) unwatchKey(this.key);
    else context.later(this);
    return true;
  }

  step(context: CommandContext): boolean {
    const { key } = this;
    const entered = this.#store.enter(key.shard);
    findKey(this.#store, key, context.nowMs);
    const isDone = this.#advance(context);
    if (isDone) unwatchKey(key);
    this.#store.leave(key.shard, entered);
    return isDone;
  }

  #advance(context: CommandContext): boolean {
    const changes = watchedChanges(this.key);
    if (changes !== this.#changes) {
      this.#changes = changes;
      this.#restarts += 1;
      this.reply.reset();
      this.forget();
      if (checkType(context, this.key, this.#type) === undefined) return true;
      this.begin(context);
    }
    return this.#work(context);
  }

  #work(context: CommandContext): boolean {
    let isDone = this.slice(context);
    while (!isDone && this.#restarts > MOST_RESTARTS) isDone = this.slice(context);
    if (!isDone) return false;
    const { bytes, length } = this.reply;
    context.writer.raw(bytes, 0, length);
    return true;
  }

  abandon(): void {
    const entered = this.#store.enter(this.key.shard);
    this.forget();
    unwatchKey(this.key);
    this.#store.leave(this.key.shard, entered);
  }

  /** At the beginning, and again when the value has changed; the key may be gone by then. */
  abstract begin(context: CommandContext): void;
  /** One slice of the work. True when the reply is complete; only then may the value be changed. */
  abstract slice(context: CommandContext): boolean;
  /** Gives back what the work so far has made. */
  abstract forget(): void;
}
