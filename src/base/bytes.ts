/**
 * Small operations on byte ranges: copy, compare, hash, integers, text. Ranges are `[start, end)`.
 * Runs on any thread, allocates nothing unless it says so. Must not know RESP.
 */
import { createHash } from 'node:crypto';

/** Below this length a loop beats `TypedArray.set`, which needs a view: some 50 ns on Node 20. */
const LOOP_COPY_LIMIT = 48;

const utf8Decoder = new TextDecoder('utf-8');

/** Bytes of a text whose characters are all below 256, one byte each. Allocates: for constants and set-up only. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/**
 * Copies `source[start, end)` to `target` at `at`. The ranges must not overlap within one buffer.
 * Throws a RangeError where the target is too short, except for ranges below 48 bytes, whose excess is dropped.
 */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): void {
  if (end - start < LOOP_COPY_LIMIT) {
    let to = at;
    for (let from = start; from < end; from++) target[to++] = source[from] as number;
    return;
  }
  target.set(source.subarray(start, end), at);
}

/**
 * As `copyBytes`, through views whose offsets are those of the arrays: 64 bytes take 31 ns, a loop over bytes takes
 * 100 and `set` 70, most of which is the view that it needs (`bench/micro/operations.ts`, `copy 64 bytes into an
 * arena`). Throws where the target is too short. For what is shorter than `SET_COPY_BYTES`.
 */
export function copyView(source: DataView, start: number, end: number, target: DataView, at: number): void {
  let from = start;
  let to = at;
  for (; from <= end - 16; from += 16) {
    const first = source.getInt32(from, true);
    const second = source.getInt32(from + 4, true);
    const third = source.getInt32(from + 8, true);
    const fourth = source.getInt32(from + 12, true);
    target.setInt32(to, first, true);
    target.setInt32(to + 4, second, true);
    target.setInt32(to + 8, third, true);
    target.setInt32(to + 12, fourth, true);
    to += 16;
  }
  for (; from <= end - 4; from += 4) {
    target.setInt32(to, source.getInt32(from, true), true);
    to += 4;
  }
  for (; from < end; from++) target.setUint8(to++, source.getUint8(from));
}

/** From here on `set` is as fast as `copyView`. */
export const SET_COPY_BYTES = 512;

