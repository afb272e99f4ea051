/** Hashes of the engine against plain maps: every form, fields that expire, copies, and memory that runs out. */
import { describe, expect, it, vi } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import type { CompatibilityName } from '../../../src/commands/compatibility.ts';
import { failAllocation } from '../../../src/memory/arena.ts';
import { LIMIT_HASH_ENTRIES, LIMIT_HASH_VALUE } from '../../../src/store/encoding-limits.ts';
import { testSeed } from '../../support/seed.ts';
import { anyText, fuzzSteps } from '../memory/fuzzing.ts';
import { checkDueRoot, checkHash, type FieldState } from './check-hash.ts';
import { bulksOf, Collections } from './collections.ts';

const KEYS = ['a', 'b', 'c', 'd'];

vi.setConfig({ testTimeout: 300_000 });

/** A hash as a map, and what commands do to it. */
class Model {
  readonly keys = new Map<string, Map<string, FieldState>>();

  fields(key: string): Map<string, FieldState> {
    return this.keys.get(key) ?? new Map();
  }

  put(key: string, field: string, state: FieldState): void {
    const fields = this.fields(key);
    fields.set(field, state);
    this.keys.set(key, fields);
  }

  remove(key: string, field: string): void {
    const fields = this.fields(key);
    fields.delete(field);
    if (fields.size === 0) this.keys.delete(key);
  }

  expire(nowMs: number): void {
    for (const [key, fields] of [...this.keys]) {
      for (const [field, { atMs }] of [...fields]) if (atMs > 0 && atMs <= nowMs) this.remove(key, field);
    }
  }
}

class Run {
  readonly model = new Model();
  readonly hashes: Collections;
  readonly random: Random;
  failures = 0;

  constructor(compatibility: CompatibilityName, random: Random) {
    this.hashes = new Collections({ compatibility, shards: 2, arenaBytes: 32 * 1024 * 1024 });
    this.random = random;
    const { limits } = this.hashes.test.engine.store;
    limits[LIMIT_HASH_ENTRIES] = 12;
    limits[LIMIT_HASH_VALUE] = 40;
  }

  field(): string {
    return this.random.integer(4) === 0 ? String(this.random.integer(30)) : `f${this.random.integer(30)}`;
  }

  value(): string {
    return this.random.integer(3) === 0 ? anyText(this.random) : String(this.random.integer(1000));
  }

  /** One command; returns whether memory ran out in it. */
  step(): boolean {
    const { random, hashes, model } = this;
    const key = random.pick(KEYS);
    const field = this.field();
    const now = hashes.test.clock.nowMs;
    const state = model.fields(key).get(field);
    const before = hashes.usedBytes();
    const nth = random.integer(3) === 0 ? 1 + random.integer(6) : 0;
    for (const arena of hashes.arenas) failAllocation(arena, nth);
    const done = this.command(random.integer(12), key, field, state, now);
    for (const arena of hashes.arenas) failAllocation(arena, 0);
    if (done) return false;
    this.failures += 1;
    expect(hashes.usedBytes()).toBeLessThanOrEqual(before + 512);
    return true;
  }

  /** Plays a command and what it should do to the model. False where there was no memory, and nothing has changed. */
  command(kind: number, key: string, field: string, state: FieldState | undefined, now: number): boolean {
    const { random, hashes, model } = this;
    const reply = (expected: string, ...args: string[]): boolean => {
      const got = hashes.call(...args);
      if (got.startsWith('-OOM')) return false;
      expect(got).toBe(expected);
      return true;
    };
    if (kind < 4) {
      const value = this.value();
      if (!reply(state === undefined ? ':1\r\n' : ':0\r\n', 'HSET', key, field, value)) return false;
      model.put(key, field, { value, atMs: 0 });
    } else if (kind < 6) {
      if (!reply(state === undefined ? ':0\r\n' : ':1\r\n', 'HDEL', key, field)) return false;
      model.remove(key, field);
    } else if (kind < 9) {
      const atMs = now + random.integer(4000) - 200;
      const code = state === undefined ? -2 : atMs <= now ? 2 : 1;
      if (!reply(`*1\r\n:${code}\r\n`, 'HPEXPIREAT', key, String(atMs), 'FIELDS', '1', field)) return false;
      if (code === 2) model.remove(key, field);
      if (code === 1) model.put(key, field, { value: state!.value, atMs });
    } else if (kind < 10) {
      const code = state === undefined ? -2 : state.atMs === 0 ? -1 : 1;
      if (!reply(`*1\r\n:${code}\r\n`, 'HPERSIST', key, 'FIELDS', '1', field)) return false;
      if (code === 1) model.put(key, field, { value: state!.value, atMs: 0 });
    } else if (kind < 11) {
      const value = this.value();
      if (!reply(':1\r\n', 'HSETEX', key, 'KEEPTTL', 'FIELDS', '1', field, value)) return false;
      model.put(key, field, { value, atMs: state?.atMs ?? 0 });
    } else {
      hashes.test.clock.advance(random.integer(100));
      if (random.integer(3) === 0) hashes.test.engine.tick();
      model.expire(hashes.test.clock.nowMs);
      const fields = bulksOf(hashes.call('HGETALL', key));
      const pairs = [...model.fields(key)].flatMap(([name, one]) => [name, one.value]);
      expect([...fields].sort()).toEqual([...pairs].sort());
    }
    return true;
  }

