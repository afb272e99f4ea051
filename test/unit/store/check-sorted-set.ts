/** Walks a sorted set and throws where something does not fit. Returns its members and scores, in its order. */
import { decodeLatin1 } from '../../../src/base/bytes.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import { TREE_OWNER } from '../../../src/memory/ordered-tree-cursor.ts';
import { doubleOf } from '../../../src/memory/ordered-tree-key.ts';
import { recordEncoding } from '../../../src/store/record.ts';
import { scoredCount, sortedSetBody, ZSET_PACKED } from '../../../src/store/sorted-set.ts';
import { entryScore } from '../../../src/store/sorted-set-entry.ts';
import { checkTree } from '../memory/check-ordered-tree.ts';
import { checkPacked } from '../memory/check-packed.ts';
import { checkTable } from '../memory/check-table.ts';

export type Scored = readonly [member: string, score: number];

function fail(what: string): never {
  throw new Error(`sorted set: ${what}`);
}

export function checkSortedSet(arena: Arena, record: number): Scored[] {
  const body = sortedSetBody(arena, record);
  const members = recordEncoding(arena, record) === ZSET_PACKED ? pairs(arena, body) : entries(arena, body);
  if (members.length === 0) fail('an empty set');
  if (members.length !== scoredCount(arena, record)) fail('count');
  if (new Set(members.map(([member]) => member)).size !== members.length) fail('a member is there twice');
  for (let at = 1; at < members.length; at++) {
    if (compareScored(members[at - 1], members[at]) >= 0) fail('out of order');
  }
  return members;
}

/** By score, then byte by byte: texts have one character per byte. */
export function compareScored([member, score]: Scored, [other, otherScore]: Scored): number {
  if (score !== otherScore) return score < otherScore ? -1 : 1;
  return member < other ? -1 : member > other ? 1 : 0;
}

function pairs(arena: Arena, packed: number): Scored[] {
  const values = checkPacked(arena, packed);
  if (values.length % 2 !== 0) fail('a member without a score');
  const members: Scored[] = [];
  for (let at = 0; at < values.length; at += 2) {
    const score = Number(values[at + 1]);
    if (Number.isNaN(score) || Object.is(score, -0)) fail('a score that is none');
    members.push([String(values[at]), score]);
  }
  return members;
}

function entries(arena: Arena, tree: number): Scored[] {
  const { words } = arena;
  const listed = checkTable(arena, words[(tree >> 2) + TREE_OWNER]);
  const places = checkTree(arena, tree).entries;
  if (places.length !== listed.size) fail('the tree and the table differ');
  return places.map((at) => {
    const entry = words[at + 2];
    if (!listed.has(entry)) fail('the tree leads to an entry that is not in the table');
    const length = words[(entry >> 2) + 1];
    if (length < 0) fail('a member is still marked as drawn');
    const score = entryScore(arena, entry);
    if (doubleOf(words[at], words[at + 1]) !== score) fail('scores of tree and entry differ');
    return [decodeLatin1(arena.bytes, entry + 8, entry + 8 + length), score];
  });
}
