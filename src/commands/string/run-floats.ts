/** What INCRBYFLOAT does on the engine. Worker thread. As valkey 8.0 `t_string.c`. */
import { asciiBytes, decodeLatin1 } from '../../base/bytes.ts';
import { addLongDoubles, type LongDouble, longDoubleText, parseLongDouble } from '../../base/long-double.ts';
import { recordExpiry } from '../../store/record.ts';
import { putString, STRING_TEXT, setStringKind, stringLength, stringStart } from '../../store/string.ts';
import { TYPE_STRING } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { NO_SUM, NOT_FLOAT } from '../errors.ts';
import { EVENT_STRING } from '../key-events.ts';
import { writeTyped } from '../lookup.ts';

/** The sum's text; undefined where it is no finite number. */
export function sumText(left: LongDouble | number, right: LongDouble | number): string | undefined {
  if (typeof left === 'number' || typeof right === 'number') return undefined;
  const sum = addLongDoubles(left, right);
  return sum === undefined ? undefined : longDoubleText(sum);
}

export function runIncrbyfloat(context: CommandContext): void {
  const key = writeTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  let before = '0';
  if (key.record !== 0) {
    const start = stringStart(key.arena, key.record);
    before = decodeLatin1(key.arena.bytes, start, start + stringLength(key.arena, key.record));
  }
  const value = parseLongDouble(before);
  const by = value === undefined ? undefined : parseLongDouble(context.text(2));
  if (value === undefined || by === undefined) {
    context.error(NOT_FLOAT);
    return;
  }
  const text = sumText(value, by);
  if (text === undefined) {
    context.error(NO_SUM);
    return;
  }
  const bytes = asciiBytes(text);
  const expiresAtMs = key.record === 0 ? 0 : recordExpiry(key.arena, key.record);
  if (!putString(context.store, key, bytes, 0, bytes.length, expiresAtMs)) {
    context.outOfMemory();
    return;
  }
  // A whole number is kept as its digits here, not as an integer.
  setStringKind(key.arena, key.record, STRING_TEXT);
  context.changed(key, EVENT_STRING, 'incrbyfloat');
  context.bulk(bytes, 0, bytes.length);
}
