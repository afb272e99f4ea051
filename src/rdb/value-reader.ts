/**
 * Reads values in every form that Redis 5 to 8 and Valkey 7 to 9 write them. Throws `RdbProblem` for what is damaged or
 * foreign. Any thread. As valkey 8.0 `rdbLoadObject`.
 */
import {
  FIRST_FOREIGN,
  FIRST_VALKEY_9,
  RDB_HASH,
  RDB_HASH_2,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_TIMED,
  RDB_HASH_LISTPACK_TIMED_OLD,
  RDB_HASH_TIMED,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
  RDB_LIST,
  RDB_LIST_QUICKLIST,
  RDB_LIST_QUICKLIST_2,
  RDB_LIST_ZIPLIST,
  RDB_MODULE,
  RDB_MODULE_2,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_SET_LISTPACK,
  RDB_STREAM,
  RDB_STREAM_2,
  RDB_STREAM_3,
  RDB_STRING,
  RDB_ZSET,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
  RDB_ZSET_ZIPLIST,
  RdbEmpty,
  RdbProblem,
} from './format.ts';
import type { ValueSink } from './sink.ts';
import { SmallReader } from './small-forms.ts';
import { type RdbSource, RdbText } from './source.ts';
import { StreamReader } from './stream-reader.ts';

