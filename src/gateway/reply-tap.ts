/** Passes a reply on and shows it, whole, to somebody else as well. For small or rare replies only. */
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, type Reply } from '../resp/reply.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';

export class ReplyTap implements ReplyTarget {
  readonly #target: ReplyTarget;
  readonly #whole: (reply: Reply) => void;
  readonly #failed: (() => void) | undefined;
  readonly #bytes = new FrameWriter(64);

  /** `failed` is called instead of `whole` when no reply comes. */
  constructor(target: ReplyTarget, whole: (reply: Reply) => void, failed?: () => void) {
    this.#target = target;
    this.#whole = whole;
    this.#failed = failed;
  }

  reply(
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.#bytes.raw(bytes, start, end);
    this.#target.reply(session, sequence, bytes, start, end, last);
    if (last) this.#whole(decodeReply(this.#bytes.bytes, 0, this.#bytes.length));
  }

  failed(session: number, sequence: number, text: string): void {
    this.#target.failed(session, sequence, text);
    this.#failed?.();
  }
}
