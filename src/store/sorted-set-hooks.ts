/** What the keyspace has to know of sorted sets: freeing and copying them, their size, the names of their encodings. */
import { usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { treeCount } from '../memory/ordered-tree-cursor.ts';
import { copyPackedTo } from '../memory/packed-room.ts';
import { recordEncoding } from './record.ts';
import {
  freeSetParts,
  setSortedSetBody,
  sortedSetBody,
  ZSET_PACKED,
  ZSET_VALUE_BYTES,
} from './sorted-set.ts';
import { createScores, freeScores, insertScoreEntry, scoresBytes } from './sorted-set-tree.ts';
import { beginRanks, nextScored, SortedSetWalk } from './sorted-set-walk.ts';
import { registerType, TYPE_ZSET } from './types.ts';

const ENCODING_NAMES = ['listpack', 'skiplist'];
const walk = new SortedSetWalk();

function isPacked(arena: Arena, record: number): boolean {
  return recordEncoding(arena, record) === ZSET_PACKED;
}

function copy(arena: Arena, from: number, target: Arena, to: number): boolean {
  const body = sortedSetBody(arena, from);
  const made = isPacked(arena, from) ? copyPackedTo(arena, body, target) : copyScores(arena, body, target);
  setSortedSetBody(target, to, made);
  return made !== 0;
}

/** In order, so that the new tree's nodes are full. */
function copyScores(arena: Arena, tree: number, target: Arena): number {
  const made = createScores(target);
  if (made === 0) return 0;
  beginRanks(walk, arena, 1, tree, 0, treeCount(arena, tree), false);
  while (nextScored(walk)) {
    if (insertScoreEntry(target, made, walk.bytes, walk.start, walk.end, walk.score)) continue;
    freeScores(target, made);
    return 0;
  }
  return made;
}

registerType(TYPE_ZSET, {
  name: 'zset',
  valueBytes: () => ZSET_VALUE_BYTES,
  free: (arena, record) => freeSetParts(arena, recordEncoding(arena, record), sortedSetBody(arena, record)),
  sizeBytes: (arena, record) => {
    const body = sortedSetBody(arena, record);
    return isPacked(arena, record) ? usableSize(arena, body) : scoresBytes(arena, body);
  },
  encodingName: (arena, record) => ENCODING_NAMES[recordEncoding(arena, record)],
  freeEffort: (arena, record) =>
    isPacked(arena, record) ? 1 : treeCount(arena, sortedSetBody(arena, record)),
  copy,
});
