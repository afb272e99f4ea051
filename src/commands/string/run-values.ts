/** What GET, SET and their like do on the engine. Worker thread. As valkey 8.0 `t_string.c`. */
import { copyBytes, equalBytes } from '../../base/bytes.ts';
import { LIMIT_STRING_BYTES } from '../../store/encoding-limits.ts';
import type { Key } from '../../store/key.ts';
import { clearExpiry, removeKey, setExpiry } from '../../store/keyspace.ts';
import { recordExpiry, recordType } from '../../store/record.ts';
import {
  putString,
  resizeString,
  STRING_TEXT,
  setStringKind,
  stringLength,
  stringStart,
} from '../../store/string.ts';
import { TYPE_STRING } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { TOO_LONG, WRONG_TYPE } from '../errors.ts';
import { EVENT_EXPIRED, EVENT_GENERIC, EVENT_STRING } from '../key-events.ts';
import { readTyped, writeKey, writeTyped } from '../lookup.ts';
import { expiryAt, parseGetex, parseSet, SetOptions, UNIT_EX, UNIT_NONE, UNIT_PX } from './set-options.ts';

const options = new SetOptions();

export function runGet(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_STRING);
  if (key !== undefined) replyString(context, key);
}

/** The key's string, or null where it does not exist. */
export function replyString(context: CommandContext, key: Key): void {
  if (key.record === 0) {
    context.nil();
    return;
  }
  const start = stringStart(key.arena, key.record);
  context.bulk(key.arena.bytes, start, start + stringLength(key.arena, key.record));
}

export function runSet(context: CommandContext): void {
  if (context.count === 3) {
    const key = writeKey(context, 1);
    if (store(context, key, 2, 0)) context.ok();
    return;
  }
  if (!parseSet(context, options, 3)) return;
  let expiresAtMs = 0;
  if (options.unit !== UNIT_NONE) {
    expiresAtMs = expiryAt(context, options.time, options.unit, 'set');
    if (Number.isNaN(expiresAtMs)) return;
  }
  setWithOptions(context, expiresAtMs);
}

function setWithOptions(context: CommandContext, expiresAtMs: number): void {
  const key = options.get ? readTyped(context, 1, TYPE_STRING) : writeKey(context, 1);
  if (key === undefined) return;
  const { writer } = context;
  const before = writer.length;
  if (options.get) replyString(context, key);
  const isMet = meetsCondition(context, key);
  if (isMet === undefined) return;
  if (!isMet) {
    if (!options.get) context.nil();
    return;
  }
  if (expiresAtMs > 0 && expiresAtMs <= context.nowMs) {
    setExpired(context, key);
  } else {
    const kept = options.keepTtl && key.record !== 0 ? recordExpiry(key.arena, key.record) : expiresAtMs;
    if (!store(context, key, 2, kept)) {
      takeBack(context, before);
      return;
    }
    if (expiresAtMs > 0) context.notify(key, EVENT_GENERIC, 'expire');
  }
  if (!options.get) context.ok();
}

/** The error stands behind the old value, which must not be sent then. */
function takeBack(context: CommandContext, before: number): void {
  context.writer.length = before;
  context.outOfMemory();
}

/** Whether SET may go on; undefined after an error. */
function meetsCondition(context: CommandContext, key: Key): boolean | undefined {
  const { record, arena } = key;
  if (options.nx) return record === 0;
  if (options.xx) return record !== 0;
  if (options.ifEqual === 0) return true;
  if (record === 0) return false;
  if (recordType(arena, record) !== TYPE_STRING) {
    context.error(WRONG_TYPE);
    return undefined;
  }
  const start = stringStart(arena, record);
  const at = options.ifEqual;
  const end = start + stringLength(arena, record);
  return equalBytes(context.bytes, context.start(at), context.end(at), arena.bytes, start, end);
}

/** SET with a time that is past already: the key is gone, as if it had been set and had expired. */
export function setExpired(context: CommandContext, key: Key): void {
  const had = key.record !== 0;
  if (had) removeKey(key);
  if (context.compatibility.isValkey) {
    if (had) context.changedByPastTime(key);
    return;
  }
  context.changed(key, EVENT_STRING, 'set');
  context.notify(key, EVENT_GENERIC, 'expire');
  context.notify(key, EVENT_EXPIRED, 'expired');
}

