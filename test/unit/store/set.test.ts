/** Sets of the engine against plain sets: every form, operations over several, copies, and memory that runs out. */
import { describe, expect, it, vi } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { failAllocation } from '../../../src/memory/arena.ts';
import {
  LIMIT_INTSET_ENTRIES,
  LIMIT_SET_ENTRIES,
  LIMIT_SET_VALUE,
} from '../../../src/store/encoding-limits.ts';
import { testSeed } from '../../support/seed.ts';
import { anyText, fuzzSteps } from '../memory/fuzzing.ts';
import { checkSet } from './check-set.ts';
import { bulksOf, Collections } from './collections.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
vi.setConfig({ testTimeout: 300_000 });

/** Around every width of an intset. */
const EDGES = [
  '127',
  '-128',
  '32767',
  '32768',
  '-32768',
  '-32769',
  '2147483647',
  '2147483648',
  '-2147483649',
  '4294967296',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
];

type Sets = Map<string, Set<string>>;

function combine(kind: string, sources: readonly Set<string>[]): Set<string> {
  const [first, ...others] = sources;
  if (kind === 'SUNION') return new Set(sources.flatMap((one) => [...one]));
  if (kind === 'SINTER')
    return new Set([...first].filter((member) => others.every((one) => one.has(member))));
  return new Set([...first].filter((member) => !others.some((one) => one.has(member))));
}

class Run {
  readonly model: Sets = new Map();
  readonly sets = new Collections({ shards: 4, arenaBytes: 32 * 1024 * 1024 });
  readonly random: Random;
  failures = 0;

  constructor(random: Random) {
    this.random = random;
    const { limits } = this.sets.test.engine.store;
    limits[LIMIT_INTSET_ENTRIES] = 30;
    limits[LIMIT_SET_ENTRIES] = 16;
    limits[LIMIT_SET_VALUE] = 40;
  }

  set(key: string): Set<string> {
    return this.model.get(key) ?? new Set();
  }

  put(key: string, members: Set<string>): void {
    if (members.size === 0) this.model.delete(key);
    else this.model.set(key, members);
  }

  member(): string {
    const kind = this.random.integer(8);
    if (kind < 5) return String(this.random.integer(40));
    if (kind === 5) return this.random.pick(EDGES);
    return kind === 6 ? `m${this.random.integer(20)}` : anyText(this.random);
  }

  step(): void {
    const { random, sets } = this;
    const nth = random.integer(3) === 0 ? 1 + random.integer(8) : 0;
    for (const arena of sets.arenas) failAllocation(arena, nth);
    const done = this.command(random.integer(12));
    for (const arena of sets.arenas) failAllocation(arena, 0);
    if (!done) this.failures += 1;
  }

  /** Plays a command and what it should do to the model. False where there was no memory, and nothing has changed. */
  command(kind: number): boolean {
    const { random, sets } = this;
    const key = random.pick(KEYS);
    const own = new Set(this.set(key));
    const member = this.member();
    const reply = (expected: string, ...args: string[]): boolean => {
      const got = sets.call(...args);
      if (got.startsWith('-OOM')) return false;
      expect(got).toBe(expected);
      return true;
    };
    if (kind < 4) {
      if (!reply(own.has(member) ? ':0\r\n' : ':1\r\n', 'SADD', key, member)) return false;
      this.put(key, own.add(member));
    } else if (kind < 6) {
      const there = own.delete(member);
      if (!reply(there ? ':1\r\n' : ':0\r\n', 'SREM', key, member)) return false;
      this.put(key, own);
    } else if (kind < 7) return this.move(key, own, random.pick([...own, member]));
    else if (kind < 8) this.pop(key, own, random.integer(5));
    else if (kind < 9) {
      const drawn = bulksOf(sets.call('SRANDMEMBER', key, String(random.integer(20))));
      expect(new Set(drawn).size).toBe(drawn.length);
      for (const one of drawn) expect(own.has(one)).toBe(true);
    } else return this.combination(random.pick(['SUNION', 'SINTER', 'SDIFF']));
    return true;
  }

  move(key: string, own: Set<string>, member: string): boolean {
    const target = this.random.pick(KEYS);
    const there = own.has(member);
    const got = this.sets.call('SMOVE', key, target, member);
    if (got.startsWith('-OOM')) return false;
    expect(got).toBe(there ? ':1\r\n' : ':0\r\n');
    if (!there || key === target) return true;
    own.delete(member);
    this.put(key, own);
    this.put(target, new Set(this.set(target)).add(member));
    return true;
  }

