/** Puts messages together that come in pieces: others come beside them, on other connections. Worker thread. Cold. */
import { FrameWriter } from '../resp/encode.ts';
import { ReplyScanner } from '../resp/scan-reply.ts';

export class WholeMessages {
  readonly #heard: (bytes: Uint8Array, start: number, end: number) => void;
  readonly #scanner = new ReplyScanner();
  /** The beginning of a message. */
  readonly #partial = new FrameWriter(256);

  /** `heard`: a whole message; the memory is lent. */
  constructor(heard: (bytes: Uint8Array, start: number, end: number) => void) {
    this.#heard = heard;
  }

  feed(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const stop = this.#scanner.scan(bytes, at, end);
      if (stop >= 0 && this.#partial.length === 0) this.#heard(bytes, at, stop);
      else {
        this.#partial.raw(bytes, at, stop < 0 ? end : stop);
        if (stop < 0) return;
        this.#heard(this.#partial.bytes, 0, this.#partial.length);
        this.#partial.reset();
      }
      at = stop;
    }
  }

  /** The connection is another one. */
  reset(): void {
    this.#scanner.reset();
    this.#partial.reset();
  }
}
