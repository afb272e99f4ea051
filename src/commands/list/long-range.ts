/** LRANGE of many elements, in slices. Worker thread. */
import { ListCursor } from '../../memory/chunk-list-node.ts';
import { PACKED_BYTES } from '../../memory/packed-entry.ts';
import type { Key } from '../../store/key.ts';
import { listLength, seekElement, stepElement } from '../../store/list.ts';
import { TYPE_LIST } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { LongWork, SLICE_BYTES, SLICE_ELEMENTS } from '../long-work.ts';

/** Elements of a list from `start` to `stop`, as the client gave them. */
export class ListRange {
  first = 0;
  count = 0;

  clip(start: number, stop: number, length: number): void {
    this.first = Math.max(0, start < 0 ? length + start : start);
    const last = Math.min(length - 1, stop < 0 ? length + stop : stop);
    this.count = Math.max(0, last - this.first + 1);
  }
}

export class LongRange extends LongWork {
  readonly #cursor = new ListCursor();
  readonly #start: number;
  readonly #stop: number;
  readonly #range = new ListRange();
  /** Elements that are still to be written. */
  #left = 0;

  constructor(context: CommandContext, key: Key, start: number, stop: number) {
    super(context, key, TYPE_LIST);
    this.#start = start;
    this.#stop = stop;
  }

  begin(): void {
    const { arena, record } = this.key;
    const range = this.#range;
    range.clip(this.#start, this.#stop, record === 0 ? 0 : listLength(arena, record));
    this.#left = range.count;
    this.reply.array(range.count);
    if (range.count > 0) seekElement(arena, record, range.first, this.#cursor);
  }

  slice(): boolean {
    const { reply } = this;
    const cursor = this.#cursor;
    const { arena, record } = this.key;
    const { entry } = cursor;
    const most = reply.length + SLICE_BYTES;
    for (let at = 0; this.#left > 0; at++) {
      if (at === SLICE_ELEMENTS || reply.length > most) return false;
      if (entry.kind === PACKED_BYTES) reply.bulk(arena.bytes, entry.start, entry.end);
      else reply.number(entry.value);
      this.#left -= 1;
      stepElement(arena, record, true, cursor);
    }
    return true;
  }

  forget(): void {}
}
