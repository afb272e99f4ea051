/**
 * Commands on large values are done in slices: other clients' commands run in between, and the reply is nevertheless
 * that of one moment, the same as when the command is done in one piece.
 */
import { describe, expect, it } from 'vitest';
import { checkArena } from '../memory/check-arena.ts';
import { makeEngine, type TestEngine, type TestEngineClient } from './in-process-engine.ts';

const COUNT = 13_000;
const BATCH = 1000;
/** More than one slice, however fast the machine is. */
const BIT_BYTES = 8 * 1024 * 1024;

/** A command of each family, and what it leaves behind: a key that is compared as well. */
const COMMANDS: readonly (readonly [string, string])[] = [
  ['SMEMBERS set', 'EXISTS to'],
  ['SUNION set other', 'EXISTS to'],
  ['SINTER set other', 'EXISTS to'],
  ['SINTERCARD 2 set other', 'EXISTS to'],
  ['SINTERCARD 2 set other LIMIT 9000', 'EXISTS to'],
  ['SDIFF set other', 'EXISTS to'],
  ['SUNIONSTORE to set other', 'SMEMBERS to'],
  ['SINTERSTORE to set other', 'SMEMBERS to'],
  ['SDIFFSTORE to set other', 'SMEMBERS to'],
  ['SDIFFSTORE to set set', 'EXISTS to'],
  ['SUNIONSTORE set set other', 'SMEMBERS set'],
  ['HGETALL hash', 'EXISTS to'],
  ['HKEYS hash', 'EXISTS to'],
  ['HVALS hash', 'EXISTS to'],
  ['ZUNION 2 zset set WITHSCORES', 'EXISTS to'],
  ['ZINTER 2 zset set WEIGHTS 2 3 AGGREGATE MAX WITHSCORES', 'EXISTS to'],
  ['ZINTERCARD 2 zset set', 'EXISTS to'],
  ['ZINTERCARD 2 zset set LIMIT 9000', 'EXISTS to'],
  ['ZDIFF 2 zset other', 'EXISTS to'],
  ['ZUNIONSTORE to 2 zset other', 'ZRANGE to 0 -1 WITHSCORES'],
  ['ZINTERSTORE to 2 zset other', 'ZRANGE to 0 -1 WITHSCORES'],
  ['ZDIFFSTORE to 2 zset other', 'ZRANGE to 0 -1 WITHSCORES'],
  ['XRANGE stream - +', 'EXISTS to'],
  ['XREVRANGE stream + - COUNT 12000', 'EXISTS to'],
  ['XREAD STREAMS small stream 0 5-0', 'EXISTS to'],
  ['SORT list', 'EXISTS to'],
  ['SORT_RO list ALPHA DESC LIMIT 10 12000', 'EXISTS to'],
  ['SORT set ALPHA STORE to', 'LRANGE to 0 -1'],
  ['SORT zset ALPHA', 'EXISTS to'],
  ['LPOS list 3 COUNT 0', 'EXISTS to'],
  ['LPOS list absent', 'EXISTS to'],
  ['LINSERT list BEFORE absent new', 'EXISTS to'],
  ['ZRANGESTORE to zset (3 +inf BYSCORE', 'ZRANGE to 0 -1 WITHSCORES'],
  ['ZRANGESTORE zset zset 0 -1 REV', 'ZRANGE zset 0 -1 WITHSCORES'],
  ['GEOSEARCH geo FROMMEMBER m7 BYRADIUS 20000 km DESC WITHDIST', 'EXISTS to'],
  ['GEOSEARCHSTORE to geo FROMLONLAT 1 1 BYBOX 30000 20000 km STOREDIST', 'ZRANGE to 0 -1 WITHSCORES'],
  ['GEORADIUS geo 1 1 20000 km WITHCOORD COUNT 11000', 'EXISTS to'],
  ['BITCOUNT bits', 'EXISTS to'],
  ['BITPOS bits 1', 'EXISTS to'],
  ['BITOP XOR to bits small-bits', 'GET to'],
  ['BITOP AND bits small-bits bits', 'GET bits'],
];

/** Whose reply is left to chance, and how many elements it has. */
const CHOICES: readonly (readonly [string, number])[] = [
  ['SRANDMEMBER set 12000', 12_000],
  ['SRANDMEMBER set -15000', 15_000],
  ['HRANDFIELD hash 14000 WITHVALUES', 2 * COUNT],
  ['ZRANDMEMBER zset -12000 WITHSCORES', 24_000],
];

