/**
 * Writes the parts that dumps and snapshot files are made of into a buffer that grows: lengths, strings, numbers. Any
 * thread. Knows no types of values.
 */
import { copyBytes, parseInteger } from '../base/bytes.ts';
import { ENCODED_INT8, ENCODED_INT16, ENCODED_INT32, ENCODED_LZF } from './format.ts';
import { packLzf } from './lzf.ts';

const FIRST_BYTES = 1024;
/** Strings up to this length are not compressed. */
const SHORT_BYTES = 20;
const MOST_INTEGER_BYTES = 11;
const TWO_32 = 2 ** 32;
/** What compressing needs to spare behind its limit. */
const LZF_SPARE = 8;
/** Room that is kept from one string to the next. */
const LARGEST_KEPT = 1024 * 1024;

export class RdbWriter {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  length = 0;
  /** `rdbcompression`. */
  compresses = true;
  #view = new DataView(this.bytes.buffer);
  #packed = new Uint8Array(FIRST_BYTES);

  /** Makes room for so many bytes more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    copyBytes(this.bytes, 0, this.length, grown, 0);
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** Begins again. What has become very large is given back. */
  reset(): void {
    this.length = 0;
    if (this.bytes.length <= LARGEST_KEPT) return;
    this.bytes = new Uint8Array(FIRST_BYTES);
    this.#view = new DataView(this.bytes.buffer);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length] = value;
    this.length += 1;
  }

  raw(bytes: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    copyBytes(bytes, start, end, this.bytes, this.length);
    this.length += end - start;
  }

  /** A whole number up to 2^53. */
  size(value: number): void {
    if (value < 0x40) this.byte(value);
    else if (value < 0x4000) {
      this.byte(0x40 | (value >> 8));
      this.byte(value & 0xff);
    } else if (value < TWO_32) {
      this.byte(0x80);
      this.#big(value);
    } else this.#wide(Math.floor(value / TWO_32), value % TWO_32);
  }

  /** An unsigned number of 64 bits, as two halves. */
  halves(high: number, low: number): void {
    if (high === 0) this.size(low >>> 0);
    else this.#wide(high, low);
  }

  /** Two halves of 32 bits, the highest byte first. */
  pair(high: number, low: number): void {
    this.#big(high);
    this.#big(low);
  }

  #wide(high: number, low: number): void {
    this.byte(0x81);
    this.pair(high, low);
  }

  #big(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.length, value);
    this.length += 4;
  }

  double(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** A time in ms, or -1. */
  time(value: number): void {
    this.reserve(8);
    this.#view.setInt32(this.length, value % TWO_32, true);
    this.#view.setInt32(this.length + 4, Math.floor(value / TWO_32), true);
    this.length += 8;
  }

  /** A string: as a number where it spells a short one, compressed where that is shorter. */
  string(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= MOST_INTEGER_BYTES && this.#integer(parseInteger(bytes, start, end))) return;
    if (this.compresses && length > SHORT_BYTES && this.#compressed(bytes, start, end)) return;
    this.size(length);
    this.raw(bytes, start, end);
  }

  /** A text as a string. Cold: for the head of a file. */
  text(text: string): void {
    const bytes = Buffer.from(text);
    this.string(bytes, 0, bytes.length);
  }

  #integer(value: number): boolean {
    if (value >= -128 && value < 128) {
      this.byte(ENCODED_INT8);
      this.byte(value & 0xff);
    } else if (value >= -32768 && value < 32768) {
      this.byte(ENCODED_INT16);
      this.byte(value & 0xff);
      this.byte((value >> 8) & 0xff);
    } else if (value >= -(2 ** 31) && value < 2 ** 31) {
      this.byte(ENCODED_INT32);
      this.reserve(4);
      this.#view.setInt32(this.length, value, true);
      this.length += 4;
    } else return false;
    return true;
  }

  #compressed(bytes: Uint8Array, start: number, end: number): boolean {
    const limit = end - start - 4;
    if (limit + LZF_SPARE > this.#packed.length) this.#packed = new Uint8Array(2 * (limit + LZF_SPARE));
    const packed = packLzf(bytes, start, end, this.#packed, limit);
    if (packed > 0) {
      this.byte(ENCODED_LZF);
      this.size(packed);
      this.size(end - start);
      this.raw(this.#packed, 0, packed);
    }
    if (this.#packed.length > LARGEST_KEPT) this.#packed = new Uint8Array(FIRST_BYTES);
    return packed > 0;
  }
}
