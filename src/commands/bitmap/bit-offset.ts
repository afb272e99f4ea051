/** Offsets of bits, and strings long enough for them. Worker thread. As valkey 8.0 `bitops.c`. */
import { parseInteger } from '../../base/bytes.ts';
import { LIMIT_STRING_BYTES } from '../../store/encoding-limits.ts';
import type { Key } from '../../store/key.ts';
import { putZeros, resizeString, stringLength } from '../../store/string.ts';
import type { CommandContext } from '../context.ts';

const BAD_OFFSET = 'ERR bit offset is not an integer or out of range';
const HASH = 0x23;

/** The bit at an argument; after `#` it counts in steps of `width`, if that is not 0. NaN after an error. */
export function bitOffsetAt(context: CommandContext, argument: number, width: number): number {
  const { bytes } = context;
  const end = context.end(argument);
  let start = context.start(argument);
  const inSteps = width > 0 && start < end && bytes[start] === HASH;
  if (inSteps) start += 1;
  const value = parseInteger(bytes, start, end);
  const offset = inSteps ? value * width : value;
  if (offset >= 0 && Math.floor(offset / 8) < context.store.limits[LIMIT_STRING_BYTES]) return offset;
  context.error(BAD_OFFSET);
  return Number.NaN;
}

/** Results of `makeRoom`. */
export const ROOM_THERE = 0;
export const ROOM_MADE = 1;
export const NO_ROOM = 2;

/** Sees to it that the string, which may not exist, has a byte for the bit. Without memory the error is written. */
export function makeRoom(context: CommandContext, key: Key, bit: number): number {
  const wanted = Math.floor(bit / 8) + 1;
  const length = key.record === 0 ? 0 : stringLength(key.arena, key.record);
  const isNew = key.record === 0;
  // Also where it is long enough: it counts as changed in place from now on.
  if (isNew ? putZeros(context.store, key, wanted) : resizeString(key, Math.max(length, wanted))) {
    return wanted > length ? ROOM_MADE : ROOM_THERE;
  }
  context.outOfMemory();
  return NO_ROOM;
}
