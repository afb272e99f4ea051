/**
 * Cuts what a connection says beside its replies into whole messages. Worker thread. Messages are held until they are
 * whole, up to a limit: they may have to get between two replies, and must not get into one.
 */
import { FrameWriter } from '../resp/encode.ts';
import { ReplyScanner } from '../resp/scan-reply.ts';

export interface MessageReader {
  /** One whole message. The memory is lent for the length of the call. */
  message(bytes: Uint8Array, start: number, end: number): void;
  /** A message is longer than the limit, or is none. */
  badMessage(reason: string): void;
}

export class MessageFrames {
  readonly #reader: MessageReader;
  /** 0: there is none. */
  readonly #mostBytes: number;
  readonly #scanner = new ReplyScanner();
  readonly #held = new FrameWriter(64);

  constructor(reader: MessageReader, mostBytes: number) {
    this.#reader = reader;
    this.#mostBytes = mostBytes;
  }

  feed(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const stop = this.#scanner.scan(bytes, at, end);
      if (stop === -2) {
        this.#reader.badMessage(this.#scanner.error);
        return;
      }
      if (stop >= 0 && this.#held.length === 0) this.#reader.message(bytes, at, stop);
      else if (!this.#hold(bytes, at, stop < 0 ? end : stop, stop >= 0)) return;
      at = stop < 0 ? end : stop;
    }
  }

  #hold(bytes: Uint8Array, start: number, end: number, last: boolean): boolean {
    const held = this.#held;
    if (this.#mostBytes > 0 && held.length + end - start > this.#mostBytes) {
      this.#reader.badMessage('longer than limits.pubsub.maxOutputBytes');
      return false;
    }
    held.raw(bytes, start, end);
    if (!last) return true;
    this.#reader.message(held.bytes, 0, held.length);
    held.reset();
    return true;
  }
}
