/**
 * Going through the members of a sorted set in order, in either direction, or choosing one by chance. A member is shown
 * as bytes: of the arena, or of a few digits where it is kept as a number. Any thread that holds the shard's lock; the
 * set must not change while it is walked.
 */
import type { Arena } from '../memory/arena.ts';
import { seekRank, TreeCursor, treeNext, treePrevious } from '../memory/ordered-tree-cursor.ts';
import { packedAt, packedNext, packedPrevious } from '../memory/packed.ts';
import { PACKED_BYTES, PackedCursor, writeIntegerText } from '../memory/packed-entry.ts';
import { packedCount } from '../memory/packed-room.ts';
import { ENTRY_KEY } from '../memory/table-layout.ts';
import { randomEntry } from '../memory/table-scan.ts';
import { entryScore, memberEnd } from './sorted-set-entry.ts';
import { scoreTable } from './sorted-set-tree.ts';

const PACKED = 0;

/** Where a walk stands. Made once and used again. */
export class SortedSetWalk {
  /** The member is `bytes[start, end)`, until the next step. */
  bytes: Uint8Array;
  start = 0;
  end = 0;
  score = Number.NaN;
  arena!: Arena;
  encoding = 0;
  body = 0;
  /** Members to come. */
  left = 0;
  isReverse = false;
  /** Before the first member: the cursors stand on it, and not on the one before. */
  isFresh = true;
  readonly digits = new Uint8Array(24);
  readonly member = new PackedCursor();
  readonly number = new PackedCursor();
  readonly cursor = new TreeCursor();

  constructor() {
    this.bytes = this.digits;
  }
}

/** Stands before `count` members, which are there: from a rank up, or from a rank down. */
export function beginRanks(
  walk: SortedSetWalk,
  arena: Arena,
  encoding: number,
  body: number,
  rank: number,
  count: number,
  isReverse: boolean,
): void {
  walk.arena = arena;
  walk.encoding = encoding;
  walk.body = body;
  walk.left = count;
  walk.isReverse = isReverse;
  walk.isFresh = true;
  if (count === 0) return;
  if (encoding === PACKED) packedAt(arena, body, 2 * rank, walk.member);
  else seekRank(arena, body, rank, walk.cursor);
}

/** To the next member. False behind the last. */
export function nextScored(walk: SortedSetWalk): boolean {
  if (walk.left === 0) return false;
  walk.left -= 1;
  const { arena, body, isFresh, isReverse } = walk;
  walk.isFresh = false;
  if (walk.encoding !== PACKED) {
    const { cursor } = walk;
    if (!isFresh) {
      if (isReverse) treePrevious(arena, cursor);
      else treeNext(arena, cursor);
    }
    showScoreEntry(walk, cursor.reference);
    return true;
  }
  const { member, number } = walk;
  if (!isFresh) {
    if (isReverse) {
      packedPrevious(arena, body, member);
      packedPrevious(arena, body, member);
    } else {
      member.next = number.next;
      packedNext(arena, body, member);
    }
  }
  showPair(walk);
  return true;
}

/** To a member chosen by chance, each as likely as any other. The set is not empty. */
export function randomScored(
  walk: SortedSetWalk,
  arena: Arena,
  encoding: number,
  body: number,
  next: () => number,
): void {
  walk.arena = arena;
  walk.encoding = encoding;
  walk.body = body;
  if (encoding === PACKED) {
    packedAt(arena, body, 2 * Math.floor((next() * packedCount(arena, body)) / 2), walk.member);
    showPair(walk);
  } else showScoreEntry(walk, randomEntry(arena, scoreTable(arena, body), next));
}

export function showScoreEntry(walk: SortedSetWalk, entry: number): void {
  walk.bytes = walk.arena.bytes;
  walk.start = entry + ENTRY_KEY;
  walk.end = memberEnd(walk.arena, entry);
  walk.score = entryScore(walk.arena, entry);
}

/** `member` stands on the pair's first entry. */
function showPair(walk: SortedSetWalk): void {
  const { member, number } = walk;
  number.next = member.next;
  packedNext(walk.arena, walk.body, number);
  walk.score = number.value;
  if (member.kind === PACKED_BYTES) {
    walk.bytes = walk.arena.bytes;
    walk.start = member.start;
    walk.end = member.end;
  } else {
    walk.bytes = walk.digits;
    walk.start = 0;
    walk.end = writeIntegerText(walk.digits, 0, member.value);
  }
}