class LongOne {
  readonly test: TestEngine = makeEngine({ shards: 4, arenaBytes: 64 * 1024 * 1024 });
  readonly client: TestEngineClient = this.test.client();
  readonly other: TestEngineClient = this.test.client();
  readonly used = this.test.engine.store.usedBytes();

  constructor() {
    for (const name of ['set', 'other', 'zset', 'hash', 'stream', 'list', 'geo']) this.#fillOne(name);
    this.other.line(`SETBIT bits ${8 * BIT_BYTES - 2} 1`);
    this.other.line('SETBIT small-bits 11 1');
    this.other.line('XADD small 7-1 a b');
  }

  #fillOne(name: string): void {
    const first = name === 'other' ? COUNT / 2 : 0;
    for (let from = first; from < first + COUNT; from += BATCH) {
      const numbers = Array.from({ length: BATCH }, (_, at) => from + at);
      if (name === 'hash') this.other.call('HSET', name, ...numbers.flatMap((at) => [`f${at}`, `v${at}`]));
      else if (name === 'zset')
        this.other.call('ZADD', name, ...numbers.flatMap((at) => [`${at}`, `m${at}`]));
      else if (name === 'list')
        this.other.call('RPUSH', name, ...numbers.map((at) => `${(at * 7919) % COUNT}`));
      else if (name === 'geo')
        this.other.call('GEOADD', name, ...numbers.flatMap((at) => [`${at % 180}`, `${at % 85}`, `m${at}`]));
      else if (name !== 'stream') this.other.call('SADD', name, ...numbers.map((at) => `m${at}`));
      else for (const at of numbers) this.other.line(`XADD stream ${at + 1}-0 f v${at}`);
    }
  }

  /** The command's reply; `between` is called before each further slice. */
  play(command: string, between: () => void = () => {}): string {
    const begin = this.client.line(command);
    while (this.client.client.isWaiting) {
      between();
      this.test.engine.runLater();
    }
    const reply = begin + this.client.pushed;
    this.client.pushed = '';
    return reply;
  }

  /** The same in one piece. */
  atOnce(command: string): string {
    this.client.line('MULTI');
    this.client.line(command);
    return this.client.line('EXEC').slice('*1\r\n'.length);
  }

  finish(): void {
    this.test.engine.disconnect(this.client.client);
    this.other.line('FLUSHALL');
    while (this.test.engine.isBusy) this.test.engine.runLater();
    for (const { arena } of this.test.engine.store.shards) checkArena(arena);
    expect(this.test.engine.store.usedBytes()).toBe(this.used);
  }
}

/** Members of a set have no order. */
function inOrder(reply: string): string[] {
  return reply.split('\r\n').sort();
}

