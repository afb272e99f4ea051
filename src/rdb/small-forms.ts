/**
 * The servers' forms of small collections, read entry by entry: listpacks, and the ziplists, zipmaps and intsets of
 * older servers. Every length is checked against the blob before it is used. Throws `RdbProblem`. Any thread.
 */
import { RdbProblem } from './format.ts';
import type { RdbText } from './source.ts';

const DAMAGED = 'a small collection is damaged';
const LISTPACK_HEAD = 6;
const ZIPLIST_HEAD = 10;
const END = 0xff;
/** So many or more are not counted in the head. */
const UNCOUNTED = 0xffff;
const LONG = 254;

function check(isRight: boolean): asserts isRight {
  if (!isRight) throw new RdbProblem(DAMAGED);
}

/** Goes through one blob. Made once and used again. */
export class SmallReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #end = 0;
  #kind: 'listpack' | 'ziplist' | 'zipmap' | 'intset' = 'listpack';
  #counted = 0;
  #seen = 0;
  /** Of an intset: bytes of an element. */
  #width = 0;
  /** Of a zipmap: what comes next is a value. */
  #isValue = false;
  /** Of a ziplist: bytes of the entry before. */
  #before = 0;
  /** The last number of `wide`. */
  high = 0;
  low = 0;

  /** Entries by the blob's own count, or by its length where it does not count them. */
  get count(): number {
    return this.#counted;
  }

  #begin(kind: 'listpack' | 'ziplist' | 'zipmap' | 'intset', text: RdbText): void {
    this.#kind = kind;
    this.#bytes = text.bytes;
    this.#view = new DataView(text.bytes.buffer, text.bytes.byteOffset, text.bytes.byteLength);
    this.#at = text.start;
    this.#end = text.end;
    this.#seen = 0;
  }

  listpack(text: RdbText): void {
    this.#begin('listpack', text);
    check(text.length > LISTPACK_HEAD && this.#view.getUint32(text.start, true) === text.length);
    check(text.bytes[text.end - 1] === END);
    this.#setCount(this.#view.getUint16(text.start + 4, true));
    this.#at += LISTPACK_HEAD;
    this.#end -= 1;
  }

  ziplist(text: RdbText): void {
    this.#begin('ziplist', text);
    check(text.length > ZIPLIST_HEAD && this.#view.getUint32(text.start, true) === text.length);
    check(text.bytes[text.end - 1] === END);
    this.#setCount(this.#view.getUint16(text.start + 8, true));
    this.#before = 0;
    this.#at += ZIPLIST_HEAD;
    this.#end -= 1;
  }

  zipmap(text: RdbText): void {
    this.#begin('zipmap', text);
    check(text.length >= 2 && text.bytes[text.end - 1] === END);
    this.#counted = text.bytes[text.start] < LONG ? 2 * text.bytes[text.start] : text.length;
    this.#isValue = false;
    this.#at += 1;
    this.#end -= 1;
  }

  intset(text: RdbText): void {
    this.#begin('intset', text);
    check(text.length >= 8);
    this.#width = this.#view.getUint32(text.start, true);
    check(this.#width === 2 || this.#width === 4 || this.#width === 8);
    this.#counted = this.#view.getUint32(text.start + 4, true);
    this.#at += 8;
    check(text.length - 8 === this.#counted * this.#width);
  }

  #setCount(count: number): void {
    this.#counted = count === UNCOUNTED ? this.#end - this.#at : count;
    if (count === UNCOUNTED) this.#seen = Number.NEGATIVE_INFINITY;
  }

  /** The next entry, as bytes. False behind the last. */
  next(text: RdbText): boolean {
    if (this.#at >= this.#end) {
      const isWhole = this.#kind === 'zipmap' ? !this.#isValue : true;
      check(isWhole && (this.#seen < 0 || this.#kind === 'zipmap' || this.#seen === this.#counted));
      return false;
    }
    this.#seen += 1;
    if (this.#kind === 'listpack') this.#listpackEntry(text);
    else if (this.#kind === 'ziplist') this.#ziplistEntry(text);
    else if (this.#kind === 'zipmap') this.#zipmapEntry(text);
    else this.#intsetEntry(text);
    return true;
  }

  /** An entry that must be there. */
  must(text: RdbText): void {
    check(this.next(text));
  }

  /** An entry that must be there and a number of up to 53 bits. */
  number(text: RdbText): number {
    this.must(text);
    check(text.length <= 17 && text.length > 0);
    let value = 0;
    const isNegative = text.bytes[text.start] === 0x2d;
    for (let at = isNegative ? text.start + 1 : text.start; at < text.end; at++) {
      const digit = text.bytes[at] - 0x30;
      check(digit >= 0 && digit <= 9);
      value = value * 10 + digit;
    }
    check(Number.isSafeInteger(value));
    return isNegative ? -value : value;
  }

  /** An entry that must be there and an integer of 64 bits: `high` and `low`. */
  wide(text: RdbText): void {
    this.must(text);
    const digits = text.toText();
    check(/^-?\d{1,19}$/.test(digits));
    const value = BigInt.asIntN(64, BigInt(digits));
    this.high = Number(value >> 32n);
    this.low = Number(BigInt.asIntN(32, value));
  }

  /** All entries have been read. */
  finish(text: RdbText): void {
    check(!this.next(text));
  }

  #room(count: number): void {
    check(count <= this.#end - this.#at);
  }

  #show(text: RdbText, length: number): void {
    this.#room(length);
    text.bytes = this.#bytes;
    text.start = this.#at;
    this.#at += length;
    text.end = this.#at;
  }

  #listpackEntry(text: RdbText): void {
    const start = this.#at;
    const first = this.#bytes[start];
    if (first < 0x80) {
      this.#at += 1;
      text.showInteger(0, first);
    } else if (first < 0xc0) {
      this.#at += 1;
      this.#show(text, first & 0x3f);
    } else if (first < 0xe0) {
      this.#room(2);
      this.#at += 2;
      const value = (((first & 0x1f) << 8) | this.#bytes[start + 1]) << 19;
      text.showInteger(value >> 31, value >> 19);
    } else if (first < 0xf0) {
      this.#room(2);
      this.#at += 2;
      this.#show(text, ((first & 0xf) << 8) | this.#bytes[start + 1]);
    } else if (first === 0xf0) {
      this.#room(5);
      this.#at += 5;
      this.#show(text, this.#view.getUint32(start + 1, true));
    } else if (first <= 0xf4) {
      this.#at += 1;
      this.#integer(text, first === 0xf4 ? 8 : first - 0xef);
    } else check(false);
    this.#backward(this.#at - start);
  }

  /** The entry's own length behind it, as the servers go backwards by it. */
  #backward(size: number): void {
    let groups = 1;
    if (size > 127) groups = size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5;
    this.#room(groups);
    let value = 0;
    for (let place = 0; place < groups; place++) {
      const byte = this.#bytes[this.#at + place];
      check(place === 0 ? byte < 0x80 : byte >= 0x80);
      value = value * 128 + (byte & 0x7f);
    }
    check(value === size);
    this.#at += groups;
  }

  /** A signed integer of so many bytes, little-endian. */
  #integer(text: RdbText, width: number): void {
    this.#room(width);
    const view = this.#view;
    const at = this.#at;
    this.#at += width;
    if (width === 8) text.showInteger(view.getInt32(at + 4, true), view.getInt32(at, true));
    else {
      let value = 0;
      if (width === 1) value = view.getInt8(at);
      else if (width === 2) value = view.getInt16(at, true);
      else if (width === 3) value = view.getUint16(at, true) | (view.getInt8(at + 2) << 16);
      else value = view.getInt32(at, true);
      text.showInteger(value >> 31, value);
    }
  }

  #ziplistEntry(text: RdbText): void {
    const start = this.#at;
    let before = this.#bytes[start];
    this.#at += 1;
    if (before === LONG) {
      this.#room(4);
      before = this.#view.getUint32(this.#at, true);
      this.#at += 4;
    }
    check(before === this.#before);
    this.#room(1);
    const first = this.#bytes[this.#at];
    this.#at += 1;
    if (first < 0x40) this.#show(text, first);
    else if (first < 0x80) {
      this.#room(1);
      this.#at += 1;
      this.#show(text, ((first & 0x3f) << 8) | this.#bytes[this.#at - 1]);
    } else if (first < 0xc0) {
      this.#room(4);
      this.#at += 4;
      this.#show(text, this.#view.getUint32(this.#at - 4));
    } else if (first === 0xc0) this.#integer(text, 2);
    else if (first === 0xd0) this.#integer(text, 4);
    else if (first === 0xe0) this.#integer(text, 8);
    else if (first === 0xf0) this.#integer(text, 3);
    else if (first === 0xfe) this.#integer(text, 1);
    else {
      check(first > 0xf0 && first < 0xfe);
      text.showInteger(0, (first & 0xf) - 1);
    }
    this.#before = this.#at - start;
  }

  #zipmapEntry(text: RdbText): void {
    let length = this.#bytes[this.#at];
    this.#at += 1;
    check(length !== END);
    if (length === LONG) {
      this.#room(4);
      length = this.#view.getUint32(this.#at, true);
      this.#at += 4;
    }
    let free = 0;
    if (this.#isValue) {
      this.#room(1);
      free = this.#bytes[this.#at];
      this.#at += 1;
    }
    this.#show(text, length);
    this.#room(free);
    this.#at += free;
    this.#isValue = !this.#isValue;
  }

  #intsetEntry(text: RdbText): void {
    this.#integer(text, this.#width);
  }
}
