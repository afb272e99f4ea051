/**
 * DEBUG's subcommands about keys: digests, what a value is like, and many keys at once. Worker thread. Cold: for tests.
 * As valkey 8.0 `debug.c`. They lock shards by themselves, but for DIGEST, which has all.
 */
import { copyOf } from '../../base/bytes.ts';
import { listChunks } from '../../memory/chunk-list.ts';
import { LIMIT_LIST_PACKED } from '../../store/encoding-limits.ts';
import { Key, prepareKey } from '../../store/key.ts';
import { findKey, peekRecord } from '../../store/keyspace.ts';
import { isChunked, listBody, listLength } from '../../store/list.ts';
import { recordAccess, recordType } from '../../store/record.ts';
import { putString, putZeros, stringStart } from '../../store/string.ts';
import { TYPE_LIST } from '../../store/types.ts';
import { integerWithin } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { NO_SUCH_KEY } from '../errors.ts';
import { encodingName } from '../generic/run-object.ts';
import type { Continuation } from '../ports.ts';
import { addValue, DataDigest, digestOfStore, scoreTextOf } from './data-digest.ts';

const NOT_POSITIVE = 'ERR value is out of range, must be positive';

export function runDebugDigest(context: CommandContext): void {
  context.simple(digestOfStore(context.store, scoreTextOf(context)));
}

/** Also of keys whose time has come. */
export function runDebugDigestValue(context: CommandContext): void {
  const { store } = context;
  context.array(context.count - 2);
  for (let at = 2; at < context.count; at++) {
    const digest = new DataDigest();
    const key = namedKey(context, at);
    const entered = store.enter(key.shard);
    const record = peekRecord(key);
    if (record !== 0) addValue(digest, key.arena, record, scoreTextOf(context));
    store.leave(key.shard, entered);
    context.simple(digest.text);
  }
}

function namedKey(context: CommandContext, argument: number): Key {
  const key = new Key(context.store.shards[0], context.bytes);
  prepareKey(
    context.store,
    key,
    context.database,
    context.bytes,
    context.start(argument),
    context.end(argument),
  );
  return key;
}

/** What the record is at stands for its address. */
export function runDebugObject(context: CommandContext): void {
  const { store } = context;
  const key = namedKey(context, 2);
  const entered = store.enter(key.shard);
  const record = peekRecord(key);
  if (record === 0) context.error(NO_SUCH_KEY);
  else context.simple(describe(context, key, record));
  store.leave(key.shard, entered);
}

function describe(context: CommandContext, { arena, shard }: Key, record: number): string {
  const { access, limits } = context.store;
  const type = recordType(arena, record);
  const bits = recordAccess(arena, record);
  const address = (BigInt(shard.index + 1) << 32n) + BigInt(record >>> 0);
  const idle = access.usesFrequency ? 0 : access.idleSeconds(bits);
  const parts = [
    ...[`Value at:0x${address.toString(16)}`, 'refcount:1'],
    ...[`encoding:${encodingName(context, arena, record)}`, `lru:${bits}`, `lru_seconds_idle:${idle}`],
    ...[`lfu_freq:${access.frequency(bits)}`, `lfu_access_time_minutes:${bits >>> 8}`],
  ];
  if (type === TYPE_LIST && isChunked(arena, record)) {
    const chunks = listChunks(arena, listBody(arena, record));
    const mean = (listLength(arena, record) / chunks).toFixed(2);
    parts.push(`ql_nodes:${chunks}`, `ql_avg_node:${mean}`, `ql_listpack_max:${limits[LIMIT_LIST_PACKED]}`);
    parts.push('ql_compressed:0');
  }
  return parts.join(' ');
}

/** Keys of one slice: about a millisecond. */
const SLICE = 500;

class Population implements Continuation {
  readonly #count: number;
  readonly #prefix: string;
  readonly #valueBytes: number;
  #next = 0;

  constructor(count: number, prefix: string, valueBytes: number) {
    this.#count = count;
    this.#prefix = prefix;
    this.#valueBytes = valueBytes;
  }

  step(context: CommandContext): boolean {
    for (let left = SLICE; left > 0 && this.#next < this.#count; left--, this.#next++) {
      if (this.#add(context, this.#next)) continue;
      context.outOfMemory();
      return true;
    }
    if (this.#next < this.#count) return false;
    context.ok();
    return true;
  }

  /** False without memory. */
  #add(context: CommandContext, number: number): boolean {
    const { store } = context;
    const name = Buffer.from(`${this.#prefix}:${number}`, 'latin1');
    const key = new Key(store.shards[0], name);
    prepareKey(store, key, context.database, name, 0, name.length);
    const entered = store.enter(key.shard);
    const isDone = findKey(store, key, context.nowMs) !== 0 || this.#put(context, key, number);
    store.leave(key.shard, entered);
    return isDone;
  }

  #put(context: CommandContext, key: Key, number: number): boolean {
    const { store } = context;
    const text = Buffer.from(`value:${number}`);
    const size = this.#valueBytes;
    if (size === 0) {
      if (!putString(store, key, text, 0, text.length, 0)) return false;
    } else {
      if (!putZeros(store, key, size)) return false;
      const bytes = copyOf(text, 0, Math.min(size, text.length));
      key.arena.bytes.set(bytes, stringStart(key.arena, key.record));
    }
    context.touched(key, 0);
    return true;
  }
}

export function runDebugPopulate(context: CommandContext): void {
  const most = Number.MAX_SAFE_INTEGER;
  const count = integerWithin(context, 2, 0, most, NOT_POSITIVE);
  if (Number.isNaN(count)) return;
  const size = context.count === 5 ? integerWithin(context, 4, 0, most, NOT_POSITIVE) : 0;
  if (Number.isNaN(size)) return;
  const population = new Population(count, context.count > 3 ? context.text(3) : 'key', size);
  if (!population.step(context)) context.later(population);
}
