/**
 * How long a command on a huge value holds up its worker: the longest stretch in which no other command could run, and
 * all of its time. `node bench/run.mjs micro/engine-long [members]`.
 */
import { SystemClock } from '../../src/base/clock.ts';
import { buildCommandTable } from '../../src/commands/table.ts';
import type { EngineClient } from '../../src/engine/client.ts';
import { Engine } from '../../src/engine/engine.ts';
import { createEngineMemory } from '../../src/engine/engine-memory.ts';
import { QueuedCommand } from '../../src/engine/queued-command.ts';
import { describeMachine, showTable } from '../measure.ts';

/** Built before the command that follows; `other` is of the same size. */
type Value = 'string' | 'list' | 'numbers' | 'set' | 'other' | 'zset' | 'hash' | 'places' | 'stream' | 'keys';

const MEASURED: readonly (readonly [string, ...Value[]])[] = [
  ['GET string', 'string'],
  ['APPEND string x', 'string'],
  ['SETRANGE string 1000000000 x', 'string'],
  ['BITCOUNT string', 'string'],
  ['BITPOS string 1', 'string'],
  ['BITOP NOT to string', 'string'],
  ['LRANGE list 0 -1', 'list'],
  ['LPOS list absent', 'list'],
  ['LINDEX list 500000', 'list'],
  ['LINSERT list BEFORE absent x', 'list'],
  ['LREM list 0 absent', 'list'],
  ['LTRIM list 0 0', 'list'],
  ['LPOP list 900000', 'list'],
  ['LMPOP 1 list LEFT COUNT 900000', 'list'],
  ['SORT numbers', 'numbers'],
  ['SORT numbers STORE to', 'numbers'],
  ['SORT list ALPHA', 'list'],
  ['SMEMBERS set', 'set'],
  ['SPOP set 900000', 'set'],
  ['SRANDMEMBER set 900000', 'set'],
  ['SRANDMEMBER set -900000', 'set'],
  ['SSCAN set 0 COUNT 1000000', 'set'],
  ['SSCAN set 0 MATCH absent COUNT 1000000', 'set'],
  ['SUNION set other', 'set', 'other'],
  ['SINTER set other', 'set', 'other'],
  ['SINTERCARD 2 set other', 'set', 'other'],
  ['SDIFF set other', 'set', 'other'],
  ['SUNIONSTORE to set other', 'set', 'other'],
  ['SINTERSTORE to set other', 'set', 'other'],
  ['SDIFFSTORE to set absent', 'set'],
  ['ZRANGE zset 0 -1', 'zset'],
  ['ZRANGESTORE to zset 0 -1', 'zset'],
  ['ZREMRANGEBYRANK zset 1 -1', 'zset'],
  ['ZREMRANGEBYSCORE zset 1 +inf', 'zset'],
  ['ZPOPMIN zset 900000', 'zset'],
  ['ZMPOP 1 zset MIN COUNT 900000', 'zset'],
  ['ZRANDMEMBER zset 900000', 'zset'],
  ['ZSCAN zset 0 COUNT 1000000', 'zset'],
  ['ZUNION 2 zset set', 'zset', 'set'],
  ['ZINTER 2 zset set', 'zset', 'set'],
  ['ZINTERCARD 2 zset set', 'zset', 'set'],
  ['ZDIFF 2 zset other', 'zset', 'other'],
  ['ZUNIONSTORE to 2 zset set', 'zset', 'set'],
  ['ZINTERSTORE to 2 zset set', 'zset', 'set'],
  ['ZDIFFSTORE to 2 zset absent', 'zset'],
  ['HGETALL hash', 'hash'],
  ['HKEYS hash', 'hash'],
  ['HVALS hash', 'hash'],
  ['HRANDFIELD hash 900000', 'hash'],
  ['HSCAN hash 0 COUNT 1000000', 'hash'],
  ['GEOSEARCH places FROMLONLAT 0 0 BYRADIUS 30000 km', 'places'],
  ['GEOSEARCH places FROMLONLAT 0 0 BYRADIUS 30000 km ASC', 'places'],
  ['GEOSEARCHSTORE to places FROMLONLAT 0 0 BYRADIUS 30000 km', 'places'],
  ['XRANGE stream - +', 'stream'],
  ['XREAD STREAMS stream 0', 'stream'],
  ['XREADGROUP GROUP g c STREAMS stream >', 'stream'],
  ['XPENDING stream g - + 1000000', 'stream'],
  ['XAUTOCLAIM stream g d 0 0 COUNT 1000000', 'stream'],
  ['XINFO STREAM stream FULL COUNT 0', 'stream'],
  ['XTRIM stream MAXLEN 1', 'stream'],
  ['KEYS *', 'keys'],
  ['SCAN 0 COUNT 1000000', 'keys'],
  ['SCAN 0 MATCH absent COUNT 1000000', 'keys'],
  ['FLUSHALL', 'keys', 'set', 'hash', 'zset', 'list'],
  ['COPY set to', 'set'],
  ['COPY zset to', 'zset'],
  ['COPY hash to', 'hash'],
  ['COPY list to', 'list'],
  ['COPY stream to', 'stream'],
  ['DUMP set', 'set'],
  ['DUMP zset', 'zset'],
  ['DUMP hash', 'hash'],
  ['RENAME set renamed', 'set'],
  ['DEL list', 'list'],
  ['DEL set', 'set'],
  ['UNLINK hash', 'hash'],
  ['DEL zset', 'zset'],
  ['DEL stream', 'stream'],
  ['SET hash x', 'hash'],
  ['MEMORY USAGE set SAMPLES 0', 'set'],
  ['DEBUG DIGEST', 'set'],
];

