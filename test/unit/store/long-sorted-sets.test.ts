/** ZRANGE and its like on sorted sets that are gone through in slices, while others change them. */
import { describe, expect, it } from 'vitest';
import { makeEngine, type TestEngine, type TestEngineClient } from '../engine/in-process-engine.ts';
import { checkArena } from '../memory/check-arena.ts';
import { encodeExpected } from './list-model.ts';

const COUNT = 45_000;

class LongOne {
  readonly test: TestEngine = makeEngine({ shards: 1, arenaBytes: 32 * 1024 * 1024 });
  readonly client: TestEngineClient = this.test.client();
  readonly other: TestEngineClient = this.test.client();
  readonly used = this.test.engine.store.usedBytes();
  members: string[] = Array.from({ length: COUNT }, (_, at) => `m${String(at).padStart(5, '0')}`);

  constructor() {
    for (let at = 0; at < COUNT; at += 5000) {
      const some = this.members.slice(at, at + 5000);
      this.other.call('ZADD', 'z', ...some.flatMap((member) => ['1', member]));
    }
  }

  /** The reply of a long command; `between` is called before each further slice. */
  play(command: string, between: () => void = () => {}): string {
    expect(this.client.line(command)).toBe('');
    while (this.client.client.isWaiting) {
      between();
      this.test.engine.runLater();
    }
    const { pushed } = this.client;
    this.client.pushed = '';
    return pushed;
  }

  finish(): void {
    checkArena(this.test.engine.store.shards[0].arena);
    this.other.line('FLUSHALL');
    // Large values are freed in slices.
    while (this.test.engine.isBusy) this.test.engine.runLater();
    expect(this.test.engine.store.usedBytes()).toBe(this.used);
  }
}

describe('a long range of a sorted set', () => {
  it('gives all members in either direction, and lets other clients in between', () => {
    const one = new LongOne();
    let turns = 0;
    const look = (): void => {
      turns += 1;
      expect(one.other.line('ZCARD z')).toBe(`:${COUNT}\r\n`);
    };
    const { members } = one;
    expect(one.play('ZRANGE z 100 -101', look)).toBe(encodeExpected(members.slice(100, -100)));
    expect(turns).toBeGreaterThan(2);
    expect(one.play('ZREVRANGE z 0 -1')).toBe(encodeExpected([...members].reverse()));
    const [from, to] = [members[1000], members[40_000]];
    expect(one.play(`ZRANGEBYLEX z [${from} (${to} LIMIT 5 -1`)).toBe(
      encodeExpected(members.slice(1005, 40_000)),
    );
    expect(one.play('ZREVRANGEBYSCORE z 1 1 LIMIT 0 30000')).toBe(
      encodeExpected([...members].reverse().slice(0, 30_000)),
    );
    const scored = members.flatMap((member) => [member, '1']);
    expect(one.play('ZRANGEBYSCORE z (0 1 WITHSCORES')).toBe(encodeExpected(scored));
    one.finish();
  });

  it.each([1, 2, 1000])('is that of one moment when the set changes %i times', (times) => {
    const one = new LongOne();
    let left = times;
    const reply = one.play('ZRANGE z - + BYLEX', () => {
      if (left-- <= 0) return;
      one.other.line(`ZADD z 1 new${String(left).padStart(5, '0')}`);
      one.members = [...one.members, `new${String(left).padStart(5, '0')}`].sort();
    });
    expect(reply).toBe(encodeExpected(one.members));
    one.finish();
  });

  it('notices that the set has gone, or is none any more', () => {
    const gone = new LongOne();
    expect(gone.play('ZRANGE z 0 -1', () => gone.other.line('DEL z'))).toBe('*0\r\n');
    gone.finish();
    const text = new LongOne();
    expect(text.play('ZRANGE z 0 -1', () => text.other.line('SET z v'))).toMatch(/^-WRONGTYPE/);
    text.finish();
  });

  it('leaves nothing behind when its client goes, and is done at once in a transaction', () => {
    const one = new LongOne();
    one.client.line('MULTI');
    one.client.line('ZRANGE z 0 -1');
    expect(one.client.line('EXEC')).toBe(`*1\r\n${encodeExpected(one.members)}`);
    expect(one.client.line('ZRANGE z 0 -1')).toBe('');
    one.test.engine.disconnect(one.client.client);
    one.test.engine.runLater();
    one.finish();
  });
});
