/** `maxmemory`: the limit holds with every policy, the right keys go, and shards that are full are made room in. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { testSeed } from '../../support/seed.ts';
import { checkArena } from '../memory/check-arena.ts';
import { makeEngine, type TestEngine, type TestEngineClient } from './in-process-engine.ts';

const POLICIES = [
  ...['allkeys-lru', 'allkeys-lfu', 'allkeys-random'],
  ...['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'],
];
const random = createRandom(testSeed('eviction'));

function info(client: TestEngineClient, field: string): number {
  const found = new RegExp(`${field}:(\\d+)`).exec(client.line('INFO'));
  return Number(found?.[1]);
}

/** Sets the limit so much above what is used now. */
function limit({ engine }: TestEngine, client: TestEngineClient, policy: string, more: number): number {
  const bytes = engine.store.usedBytes() + more;
  client.line(`CONFIG SET maxmemory-policy ${policy} maxmemory-eviction-tenacity 100 maxmemory ${bytes}`);
  return bytes;
}

function check({ engine }: TestEngine): void {
  for (const { arena } of engine.store.shards) checkArena(arena);
}

describe.each(POLICIES)('%s', (policy) => {
  it('keeps to the limit, whatever the values and databases', { timeout: 60_000 }, () => {
    const test = makeEngine();
    const client = test.client();
    const bytes = limit(test, client, policy, 200_000);
    for (let at = 0; at < 6000; at++) {
      if (at % 100 === 0) client.line(`SELECT ${at % 3}`);
      const name = `${policy}:${random.integer(100_000)}`;
      const kind = at % 4;
      if (kind === 0) client.line(`SET ${name} ${'x'.repeat(random.integer(500))}`);
      else if (kind === 1) client.line(`RPUSH ${name} a b ${at}`);
      else if (kind === 2) client.line(`HSET ${name} f ${at} g ${at}`);
      else client.line(`ZADD ${name} 1 a 2 b ${at} c`);
      client.line(`EXPIRE ${name} ${1000 + at}`);
      // One command may go beyond it; the next makes room.
      expect(test.engine.store.usedBytes()).toBeLessThan(bytes + 16_384);
    }
    expect(info(client, 'evicted_keys')).toBeGreaterThan(100);
    expect(info(client, 'maxmemory')).toBe(bytes);
    check(test);
  });

  it.runIf(policy.startsWith('volatile'))(
    'spares what does not expire, and refuses when only that is left',
    () => {
      const test = makeEngine();
      const client = test.client();
      for (let at = 0; at < 300; at++) client.line(`SET stays:${at} ${at}`);
      limit(test, client, policy, 30_000);
      for (let at = 0; at < 3000; at++) expect(client.line(`SETEX goes:${at} 1000 ${at}`)).toBe('+OK\r\n');
      for (let at = 0; at < 300; at++) expect(client.line(`GET stays:${at}`)).toContain(`\r\n${at}\r\n`);
      let reply = '';
      for (let at = 0; at < 10_000 && !reply.startsWith('-'); at++) reply = client.line(`SET more:${at} x`);
      expect(reply).toBe("-OOM command not allowed when used memory > 'maxmemory'.\r\n");
      expect(client.line('GET stays:1')).toContain('\r\n1\r\n');
      check(test);
    },
  );
});

describe('which keys go', () => {
  /** How many of the first and of the second half of `count` keys are there. */
  function halves(client: TestEngineClient, count: number): [number, number] {
    const there = [0, 0];
    for (let at = 0; at < count; at++) {
      there[at < count / 2 ? 0 : 1]! += client.line(`EXISTS key:${at}`) === ':1\r\n' ? 1 : 0;
    }
    return there as [number, number];
  }

  it('are those that were not used for longest', () => {
    const test = makeEngine();
    const client = test.client();
    client.line('CLIENT NO-TOUCH OFF');
    for (let at = 0; at < 2000; at++) client.line(`SET key:${at} ${'x'.repeat(50)}`);
    test.clock.advance(100_000);
    test.engine.tick();
    for (let at = 0; at < 1000; at++) client.line(`GET key:${at}`);
    limit(test, client, 'allkeys-lru', -60_000);
    client.line('SET other x');
    while (test.engine.isBusy) test.engine.runLater();
    const [used, unused] = halves(client, 2000);
    expect(unused).toBeLessThan(900);
    expect(used).toBeGreaterThan(unused);
    // Nothing that was used goes while there is so much that was not, but for a rare sample without one.
    expect(used).toBeGreaterThan(970);
  });

  it('are those that are used least', () => {
    const test = makeEngine();
    const client = test.client();
    client.line('CONFIG SET maxmemory-policy allkeys-lfu lfu-log-factor 0 maxmemory-samples 20');
    for (let at = 0; at < 1000; at++) client.line(`SET key:${at} ${'x'.repeat(50)}`);
    for (let round = 0; round < 5; round++) for (let at = 0; at < 500; at++) client.line(`GET key:${at}`);
    limit(test, client, 'allkeys-lfu', -30_000);
    client.line('SET other x');
    while (test.engine.isBusy) test.engine.runLater();
    const [used, unused] = halves(client, 1000);
    expect(used).toBeGreaterThan(485);
    expect(unused).toBeLessThan(450);
  });

  it('are those that expire soonest', () => {
    const test = makeEngine();
    const client = test.client();
    for (let at = 0; at < 1000; at++) client.line(`SET key:${at} ${'x'.repeat(50)} EX ${10_000 - at * 5}`);
    // With five, as usual, one run in a hundred takes so many others by chance.
    client.line('CONFIG SET maxmemory-samples 20');
    limit(test, client, 'volatile-ttl', -30_000);
    client.line('SET other x');
    while (test.engine.isBusy) test.engine.runLater();
    const [late, soon] = halves(client, 1000);
    expect(late).toBeGreaterThan(485);
    expect(soon).toBeLessThan(450);
  });
});

