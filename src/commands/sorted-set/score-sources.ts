/**
 * What unions, intersections and differences of sorted sets are made of: sorted sets and sets, whose members have the
 * score 1, each with a weight. Worker thread, while the shards of all of them are locked.
 */
import type { Key } from '../../store/key.ts';
import { recordEncoding, recordType } from '../../store/record.ts';
import { hasMember, setBody, setCount } from '../../store/set.ts';
import { beginMembers, nextMember, SetWalk } from '../../store/set-walk.ts';
import { findScore, ScorePlace, scoredCount, sortedSetBody } from '../../store/sorted-set.ts';
import { beginRanks, nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { TYPE_SET, TYPE_ZSET } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { WRONG_TYPE } from '../errors.ts';
import { readKey } from '../lookup.ts';

const place = new ScorePlace();

/** Sources of one command, used again. */
export class ScoreSources {
  readonly keys: Key[] = [];
  weights = new Float64Array(16);
  count = 0;
  /** Of `seekSource`. */
  score = Number.NaN;
}

/** Looks up the sources at `count` arguments from `first` on. False after an error. */
export function findSources(
  context: CommandContext,
  sources: ScoreSources,
  first: number,
  count: number,
): boolean {
  sources.count = count;
  if (sources.weights.length < count) sources.weights = new Float64Array(2 * count);
  for (let index = 0; index < count; index++) {
    const key = readKey(context, first + index);
    sources.keys[index] = key;
    sources.weights[index] = 1;
    if (key.record === 0) continue;
    const type = recordType(key.arena, key.record);
    if (type === TYPE_ZSET || type === TYPE_SET) continue;
    context.error(WRONG_TYPE);
    return false;
  }
  return true;
}

export function sourceCount({ arena, record }: Key): number {
  if (record === 0) return 0;
  return recordType(arena, record) === TYPE_SET ? setCount(arena, record) : scoredCount(arena, record);
}

/** The smallest first, those of equal size in their order: by insertion, for they are few. */
export function sortSources({ keys, weights, count }: ScoreSources): void {
  for (let index = 1; index < count; index++) {
    const key = keys[index];
    const weight = weights[index];
    const size = sourceCount(key);
    let to = index;
    for (; to > 0 && sourceCount(keys[to - 1]) > size; to--) {
      keys[to] = keys[to - 1];
      weights[to] = weights[to - 1];
    }
    keys[to] = key;
    weights[to] = weight;
  }
}

/** Whether a source has a member; `sources.score` is its score then, without the weight. */
export function seekSource(
  sources: ScoreSources,
  index: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const { arena, record } = sources.keys[index];
  if (record === 0) return false;
  if (recordType(arena, record) === TYPE_SET) {
    sources.score = 1;
    return hasMember(arena, record, bytes, start, end);
  }
  const encoding = recordEncoding(arena, record);
  if (!findScore(place, arena, encoding, sortedSetBody(arena, record), bytes, start, end)) return false;
  sources.score = place.score;
  return true;
}

/** Goes through the members of one source: sorted sets from the highest score down, as the servers do. */
export class SourceWalk {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  score = Number.NaN;
  isSet = false;
  readonly members = new SetWalk();
  readonly scored = new SortedSetWalk();
}

/** Stands before the first member of a source that is there. */
export function beginSource(walk: SourceWalk, { arena, record }: Key): void {
  walk.isSet = recordType(arena, record) === TYPE_SET;
  const encoding = recordEncoding(arena, record);
  if (walk.isSet) beginMembers(walk.members, arena, encoding, setBody(arena, record));
  else {
    const count = scoredCount(arena, record);
    beginRanks(walk.scored, arena, encoding, sortedSetBody(arena, record), count - 1, count, true);
  }
}

export function nextOfSource(walk: SourceWalk): boolean {
  const { members, scored } = walk;
  if (walk.isSet) {
    if (!nextMember(members)) return false;
    walk.bytes = members.bytes;
    walk.start = members.start;
    walk.end = members.end;
    walk.score = 1;
    return true;
  }
  if (!nextScored(scored)) return false;
  walk.bytes = scored.bytes;
  walk.start = scored.start;
  walk.end = scored.end;
  walk.score = scored.score;
  return true;
}
