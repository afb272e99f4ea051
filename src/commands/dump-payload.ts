/**
 * The end of what DUMP gives: two bytes of version and eight of checksum over all before. Any thread. Cold: per DUMP
 * and RESTORE.
 */
import { crc64 } from '../base/crc64.ts';
import type { RdbWriter } from '../rdb/writer.ts';
import type { CompatibilityName } from './compatibility.ts';
import { dumpVersion } from './dump-version.ts';

export const FOOTER_BYTES = 10;

export function appendFooter(out: RdbWriter, level: CompatibilityName): void {
  const version = dumpVersion(level);
  out.byte(version & 0xff);
  out.byte(version >> 8);
  const sum = crc64(out.bytes, 0, out.length);
  out.reserve(8);
  new DataView(out.bytes.buffer).setBigUint64(out.length, sum, true);
  out.length += 8;
}

/** The version of a payload whose checksum is right; below 0 where it is not. */
export function payloadVersion(bytes: Uint8Array, start: number, end: number): number {
  const footer = end - FOOTER_BYTES;
  if (footer < start) return -1;
  const sum = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(footer + 2, true);
  return sum === crc64(bytes, start, footer + 2) ? bytes[footer] | (bytes[footer + 1] << 8) : -1;
}
