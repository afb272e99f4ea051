/** Sorted sets of the engine against sorted arrays: both forms, ranges, operations, copies, memory that runs out. */
import { describe, expect, it, vi } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { failAllocation } from '../../../src/memory/arena.ts';
import { LIMIT_ZSET_ENTRIES, LIMIT_ZSET_VALUE } from '../../../src/store/encoding-limits.ts';
import { testSeed } from '../../support/seed.ts';
import { anyText, fuzzSteps } from '../memory/fuzzing.ts';
import { checkSortedSet, compareScored, type Scored } from './check-sorted-set.ts';
import { bulksOf, Collections } from './collections.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
vi.setConfig({ testTimeout: 300_000 });

type Scores = Map<string, number>;

function sorted(scores: Scores): Scored[] {
  return [...scores].sort(compareScored);
}

function flat(scored: readonly Scored[]): string[] {
  return scored.flatMap(([member, score]) => [member, scoreText(score)]);
}

function scoreText(score: number): string {
  if (Number.isFinite(score)) return String(score);
  return score > 0 ? 'inf' : '-inf';
}

class Run {
  readonly model = new Map<string, Scores>();
  readonly sets = new Collections({ shards: 4, arenaBytes: 32 * 1024 * 1024 });
  readonly random: Random;
  failures = 0;

  constructor(random: Random) {
    this.random = random;
    const { limits } = this.sets.test.engine.store;
    limits[LIMIT_ZSET_ENTRIES] = 16;
    limits[LIMIT_ZSET_VALUE] = 40;
  }

  scores(key: string): Scores {
    return this.model.get(key) ?? new Map();
  }

  put(key: string, scores: Scores): void {
    if (scores.size === 0) this.model.delete(key);
    else this.model.set(key, scores);
  }

  member(): string {
    const kind = this.random.integer(8);
    if (kind < 4) return `m${this.random.integer(60)}`;
    return kind < 7 ? String(this.random.integer(40)) : anyText(this.random);
  }

  /** Many are equal, so that names decide. */
  score(): number {
    const kind = this.random.integer(12);
    if (kind < 8) return this.random.integer(7) - 3;
    if (kind === 8) return this.random.integer(100) / 8;
    if (kind === 9) return (this.random.integer(2) === 0 ? -1 : 1) * 2 ** this.random.integer(50);
    return kind === 10 ? Infinity : -Infinity;
  }

  step(): void {
    const { random, sets } = this;
    const nth = random.integer(3) === 0 ? 1 + random.integer(8) : 0;
    for (const arena of sets.arenas) failAllocation(arena, nth);
    const done = this.command(random.integer(20));
    for (const arena of sets.arenas) failAllocation(arena, 0);
    if (!done) this.failures += 1;
  }

  /** False where there was no memory, and nothing has changed. */
  call(expected: string, ...args: string[]): boolean {
    const got = this.sets.call(...args);
    if (got.startsWith('-OOM')) return false;
    expect(got, args.join(' ')).toBe(expected);
    return true;
  }

  command(kind: number): boolean {
    const key = this.random.pick(KEYS);
    const own = new Map(this.scores(key));
    if (kind < 8) return this.add(key, own);
    if (kind < 10) return this.remove(key, own);
    if (kind < 12) return this.pop(key, own);
    if (kind < 14) return this.removeRange(key, own);
    if (kind < 17) return this.read(key, own);
    return kind < 18 ? this.storeRange(key, own) : this.combine();
  }

  add(key: string, own: Scores): boolean {
    const member = this.member();
    const score = this.score();
    const old = own.get(member);
    const option = this.random.pick(['', 'NX', 'XX', 'GT', 'LT', 'INCR']);
    if (option === 'INCR') {
      const sum = (old ?? 0) + score;
      if (Number.isNaN(sum)) {
        this.call('-ERR resulting score is not a number (NaN)\r\n', 'ZINCRBY', key, String(score), member);
        return true;
      }
      const text = scoreText(sum);
      if (!this.call(`$${text.length}\r\n${text}\r\n`, 'ZINCRBY', key, scoreText(score), member))
        return false;
      this.put(key, own.set(member, sum));
      return true;
    }
    const isRefused =
      (option === 'NX' && old !== undefined) ||
      (option === 'XX' && old === undefined) ||
      (option === 'GT' && old !== undefined && score <= old) ||
      (option === 'LT' && old !== undefined && score >= old);
    const changes = !isRefused && old !== score;
    const options = option === '' ? ['CH'] : ['CH', option];
    if (!this.call(changes ? ':1\r\n' : ':0\r\n', 'ZADD', key, ...options, scoreText(score), member))
      return false;
    if (!isRefused) this.put(key, own.set(member, score));
    return true;
  }

