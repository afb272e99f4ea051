/**
 * When fields of hashes expire: setting and clearing their times, and removing those whose time has come. Any thread
 * that holds the shard's lock. All or nothing.
 */
import { release } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { entryHash, removeEntry, replaceEntry } from '../memory/hash-table.ts';
import { packedCount } from '../memory/packed-room.ts';
import { fieldCount, forgetTime, hashBody, setHashBody } from './hash.ts';
import { toTable, toTimed } from './hash-convert.ts';
import {
  addDueFields,
  dropDue,
  dueFields,
  dueOf,
  dueOwner,
  dueTime,
  findDueRecord,
  firstDue,
  makeDue,
  moveDue,
} from './hash-due.ts';
import { makeFieldEntry, writeFieldExpiry, writeFieldValue } from './hash-entry.ts';
import { deleteFirst, firstTime, moveTimed } from './hash-packed.ts';
import { firstEntryTime, retrackEntry, takeDueEntry, trackEntry, untrackEntry } from './hash-track.ts';
import { findField, HASH_PACKED, HASH_TABLE, HASH_TIMED, HashWalk } from './hash-walk.ts';
import { Key, prepareKey } from './key.ts';
import { findKey, removeKey } from './keyspace.ts';
import { keyLength, keyOffset, recordEncoding } from './record.ts';
import { STAT_EXPIRED_FIELDS } from './statistics.ts';
import type { Shard, Store } from './store.ts';

const walk = new HashWalk();

/**
 * Has a field, which exists, expire at a time that is not 0. Redis keeps a small hash in one blob then (`inBlob`),
 * Valkey makes it a table. False without memory.
 */
export function setFieldTime(
  arena: Arena,
  record: number,
  field: Uint8Array,
  start: number,
  end: number,
  atMs: number,
  inBlob: boolean,
): boolean {
  if (recordEncoding(arena, record) === HASH_PACKED) {
    if (!(inBlob ? toTimed(arena, record) : toTable(arena, record))) return false;
  }
  if (!findField(walk, arena, record, field, start, end)) return false;
  return walk.encoding === HASH_TIMED ? setBlobTime(arena, record, atMs) : setEntryTime(arena, record, atMs);
}

/** Of the field that the walk has found. */
function setBlobTime(arena: Arena, record: number, atMs: number): boolean {
  const due = makeDue(arena, record, atMs);
  if (due === 0) return false;
  const had = walk.expiresAtMs > 0;
  const body = moveTimed(walk, walk.value, walk.valueStart, walk.valueEnd, atMs);
  if (body !== 0) {
    setHashBody(arena, record, body);
    if (!had) addDueFields(arena, due, 1);
    return true;
  }
  if (dueFields(arena, due) === 0) dropDue(arena, record);
  return false;
}

function setEntryTime(arena: Arena, record: number, atMs: number): boolean {
  const { entry, expiresAtMs, body } = walk;
  if (expiresAtMs > 0) {
    if (!retrackEntry(arena, record, entry, expiresAtMs, entry, atMs)) return false;
    writeFieldExpiry(arena, entry, atMs);
    return true;
  }
  const { field, fieldStart, fieldEnd, value, valueStart, valueEnd } = walk;
  const made = makeFieldEntry(arena, field, fieldStart, fieldEnd, valueEnd - valueStart, atMs);
  if (made === 0) return false;
  writeFieldValue(arena, made, value, valueStart, valueEnd, true);
  if (!trackEntry(arena, record, made, atMs)) {
    release(arena, made);
    return false;
  }
  replaceEntry(arena, body, entryHash(arena, entry), entry, made);
  release(arena, entry);
  return true;
}

