/** What MGET, MSET and MSETNX do on the engine. Worker thread. As valkey 8.0 `t_string.c`. */
import { findKey } from '../../store/keyspace.ts';
import { recordType } from '../../store/record.ts';
import { putString } from '../../store/string.ts';
import { TYPE_STRING } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { wrongArity } from '../errors.ts';
import { EVENT_STRING } from '../key-events.ts';
import { readKey, writeKey } from '../lookup.ts';
import { replyString } from './run-values.ts';

export function runMget(context: CommandContext): void {
  context.array(context.count - 1);
  for (let argument = 1; argument < context.count; argument++) {
    const key = readKey(context, argument);
    if (key.record !== 0 && recordType(key.arena, key.record) !== TYPE_STRING) context.nil();
    else replyString(context, key);
  }
}

export function runMset(context: CommandContext): void {
  if (context.count % 2 === 0) context.error(wrongArity('mset'));
  else if (setAll(context)) context.ok();
}

export function runMsetnx(context: CommandContext): void {
  if (context.count % 2 === 0) {
    context.error(wrongArity('msetnx'));
    return;
  }
  for (let at = 0; at < context.keyCount; at++) {
    if (findKey(context.store, context.keys[at], context.nowMs) === 0) continue;
    context.integer(0);
    return;
  }
  if (setAll(context)) context.integer(1);
}

/**
 * Without memory for one of the values, those before it are set, as `-OOM` in the middle of any command leaves them.
 */
function setAll(context: CommandContext): boolean {
  const { store, bytes, spans } = context;
  for (let argument = 1; argument < context.count; argument += 2) {
    const key = writeKey(context, argument);
    const value = argument + 1;
    if (!putString(store, key, bytes, spans[2 * value], spans[2 * value + 1], 0)) {
      context.outOfMemory();
      return false;
    }
    context.changed(key, EVENT_STRING, 'set');
  }
  return true;
}
