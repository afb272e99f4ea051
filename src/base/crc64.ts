/**
 * CRC-64 of the servers' dumps and snapshot files (polynomial of Jones, reflected), eight bytes at a time with tables
 * of 32-bit halves. Any thread.
 */

const POLYNOMIAL = 0x95ac9329ac4bc9b5n;
const SLICES = 8;
const LOW = new Int32Array(256 * SLICES);
const HIGH = new Int32Array(256 * SLICES);

fillTables();

/** Cold: once. Table k is for a byte with k bytes behind it. */
function fillTables(): void {
  for (let index = 0; index < 256; index++) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit++) value = (value & 1n) === 0n ? value >> 1n : (value >> 1n) ^ POLYNOMIAL;
    LOW[index] = Number(BigInt.asIntN(32, value));
    HIGH[index] = Number(BigInt.asIntN(32, value >> 32n));
  }
  for (let at = 256; at < LOW.length; at++) {
    const [low, high] = [LOW[at - 256], HIGH[at - 256]];
    LOW[at] = LOW[low & 0xff] ^ ((low >>> 8) | (high << 24));
    HIGH[at] = HIGH[low & 0xff] ^ (high >>> 8);
  }
}

/** A sum that grows as bytes come. */
export class Crc64 {
  low = 0;
  high = 0;

  add(bytes: Uint8Array, start: number, end: number): void {
    let { low, high } = this;
    let at = start;
    for (; end - at >= 8; at += 8) {
      low ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      high ^= bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
      const a = 1792 + (low & 0xff);
      const b = 1536 + ((low >>> 8) & 0xff);
      const c = 1280 + ((low >>> 16) & 0xff);
      const d = 1024 + (low >>> 24);
      const e = 768 + (high & 0xff);
      const f = 512 + ((high >>> 8) & 0xff);
      const g = 256 + ((high >>> 16) & 0xff);
      const h = high >>> 24;
      low = LOW[a] ^ LOW[b] ^ LOW[c] ^ LOW[d] ^ LOW[e] ^ LOW[f] ^ LOW[g] ^ LOW[h];
      high = HIGH[a] ^ HIGH[b] ^ HIGH[c] ^ HIGH[d] ^ HIGH[e] ^ HIGH[f] ^ HIGH[g] ^ HIGH[h];
    }
    for (; at < end; at++) {
      const index = (low ^ bytes[at]) & 0xff;
      low = LOW[index] ^ ((low >>> 8) | (high << 24));
      high = HIGH[index] ^ (high >>> 8);
    }
    this.low = low;
    this.high = high;
  }

  get value(): bigint {
    return (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
  }
}

export function crc64(bytes: Uint8Array, start: number, end: number): bigint {
  const sum = new Crc64();
  sum.add(bytes, start, end);
  return sum.value;
}
