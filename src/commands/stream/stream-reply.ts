/** Stream entries in replies. Worker thread. */
import { copyBytes } from '../../base/bytes.ts';
import type { Arena } from '../../memory/arena.ts';
import { PACKED_BYTES, PackedCursor, readEntry } from '../../memory/packed-entry.ts';
import { firstPlace } from '../../memory/packed-room.ts';
import { compareIds, type StreamId } from '../../store/stream-id.ts';
import { entryFrom, entryUpTo, nextEntry, previousEntry, StreamCursor } from '../../store/stream-node.ts';
import type { CommandContext } from '../context.ts';
import { MANY_ELEMENTS, type SlicedCommand, type Slices } from '../slices.ts';
import { replyId } from './stream-ids.ts';

const cursor = new StreamCursor();
const name = new PackedCursor();
const value = new PackedCursor();

function replyPiece(context: CommandContext, arena: Arena, piece: PackedCursor): void {
  if (piece.kind === PACKED_BYTES) context.bulk(arena.bytes, piece.start, piece.end);
  else context.writer.number(piece.value);
}

/** The entry a cursor stands on: its id, and an array of its fields and values. */
export function replyEntry(context: CommandContext, arena: Arena, at: StreamCursor): void {
  const { blob, fieldCount, isPlain } = at;
  context.array(2);
  replyId(context, at.id);
  context.array(2 * fieldCount);
  let names = isPlain ? firstPlace(arena, blob) : 0;
  let place = at.body;
  for (let left = fieldCount; left > 0; left--) {
    readEntry(arena, blob, isPlain ? names : place, name);
    if (isPlain) names = name.next;
    else place = name.next;
    readEntry(arena, blob, place, value);
    place = value.next;
    replyPiece(context, arena, name);
    replyPiece(context, arena, value);
  }
}

/**
 * Entries from one id to another, `most` at most; in reverse from the last one on. One array, whose length is put
 * before it when it is known. With `mayStop` the result is false, and
 * nothing has been written, where there are many.
 */
export function replyEntries(
  context: CommandContext,
  arena: Arena,
  tree: number,
  from: StreamId,
  to: StreamId,
  most: number,
  isReverse: boolean,
  mayStop: boolean,
): boolean {
  const start = context.writer.length;
  let count = 0;
  let found = isReverse ? entryUpTo(arena, tree, to, cursor) : entryFrom(arena, tree, from, cursor);
  while (found && count < most) {
    if (isReverse ? compareIds(cursor.id, from) < 0 : compareIds(cursor.id, to) > 0) break;
    replyEntry(context, arena, cursor);
    count += 1;
    if (count === MANY_ELEMENTS && mayStop) {
      context.writer.length = start;
      return false;
    }
    found = isReverse ? previousEntry(arena, cursor) : nextEntry(arena, cursor);
  }
  insertArray(context, start, count);
  return true;
}

/** As `replyEntries` where there are many of them, in slices: they are counted first. */
export function* entriesSliced(
  context: CommandContext,
  slices: SlicedCommand,
  arena: Arena,
  tree: number,
  from: StreamId,
  to: StreamId,
  most: number,
  isReverse: boolean,
): Slices {
  const at = new StreamCursor();
  const begin = (): boolean =>
    isReverse ? entryUpTo(arena, tree, to, at) : entryFrom(arena, tree, from, at);
  const next = (): boolean => (isReverse ? previousEntry(arena, at) : nextEntry(arena, at));
  const isWithin = (): boolean => (isReverse ? compareIds(at.id, from) >= 0 : compareIds(at.id, to) <= 0);
  let count = 0;
  for (let found = begin(); found && count < most && isWithin(); found = next()) {
    count += 1;
    if (slices.isOver()) yield;
  }
  context.array(count);
  let found = begin();
  for (let left = count; found && left > 0; left--) {
    replyEntry(context, arena, at);
    if (slices.isOver()) yield;
    found = next();
  }
}

/** The longest: an array, and an id. */
const header = new Uint8Array(128);

/** Makes what has been written from `start` on an array of so many parts. */
export function insertArray(context: CommandContext, start: number, count: number): void {
  const end = context.writer.length;
  context.array(count);
  moveToFront(context, start, end);
}

/** As `insertArray`, a map of so many pairs, or an array of pairs that are arrays already. */
export function insertStreams(context: CommandContext, start: number, count: number): void {
  const end = context.writer.length;
  if (context.resp === 3) context.map(count);
  else context.array(count);
  moveToFront(context, start, end);
}

/** Moves what was written last, from `end` on, to `start`. */
export function moveToFront(context: CommandContext, start: number, end: number): void {
  const { bytes, length } = context.writer;
  const size = length - end;
  copyBytes(bytes, end, length, header, 0);
  bytes.copyWithin(start + size, start, end);
  copyBytes(header, 0, size, bytes, start);
}
