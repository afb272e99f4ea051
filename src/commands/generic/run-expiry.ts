/** What EXPIRE, TTL and their like do on the engine. Worker thread. As valkey 8.0 `expire.c`. */
import { clearExpiry, removeKey, setExpiry } from '../../store/keyspace.ts';
import { recordExpiry } from '../../store/record.ts';
import { bigIntegerAt, integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { invalidExpireTime } from '../errors.ts';
import { EVENT_GENERIC } from '../key-events.ts';
import { peekKey, writeKey } from '../lookup.ts';

const NX = word('nx');
const XX = word('xx');
const GT = word('gt');
const LT = word('lt');

const IF_NONE = 1;
const IF_ANY = 2;
const IF_LATER = 4;
const IF_SOONER = 8;

/** Most seconds that fit 64 bits as milliseconds, and what numbers near it are told apart by. */
const MAX_SECONDS = 9_223_372_036_854_775n;
const NEAR_MAX_SECONDS = 2 ** 53;
const MAX_MS = 2 ** 63;

export function runExpire(context: CommandContext): void {
  expire(context, 'expire', context.nowMs, 1000);
}

export function runPexpire(context: CommandContext): void {
  expire(context, 'pexpire', context.nowMs, 1);
}

export function runExpireat(context: CommandContext): void {
  expire(context, 'expireat', 0, 1000);
}

export function runPexpireat(context: CommandContext): void {
  expire(context, 'pexpireat', 0, 1);
}

function expire(context: CommandContext, name: string, baseMs: number, unitMs: number): void {
  const conditions = parseConditions(context);
  if (conditions < 0) return;
  const value = integerAt(context, 2);
  if (Number.isNaN(value)) return;
  const isHuge = unitMs === 1000 && Math.abs(value) >= NEAR_MAX_SECONDS && isBeyondSeconds(context);
  const atMs = value * unitMs + baseMs;
  if (isHuge || atMs >= MAX_MS) {
    context.error(invalidExpireTime(name));
    return;
  }
  const key = writeKey(context, 1);
  if (key.record === 0 || !allows(conditions, recordExpiry(key.arena, key.record), atMs)) {
    context.integer(0);
    return;
  }
  if (atMs <= context.nowMs) {
    removeKey(key);
    context.changedByPastTime(key);
  } else {
    if (!setExpiry(key, atMs)) {
      context.outOfMemory();
      return;
    }
    context.changed(key, EVENT_GENERIC, 'expire');
  }
  context.integer(1);
}

function isBeyondSeconds(context: CommandContext): boolean {
  const seconds = bigIntegerAt(context, 2) ?? 0n;
  return seconds > MAX_SECONDS || seconds < -MAX_SECONDS;
}

/** IF_… bits, or -1 after an error. */
function parseConditions(context: CommandContext): number {
  let conditions = 0;
  for (let at = 3; at < context.count; at++) {
    if (isWord(context, at, NX)) conditions |= IF_NONE;
    else if (isWord(context, at, XX)) conditions |= IF_ANY;
    else if (isWord(context, at, GT)) conditions |= IF_LATER;
    else if (isWord(context, at, LT)) conditions |= IF_SOONER;
    else {
      context.error(`ERR Unsupported option ${context.text(at)}`);
      return -1;
    }
  }
  if ((conditions & IF_NONE) !== 0 && conditions !== IF_NONE) {
    context.error('ERR NX and XX, GT or LT options at the same time are not compatible');
    return -1;
  }
  if ((conditions & IF_LATER) !== 0 && (conditions & IF_SOONER) !== 0) {
    context.error('ERR GT and LT options at the same time are not compatible');
    return -1;
  }
  return conditions;
}

/** `currentMs` is 0 where the key does not expire, which is later than any time. */
function allows(conditions: number, currentMs: number, atMs: number): boolean {
  if ((conditions & IF_NONE) !== 0 && currentMs !== 0) return false;
  if ((conditions & IF_ANY) !== 0 && currentMs === 0) return false;
  if ((conditions & IF_LATER) !== 0 && (currentMs === 0 || atMs <= currentMs)) return false;
  return (conditions & IF_SOONER) === 0 || currentMs === 0 || atMs < currentMs;
}

export function runTtl(context: CommandContext): void {
  replyTime(context, context.nowMs, 1000);
}

export function runPttl(context: CommandContext): void {
  replyTime(context, context.nowMs, 1);
}

export function runExpiretime(context: CommandContext): void {
  replyTime(context, 0, 1000);
}

export function runPexpiretime(context: CommandContext): void {
  replyTime(context, 0, 1);
}

function replyTime(context: CommandContext, baseMs: number, unitMs: number): void {
  const key = peekKey(context, 1);
  const atMs = key.record === 0 ? 0 : recordExpiry(key.arena, key.record);
  if (key.record === 0) context.integer(-2);
  else if (atMs === 0) context.integer(-1);
  else {
    const ms = Math.max(0, atMs - baseMs);
    context.integer(unitMs === 1 ? ms : Math.floor((ms + 500) / 1000));
  }
}

export function runPersist(context: CommandContext): void {
  const key = writeKey(context, 1);
  if (key.record === 0 || !clearExpiry(key)) {
    context.integer(0);
    return;
  }
  context.changed(key, EVENT_GENERIC, 'persist');
  context.integer(1);
}