/** Changes what the command reads, and so its reply. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  set: ['SADD set new', 'SREM set m5', 'SREM set m9000'],
  zset: ['ZADD zset 77 new', 'ZADD zset 7 m9000', 'ZREM zset m9'],
  hash: ['HSET hash new x', 'HDEL hash f5', 'HSET hash f6 changed'],
  list: ['RPUSH list 3', 'LPOP list', 'LSET list 5 77'],
  geo: ['GEOADD geo 2 2 new', 'ZREM geo m9', 'GEOADD geo 3 3 m8'],
  bits: ['SETBIT bits 9000000 1', 'SETBIT bits 9000000 0', 'APPEND bits x'],
  stream: ['XDEL stream 7-0', 'XADD stream * a b', 'XDEL stream 100-0'],
};

function changesOf(command: string): readonly string[] {
  return Object.entries(CHANGES).find(([name]) => command.includes(` ${name}`))![1];
}

describe('a long command', () => {
  it('lets others go on, and replies as in one piece', { timeout: 300_000 }, () => {
    const one = new LongOne();
    let counter = 0;
    for (const [command, look] of COMMANDS) {
      let turns = 0;
      const sliced = one.play(command, () => {
        turns += 1;
        counter += 1;
        // In the shard of one of its keys, and elsewhere.
        expect(one.other.line('SET {set}x v')).toBe('+OK\r\n');
        expect(one.other.line('INCR counter')).toBe(`:${counter}\r\n`);
      });
      expect(turns, command).toBeGreaterThan(0);
      const left = one.play(look);
      expect(inOrder(one.atOnce(command)), command).toEqual(inOrder(sliced));
      expect(inOrder(one.play(look)), command).toEqual(inOrder(left));
    }
    one.finish();
  });

  it('is that of one moment when its keys change meanwhile', { timeout: 300_000 }, () => {
    const one = new LongOne();
    let turns = 0;
    for (const [command, look] of COMMANDS) {
      const changes = changesOf(command);
      let restarts = 0;
      const sliced = one.play(command, () => {
        // Of some commands once or twice, of others so often that they are done in one piece.
        if (restarts < turns % 6) one.other.line(changes[restarts % changes.length]);
        restarts += 1;
        turns += 1;
      });
      const left = one.play(look);
      expect(inOrder(one.atOnce(command)), command).toEqual(inOrder(sliced));
      expect(inOrder(one.play(look)), command).toEqual(inOrder(left));
    }
    one.finish();
  });

  it('leaves nothing behind when its client goes', { timeout: 300_000 }, () => {
    const one = new LongOne();
    for (const [command] of COMMANDS) {
      const client = one.test.client();
      client.line(command);
      expect(client.client.isWaiting, command).toBe(true);
      one.test.engine.runLater();
      one.test.engine.disconnect(client.client);
    }
    one.finish();
  });

  it('changes its key at the end', () => {
    const one = new LongOne();
    const last = one.other.line('LINDEX list -1').split('\r\n')[1];
    let turns = 0;
    const reply = one.play(`LINSERT list AFTER ${last} new`, () => {
      if (turns === 0) one.other.line('LPUSH list first');
      turns += 1;
    });
    expect(reply).toBe(`:${COUNT + 2}\r\n`);
    expect(turns).toBeGreaterThan(1);
    expect(one.other.line('LRANGE list -2 -1')).toContain(`${last}\r\n$3\r\nnew`);
    one.finish();
  });

  it.each(CHOICES)('lets others go on: %s', (command, count) => {
    const one = new LongOne();
    let turns = 0;
    const reply = one.play(command, () => {
      expect(one.other.line('SET {set}x v')).toBe('+OK\r\n');
      turns += 1;
    });
    expect(turns).toBeGreaterThan(0);
    const elements = reply
      .split('\r\n')
      .slice(2)
      .filter((_, at) => at % 2 === 0 && at < 2 * count);
    expect(reply.startsWith(`*${count}\r\n`)).toBe(true);
    expect(elements).toHaveLength(count);
    if (!command.includes('-')) {
      const names = command.includes('VALUES') ? elements.filter((_, at) => at % 2 === 0) : elements;
      expect(new Set(names).size).toBe(names.length);
    }
    one.finish();
  });

  it('of which a part is a whole does a part', () => {
    const one = new LongOne();
    for (const command of ['SSCAN set', 'HSCAN hash', 'ZSCAN zset']) {
      const page = one.other.line(`${command} 0 COUNT 1000000`);
      expect(page.split('\r\n')[2], command).not.toBe('0');
    }
    one.other.line('XGROUP CREATE stream g 0');
    one.play('XREADGROUP GROUP g a STREAMS stream >');
    const claimed = one.other.line('XAUTOCLAIM stream g b 0 0 COUNT 1000000 JUSTID');
    expect(claimed).toContain('10001-0');
    expect(claimed.split('\r\n')[3]).toBe('*10000');
    one.finish();
  });

  it('gives an error when its key has another type at last', () => {
    const one = new LongOne();
    const reply = one.play('SUNION set other', () => one.other.line('SET set text'));
    expect(reply).toMatch(/^-WRONGTYPE/);
    one.finish();
  });
});

describe('what is left of large values', () => {
  it('is freed in slices', { timeout: 300_000 }, () => {
    for (const command of [
      'DEL set',
      'UNLINK hash',
      'DEL zset',
      'SET set text',
      'SUNIONSTORE set absent',
      'RENAME small set',
      'FLUSHDB',
      'FLUSHALL',
    ]) {
      const one = new LongOne();
      one.other.line(command);
      expect(one.test.engine.isBusy, command).toBe(true);
      let turns = 0;
      for (; one.test.engine.isBusy; turns++) {
        one.other.line('HSET again field value');
        one.test.engine.runLater();
      }
      expect(turns, command).toBeGreaterThan(1);
      one.finish();
    }
  });
});
