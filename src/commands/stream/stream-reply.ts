/** Stream entries in replies. Worker thread. */
import type { Arena } from '../../memory/arena.ts';
import { PACKED_BYTES, PackedCursor, readEntry } from '../../memory/packed-entry.ts';
import { firstPlace } from '../../memory/packed-room.ts';
import { compareIds, type StreamId } from '../../store/stream-id.ts';
import { entryFrom, entryUpTo, nextEntry, previousEntry, StreamCursor } from '../../store/stream-node.ts';
import type { CommandContext } from '../context.ts';
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

/** Entries from one id to another, `most` at most; in reverse from the last one on. Returns how many. */
export function replyEntries(
  context: CommandContext,
  arena: Arena,
  tree: number,
  from: StreamId,
  to: StreamId,
  most: number,
  isReverse: boolean,
): number {
  const count = countEntries(arena, tree, from, to, most, isReverse);
  context.array(count);
  let found = isReverse ? entryUpTo(arena, tree, to, cursor) : entryFrom(arena, tree, from, cursor);
  for (let left = count; left > 0 && found; left--) {
    replyEntry(context, arena, cursor);
    found = isReverse ? previousEntry(arena, cursor) : nextEntry(arena, cursor);
  }
  return count;
}

function countEntries(
  arena: Arena,
  tree: number,
  from: StreamId,
  to: StreamId,
  most: number,
  isReverse: boolean,
): number {
  if (compareIds(from, to) > 0) return 0;
  let count = 0;
  let found = isReverse ? entryUpTo(arena, tree, to, cursor) : entryFrom(arena, tree, from, cursor);
  while (found && count < most) {
    if (isReverse ? compareIds(cursor.id, from) < 0 : compareIds(cursor.id, to) > 0) break;
    count += 1;
    found = isReverse ? previousEntry(arena, cursor) : nextEntry(arena, cursor);
  }
  return count;
}
