/**
 * Which shards the command being executed has locked. Locks are taken in ascending order only, all of a command's at
 * once, so threads cannot wait for each other in a circle. One object per worker.
 */
import type { CommandContext } from '../commands/context.ts';
import type { Store } from '../store/store.ts';

export class ShardLocks {
  readonly #store: Store;
  /** 1 for each shard that is wanted or held. */
  readonly #wanted: Uint8Array;
  #count = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#wanted = new Uint8Array(store.shards.length);
  }

  want(shard: number): void {
    this.#count += 1 - this.#wanted[shard];
    this.#wanted[shard] = 1;
  }

  wantKeys(context: CommandContext): void {
    for (let at = 0; at < context.keyCount; at++) this.want(context.keys[at].shard.index);
  }

  wantAll(): void {
    this.#wanted.fill(1);
    this.#count = this.#wanted.length;
  }

  /** Whether a shard is wanted or held. */
  has(shard: number): boolean {
    return this.#wanted[shard] !== 0;
  }

  /** Locks what is wanted. */
  lock(): void {
    const { shards } = this.#store;
    let left = this.#count;
    for (let index = 0; left > 0; index++) {
      if (this.#wanted[index] === 0) continue;
      this.#store.lock(shards[index]);
      left -= 1;
    }
  }

  /** Unlocks all of them and wants them still: before more are wanted. */
  release(): void {
    const { shards } = this.#store;
    let left = this.#count;
    for (let index = 0; left > 0; index++) {
      if (this.#wanted[index] === 0) continue;
      this.#store.unlock(shards[index]);
      left -= 1;
    }
  }

  /** Unlocks all of them and wants none. */
  unlock(): void {
    const { shards } = this.#store;
    for (let index = 0; this.#count > 0; index++) {
      if (this.#wanted[index] === 0) continue;
      this.#wanted[index] = 0;
      this.#store.unlock(shards[index]);
      this.#count -= 1;
    }
  }
}
