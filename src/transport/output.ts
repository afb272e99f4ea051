/**
 * The output of one batch: a table that says which bytes go where, and a buffer for those that are not in the batch's
 * input already. Shared with the native addon, which reads the same memory (layout: native/transport.h). One per
 * transport, used on its thread only. Must not know what becomes of the entries.
 *
 * What a gateway passes on is mostly bytes it has just read, which stay where they are until the batch's output has
 * left. They are referred to rather than copied, and what lies together and goes to one connection is one entry.
 */
import { Copier, viewOver } from '../base/bytes.ts';

export const OUTPUT_BYTES = 4 * 1024 * 1024;
const OUTPUT_ENTRIES = 8192;

/**
 * An entry is (connection, offset, length); a negative length is one of the operations below, and a negative offset is
 * the complement of one in the input.
 */
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
  readonly #view = viewOver(this.bytes);
  readonly #copier = new Copier();
  readonly entries = new Int32Array(OUTPUT_ENTRIES * OUTPUT_WORDS);
  readonly control = new Int32Array(4);
  /** Where the native transport reads to: what is there stays while a batch is under way. */
  readonly input: Uint8Array | undefined;

  constructor(input?: Uint8Array) {
    this.input = input;
  }

  get isEmpty(): boolean {
    return this.control[CONTROL_COUNT] === 0;
  }

  /** Takes `source[start, end)`, which must not be empty. Answers false, and does nothing, when there is no room. */
  append(connection: number, source: Uint8Array, start: number, end: number): boolean {
    const control = this.control;
    if (source === this.input && control[CONTROL_IN_BATCH] !== 0) return this.#refer(connection, start, end);
    const used = control[CONTROL_USED] as number;
    const length = end - start;
    if (length > OUTPUT_BYTES - used) return false;
    const entries = this.entries;
    const at = (control[CONTROL_COUNT] as number) * OUTPUT_WORDS;
    const isNext = at > 0 && entries[at - 3] === connection && (entries[at - 2] as number) >= 0;
    if (isNext && (entries[at - 1] as number) > 0) {
      entries[at - 1] = (entries[at - 1] as number) + length;
    } else if (!this.#enter(connection, used, length)) return false;
    this.#copier.copy(source, start, end, this.bytes, this.#view, used);
    control[CONTROL_USED] = used + length;
    return true;
  }

  /** Adds an operation after what was written to the connection. Answers false when the table is full. */
  appendOperation(connection: number, operation: number): boolean {
    return this.#enter(connection, 0, operation);
  }

  #refer(connection: number, start: number, end: number): boolean {
    const entries = this.entries;
    const at = (this.control[CONTROL_COUNT] as number) * OUTPUT_WORDS;
    // Only what lies in the input itself can go on there: an offset in the buffer may look as if it did.
    if (at > 0 && entries[at - 3] === connection && (entries[at - 2] as number) < 0) {
      const length = entries[at - 1] as number;
      if (~(entries[at - 2] as number) + length === start) {
        entries[at - 1] = length + end - start;
        return true;
      }
    }
    return this.#enter(connection, ~start, end - start);
  }

  #enter(connection: number, offset: number, length: number): boolean {
    const entries = this.entries;
    const at = (this.control[CONTROL_COUNT] as number) * OUTPUT_WORDS;
    if (at === entries.length) return false;
    entries[at] = connection;
    entries[at + 1] = offset;
    entries[at + 2] = length;
    this.control[CONTROL_COUNT] = (this.control[CONTROL_COUNT] as number) + 1;
    return true;
  }

  clear(): void {
    this.control[CONTROL_COUNT] = 0;
    this.control[CONTROL_USED] = 0;
  }
}
