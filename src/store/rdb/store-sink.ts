/**
 * Makes the value of a key from its parts as they are read from a dump or a snapshot file. Whoever calls holds the lock
 * of the key's shard, has looked the key up and found nothing. When reading ends with an error, the key holds what came
 * before it, and it is for the caller to remove that. Any thread.
 */
import { RDB_SET_LISTPACK, RdbFull, RdbProblem } from '../../rdb/format.ts';
import type { RdbEntry, RdbId, StreamFacts, ValueSink } from '../../rdb/sink.ts';
import type { RdbText } from '../../rdb/source.ts';
import { FIELD_ADDED, FIELD_NO_MEMORY, setField } from '../hash.ts';
import { toTimed } from '../hash-convert.ts';
import { setFieldTime } from '../hash-expiry.ts';
import { HASH_PACKED } from '../hash-walk.ts';
import type { Key } from '../key.ts';
import { pushElements } from '../list-change.ts';
import { recordEncoding } from '../record.ts';
import {
  addMember,
  addToBody,
  adoptBody,
  createBody,
  freeBody,
  MEMBER_ADDED,
  MEMBER_NO_MEMORY,
  SET_PACKED,
  SetBody,
} from '../set.ts';
import {
  adoptSet,
  closeSet,
  createSet,
  findScore,
  firstEncoding,
  freeSet,
  insertScore,
  openSet,
  ScorePlace,
  SortedBody,
} from '../sorted-set.ts';
import type { Store } from '../store.ts';
import { entriesAdded, setEntriesAdded, streamLength, writeLastId, writeMaxDeletedId } from '../stream.ts';
import { createStream, loadEntry } from '../stream-change.ts';
import {
  addPending,
  createConsumer,
  createGroup,
  findConsumer,
  findGroup,
  setActiveTime,
  setDelivery,
  setEntriesRead,
  writeGroupId,
} from '../stream-group.ts';
import { putString } from '../string.ts';
import { readUpTo } from './stream-distance.ts';

const NO_MEMORY = 'there is no memory for it';

function must(isDone: boolean): void {
  if (!isDone) throw new RdbFull(NO_MEMORY);
}

/**
 * What becomes of a small hash with fields that expire: one blob (Redis), a table (Valkey); or a level has no such
 * fields.
 */
export type FieldTimes = 'blob' | 'table' | 'none';

export class StoreSink implements ValueSink {
  key!: Key;
  readonly #store: Store;
  readonly #fieldTimes: FieldTimes;
  readonly #spans = new Int32Array(2);
  readonly #set = new SetBody();
  readonly #sorted = new SortedBody();
  readonly #place = new ScorePlace();
  #count = 0;
  /** The small form of a hash is the one for fields that expire. */
  #isTimed = false;
  #type = 0;
  #group = 0;
  #consumer = 0;

  constructor(store: Store, fieldTimes: FieldTimes) {
    this.#store = store;
    this.#fieldTimes = fieldTimes;
  }

