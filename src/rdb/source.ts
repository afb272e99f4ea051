/**
 * Where dumps and snapshot files are read from: a window over bytes that may be larger than memory. Nothing is believed
 * that the bytes still to come cannot hold, so damaged lengths cost nothing. Throws `RdbProblem`. Any thread.
 */
import { copyBytes } from '../base/bytes.ts';
import { Crc64 } from '../base/crc64.ts';
import { ENCODED_INT8, ENCODED_INT16, ENCODED_INT32, ENCODED_LZF, RdbProblem } from './format.ts';
import { LZF_MOST_EXPANSION, unpackLzf } from './lzf.ts';

const TWO_32 = 2 ** 32;
const TRUNCATED = 'it ends too early';
const LARGEST_KEPT = 1024 * 1024;

/** One string that has been read: `bytes[start, end)`, until the next one is read unless it was kept. */
export class RdbText {
  bytes: Uint8Array = new Uint8Array(64);
  start = 0;
  end = 0;
  #own = this.bytes;

  get length(): number {
    return this.end - this.start;
  }

  /** Room of its own for so many bytes, which it then shows. */
  room(count: number): Uint8Array {
    if (count > this.#own.length || this.#own.length > LARGEST_KEPT) {
      this.#own = new Uint8Array(Math.max(64, count));
    }
    this.bytes = this.#own;
    this.start = 0;
    this.end = count;
    return this.#own;
  }

  /** The string stays when others are read. */
  keep(): void {
    if (this.bytes === this.#own) return;
    const { bytes, start, end } = this;
    copyBytes(bytes, start, end, this.room(end - start), 0);
  }

  /** The digits of an integer of 64 bits. */
  showInteger(high: number, low: number): void {
    const value = high * TWO_32 + (low >>> 0);
    const text = Number.isSafeInteger(value)
      ? String(value)
      : String((BigInt(high) << 32n) | BigInt(low >>> 0));
    const own = this.room(text.length);
    for (let at = 0; at < text.length; at++) own[at] = text.charCodeAt(at);
  }

  /** One character per byte. Allocates. */
  toText(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start, this.length).toString('latin1');
  }
}

/** Reads up to `end - start` bytes into the buffer; returns how many, 0 at the end. */
export type Refill = (buffer: Uint8Array, start: number, end: number) => number;

export class RdbSource {
  bytes: Uint8Array;
  /** What has not been read yet is `bytes[at, end)`, and what `refill` brings. */
  at: number;
  end: number;
  /** Bytes that have not been read yet. */
  left: number;
  /** The last number of `wide`. */
  high = 0;
  low = 0;
  readonly #refill: Refill | undefined;
  readonly #sum = new Crc64();
  /** Up to here bytes are in the sum. */
  #summed: number;
  #view: DataView;

  /** All bytes are there, or `bytes` is a buffer to be filled and `size` is how many will come. */
  constructor(bytes: Uint8Array, start: number, end: number, size = end - start, refill?: Refill) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.left = size;
    this.#summed = start;
    this.#refill = refill;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The sum of all that has been read. */
  get sum(): bigint {
    this.#addToSum();
    return this.#sum.value;
  }

  byte(): number {
    if (this.at === this.end) this.#need(1);
    this.left -= 1;
    return this.bytes[this.at++];
  }

  /** Eight bytes of little-endian. */
  long(): bigint {
    this.#take(8);
    return this.#view.getBigUint64(this.at - 8, true);
  }

  double(): number {
    this.#take(8);
    return this.#view.getFloat64(this.at - 8, true);
  }

  /** A time in ms of eight bytes. */
  time(): number {
    this.#take(8);
    const low = this.#view.getUint32(this.at - 8, true);
    return this.#view.getInt32(this.at - 4, true) * TWO_32 + low;
  }

  /** A time in seconds of four bytes. */
  seconds(): number {
    this.#take(4);
    return this.#view.getInt32(this.at - 4, true);
  }

  skip(count: number): void {
    let rest = count;
    if (rest > this.left) throw new RdbProblem(TRUNCATED);
    while (rest > 0) {
      if (this.at === this.end) this.#need(1);
      const step = Math.min(rest, this.end - this.at);
      this.at += step;
      this.left -= step;
      rest -= step;
    }
  }

