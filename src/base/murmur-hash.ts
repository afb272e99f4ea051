/** MurmurHash64A as the servers' HyperLogLogs use it. Any thread; allocates nothing. */

const SEED = 0xadc8_3b19;
const MULTIPLIER_HIGH = 0xc6a4_a793 | 0;
const MULTIPLIER_LOW = 0x5bd1_e995;

/** The hash of the range that was given last, in two halves of 32 bits. */
export const murmur = { low: 0, high: 0 };

let low = 0;
let high = 0;

/** Puts the hash of `bytes[start, end)` into `murmur`. */
export function murmurHash(bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  low = length;
  high = 0;
  multiply();
  let hashLow = low ^ SEED;
  let hashHigh = high;
  const whole = end - (length & 7);
  for (let at = start; at < whole; at += 8) {
    low = wordAt(bytes, at, 4);
    high = wordAt(bytes, at + 4, 4);
    multiply();
    low ^= high >>> 15;
    multiply();
    low ^= hashLow;
    high ^= hashHigh;
    multiply();
    hashLow = low;
    hashHigh = high;
  }
  low = hashLow;
  high = hashHigh;
  const rest = end - whole;
  if (rest > 0) {
    low ^= wordAt(bytes, whole, Math.min(rest, 4));
    if (rest > 4) high ^= wordAt(bytes, whole + 4, rest - 4);
    multiply();
  }
  low ^= high >>> 15;
  multiply();
  murmur.low = low ^ (high >>> 15);
  murmur.high = high;
}

/** Up to four bytes, the lowest first. */
function wordAt(bytes: Uint8Array, at: number, count: number): number {
  let word = 0;
  for (let index = 0; index < count; index++) word |= bytes[at + index] << (8 * index);
  return word;
}

/** `high` and `low` times the multiplier, modulo 2^64. */
function multiply(): void {
  const lowPart = low & 0xffff;
  const highPart = low >>> 16;
  const least = lowPart * (MULTIPLIER_LOW & 0xffff);
  const middle =
    lowPart * (MULTIPLIER_LOW >>> 16) + highPart * (MULTIPLIER_LOW & 0xffff) + Math.floor(least / 65_536);
  const carry = highPart * (MULTIPLIER_LOW >>> 16) + Math.floor(middle / 65_536);
  high = (carry + Math.imul(high, MULTIPLIER_LOW) + Math.imul(low, MULTIPLIER_HIGH)) | 0;
  low = ((middle & 0xffff) << 16) | (least & 0xffff);
}
