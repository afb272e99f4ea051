/**
 * How many entries of a stream a group has read, where a dump of an older server does not tell: as valkey 8.0
 * `streamEstimateDistanceFromFirstEverEntry` without deleted entries. Any thread that holds the shard's lock.
 */
import type { Arena } from '../../memory/arena.ts';
import { readFirstId, readLastId, streamLength } from '../stream.ts';
import { READ_UNKNOWN } from '../stream-group.ts';
import { compareIds, StreamId } from '../stream-id.ts';

const first = new StreamId();
const last = new StreamId();

/** `added` is how many entries were ever added. */
export function readUpTo(arena: Arena, record: number, id: StreamId, added: number): number {
  if (added === 0) return 0;
  const length = streamLength(arena, record);
  readLastId(arena, record, last);
  const toLast = compareIds(id, last);
  if (toLast === 0 || (length === 0 && toLast < 0)) return added;
  if (toLast > 0) return READ_UNKNOWN;
  readFirstId(arena, record, first);
  const toFirst = compareIds(id, first);
  if (toFirst < 0) return added - length;
  return toFirst === 0 ? added - length + 1 : READ_UNKNOWN;
}
