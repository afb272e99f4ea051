/**
 * Keys: finding, making, resizing and removing their records. All functions need the lock of the key's shard and are
 * all-or-nothing: when memory runs out they return false and nothing has changed. Any worker thread.
 */
import { allocate, release, roundedSize, usableSize } from '../memory/allocator.ts';
import { type Arena, WORD_ROOTS } from '../memory/arena.ts';
import {
  createTable,
  destroyTable,
  findEntry,
  insertEntry,
  removeEntry,
  replaceEntry,
} from '../memory/hash-table.ts';
import { copyIn } from '../memory/move-bytes.ts';
import { TABLE_COUNT } from '../memory/table-layout.ts';
import { discardValue, freeRecordsWith } from './discarded.ts';
import type { Key } from './key.ts';
import {
  HAS_EXPIRY,
  hasExpiry,
  headBytes,
  keyOffset,
  recordAccess,
  recordExpiry,
  recordType,
  valueOffset,
  writeExpiry,
} from './record.ts';
import { STAT_EVICTED, STAT_EXPIRED } from './statistics.ts';
import { DB_DIRECTORY, DB_EXPIRES, DB_KEYS, databaseAt, ROOT_MARK, type Store } from './store.ts';
import { TYPE_STRING, typeHooks } from './types.ts';

/** As `findKey`, but a key whose time has come is found, and stays. */
export function peekRecord(key: Key): number {
  const { arena } = key;
  const directory = arena.words[databaseAt(arena, key.database) + DB_DIRECTORY];
  const table = directory === 0 ? 0 : arena.words[(directory >> 2) + key.local];
  return table === 0 ? 0 : findEntry(arena, table, key.hash, key.bytes, key.start, key.end);
}

/** Looks the key up; `key.record` is 0 where it does not exist. A key whose time has come is removed. */
export function findKey(store: Store, key: Key, nowMs: number): number {
  const { arena } = key;
  const { words } = arena;
  const directory = words[databaseAt(arena, key.database) + DB_DIRECTORY];
  const table = directory === 0 ? 0 : words[(directory >> 2) + key.local];
  key.table = table;
  if (table === 0) {
    key.record = 0;
    return 0;
  }
  const record = findEntry(arena, table, key.hash, key.bytes, key.start, key.end);
  key.record = record;
  if (record !== 0 && (words[(record >> 2) + 1] & HAS_EXPIRY) !== 0 && recordExpiry(arena, record) <= nowMs) {
    if (store.events.mayExpire()) expireKey(store, key);
    else key.record = 0;
    return 0;
  }
  return record;
}

/** Removes a key because its time has come. */
export function expireKey(store: Store, key: Key): void {
  store.statistics.cells[STAT_EXPIRED] += 1;
  store.events.expired(key);
  removeKey(key);
}

/** Removes an existing key because memory is needed. */
export function evictKey(store: Store, key: Key): void {
  store.statistics.cells[STAT_EVICTED] += 1;
  store.events.evicted(key);
  removeKey(key);
}

/**
 * Makes the key's record, or replaces what it holds, with room for `valueBytes`, whose contents are arbitrary then. The
 * old value is freed, an expiry replaced by the given one (0: none). `key` has been looked up.
 */
export function putRecord(
  store: Store,
  key: Key,
  type: number,
  encoding: number,
  valueBytes: number,
  expiresAtMs: number,
): boolean {
  return key.record === 0
    ? insertRecord(store, key, type, encoding, valueBytes, expiresAtMs)
    : replaceRecord(store, key, type, encoding, valueBytes, expiresAtMs);
}

function insertRecord(
  store: Store,
  key: Key,
  type: number,
  encoding: number,
  valueBytes: number,
  expiresAtMs: number,
): boolean {
  const { arena } = key;
  if (key.table === 0 && !makeTable(store, key)) return false;
  const record = allocate(arena, headBytes(key.end - key.start, expiresAtMs > 0) + valueBytes);
  if (record === 0) {
    dropEmptyTable(key);
    return false;
  }
  writeHead(key, record, type, encoding, store.access.initial(), expiresAtMs);
  if (expiresAtMs > 0 && !addExpiring(key, record)) {
    release(arena, record);
    dropEmptyTable(key);
    return false;
  }
  if (!insertEntry(arena, key.table, key.hash, record)) {
    if (expiresAtMs > 0) removeExpiring(key, record);
    release(arena, record);
    dropEmptyTable(key);
    return false;
  }
  arena.words[databaseAt(arena, key.database) + DB_KEYS] += 1;
  key.record = record;
  store.events.created(key);
  return true;
}

