/**
 * String values: a word with the length, then the bytes, in the key's record whatever their length. Numbers are kept as
 * their digits; the encoding only says what OBJECT ENCODING is to show. Any worker thread that holds the shard's lock.
 */
import { copyBytes, isInteger64 } from '../base/bytes.ts';
import type { Arena } from '../memory/arena.ts';
import { copyIn } from '../memory/move-bytes.ts';
import type { Key } from './key.ts';
import { putRecord, resizeValue } from './keyspace.ts';
import { recordEncoding, setRecordEncoding, valueOffset } from './record.ts';
import type { Store } from './store.ts';
import { registerType, TYPE_STRING } from './types.ts';

/** Encoding `int` or `embstr` or `raw` by what the value is. */
export const STRING_PLAIN = 0;
/** Has been changed in place, which makes it `raw` for good. */
export const STRING_RAW = 1;
/** Text even if it is digits: the result of INCRBYFLOAT. */
export const STRING_TEXT = 2;

const MAX_EMBEDDED = 44;
const MAX_DIGITS = 20;

/** Offset of the first byte. */
export function stringStart(arena: Arena, record: number): number {
  return valueOffset(arena, record) + 4;
}

export function stringLength(arena: Arena, record: number): number {
  return arena.words[valueOffset(arena, record) >> 2];
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
  if (!putRecord(store, key, TYPE_STRING, STRING_PLAIN, 4 + length, expiresAtMs)) return false;
  const { arena } = key;
  const at = valueOffset(arena, key.record);
  arena.words[at >> 2] = length;
  copyIn(arena, bytes, start, end, at + 4);
  return true;
}

/**
 * * Makes an existing string `length` bytes long: what is new is zero, what no longer fits is cut off. It gets room
 * to grow further, and counts as changed in place. False without memory.
 */
export function resizeString(key: Key, length: number): boolean {
  const { arena } = key;
  const before = stringLength(arena, key.record);
  if (!resizeValue(key, 4 + length + spare(before, length)) && !resizeValue(key, 4 + length)) return false;
  const at = valueOffset(arena, key.record);
  arena.words[at >> 2] = length;
  if (length > before) arena.bytes.fill(0, at + 4 + before, at + 4 + length);
  setRecordEncoding(arena, key.record, STRING_RAW);
  return true;
}

/** Makes a string of zeros where there is no key; it counts as changed in place. False without memory. */
export function putZeros(store: Store, key: Key, length: number): boolean {
  if (!putRecord(store, key, TYPE_STRING, STRING_RAW, 4 + length, 0)) return false;
  const { arena } = key;
  const at = valueOffset(arena, key.record);
  arena.words[at >> 2] = length;
  arena.bytes.fill(0, at + 4, at + 4 + length);
  return true;
}

const MAX_SPARE = 1024 * 1024;

/** As `sdsMakeRoomFor`: strings that grow get as much again, up to 1 MiB. Short ones find room in their block. */
function spare(before: number, length: number): number {
  return length > before && length > MAX_EMBEDDED ? Math.min(length, MAX_SPARE) : 0;
}

/** 'int', 'embstr' or 'raw'. */
export function stringEncoding(arena: Arena, record: number): string {
  if (recordEncoding(arena, record) === STRING_RAW) return 'raw';
  const start = stringStart(arena, record);
  const length = stringLength(arena, record);
  const isText = recordEncoding(arena, record) === STRING_TEXT;
  if (!isText && length <= MAX_DIGITS && isInteger64(arena.bytes, start, start + length)) return 'int';
  return length <= MAX_EMBEDDED ? 'embstr' : 'raw';
}

registerType(TYPE_STRING, {
  name: 'string',
  valueBytes: (arena, record) => 4 + stringLength(arena, record),
  free: () => {},
  sizeBytes: () => 0,
  encodingName: stringEncoding,
  freeEffort: () => 1,
  copy: (arena, from, target, to) => {
    const length = stringLength(arena, from);
    const start = stringStart(arena, from);
    target.words[valueOffset(target, to) >> 2] = length;
    copyBytes(arena.bytes, start, start + length, target.bytes, valueOffset(target, to) + 4);
    return true;
  },
});
