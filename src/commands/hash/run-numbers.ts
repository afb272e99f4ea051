/** What HINCRBY and HINCRBYFLOAT do on the engine. Worker thread. As valkey 8.0 `t_hash.c`. */
import { asciiBytes, decodeLatin1, isInteger64, parseInteger } from '../../base/bytes.ts';
import { parseLongDouble } from '../../base/long-double.ts';
import { writeIntegerText } from '../../memory/packed-entry.ts';
import { FIELD_NO_MEMORY, setField } from '../../store/hash.ts';
import { findField, HashWalk } from '../../store/hash-walk.ts';
import type { Key } from '../../store/key.ts';
import { bigIntegerAt, integerAt } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { NO_SUM, NOT_FLOAT, OVERFLOW } from '../errors.ts';
import { EVENT_HASH } from '../key-events.ts';
import { sumText } from '../string/run-floats.ts';
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

export function runHincrbyfloat(context: CommandContext): void {
  const by = parseLongDouble(context.text(3));
  if (by === undefined || typeof by === 'number') {
    context.error(by === undefined ? NOT_FLOAT : 'ERR value is NaN or Infinity');
    return;
  }
  const key = writeHash(context, 1);
  if (key === undefined) return;
  const { bytes } = context;
  const has =
    key.record !== 0 && findField(walk, key.arena, key.record, bytes, context.start(2), context.end(2));
  const value = parseLongDouble(has ? decodeLatin1(walk.value, walk.valueStart, walk.valueEnd) : '0');
  const sum = value === undefined ? undefined : sumText(value, by);
  if (sum === undefined) {
    context.error(value === undefined ? 'ERR hash value is not a float' : NO_SUM);
    return;
  }
  const text = asciiBytes(sum);
  if (!putText(context, key, text, text.length)) return;
  context.changed(key, EVENT_HASH, 'hincrbyfloat');
  context.bulk(text, 0, text.length);
}

function putDigits(context: CommandContext, key: Key, length: number): boolean {
  return putText(context, key, digits, length);
}

/** Sets the field at argument 2, which keeps its time, to the first of `text`. False without memory. */
function putText(context: CommandContext, key: Key, text: Uint8Array, length: number): boolean {
  const { store, bytes } = context;
  const start = context.start(2);
  const end = context.end(2);
  if (setField(store, key, bytes, start, end, text, 0, length, true, 1) !== FIELD_NO_MEMORY) return true;
  context.outOfMemory();
  return false;
}
