/**
 * Writes commands and replies as RESP into one growable buffer. Runs on the thread that owns the writer.
 * Must not know commands or sockets.
 */
import { copyBytes, copyView, SET_COPY_BYTES, viewOver } from '../base/bytes.ts';
import { shortestText } from '../base/double-text.ts';
import {
  CR,
  LF,
  NIL_ARRAY2,
  NIL2,
  NIL3,
  TYPE_ARRAY,
  TYPE_BULK,
  TYPE_DOUBLE,
  TYPE_ERROR,
  TYPE_INTEGER,
  TYPE_MAP,
  TYPE_PUSH,
  TYPE_SET,
  TYPE_SIMPLE,
} from './constants.ts';

/** Version of the protocol that a client speaks; HELLO changes it. */
export type RespVersion = 2 | 3;

/** A buffer above this size is given back by `reset`. */
const KEEP_CAPACITY = 1024 * 1024;

/** Whole doubles up to here are printed as 64-bit integers. */
const MOST_INTEGER = 2 ** 62;

/** A double as the servers print it in replies since Redis 7.2 and Valkey 8: `inf`, `-inf`, `nan`, `-0`, `1e+20`. */
export function formatDouble(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) <= MOST_INTEGER && !Object.is(value, -0)) {
    return Number.isSafeInteger(value) ? String(value) : String(BigInt(value));
  }
  return shortestText(value);
}

export class FrameWriter {
  /** `bytes[0, length)` has been written. Replaced when it grows: read it again after every write. */
  bytes: Uint8Array;
  length = 0;
  readonly #initialCapacity: number;
  /** The same memory as `bytes`, made when a text needs it. */
  #buffer: Buffer | undefined;
  #view: DataView | undefined;
  /** See `lend`. */
  #lent: Uint8Array | undefined;
  #lentView: DataView | undefined;

  constructor(initialCapacity = 1024) {
    this.#initialCapacity = initialCapacity;
    this.bytes = new Uint8Array(initialCapacity);
  }

