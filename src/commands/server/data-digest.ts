/**
 * DEBUG DIGEST and DIGEST-VALUE: forty hexadecimal digits that are equal where the data is equal, and the servers' own
 * for the same data. Worker thread. Cold: tests compare data by them. As valkey 8.0 `debug.c`.
 */
import { createHash } from 'node:crypto';
import { generalText, shortestText } from '../../base/double-text.ts';
import type { Arena } from '../../memory/arena.ts';
import { ListCursor } from '../../memory/chunk-list-node.ts';
import { PACKED_BYTES, PackedCursor, readEntry } from '../../memory/packed-entry.ts';
import { firstPlace } from '../../memory/packed-room.ts';
import { EntryList } from '../../memory/table-scan.ts';
import { beginFields, HashWalk, nextField } from '../../store/hash-walk.ts';
import { scanKeys, shardAt } from '../../store/iterate.ts';
import { listLength, seekElement, stepElement } from '../../store/list.ts';
import {
  hasExpiry,
  keyLength,
  keyOffset,
  recordEncoding,
  recordType,
  valueOffset,
} from '../../store/record.ts';
import { beginMembers, nextMember, SetWalk } from '../../store/set-walk.ts';
import { scoredCount } from '../../store/sorted-set.ts';
import { beginRanks, nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import type { Store } from '../../store/store.ts';
import { streamTree } from '../../store/stream.ts';
import { ID_TEXT_BYTES, writeIdText } from '../../store/stream-id.ts';
import { firstEntry, nextEntry, StreamCursor } from '../../store/stream-node.ts';
import { stringLength, stringStart } from '../../store/string.ts';
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_STRING, TYPE_ZSET } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';

const EXPIRES = Buffer.from('!!expire!!');
const DASH = 0x2d;
const POINT = 0x2e;

/** Twenty bytes that stand for data. What is mixed in counts in its order, what is added in any. */
export class DataDigest {
  readonly bytes = Buffer.alloc(20);

  add(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const hash = createHash('sha1').update(bytes.subarray(start, end)).digest();
    for (let at = 0; at < 20; at++) this.bytes[at] ^= hash[at];
  }

  mix(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.add(bytes, start, end);
    createHash('sha1').update(this.bytes).digest().copy(this.bytes);
  }

  mixNumber(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    this.mix(bytes);
  }

  get text(): string {
    return this.bytes.toString('hex');
  }
}

type ScoreText = (score: number) => string;

/** As the servers' replies. */
export function scoreTextOf({ printsAllDigits }: CommandContext): ScoreText {
  return printsAllDigits ? (score) => generalText(score, 17) : shortestText;
}

/** All databases. All shards are locked. `scoreText`: how the servers of the level print scores here. */
export function digestOfStore(store: Store, scoreText: ScoreText): string {
  const whole = new DataDigest();
  const page = new EntryList();
  for (let database = 0; database < store.databases; database++) {
    if (store.keyCount(database) === 0) continue;
    whole.mixNumber(database);
    let cursor = 0;
    do {
      const { arena } = shardAt(store, cursor);
      page.count = 0;
      cursor = scanKeys(store, shardAt(store, cursor), database, cursor, page);
      for (let at = 0; at < page.count; at++) addKey(whole, arena, page.entries[at], scoreText);
    } while (cursor !== 0);
  }
  return whole.text;
}

function addKey(whole: DataDigest, arena: Arena, record: number, scoreText: ScoreText): void {
  const one = new DataDigest();
  one.mix(arena.bytes, keyOffset(record), keyOffset(record) + keyLength(arena, record));
  addValue(one, arena, record, scoreText);
  whole.add(one.bytes);
}

/** A key's value, and that it expires. Its shard is locked. */
export function addValue(digest: DataDigest, arena: Arena, record: number, scoreText: ScoreText): void {
  const type = recordType(arena, record);
  digest.mixNumber(type);
  if (type === TYPE_STRING) {
    const start = stringStart(arena, record);
    digest.mix(arena.bytes, start, start + stringLength(arena, record));
  } else if (type === TYPE_LIST) mixList(digest, arena, record);
  else if (type === TYPE_SET) addSet(digest, arena, record);
  else if (type === TYPE_ZSET) addSortedSet(digest, arena, record, scoreText);
  else if (type === TYPE_HASH) addHash(digest, arena, record);
  else if (type === TYPE_STREAM) mixStream(digest, arena, record);
  if (hasExpiry(arena, record)) digest.add(EXPIRES);
}

function mixPiece(digest: DataDigest, arena: Arena, piece: PackedCursor): void {
  if (piece.kind === PACKED_BYTES) digest.mix(arena.bytes, piece.start, piece.end);
  else digest.mix(Buffer.from(String(piece.value)));
}

function mixList(digest: DataDigest, arena: Arena, record: number): void {
  const cursor = new ListCursor();
  seekElement(arena, record, 0, cursor);
  for (let left = listLength(arena, record); left > 0; left--) {
    mixPiece(digest, arena, cursor.entry);
    if (left > 1) stepElement(arena, record, true, cursor);
  }
}

function addSet(digest: DataDigest, arena: Arena, record: number): void {
  const walk = new SetWalk();
  const body = arena.words[valueOffset(arena, record) >> 2];
  beginMembers(walk, arena, recordEncoding(arena, record), body);
  while (nextMember(walk)) digest.add(walk.bytes, walk.start, walk.end);
}

function addSortedSet(digest: DataDigest, arena: Arena, record: number, scoreText: ScoreText): void {
  const walk = new SortedSetWalk();
  const body = arena.words[valueOffset(arena, record) >> 2];
  beginRanks(walk, arena, recordEncoding(arena, record), body, 0, scoredCount(arena, record), false);
  while (nextScored(walk)) {
    const one = new DataDigest();
    one.mix(walk.bytes, walk.start, walk.end);
    one.mix(Buffer.from(scoreText(walk.score)));
    digest.add(one.bytes);
  }
}

function addHash(digest: DataDigest, arena: Arena, record: number): void {
  const walk = new HashWalk();
  beginFields(walk, arena, record);
  while (nextField(walk)) {
    const one = new DataDigest();
    one.mix(walk.field, walk.fieldStart, walk.fieldEnd);
    one.mix(walk.value, walk.valueStart, walk.valueEnd);
    digest.add(one.bytes);
  }
}

function mixStream(digest: DataDigest, arena: Arena, record: number): void {
  const cursor = new StreamCursor();
  const id = new Uint8Array(ID_TEXT_BYTES);
  const name = new PackedCursor();
  const value = new PackedCursor();
  let found = firstEntry(arena, streamTree(arena, record), cursor);
  for (; found; found = nextEntry(arena, cursor)) {
    const end = writeIdText(id, 0, cursor.id);
    id[id.indexOf(DASH)] = POINT;
    digest.mix(id, 0, end);
    const { blob, isPlain } = cursor;
    let names = isPlain ? firstPlace(arena, blob) : 0;
    let place = cursor.body;
    for (let left = cursor.fieldCount; left > 0; left--) {
      readEntry(arena, blob, isPlain ? names : place, name);
      if (isPlain) names = name.next;
      else place = name.next;
      readEntry(arena, blob, place, value);
      place = value.next;
      mixPiece(digest, arena, name);
      mixPiece(digest, arena, value);
    }
  }
}
