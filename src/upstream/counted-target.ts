/** Replies on their way, counted as they pass. Worker thread. It must not know who counts. */
import type { ReplyTarget } from './reply-target.ts';

interface Counter {
  /** A command is answered. */
  answered(): void;
}

/** Counts what is answered on its way to whoever asked. */
export class CountedTarget implements ReplyTarget {
  readonly target: ReplyTarget;
  readonly #counter: Counter;

  constructor(target: ReplyTarget, counter: Counter) {
    this.target = target;
    this.#counter = counter;
  }

  reply(
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.target.reply(session, sequence, bytes, start, end, last);
    if (last) this.#counter.answered();
  }

  failed(session: number, sequence: number, text: string): void {
    this.target.failed(session, sequence, text);
    this.#counter.answered();
  }
}
