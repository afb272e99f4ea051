/** Looking up a command's hash: fields whose time has come go first, as if they had gone already. Worker thread. */

import { fieldCount } from '../../store/hash.ts';
import { expireKeyFields } from '../../store/hash-expiry.ts';
import type { Key } from '../../store/key.ts';
import '../../store/hash-hooks.ts';
import { removeKey } from '../../store/keyspace.ts';
import { TYPE_HASH } from '../../store/types.ts';
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

/** After fields were taken out: removes an empty hash, and tells of both. */
export function tellFieldsGone(context: CommandContext, key: Key, event: string, count: number): void {
  const isEmpty = fieldCount(key.arena, key.record) === 0;
  if (isEmpty) removeKey(key);
  context.changed(key, EVENT_HASH, event, count);
  if (isEmpty) context.notify(key, EVENT_GENERIC, 'del');
}