  /** A whole number, which stands for a count of things that each take a byte at least. */
  count(): number {
    const value = this.size();
    if (value > this.left) throw new RdbProblem(TRUNCATED);
    return value;
  }

  /** A whole number up to 2^53. */
  size(): number {
    this.wide();
    const value = (this.high >>> 0) * TWO_32 + (this.low >>> 0);
    if (value > Number.MAX_SAFE_INTEGER) throw new RdbProblem('a number is too large');
    return value;
  }

  /** An unsigned number of 64 bits: `high` and `low`. */
  wide(): void {
    if (!this.#number(this.byte())) throw new RdbProblem('an encoded string stands where a number belongs');
  }

  /** False: `first` begins a string with an encoding of its own. */
  #number(first: number): boolean {
    this.high = 0;
    if (first < 0x40) this.low = first;
    else if (first < 0x80) this.low = ((first & 0x3f) << 8) | this.byte();
    else if (first === 0x80) this.low = this.#big();
    else if (first === 0x81) {
      this.high = this.#big();
      this.low = this.#big();
    } else if (first < ENCODED_INT8) throw new RdbProblem(`a length begins with ${first}`);
    else return false;
    return true;
  }

  /** 32 bits, the highest byte first. */
  #big(): number {
    this.#take(4);
    return this.#view.getInt32(this.at - 4);
  }

  /** Two halves of 32 bits, the highest byte first: `high` and `low`. */
  pair(): void {
    this.high = this.#big();
    this.low = this.#big();
  }

  string(text: RdbText): void {
    const first = this.byte();
    if (this.#number(first)) this.#raw(text, (this.high >>> 0) * TWO_32 + (this.low >>> 0));
    else if (first === ENCODED_LZF) this.#packed(text);
    else this.#integer(text, first);
  }

  #raw(text: RdbText, length: number): void {
    this.#take(length);
    text.bytes = this.bytes;
    text.end = this.at;
    text.start = this.at - length;
  }

  /** So many bytes as they are. */
  plain(text: RdbText, length: number): void {
    this.#raw(text, length);
  }

  #integer(text: RdbText, first: number): void {
    let value: number;
    if (first === ENCODED_INT8) {
      this.#take(1);
      value = this.#view.getInt8(this.at - 1);
    } else if (first === ENCODED_INT16) {
      this.#take(2);
      value = this.#view.getInt16(this.at - 2, true);
    } else if (first === ENCODED_INT32) {
      this.#take(4);
      value = this.#view.getInt32(this.at - 4, true);
    } else throw new RdbProblem(`a string has the unknown encoding ${first & 0x3f}`);
    text.showInteger(value >> 31, value);
  }

  #packed(text: RdbText): void {
    const packed = this.size();
    const length = this.size();
    if (length > LZF_MOST_EXPANSION * packed) throw new RdbProblem('a compressed string is too short');
    this.#take(packed);
    if (!unpackLzf(this.bytes, this.at - packed, this.at, text.room(length), length)) {
      throw new RdbProblem('a compressed string is damaged');
    }
  }

  /** Makes the next bytes available in one piece and goes behind them. */
  #take(count: number): void {
    if (this.end - this.at < count) this.#need(count);
    this.at += count;
    this.left -= count;
  }

  #need(count: number): void {
    if (count > this.left || this.#refill === undefined) throw new RdbProblem(TRUNCATED);
    this.#addToSum();
    const kept = this.end - this.at;
    if (count > this.bytes.length) {
      const larger = new Uint8Array(count);
      copyBytes(this.bytes, this.at, this.end, larger, 0);
      this.bytes = larger;
      this.#view = new DataView(larger.buffer);
    } else this.bytes.copyWithin(0, this.at, this.end);
    this.at = 0;
    this.#summed = 0;
    this.end = kept;
    while (this.end < count) {
      const read = this.#refill(this.bytes, this.end, this.bytes.length);
      if (read === 0) throw new RdbProblem(TRUNCATED);
      this.end += read;
    }
  }

  #addToSum(): void {
    this.#sum.add(this.bytes, this.#summed, this.at);
    this.#summed = this.at;
  }
}
