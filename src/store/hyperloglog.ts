/**
 * HyperLogLogs as the servers keep them, byte for byte: 16384 registers of 6 bits, either all of them (dense) or as
 * runs (sparse). Any thread; knows bytes, not keys. As valkey 8.0 `hyperloglog.c`.
 *
 * A header of 16 bytes: "HYLL", encoding, three unused, the last count (64 bits, the lowest byte first; the highest bit
 * says that it no longer holds). Runs of the sparse form: 00xxxxxx, x + 1 zeros; 01xxxxxx yyyyyyyy, xy + 1 zeros;
 * 1vvvvvxx, x + 1 times the value v + 1.
 */
import { copyBytes } from '../base/bytes.ts';
import { murmur, murmurHash } from '../base/murmur-hash.ts';

export const REGISTERS = 16_384;
export const HEADER_BYTES = 16;
export const DENSE_BYTES = HEADER_BYTES + (REGISTERS * 6) / 8;
export const ENCODING_DENSE = 0;
export const ENCODING_SPARSE = 1;
export const INVALID = -1;
/** `hll-sparse-max-bytes` where nobody sets it. */
export const SPARSE_BYTES = 3000;

const MAGIC = [0x48, 0x59, 0x4c, 0x4c];
const ENCODING = 4;
const COUNT = 8;
const STALE = 0x80;
const RANK_BITS = 50;
const MAX_SPARSE_VALUE = 32;
const MAX_VALUE_RUN = 4;
const MAX_SHORT_RUN = 64;
const ALPHA = 0.721_347_520_444_481_7;

/** Whether the bytes are a HyperLogLog as far as the header tells. */
export function isSketch(bytes: Uint8Array, start: number, length: number): boolean {
  if (length < HEADER_BYTES) return false;
  for (let at = 0; at < MAGIC.length; at++) if (bytes[start + at] !== MAGIC[at]) return false;
  const encoding = bytes[start + ENCODING];
  return encoding === ENCODING_SPARSE || (encoding === ENCODING_DENSE && length === DENSE_BYTES);
}

export function sketchEncoding(bytes: Uint8Array, start: number): number {
  return bytes[start + ENCODING];
}

/** Where an element belongs: result of `findRegister`. */
export const place = { register: 0, rank: 0 };

export function findRegister(bytes: Uint8Array, start: number, end: number): void {
  murmurHash(bytes, start, end);
  const { low, high } = murmur;
  place.register = low & (REGISTERS - 1);
  const first = (low >>> 14) | (high << 18);
  const second = (high >>> 14) | (1 << (RANK_BITS - 32));
  place.rank = 1 + (first !== 0 ? trailingZeros(first) : 32 + trailingZeros(second));
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

// Dense.

export function denseRegister(bytes: Uint8Array, start: number, register: number): number {
  const bit = register * 6;
  const at = start + HEADER_BYTES + (bit >> 3);
  const shift = bit & 7;
  const low = bytes[at] >> shift;
  return (shift <= 2 ? low : low | (bytes[at + 1] << (8 - shift))) & 63;
}

function writeDense(bytes: Uint8Array, start: number, register: number, value: number): void {
  const bit = register * 6;
  const at = start + HEADER_BYTES + (bit >> 3);
  const shift = bit & 7;
  bytes[at] = (bytes[at] & ~(63 << shift)) | (value << shift);
  if (shift > 2) bytes[at + 1] = (bytes[at + 1] & ~(63 >> (8 - shift))) | (value >> (8 - shift));
}

/** Raises a register; whether it was lower. */
export function raiseDense(bytes: Uint8Array, start: number, register: number, value: number): boolean {
  if (denseRegister(bytes, start, register) >= value) return false;
  writeDense(bytes, start, register, value);
  return true;
}

// Runs.

export function isZeros(byte: number): boolean {
  return byte < 0x80;
}

export function runBytes(byte: number): number {
  return (byte & 0xc0) === 0x40 ? 2 : 1;
}

export function runLength(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte >= 0x80) return (byte & 3) + 1;
  return byte >= 0x40 ? (((byte & 63) << 8) | bytes[at + 1]) + 1 : (byte & 63) + 1;
}

export function runValue(byte: number): number {
  return isZeros(byte) ? 0 : ((byte >> 2) & 31) + 1;
}

