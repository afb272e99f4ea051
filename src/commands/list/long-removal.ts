/**
 * LREM on a long list, in slices. Worker thread. First the list is searched. Where little is to go it is taken out at
 * once; where much is, a new list of what stays is made in slices, and takes the place of the old one at the end.
 */

import { destroyChunkList, listPush } from '../../memory/chunk-list.ts';
import { ListCursor } from '../../memory/chunk-list-node.ts';
import { stageBytes } from '../../memory/packed-entry.ts';
import type { Key } from '../../store/key.ts';
import { isChunked, isStagedElement, listLength, seekElement, stepElement } from '../../store/list.ts';
import {
  deleteElement,
  ElementText,
  emptyChunks,
  replaceChunks,
  shrinkList,
} from '../../store/list-change.ts';
import { TYPE_LIST } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { LongWork, SLICE_BYTES, SLICE_ELEMENTS } from '../long-work.ts';
import { changedBy, removeList } from './list-reply.ts';

/** So many are taken out at once. */
const FEW = 200;

const text = new ElementText();

export class LongRemoval extends LongWork {
  readonly #cursor = new ListCursor();
  readonly #element: Uint8Array;
  readonly #forward: boolean;
  readonly #most: number;
  /** Where those are that are to go, in the order in which they were found: while they are few. */
  #found: number[] = [];
  #count = 0;
  /** How many elements have been looked at. */
  #place = 0;
  /** The list of what stays; 0 while there is none. */
  #copy = 0;

  /** `count` as the client gave it: below 0 from the end, 0 for all. */
  constructor(context: CommandContext, key: Key, count: number, element: Uint8Array) {
    super(context, key, TYPE_LIST);
    this.#element = element;
    this.#forward = count >= 0;
    this.#most = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count);
  }

  begin(): void {
    this.#found = [];
    this.#count = 0;
    this.#rewind();
  }

  #rewind(): void {
    const { arena, record } = this.key;
    this.#place = 0;
    if (record !== 0) seekElement(arena, record, this.#forward ? 0 : -1, this.#cursor);
  }

  slice(context: CommandContext): boolean {
    const { arena, record } = this.key;
    if (record === 0) {
      this.reply.integer(0);
      return true;
    }
    stageBytes(this.#element, 0, this.#element.length);
    if (this.#copy !== 0) return this.#copySlice(context);
    const length = listLength(arena, record);
    const end = Math.min(length, this.#place + SLICE_ELEMENTS);
    for (; this.#place < end && this.#count < this.#most; this.#place++) {
      if (isStagedElement(arena, record, this.#cursor, this.#element, 0)) {
        if (this.#count < FEW) this.#found.push(this.#place);
        this.#count += 1;
      }
      stepElement(arena, record, this.#forward, this.#cursor);
    }
    if (this.#place < length && this.#count < this.#most) return false;
    if (this.#count > FEW && this.#count < length && isChunked(arena, record)) {
      this.#copy = emptyChunks(context.store, this.key);
      // Without memory for a copy everything is taken out at once.
      if (this.#copy !== 0) {
        this.#rewind();
        this.#count = 0;
        return false;
      }
    }
    this.#takeOut(context);
    return true;
  }

  /** Takes out what was found: the places of the later ones do not change. */
  #takeOut(context: CommandContext): void {
    const { key } = this;
    const cursor = this.#cursor;
    const length = listLength(key.arena, key.record);
    context.ports.snapshots.keep(key);
    if (this.#count === length) {
      removeList(context, key, 'lrem', length);
      this.reply.integer(length);
      return;
    }
    if (this.#count > FEW) this.#takeOutMany();
    else {
      for (const place of this.#found.toReversed()) {
        seekElement(key.arena, key.record, this.#forward ? place : -1 - place, cursor);
        deleteElement(key, cursor, true);
      }
    }
    this.#finish(context);
  }

  #takeOutMany(): void {
    const { key } = this;
    const cursor = this.#cursor;
    let left = this.#count;
    seekElement(key.arena, key.record, this.#forward ? 0 : -1, cursor);
    while (left > 0) {
      if (isStagedElement(key.arena, key.record, cursor, this.#element, 0)) {
        left -= 1;
        deleteElement(key, cursor, this.#forward);
      } else stepElement(key.arena, key.record, this.#forward, cursor);
    }
  }

  #finish(context: CommandContext): void {
    if (this.#count > 0) {
      shrinkList(context.store, this.key);
      changedBy(context, this.key, 'lrem', this.#count);
    }
    this.reply.integer(this.#count);
  }

  #copySlice(context: CommandContext): boolean {
    const { key } = this;
    const cursor = this.#cursor;
    const { arena, record } = key;
    const length = listLength(arena, record);
    const end = Math.min(length, this.#place + SLICE_ELEMENTS);
    let bytes = 0;
    for (; this.#place < end && bytes < SLICE_BYTES; this.#place++) {
      // Putting in stages another element.
      stageBytes(this.#element, 0, this.#element.length);
      if (this.#count < this.#most && isStagedElement(arena, record, cursor, this.#element, 0)) {
        this.#count += 1;
      } else {
        text.take(arena, cursor.entry);
        bytes += text.length;
        if (!listPush(arena, this.#copy, !this.#forward, text.bytes, 0, text.length)) {
          this.forget();
          stageBytes(this.#element, 0, this.#element.length);
          this.#count = this.#countAll();
          this.#takeOut(context);
          return true;
        }
      }
      stepElement(arena, record, this.#forward, cursor);
    }
    if (this.#place < length) return false;
    context.ports.snapshots.keep(key);
    replaceChunks(key, this.#copy);
    this.#copy = 0;
    text.forget();
    this.#finish(context);
    return true;
  }

  /** How many are to go; the element is staged. */
  #countAll(): number {
    const { arena, record } = this.key;
    let count = 0;
    let more = seekElement(arena, record, this.#forward ? 0 : -1, this.#cursor);
    for (; more && count < this.#most; more = stepElement(arena, record, this.#forward, this.#cursor)) {
      if (isStagedElement(arena, record, this.#cursor, this.#element, 0)) count += 1;
    }
    return count;
  }

  forget(): void {
    if (this.#copy !== 0) destroyChunkList(this.key.arena, this.#copy);
    this.#copy = 0;
  }
}
