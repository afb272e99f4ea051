/** What DEL, EXISTS, TYPE and their like do on the engine. Worker thread. As valkey 8.0 `db.c`. */

import { randomRecord } from '../../store/iterate.ts';
import { findKey, removeKey, unlinkKey } from '../../store/keyspace.ts';
import { keyLength, keyOffset, recordExpiry, recordType } from '../../store/record.ts';
import { typeHooks } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC } from '../key-events.ts';
import { noticeKey, peekKey, readKey } from '../lookup.ts';

export function runDel(context: CommandContext): void {
  remove(context, false);
}

export function runUnlink(context: CommandContext): void {
  remove(context, true);
}

function remove(context: CommandContext, isLazy: boolean): void {
  let removed = 0;
  for (let at = 0; at < context.keyCount; at++) {
    const key = context.keys[at];
    if (findKey(context.store, key, context.nowMs) === 0) continue;
    if (isLazy) unlinkKey(key);
    else removeKey(key);
    context.changed(key, EVENT_GENERIC, 'del');
    removed += 1;
  }
  context.integer(removed);
}

/** EXISTS and TOUCH: a key that is named twice counts twice. */
export function runExists(context: CommandContext): void {
  let found = 0;
  for (let at = 0; at < context.keyCount; at++) if (noticeKey(context, at + 1).record !== 0) found += 1;
  context.integer(found);
}

/** As EXISTS, and a use of each key. */
export function runTouch(context: CommandContext): void {
  let found = 0;
  for (let at = 0; at < context.keyCount; at++) if (readKey(context, at + 1).record !== 0) found += 1;
  context.integer(found);
}

export function runType(context: CommandContext): void {
  const key = peekKey(context, 1);
  context.simple(key.record === 0 ? 'none' : typeHooks(recordType(key.arena, key.record)).name);
}

/** Tries to find one that has not expired, when all keys have an expiry. */
const MAX_TRIES = 100;

export function runRandomkey(context: CommandContext): void {
  const { store } = context;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    let rest = Math.floor(Math.random() * store.keyCount(context.database));
    for (const shard of store.shards) {
      rest -= store.shardKeyCount(shard, context.database);
      if (rest >= 0) continue;
      const record = randomRecord(store, shard, context.database, Math.random);
      const { arena } = shard;
      const expiresAtMs = recordExpiry(arena, record);
      if (expiresAtMs !== 0 && expiresAtMs <= context.nowMs && tries + 1 < MAX_TRIES) break;
      const start = keyOffset(record);
      context.bulk(arena.bytes, start, start + keyLength(arena, record));
      return;
    }
  }
  context.nil();
}
