/**
 * Hashes of whole replies that are equal for the RESP2 and RESP3 forms of one value, so that collections can be
 * compared as multisets in linear time. Any thread. It must not know commands.
 *
 * 53 bits from two independent lanes with a seed drawn at start: two different elements are taken for equal once in
 * 10^16, and nobody outside can construct such a pair.
 */
import {
  TYPE_ARRAY,
  TYPE_BIG_NUMBER,
  TYPE_BOOLEAN,
  TYPE_BULK,
  TYPE_DOUBLE,
  TYPE_ERROR,
  TYPE_INTEGER,
  TYPE_NULL,
  TYPE_VERBATIM,
} from '../resp/constants.ts';
import { isError, type Reply } from '../resp/reply.ts';
import { normaliseErrorText } from './error-texts.ts';
import { isAggregate, isNullReply, scalarText } from './leaves.ts';

const WORD = 2 ** 32;
const SEED_LOW = Math.floor(Math.random() * WORD);
const SEED_HIGH = Math.floor(Math.random() * WORD);

/** `free`: the order of elements makes no difference at any depth. Hashes are kept for one comparison. */
export class Fingerprints {
  readonly #free: boolean;
  readonly #known = new Map<Reply, number>();
  #low = 0;
  #high = 0;

  constructor(free: boolean) {
    this.#free = free;
  }

  /** An integer in [0, 2^53). */
  of(reply: Reply): number {
    if (!isAggregate(reply)) return this.#flat(reply);
    const known = this.#known.get(reply);
    if (known !== undefined) return known;
    const fingerprint = this.#free ? this.#sum(reply) : this.#sequence(reply);
    this.#known.set(reply, fingerprint);
    return fingerprint;
  }

  /** Whether both have the same elements, as often, in whatever order. */
  samePieces(left: readonly Reply[], right: readonly Reply[]): boolean {
    return left.length === right.length && this.firstUnmatched(left, right) === -1;
  }

  /** Index of the first element of `left` that `right` has not, or not as often; -1 if there is none. */
  firstUnmatched(left: readonly Reply[], right: readonly Reply[]): number {
    const counts = new Map<number, number>();
    for (const item of right) {
      const fingerprint = this.of(item);
      counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1);
    }
    for (let index = 0; index < left.length; index += 1) {
      const fingerprint = this.of(left[index]);
      const count = counts.get(fingerprint) ?? 0;
      if (count === 0) return index;
      counts.set(fingerprint, count - 1);
    }
    return -1;
  }

  #flat(reply: Reply): number {
    if (isNullReply(reply)) {
      this.#begin(TYPE_NULL, 0);
    } else if (isError(reply)) {
      this.#begin(TYPE_ERROR, 0);
      this.#text(normaliseErrorText(scalarText(reply)));
    } else {
      this.#scalar(reply);
    }
    return this.#finish();
  }

  #scalar(reply: Reply): void {
    switch (reply.type) {
      case TYPE_BOOLEAN:
        this.#begin(TYPE_INTEGER, 0);
        this.#text(scalarText(reply));
        return;
      case TYPE_VERBATIM:
      case TYPE_DOUBLE:
      case TYPE_BIG_NUMBER:
        this.#begin(TYPE_BULK, 0);
        break;
      default:
        this.#begin(reply.type, 0);
    }
    this.#range(reply.bytes, reply.valueStart, reply.valueEnd);
  }

  #sequence(reply: Reply): number {
    let low = SEED_LOW;
    let high = SEED_HIGH;
    for (const item of reply.items) {
      const piece = this.of(item);
      low = Math.imul(low ^ (piece | 0), 0x9e3779b1);
      low ^= low >>> 15;
      high = Math.imul(high ^ Math.floor(piece / WORD) ^ (piece >>> 7), 0x5f356495);
      high ^= high >>> 13;
    }
    return this.#aggregate(reply.items.length, low, high);
  }

  #sum(reply: Reply): number {
    let low = 0;
    let high = 0;
    for (const item of reply.items) {
      const piece = this.of(item);
      low = (low + (piece | 0)) | 0;
      high = (high + Math.floor(piece / WORD)) | 0;
    }
    return this.#aggregate(reply.items.length, low, high);
  }

  #aggregate(count: number, low: number, high: number): number {
    this.#begin(TYPE_ARRAY, count);
    this.#word(low);
    this.#word(high);
    return this.#finish();
  }

  #begin(tag: number, count: number): void {
    this.#low = SEED_LOW;
    this.#high = SEED_HIGH;
    this.#word(tag);
    this.#word(count);
  }

  #word(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x9e3779b1);
    this.#low ^= this.#low >>> 15;
    this.#high = Math.imul(this.#high ^ word, 0x5f356495);
    this.#high ^= this.#high >>> 13;
  }

  #range(bytes: Uint8Array, start: number, end: number): void {
    let low = this.#low;
    let high = this.#high;
    for (let at = start; at < end; at += 1) {
      low = Math.imul(low ^ bytes[at], 0x9e3779b1);
      high = Math.imul(high ^ bytes[at], 0x5f356495);
      low ^= low >>> 15;
      high ^= high >>> 13;
    }
    this.#low = low;
    this.#high = high;
  }

  #text(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.#word(text.charCodeAt(at));
  }

  #finish(): number {
    let low = this.#low;
    let high = this.#high;
    low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
    high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
    return (high & 0x1fffff) * WORD + (low >>> 0);
  }
}