/** A HyperLogLog outside of any arena, where it can grow: `bytes[0, length)`. */
export class Sketch {
  bytes = new Uint8Array(DENSE_BYTES);
  length = 0;
  /** Longer than this it is not sparse any more. */
  mostSparseBytes: number = SPARSE_BYTES;
  readonly #run = new Uint8Array(5);

  get encoding(): number {
    return this.bytes[ENCODING];
  }

  /** An empty one. */
  clear(): void {
    const { bytes } = this;
    bytes.fill(0, 0, HEADER_BYTES);
    bytes.set(MAGIC);
    bytes[ENCODING] = ENCODING_SPARSE;
    this.length = this.#putZeros(bytes, HEADER_BYTES, REGISTERS);
  }

  load(bytes: Uint8Array, start: number, length: number): void {
    if (this.bytes.length < length + 8) this.bytes = new Uint8Array(Math.max(DENSE_BYTES, length + 8));
    copyBytes(bytes, start, start + length, this.bytes, 0);
    this.length = length;
  }

  /** Raises a register. 1: it was lower; 0: it was not; INVALID. */
  raise(register: number, value: number): number {
    if (this.encoding === ENCODING_DENSE) return raiseDense(this.bytes, 0, register, value) ? 1 : 0;
    return value > MAX_SPARSE_VALUE ? this.#promote(register, value) : this.#raiseSparse(register, value);
  }

  #promote(register: number, value: number): number {
    if (!this.toDense()) return INVALID;
    raiseDense(this.bytes, 0, register, value);
    return 1;
  }

  #raiseSparse(register: number, value: number): number {
    const { bytes } = this;
    let at = HEADER_BYTES;
    let previous = HEADER_BYTES;
    let first = 0;
    let span = 0;
    for (; at < this.length; at += runBytes(bytes[at])) {
      span = runLength(bytes, at);
      if (register < first + span) break;
      previous = at;
      first += span;
    }
    if (span === 0 || at >= this.length) return INVALID;
    const before = runValue(bytes[at]);
    if (before >= value) return 0;
    if (span === 1 && runBytes(bytes[at]) === 1) bytes[at] = valueRun(value, 1);
    else if (!this.#split(at, register - first, first + span - 1 - register, before, value)) {
      return this.#promote(register, value);
    }
    this.#mergeFrom(previous);
    markStale(bytes, 0);
    return 1;
  }

  /** A run becomes what is before the register, the register, what is behind. False: that would be too long. */
  #split(at: number, ahead: number, behind: number, before: number, value: number): boolean {
    const run = this.#run;
    let size = this.#putRun(run, 0, ahead, before);
    run[size] = valueRun(value, 1);
    size = this.#putRun(run, size + 1, behind, before);
    const old = runBytes(this.bytes[at]);
    if (size > old && this.length + size - old > this.mostSparseBytes) return false;
    if (this.length + size - old > this.bytes.length) this.#grow();
    const { bytes } = this;
    bytes.copyWithin(at + size, at + old, this.length);
    this.length += size - old;
    for (let index = 0; index < size; index++) bytes[at + index] = run[index];
    return true;
  }

  /** Cold: only where sparse ones may be longer than a dense one. */
  #grow(): void {
    const grown = new Uint8Array(2 * this.bytes.length);
    grown.set(this.bytes);
    this.bytes = grown;
  }

  #putRun(target: Uint8Array, at: number, length: number, value: number): number {
    if (length === 0) return at;
    if (value === 0) return this.#putZeros(target, at, length);
    target[at] = valueRun(value, length);
    return at + 1;
  }

  #putZeros(target: Uint8Array, at: number, length: number): number {
    if (length <= MAX_SHORT_RUN) {
      target[at] = length - 1;
      return at + 1;
    }
    target[at] = 0x40 | ((length - 1) >> 8);
    target[at + 1] = (length - 1) & 0xff;
    return at + 2;
  }

  /** Neighbours with the same value become one run, near the place that has changed. */
  #mergeFrom(from: number): void {
    const { bytes } = this;
    let at = from;
    for (let tries = 5; tries > 0 && at < this.length; tries--) {
      const byte = bytes[at];
      if (isZeros(byte)) {
        at += runBytes(byte);
        continue;
      }
      const next = at + 1 < this.length ? bytes[at + 1] : 0;
      const length = (byte & 3) + (next & 3) + 2;
      if (!isZeros(next) && runValue(next) === runValue(byte) && length <= MAX_VALUE_RUN) {
        bytes[at + 1] = valueRun(runValue(byte), length);
        bytes.copyWithin(at, at + 1, this.length);
        this.length -= 1;
      } else at += 1;
    }
  }

  /** False where it is broken; then nothing has changed. */
  toDense(): boolean {
    if (this.encoding === ENCODING_DENSE) return true;
    const dense = new Uint8Array(Math.max(DENSE_BYTES, this.bytes.length));
    copyBytes(this.bytes, 0, HEADER_BYTES, dense, 0);
    dense[ENCODING] = ENCODING_DENSE;
    const isWhole = eachRun(this.bytes, 0, this.length, (register, length, value) => {
      for (let index = register; index < register + length; index++) writeDense(dense, 0, index, value);
    });
    if (!isWhole) return false;
    this.bytes = dense;
    this.length = DENSE_BYTES;
    return true;
  }
}

