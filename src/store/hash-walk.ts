/**
 * Going through the fields of a hash: all of them, page by page, by chance, or to one. Field and value are shown as
 * bytes: of the arena, or of a few digits where they are kept as numbers. Any thread that holds the shard's lock; the
 * hash must not change while it is walked.
 */
import type { Arena } from '../memory/arena.ts';
import { packedAt, packedFind, packedFirst, packedNext } from '../memory/packed.ts';
import { PACKED_BYTES, PackedCursor, writeIntegerText } from '../memory/packed-entry.ts';
import { packedCount } from '../memory/packed-room.ts';
import { ENTRY_KEY } from '../memory/table-layout.ts';
import { EntryList, randomEntry, scanBucket } from '../memory/table-scan.ts';
import { fieldExpiry, fieldLength, fieldValueLength, fieldValueStart, findFieldEntry } from './hash-entry.ts';
import { recordEncoding, valueOffset } from './record.ts';

/** Field and value in turn. */
export const HASH_PACKED = 0;
export const HASH_TABLE = 1;
/** Field, value and time in turn; those that expire first come first, those that do not last. */
export const HASH_TIMED = 2;

/** Entries of a blob that belong to a field. */
export function packedStride(encoding: number): number {
  return encoding === HASH_TIMED ? 3 : 2;
}

/** Where a walk stands, and what is there. Made once and used again. */
export class HashWalk {
  /** The field is `field[fieldStart, fieldEnd)`, its value likewise, until the next step. */
  field: Uint8Array;
  fieldStart = 0;
  fieldEnd = 0;
  value: Uint8Array;
  valueStart = 0;
  valueEnd = 0;
  /** Unix time in ms, 0 where the field does not expire. */
  expiresAtMs = 0;
  /** Offset of the field's entry in a table; 0 in other encodings. */
  entry = 0;
  /** Place of the field in a blob. */
  place = 0;
  arena!: Arena;
  encoding = 0;
  body = 0;
  index = 0;
  /** Of a table: where the next bucket is; -1 behind the last. */
  bucket = 0;
  readonly fieldDigits = new Uint8Array(24);
  readonly valueDigits = new Uint8Array(24);
  readonly cursor = new PackedCursor();
  readonly page = new EntryList();

  constructor() {
    this.field = this.fieldDigits;
    this.value = this.valueDigits;
  }
}

/** Stands before the first field. */
export function beginFields(walk: HashWalk, arena: Arena, record: number): void {
  walk.arena = arena;
  walk.encoding = recordEncoding(arena, record);
  walk.body = arena.words[valueOffset(arena, record) >> 2];
  walk.index = 0;
  walk.bucket = 0;
  walk.page.count = 0;
  walk.entry = 0;
  walk.cursor.place = 0;
}

/** To the next field. False behind the last. */
export function nextField(walk: HashWalk): boolean {
  const { arena, body } = walk;
  if (walk.encoding !== HASH_TABLE) {
    const { cursor } = walk;
    const more = walk.index === 0 ? packedFirst(arena, body, cursor) : packedNext(arena, body, cursor);
    walk.index = 1;
    if (more) showPackedField(walk);
    return more;
  }
  const { page } = walk;
  while (walk.index >= page.count) {
    if (walk.bucket < 0) return false;
    page.count = 0;
    walk.index = 0;
    walk.bucket = scanBucket(arena, body, walk.bucket, page);
    if (walk.bucket === 0) walk.bucket = -1;
  }
  showFieldEntry(walk, page.entries[walk.index]);
  walk.index += 1;
  return true;
}

/** To a field with a name. False where the hash does not have it. */
export function findField(
  walk: HashWalk,
  arena: Arena,
  record: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const encoding = recordEncoding(arena, record);
  const body = arena.words[valueOffset(arena, record) >> 2];
  walk.arena = arena;
  walk.encoding = encoding;
  walk.body = body;
  if (encoding === HASH_TABLE) {
    const entry = findFieldEntry(arena, body, bytes, start, end);
    if (entry !== 0) showFieldEntry(walk, entry);
    return entry !== 0;
  }
  if (!packedFind(arena, body, bytes, start, end, packedStride(encoding), walk.cursor)) return false;
  showPackedField(walk);
  return true;
}

/** To a field chosen by chance, each as likely as any other. The hash is not empty. */
export function randomField(walk: HashWalk, arena: Arena, record: number, next: () => number): void {
  beginFields(walk, arena, record);
  if (walk.encoding === HASH_TABLE) {
    showFieldEntry(walk, randomEntry(arena, walk.body, next));
    return;
  }
  const stride = packedStride(walk.encoding);
  const index = Math.floor(next() * (packedCount(arena, walk.body) / stride));
  packedAt(arena, walk.body, index * stride, walk.cursor);
  showPackedField(walk);
}

/** The cursor stands on a field; afterwards on the last entry that belongs to it. */
function showPackedField(walk: HashWalk): void {
  const { arena, body, cursor } = walk;
  walk.place = cursor.place;
  if (cursor.kind === PACKED_BYTES) {
    walk.field = arena.bytes;
    walk.fieldStart = cursor.start;
    walk.fieldEnd = cursor.end;
  } else {
    walk.field = walk.fieldDigits;
    walk.fieldStart = 0;
    walk.fieldEnd = writeIntegerText(walk.fieldDigits, 0, cursor.value);
  }
  packedNext(arena, body, cursor);
  if (cursor.kind === PACKED_BYTES) {
    walk.value = arena.bytes;
    walk.valueStart = cursor.start;
    walk.valueEnd = cursor.end;
  } else {
    walk.value = walk.valueDigits;
    walk.valueStart = 0;
    walk.valueEnd = writeIntegerText(walk.valueDigits, 0, cursor.value);
  }
  walk.expiresAtMs = 0;
  if (walk.encoding !== HASH_TIMED) return;
  packedNext(arena, body, cursor);
  walk.expiresAtMs = cursor.value;
}

export function showFieldEntry(walk: HashWalk, entry: number): void {
  const { arena } = walk;
  walk.entry = entry;
  walk.field = arena.bytes;
  walk.fieldStart = entry + ENTRY_KEY;
  walk.fieldEnd = walk.fieldStart + fieldLength(arena, entry);
  walk.value = arena.bytes;
  walk.valueStart = fieldValueStart(arena, entry);
  walk.valueEnd = walk.valueStart + fieldValueLength(arena, entry);
  walk.expiresAtMs = fieldExpiry(arena, entry);
}
