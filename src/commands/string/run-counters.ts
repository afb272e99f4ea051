/** What INCR and its like do on the engine. Worker thread. As valkey 8.0 `t_string.c`. */
import { isInteger64, parseInteger } from '../../base/bytes.ts';
import type { Key } from '../../store/key.ts';
import { recordExpiry } from '../../store/record.ts';
import { putString, stringLength, stringStart } from '../../store/string.ts';
import { TYPE_STRING } from '../../store/types.ts';
import { bigIntegerAt, integerAt } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { NOT_INTEGER, OVERFLOW } from '../errors.ts';
import { EVENT_STRING } from '../key-events.ts';
import { writeTyped } from '../lookup.ts';

const MIN_64 = -(2n ** 63n);
const MAX_64 = 2n ** 63n - 1n;
/** Digits of the new value, from the end. */
const digits = new Uint8Array(24);

export function runIncr(context: CommandContext): void {
  addTo(context, 1);
}

export function runDecr(context: CommandContext): void {
  addTo(context, -1);
}

export function runIncrby(context: CommandContext): void {
  const by = integerAt(context, 2);
  if (Number.isNaN(by)) return;
  if (Number.isSafeInteger(by)) addTo(context, by);
  else addBig(context, bigIntegerAt(context, 2)!);
}

export function runDecrby(context: CommandContext): void {
  const by = integerAt(context, 2);
  if (Number.isNaN(by)) return;
  if (Number.isSafeInteger(by)) {
    addTo(context, -by);
    return;
  }
  const big = bigIntegerAt(context, 2)!;
  if (big === MIN_64) context.error('ERR decrement would overflow');
  else addBig(context, -big);
}

function addTo(context: CommandContext, by: number): void {
  const key = writeTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  let value = 0;
  if (key.record !== 0) {
    const { bytes } = key.arena;
    const start = stringStart(key.arena, key.record);
    const end = start + stringLength(key.arena, key.record);
    value = parseInteger(bytes, start, end);
    if (Number.isNaN(value)) {
      if (isInteger64(bytes, start, end)) addBig(context, BigInt(by), key);
      else context.error(NOT_INTEGER);
      return;
    }
  }
  const sum = value + by;
  if (!Number.isSafeInteger(sum)) {
    addBig(context, BigInt(by), key);
    return;
  }
  if (!putNumber(context, key, sum)) return;
  context.changed(key, EVENT_STRING, 'incrby');
  context.integer(sum);
}

/** Sums that a double does not hold exactly. Allocates: numbers beyond 2^53 are rare. */
function addBig(context: CommandContext, by: bigint, given?: Key): void {
  const key = given ?? writeTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  let value = 0n;
  if (key.record !== 0) {
    const { bytes } = key.arena;
    const start = stringStart(key.arena, key.record);
    const end = start + stringLength(key.arena, key.record);
    if (!isInteger64(bytes, start, end)) {
      context.error(NOT_INTEGER);
      return;
    }
    let text = '';
    for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]);
    value = BigInt(text);
  }
  const sum = value + by;
  if (sum < MIN_64 || sum > MAX_64) {
    context.error(OVERFLOW);
    return;
  }
  const text = String(sum);
  for (let at = 0; at < text.length; at++) digits[at] = text.charCodeAt(at);
  if (!putDigits(context, key, 0, text.length)) return;
  context.changed(key, EVENT_STRING, 'incrby');
  context.writer.integerText(text);
}

/** Stores a whole number in place of the key's value; its expiry stays. */
function putNumber(context: CommandContext, key: Key, value: number): boolean {
  let rest = value < 0 ? -value : value;
  let at = digits.length;
  do {
    const next = Math.floor(rest / 10);
    at -= 1;
    digits[at] = 0x30 + (rest - next * 10);
    rest = next;
  } while (rest > 0);
  if (value < 0) {
    at -= 1;
    digits[at] = 0x2d;
  }
  return putDigits(context, key, at, digits.length);
}

function putDigits(context: CommandContext, key: Key, start: number, end: number): boolean {
  const expiresAtMs = key.record === 0 ? 0 : recordExpiry(key.arena, key.record);
  if (putString(context.store, key, digits, start, end, expiresAtMs)) return true;
  context.outOfMemory();
  return false;
}
