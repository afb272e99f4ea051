/**
 * Going through the members of a set: all of them, page by page, or by chance. A member is shown as bytes: of the
 * arena, or of a few digits where it is kept as a number. Any thread that holds the shard's lock; the set must not
 * change while it is walked.
 */
import type { Arena } from '../memory/arena.ts';
import { packedAt, packedFirst, packedNext } from '../memory/packed.ts';
import { PACKED_BYTES, PackedCursor, writeIntegerText } from '../memory/packed-entry.ts';
import { packedCount } from '../memory/packed-room.ts';
import { ENTRY_KEY, ENTRY_LENGTH_MASK } from '../memory/table-layout.ts';
import { EntryList, randomEntry, scanBucket } from '../memory/table-scan.ts';
import { intsetCount, intsetText } from './intset.ts';

const INTEGERS = 0;
const PACKED = 1;

/** Where a walk stands. Made once and used again. */
export class SetWalk {
  /** The member is `bytes[start, end)`, until the next step. */
  bytes: Uint8Array;
  start = 0;
  end = 0;
  /** Offset of the member's entry in a table; 0 in other encodings. */
  entry = 0;
  arena!: Arena;
  encoding = 0;
  body = 0;
  /** Of integers, and of the entries of a bucket: which is next. */
  index = 0;
  /** Of a table: where the next bucket is; -1 behind the last. */
  place = 0;
  readonly digits = new Uint8Array(24);
  readonly cursor = new PackedCursor();
  readonly page = new EntryList();

  constructor() {
    this.bytes = this.digits;
  }
}

/** Stands before the first member. */
export function beginMembers(walk: SetWalk, arena: Arena, encoding: number, body: number): void {
  walk.arena = arena;
  walk.encoding = encoding;
  walk.body = body;
  walk.index = 0;
  walk.place = 0;
  walk.page.count = 0;
  walk.entry = 0;
  walk.cursor.place = 0;
}

/** To the next member. False behind the last. */
export function nextMember(walk: SetWalk): boolean {
  const { arena, body } = walk;
  if (walk.encoding === INTEGERS) {
    if (walk.index >= intsetCount(arena, body)) return false;
    showInteger(walk, walk.index);
    walk.index += 1;
    return true;
  }
  if (walk.encoding === PACKED) {
    const { cursor } = walk;
    const more = walk.index === 0 ? packedFirst(arena, body, cursor) : packedNext(arena, body, cursor);
    walk.index = 1;
    if (more) showPacked(walk);
    return more;
  }
  const { page } = walk;
  while (walk.index >= page.count) {
    if (walk.place < 0) return false;
    page.count = 0;
    walk.index = 0;
    walk.place = scanBucket(arena, body, walk.place, page);
    if (walk.place === 0) walk.place = -1;
  }
  showEntry(walk, page.entries[walk.index]);
  walk.index += 1;
  return true;
}

/** To a member chosen by chance, each as likely as any other. The set is not empty. */
export function randomMember(
  walk: SetWalk,
  arena: Arena,
  encoding: number,
  body: number,
  next: () => number,
): void {
  walk.arena = arena;
  walk.encoding = encoding;
  walk.body = body;
  if (encoding === INTEGERS) showInteger(walk, Math.floor(next() * intsetCount(arena, body)));
  else if (encoding === PACKED) {
    packedAt(arena, body, Math.floor(next() * packedCount(arena, body)), walk.cursor);
    showPacked(walk);
  } else showEntry(walk, randomEntry(arena, body, next));
}

/** Set in the second word of an entry while it is among those that were drawn. */
const DRAWN = 0x8000_0000 | 0;

/**
 * Puts `count` different entries of a table, chosen by chance, into `out`. There are more of them: how much more says
 * how often one is drawn twice. Of members and fields alike.
 */
export function drawEntries(
  arena: Arena,
  table: number,
  count: number,
  next: () => number,
  out: EntryList,
): void {
  const { words } = arena;
  out.count = 0;
  while (out.count < count) {
    const entry = randomEntry(arena, table, next);
    const at = (entry >> 2) + 1;
    if ((words[at] & DRAWN) !== 0) continue;
    words[at] |= DRAWN;
    out.add(entry);
  }
  for (let index = 0; index < count; index++) words[(out.entries[index] >> 2) + 1] &= ~DRAWN;
}

function showInteger(walk: SetWalk, index: number): void {
  walk.bytes = walk.digits;
  walk.start = 0;
  walk.end = intsetText(walk.arena, walk.body, index, walk.digits);
}

function showPacked(walk: SetWalk): void {
  const { cursor } = walk;
  if (cursor.kind === PACKED_BYTES) {
    walk.bytes = walk.arena.bytes;
    walk.start = cursor.start;
    walk.end = cursor.end;
  } else {
    walk.bytes = walk.digits;
    walk.start = 0;
    walk.end = writeIntegerText(walk.digits, 0, cursor.value);
  }
}

export function showEntry(walk: SetWalk, entry: number): void {
  walk.bytes = walk.arena.bytes;
  walk.entry = entry;
  walk.start = entry + ENTRY_KEY;
  walk.end = walk.start + (walk.arena.words[(entry >> 2) + 1] & ENTRY_LENGTH_MASK);
}