const table = buildCommandTable();

class Bench {
  readonly #members: number;
  readonly #engine: Engine;
  readonly #client: EngineClient;
  #left = 0;

  constructor(members: number) {
    this.#members = members;
    const settings = {
      databases: 16,
      shards: 16,
      arenaBytes: 2 ** 31 - 65536,
      compatibility: 'redis-8',
    } as const;
    const memory = createEngineMemory(settings, 1, table.catalogueCount);
    const identity = { port: 0, address: '', maxClients: 0 };
    const options = { memory, worker: 0, workers: 1, compatibility: 'redis-8', table } as const;
    this.#engine = new Engine({ ...options, clock: new SystemClock(), identity });
    this.#client = this.#engine.connect({
      emit: (_bytes, start, end) => {
        this.#left += end - start;
      },
      proceed: () => {},
      close: () => {},
    });
  }

  execute(args: readonly string[]): void {
    const spans = new Int32Array(2 * args.length);
    let at = 0;
    args.forEach((argument, index) => {
      spans[2 * index] = at;
      at += argument.length;
      spans[2 * index + 1] = at;
    });
    const bytes = Buffer.from(args.join(''), 'latin1');
    this.#engine.execute(this.#client, new QueuedCommand(-1, { bytes, spans, count: args.length }));
  }

  /** The longest stretch and all of the time, in milliseconds; and the reply's bytes. */
  measure(line: string): { longest: number; total: number; bytes: number; text: string } {
    const { writer } = this.#engine;
    this.#left = 0;
    let last = performance.now();
    const began = last;
    let longest = 0;
    const note = (): void => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    };
    this.execute(line.split(' '));
    note();
    const bytes = writer.length;
    const text = Buffer.from(writer.bytes.slice(0, Math.min(60, bytes))).toString('latin1');
    writer.reset();
    while (this.#engine.isBusy) {
      this.#engine.runLater();
      note();
    }
    return { longest, total: last - began, bytes: bytes + this.#left, text };
  }

  build(value: Value): void {
    if (value === 'string') {
      this.measure(`SETRANGE string ${32 * this.#members} x`);
      return;
    }
    if (value === 'stream') this.execute('XGROUP CREATE stream g 0 MKSTREAM'.split(' '));
    for (let at = 0; at < this.#members; at++) this.execute(this.#element(value, at));
    this.#engine.writer.reset();
  }

  #element(value: Value, at: number): string[] {
    if (value === 'list') return ['RPUSH', 'list', `element:${at}`];
    if (value === 'numbers') return ['RPUSH', 'numbers', String((at * 7919) % this.#members)];
    if (value === 'set') return ['SADD', 'set', `member:${at}`];
    if (value === 'other') return ['SADD', 'other', `member:${at + this.#members / 2}`];
    if (value === 'zset') return ['ZADD', 'zset', String((at * 7919) % this.#members), `member:${at}`];
    if (value === 'hash') return ['HSET', 'hash', `field:${at}`, `value:${at}`];
    if (value === 'places')
      return ['GEOADD', 'places', String((at % 3600) / 10 - 180), String((at % 1700) / 10 - 85), `p:${at}`];
    if (value === 'stream') return ['XADD', 'stream', `${at + 1}-1`, 'field', `value:${at}`];
    return ['SET', `key:${at}`, 'x'];
  }
}

/** Cold: a benchmark. */
export function run(args: readonly string[]): void {
  const members = Number(args[0] ?? 1_000_000);
  const only = args[1] ?? '';
  const rows = [['command', 'longest ms', 'total ms', 'reply bytes']];
  for (const [text, ...values] of MEASURED) {
    if (!text.includes(only)) continue;
    const line = text.replace(/\b(900000|1000000|500000)\b/, (digits) =>
      String(Math.round((Number(digits) / 1e6) * members)),
    );
    const bench = new Bench(members);
    for (const value of values) bench.build(value);
    if (/XPENDING|XAUTOCLAIM/.test(line)) bench.measure('XREADGROUP GROUP g c STREAMS stream >');
    const { longest, total, bytes, text: reply } = bench.measure(line);
    rows.push([
      text,
      longest.toFixed(1),
      total.toFixed(1),
      reply.startsWith('-') ? reply.trim() : String(bytes),
    ]);
  }
  console.log(describeMachine());
  console.log(showTable(rows));
}