  #use(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.#buffer = undefined;
    this.#view = undefined;
  }

  /** Much of what follows will come from `bytes`, and `view` is the same memory: `bulk` is quicker with it. */
  lend(bytes: Uint8Array, view: DataView): void {
    this.#lent = bytes;
    this.#lentView = view;
  }

  /** Forgets what was written. The memory stays, unless it had grown beyond 1 MiB. */
  reset(): void {
    this.length = 0;
    if (this.bytes.length > KEEP_CAPACITY && this.bytes.length > this.#initialCapacity) {
      this.#use(new Uint8Array(this.#initialCapacity));
    }
  }

  /** Makes room for `extra` more bytes. */
  reserve(extra: number): void {
    const wanted = this.length + extra;
    if (wanted <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.bytes.length * 2));
    grown.set(this.bytes);
    this.#use(grown);
  }

  /** Bytes that are already RESP. */
  raw(bytes: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    copyBytes(bytes, start, end, this.bytes, this.length);
    this.length += end - start;
  }

  /** A ready-made reply, see `constants.ts`. */
  constant(bytes: Uint8Array): void {
    this.raw(bytes, 0, bytes.length);
  }

  /** `type`, then `value` in decimal, then CRLF. The other methods are made of this one. */
  header(type: number, value: number): void {
    this.reserve(24);
    this.bytes[this.length++] = type;
    this.#decimal(value, decimalLength(value));
    this.newline();
  }

  /** CRLF. */
  newline(): void {
    this.reserve(2);
    this.bytes[this.length++] = CR;
    this.bytes[this.length++] = LF;
  }

  /** Begins an array of `count` elements, or a command of `count` arguments. */
  array(count: number): void {
    this.header(TYPE_ARRAY, count);
  }

  bulk(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length + 24);
    this.header(TYPE_BULK, length);
    if (bytes === this.#lent && length < SET_COPY_BYTES) {
      this.#view ??= viewOver(this.bytes);
      copyView(this.#lentView as DataView, start, end, this.#view, this.length);
    } else copyBytes(bytes, start, end, this.bytes, this.length);
    this.length += length;
    this.newline();
  }

  /** Bulk string of a text in UTF-8. */
  text(text: string): void {
    this.#bulkText(text, '');
  }

  /** Bulk string with the decimal digits of a whole number within ±2^53. */
  number(value: number): void {
    this.reserve(48);
    const digits = decimalLength(value);
    this.header(TYPE_BULK, digits);
    this.#decimal(value, digits);
    this.newline();
  }

  /**
   * Status reply. Characters below 256 become one byte each (see `decodeLatin1`); a text with others becomes UTF-8.
   * CR and LF become spaces, as in the servers.
   */
  simple(text: string): void {
    this.#line(TYPE_SIMPLE, text);
  }

  /** Error reply; `text` begins with its code (`ERR …`) and has no '-'. Characters as in `simple`. */
  error(text: string): void {
    this.#line(TYPE_ERROR, text);
  }

  /** Integer reply; `value` is a whole number within ±2^53. */
  integer(value: number): void {
    this.header(TYPE_INTEGER, value);
  }

  /** Integer reply of a number beyond ±2^53, given by its digits. */
  integerText(digits: string): void {
    this.#line(TYPE_INTEGER, digits);
  }

  /** Bulk string reply of a text in UTF-8: the same bytes as `text`, named for the reply side. */
  bulkText(text: string): void {
    this.#bulkText(text, '');
  }

  nullReply(version: RespVersion): void {
    this.constant(version === 3 ? NIL3 : NIL2);
  }

  /** Null where the command's reply would be an array: `*-1` in RESP2. */
  nullArray(version: RespVersion): void {
    this.constant(version === 3 ? NIL3 : NIL_ARRAY2);
  }

  /** Begins a map of `count` pairs: a flat array of twice as many elements in RESP2. */
  map(count: number, version: RespVersion): void {
    if (version === 3) this.header(TYPE_MAP, count);
    else this.header(TYPE_ARRAY, count * 2);
  }

  setHeader(count: number, version: RespVersion): void {
    this.header(version === 3 ? TYPE_SET : TYPE_ARRAY, count);
  }

  /** Begins an out-of-band message: an ordinary array in RESP2. */
  push(count: number, version: RespVersion): void {
    this.header(version === 3 ? TYPE_PUSH : TYPE_ARRAY, count);
  }

  double(value: number, version: RespVersion): void {
    const text = formatDouble(value);
    if (version === 3) this.#line(TYPE_DOUBLE, text);
    else this.#bulkText(text, '');
  }

  /** A double by its digits, for those that are not printed as others. */
  doubleText(text: string, version: RespVersion): void {
    if (version === 3) this.#line(TYPE_DOUBLE, text);
    else this.#bulkText(text, '');
  }

  /** `#t`, `#f`; 1 and 0 in RESP2. */
  boolean(value: boolean, version: RespVersion): void {
    this.reserve(4);
    if (version === 3) {
      this.bytes[this.length++] = 0x23;
      this.bytes[this.length++] = value ? 0x74 : 0x66;
    } else {
      this.bytes[this.length++] = TYPE_INTEGER;
      this.bytes[this.length++] = value ? 0x31 : 0x30;
    }
    this.newline();
  }

  /** Text meant for people (INFO, CLIENT LIST): `txt` verbatim string; bulk string in RESP2. */
  verbatim(text: string, version: RespVersion): void {
    if (version === 3) this.#bulkText(text, 'txt:');
    else this.#bulkText(text, '');
  }

  #decimal(value: number, digits: number): void {
    const start = this.length;
    let at = start + digits;
    this.length = at;
    let rest = value < 0 ? -value : value;
    do {
      const next = Math.floor(rest / 10);
      this.bytes[--at] = 0x30 + (rest - next * 10);
      rest = next;
    } while (rest > 0);
    if (value < 0) this.bytes[start] = 0x2d;
  }

  #bulkText(text: string, prefix: string): void {
    const length = Buffer.byteLength(text, 'utf8') + prefix.length;
    this.reserve(length + 24);
    this.header(prefix === '' ? TYPE_BULK : 0x3d, length);
    for (let index = 0; index < prefix.length; index++) this.bytes[this.length++] = prefix.charCodeAt(index);
    this.length += this.#utf8(text);
    this.newline();
  }

  /** Writes at `length` without moving it; returns the number of bytes. The room is there. */
  #utf8(text: string): number {
    if (text.length < 32) {
      const isAscii = this.#ascii(text);
      if (isAscii) return text.length;
    }
    return this.#write(text, this.length);
  }

  #write(text: string, at: number): number {
    this.#buffer ??= Buffer.from(this.bytes.buffer);
    return this.#buffer.write(text, at, 'utf8');
  }

  #ascii(text: string): boolean {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.bytes[this.length + index] = code;
    }
    return true;
  }

  #line(type: number, text: string): void {
    this.reserve(text.length * 3 + 3);
    this.bytes[this.length++] = type;
    const start = this.length;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0xff) {
        this.length = start;
        this.length += this.#write(text.replace(/[\r\n]/g, ' '), start);
        break;
      }
      this.bytes[this.length++] = code === CR || code === LF ? 0x20 : code;
    }
    this.newline();
  }
}

/** Characters of a whole number in decimal, its sign included. */
function decimalLength(value: number): number {
  let digits = value < 0 ? 2 : 1;
  let rest = value < 0 ? -value : value;
  while (rest >= 10) {
    rest = Math.floor(rest / 10);
    digits++;
  }
  return digits;
}
