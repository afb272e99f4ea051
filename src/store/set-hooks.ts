/** What the keyspace has to know of sets: freeing and copying them, their size, the names of their encodings. */
import { copyBytes } from '../base/bytes.ts';
import { allocate, usableSize } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { hashKey } from '../memory/hash.ts';
import { createTable, tableBytes, tableCount } from '../memory/hash-table.ts';
import { ENTRY_KEY } from '../memory/table-layout.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import { recordEncoding } from './record.ts';
import { freeParts, insertNew, SET_TABLE, SET_VALUE_BYTES, setBody, setBodyTo } from './set.ts';
import { registerType, TYPE_SET } from './types.ts';

const found = new EntryList();
const ENCODING_NAMES = ['intset', 'listpack', 'hashtable'];
const SAMPLED = 32;

function sizeBytes(arena: Arena, record: number): number {
  const body = setBody(arena, record);
  if (recordEncoding(arena, record) !== SET_TABLE) return usableSize(arena, body);
  const count = tableCount(arena, body);
  let bytes = 0;
  found.count = 0;
  let place = 0;
  do place = scanBucket(arena, body, place, found);
  while (place !== 0 && found.count < SAMPLED);
  for (let at = 0; at < found.count; at++) bytes += usableSize(arena, found.entries[at]);
  return tableBytes(arena, body) + Math.round((bytes / Math.max(1, found.count)) * count);
}

function copySet(arena: Arena, from: number, target: Arena, to: number): boolean {
  const body = setBody(arena, from);
  const isTable = recordEncoding(arena, from) === SET_TABLE;
  const copy = isTable ? copyTable(arena, body, target) : copyBlock(arena, body, target);
  setBodyTo(target, to, copy);
  return copy !== 0;
}

/** All of the block: a blob may begin with a gap. */
function copyBlock(arena: Arena, body: number, target: Arena): number {
  const size = usableSize(arena, body);
  const copy = allocate(target, size);
  if (copy !== 0) copyBytes(arena.bytes, body, body + size, target.bytes, copy);
  return copy;
}

function copyTable(arena: Arena, table: number, target: Arena): number {
  const copy = createTable(target);
  if (copy === 0) return 0;
  let place = 0;
  do {
    found.count = 0;
    place = scanBucket(arena, table, place, found);
    for (let at = 0; at < found.count; at++) {
      const start = found.entries[at] + ENTRY_KEY;
      const end = start + arena.words[(found.entries[at] >> 2) + 1];
      if (insertNew(target, copy, hashKey(arena.bytes, start, end), arena.bytes, start, end)) continue;
      freeParts(target, SET_TABLE, copy);
      return 0;
    }
  } while (place !== 0);
  return copy;
}

registerType(TYPE_SET, {
  name: 'set',
  valueBytes: () => SET_VALUE_BYTES,
  free: (arena, record) => freeParts(arena, recordEncoding(arena, record), setBody(arena, record)),
  sizeBytes,
  encodingName: (arena, record) => ENCODING_NAMES[recordEncoding(arena, record)],
  freeEffort: (arena, record) =>
    recordEncoding(arena, record) === SET_TABLE ? tableCount(arena, setBody(arena, record)) : 1,
  copy: copySet,
});
