/** What the keyspace has to know of hashes: freeing and copying them, their size, the names of their encodings. */
import { copyBytes } from '../base/bytes.ts';
import { allocate, release, usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { createTable, tableBytes, tableCount } from '../memory/hash-table.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import { HASH_VALUE_BYTES, hashBody, setHashBody } from './hash.ts';
import { freeEntries } from './hash-convert.ts';
import { addDueFields, dropDue, dueFields, dueOf, dueTime, makeDue, setDue, writeKeyOf } from './hash-due.ts';
import { insertField } from './hash-entry.ts';
import { trackEntry } from './hash-track.ts';
import { beginFields, HASH_TABLE, HashWalk, nextField } from './hash-walk.ts';
import { recordEncoding } from './record.ts';
import { registerType, TYPE_HASH } from './types.ts';

const ENCODING_NAMES = ['listpack', 'hashtable', 'listpackex'];
const SAMPLED = 32;
const walk = new HashWalk();
const found = new EntryList();

function free(arena: Arena, record: number): void {
  dropDue(arena, record);
  if (recordEncoding(arena, record) === HASH_TABLE) freeEntries(arena, hashBody(arena, record));
  else release(arena, hashBody(arena, record));
}

function sizeBytes(arena: Arena, record: number): number {
  const body = hashBody(arena, record);
  if (recordEncoding(arena, record) !== HASH_TABLE) return usableSize(arena, body);
  const count = tableCount(arena, body);
  let bytes = 0;
  found.count = 0;
  let place = 0;
  do place = scanBucket(arena, body, place, found);
  while (place !== 0 && found.count < SAMPLED);
  for (let at = 0; at < found.count; at++) bytes += usableSize(arena, found.entries[at]);
  return tableBytes(arena, body) + Math.round((bytes / Math.max(1, found.count)) * count);
}

function copy(arena: Arena, from: number, target: Arena, to: number): boolean {
  setDue(target, to, 0);
  if (recordEncoding(arena, from) === HASH_TABLE) return copyTable(arena, from, target, to);
  const body = hashBody(arena, from);
  const size = usableSize(arena, body);
  const made = allocate(target, size);
  if (made === 0) return false;
  // All of the block: a blob may begin with a gap.
  copyBytes(arena.bytes, body, body + size, target.bytes, made);
  setHashBody(target, to, made);
  const due = dueOf(arena, from);
  if (due === 0) return true;
  const own = makeDue(target, to, dueTime(arena, from));
  if (own === 0) {
    release(target, made);
    return false;
  }
  addDueFields(target, own, dueFields(arena, due));
  return true;
}

function copyTable(arena: Arena, from: number, target: Arena, to: number): boolean {
  const table = createTable(target);
  if (table === 0) return false;
  setHashBody(target, to, table);
  beginFields(walk, arena, from);
  while (nextField(walk)) {
    const { field, fieldStart, fieldEnd, value, valueStart, valueEnd, expiresAtMs } = walk;
    const entry = insertField(
      target,
      table,
      field,
      fieldStart,
      fieldEnd,
      value,
      valueStart,
      valueEnd,
      expiresAtMs,
    );
    if (entry !== 0 && (expiresAtMs === 0 || trackEntry(target, to, entry, expiresAtMs))) continue;
    dropDue(target, to);
    freeEntries(target, table);
    return false;
  }
  return true;
}

registerType(TYPE_HASH, {
  name: 'hash',
  valueBytes: () => HASH_VALUE_BYTES,
  free,
  sizeBytes,
  encodingName: (arena, record) => ENCODING_NAMES[recordEncoding(arena, record)],
  freeEffort: (arena, record) =>
    recordEncoding(arena, record) === HASH_TABLE ? tableCount(arena, hashBody(arena, record)) : 1,
  detached: dropDue,
  copy,
  adopted: writeKeyOf,
});