  string(text: RdbText): void {
    must(putString(this.#store, this.key, text.bytes, text.start, text.end, 0));
  }

  beginList(): void {}

  element(text: RdbText): void {
    this.#spans[0] = text.start;
    this.#spans[1] = text.end;
    must(pushElements(this.#store, this.key, false, text.bytes, this.#spans, 0, 1) === 1);
  }

  beginSet(type: number, count: number): void {
    this.#type = type;
    this.#count = count;
  }

  member({ bytes, start, end }: RdbText): void {
    const store = this.#store;
    const added =
      this.key.record === 0 && this.#type === RDB_SET_LISTPACK
        ? this.#firstPacked(bytes, start, end)
        : addMember(store, this.key, bytes, start, end, this.#count);
    must(added !== MEMBER_NO_MEMORY);
    if (added !== MEMBER_ADDED) throw new RdbProblem('a set has a member twice');
  }

  /** A set stays packed though all its members may be numbers. */
  #firstPacked(bytes: Uint8Array, start: number, end: number): number {
    const { arena } = this.key;
    must(createBody(arena, this.#set, SET_PACKED));
    const added = addToBody(arena, this.#store.limits, this.#set, bytes, start, end);
    if (added === MEMBER_ADDED && adoptBody(this.#store, this.key, this.#set)) return added;
    freeBody(arena, this.#set);
    return MEMBER_NO_MEMORY;
  }

  beginSortedSet(count: number): void {
    this.#count = count;
  }

  scored({ bytes, start, end }: RdbText, score: number): void {
    const { key } = this;
    const { arena } = key;
    const { limits } = this.#store;
    const set = this.#sorted;
    if (key.record === 0) {
      must(createSet(arena, set, firstEncoding(limits, this.#count, end - start)));
      const isDone =
        insertScore(arena, limits, set, bytes, start, end, score) && adoptSet(this.#store, key, set);
      if (!isDone) freeSet(arena, set);
      must(isDone);
      return;
    }
    openSet(set, key);
    if (findScore(this.#place, arena, set.encoding, set.body, bytes, start, end)) {
      throw new RdbProblem('a sorted set has a member twice');
    }
    const isDone = insertScore(arena, limits, set, bytes, start, end, score);
    closeSet(set, key);
    must(isDone);
  }

  beginHash(count: number, hasTimes: boolean): void {
    this.#count = count;
    this.#isTimed = hasTimes && this.#fieldTimes === 'blob';
  }

  field(field: RdbText, value: RdbText, expiresAtMs: number): void {
    const { key } = this;
    const added = setField(
      this.#store,
      key,
      field.bytes,
      field.start,
      field.end,
      value.bytes,
      value.start,
      value.end,
      false,
      this.#count,
    );
    must(added !== FIELD_NO_MEMORY);
    if (added !== FIELD_ADDED) throw new RdbProblem('a hash has a field twice');
    if (this.#isTimed && recordEncoding(key.arena, key.record) === HASH_PACKED)
      must(toTimed(key.arena, key.record));
    if (expiresAtMs === 0) return;
    if (this.#fieldTimes === 'none') throw new RdbProblem('fields of a hash do not expire on this level');
    const inBlob = this.#fieldTimes === 'blob';
    const { arena, record } = key;
    must(setFieldTime(arena, record, field.bytes, field.start, field.end, expiresAtMs, inBlob));
  }

  beginStream(): void {
    must(createStream(this.#store, this.key));
  }

  entry({ id, bytes, spans, fields, beginsNode }: RdbEntry): void {
    must(loadEntry(this.key, id, bytes, spans, 2 * fields, beginsNode));
  }

  streamFacts({ lastId, maxDeletedId, added }: StreamFacts): void {
    const { arena, record } = this.key;
    writeLastId(arena, record, lastId);
    writeMaxDeletedId(arena, record, maxDeletedId);
    const count = Number.isNaN(added) ? streamLength(arena, record) : added;
    setEntriesAdded(arena, record, count);
  }

  group({ bytes, start, end }: RdbText, lastId: RdbId, entriesRead: number): void {
    const { arena, record } = this.key;
    if (findGroup(arena, record, bytes, start, end) !== 0) {
      throw new RdbProblem('a stream has a group twice');
    }
    this.#group = createGroup(arena, record, bytes, start, end);
    must(this.#group !== 0);
    writeGroupId(arena, this.#group, lastId);
    const read = Number.isNaN(entriesRead)
      ? readUpTo(arena, record, lastId, entriesAdded(arena, record))
      : entriesRead;
    setEntriesRead(arena, this.#group, read);
  }

  consumer({ bytes, start, end }: RdbText, seenMs: number, activeMs: number): void {
    const { arena } = this.key;
    if (findConsumer(arena, this.#group, bytes, start, end) !== 0) {
      throw new RdbProblem('a group has a consumer twice');
    }
    this.#consumer = createConsumer(arena, this.#group, bytes, start, end, seenMs);
    must(this.#consumer !== 0);
    setActiveTime(arena, this.#consumer, activeMs);
  }

  pending(id: RdbId, deliveredMs: number, deliveries: number): void {
    const { arena } = this.key;
    const nack = addPending(arena, this.#group, this.#consumer, id, deliveredMs);
    must(nack !== 0);
    setDelivery(arena, nack, deliveredMs, deliveries);
  }
}