function valueRun(value: number, length: number): number {
  return 0x80 | ((value - 1) << 2) | (length - 1);
}

/** Runs of values that are not zero. False where all runs together are not as many registers as there should be. */
function eachRun(
  bytes: Uint8Array,
  start: number,
  length: number,
  visit: (register: number, length: number, value: number) => void,
): boolean {
  let register = 0;
  const end = start + length;
  for (let at = start + HEADER_BYTES; at < end; at += runBytes(bytes[at])) {
    const span = runLength(bytes, at);
    if (!isZeros(bytes[at])) {
      if (register + span > REGISTERS) return false;
      visit(register, span, runValue(bytes[at]));
    }
    register += span;
  }
  return register === REGISTERS;
}

/** Raises each of `registers` to what it is in a HyperLogLog. False where that is broken. */
export function mergeInto(registers: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (sketchEncoding(bytes, start) === ENCODING_DENSE) {
    for (let register = 0; register < REGISTERS; register++) {
      const value = denseRegister(bytes, start, register);
      if (value > registers[register]) registers[register] = value;
    }
    return true;
  }
  return eachRun(bytes, start, length, (register, span, value) => {
    for (let index = register; index < register + span; index++) {
      if (value > registers[index]) registers[index] = value;
    }
  });
}

// Counts.

export function markStale(bytes: Uint8Array, start: number): void {
  bytes[start + COUNT + 7] |= STALE;
}

/** The count in the header, or INVALID where it no longer holds. */
export function keptCount(bytes: Uint8Array, start: number): number {
  if ((bytes[start + COUNT + 7] & STALE) !== 0) return INVALID;
  let count = 0;
  for (let at = 7; at >= 0; at--) count = count * 256 + bytes[start + COUNT + at];
  return count;
}

/** As `keptCount`, in digits: a sketch that SETRANGE has changed may say more than a double can. Cold. */
export function keptCountText(bytes: Uint8Array, start: number): string {
  let count = 0n;
  for (let at = 7; at >= 0; at--) count = (count << 8n) | BigInt(bytes[start + COUNT + at]);
  return String(count);
}

export function keepCount(bytes: Uint8Array, start: number, count: number): void {
  let rest = count;
  for (let at = 0; at < 8; at++) {
    bytes[start + COUNT + at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** About how many different elements there were. */
export function estimate(registers: Uint8Array): number {
  const histogram = new Float64Array(64);
  for (let register = 0; register < REGISTERS; register++) histogram[registers[register]] += 1;
  let z = REGISTERS * tau((REGISTERS - histogram[RANK_BITS + 1]) / REGISTERS);
  for (let rank = RANK_BITS; rank >= 1; rank--) z = (z + histogram[rank]) * 0.5;
  z += REGISTERS * sigma(histogram[0] / REGISTERS);
  return Math.round((ALPHA * REGISTERS * REGISTERS) / z);
}

function sigma(given: number): number {
  if (given === 1) return Number.POSITIVE_INFINITY;
  let x = given;
  let y = 1;
  let z = x;
  for (let before = Number.NaN; before !== z; ) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(given: number): number {
  if (given === 0 || given === 1) return 0;
  let x = given;
  let y = 1;
  let z = 1 - x;
  for (let before = Number.NaN; before !== z; ) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
