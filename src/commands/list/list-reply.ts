/** What commands on lists share: elements in replies, and telling of elements that have gone. Worker thread. */
import { ListCursor } from '../../memory/chunk-list-node.ts';
import { PACKED_BYTES, type PackedCursor } from '../../memory/packed-entry.ts';
import type { Key } from '../../store/key.ts';
import { removeKey } from '../../store/keyspace.ts';
import { listLength, seekElement, stepElement } from '../../store/list.ts';
import { deleteElements, dropElement } from '../../store/list-change.ts';
import { STAT_DIRTY } from '../../store/statistics.ts';
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC, EVENT_LIST } from '../key-events.ts';

const cursor = new ListCursor();
const LEFT = word('left');
const RIGHT = word('right');

/** LEFT or RIGHT: whether it is the front. Undefined: the error has been written. */
export function frontAt(context: CommandContext, argument: number): boolean | undefined {
  if (isWord(context, argument, LEFT)) return true;
  if (isWord(context, argument, RIGHT)) return false;
  context.syntaxError();
  return undefined;
}

export function replyElement(context: CommandContext, key: Key, entry: PackedCursor): void {
  if (entry.kind === PACKED_BYTES) context.bulk(key.arena.bytes, entry.start, entry.end);
  else context.writer.number(entry.value);
}

/** An array of `count` elements that are there, from an index on, in either direction. */
export function replyElements(
  context: CommandContext,
  key: Key,
  index: number,
  count: number,
  forward: boolean,
): void {
  const { arena, record } = key;
  context.array(count);
  if (count === 0) return;
  seekElement(arena, record, index, cursor);
  for (let left = count; ; ) {
    replyElement(context, key, cursor.entry);
    left -= 1;
    if (left === 0) return;
    stepElement(arena, record, forward, cursor);
  }
}

/** Replies with up to `count` elements from an end in an array, and takes them away. */
export function popSeveral(context: CommandContext, key: Key, atFront: boolean, count: number): void {
  const taken = Math.min(count, listLength(key.arena, key.record));
  replyElements(context, key, atFront ? 0 : -1, taken, atFront);
  takeAway(context, key, atFront, taken);
}

/** Replies with the element at an end, and takes it away. */
export function popOne(context: CommandContext, key: Key, atFront: boolean): void {
  seekElement(key.arena, key.record, atFront ? 0 : -1, cursor);
  replyElement(context, key, cursor.entry);
  takeAway(context, key, atFront, 1);
}

/** Takes away elements that are there from an end; the key goes with the last. Tells of it. */
export function takeAway(context: CommandContext, key: Key, atFront: boolean, count: number): void {
  const length = listLength(key.arena, key.record);
  const event = atFront ? 'lpop' : 'rpop';
  if (count === length) {
    removeList(context, key, event, count);
    return;
  }
  if (count === 1) dropElement(context.store, key, atFront);
  else deleteElements(context.store, key, atFront ? 0 : length - count, count);
  changedBy(context, key, event, count);
}

/** The last of `count` elements is going: removes the key and tells of both. */
export function removeList(context: CommandContext, key: Key, event: string, count: number): void {
  removeKey(key);
  changedBy(context, key, event, count);
  context.notify(key, EVENT_GENERIC, 'del');
}

/** One event for so many changes. */
export function changedBy(context: CommandContext, key: Key, event: string, count: number): void {
  context.changed(key, EVENT_LIST, event);
  context.store.statistics.cells[STAT_DIRTY] += count - 1;
}
