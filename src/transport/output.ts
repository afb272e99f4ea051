/**
 * The output of one batch: one byte buffer and a table that says which part goes where. Shared with the native addon,
 * which reads the same memory (layout: native/transport.h). One per transport, used on its thread only.
 * Must not know what becomes of the entries.
 */
import { copyBytes } from '../base/bytes.ts';

export const OUTPUT_BYTES = 4 * 1024 * 1024;
const OUTPUT_ENTRIES = 8192;

/** An entry is (connection, offset, length); a negative length is one of the operations below. */
export const OUTPUT_WORDS = 3;
export const OPERATION_SHUTDOWN = -1;
export const OPERATION_CLOSE = -2;
export const OPERATION_RESET = -3;
export const OPERATION_PAUSE = -4;
export const OPERATION_RESUME = -5;
export const OPERATION_RELEASE = -6;

/** Words of `control`. */
export const CONTROL_COUNT = 0;
export const CONTROL_USED = 1;
export const CONTROL_IN_BATCH = 2;

export class OutputTable {
  readonly bytes = new Uint8Array(OUTPUT_BYTES);
  readonly entries = new Int32Array(OUTPUT_ENTRIES * OUTPUT_WORDS);
  readonly control = new Int32Array(4);

  get isEmpty(): boolean {
    return this.control[CONTROL_COUNT] === 0;
  }

  /** Copies `source[start, end)`, which must not be empty. Answers false, and does nothing, when there is no room. */
  append(connection: number, source: Uint8Array, start: number, end: number): boolean {
    const control = this.control;
    const used = control[CONTROL_USED] as number;
    const length = end - start;
    if (length > OUTPUT_BYTES - used) return false;
    const entries = this.entries;
    const at = (control[CONTROL_COUNT] as number) * OUTPUT_WORDS;
    if (at > 0 && entries[at - 3] === connection && (entries[at - 1] as number) > 0) {
      entries[at - 1] = (entries[at - 1] as number) + length;
    } else {
      if (at === entries.length) return false;
      entries[at] = connection;
      entries[at + 1] = used;
      entries[at + 2] = length;
      control[CONTROL_COUNT] = (control[CONTROL_COUNT] as number) + 1;
    }
    copyBytes(source, start, end, this.bytes, used);
    control[CONTROL_USED] = used + length;
    return true;
  }

  /** Adds an operation after what was written to the connection. Answers false when the table is full. */
  appendOperation(connection: number, operation: number): boolean {
    const at = (this.control[CONTROL_COUNT] as number) * OUTPUT_WORDS;
    if (at === this.entries.length) return false;
    this.entries[at] = connection;
    this.entries[at + 1] = 0;
    this.entries[at + 2] = operation;
    this.control[CONTROL_COUNT] = (this.control[CONTROL_COUNT] as number) + 1;
    return true;
  }

  clear(): void {
    this.control[CONTROL_COUNT] = 0;
    this.control[CONTROL_USED] = 0;
  }
}
