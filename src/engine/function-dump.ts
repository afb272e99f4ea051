/**
 * What FUNCTION DUMP writes and FUNCTION RESTORE reads: the texts of libraries as a file of the servers has them, its
 * version, and a checksum. Any thread. Cold: for administration. As valkey 8.0 `functions.c`, `rdb.c`, `lzf_d.c`.
 */
import { crc64 } from '../base/crc64.ts';
import type { CompatibilityName } from '../commands/compatibility.ts';

const LIBRARY = 0xf5;
const OLD_LIBRARY = 0xf6;
const COMPRESSED = 0xc3;
const FOOTER_BYTES = 10;
/** Files of Valkey 9; those between are Redis'. */
const FIRST_VALKEY_9 = 80;
const FIRST_FOREIGN = 12;
const VERSIONS: Readonly<Record<CompatibilityName, number>> = {
  'redis-7.2': 11,
  'redis-8': 12,
  'valkey-8': 11,
  'valkey-9': FIRST_VALKEY_9,
};
const BROKEN = 'failed loading the given functions payload';

export function dumpLibraries(codes: readonly Uint8Array[], level: CompatibilityName): Uint8Array {
  const parts = codes.flatMap((code) => [Uint8Array.of(LIBRARY), lengthOf(code.length), code]);
  const version = VERSIONS[level];
  const payload = Buffer.concat([...parts, Uint8Array.of(version & 0xff, version >> 8)]);
  const sum = Buffer.alloc(8);
  sum.writeBigUInt64LE(crc64(payload, 0, payload.length));
  return Buffer.concat([payload, sum]);
}

/** The texts, or why there are none (without ERR). */
export function readLibraries(payload: Buffer, level: CompatibilityName): Buffer[] | { refusal: string } {
  if (!isWhole(payload, VERSIONS[level])) return { refusal: 'DUMP payload version or checksum are wrong' };
  const end = payload.length - FOOTER_BYTES;
  const codes: Buffer[] = [];
  for (let at = 0; at < end; ) {
    const type = payload[at];
    if (type === OLD_LIBRARY) return { refusal: 'Pre-GA function format not supported' };
    if (type !== LIBRARY) return { refusal: 'given type is not a function' };
    const read = readText(payload.subarray(at + 1, end));
    if (read === undefined) return { refusal: BROKEN };
    codes.push(read.text);
    at += 1 + read.bytes;
  }
  return codes;
}

function isWhole(payload: Buffer, most: number): boolean {
  const end = payload.length - FOOTER_BYTES;
  if (end < 0) return false;
  const version = payload.readUInt16LE(end);
  const isForeign = most === FIRST_VALKEY_9 && version >= FIRST_FOREIGN && version < FIRST_VALKEY_9;
  if (version > most || isForeign) return false;
  const sum = payload.readBigUInt64LE(end + 2);
  return sum === 0n || sum === crc64(payload, 0, end + 2);
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x40) return Uint8Array.of(length);
  if (length < 0x4000) return Uint8Array.of(0x40 | (length >> 8), length & 0xff);
  const bytes = Buffer.alloc(5, 0x80);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

interface Part<Value> {
  readonly text: Value;
  /** How many it took. */
  readonly bytes: number;
}

function readLength(bytes: Buffer, at: number): Part<number> | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x40) return { text: first, bytes: 1 };
  if (first < 0x80) {
    return at + 1 < bytes.length ? { text: ((first & 0x3f) << 8) | bytes[at + 1], bytes: 2 } : undefined;
  }
  return first === 0x80 && at + 5 <= bytes.length
    ? { text: bytes.readUInt32BE(at + 1), bytes: 5 }
    : undefined;
}

function readText(bytes: Buffer): Part<Buffer> | undefined {
  if (bytes[0] !== COMPRESSED) {
    const length = readLength(bytes, 0);
    if (length === undefined || length.bytes + length.text > bytes.length) return undefined;
    const end = length.bytes + length.text;
    return { text: bytes.subarray(length.bytes, end), bytes: end };
  }
  const packed = readLength(bytes, 1);
  const plain = packed && readLength(bytes, 1 + packed.bytes);
  if (packed === undefined || plain === undefined) return undefined;
  const start = 1 + packed.bytes + plain.bytes;
  const end = start + packed.text;
  // Each byte of what is packed makes 88 at most.
  if (end > bytes.length || plain.text > 88 * packed.text) return undefined;
  const text = unpack(bytes.subarray(start, end), plain.text);
  return text && { text, bytes: end };
}

/** LZF: runs of bytes as they are, and copies of what came before. */
function unpack(packed: Buffer, length: number): Buffer | undefined {
  const text = Buffer.alloc(length);
  let to = 0;
  for (let at = 0; at < packed.length; ) {
    const control = packed[at++];
    if (control < 0x20) {
      const count = control + 1;
      if (at + count > packed.length || to + count > length) return undefined;
      packed.copy(text, to, at, at + count);
      at += count;
      to += count;
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += packed[at++] ?? 0;
    let from = to - ((control & 0x1f) << 8) - (packed[at++] ?? 0) - 1;
    count += 2;
    if (from < 0 || to + count > length || at > packed.length) return undefined;
    while (count-- > 0) text[to++] = text[from++];
  }
  return to === length ? text : undefined;
}
