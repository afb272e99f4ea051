/** What effect builders see of an item. Worker thread (slot owner). */
import { assert } from '../base/errors.ts';
import type { CommandView, EffectInput } from '../commands/definition.ts';
import { decodeReply, type Reply } from '../resp/reply.ts';
import type { MirrorItem } from './mirror-item.ts';

const MINUS = 0x2d;
const BULK_ERROR = 0x21;

/** The reply is decoded when it is first looked at. */
export class Input implements EffectInput {
  readonly bytes: Uint8Array;
  readonly spans: Int32Array;
  readonly count: number;
  readonly sentAtMs: number;
  readonly #item: MirrorItem;
  #reply: Reply | undefined = undefined;

  constructor(view: CommandView, item: MirrorItem, sentAtMs: number) {
    this.bytes = view.bytes;
    this.spans = view.spans;
    this.count = view.count;
    this.sentAtMs = sentAtMs;
    this.#item = item;
  }

  get reply(): Reply {
    const { answer, answerStart, answerEnd } = this.#item;
    assert(answer !== undefined, 'effects are built from kept replies');
    this.#reply ??= decodeReply(answer.bytes, answerStart, answerEnd);
    return this.#reply;
  }
}

/** Whether the primary answered with an error. */
export function isErrorAt(item: MirrorItem): boolean {
  if (item.answer === undefined) return false;
  const type = item.answer.bytes[item.answerStart];
  return type === MINUS || type === BULK_ERROR;
}
