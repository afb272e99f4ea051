/** What OBJECT's subcommands do on the engine. Worker thread. As valkey 8.0 `object.c`. */
import { parseInteger } from '../../base/bytes.ts';
import type { Arena } from '../../memory/arena.ts';
import type { Key } from '../../store/key.ts';
import { hasExpiry, recordAccess, recordType } from '../../store/record.ts';
import { STRING_RAW, stringEncoding, stringKind, stringLength, stringStart } from '../../store/string.ts';
import { TYPE_LIST, TYPE_STRING, typeHooks } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { peekKey } from '../lookup.ts';

const NO_FREQUENCY =
  'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching ' +
  'between policies at runtime LRU and LFU data will take some time to adjust.';
const NO_IDLE_TIME =
  'ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between ' +
  'policies at runtime LRU and LFU data will take some time to adjust.';
/** Integers below this are one object for all keys in the servers, with a count that stands for "shared". */
const SHARED_INTEGERS = 10_000;
const SHARED_COUNT = 2 ** 31 - 1;

/** The key at argument 2; without one the reply is null. */
function objectKey(context: CommandContext): Key | undefined {
  const key = peekKey(context, 2);
  if (key.record !== 0) return key;
  context.nil();
  return undefined;
}

export function runObjectEncoding(context: CommandContext): void {
  const key = objectKey(context);
  if (key === undefined) return;
  const { arena, record } = key;
  const name = encodingName(context, arena, record);
  const { isValkey, level } = context.compatibility;
  const isString = isValkey && level >= 801 && recordType(arena, record) === TYPE_STRING;
  context.bulkText(isString && name !== 'int' ? embeddedName(key) : name);
}

/** Before Redis 7.2 every list was a quicklist. */
export function encodingName({ compatibility }: CommandContext, arena: Arena, record: number): string {
  const type = recordType(arena, record);
  if (type === TYPE_LIST && compatibility.level < 702) return 'quicklist';
  return typeHooks(type).encodingName(arena, record);
}

/** Bytes that key and value of an embedded string share. */
const EMBEDDED_BYTES = 113;
const LONG_KEY = 32;

/** Valkey 8.1 and later embed longer strings where key and expiry leave room for them. */
function embeddedName({ arena, record, start, end }: Key): string {
  if (stringKind(arena, record) === STRING_RAW) return 'raw';
  const length = end - start;
  const head = length + (length < LONG_KEY ? 0 : 2) + (hasExpiry(arena, record) ? 8 : 0);
  return stringLength(arena, record) <= EMBEDDED_BYTES - head ? 'embstr' : 'raw';
}

export function runObjectRefcount(context: CommandContext): void {
  const key = objectKey(context);
  if (key !== undefined) context.integer(isShared(context, key) ? SHARED_COUNT : 1);
}

function isShared(context: CommandContext, key: Key): boolean {
  const { arena, record } = key;
  if (recordType(arena, record) !== TYPE_STRING || stringEncoding(arena, record) !== 'int') return false;
  const { isValkey, level } = context.compatibility;
  if (isValkey && level >= 801) return false;
  // What is evicted by its use needs an object of its own.
  const { settings } = context.ports;
  if (settings.number('maxmemory') > 0 && /lru|lfu/.test(settings.word('maxmemory-policy'))) return false;
  const start = stringStart(arena, record);
  const value = parseInteger(arena.bytes, start, start + stringLength(arena, record));
  return value >= 0 && value < SHARED_INTEGERS;
}

export function runObjectIdletime(context: CommandContext): void {
  const key = objectKey(context);
  if (key === undefined) return;
  const { access } = context.store;
  if (access.usesFrequency) context.error(NO_IDLE_TIME);
  else context.integer(access.idleSeconds(recordAccess(key.arena, key.record)));
}

export function runObjectFreq(context: CommandContext): void {
  const key = objectKey(context);
  if (key === undefined) return;
  const { access } = context.store;
  if (access.usesFrequency) context.integer(access.frequency(recordAccess(key.arena, key.record)));
  else context.error(NO_FREQUENCY);
}
