/**
 * Writes a listpack, the servers' form of a small collection: a head of two lengths, entries that each end with their
 * own length, and an end mark. Any thread.
 */
import { copyBytes, isInteger64, parseInteger } from '../base/bytes.ts';
import type { RdbWriter } from './writer.ts';

const HEAD_BYTES = 6;
const END = 0xff;
const TWO_32 = 2 ** 32;
/** So many entries or more are not counted in the head. */
const UNCOUNTED = 0xffff;
const MOST_DIGITS = 20;
const FIRST_BYTES = 4096;
const LARGEST_KEPT = 1024 * 1024;

export class ListpackWriter {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  length = HEAD_BYTES;
  #count = 0;
  #view = new DataView(this.bytes.buffer);

  begin(): void {
    this.length = HEAD_BYTES;
    this.#count = 0;
  }

  /** An entry of bytes, which is a number if they spell one. */
  string(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > 0 && length <= MOST_DIGITS && bytes[start] <= 0x39) {
      const value = parseInteger(bytes, start, end);
      if (!Number.isNaN(value)) {
        this.integer(value);
        return;
      }
      if (isInteger64(bytes, start, end)) {
        this.#long(bytes, start, end);
        return;
      }
    }
    this.#reserve(length + 10);
    const at = this.length;
    let to = at;
    if (length < 64) this.bytes[to++] = 0x80 | length;
    else if (length < 4096) {
      this.bytes[to++] = 0xe0 | (length >> 8);
      this.bytes[to++] = length & 0xff;
    } else {
      this.bytes[to] = 0xf0;
      this.#view.setUint32(to + 1, length, true);
      to += 5;
    }
    copyBytes(bytes, start, end, this.bytes, to);
    this.#end(at, to + length);
  }

  /** An entry of an integer of up to 53 bits. */
  integer(value: number): void {
    this.#reserve(10);
    const view = this.#view;
    const at = this.length;
    let end = at + 1;
    if (value >= 0 && value < 128) view.setUint8(at, value);
    else if (value >= -4096 && value < 4096) {
      view.setUint16(at, 0xc000 | (value & 0x1fff));
      end = at + 2;
    } else if (value >= -32768 && value < 32768) {
      view.setUint8(at, 0xf1);
      view.setInt16(at + 1, value, true);
      end = at + 3;
    } else if (value >= -(2 ** 23) && value < 2 ** 23) {
      view.setUint8(at, 0xf2);
      view.setInt16(at + 1, value, true);
      view.setInt8(at + 3, value >> 16);
      end = at + 4;
    } else if (value >= -(2 ** 31) && value < 2 ** 31) {
      view.setUint8(at, 0xf3);
      view.setInt32(at + 1, value, true);
      end = at + 5;
    } else {
      view.setUint8(at, 0xf4);
      view.setInt32(at + 1, value % TWO_32, true);
      view.setInt32(at + 5, Math.floor(value / TWO_32), true);
      end = at + 9;
    }
    this.#end(at, end);
  }

  /** An integer beyond 2^53. Cold: rare. */
  #long(bytes: Uint8Array, start: number, end: number): void {
    let text = '';
    for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]);
    this.#reserve(10);
    this.#view.setUint8(this.length, 0xf4);
    this.#view.setBigInt64(this.length + 1, BigInt(text), true);
    this.#end(this.length, this.length + 9);
  }

  /** Writes it all as one string. */
  finish(out: RdbWriter): void {
    this.#reserve(1);
    this.bytes[this.length] = END;
    this.length += 1;
    this.#view.setUint32(0, this.length, true);
    this.#view.setUint16(4, Math.min(UNCOUNTED, this.#count), true);
    out.string(this.bytes, 0, this.length);
    if (this.bytes.length <= LARGEST_KEPT) return;
    this.bytes = new Uint8Array(FIRST_BYTES);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** The entry's own length behind it, in groups of seven bits. */
  #end(at: number, end: number): void {
    const size = end - at;
    let groups = 1;
    if (size > 127) groups = size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5;
    this.#reserve(end - this.length + groups);
    let rest = size;
    for (let place = groups - 1; place >= 0; place--) {
      this.bytes[end + place] = place === 0 ? rest & 0x7f : (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.length = end + groups;
    this.#count += 1;
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    copyBytes(this.bytes, 0, this.bytes.length, grown, 0);
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
