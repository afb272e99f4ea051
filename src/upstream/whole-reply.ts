/** Hears the reply to a question of the gateway's own, all of it at once. Worker thread. Cold: questions are rare. */
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, type Reply } from '../resp/reply.ts';
import type { ReplyTarget } from './reply-target.ts';

const USUAL_BYTES = 512;

/** Of one question. */
export class WholeReply implements ReplyTarget {
  readonly #done: (reply: Reply) => void;
  readonly #failed: (text: string) => void;
  readonly #bytes = new FrameWriter(USUAL_BYTES);

  /** `done` gets the server's answer, errors included; `failed`, why there is none. */
  constructor(done: (reply: Reply) => void, failed: (text: string) => void) {
    this.#done = done;
    this.#failed = failed;
  }

  reply(
    _session: number,
    _sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.#bytes.raw(bytes, start, end);
    if (last) this.#done(decodeReply(this.#bytes.bytes, 0, this.#bytes.length));
  }

  failed(_session: number, _sequence: number, text: string): void {
    this.#failed(text);
  }
}
