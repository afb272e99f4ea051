/** HyperLogLogs in keys: reading them with the servers' errors, and putting them back. Worker thread. */

import { copyBytes } from '../../base/bytes.ts';
import { isSketch, type Sketch } from '../../store/hyperloglog.ts';
import type { Key } from '../../store/key.ts';
import { recordType } from '../../store/record.ts';
import { putZeros, resizeString, stringLength, stringStart } from '../../store/string.ts';
import { TYPE_STRING } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { WRONG_TYPE } from '../errors.ts';

export const BROKEN = 'INVALIDOBJ Corrupted HLL object detected';
const NO_SKETCH = 'WRONGTYPE Key is not a valid HyperLogLog string value.';

/** Whether the key, which exists, is a HyperLogLog. If not, the error has been written. */
export function checkSketch(context: CommandContext, key: Key): boolean {
  const { arena, record } = key;
  if (recordType(arena, record) !== TYPE_STRING) {
    context.error(WRONG_TYPE);
    return false;
  }
  if (isSketch(arena.bytes, stringStart(arena, record), stringLength(arena, record))) return true;
  context.error(NO_SKETCH);
  return false;
}

export function loadSketch(key: Key, sketch: Sketch): void {
  const { arena, record } = key;
  sketch.load(arena.bytes, stringStart(arena, record), stringLength(arena, record));
}

/** The key becomes the HyperLogLog; its expiry stays. False without memory, and the error has been written. */
export function keepSketch(context: CommandContext, key: Key, sketch: Sketch): boolean {
  const { length } = sketch;
  if (key.record === 0 ? !putZeros(context.store, key, length) : !resizeString(key, length)) {
    context.outOfMemory();
    return false;
  }
  const { arena, record } = key;
  copyBytes(sketch.bytes, 0, length, arena.bytes, stringStart(arena, record));
  return true;
}
