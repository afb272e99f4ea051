/** Keys whose waiters are to be served, in the order in which they became ready. Worker thread. */
import { isSameKey, Key, prepareKey } from '../store/key.ts';
import type { Shard, Store } from '../store/store.ts';

interface ReadyKey {
  readonly key: Key;
  /** False: it has gone. */
  readonly isThere: boolean;
}

export class ReadyKeys {
  readonly #store: Store;
  #keys: ReadyKey[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** A key stands where it first became ready. One that had only gone becomes ready when it is back. */
  add(key: Key, isThere: boolean): void {
    const known = this.#keys.findIndex((ready) => isSameKey(ready.key, key));
    if (known >= 0) {
      if (!isThere || this.#keys[known].isThere) return;
      this.#keys.splice(known, 1);
    }
    this.addNew(key.shard, key.database, key.bytes.slice(key.start, key.end), isThere);
  }

  /** The same for a key that is not among them. Keeps `bytes`. */
  addNew(shard: Shard, database: number, bytes: Uint8Array, isThere = true): void {
    const key = new Key(shard, bytes);
    prepareKey(this.#store, key, database, bytes, 0, bytes.length);
    this.#keys.push({ key, isThere });
  }

  /** Shards of the keys, each as often as it has some. */
  shards(): number[] {
    return this.#keys.map(({ key }) => key.shard.index);
  }

  /** All keys, which are no longer here then. */
  take(): Key[] {
    const keys = this.#keys.map(({ key }) => key);
    this.#keys = [];
    return keys;
  }
}
