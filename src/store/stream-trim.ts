/** Trimming streams, as valkey 8.0 `streamTrim`. Any worker thread that holds the shard's lock. */
import type { Key } from './key.ts';
import { addToLength, streamLength } from './stream.ts';
import { compareIds, StreamId } from './stream-id.ts';
import { entryPieces, isLastOfNode, nextOfNode, StreamCursor } from './stream-node.ts';
import { dropFirstNode, enterFirstNode, takeOut } from './stream-removal.ts';

export const TRIM_NONE = 0;
export const TRIM_LENGTH = 1;
export const TRIM_ID = 2;

/** How to trim. Made once and used again. */
export class Trimming {
  strategy = TRIM_NONE;
  /** Only whole nodes. */
  isRough = false;
  /** Entries to delete at most; 0: all. */
  limit = 0;
  maxLength = 0;
  /** Entries before it go. */
  readonly minId: StreamId = new StreamId();
}

const cursor = new StreamCursor();

/** Returns how many entries were deleted. Needs no memory. */
export function trimStream(key: Key, how: Trimming): number {
  if (how.strategy === TRIM_NONE) return 0;
  const before = streamLength(key.arena, key.record);
  const byLength = how.strategy === TRIM_LENGTH;
  for (;;) {
    const length = streamLength(key.arena, key.record);
    const deleted = before - length;
    if (byLength && length <= how.maxLength) return deleted;
    const count = enterFirstNode(key, cursor);
    if (count === 0 || (how.limit > 0 && deleted + count > how.limit)) return deleted;
    if (byLength ? length - count >= how.maxLength : endsBefore(key, how.minId)) dropFirstNode(key);
    else return how.isRough ? deleted : deleted + trimNode(key, how, length);
  }
}

/** Whether all entries of the cursor's node are before the id. */
function endsBefore(key: Key, id: StreamId): boolean {
  const { arena } = key;
  if (compareIds(cursor.id, id) >= 0) return false;
  while (nextOfNode(arena, cursor)) if (compareIds(cursor.id, id) >= 0) return false;
  return true;
}

/** Takes entries out of the first node; at least one stays. */
function trimNode(key: Key, how: Trimming, length: number): number {
  const { arena, record } = key;
  enterFirstNode(key, cursor);
  const { place } = cursor;
  let deleted = 0;
  let pieces = 0;
  while (
    how.strategy === TRIM_LENGTH ? length - deleted > how.maxLength : compareIds(cursor.id, how.minId) < 0
  ) {
    deleted += 1;
    pieces += entryPieces(cursor);
    if (isLastOfNode(arena, cursor)) break;
    nextOfNode(arena, cursor);
  }
  if (deleted === 0) return 0;
  takeOut(arena, cursor, place, pieces, deleted);
  addToLength(arena, record, -deleted);
  return deleted;
}