function replaceRecord(
  store: Store,
  key: Key,
  type: number,
  encoding: number,
  valueBytes: number,
  expiresAtMs: number,
): boolean {
  const { arena } = key;
  const old = key.record;
  const access = recordAccess(arena, old);
  const isRetyped = recordType(arena, old) !== type;
  const had = hasExpiry(arena, old);
  const wants = expiresAtMs > 0;
  const needed = headBytes(key.end - key.start, wants) + valueBytes;
  const record = fits(arena, old, needed) ? old : allocate(arena, needed);
  if (record === 0) return false;
  if (record !== old) writeHead(key, record, type, encoding, access, expiresAtMs);
  if (wants && !had && !addExpiring(key, record)) {
    if (record !== old) release(arena, record);
    return false;
  }
  if (had && !wants) removeExpiring(key, old);
  else if (had && record !== old) replaceExpiring(key, old, record);
  freeValue(arena, old);
  if (record === old) writeHead(key, record, type, encoding, access, expiresAtMs);
  else {
    replaceEntry(arena, key.table, key.hash, old, record);
    release(arena, old);
    key.record = record;
  }
  if (isRetyped) store.events.retyped(key);
  return true;
}

/**
 * Gives the value of an existing key room for `valueBytes`. Its first bytes stay; it may move, and `key.record` with
 * it: whoever asks for it sees to what `moved` of `TypeHooks` is for.
 */
export function resizeValue(key: Key, valueBytes: number): boolean {
  const { arena } = key;
  const old = key.record;
  const head = valueOffset(arena, old) - old;
  if (fits(arena, old, head + valueBytes)) return true;
  const record = allocate(arena, head + valueBytes);
  if (record === 0) return false;
  const kept = Math.min(usableSize(arena, old), head + valueBytes);
  arena.bytes.copyWithin(record, old, old + kept);
  moveRecord(key, record);
  return true;
}

/** Sets when an existing key expires. */
export function setExpiry(key: Key, atMs: number): boolean {
  const { arena } = key;
  const old = key.record;
  if (hasExpiry(arena, old)) {
    writeExpiry(arena, old, atMs);
    return true;
  }
  const from = valueOffset(arena, old);
  const hooks = typeHooks(recordType(arena, old));
  const valueBytes = hooks.valueBytes(arena, old);
  const head = from - old;
  const isRoomy = usableSize(arena, old) >= head + 8 + valueBytes;
  const record = isRoomy ? old : allocate(arena, head + 8 + valueBytes);
  if (record === 0) return false;
  if (record !== old) arena.bytes.copyWithin(record, old, from);
  if (!addExpiring(key, record)) {
    if (record !== old) release(arena, record);
    return false;
  }
  arena.bytes.copyWithin(record + head + 8, from, from + valueBytes);
  arena.words[(record >> 2) + 1] |= HAS_EXPIRY;
  writeExpiry(arena, record, atMs);
  hooks.moved?.(arena, record, valueBytes);
  if (record !== old) {
    replaceEntry(arena, key.table, key.hash, old, record);
    release(arena, old);
    key.record = record;
  }
  return true;
}

/** Takes the expiry away. False when there was none. */
export function clearExpiry(key: Key): boolean {
  const { arena } = key;
  const { record } = key;
  if (!hasExpiry(arena, record)) return false;
  const from = valueOffset(arena, record);
  const hooks = typeHooks(recordType(arena, record));
  const valueBytes = hooks.valueBytes(arena, record);
  removeExpiring(key, record);
  arena.words[(record >> 2) + 1] &= ~HAS_EXPIRY;
  arena.bytes.copyWithin(from - 8, from, from + valueBytes);
  hooks.moved?.(arena, record, valueBytes);
  return true;
}

/** Removes an existing key with its value. */
export function removeKey(key: Key): void {
  freeValue(key.arena, key.record);
  dropRecord(key);
}

/** A value of more blocks is freed later where that is asked for. As `LAZYFREE_THRESHOLD`. */
const FEW_BLOCKS = 64;

/** As `removeKey`, but a value of many blocks is freed later. */
export function unlinkKey(key: Key): void {
  const { arena, record } = key;
  const hooks = typeHooks(recordType(arena, record));
  if (hooks.freeEffort(arena, record) <= FEW_BLOCKS || !discardValue(arena, record)) {
    removeKey(key);
    return;
  }
  hooks.detached?.(arena, record);
  takeOut(key);
}

