/**
 * How a snapshot is of one moment although commands go on. Each record has a bit, and each shard says which value of it
 * means "not in the snapshot that is under way, or in it already". At the beginning of a snapshot, with all shards
 * locked, every shard turns its meaning over: all records are to be saved then. Saving a record turns its bit; records
 * that are made meanwhile have it turned from the beginning. Whoever is about to change a record that is still to be
 * saved writes it down first, as bytes of the file, in a list of its shard's that the saver takes over.
 *
 * So a change waits for one key at most, nothing is copied that does not change, and without a snapshot all of it costs
 * a look at one word. Any thread that holds the shard's lock.
 */
import { allocate, release } from '../../memory/allocator.ts';
import { type Arena, WORD_ROOTS } from '../../memory/arena.ts';
import { writeExpiry, writeFrequency } from '../../rdb/file-writer.ts';
import type { RdbProduct } from '../../rdb/format.ts';
import { RdbWriter } from '../../rdb/writer.ts';
import type { Key } from '../key.ts';
import { peekRecord } from '../keyspace.ts';
import { keyLength, keyOffset, MARK, recordAccess, recordExpiry } from '../record.ts';
import { DB_ORIGIN, databaseAt, ROOT_KEPT, ROOT_MARK, ROOT_SAVING, type Store } from '../store.ts';
import { valueType, writeValue } from './write-value.ts';

const KEPT_NEXT = 0;
const KEPT_LENGTH = 1;
const KEPT_DATABASE = 2;
const KEPT_HEAD_BYTES = 12;

/** Values of ROOT_SAVING. */
const NO_SAVING = 0;
const SAVING = 1;
/** There was no memory to write something down: the snapshot is not of one moment any more. */
const SAVING_FAILED = 2;

/** What the values are written as. */
export interface SaveForm {
  readonly product: RdbProduct;
  readonly usesFrequency: boolean;
  readonly compresses: boolean;
}

/** A snapshot begins at this moment. All shards are locked. */
export function beginMarks(store: Store): void {
  for (const { arena } of store.shards) {
    const { words } = arena;
    words[WORD_ROOTS + ROOT_MARK] ^= MARK;
    words[WORD_ROOTS + ROOT_KEPT] = 0;
    words[WORD_ROOTS + ROOT_SAVING] = SAVING;
    for (let database = 0; database < store.databases; database++) {
      words[databaseAt(arena, database) + DB_ORIGIN] = database;
    }
  }
}

/** The shard has no part in a snapshot any more: all its records have been saved, or are not going to be. */
export function endMarks(arena: Arena): void {
  arena.words[WORD_ROOTS + ROOT_SAVING] = NO_SAVING;
}

export function isSaving(arena: Arena): boolean {
  return arena.words[WORD_ROOTS + ROOT_SAVING] !== NO_SAVING;
}

export function hasFailed(arena: Arena): boolean {
  return arena.words[WORD_ROOTS + ROOT_SAVING] === SAVING_FAILED;
}

/** Whether the record is still to be saved, and notes that it is not any more. */
export function takeMark(arena: Arena, record: number): boolean {
  const { words } = arena;
  const at = (record >> 2) + 1;
  if (((words[at] ^ words[WORD_ROOTS + ROOT_MARK]) & MARK) === 0) return false;
  words[at] ^= MARK;
  return true;
}

/** Writes a record as a snapshot file has it. */
export function writeRecord(out: RdbWriter, arena: Arena, record: number, form: SaveForm): void {
  const expiresAtMs = recordExpiry(arena, record);
  if (expiresAtMs > 0) writeExpiry(out, expiresAtMs);
  if (form.usesFrequency) writeFrequency(out, recordAccess(arena, record) & 0xff);
  out.byte(valueType(arena, record, form.product));
  const start = keyOffset(record);
  out.string(arena.bytes, start, start + keyLength(arena, record));
  writeValue(out, arena, record, form.product);
}

const kept = new RdbWriter();

/** The key is about to be changed: if its record is still to be saved, it is written down. */
export function keepRecord(key: Key, form: SaveForm): void {
  const { arena } = key;
  const record = peekRecord(key);
  if (record === 0 || !takeMark(arena, record)) return;
  kept.reset();
  kept.compresses = form.compresses;
  writeRecord(kept, arena, record, form);
  const { words } = arena;
  const block = allocate(arena, KEPT_HEAD_BYTES + kept.length);
  if (block === 0) {
    words[WORD_ROOTS + ROOT_SAVING] = SAVING_FAILED;
    return;
  }
  const at = block >> 2;
  words[at + KEPT_NEXT] = words[WORD_ROOTS + ROOT_KEPT];
  words[at + KEPT_LENGTH] = kept.length;
  words[at + KEPT_DATABASE] = words[databaseAt(arena, key.database) + DB_ORIGIN];
  arena.bytes.set(new Uint8Array(kept.bytes.buffer, 0, kept.length), block + KEPT_HEAD_BYTES);
  words[WORD_ROOTS + ROOT_KEPT] = block;
}

/** Whether there is something in the shard's list. Needs no lock. */
export function hasKept(arena: Arena): boolean {
  return arena.words[WORD_ROOTS + ROOT_KEPT] !== 0;
}

/** Takes one record out of the list and appends it, after having told its database. False: there was none. */
export function takeKept(arena: Arena, out: RdbWriter, select: (database: number) => void): boolean {
  const { words } = arena;
  const block = words[WORD_ROOTS + ROOT_KEPT];
  if (block === 0) return false;
  const at = block >> 2;
  select(words[at + KEPT_DATABASE]);
  out.raw(arena.bytes, block + KEPT_HEAD_BYTES, block + KEPT_HEAD_BYTES + words[at + KEPT_LENGTH]);
  words[WORD_ROOTS + ROOT_KEPT] = words[at + KEPT_NEXT];
  release(arena, block);
  return true;
}

/** Gives back what is in the list. */
export function dropKept(arena: Arena): void {
  const { words } = arena;
  for (let block = words[WORD_ROOTS + ROOT_KEPT]; block !== 0; block = words[WORD_ROOTS + ROOT_KEPT]) {
    words[WORD_ROOTS + ROOT_KEPT] = words[(block >> 2) + KEPT_NEXT];
    release(arena, block);
  }
}

/** The database that had this number when the snapshot began. */
export function databaseOfOrigin(store: Store, arena: Arena, origin: number): number {
  for (let database = 0; database < store.databases; database++) {
    if (arena.words[databaseAt(arena, database) + DB_ORIGIN] === origin) return database;
  }
  return -1;
}
