/**
 * String values: their bytes, in the key's record whatever their length. Numbers are kept as their digits. Any worker
 * thread that holds the shard's lock.
 *
 * The record's encoding says what OBJECT ENCODING is to show, and how long the string is: where it ends less than a
 * word before the end of the block, by how much; where there is room for a word, the length is in the block's last one.
 * So the length takes no memory. Whoever moves the bytes or changes the block has to say the length anew (`moved`).
 */
import { copyBytes, isInteger64 } from '../base/bytes.ts';
import { usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { copyIn } from '../memory/move-bytes.ts';
import type { Key } from './key.ts';
import { putRecord, resizeValue } from './keyspace.ts';
import { recordEncoding, setRecordEncoding, valueOffset } from './record.ts';
import type { Store } from './store.ts';
import { registerType, TYPE_STRING } from './types.ts';

/** Kinds. Encoding `int` or `embstr` or `raw` by what the value is. */
const STRING_PLAIN = 0;
/** Has been changed in place, which makes it `raw` for good. */
export const STRING_RAW = 1;
/** Text even if it is digits: the result of INCRBYFLOAT. */
export const STRING_TEXT = 2;

/** An encoding is a kind and KINDS times 0 (the length is in the last word) or 1 more than the bytes left over. */
const KINDS = 3;
const WORD_BYTES = 4;

const MAX_EMBEDDED = 44;
const MAX_DIGITS = 20;

/** Offset of the first byte. */
export function stringStart(arena: Arena, record: number): number {
  return valueOffset(arena, record);
}

export function stringLength(arena: Arena, record: number): number {
  const end = record + usableSize(arena, record);
  const encoding = recordEncoding(arena, record);
  if (encoding < KINDS) return arena.words[(end >> 2) - 1];
  return end - valueOffset(arena, record) + 1 - ((encoding / KINDS) | 0);
}

/** Says how long the string is; its bytes may be written before or after. */
function setLength(arena: Arena, record: number, length: number, kind: number): void {
  const end = record + usableSize(arena, record);
  const over = end - valueOffset(arena, record) - length;
  if (over >= WORD_BYTES) arena.words[(end >> 2) - 1] = length;
  setRecordEncoding(arena, record, over >= WORD_BYTES ? kind : kind + KINDS * (over + 1));
}

/** STRING_…. */
export function stringKind(arena: Arena, record: number): number {
  return recordEncoding(arena, record) % KINDS;
}

export function setStringKind(arena: Arena, record: number, kind: number): void {
  const encoding = recordEncoding(arena, record);
  setRecordEncoding(arena, record, encoding - (encoding % KINDS) + kind);
}

/**
 * Sets the key, which has been looked up, to a string. Its type before does not matter; the expiry is replaced by the
 * given one (0: none). False without memory.
 */
export function putString(
  store: Store,
  key: Key,
  bytes: Uint8Array,
  start: number,
  end: number,
  expiresAtMs: number,
): boolean {
  const length = end - start;
  if (!putRecord(store, key, TYPE_STRING, STRING_PLAIN, length, expiresAtMs)) return false;
  const { arena, record } = key;
  setLength(arena, record, length, STRING_PLAIN);
  copyIn(arena, bytes, start, end, stringStart(arena, record));
  return true;
}

/**
 * Makes an existing string `length` bytes long: what is new is zero, what no longer fits is cut off. It gets room
 * to grow further, and counts as changed in place. False without memory.
 */
export function resizeString(key: Key, length: number): boolean {
  const { arena } = key;
  const before = stringLength(arena, key.record);
  if (!resizeValue(key, length + spare(before, length)) && !resizeValue(key, length)) return false;
  const at = stringStart(arena, key.record);
  if (length > before) arena.bytes.fill(0, at + before, at + length);
  setLength(arena, key.record, length, STRING_RAW);
  return true;
}

/** Makes a string of zeros where there is no key; it counts as changed in place. False without memory. */
export function putZeros(store: Store, key: Key, length: number): boolean {
  if (!putRecord(store, key, TYPE_STRING, STRING_RAW, length, 0)) return false;
  const { arena, record } = key;
  const at = stringStart(arena, record);
  arena.bytes.fill(0, at, at + length);
  setLength(arena, record, length, STRING_RAW);
  return true;
}

const MAX_SPARE = 1024 * 1024;

/** As `sdsMakeRoomFor`: strings that grow get as much again, up to 1 MiB. Short ones find room in their block. */
function spare(before: number, length: number): number {
  return length > before && length > MAX_EMBEDDED ? Math.min(length, MAX_SPARE) : 0;
}

/** 'int', 'embstr' or 'raw'. */
export function stringEncoding(arena: Arena, record: number): string {
  const kind = stringKind(arena, record);
  if (kind === STRING_RAW) return 'raw';
  const start = stringStart(arena, record);
  const length = stringLength(arena, record);
  if (kind !== STRING_TEXT && length <= MAX_DIGITS && isInteger64(arena.bytes, start, start + length))
    return 'int';
  return length <= MAX_EMBEDDED ? 'embstr' : 'raw';
}

registerType(TYPE_STRING, {
  name: 'string',
  valueBytes: stringLength,
  free: () => {},
  sizeBytes: () => 0,
  encodingName: stringEncoding,
  freeEffort: () => 1,
  copy: (arena, from, target, to) => {
    const length = stringLength(arena, from);
    const start = stringStart(arena, from);
    copyBytes(arena.bytes, start, start + length, target.bytes, stringStart(target, to));
    setLength(target, to, length, stringKind(arena, from));
    return true;
  },
  moved: (arena, record, length) => setLength(arena, record, length, stringKind(arena, record)),
});
