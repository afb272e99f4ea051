/**
 * Inline commands: splits one line into arguments as the servers' `sdssplitargs` does (Redis 7.0 `sds.c`) and writes
 * them as an array of bulk strings into scratch memory. One `InlineRewriter` per thread. Must not know chunks.
 */
import { CR, LF, TYPE_ARRAY, TYPE_BULK } from './constants.ts';
import { FrameWriter } from './encode.ts';

/** More than this is not kept after a line that needed it. */
const KEPT_BYTES = 256 * 1024;
const KEPT_SPANS = 65536;

const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;

/** Space, tab, newline, vertical tab, form feed, carriage return: C's `isspace`. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** What ends an argument: unlike between arguments, vertical tab and form feed are part of it. NUL ends the line. */
function isSeparator(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === CR || byte === LF || byte === 0;
}

/** 0 to 15, or -1. */
function hexadecimalDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function unescaped(byte: number): number {
  switch (byte) {
    case 0x6e: // n
      return LF;
    case 0x72: // r
      return CR;
    case 0x74: // t
      return 0x09;
    case 0x62: // b
      return 0x08;
    case 0x61: // a
      return 0x07;
    default:
      return byte;
  }
}

export class InlineRewriter {
  /** The frame is `writer.bytes[0, writer.length)`, and `spans[2 * i]`, `spans[2 * i + 1]` delimit argument i in it. */
  readonly writer = new FrameWriter(1024);
  spans = new Int32Array(32);
  count = 0;
  /** Arguments one after the other, without framing; `spans` refer to it until `#frame` moves them. */
  #plain = new Uint8Array(1024);
  #length = 0;

  /** Splits `bytes[start, end)`, a line without its end. False when quotes do not balance. `count` may become 0. */
  rewrite(bytes: Uint8Array, start: number, end: number): boolean {
    this.count = 0;
    this.#length = 0;
    const capacity = this.#plain.length;
    if (capacity < end - start || capacity > KEPT_BYTES)
      this.#plain = new Uint8Array(Math.max(1024, end - start));
    if (this.spans.length > KEPT_SPANS) this.spans = new Int32Array(32);
    let at = start;
    for (;;) {
      while (at < end && isSpace(bytes[at] as number)) at++;
      // The servers work on C strings here: a NUL outside quotes ends the line.
      if (at >= end || bytes[at] === 0) break;
      const from = this.#length;
      at = this.#argument(bytes, at, end);
      if (at < 0) return false;
      this.#span(from, this.#length);
    }
    this.#frame();
    return true;
  }

  /** Appends one argument to `#plain`; returns where it ends, or -1. */
  #argument(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const byte = bytes[at] as number;
      if (isSeparator(byte)) return at;
      if (byte === QUOTE || byte === APOSTROPHE) {
        at = this.#quoted(bytes, at + 1, end, byte);
        if (at < 0) return -1;
        // A closing quote must be followed by a space or nothing at all.
        if (at < end && !isSpace(bytes[at] as number) && bytes[at] !== 0) return -1;
        return at;
      }
      this.#plain[this.#length++] = byte;
      at++;
    }
    return at;
  }

  /** From after the opening quote; returns the offset after the closing one, or -1 when there is none. */
  #quoted(bytes: Uint8Array, start: number, end: number, quote: number): number {
    let at = start;
    while (at < end) {
      let byte = bytes[at] as number;
      if (byte === 0) return -1;
      if (byte === quote) return at + 1;
      if (byte === BACKSLASH && at + 1 < end && quote === APOSTROPHE && bytes[at + 1] === APOSTROPHE) {
        byte = APOSTROPHE;
        at++;
      } else if (byte === BACKSLASH && at + 1 < end && quote === QUOTE && bytes[at + 1] !== 0) {
        const letter = bytes[at + 1] as number;
        const high = letter === 0x78 && at + 3 < end ? hexadecimalDigit(bytes[at + 2] as number) : -1;
        const low = high >= 0 ? hexadecimalDigit(bytes[at + 3] as number) : -1;
        byte = low >= 0 ? high * 16 + low : unescaped(letter);
        at += low >= 0 ? 3 : 1;
      }
      this.#plain[this.#length++] = byte;
      at++;
    }
    return -1;
  }

  #span(start: number, end: number): void {
    if (2 * this.count + 2 > this.spans.length) {
      const grown = new Int32Array(this.spans.length * 2);
      grown.set(this.spans);
      this.spans = grown;
    }
    this.spans[2 * this.count] = start;
    this.spans[2 * this.count + 1] = end;
    this.count++;
  }

  #frame(): void {
    const { writer, spans } = this;
    writer.reset();
    writer.header(TYPE_ARRAY, this.count);
    for (let index = 0; index < this.count; index++) {
      const start = spans[2 * index] as number;
      const end = spans[2 * index + 1] as number;
      writer.header(TYPE_BULK, end - start);
      spans[2 * index] = writer.length;
      writer.raw(this.#plain, start, end);
      spans[2 * index + 1] = writer.length;
      writer.newline();
    }
  }
}
