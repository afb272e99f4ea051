/** Forms of values that only older servers write, and payloads around them. Written apart from `src/rdb`. */
import { crc64 } from '../../src/base/crc64.ts';

/** What DUMP gives: a value with its version and checksum. */
export function payloadOf(value: Uint8Array, version: number): Buffer {
  const body = Buffer.concat([value, Buffer.from([version & 0xff, version >> 8])]);
  const sum = Buffer.alloc(8);
  sum.writeBigUInt64LE(crc64(body, 0, body.length));
  return Buffer.concat([body, sum]);
}

/** A string of the format, as it is. */
export function rdbString(bytes: Uint8Array): Buffer {
  const head = bytes.length < 64 ? Buffer.from([bytes.length]) : Buffer.alloc(5, 0x80);
  if (bytes.length >= 64) head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function ziplistEntry(entry: string | number, before: number): Buffer {
  const back = before < 254 ? Buffer.from([before]) : Buffer.from([254, 0, 0, 0, 0]);
  if (before >= 254) back.writeUInt32LE(before, 1);
  if (typeof entry === 'string') {
    const bytes = Buffer.from(entry, 'latin1');
    if (bytes.length < 64) return Buffer.concat([back, Buffer.from([bytes.length]), bytes]);
    if (bytes.length < 16384) {
      return Buffer.concat([back, Buffer.from([0x40 | (bytes.length >> 8), bytes.length & 0xff]), bytes]);
    }
    const head = Buffer.alloc(5, 0x80);
    head.writeUInt32BE(bytes.length, 1);
    return Buffer.concat([back, head, bytes]);
  }
  if (entry >= 0 && entry <= 12) return Buffer.concat([back, Buffer.from([0xf1 + entry])]);
  const body = Buffer.alloc(8);
  body.writeBigInt64LE(BigInt(entry));
  const [code, width] =
    entry >= -128 && entry < 128
      ? [0xfe, 1]
      : entry >= -32768 && entry < 32768
        ? [0xc0, 2]
        : entry >= -(2 ** 23) && entry < 2 ** 23
          ? [0xf0, 3]
          : entry >= -(2 ** 31) && entry < 2 ** 31
            ? [0xd0, 4]
            : [0xe0, 8];
  return Buffer.concat([back, Buffer.from([code]), body.subarray(0, width)]);
}

export function ziplist(entries: readonly (string | number)[]): Buffer {
  const parts: Buffer[] = [];
  let before = 0;
  let size = 10;
  let tail = 10;
  for (const entry of entries) {
    const part = ziplistEntry(entry, before);
    parts.push(part);
    tail = size;
    size += part.length;
    before = part.length;
  }
  const head = Buffer.alloc(10);
  head.writeUInt32LE(size + 1, 0);
  head.writeUInt32LE(tail, 4);
  head.writeUInt16LE(entries.length, 8);
  return Buffer.concat([head, ...parts, Buffer.from([0xff])]);
}

export function zipmap(pairs: readonly (readonly [string, string])[]): Buffer {
  const length = (text: string): Buffer => {
    if (text.length < 254) return Buffer.from([text.length]);
    const long = Buffer.from([254, 0, 0, 0, 0]);
    long.writeUInt32LE(text.length, 1);
    return long;
  };
  const parts = pairs.map(([field, value]) => {
    const spare = value.length % 3;
    return Buffer.concat([
      ...[length(field), Buffer.from(field), length(value), Buffer.from([spare])],
      ...[Buffer.from(value), Buffer.alloc(spare)],
    ]);
  });
  return Buffer.concat([Buffer.from([pairs.length]), ...parts, Buffer.from([0xff])]);
}