/** Takes the time of a field away that expires. False without memory. */
export function clearFieldTime(
  arena: Arena,
  record: number,
  field: Uint8Array,
  start: number,
  end: number,
): boolean {
  findField(walk, arena, record, field, start, end);
  if (walk.encoding === HASH_TABLE) {
    const { entry, value, valueStart, valueEnd } = walk;
    untrackEntry(arena, record, entry, walk.expiresAtMs);
    // The value moves down over the time.
    value.copyWithin(valueStart - 8, valueStart, valueEnd);
    arena.words[(entry >> 2) + 1] &= ~(1 << 30);
    return true;
  }
  const body = moveTimed(walk, walk.value, walk.valueStart, walk.valueEnd, 0);
  if (body === 0) return false;
  setHashBody(arena, record, body);
  forgetTime(arena, record);
  return true;
}

/** Removes the fields whose time has come, at most `limit` of them; returns how many. The key stays, even if empty. */
export function expireFields(arena: Arena, record: number, nowMs: number, limit: number): number {
  let removed = 0;
  if (recordEncoding(arena, record) === HASH_TABLE) {
    const table = hashBody(arena, record);
    while (removed < limit) {
      const entry = takeDueEntry(arena, record, nowMs);
      if (entry === 0) break;
      removeEntry(arena, table, entryHash(arena, entry), entry);
      release(arena, entry);
      removed += 1;
    }
  } else {
    for (; removed < limit && packedCount(arena, hashBody(arena, record)) > 0; removed++) {
      const time = firstTime(arena, hashBody(arena, record));
      if (time === 0 || time > nowMs) break;
      setHashBody(arena, record, deleteFirst(arena, hashBody(arena, record)));
      forgetTime(arena, record);
    }
  }
  correctDue(arena, record);
  return removed;
}

/** The time in the shard's tree becomes that of the soonest field. Without memory it stays too early. */
function correctDue(arena: Arena, record: number): void {
  const due = dueOf(arena, record);
  if (due === 0) return;
  const isTable = recordEncoding(arena, record) === HASH_TABLE;
  moveDue(arena, due, isTable ? firstEntryTime(arena, due) : firstTime(arena, hashBody(arena, record)));
}

/**
 * Removes the expired fields of a key's hash, which has been looked up, and the key with the last of them. What the
 * servers do when a field is read that has expired. Returns how many fields went.
 */
export function expireKeyFields(
  store: Store,
  key: Key,
  nowMs: number,
  limit: number = Number.POSITIVE_INFINITY,
): number {
  const { arena, record } = key;
  if (dueTime(arena, record) > nowMs) return 0;
  const removed = expireFields(arena, record, nowMs, limit);
  if (removed === 0) return 0;
  store.statistics.cells[STAT_EXPIRED_FIELDS] += removed;
  const isEmpty = fieldCount(arena, record) === 0;
  store.events.fieldsExpired(key, isEmpty);
  if (isEmpty) removeKey(key);
  return removed;
}

const FIELDS_PER_SLICE = 64;
const MAX_SLICES = 64;

/** Removes fields of a shard whose time has come and that nobody asks for, in slices. Returns how many. */
export function expireShardFields(store: Store, shard: Shard, nowMs: number): number {
  let removed = 0;
  for (let slice = 0; slice < MAX_SLICES; slice++) {
    if (!store.tryLock(shard)) return removed;
    const expired = expireSlice(store, shard, nowMs);
    store.unlock(shard);
    removed += expired;
    if (expired < FIELDS_PER_SLICE) break;
  }
  return removed;
}

/** Under the shard's lock. */
function expireSlice(store: Store, shard: Shard, nowMs: number): number {
  const { arena } = shard;
  let removed = 0;
  let looks = 0;
  for (; removed < FIELDS_PER_SLICE && looks < FIELDS_PER_SLICE; looks++) {
    const due = firstDue(arena, nowMs);
    if (due === 0) break;
    const record = findDueRecord(store, shard, due);
    if (record === 0) break;
    const key = new Key(shard, arena.bytes);
    const start = keyOffset(record);
    prepareKey(store, key, dueOwner.database, arena.bytes, start, start + keyLength(arena, record));
    if (findKey(store, key, nowMs) !== 0)
      removed += expireKeyFields(store, key, nowMs, FIELDS_PER_SLICE - removed);
  }
  return removed;
}
