/**
 * * Finding the keys of a command. The functions return the `Key`, whose `record` is 0 where it does not exist; those
 * with a type return undefined when it holds something else, and have written the error. Worker thread.
 */
import type { Key } from '../store/key.ts';
import { findKey } from '../store/keyspace.ts';
import { recordType } from '../store/record.ts';
import { STAT_HITS, STAT_MISSES } from '../store/statistics.ts';
import type { CommandContext } from './context.ts';
import { WRONG_TYPE } from './errors.ts';
import { EVENT_KEY_MISS } from './key-events.ts';

/** To read: counts as a hit or a miss, and as a use of the key. */
export function readKey(context: CommandContext, argument: number): Key {
  return lookUp(context, context.key(argument));
}

/** As `readKey` of a key that no argument names: a key made by SORT's patterns. Its shard is locked. */
export function lookUp(context: CommandContext, key: Key): Key {
  const { store } = context;
  context.writer.lend(key.arena.bytes, key.arena.view);
  const { cells } = store.statistics;
  if (findKey(store, key, context.nowMs) === 0) {
    cells[STAT_MISSES] += 1;
    if ((context.ports.events.mask & EVENT_KEY_MISS) !== 0) context.notify(key, EVENT_KEY_MISS, 'keymiss');
    return key;
  }
  cells[STAT_HITS] += 1;
  if (!context.client.noTouch) store.access.touch(key.arena, key.record);
  return key;
}

/** As `readKey`, but no use of the key: EXISTS. */
export function noticeKey(context: CommandContext, argument: number): Key {
  const key = peekKey(context, argument);
  const isThere = key.record !== 0;
  context.store.statistics.cells[isThere ? STAT_HITS : STAT_MISSES] += 1;
  if (!isThere && (context.ports.events.mask & EVENT_KEY_MISS) !== 0)
    context.notify(key, EVENT_KEY_MISS, 'keymiss');
  return key;
}

/** To change: a use of the key, but neither hit nor miss. */
export function writeKey(context: CommandContext, argument: number): Key {
  const key = context.key(argument);
  const { store } = context;
  context.writer.lend(key.arena.bytes, key.arena.view);
  if (findKey(store, key, context.nowMs) !== 0) store.access.touch(key.arena, key.record);
  return key;
}

/** To look at without using it: TYPE, TTL, OBJECT. */
export function peekKey(context: CommandContext, argument: number): Key {
  const key = context.key(argument);
  findKey(context.store, key, context.nowMs);
  return key;
}

export function readTyped(context: CommandContext, argument: number, type: number): Key | undefined {
  return checkType(context, readKey(context, argument), type);
}

export function writeTyped(context: CommandContext, argument: number, type: number): Key | undefined {
  return checkType(context, writeKey(context, argument), type);
}

/** The key if it holds nothing or a value of this type; else undefined, and the error is written. */
export function checkType(context: CommandContext, key: Key, type: number): Key | undefined {
  if (key.record === 0 || recordType(key.arena, key.record) === type) return key;
  context.error(WRONG_TYPE);
  return undefined;
}
