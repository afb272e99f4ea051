/**
 * Writes the value of a record as the servers do in dumps and snapshot files, in the form that has the encoding the
 * value has here. Any thread that holds the shard's lock. As valkey 8.0 `rdbSaveObject`.
 */
import type { Arena } from '../../memory/arena.ts';
import { LIST_FIRST, LIST_NODES, NODE_COUNT, NODE_NEXT, packedOf } from '../../memory/chunk-list-node.ts';
import { packedAt, packedFirst, packedNext } from '../../memory/packed.ts';
import { PACKED_BYTES, PACKED_INTEGER, PackedCursor } from '../../memory/packed-entry.ts';
import {
  RDB_HASH,
  RDB_HASH_2,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_TIMED,
  RDB_HASH_TIMED,
  RDB_LIST_QUICKLIST_2,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_SET_LISTPACK,
  RDB_STREAM_2,
  RDB_STREAM_3,
  RDB_STRING,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
  type RdbProduct,
} from '../../rdb/format.ts';
import { ListpackWriter } from '../../rdb/listpack-writer.ts';
import type { RdbWriter } from '../../rdb/writer.ts';
import { fieldCount, hashBody } from '../hash.ts';
import { dueOf, dueTime } from '../hash-due.ts';
import { beginFields, HASH_TABLE, HASH_TIMED, HashWalk, nextField } from '../hash-walk.ts';
import { intsetBytes } from '../intset.ts';
import { isChunked, listBody } from '../list.ts';
import { recordEncoding, recordType } from '../record.ts';
import { SET_INTEGERS, SET_PACKED, setBody, setCount } from '../set.ts';
import { beginMembers, nextMember, SetWalk } from '../set-walk.ts';
import { scoredCount, sortedSetBody, ZSET_PACKED } from '../sorted-set.ts';
import { beginRanks, nextScored, SortedSetWalk } from '../sorted-set-walk.ts';
import { stringLength, stringStart } from '../string.ts';
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STRING, TYPE_ZSET } from '../types.ts';
import { writeStream } from './write-stream.ts';

const NODE_PLAIN = 1;
const NODE_PACKED = 2;
/** Elements from this size on are nodes of their own, as in a list with the usual limits. */
const LARGE_BYTES = 8192;
const INTSET_HEAD = 8;

const listpack = new ListpackWriter();
const cursor = new PackedCursor();
const setWalk = new SetWalk();
const sortedWalk = new SortedSetWalk();
const hashWalk = new HashWalk();

/**
 * Writes type and value; in a snapshot the key stands between them. `product` says in which form fields with times are.
 */
export function writeTypedValue(out: RdbWriter, arena: Arena, record: number, product: RdbProduct): void {
  out.byte(valueType(arena, record, product));
  writeValue(out, arena, record, product);
}

/** The type under which the value is written. */
export function valueType(arena: Arena, record: number, product: RdbProduct): number {
  const encoding = recordEncoding(arena, record);
  switch (recordType(arena, record)) {
    case TYPE_STRING:
      return RDB_STRING;
    case TYPE_LIST:
      return RDB_LIST_QUICKLIST_2;
    case TYPE_SET:
      if (encoding === SET_INTEGERS) return RDB_SET_INTSET;
      return encoding === SET_PACKED && product !== 'redis-7.0' ? RDB_SET_LISTPACK : RDB_SET;
    case TYPE_ZSET:
      return encoding === ZSET_PACKED ? RDB_ZSET_LISTPACK : RDB_ZSET_2;
    case TYPE_HASH:
      return hashType(arena, record, product);
    default:
      return product === 'redis-7.0' ? RDB_STREAM_2 : RDB_STREAM_3;
  }
}

function hashType(arena: Arena, record: number, product: RdbProduct): number {
  const encoding = recordEncoding(arena, record);
  // The form for it is Redis' alone, and kept though no field expires.
  if (encoding === HASH_TIMED) return RDB_HASH_LISTPACK_TIMED;
  if (dueOf(arena, record) === 0) return encoding === HASH_TABLE ? RDB_HASH : RDB_HASH_LISTPACK;
  return product === 'valkey' ? RDB_HASH_2 : RDB_HASH_TIMED;
}

/** Writes the value, in the form that `valueType` has said. */
export function writeValue(out: RdbWriter, arena: Arena, record: number, product: RdbProduct): void {
  const start = stringStart(arena, record);
  switch (recordType(arena, record)) {
    case TYPE_STRING:
      out.string(arena.bytes, start, start + stringLength(arena, record));
      return;
    case TYPE_LIST:
      writeList(out, arena, record);
      return;
    case TYPE_SET:
      writeSet(out, arena, record, product);
      return;
    case TYPE_ZSET:
      writeSortedSet(out, arena, record);
      return;
    case TYPE_HASH:
      writeHash(out, arena, record, product);
      return;
    default:
      writeStream(out, arena, record, product);
  }
}

