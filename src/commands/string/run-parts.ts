/** What GETRANGE, SETRANGE and DELIFEQ do on the engine. Worker thread. As valkey 8.0 `t_string.c`. */
import { copyBytes, equalBytes } from '../../base/bytes.ts';
import { LIMIT_STRING_BYTES } from '../../store/encoding-limits.ts';
import { removeKey } from '../../store/keyspace.ts';
import { putZeros, resizeString, stringLength, stringStart } from '../../store/string.ts';
import { TYPE_STRING } from '../../store/types.ts';
import { integerAt } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { TOO_LONG } from '../errors.ts';
import { EVENT_GENERIC, EVENT_STRING } from '../key-events.ts';
import { readTyped, writeTyped } from '../lookup.ts';

export function runGetrange(context: CommandContext): void {
  const start = integerAt(context, 2);
  if (Number.isNaN(start)) return;
  const end = integerAt(context, 3);
  if (Number.isNaN(end)) return;
  const key = readTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  const length = key.record === 0 ? 0 : stringLength(key.arena, key.record);
  const first = Math.max(0, start < 0 ? length + start : start);
  const last = Math.min(length - 1, Math.max(0, end < 0 ? length + end : end));
  if (first > last || (start < 0 && end < 0 && start > end)) {
    context.bulk(context.bytes, 0, 0);
    return;
  }
  const at = stringStart(key.arena, key.record);
  context.bulk(key.arena.bytes, at + first, at + last + 1);
}

export function runSetrange(context: CommandContext): void {
  const offset = integerAt(context, 2);
  if (Number.isNaN(offset)) return;
  if (offset < 0) {
    context.error('ERR offset is out of range');
    return;
  }
  const key = writeTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  const before = key.record === 0 ? 0 : stringLength(key.arena, key.record);
  const added = context.length(3);
  if (added === 0) {
    context.integer(before);
    return;
  }
  if (offset + added > context.store.limits[LIMIT_STRING_BYTES]) {
    context.error(TOO_LONG);
    return;
  }
  const length = Math.max(before, offset + added);
  if (key.record === 0 ? !putZeros(context.store, key, length) : !resizeString(key, length)) {
    context.outOfMemory();
    return;
  }
  const at = stringStart(key.arena, key.record) + offset;
  copyBytes(context.bytes, context.start(3), context.end(3), key.arena.bytes, at);
  context.changed(key, EVENT_STRING, 'setrange');
  context.integer(length);
}

export function runDelifeq(context: CommandContext): void {
  const key = writeTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  const { arena, record } = key;
  const start = record === 0 ? 0 : stringStart(arena, record);
  const end = record === 0 ? 0 : start + stringLength(arena, record);
  const { bytes } = context;
  if (record === 0 || !equalBytes(bytes, context.start(2), context.end(2), arena.bytes, start, end)) {
    context.integer(0);
    return;
  }
  removeKey(key);
  context.changed(key, EVENT_GENERIC, 'del');
  context.integer(1);
}
