/** What EXPIRE, TTL and their like do on the engine. Worker thread. As valkey 8.0 `expire.c`. */
import { clearExpiry, removeKey, setExpiry } from '../../store/keyspace.ts';
import { recordExpiry } from '../../store/record.ts';
import { bigIntegerAt, integerAt } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { invalidExpireTime } from '../errors.ts';
import { allowsExpiry, parseConditions } from '../expiry-conditions.ts';
import { EVENT_GENERIC } from '../key-events.ts';
import { peekKey, writeKey } from '../lookup.ts';

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
  const conditions = parseConditions(context, context.count);
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
  if (key.record === 0 || !allowsExpiry(conditions, recordExpiry(key.arena, key.record), atMs)) {
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
