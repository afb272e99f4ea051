/** LRANGE and LREM on lists that are gone through in slices, while others change them. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { failAllocation } from '../../../src/memory/arena.ts';
import { testSeed } from '../../support/seed.ts';
import { makeEngine, type TestEngine, type TestEngineClient } from '../engine/in-process-engine.ts';
import { checkArena } from '../memory/check-arena.ts';
import { encodeExpected } from './list-model.ts';

const LENGTH = 45_000;

class LongOne {
  readonly test: TestEngine = makeEngine({ shards: 1, arenaBytes: 32 * 1024 * 1024 });
  readonly client: TestEngineClient = this.test.client();
  readonly other: TestEngineClient = this.test.client();
  readonly used = this.test.engine.store.usedBytes();
  values: string[];

  constructor(values: readonly string[]) {
    this.values = [...values];
    for (let at = 0; at < values.length; at += 5000) {
      this.other.call('RPUSH', 'l', ...values.slice(at, at + 5000));
    }
  }

  /** The reply of a long command; `between` is called after each slice. */
  play(command: string, between: () => void = () => {}): string {
    const reply = this.client.line(command);
    if (!this.client.client.isWaiting) return reply;
    expect(reply).toBe('');
    while (this.client.client.isWaiting) {
      between();
      this.test.engine.runLater();
    }
    const { pushed } = this.client;
    this.client.pushed = '';
    return pushed;
  }

  check(): void {
    const reply = this.other.line('LRANGE l 0 -1');
    expect(reply).toBe('');
    while (this.other.client.isWaiting) this.test.engine.runLater();
    expect(this.other.pushed).toBe(encodeExpected(this.values));
    this.other.pushed = '';
    checkArena(this.test.engine.store.shards[0].arena);
  }

  finish(): void {
    this.other.line('FLUSHALL');
    expect(this.test.engine.store.usedBytes()).toBe(this.used);
  }
}

const numbered = Array.from({ length: LENGTH }, (_, at) => `value:${at}`);

describe('a long LRANGE', () => {
  it('gives all elements, and lets other clients in between', () => {
    const one = new LongOne(numbered);
    let turns = 0;
    const reply = one.play('LRANGE l 100 -101', () => {
      turns += 1;
      expect(one.other.line('LLEN l')).toBe(`:${LENGTH}\r\n`);
    });
    expect(reply).toBe(encodeExpected(numbered.slice(100, -100)));
    expect(turns).toBeGreaterThan(2);
    one.finish();
  });

  it.each([1, 2, 1000])('is that of one moment when the list changes %i times', (times) => {
    const one = new LongOne(numbered);
    let left = times;
    const reply = one.play('LRANGE l 0 -1', () => {
      if (left-- <= 0) return;
      one.other.line(`RPUSH l new${left}`);
      one.other.line('LPOP l');
      one.values = [...one.values.slice(1), `new${left}`];
    });
    expect(reply).toBe(encodeExpected(one.values));
    one.check();
    one.finish();
  });

  it('notices that the list has gone, or is no list any more', () => {
    const gone = new LongOne(numbered);
    expect(gone.play('LRANGE l 0 -1', () => gone.other.line('DEL l'))).toBe('*0\r\n');
    gone.finish();
    const text = new LongOne(numbered);
    expect(text.play('LRANGE l 0 -1', () => text.other.line('SET l v'))).toMatch(/^-WRONGTYPE/);
    text.finish();
  });

  it('leaves nothing behind when its client goes', () => {
    for (const command of ['LRANGE l 0 -1', 'LREM l 0 value:1']) {
      const one = new LongOne(Array.from({ length: LENGTH }, (_, at) => `value:${at % 3}`));
      expect(one.client.line(command)).toBe('');
      for (let turn = 0; turn < (command.startsWith('LREM') ? 6 : 1); turn++) one.test.engine.runLater();
      one.test.engine.disconnect(one.client.client);
      one.test.engine.runLater();
      one.finish();
    }
  });

  it('is one piece in a transaction', () => {
    const one = new LongOne(numbered);
    one.client.line('MULTI');
    one.client.line('LRANGE l 0 -1');
    expect(one.client.line('EXEC')).toBe(`*1\r\n${encodeExpected(numbered)}`);
    one.finish();
  });
});

describe('a long LREM', () => {
  const random = createRandom(testSeed('long removal'));

  it.each([
    ['few', 1000, 0],
    ['few, from the front', 1000, 20],
    ['few, from the end', 1000, -20],
    ['many', 3, 0],
    ['many, from the front', 3, 9000],
    ['many, from the end', 3, -9000],
    ['all', 1, 0],
    ['none', 1_000_000, 0],
  ])('takes out %s', (_what, every, count) => {
    for (const changes of [0, 2, 1000]) {
      const values = numbered.map((text, at) => (at % every === every - 1 || every === 1 ? 'x' : text));
      const one = new LongOne(values);
      let left = changes;
      const reply = one.play(`LREM l ${count} x`, () => {
        if (left-- <= 0) return;
        const text = random.integer(2) === 0 ? 'x' : 'y';
        one.other.line(`LPUSH l ${text}`);
        one.values.unshift(text);
      });
      const most = count === 0 ? one.values.length : Math.abs(count);
      let removed = 0;
      const walk = count < 0 ? one.values.toReversed() : one.values;
      const kept = walk.filter((text) => text !== 'x' || removed === most || removed++ < 0);
      one.values = count < 0 ? kept.toReversed() : kept;
      expect(reply).toBe(`:${removed}\r\n`);
      if (one.values.length > 20_000) one.check();
      else expect(one.other.line('LLEN l')).toBe(`:${one.values.length}\r\n`);
      one.finish();
    }
  });

  it('does without memory for a copy', () => {
    for (const nth of [1, 2, 3, 5, 50]) {
      const one = new LongOne(numbered.map((text, at) => (at % 2 === 0 ? 'x' : text)));
      const { arena } = one.test.engine.store.shards[0];
      let turns = 0;
      const reply = one.play('LREM l 0 x', () => {
        turns += 1;
        failAllocation(arena, turns > 2 ? nth : 0);
      });
      failAllocation(arena, 0);
      expect(reply).toBe(`:${LENGTH / 2}\r\n`);
      one.values = one.values.filter((text) => text !== 'x');
      one.check();
      one.finish();
    }
  });
});