const NODE_PLAIN = 1;
const NODE_PACKED = 2;
/** Characters of the name of a module type. */
const MODULE_NAME_LENGTH = 9;
const MODULE_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export class ValueReader {
  readonly #first = new RdbText();
  readonly #second = new RdbText();
  readonly #third = new RdbText();
  readonly #blob = new RdbText();
  readonly #small = new SmallReader();
  readonly #stream = new StreamReader();

  /** Reads one value of a type. The version says whose the numbers of types above 21 are. */
  read(type: number, source: RdbSource, version: number, sink: ValueSink): void {
    switch (type) {
      case RDB_STRING:
        source.string(this.#first);
        sink.string(this.#first);
        return;
      case RDB_LIST:
      case RDB_LIST_ZIPLIST:
      case RDB_LIST_QUICKLIST:
      case RDB_LIST_QUICKLIST_2:
        this.#list(type, source, sink);
        return;
      case RDB_SET:
      case RDB_SET_INTSET:
      case RDB_SET_LISTPACK:
        this.#set(type, source, sink);
        return;
      case RDB_ZSET:
      case RDB_ZSET_2:
        this.#scores(type, source, sink);
        return;
      case RDB_ZSET_ZIPLIST:
      case RDB_ZSET_LISTPACK:
        this.#smallScores(type, source, sink);
        return;
      case RDB_STREAM:
      case RDB_STREAM_2:
      case RDB_STREAM_3:
        this.#stream.read(type, source, sink);
        return;
      case RDB_MODULE:
      case RDB_MODULE_2:
        throw new RdbProblem(`it holds a value of the module type ${moduleName(source)}, which this has not`);
      default:
        this.#hash(type, source, version, sink);
    }
  }

  #list(type: number, source: RdbSource, sink: ValueSink): void {
    sink.beginList();
    if (type === RDB_LIST_ZIPLIST) {
      source.string(this.#blob);
      this.#elements(type, sink);
      return;
    }
    const count = notNothing(source.count());
    let elements = 0;
    for (let left = count; left > 0; left--) {
      if (type === RDB_LIST) {
        source.string(this.#first);
        sink.element(this.#first);
        elements += 1;
        continue;
      }
      const container = type === RDB_LIST_QUICKLIST_2 ? source.size() : NODE_PACKED;
      source.string(this.#blob);
      if (container === NODE_PLAIN) {
        sink.element(this.#blob);
        elements += 1;
      } else if (container === NODE_PACKED) elements += this.#elements(type, sink);
      else throw new RdbProblem('a list has a part of an unknown kind');
    }
    notNothing(elements);
  }

  /** Elements of the blob; returns how many. */
  #elements(type: number, sink: ValueSink): number {
    const small = this.#small;
    if (type === RDB_LIST_QUICKLIST_2) small.listpack(this.#blob);
    else small.ziplist(this.#blob);
    let elements = 0;
    for (; small.next(this.#first); elements++) sink.element(this.#first);
    return type === RDB_LIST_ZIPLIST ? notNothing(elements) : elements;
  }

  #set(type: number, source: RdbSource, sink: ValueSink): void {
    if (type === RDB_SET) {
      const count = notNothing(source.count());
      sink.beginSet(type, count);
      for (let left = count; left > 0; left--) {
        source.string(this.#first);
        sink.member(this.#first);
      }
      return;
    }
    source.string(this.#blob);
    const small = this.#small;
    if (type === RDB_SET_INTSET) small.intset(this.#blob);
    else small.listpack(this.#blob);
    sink.beginSet(type, notNothing(small.count));
    while (small.next(this.#first)) sink.member(this.#first);
  }

  #scores(type: number, source: RdbSource, sink: ValueSink): void {
    const count = notNothing(source.count());
    sink.beginSortedSet(count);
    for (let left = count; left > 0; left--) {
      source.string(this.#first);
      this.#first.keep();
      sink.scored(this.#first, isNumber(type === RDB_ZSET ? this.#textScore(source) : source.double()));
    }
  }

  /** A score as a short text, or as one byte where it is none. */
  #textScore(source: RdbSource): number {
    const length = source.byte();
    if (length === 253) return Number.NaN;
    if (length === 254) return Infinity;
    if (length === 255) return -Infinity;
    source.plain(this.#second, length);
    return scoreOf(this.#second);
  }

  #smallScores(type: number, source: RdbSource, sink: ValueSink): void {
    source.string(this.#blob);
    const small = this.#small;
    if (type === RDB_ZSET_ZIPLIST) small.ziplist(this.#blob);
    else small.listpack(this.#blob);
    sink.beginSortedSet(notNothing(small.count) / 2);
    while (small.next(this.#first)) {
      small.must(this.#second);
      sink.scored(this.#first, isNumber(scoreOf(this.#second)));
    }
  }

  #hash(type: number, source: RdbSource, version: number, sink: ValueSink): void {
    const isRedis = version >= FIRST_FOREIGN && version < FIRST_VALKEY_9;
    if (type === RDB_HASH) this.#fields(source, sink);
    else if (type === RDB_HASH_2 && version >= FIRST_VALKEY_9) this.#valkeyFields(source, sink);
    else if (type === RDB_HASH_2 && isRedis) this.#timedFields(source, sink, 0);
    else if (type === RDB_HASH_TIMED && isRedis) this.#timedFields(source, sink, source.time() - 1);
    else if (type === RDB_HASH_LISTPACK_TIMED_OLD && isRedis) this.#smallFields(type, source, sink);
    else if (type === RDB_HASH_LISTPACK_TIMED && isRedis) {
      // The soonest time, which the fields tell as well.
      source.time();
      this.#smallFields(type, source, sink);
    } else if (type === RDB_HASH_ZIPMAP || type === RDB_HASH_ZIPLIST || type === RDB_HASH_LISTPACK) {
      this.#smallFields(type, source, sink);
    } else throw new RdbProblem(`it holds a value of the unknown type ${type}`);
  }

  #fields(source: RdbSource, sink: ValueSink): void {
    const count = notNothing(source.count());
    sink.beginHash(count, false);
    for (let left = count; left > 0; left--) {
      this.#pair(source);
      sink.field(this.#first, this.#second, 0);
    }
  }

  #pair(source: RdbSource): void {
    source.string(this.#first);
    this.#first.keep();
    source.string(this.#second);
  }

  #valkeyFields(source: RdbSource, sink: ValueSink): void {
    const count = notNothing(source.count());
    sink.beginHash(count, false);
    for (let left = count; left > 0; left--) {
      this.#pair(source);
      this.#second.keep();
      const time = source.time();
      sink.field(this.#first, this.#second, time < 0 ? 0 : isTime(time));
    }
  }

  /** Redis: times are above `base`, or 0. */
  #timedFields(source: RdbSource, sink: ValueSink, base: number): void {
    const count = notNothing(source.count());
    sink.beginHash(count, false);
    for (let left = count; left > 0; left--) {
      const time = source.size();
      this.#pair(source);
      sink.field(this.#first, this.#second, time === 0 ? 0 : isTime(base + time));
    }
  }

  #smallFields(type: number, source: RdbSource, sink: ValueSink): void {
    source.string(this.#blob);
    const small = this.#small;
    if (type === RDB_HASH_ZIPMAP) small.zipmap(this.#blob);
    else if (type === RDB_HASH_ZIPLIST) small.ziplist(this.#blob);
    else small.listpack(this.#blob);
    const hasTimes = type === RDB_HASH_LISTPACK_TIMED || type === RDB_HASH_LISTPACK_TIMED_OLD;
    sink.beginHash(Math.floor(notNothing(small.count) / (hasTimes ? 3 : 2)), hasTimes);
    while (small.next(this.#first)) {
      small.must(this.#second);
      const time = hasTimes ? small.number(this.#third) : 0;
      sink.field(this.#first, this.#second, time === 0 ? 0 : isTime(time));
    }
  }
}

function notNothing(count: number): number {
  if (count === 0) throw new RdbEmpty();
  return count;
}

function isNumber(score: number): number {
  if (Number.isNaN(score)) throw new RdbProblem('a score is not a number');
  return score;
}

function isTime(timeMs: number): number {
  if (timeMs <= 0 || !Number.isSafeInteger(timeMs)) throw new RdbProblem('a time is out of range');
  return timeMs;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** As `strtod` reads what the servers write. */
function scoreOf(text: RdbText): number {
  const digits = text.length > 255 ? '' : text.toText();
  if (DECIMAL.test(digits)) return Number(digits);
  if (/^[+-]?inf(inity)?$/i.test(digits)) return digits.startsWith('-') ? -Infinity : Infinity;
  return Number.NaN;
}

/** A module's type: nine characters of six bits each. */
function moduleName(source: RdbSource): string {
  source.wide();
  const id = (BigInt(source.high >>> 0) << 32n) | BigInt(source.low >>> 0);
  let name = '';
  for (let at = 0; at < MODULE_NAME_LENGTH; at++) {
    name += MODULE_LETTERS[Number((id >> BigInt(10 + 6 * (MODULE_NAME_LENGTH - 1 - at))) & 63n)];
  }
  return name;
}
