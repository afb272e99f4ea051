/**
 * The bytes a connection could not use yet: a queue in one growable buffer. Written at the end, consumed at the start,
 * reclaimed without copying the rest each time. One per connection; buffers of the usual size come from a pool of the
 * thread and go back when the queue is empty, so idle connections hold nothing.
 */
import { copyBytes } from '../base/bytes.ts';

const POOLED_BYTES = 16 * 1024;
const POOL_LIMIT = 64;
const NOTHING = new Uint8Array(0);

const pool: Uint8Array[] = [];

export class KeptBytes {
  /** The queue is `bytes[start, end)`. Replaced and moved by `append`, `recycle` and `shrink` only. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;

  /**
   * Adds `source[start, end)`. `expected` says how many more bytes will surely follow: a new buffer has room for them.
   * Throws a RangeError when the machine has no memory for the buffer.
   */
  append(source: Uint8Array, start: number, end: number, expected: number): void {
    const length = end - start;
    if (this.end + length + expected > this.bytes.length) this.#makeRoom(length, expected);
    copyBytes(source, start, end, this.bytes, this.end);
    this.end += length;
  }

  #makeRoom(length: number, expected: number): void {
    const size = this.end - this.start;
    const wanted = size + length + expected;
    // Moving is worth it only after at least as much has been consumed: then each byte moves once on average.
    if (wanted <= this.bytes.length && this.start >= size) {
      this.bytes.copyWithin(0, this.start, this.end);
    } else {
      // The first large buffer is exact, so one big argument is reserved once; from then on it doubles.
      const capacity = this.bytes.length > POOLED_BYTES ? Math.max(wanted, this.bytes.length * 2) : wanted;
      this.#replace(
        capacity <= POOLED_BYTES ? (pool.pop() ?? new Uint8Array(POOLED_BYTES)) : new Uint8Array(capacity),
      );
    }
    this.end = size;
    this.start = 0;
  }

  #replace(bytes: Uint8Array): void {
    const old = this.bytes;
    copyBytes(old, this.start, this.end, bytes, 0);
    this.bytes = bytes;
    if (old.length === POOLED_BYTES && pool.length < POOL_LIMIT) pool.push(old);
  }

  /** Gives the buffer back once everything is consumed. Nobody may still refer to it. */
  recycle(): void {
    if (this.start !== this.end || this.bytes === NOTHING) return;
    if (this.bytes.length === POOLED_BYTES && pool.length < POOL_LIMIT) pool.push(this.bytes);
    this.bytes = NOTHING;
    this.start = 0;
    this.end = 0;
  }

  /** Moves to a smaller buffer where most of a large one is unused. Call when no more bytes are expected soon. */
  shrink(): void {
    const size = this.end - this.start;
    if (this.bytes.length <= 4 * POOLED_BYTES || size * 4 > this.bytes.length) return;
    this.#replace(new Uint8Array(Math.max(size, POOLED_BYTES)));
    this.start = 0;
    this.end = size;
  }

  /** Forgets everything. */
  clear(): void {
    this.start = this.end;
    this.recycle();
  }
}