  remove(key: string, own: Scores): boolean {
    const members = [this.member(), ...(own.size > 0 ? [this.random.pick([...own.keys()])] : [])];
    const removed = [...new Set(members)].filter((member) => own.delete(member)).length;
    if (!this.call(`:${removed}\r\n`, 'ZREM', key, ...members)) return false;
    this.put(key, own);
    return true;
  }

  pop(key: string, own: Scores): boolean {
    const count = 1 + this.random.integer(4);
    const atMax = this.random.integer(2) === 0;
    const order = atMax ? sorted(own).reverse() : sorted(own);
    const popped = order.slice(0, count);
    const got = bulksOf(this.sets.call(atMax ? 'ZPOPMAX' : 'ZPOPMIN', key, String(count)));
    expect(got).toEqual(flat(popped));
    for (const [member] of popped) own.delete(member);
    this.put(key, own);
    return true;
  }

  /** A range of scores as arguments, and which members are within it. */
  scoreRange(own: Scores): { readonly bounds: readonly string[]; readonly inside: Scored[] } {
    const [min, max] = [this.score(), this.score()].sort((left, right) => left - right);
    const [open, openEnd] = [this.random.integer(3) === 0, this.random.integer(3) === 0];
    const inside = sorted(own).filter(
      ([, score]) => (open ? score > min : score >= min) && (openEnd ? score < max : score <= max),
    );
    return {
      bounds: [`${open ? '(' : ''}${scoreText(min)}`, `${openEnd ? '(' : ''}${scoreText(max)}`],
      inside,
    };
  }

  removeRange(key: string, own: Scores): boolean {
    const start = this.random.integer(12) - 6;
    const stop = start + this.random.integer(5);
    const byScore = this.random.integer(2) === 0;
    const { bounds, inside } = this.scoreRange(own);
    // As `slice` takes them, -1 as an end would be 0.
    const ranked = start < 0 && stop >= 0 ? [] : sorted(own).slice(start, stop === -1 ? undefined : stop + 1);
    const gone = byScore ? (inside.length > 6 ? [] : inside) : ranked;
    if (byScore && gone.length !== inside.length) return true;
    if (!byScore && start < 0 && stop >= 0) return true;
    const command = byScore
      ? ['ZREMRANGEBYSCORE', key, ...bounds]
      : ['ZREMRANGEBYRANK', key, String(start), String(stop)];
    if (!this.call(`:${gone.length}\r\n`, ...command)) return false;
    for (const [member] of gone) own.delete(member);
    this.put(key, own);
    return true;
  }

  read(key: string, own: Scores): boolean {
    const { random, sets } = this;
    const order = sorted(own);
    const { bounds, inside } = this.scoreRange(own);
    const [offset, limit] = [random.integer(5), random.integer(8) - 1];
    const taken = (scored: Scored[]): string[] =>
      flat(scored.slice(offset, limit < 0 ? undefined : offset + limit));
    const by = ['WITHSCORES', 'LIMIT', String(offset), String(limit)];
    expect(bulksOf(sets.call('ZRANGEBYSCORE', key, ...bounds, ...by))).toEqual(taken(inside));
    const reversed = [bounds[1], bounds[0]];
    const backwards = bulksOf(sets.call('ZREVRANGEBYSCORE', key, ...reversed, ...by));
    expect(backwards).toEqual(taken([...inside].reverse()));
    this.call(`:${inside.length}\r\n`, 'ZCOUNT', key, ...bounds);
    const [start, stop] = [random.integer(20), random.integer(30)];
    expect(bulksOf(sets.call('ZRANGE', key, String(start), String(stop)))).toEqual(
      order.slice(start, stop + 1).map(([member]) => member),
    );
    expect(bulksOf(sets.call('ZREVRANGE', key, String(start), String(stop)))).toEqual(
      [...order]
        .reverse()
        .slice(start, stop + 1)
        .map(([member]) => member),
    );
    if (order.length === 0) return true;
    const rank = random.integer(order.length);
    const [member, score] = order[rank];
    this.call(`:${rank}\r\n`, 'ZRANK', key, member);
    this.call(`:${order.length - 1 - rank}\r\n`, 'ZREVRANK', key, member);
    const text = scoreText(score);
    this.call(`$${text.length}\r\n${text}\r\n`, 'ZSCORE', key, member);
    const drawn = bulksOf(sets.call('ZRANDMEMBER', key, String(random.integer(20))));
    expect(new Set(drawn).size).toBe(drawn.length);
    for (const one of drawn) expect(own.has(one)).toBe(true);
    return true;
  }

  storeRange(key: string, own: Scores): boolean {
    const target = this.random.pick(KEYS);
    const { bounds, inside } = this.scoreRange(own);
    if (!this.call(`:${inside.length}\r\n`, 'ZRANGESTORE', target, key, ...bounds, 'BYSCORE')) return false;
    this.put(target, new Map(inside));
    return true;
  }

