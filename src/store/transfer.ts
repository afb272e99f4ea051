/**
 * Values that get another key: RENAME, MOVE and COPY. The functions need the locks of both keys' shards, and both keys
 * have been looked up. All or nothing: false without memory. Any worker thread.
 */
import { allocate, release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { ENTRY_KEY } from '../memory/table-layout.ts';
import type { Key } from './key.ts';
import { dropRecord, freeValue, putRecord, removeKey } from './keyspace.ts';
import {
  headBytes,
  recordAccess,
  recordEncoding,
  recordExpiry,
  recordType,
  setRecordAccess,
  valueOffset,
} from './record.ts';
import type { Store } from './store.ts';
import { putString, setStringKind, stringKind, stringLength, stringStart } from './string.ts';
import { TYPE_STRING, typeHooks } from './types.ts';

/** The value and its expiry go to `target`, whose own value goes; `source` is no more. */
export function moveValue(store: Store, source: Key, target: Key): boolean {
  const { arena, record } = source;
  const access = recordAccess(arena, record);
  if (target.arena !== arena) {
    if (!copyValue(store, source, target)) return false;
    removeKey(source);
  } else {
    const bytes = typeHooks(recordType(arena, record)).valueBytes(arena, record);
    if (!putLike(store, target, arena, record, bytes, recordExpiry(arena, record))) return false;
    takeOver(arena, record, target.record, bytes);
    dropRecord(source);
  }
  setRecordAccess(target.arena, target.record, access);
  return true;
}

/** `target` gets a copy of the value with its expiry. */
export function copyValue(store: Store, source: Key, target: Key): boolean {
  const { arena, record } = source;
  const expiresAtMs = recordExpiry(arena, record);
  if (recordType(arena, record) === TYPE_STRING) {
    const start = stringStart(arena, record);
    const end = start + stringLength(arena, record);
    if (!putString(store, target, arena.bytes, start, end, expiresAtMs)) return false;
    setStringKind(target.arena, target.record, stringKind(arena, record));
    return true;
  }
  const hooks = typeHooks(recordType(arena, record));
  const bytes = hooks.valueBytes(arena, record);
  // The copy is made beside the key, which keeps what it has until then.
  const made = makeDetached(target.arena, arena, record, bytes);
  if (made === 0) return false;
  if (!hooks.copy(arena, record, target.arena, made)) {
    release(target.arena, made);
    return false;
  }
  if (!putLike(store, target, target.arena, made, bytes, expiresAtMs)) {
    freeValue(target.arena, made);
    release(target.arena, made);
    return false;
  }
  takeOver(target.arena, made, target.record, bytes);
  release(target.arena, made);
  return true;
}

/** A record of the same kind, which no table holds, with an empty key. 0 without memory. */
function makeDetached(arena: Arena, from: Arena, record: number, valueBytes: number): number {
  const made = allocate(arena, headBytes(0, false) + valueBytes);
  if (made === 0) return 0;
  arena.words[made >> 2] = from.words[record >> 2];
  arena.words[(made + ENTRY_KEY - 4) >> 2] = 0;
  return made;
}

/** The key's record, for a value of the same kind. */
function putLike(
  store: Store,
  key: Key,
  arena: Arena,
  record: number,
  valueBytes: number,
  expiresAtMs: number,
): boolean {
  return putRecord(
    store,
    key,
    recordType(arena, record),
    recordEncoding(arena, record),
    valueBytes,
    expiresAtMs,
  );
}

/** What the value has beside its record belongs to another record from now on. */
function takeOver(arena: Arena, from: number, to: number, valueBytes: number): void {
  const at = valueOffset(arena, from);
  arena.bytes.copyWithin(valueOffset(arena, to), at, at + valueBytes);
  const hooks = typeHooks(recordType(arena, to));
  hooks.moved?.(arena, to, valueBytes);
  hooks.adopted?.(arena, to);
}