/** A view with the offsets of the array. */
export function viewOver(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

const NOTHING = new Uint8Array(0);

/**
 * As `copyBytes`, for copies that often come from where the last one came from: the view that they need is kept. One
 * that comes from elsewhere makes none, so sources that alternate cost no more than before.
 */
export class Copier {
  #source: Uint8Array = NOTHING;
  #view: DataView | undefined = undefined;

  /** `view` is one over `target`. */
  copy(source: Uint8Array, start: number, end: number, target: Uint8Array, view: DataView, at: number): void {
    if (end - start >= SET_COPY_BYTES) {
      copyBytes(source, start, end, target, at);
      return;
    }
    if (source !== this.#source) {
      this.#source = source;
      this.#view = undefined;
      copyBytes(source, start, end, target, at);
      return;
    }
    this.#view ??= viewOver(source);
    copyView(this.#view, start, end, view, at);
  }
}

/** A copy of `bytes[start, end)` in memory of its own, also where `bytes` is a Buffer, whose `slice` is a view. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copyBytes(bytes, start, end, copy, 0);
  return copy;
}

const compareBuffers = Buffer.prototype.compare;
/**
 * Shorter ranges are compared in JavaScript: 16 bytes take 30 ns, 4096 take 6 us. The native function takes 80 and
 * 130 ns (`bench/micro/operations.ts`, `compare 71 equal bytes`).
 */
const NATIVE_COMPARE_BYTES = 48;

/** Whether `left[leftStart, leftEnd)` and `right[rightStart, rightEnd)`, which lie within their arrays, are equal. */
export function equalBytes(
  left: Uint8Array,
  leftStart: number,
  leftEnd: number,
  right: Uint8Array,
  rightStart: number,
  rightEnd: number,
): boolean {
  const length = leftEnd - leftStart;
  if (length !== rightEnd - rightStart) return false;
  if (length >= NATIVE_COMPARE_BYTES) {
    return compareBuffers.call(left, right, rightStart, rightEnd, leftStart, leftEnd) === 0;
  }
  const distance = rightStart - leftStart;
  for (let index = leftStart; index < leftEnd; index++) {
    if (left[index] !== right[index + distance]) return false;
  }
  return true;
}

/** Compares a range with a text given in lower-case ASCII; letters of the range may be in either case. */
export function equalsIgnoreCase(
  bytes: Uint8Array,
  start: number,
  end: number,
  lowerCaseAscii: Uint8Array,
): boolean {
  if (end - start !== lowerCaseAscii.length) return false;
  for (let index = 0; index < lowerCaseAscii.length; index++) {
    let byte = bytes[start + index] as number;
    if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    if (byte !== lowerCaseAscii[index]) return false;
  }
  return true;
}

/**
 * The integer that the range spells as the servers' `string2ll` reads it: an optional '-', digits, no '+', no spaces,
 * no leading zero, no '-0'. NaN when it is anything else, or does not fit 2^53 (see `isInteger64` for those).
 */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (at >= end) return Number.NaN;
  const negative = bytes[at] === 0x2d;
  if (negative) at++;
  const digits = end - at;
  if (digits < 1 || digits > 16) return Number.NaN;
  const first = (bytes[at] as number) - 0x30;
  if (first < 0 || first > 9) return Number.NaN;
  if (first === 0) return digits === 1 && !negative ? 0 : Number.NaN;
  let value = first;
  for (at++; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  if (value > Number.MAX_SAFE_INTEGER) return Number.NaN;
  return negative ? -value : value;
}

/** True when the range spells, in the same strict form, an integer that fits 64 signed bits. */
export function isInteger64(bytes: Uint8Array, start: number, end: number): boolean {
  if (!Number.isNaN(parseInteger(bytes, start, end))) return true;
  const negative = bytes[start] === 0x2d;
  const from = negative ? start + 1 : start;
  const digits = end - from;
  if (digits < 16 || digits > 19 || bytes[from] === 0x30) return false;
  const limit = negative ? '9223372036854775808' : '9223372036854775807';
  let decided = digits < 19;
  for (let index = 0; index < digits; index++) {
    const byte = bytes[from + index] as number;
    if (byte < 0x30 || byte > 0x39) return false;
    if (decided) continue;
    const most = limit.charCodeAt(index);
    if (byte > most) return false;
    if (byte < most) decided = true;
  }
  return true;
}

/** Text for people: UTF-8, with U+FFFD where the bytes are not UTF-8. Not reversible. Allocates. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start < 32) {
    let text = '';
    for (let index = start; index < end; index++) {
      const byte = bytes[index] as number;
      if (byte > 0x7f) return utf8Decoder.decode(unshared(bytes, start, end));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return utf8Decoder.decode(unshared(bytes, start, end));
}

/** One character per byte, U+0000 to U+00FF: reversible, for texts that go back on the wire. Allocates. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** TextDecoder refuses shared memory, so such ranges are copied. */
function unshared(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return bytes.buffer instanceof SharedArrayBuffer ? bytes.slice(start, end) : bytes.subarray(start, end);
}

/** Unsigned 32-bit hash with full avalanche (FNV-1a, then the finalizer of MurmurHash3). Stable between releases. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let index = start; index < end; index++) {
    hash = Math.imul(hash ^ (bytes[index] as number), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}

/**
 * 16 hexadecimal digits that stand for a key in logs: the first 64 bits of its SHA-256. The same key gives the same
 * digits on every machine; a guessed key can be confirmed by them, an unknown one not computed. Slow: not per command.
 */
export function keyHashText(bytes: Uint8Array, start: number, end: number): string {
  return createHash('sha256')
    .update(unshared(bytes, start, end))
    .digest('hex')
    .slice(0, 16);
}