/**
 * Removes an existing key whose value's own memory has got another owner (RENAME within a shard, background freeing).
 */
export function dropRecord(key: Key): void {
  const { arena, record } = key;
  takeOut(key);
  release(arena, record);
}

function takeOut(key: Key): void {
  const { arena, record } = key;
  if (hasExpiry(arena, record)) removeExpiring(key, record);
  removeEntry(arena, key.table, key.hash, record);
  arena.words[databaseAt(arena, key.database) + DB_KEYS] -= 1;
  key.record = 0;
  dropEmptyTable(key);
}

/** Frees what a value has beside its record. */
export function freeValue(arena: Arena, record: number): void {
  const type = recordType(arena, record);
  if (type !== TYPE_STRING) typeHooks(type).free(arena, record);
}

freeRecordsWith(freeValue);

/** Room enough, and not so much that moving pays. */
function fits(arena: Arena, record: number, neededBytes: number): boolean {
  const usable = usableSize(arena, record);
  return usable >= neededBytes && usable <= 2 * roundedSize(neededBytes);
}

function writeHead(
  key: Key,
  record: number,
  type: number,
  encoding: number,
  access: number,
  expiresAtMs: number,
): void {
  const { words } = key.arena;
  const length = key.end - key.start;
  words[record >> 2] = type | (encoding << 4) | (access << 8);
  // What is made during a snapshot has no part in it.
  const mark = words[WORD_ROOTS + ROOT_MARK];
  words[(record >> 2) + 1] = expiresAtMs > 0 ? length | HAS_EXPIRY | mark : length | mark;
  copyIn(key.arena, key.bytes, key.start, key.end, keyOffset(record));
  if (expiresAtMs > 0) writeExpiry(key.arena, record, expiresAtMs);
}

/** Everything has been copied to `record`. */
function moveRecord(key: Key, record: number): void {
  const { arena } = key;
  const old = key.record;
  replaceEntry(arena, key.table, key.hash, old, record);
  if (hasExpiry(arena, record)) replaceExpiring(key, old, record);
  release(arena, old);
  key.record = record;
}

/** The table of the key's slot, which is empty, and the directory of its database if it is the first. */
function makeTable(store: Store, key: Key): boolean {
  const { arena } = key;
  const { words } = arena;
  const database = databaseAt(arena, key.database);
  let directory = words[database + DB_DIRECTORY];
  if (directory === 0) {
    directory = allocate(arena, store.slotsPerShard * 4);
    if (directory === 0) return false;
    words.fill(0, directory >> 2, (directory >> 2) + store.slotsPerShard);
    words[database + DB_DIRECTORY] = directory;
  }
  key.table = createTable(arena);
  words[(directory >> 2) + key.local] = key.table;
  return key.table !== 0;
}

function dropEmptyTable(key: Key): void {
  const { arena, table } = key;
  const { words } = arena;
  if (words[(table >> 2) + TABLE_COUNT] !== 0) return;
  destroyTable(arena, table);
  words[(words[databaseAt(arena, key.database) + DB_DIRECTORY] >> 2) + key.local] = 0;
  key.table = 0;
}

/** Enters the record among those that expire. */
function addExpiring(key: Key, record: number): boolean {
  const { arena } = key;
  const { words } = arena;
  const place = databaseAt(arena, key.database) + DB_EXPIRES;
  if (words[place] === 0) words[place] = createTable(arena);
  if (words[place] === 0) return false;
  if (insertEntry(arena, words[place], key.hash, record)) return true;
  dropEmptyExpires(arena, place);
  return false;
}

function removeExpiring(key: Key, record: number): void {
  const { arena } = key;
  const place = databaseAt(arena, key.database) + DB_EXPIRES;
  removeEntry(arena, arena.words[place], key.hash, record);
  dropEmptyExpires(arena, place);
}

function replaceExpiring(key: Key, old: number, record: number): void {
  const { arena } = key;
  const table = arena.words[databaseAt(arena, key.database) + DB_EXPIRES];
  replaceEntry(arena, table, key.hash, old, record);
}

function dropEmptyExpires(arena: Arena, place: number): void {
  const table = arena.words[place];
  if (arena.words[(table >> 2) + TABLE_COUNT] !== 0) return;
  destroyTable(arena, table);
  arena.words[place] = 0;
}
