/**
 * Argument spans of a command that is known to be a whole, canonical RESP array (a kept copy, a frame from another
 * worker). Worker thread. One instance may serve many frames, one at a time.
 */
import { assert } from '../base/errors.ts';
import { DEFAULT_REQUEST_LIMITS } from '../resp/limits.ts';
import { CommandReader, CommandScanner, SCAN_COMPLETE } from '../resp/scan-command.ts';
import type { CommandView } from './definition.ts';

/** The frame has passed the limits of whoever sent it. */
const NO_LIMITS = {
  ...DEFAULT_REQUEST_LIMITS,
  maxBulkBytes: 2 ** 31,
  maxQueryBytes: Number.MAX_SAFE_INTEGER,
};

export class FrameParser {
  readonly #reader = new CommandReader(NO_LIMITS);
  readonly #scanner = new CommandScanner();

  /** The view is valid until the next call. */
  parse(bytes: Uint8Array, start: number, end: number): CommandView {
    this.#reader.feed(bytes, start, end);
    const status = this.#reader.next(this.#scanner);
    assert(status === SCAN_COMPLETE, 'a kept frame is a whole command');
    this.#reader.release();
    return this.#scanner;
  }
}