  check(): void {
    for (const name of KEYS) {
      const key = this.hashes.key(name);
      const held = key.record === 0 ? new Map() : checkHash(key.arena, key.record);
      expect(new Map([...held].sort())).toEqual(new Map([...this.model.fields(name)].sort()));
    }
    for (const arena of this.hashes.arenas) checkDueRoot(arena);
    this.hashes.checkArenas();
  }
}

describe.each(['redis-8', 'valkey-9'] as const)('hashes of %s', (compatibility) => {
  it('do what maps do, also when memory runs out', () => {
    const random = createRandom(testSeed(`hashes of ${compatibility}`));
    const run = new Run(compatibility, random);
    const empty = run.hashes.usedBytes();
    run.hashes.fillDirectories();
    const forms = new Set<string>();
    for (let step = 0; step < fuzzSteps(6000); step++) {
      const failed = run.step();
      if (failed || step % 50 === 0) {
        // What has expired and is still there is no difference.
        for (const name of KEYS) run.hashes.call('HLEN', name);
        run.model.expire(run.hashes.test.clock.nowMs);
        run.check();
      }
      forms.add(run.hashes.encoding(random.pick(KEYS)));
      if (random.integer(400) === 0) {
        const key = random.pick(KEYS);
        run.hashes.call('DEL', key);
        run.model.keys.delete(key);
      }
    }
    expect(run.failures).toBeGreaterThan(20);
    const expected = ['hashtable', 'listpack', 'none'];
    if (compatibility === 'redis-8') expected.push('listpackex');
    expect([...forms].sort()).toEqual(expected.sort());
    run.hashes.call('FLUSHALL');
    expect(run.hashes.usedBytes()).toBe(empty);
  });

  it('are copied whole or not at all, within a shard and to another', () => {
    const random = createRandom(testSeed(`copies of hashes of ${compatibility}`));
    const run = new Run(compatibility, random);
    const empty = run.hashes.usedBytes();
    for (let round = 0; round < 60; round++) {
      run.hashes.call('FLUSHALL');
      run.hashes.fillDirectories();
      run.model.keys.clear();
      const fields = 1 + random.integer(25);
      for (let at = 0; at < fields; at++) {
        const field = `f${at}`;
        const atMs = random.integer(2) === 0 ? 0 : run.hashes.test.clock.nowMs + 1000 + at;
        run.hashes.call('HSET', 'a', field, String(at));
        if (atMs > 0) run.hashes.call('HPEXPIREAT', 'a', String(atMs), 'FIELDS', '1', field);
        for (const key of ['a', 'b', 'c']) run.model.put(key, field, { value: String(at), atMs });
      }
      for (const target of ['b', 'c']) {
        const before = run.hashes.usedBytes();
        for (let nth = 1; ; nth++) {
          for (const arena of run.hashes.arenas) failAllocation(arena, nth);
          const copied = run.hashes.copy('a', target);
          for (const arena of run.hashes.arenas) failAllocation(arena, 0);
          if (copied) break;
          // A node of the shard's tree of due hashes may have grown.
          expect(run.hashes.usedBytes()).toBeLessThanOrEqual(before + 512);
        }
      }
      run.check();
    }
    run.hashes.call('FLUSHALL');
    expect(run.hashes.usedBytes()).toBe(empty);
  });
});

describe('fields that expire', () => {
  it('go in time when nobody asks for them, many at once and the key with the last', () => {
    for (const compatibility of ['redis-8', 'valkey-9'] as const) {
      const hashes = new Collections({ compatibility, shards: 1, arenaBytes: 64 * 1024 * 1024 });
      const before = hashes.usedBytes();
      for (let at = 0; at < 3000; at++) {
        hashes.call('HSETEX', `h${at % 7}`, 'PX', String(1 + (at % 100)), 'FIELDS', '1', `f${at}`, 'v');
      }
      hashes.call('HSET', 'h0', 'stays', 'v');
      hashes.test.clock.advance(50);
      for (let tick = 0; tick < 20; tick++) hashes.test.engine.tick();
      for (let key = 0; key < 7; key++) {
        const { arena, record } = hashes.key(`h${key}`);
        for (const { atMs } of checkHash(arena, record).values()) {
          expect(atMs === 0 || atMs > hashes.test.clock.nowMs).toBe(true);
        }
      }
      hashes.test.clock.advance(60);
      for (let tick = 0; tick < 20; tick++) hashes.test.engine.tick();
      expect(hashes.call('DBSIZE')).toBe(':1\r\n');
      expect(hashes.call('HGETALL', 'h0')).toBe('*2\r\n$5\r\nstays\r\n$1\r\nv\r\n');
      hashes.call('FLUSHALL');
      expect(hashes.usedBytes()).toBe(before);
      hashes.checkArenas();
    }
  });

  it('are found wherever their key is, and a key that has expired does not mind', () => {
    const hashes = new Collections({ shards: 1 });
    hashes.call('SELECT', '5');
    hashes.call('HSETEX', 'h', 'PX', '10', 'FIELDS', '1', 'f', 'v');
    hashes.call('HSETEX', 'gone', 'PX', '10', 'FIELDS', '1', 'f', 'v');
    hashes.call('PEXPIRE', 'gone', '5');
    hashes.test.clock.advance(11);
    hashes.test.engine.tick();
    expect(hashes.call('DBSIZE')).toBe(':0\r\n');
    expect(checkDueRoot(hashes.arenas[0])).toBe(0);
  });
});
