/** ZRANGE of many members, in slices. Worker thread. */
import type { RespVersion } from '../../resp/encode.ts';
import type { Key } from '../../store/key.ts';
import { nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { TYPE_ZSET } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { LongWork, SLICE_BYTES, SLICE_ELEMENTS } from '../long-work.ts';
import { beginRange, copyQuery, query, type RangeQuery } from './range-query.ts';
import { beginScored, writeScored } from './scored-reply.ts';

export class LongScoredRange extends LongWork {
  readonly #query: RangeQuery;
  readonly #resp: RespVersion;
  readonly #walk = new SortedSetWalk();

  /** `query` is what is asked for. */
  constructor(context: CommandContext, key: Key) {
    super(context, key, TYPE_ZSET);
    this.#query = copyQuery(query);
    this.#resp = context.resp;
  }

  begin(context: CommandContext): void {
    const walk = this.#walk;
    walk.left = 0;
    const { key } = this;
    const count = key.record === 0 ? 0 : beginRange(context, key, this.#query, walk);
    beginScored(this.reply, this.#resp, count, this.#query.withScores);
  }

  slice(context: CommandContext): boolean {
    const { reply } = this;
    const walk = this.#walk;
    const { withScores } = this.#query;
    const most = reply.length + SLICE_BYTES;
    for (let at = 0; at < SLICE_ELEMENTS && reply.length < most; at++) {
      if (!nextScored(walk)) return true;
      writeScored(reply, this.#resp, walk, withScores, context.printsAllDigits);
    }
    return walk.left === 0;
  }

  forget(): void {}
}
