/** What HINCRBY does on the engine. Worker thread. As valkey 8.0 `t_hash.c`. */
import { isInteger64, parseInteger } from '../../base/bytes.ts';
import { writeIntegerText } from '../../memory/packed-entry.ts';
import { FIELD_NO_MEMORY, setField } from '../../store/hash.ts';
import { findField, HashWalk } from '../../store/hash-walk.ts';
import type { Key } from '../../store/key.ts';
import { bigIntegerAt, integerAt } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { OVERFLOW } from '../errors.ts';
import { EVENT_HASH } from '../key-events.ts';
import { writeHash } from './hash-keys.ts';

const MIN_64 = -(2n ** 63n);
const MAX_64 = 2n ** 63n - 1n;
const walk = new HashWalk();
const digits = new Uint8Array(24);

export function runHincrby(context: CommandContext): void {
  const by = integerAt(context, 3);
  if (Number.isNaN(by)) return;
  const key = writeHash(context, 1);
  if (key === undefined) return;
  let value = 0;
  if (
    key.record !== 0 &&
    findField(walk, key.arena, key.record, context.bytes, context.start(2), context.end(2))
  ) {
    value = parseInteger(walk.value, walk.valueStart, walk.valueEnd);
    if (Number.isNaN(value) && !isInteger64(walk.value, walk.valueStart, walk.valueEnd)) {
      context.error('ERR hash value is not an integer');
      return;
    }
  }
  const sum = value + by;
  if (!Number.isSafeInteger(by) || !Number.isSafeInteger(sum)) {
    addBig(context, key, Number.isNaN(value) ? bigValue() : BigInt(value));
    return;
  }
  if (!putDigits(context, key, writeIntegerText(digits, 0, sum))) return;
  context.changed(key, EVENT_HASH, 'hincrby');
  context.integer(sum);
}

/** The value that the walk has found, which is an integer beyond 2^53. Allocates: such numbers are rare. */
function bigValue(): bigint {
  let text = '';
  for (let at = walk.valueStart; at < walk.valueEnd; at++) text += String.fromCharCode(walk.value[at]);
  return BigInt(text);
}

/** Sums that a double does not hold exactly. */
function addBig(context: CommandContext, key: Key, value: bigint): void {
  const sum = value + bigIntegerAt(context, 3)!;
  if (sum < MIN_64 || sum > MAX_64) {
    context.error(OVERFLOW);
    return;
  }
  const text = String(sum);
  for (let at = 0; at < text.length; at++) digits[at] = text.charCodeAt(at);
  if (!putDigits(context, key, text.length)) return;
  context.changed(key, EVENT_HASH, 'hincrby');
  context.writer.integerText(text);
}

/** Sets the field at argument 2, which keeps its time, to the first of `digits`. False without memory. */
function putDigits(context: CommandContext, key: Key, length: number): boolean {
  const { store, bytes } = context;
  const start = context.start(2);
  const end = context.end(2);
  if (setField(store, key, bytes, start, end, digits, 0, length, true, 1) !== FIELD_NO_MEMORY) return true;
  context.outOfMemory();
  return false;
}
