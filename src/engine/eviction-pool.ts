/**
 * Keys that are good to evict, the best last: those that the samples so far have shown, as valkey 8.0 `evict.c` keeps
 * them. They may be gone by the time they are taken. Worker thread, one object each; keys are copied.
 */
import { copyBytes } from '../base/bytes.ts';

const MOST = 16;
const KEY_BYTES = 256;

export interface Candidate {
  /** The higher, the better to evict. */
  score: number;
  shard: number;
  database: number;
  bytes: Uint8Array;
  length: number;
}

export class EvictionPool {
  /** The first `count` are candidates, by score; the others are used again. */
  readonly #candidates: Candidate[] = Array.from({ length: MOST }, () => ({
    score: 0,
    shard: 0,
    database: 0,
    bytes: new Uint8Array(KEY_BYTES),
    length: 0,
  }));
  #count = 0;

  /** The key is `bytes[start, start + length)`. */
  offer(
    score: number,
    shard: number,
    database: number,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): void {
    const candidates = this.#candidates;
    const isFull = this.#count === MOST;
    if (isFull && score <= candidates[0].score) return;
    // The worst gives way, or the first that is not used.
    const spare = isFull ? candidates[0] : candidates[this.#count];
    let at = isFull ? 0 : this.#count;
    if (isFull) {
      for (; at + 1 < MOST && candidates[at + 1].score < score; at++) candidates[at] = candidates[at + 1];
    } else {
      for (; at > 0 && candidates[at - 1].score >= score; at--) candidates[at] = candidates[at - 1];
      this.#count += 1;
    }
    candidates[at] = spare;
    if (spare.bytes.length < length) spare.bytes = new Uint8Array(length);
    copyBytes(bytes, start, start + length, spare.bytes, 0);
    spare.score = score;
    spare.shard = shard;
    spare.database = database;
    spare.length = length;
  }

  /** The best one, which is no candidate any more and stays as it is until the next offer. */
  take(): Candidate | undefined {
    if (this.#count === 0) return undefined;
    this.#count -= 1;
    return this.#candidates[this.#count];
  }

  clear(): void {
    this.#count = 0;
  }
}