/** Sets the key, which has been looked up, to an argument. False without memory, and nothing is written. */
export function putArgument(
  context: CommandContext,
  key: Key,
  argument: number,
  expiresAtMs: number,
): boolean {
  const { spans } = context;
  const start = spans[2 * argument];
  const end = spans[2 * argument + 1];
  if (!putString(context.store, key, context.bytes, start, end, expiresAtMs)) return false;
  // To Valkey 9 the arguments of a script are the script's own objects, which it does not make numbers of.
  if (context.inScript && context.compatibility.isValkey && context.compatibility.level >= 900)
    setStringKind(key.arena, key.record, STRING_TEXT);
  return true;
}

/** The same, with the error written when there is no memory, and told of. */
function store(context: CommandContext, key: Key, argument: number, expiresAtMs: number): boolean {
  if (!putArgument(context, key, argument, expiresAtMs)) {
    context.outOfMemory();
    return false;
  }
  context.changed(key, EVENT_STRING, 'set');
  return true;
}

export function runSetnx(context: CommandContext): void {
  const key = writeKey(context, 1);
  if (key.record !== 0) context.integer(0);
  else if (store(context, key, 2, 0)) context.integer(1);
}

export function runSetex(context: CommandContext): void {
  setWithTime(context, UNIT_EX, 'setex');
}

export function runPsetex(context: CommandContext): void {
  setWithTime(context, UNIT_PX, 'psetex');
}

function setWithTime(context: CommandContext, unit: number, name: string): void {
  const expiresAtMs = expiryAt(context, 2, unit, name);
  if (Number.isNaN(expiresAtMs)) return;
  const key = writeKey(context, 1);
  if (!store(context, key, 3, expiresAtMs)) return;
  context.notify(key, EVENT_GENERIC, 'expire');
  context.ok();
}

export function runGetset(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  const before = context.writer.length;
  replyString(context, key);
  if (!putArgument(context, key, 2, 0)) takeBack(context, before);
  else context.changed(key, EVENT_STRING, 'set');
}

export function runGetdel(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  replyString(context, key);
  if (key.record === 0) return;
  removeKey(key);
  context.changed(key, EVENT_GENERIC, 'del');
}

export function runGetex(context: CommandContext): void {
  if (!parseGetex(context, options)) return;
  // Valkey 9 looks at the time before it looks for the key.
  const isStrict = context.compatibility.isValkey && context.compatibility.level >= 900;
  let expiresAtMs = 0;
  if (isStrict && options.unit !== UNIT_NONE) {
    expiresAtMs = expiryAt(context, options.time, options.unit, 'getex');
    if (Number.isNaN(expiresAtMs)) return;
  }
  const key = readTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  if (key.record === 0 && !isStrict) {
    context.nil();
    return;
  }
  if (!isStrict && options.unit !== UNIT_NONE) {
    expiresAtMs = expiryAt(context, options.time, options.unit, 'getex');
    if (Number.isNaN(expiresAtMs)) return;
  }
  const before = context.writer.length;
  replyString(context, key);
  if (key.record === 0) return;
  if (expiresAtMs > 0) {
    if (expiresAtMs <= context.nowMs) {
      removeKey(key);
      context.changedByPastTime(key);
    } else if (setExpiry(key, expiresAtMs)) context.changed(key, EVENT_GENERIC, 'expire');
    else takeBack(context, before);
  } else if (options.persist && clearExpiry(key)) context.changed(key, EVENT_GENERIC, 'persist');
}

export function runStrlen(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_STRING);
  if (key !== undefined) context.integer(key.record === 0 ? 0 : stringLength(key.arena, key.record));
}

export function runAppend(context: CommandContext): void {
  const key = writeTyped(context, 1, TYPE_STRING);
  if (key === undefined) return;
  const added = context.length(2);
  const start = context.start(2);
  const before = key.record === 0 ? 0 : stringLength(key.arena, key.record);
  const length = before + added;
  if (length > context.store.limits[LIMIT_STRING_BYTES]) {
    context.error(TOO_LONG);
    return;
  }
  if (key.record === 0) {
    if (!putArgument(context, key, 2, 0)) {
      context.outOfMemory();
      return;
    }
  } else if (!appendBytes(key, context.bytes, start, start + added)) {
    context.outOfMemory();
    return;
  }
  context.changed(key, EVENT_STRING, 'append');
  context.integer(length);
}

function appendBytes(key: Key, bytes: Uint8Array, start: number, end: number): boolean {
  const before = stringLength(key.arena, key.record);
  if (!resizeString(key, before + end - start)) return false;
  copyBytes(bytes, start, end, key.arena.bytes, stringStart(key.arena, key.record) + before);
  return true;
}
