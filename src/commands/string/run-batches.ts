/** What MGET, MSET, MSETNX and MSETEX do on the engine. Worker thread. As valkey 8.0 `t_string.c`. */
import { findKey } from '../../store/keyspace.ts';
import { recordExpiry, recordType } from '../../store/record.ts';
import { TYPE_STRING } from '../../store/types.ts';
import { integerWithin } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { wrongArity } from '../errors.ts';
import { EVENT_GENERIC, EVENT_STRING } from '../key-events.ts';
import { readKey, writeKey } from '../lookup.ts';
import { putArgument, replyString, setExpired } from './run-values.ts';
import { expiryAt, parseSet, SetOptions, UNIT_NONE } from './set-options.ts';

const BAD_COUNT = 'ERR invalid numkeys value or out of range';
const options = new SetOptions();

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
  for (let argument = 1; argument < context.count; argument += 2) {
    const key = writeKey(context, argument);
    if (!putArgument(context, key, argument + 1, 0)) {
      context.outOfMemory();
      return false;
    }
    context.changed(key, EVENT_STRING, 'set');
  }
  return true;
}

export function runMsetex(context: CommandContext): void {
  const keys = integerWithin(context, 1, 1, 2 ** 31 - 1, BAD_COUNT);
  if (Number.isNaN(keys)) return;
  const behind = 2 + 2 * keys;
  if (behind > context.count) {
    context.syntaxError();
    return;
  }
  if (!parseSet(context, options, behind)) return;
  if (options.get || options.ifEqual !== 0) {
    context.syntaxError();
    return;
  }
  const timed = options.unit !== UNIT_NONE;
  const expiresAtMs = timed ? expiryAt(context, options.time, options.unit, 'msetex') : 0;
  if (Number.isNaN(expiresAtMs)) return;
  if (!isConditionMet(context)) context.integer(0);
  else if (setAllUntil(context, behind, expiresAtMs)) context.integer(1);
}

/** NX: none of the keys exists; XX: all do. */
function isConditionMet(context: CommandContext): boolean {
  if (!options.nx && !options.xx) return true;
  for (let at = 0; at < context.keyCount; at++) {
    const exists = findKey(context.store, context.keys[at], context.nowMs) !== 0;
    if (exists === options.nx) return false;
  }
  return true;
}

/** The pairs from argument 2 on. False without memory; those before it are set. */
function setAllUntil(context: CommandContext, behind: number, expiresAtMs: number): boolean {
  const isPast = expiresAtMs > 0 && expiresAtMs <= context.nowMs;
  for (let argument = 2; argument < behind; argument += 2) {
    const key = writeKey(context, argument);
    if (isPast) {
      setExpired(context, key);
      continue;
    }
    const kept = options.keepTtl && key.record !== 0 ? recordExpiry(key.arena, key.record) : expiresAtMs;
    if (!putArgument(context, key, argument + 1, kept)) {
      context.outOfMemory();
      return false;
    }
    context.changed(key, EVENT_STRING, 'set');
    if (expiresAtMs > 0) context.notify(key, EVENT_GENERIC, 'expire');
  }
  return true;
}
