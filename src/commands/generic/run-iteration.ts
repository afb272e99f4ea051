/** What KEYS and SCAN do on the engine, in slices. Worker thread. As valkey 8.0 `db.c`. */
import { copyOf } from '../../base/bytes.ts';
import { globMatches } from '../../base/glob.ts';
import { EntryList } from '../../memory/table-scan.ts';
import { FrameWriter } from '../../resp/encode.ts';
import { scanKeys, shardAt } from '../../store/iterate.ts';
import { Key, prepareKey } from '../../store/key.ts';
import { findKey } from '../../store/keyspace.ts';
import { keyLength, keyOffset, recordExpiry, recordType } from '../../store/record.ts';
import type { Shard } from '../../store/store.ts';
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_STRING, TYPE_ZSET } from '../../store/types.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import type { Continuation } from '../ports.ts';
import { cursorAt, replyPage } from '../scan-options.ts';

const COUNT = word('count');
const MATCH = word('match');
const TYPE = word('type');
const NOVALUES = word('novalues');
const NOSCORES = word('noscores');
const TYPES: ReadonlyMap<string, number> = new Map([
  ['string', TYPE_STRING],
  ['list', TYPE_LIST],
  ['set', TYPE_SET],
  ['zset', TYPE_ZSET],
  ['hash', TYPE_HASH],
  ['stream', TYPE_STREAM],
]);
const ANY_TYPE = -1;
/** No key is of it. */
const NO_TYPE = -2;
/** Keys and buckets of one slice: about a millisecond. */
const SLICE = 2000;

const page = new EntryList();

/** Goes through the keys of a database and collects those asked for. */
class KeyWalk implements Continuation {
  cursor = 0;
  /** Keys to look at. */
  wanted = Number.POSITIVE_INFINITY;
  /** Buckets that SCAN goes through at most, so that a sparse table costs no more. */
  buckets = Number.POSITIVE_INFINITY;
  type = ANY_TYPE;
  pattern: Uint8Array | undefined = undefined;
  isScan = false;
  readonly #database: number;
  readonly #reply = new FrameWriter();
  #seen = 0;
  #found = 0;

  constructor(database: number) {
    this.#database = database;
  }

  /** Makes a copy of the argument, because arguments go before the walk has come to its end. */
  match(context: CommandContext, argument: number): void {
    const start = context.start(argument);
    const end = context.end(argument);
    const isAll = end - start === 1 && context.bytes[start] === 0x2a;
    this.pattern = isAll ? undefined : copyOf(context.bytes, start, end);
  }

  step(context: CommandContext): boolean {
    const { store } = context;
    for (let left = SLICE; left > 0; left -= 1 + page.count) {
      const shard = shardAt(store, this.cursor);
      const entered = store.enter(shard);
      page.count = 0;
      this.cursor = scanKeys(store, shard, this.#database, this.cursor, page);
      for (let at = 0; at < page.count; at++) this.#take(context, shard, page.entries[at]);
      store.leave(shard, entered);
      this.#seen += page.count;
      this.buckets -= 1;
      if (this.cursor !== 0 && this.#seen < this.wanted && this.buckets > 0) continue;
      this.#finish(context);
      return true;
    }
    return false;
  }

  #take(context: CommandContext, shard: Shard, record: number): void {
    const { arena } = shard;
    if (this.type !== ANY_TYPE && recordType(arena, record) !== this.type) return;
    const { pattern } = this;
    const start = keyOffset(record);
    const end = start + keyLength(arena, record);
    if (pattern !== undefined && !globMatches(pattern, 0, pattern.length, arena.bytes, start, end)) return;
    const expiresAtMs = recordExpiry(arena, record);
    if (expiresAtMs !== 0 && expiresAtMs <= context.nowMs) {
      // SCAN, which goes on for long, takes away what it comes across.
      if (this.isScan) this.#expire(context, shard, start, end);
      return;
    }
    this.#reply.bulk(arena.bytes, start, end);
    this.#found += 1;
  }

  #expire({ store, nowMs }: CommandContext, shard: Shard, start: number, end: number): void {
    const name = copyOf(shard.arena.bytes, start, end);
    const key = new Key(shard, name);
    prepareKey(store, key, this.#database, name, 0, name.length);
    findKey(store, key, nowMs);
  }

  #finish(context: CommandContext): void {
    if (this.isScan) {
      replyPage(context, this.cursor, this.#found, this.#reply);
      return;
    }
    context.array(this.#found);
    context.writer.raw(this.#reply.bytes, 0, this.#reply.length);
  }
}

export function runKeys(context: CommandContext): void {
  const walk = new KeyWalk(context.database);
  walk.match(context, 1);
  if (!walk.step(context)) context.later(walk);
}

/** Buckets that one call goes through at most for each key asked for. */
const BUCKETS_PER_KEY = 10;

export function runScan(context: CommandContext): void {
  const walk = new KeyWalk(context.database);
  walk.isScan = true;
  walk.cursor = cursorAt(context, 1);
  if (Number.isNaN(walk.cursor)) return;
  walk.wanted = 10;
  if (!parseOptions(context, walk)) return;
  walk.buckets = walk.wanted * BUCKETS_PER_KEY;
  if (!walk.step(context)) context.later(walk);
}

/** False after an error. */
function parseOptions(context: CommandContext, walk: KeyWalk): boolean {
  const { level } = context.compatibility;
  for (let at = 2; at < context.count; at++) {
    const isLast = at + 1 === context.count;
    if (isWord(context, at, COUNT) && !isLast) {
      at += 1;
      walk.wanted = integerAt(context, at);
      if (Number.isNaN(walk.wanted)) return false;
      if (walk.wanted < 1) return isRefused(context);
    } else if (isWord(context, at, MATCH) && !isLast) {
      at += 1;
      walk.match(context, at);
    } else if (isWord(context, at, TYPE) && !isLast) {
      at += 1;
      if (!takeType(context, walk, at)) return false;
    } else if (level >= 704 && isWord(context, at, NOVALUES)) {
      context.error('ERR NOVALUES option can only be used in HSCAN');
      return false;
    } else if (context.compatibility.isValkey && level >= 800 && isWord(context, at, NOSCORES)) {
      context.error('ERR NOSCORES option can only be used in ZSCAN');
      return false;
    } else return isRefused(context);
  }
  return true;
}

function isRefused(context: CommandContext): boolean {
  context.syntaxError();
  return false;
}

/** Valkey refuses the name of a type that it does not know. */
function takeType(context: CommandContext, walk: KeyWalk, argument: number): boolean {
  // The servers' text ends at the first zero byte.
  const name = context.text(argument).split('\0', 1)[0];
  const type = TYPES.get(name.toLowerCase());
  if (type === undefined && context.compatibility.isValkey) {
    context.error(`ERR unknown type name '${name}'`);
    return false;
  }
  walk.type = type ?? NO_TYPE;
  return true;
}
