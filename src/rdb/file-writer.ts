/** Writes what a snapshot file has beside keys: its head, facts about it, databases, its end. Any thread. */
import {
  FIRST_VALKEY_9,
  OPCODE_AUX,
  OPCODE_DATABASE,
  OPCODE_END,
  OPCODE_EXPIRY_MS,
  OPCODE_FREQUENCY,
  OPCODE_FUNCTION,
  OPCODE_RESIZE,
} from './format.ts';
import type { RdbWriter } from './writer.ts';

/** Cold: once per file. */
export function writeMagic(out: RdbWriter, version: number): void {
  const text =
    version >= FIRST_VALKEY_9
      ? `VALKEY${String(version).padStart(3, '0')}`
      : `REDIS${String(version).padStart(4, '0')}`;
  const bytes = Buffer.from(text);
  out.raw(bytes, 0, bytes.length);
}

/** Cold: a few per file. */
export function writeAux(out: RdbWriter, name: string, value: string): void {
  out.byte(OPCODE_AUX);
  out.text(name);
  out.text(value);
}

export function writeLibrary(out: RdbWriter, code: Uint8Array): void {
  out.byte(OPCODE_FUNCTION);
  out.string(code, 0, code.length);
}

/** The keys that follow are of this database. */
export function writeDatabase(out: RdbWriter, index: number): void {
  out.byte(OPCODE_DATABASE);
  out.size(index);
}

/** How many keys the database has, and how many of them expire: so that readers make room. */
export function writeSizes(out: RdbWriter, keys: number, expiring: number): void {
  out.byte(OPCODE_RESIZE);
  out.size(keys);
  out.size(expiring);
}

export function writeExpiry(out: RdbWriter, timeMs: number): void {
  out.byte(OPCODE_EXPIRY_MS);
  out.time(timeMs);
}

export function writeFrequency(out: RdbWriter, counter: number): void {
  out.byte(OPCODE_FREQUENCY);
  out.byte(counter);
}

/** Behind it comes the checksum. */
export function writeEnd(out: RdbWriter): void {
  out.byte(OPCODE_END);
}