  pop(key: string, own: Set<string>, count: number): void {
    const popped = bulksOf(this.sets.call('SPOP', key, String(count)));
    expect(popped.length).toBe(Math.min(count, own.size));
    for (const one of popped) expect(own.delete(one)).toBe(true);
    this.put(key, own);
  }

  combination(kind: string): boolean {
    const { random, sets } = this;
    const names = Array.from({ length: 1 + random.integer(4) }, () => random.pick(KEYS));
    const result = combine(
      kind,
      names.map((name) => this.set(name)),
    );
    if (random.integer(2) === 0) {
      const got = sets.call(kind, ...names);
      if (got.startsWith('-OOM')) return false;
      expect(bulksOf(got).sort()).toEqual([...result].sort());
      return true;
    }
    const target = random.pick(KEYS);
    const got = sets.call(`${kind}STORE`, target, ...names);
    if (got.startsWith('-OOM')) return false;
    expect(got).toBe(`:${result.size}\r\n`);
    this.put(target, result);
    return true;
  }

  check(): void {
    for (const name of KEYS) {
      const { arena, record } = this.sets.key(name);
      const members = record === 0 ? [] : checkSet(arena, record);
      expect(members.sort()).toEqual([...this.set(name)].sort());
    }
    this.sets.checkArenas();
  }
}

describe('sets', () => {
  it('do what sets do, also when memory runs out', () => {
    const random = createRandom(testSeed('sets'));
    const run = new Run(random);
    const empty = run.sets.usedBytes();
    const forms = new Set<string>();
    for (let step = 0; step < fuzzSteps(6000); step++) {
      const failures = run.failures;
      run.step();
      if (run.failures > failures || step % 50 === 0) run.check();
      forms.add(run.sets.encoding(random.pick(KEYS)));
      if (random.integer(60) !== 0) continue;
      const key = random.pick(KEYS);
      run.sets.call('DEL', key);
      run.model.delete(key);
    }
    expect(run.failures).toBeGreaterThan(20);
    expect([...forms].sort()).toEqual(['hashtable', 'intset', 'listpack', 'none']);
    run.sets.call('FLUSHALL');
    expect(run.sets.usedBytes()).toBe(empty);
  });

  it('are copied whole or not at all, within a shard and to another', () => {
    const random = createRandom(testSeed('copies of sets'));
    const run = new Run(random);
    const { sets } = run;
    for (let round = 0; round < 60; round++) {
      sets.call('FLUSHALL');
      sets.fillDirectories();
      run.model.clear();
      const members = Array.from({ length: 1 + random.integer(40) }, () =>
        random.integer(2) === 0 ? String(random.integer(100)) : round % 2 === 0 ? run.member() : '7',
      );
      sets.call('SADD', 'a', ...members);
      for (const target of ['a', 'b', 'c', 'd', 'e']) run.put(target, new Set(members));
      for (const target of ['b', 'c', 'd', 'e']) {
        const before = sets.usedBytes();
        for (let nth = 1; ; nth++) {
          for (const arena of sets.arenas) failAllocation(arena, nth);
          const copied = sets.copy('a', target);
          for (const arena of sets.arenas) failAllocation(arena, 0);
          if (copied) break;
          expect(sets.usedBytes()).toBe(before);
        }
      }
      run.check();
    }
  });

  it('change their form where the servers do', () => {
    const sets = new Collections({ shards: 1, arenaBytes: 16 * 1024 * 1024 });
    const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
    const form = (...members: string[]): string => {
      sets.call('DEL', 's');
      sets.call('SADD', 's', ...members);
      return sets.encoding('s');
    };
    expect(form(...numbers(512))).toBe('intset');
    expect(form(...numbers(513))).toBe('hashtable');
    expect(form(...numbers(127), 'x')).toBe('listpack');
    expect(form(...numbers(128), 'x')).toBe('hashtable');
    expect(form('x'.repeat(64))).toBe('listpack');
    expect(form('x'.repeat(65))).toBe('hashtable');
    expect(form('9223372036854775807')).toBe('intset');
    expect(form('9223372036854775808')).toBe('listpack');
    sets.call('SADD', 't', 'x', '1', '2');
    sets.call('SREM', 't', 'x');
    expect(sets.encoding('t')).toBe('listpack');
    sets.call('SUNIONSTORE', 'u', 't');
    expect(sets.encoding('u')).toBe('intset');
  });
});
