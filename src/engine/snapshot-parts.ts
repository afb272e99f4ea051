/** What all ways of writing snapshot files have in common: facts about one, its head, its sum. Worker thread. Cold. */
import * as fs from 'node:fs';
import type { Crc64 } from '../base/crc64.ts';
import { writeAux, writeLibrary, writeMagic } from '../rdb/file-writer.ts';
import type { RdbWriter } from '../rdb/writer.ts';
import type { SaveForm } from '../store/rdb/snapshot-mark.ts';

/** So much is gathered before it is written. */
export const FLUSH_BYTES: number = 64 * 1024;

export interface SnapshotFacts {
  readonly path: string;
  readonly version: number;
  readonly form: SaveForm;
  readonly withChecksum: boolean;
  readonly aux: readonly (readonly [string, string])[];
  readonly libraries: readonly Uint8Array[];
}

/** What stands before the first database. */
export function writeHead(out: RdbWriter, { version, aux, libraries }: SnapshotFacts): void {
  writeMagic(out, version);
  for (const [name, value] of aux) writeAux(out, name, value);
  for (const code of libraries) writeLibrary(out, code);
}

/** The last eight bytes of a file. */
export function sumBytes({ low, high }: Crc64): Uint8Array {
  const bytes = new Uint8Array(8);
  for (let at = 0; at < 8; at++) bytes[at] = ((at < 4 ? low : high) >>> (8 * (at & 3))) & 0xff;
  return bytes;
}

export function writeAll(file: number, bytes: Uint8Array, length: number): void {
  for (let at = 0; at < length; ) at += fs.writeSync(file, bytes, at, length - at);
}

/** What the system says of a file. */
export function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