  combine(): boolean {
    const { random } = this;
    const kind = random.pick(['ZUNION', 'ZINTER', 'ZDIFF']);
    const names = Array.from({ length: 1 + random.integer(3) }, () => random.pick(KEYS));
    const aggregate = random.pick(['MIN', 'MAX'] as const);
    const result = combined(
      kind,
      names.map((name) => this.scores(name)),
      aggregate,
    );
    const args = [String(names.length), ...names, ...(kind === 'ZDIFF' ? [] : ['AGGREGATE', aggregate])];
    if (random.integer(2) === 0) {
      const got = this.sets.call(kind, ...args, 'WITHSCORES');
      if (got.startsWith('-OOM')) return false;
      expect(bulksOf(got)).toEqual(flat(sorted(result)));
      return true;
    }
    const target = random.pick(KEYS);
    if (!this.call(`:${result.size}\r\n`, `${kind}STORE`, target, ...args)) return false;
    this.put(target, result);
    return true;
  }

  check(): void {
    for (const name of KEYS) {
      const { arena, record } = this.sets.key(name);
      const members = record === 0 ? [] : checkSortedSet(arena, record);
      expect(members).toEqual(sorted(this.scores(name)));
    }
    this.sets.checkArenas();
  }
}

function combined(kind: string, sources: readonly Scores[], aggregate: 'MIN' | 'MAX'): Scores {
  const [first, ...others] = sources;
  const pick = aggregate === 'MIN' ? Math.min : Math.max;
  const result: Scores = new Map();
  if (kind === 'ZDIFF') {
    for (const [member, score] of first)
      if (!others.some((one) => one.has(member))) result.set(member, score);
    return result;
  }
  for (const source of sources) {
    for (const [member, score] of source) {
      if (kind === 'ZINTER' && !sources.every((one) => one.has(member))) continue;
      result.set(member, pick(result.get(member) ?? score, score));
    }
  }
  return result;
}

describe('sorted sets', () => {
  it('do what sorted sets do, also when memory runs out', () => {
    const random = createRandom(testSeed('sorted sets'));
    const run = new Run(random);
    run.sets.fillDirectories();
    run.sets.call('FLUSHALL');
    const empty = run.sets.usedBytes();
    const forms = new Set<string>();
    for (let step = 0; step < fuzzSteps(6000); step++) {
      const failures = run.failures;
      run.step();
      if (run.failures > failures || step % 50 === 0) run.check();
      forms.add(run.sets.encoding(random.pick(KEYS)));
      if (random.integer(80) !== 0) continue;
      const key = random.pick(KEYS);
      run.sets.call('DEL', key);
      run.model.delete(key);
    }
    run.check();
    expect(run.failures).toBeGreaterThan(20);
    expect([...forms].sort()).toEqual(['listpack', 'none', 'skiplist']);
    run.sets.call('FLUSHALL');
    expect(run.sets.usedBytes()).toBe(empty);
  });

  it('are copied whole or not at all, within a shard and to another', () => {
    const random = createRandom(testSeed('copies of sorted sets'));
    const run = new Run(random);
    const { sets } = run;
    for (let round = 0; round < 40; round++) {
      sets.call('FLUSHALL');
      sets.fillDirectories();
      run.model.clear();
      const scores: Scores = new Map();
      for (let left = 1 + random.integer(60); left > 0; left--) scores.set(run.member(), run.score());
      sets.call('ZADD', 'a', ...[...scores].flatMap(([member, score]) => [scoreText(score), member]));
      for (const target of KEYS) run.put(target, new Map(scores));
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
    const members = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => [String(index), `m${index}`]).flat();
    const form = (...args: string[]): string => {
      sets.call('DEL', 'z');
      sets.call('ZADD', 'z', ...args);
      return sets.encoding('z');
    };
    expect(form(...members(128))).toBe('listpack');
    expect(form(...members(129))).toBe('skiplist');
    expect(form('1', 'x'.repeat(64))).toBe('listpack');
    expect(form('1', 'x'.repeat(65))).toBe('skiplist');
    expect(form('1', 'a', '1', 'x'.repeat(65))).toBe('skiplist');
    form(...members(128));
    sets.call('ZADD', 'z', '1', 'one more');
    expect(sets.encoding('z')).toBe('skiplist');
    sets.call('ZREMRANGEBYRANK', 'z', '0', '-2');
    expect(sets.encoding('z')).toBe('skiplist');
    sets.call('ZUNIONSTORE', 'u', '1', 'z');
    expect(sets.encoding('u')).toBe('listpack');
    form(...members(200));
    sets.call('ZRANGESTORE', 'r', 'z', '0', '127');
    expect(sets.encoding('r')).toBe('listpack');
    sets.call('ZRANGESTORE', 'r', 'z', '0', '128');
    expect(sets.encoding('r')).toBe('skiplist');
  });
});
