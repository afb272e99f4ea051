/** Walks a hash, its fields that expire, and its place in the shard's tree; throws where something does not fit. */
import { decodeLatin1 } from '../../../src/base/bytes.ts';
import { type Arena, WORD_ROOTS } from '../../../src/memory/arena.ts';
import { hashKey } from '../../../src/memory/hash.ts';
import { doubleOf } from '../../../src/memory/ordered-tree-key.ts';
import { hashBody } from '../../../src/store/hash.ts';
import { dueFields, dueOf, dueTime, dueTree } from '../../../src/store/hash-due.ts';
import {
  fieldExpiry,
  fieldLength,
  fieldValueLength,
  fieldValueStart,
} from '../../../src/store/hash-entry.ts';
import { HASH_TABLE, HASH_TIMED } from '../../../src/store/hash-walk.ts';
import { keyLength, keyOffset, recordEncoding } from '../../../src/store/record.ts';
import { ROOT_FIELDS_DUE } from '../../../src/store/store.ts';
import { checkTree } from '../memory/check-ordered-tree.ts';
import { checkPacked } from '../memory/check-packed.ts';
import { checkTable } from '../memory/check-table.ts';

export interface FieldState {
  readonly value: string;
  readonly atMs: number;
}

function fail(what: string): never {
  throw new Error(`hash: ${what}`);
}

/** The fields, in no order for a table. */
export function checkHash(arena: Arena, record: number): Map<string, FieldState> {
  const isTable = recordEncoding(arena, record) === HASH_TABLE;
  const fields = isTable ? tableFields(arena, record) : blobFields(arena, record);
  const times = [...fields.values()].map(({ atMs }) => atMs).filter((atMs) => atMs > 0);
  const due = dueOf(arena, record);
  if (times.length === 0) {
    if (due !== 0) fail('a due block without fields that expire');
    return fields;
  }
  if (due === 0) fail('fields expire, and there is no due block');
  if (dueFields(arena, due) !== times.length)
    fail(`${times.length} fields expire, ${dueFields(arena, due)} said`);
  if (dueTime(arena, record) > Math.min(...times)) fail('the shard comes too late');
  const start = keyOffset(record);
  if (arena.words[(due >> 2) + 3] !== hashKey(arena.bytes, start, start + keyLength(arena, record)))
    fail('the due block is another key’s');
  return fields;
}

function blobFields(arena: Arena, record: number): Map<string, FieldState> {
  const entries = checkPacked(arena, hashBody(arena, record));
  const isTimed = recordEncoding(arena, record) === HASH_TIMED;
  const stride = isTimed ? 3 : 2;
  const fields = new Map<string, FieldState>();
  let last = 0;
  for (let at = 0; at < entries.length; at += stride) {
    const atMs = isTimed ? Number(entries[at + 2]) : 0;
    if (fields.has(String(entries[at]))) fail(`${entries[at]} is there twice`);
    if (isTimed && (last === 0 ? at > 0 && atMs !== 0 : atMs !== 0 && atMs < last))
      fail('times are out of order');
    last = atMs;
    fields.set(String(entries[at]), { value: String(entries[at + 1]), atMs });
  }
  return fields;
}

function tableFields(arena: Arena, record: number): Map<string, FieldState> {
  const fields = new Map<string, FieldState>();
  const timed = new Map<number, number>();
  for (const entry of checkTable(arena, hashBody(arena, record))) {
    const start = fieldValueStart(arena, entry);
    const atMs = fieldExpiry(arena, entry);
    const name = decodeLatin1(arena.bytes, entry + 8, entry + 8 + fieldLength(arena, entry));
    const value = decodeLatin1(arena.bytes, start, start + fieldValueLength(arena, entry));
    fields.set(name, { value, atMs });
    if (atMs > 0) timed.set(entry, atMs);
  }
  const due = dueOf(arena, record);
  const inTree = due === 0 ? [] : checkTree(arena, dueTree(arena, due)).entries;
  if (inTree.length !== timed.size) fail(`${timed.size} fields expire, ${inTree.length} are in the tree`);
  for (const at of inTree) {
    const time = doubleOf(arena.words[at], arena.words[at + 1]);
    if (timed.get(arena.words[at + 2]) !== time) fail(`the tree has another time for ${arena.words[at + 2]}`);
  }
  return fields;
}

/** How many hashes of the shard have fields that expire. */
export function checkDueRoot(arena: Arena): number {
  const tree = arena.words[WORD_ROOTS + ROOT_FIELDS_DUE];
  if (tree === 0) return 0;
  const { entries } = checkTree(arena, tree);
  if (entries.length === 0) fail('an empty tree of due hashes');
  for (const at of entries) {
    const time = doubleOf(arena.words[at], arena.words[at + 1]);
    if (arena.doubles[arena.words[at + 2] >> 3] !== time)
      fail('a due block with another time than in the tree');
  }
  return entries.length;
}