describe('what else evicting does', () => {
  it('goes on in the background when a command had no time for all of it', () => {
    const test = makeEngine();
    const client = test.client();
    for (let at = 0; at < 5000; at++) client.line(`SET key:${at} ${'x'.repeat(100)}`);
    client.line('CONFIG SET maxmemory-eviction-tenacity 0 maxmemory-policy allkeys-random maxmemory 1');
    expect(client.line('SET a b')).toBe('+OK\r\n');
    expect(client.line('DBSIZE')).not.toBe(':0\r\n');
    expect(test.engine.isBusy).toBe(true);
    for (let turns = 0; test.engine.isBusy && turns < 5000; turns++) test.engine.runLater();
    expect(client.line('DBSIZE')).toBe(':0\r\n');
  });

  it('tells who watches, tracks or listens', () => {
    const test = makeEngine();
    const [client, watcher, listener] = [test.client(), test.client(), test.client()];
    watcher.line('HELLO 3');
    watcher.line('CLIENT TRACKING ON');
    client.line('SET k v');
    client.line('CONFIG SET notify-keyspace-events Ke');
    listener.line('SUBSCRIBE __keyspace@0__:k');
    watcher.line('WATCH k');
    watcher.line('GET k');
    client.line('CONFIG SET maxmemory-policy allkeys-lru maxmemory 1');
    client.line('SET other x');
    test.engine.settle();
    expect(listener.pushed).toContain('evicted');
    expect(watcher.pushed).toMatch(/invalidate[^k]*k\r\n/);
    client.line('CONFIG SET maxmemory 0');
    watcher.line('MULTI');
    watcher.line('PING');
    expect(watcher.line('EXEC')).toBe('_\r\n');
  });

  it('does not happen while clients are paused', () => {
    const test = makeEngine();
    const client = test.client();
    client.line('SET k v');
    client.line('CLIENT PAUSE 100000 WRITE');
    client.line('CONFIG SET maxmemory-policy allkeys-lru maxmemory 1');
    test.engine.runLater();
    expect(client.line('EXISTS k')).toBe(':1\r\n');
    client.line('CLIENT UNPAUSE');
    test.engine.runLater();
    client.line('CONFIG SET maxmemory 2');
    client.line('PING');
    test.engine.runLater();
    expect(client.line('EXISTS k')).toBe(':0\r\n');
  });

  it('is done by each worker, with the other one’s keys as well', () => {
    const one = makeEngine({ workers: 2 });
    const other = makeEngine({ memory: one.memory, worker: 1, workers: 2 });
    const [a, b] = [one.client(), other.client()];
    for (let at = 0; at < 500; at++) b.line(`SET key:${at} ${'x'.repeat(100)}`);
    limit(one, a, 'allkeys-random', -20_000);
    expect(b.line('SET more x')).toBe('+OK\r\n');
    while (other.engine.isBusy) other.engine.runLater();
    expect(one.engine.store.usedBytes()).toBeLessThan(Number(info(a, 'maxmemory')) + 1);
    expect(info(a, 'evicted_keys')).toBe(info(b, 'evicted_keys'));
  });

  it('makes room in a shard that is full, although there is room in others', { timeout: 60_000 }, () => {
    const test = makeEngine({ shards: 4, arenaBytes: 2 * 1024 * 1024 });
    const client = test.client();
    client.line('CONFIG SET maxmemory-policy allkeys-lru maxmemory 100mb');
    // One hash tag: all of them belong into one shard.
    for (let at = 0; at < 5000; at++) expect(client.line(`SET {t}:${at} ${'x'.repeat(400)}`)).toBe('+OK\r\n');
    expect(info(client, 'evicted_keys')).toBeGreaterThan(2000);
    expect(client.line('GET {t}:4999')).toContain('xxx');
    check(test);
  });
});
