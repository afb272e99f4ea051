/** Looking up a command's hash: fields whose time has come go first, as if they had gone already. Worker thread. */

import { fieldCount } from '../../store/hash.ts';
import { toTimed } from '../../store/hash-convert.ts';
import { expireKeyFields } from '../../store/hash-expiry.ts';
import { HASH_PACKED } from '../../store/hash-walk.ts';
import type { Key } from '../../store/key.ts';
import '../../store/hash-hooks.ts';
import { removeKey } from '../../store/keyspace.ts';
import { recordEncoding } from '../../store/record.ts';
import { TYPE_HASH } from '../../store/types.ts';
import { watchedChanges } from '../../store/watch.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC, EVENT_HASH } from '../key-events.ts';
import { readTyped, writeTyped } from '../lookup.ts';

export function readHash(context: CommandContext, argument: number): Key | undefined {
  const key = readTyped(context, argument, TYPE_HASH);
  if (key !== undefined && key.record !== 0) expireKeyFields(context.store, key, context.nowMs);
  return key;
}

export function writeHash(context: CommandContext, argument: number): Key | undefined {
  const key = writeTyped(context, argument, TYPE_HASH);
  if (key !== undefined && key.record !== 0) expireKeyFields(context.store, key, context.nowMs);
  return key;
}

/**
 * A small hash whose fields may expire from now on gets the form for that in Redis, whether or not one does. One that
 * is watched stays as it is, for a long command may be in the midst of it. Without memory it stays so as well.
 */
export function expectTimes(context: CommandContext, key: Key): void {
  const { arena, record } = key;
  if (record === 0 || context.compatibility.isValkey || recordEncoding(arena, record) !== HASH_PACKED) return;
  if (watchedChanges(key) < 0) toTimed(arena, record);
}

/** After fields were taken out: removes an empty hash, and tells of both. */
export function tellFieldsGone(context: CommandContext, key: Key, event: string, count: number): void {
  const isEmpty = fieldCount(key.arena, key.record) === 0;
  if (isEmpty) removeKey(key);
  context.changed(key, EVENT_HASH, event, count);
  if (isEmpty) context.notify(key, EVENT_GENERIC, 'del');
}