function writeList(out: RdbWriter, arena: Arena, record: number): void {
  const { words } = arena;
  const body = listBody(arena, record);
  if (!isChunked(arena, record)) {
    out.size(1);
    writeListNode(out, arena, body, 0);
    return;
  }
  out.size(words[(body >> 2) + LIST_NODES]);
  for (let node = words[(body >> 2) + LIST_FIRST]; node !== 0; node = words[(node >> 2) + NODE_NEXT]) {
    writeListNode(out, arena, packedOf(words, node), words[(node >> 2) + NODE_COUNT]);
  }
}

/** `count` is 1 where the node may be one large element. */
function writeListNode(out: RdbWriter, arena: Arena, packed: number, count: number): void {
  if (count === 1 && packedAt(arena, packed, 0, cursor) && cursor.end - cursor.start > LARGE_BYTES) {
    out.size(NODE_PLAIN);
    out.string(arena.bytes, cursor.start, cursor.end);
    return;
  }
  out.size(NODE_PACKED);
  writePacked(out, arena, packed);
}

/** A blob as a listpack. */
function writePacked(out: RdbWriter, arena: Arena, packed: number): void {
  listpack.begin();
  for (let more = packedFirst(arena, packed, cursor); more; more = packedNext(arena, packed, cursor)) {
    if (cursor.kind === PACKED_BYTES) listpack.string(arena.bytes, cursor.start, cursor.end);
    else if (cursor.kind === PACKED_INTEGER) listpack.integer(cursor.value);
    else appendScore(cursor.value);
  }
  listpack.finish(out);
}

const digits = new Uint8Array(32);

/** A number that is no integer, as the shortest text that leads back to it. */
function appendScore(score: number): void {
  const text = Number.isFinite(score) ? String(score) : score > 0 ? 'inf' : '-inf';
  for (let at = 0; at < text.length; at++) digits[at] = text.charCodeAt(at);
  listpack.string(digits, 0, text.length);
}

function writeSet(out: RdbWriter, arena: Arena, record: number, product: RdbProduct): void {
  const body = setBody(arena, record);
  const encoding = recordEncoding(arena, record);
  if (encoding === SET_INTEGERS) writeIntset(out, arena, body);
  else if (encoding === SET_PACKED && product !== 'redis-7.0') writePacked(out, arena, body);
  else {
    out.size(setCount(arena, record));
    beginMembers(setWalk, arena, encoding, body);
    while (nextMember(setWalk)) out.string(setWalk.bytes, setWalk.start, setWalk.end);
  }
}

/** The servers have the width before the count. */
function writeIntset(out: RdbWriter, arena: Arena, body: number): void {
  const size = intsetBytes(arena, body);
  const blob = arena.bytes.slice(body, body + size);
  blob.copyWithin(0, INTSET_HEAD / 2, INTSET_HEAD);
  new DataView(blob.buffer).setUint32(INTSET_HEAD / 2, arena.words[body >> 2], true);
  out.string(blob, 0, size);
}

function writeSortedSet(out: RdbWriter, arena: Arena, record: number): void {
  const body = sortedSetBody(arena, record);
  const encoding = recordEncoding(arena, record);
  if (encoding === ZSET_PACKED) {
    writePacked(out, arena, body);
    return;
  }
  const count = scoredCount(arena, record);
  out.size(count);
  // The servers insert at the front most quickly.
  beginRanks(sortedWalk, arena, encoding, body, count - 1, count, true);
  while (nextScored(sortedWalk)) {
    out.string(sortedWalk.bytes, sortedWalk.start, sortedWalk.end);
    out.double(sortedWalk.score);
  }
}

function writeHash(out: RdbWriter, arena: Arena, record: number, product: RdbProduct): void {
  const type = hashType(arena, record, product);
  const soonestMs = dueOf(arena, record) === 0 ? 0 : dueTime(arena, record);
  if (type === RDB_HASH_TIMED || type === RDB_HASH_LISTPACK_TIMED) out.time(soonestMs);
  if (type === RDB_HASH_LISTPACK_TIMED || type === RDB_HASH_LISTPACK) {
    writePacked(out, arena, hashBody(arena, record));
    return;
  }
  out.size(fieldCount(arena, record));
  beginFields(hashWalk, arena, record);
  while (nextField(hashWalk)) {
    const { field, fieldStart, fieldEnd, value, valueStart, valueEnd, expiresAtMs } = hashWalk;
    if (type === RDB_HASH_TIMED) out.size(expiresAtMs === 0 ? 0 : expiresAtMs - soonestMs + 1);
    out.string(field, fieldStart, fieldEnd);
    out.string(value, valueStart, valueEnd);
    if (type === RDB_HASH_2) out.time(expiresAtMs === 0 ? -1 : expiresAtMs);
  }
}
