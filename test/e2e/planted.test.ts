/** Differences written into the shadow behind the gateway's back: each is reported once, and nothing else is. */
import { expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { readDivergences, showDivergence, tellAll } from '../support/load/verdicts.ts';
import { startServer } from '../support/servers.ts';

/** One way to differ: how the key is made on both sides, what is done to the shadow, and how it is read. */
interface Plant {
  readonly name: string;
  readonly make: readonly string[];
  readonly harm: readonly string[];
  readonly read: string;
}

/** KEY stands for the key. Ten keys of each kind make two hundred differences. */
const plants: readonly Plant[] = [
  { name: 'changed string', make: ['SET KEY one'], harm: ['SET KEY two'], read: 'GET KEY' },
  { name: 'longer string', make: ['SET KEY one'], harm: ['APPEND KEY more'], read: 'STRLEN KEY' },
  { name: 'missing string', make: ['SET KEY one'], harm: ['DEL KEY'], read: 'GET KEY' },
  { name: 'extra string', make: [], harm: ['SET KEY one'], read: 'EXISTS KEY' },
  { name: 'other type', make: ['SET KEY one'], harm: ['DEL KEY', 'RPUSH KEY one'], read: 'GET KEY' },
  { name: 'type name', make: ['SADD KEY one'], harm: ['DEL KEY', 'RPUSH KEY one'], read: 'TYPE KEY' },
  { name: 'counter', make: ['SET KEY 5'], harm: ['INCR KEY'], read: 'MGET KEY' },
  { name: 'extra list element', make: ['RPUSH KEY a b c'], harm: ['RPUSH KEY d'], read: 'LRANGE KEY 0 -1' },
  {
    name: 'list order',
    make: ['RPUSH KEY a b c'],
    harm: ['DEL KEY', 'RPUSH KEY a c b'],
    read: 'LRANGE KEY 0 -1',
  },
  { name: 'list length', make: ['RPUSH KEY a b c'], harm: ['LPOP KEY'], read: 'LLEN KEY' },
  { name: 'hash value', make: ['HSET KEY f 1 g 2'], harm: ['HSET KEY g 3'], read: 'HGETALL KEY' },
  { name: 'missing field', make: ['HSET KEY f 1 g 2'], harm: ['HDEL KEY g'], read: 'HGET KEY g' },
  { name: 'extra member', make: ['SADD KEY a b'], harm: ['SADD KEY c'], read: 'SMEMBERS KEY' },
  {
    name: 'swapped member',
    make: ['SADD KEY a b'],
    harm: ['SREM KEY a', 'SADD KEY c'],
    read: 'SISMEMBER KEY a',
  },
  { name: 'score', make: ['ZADD KEY 1 a 2 b'], harm: ['ZADD KEY 1.5 a'], read: 'ZSCORE KEY a' },
  { name: 'rank', make: ['ZADD KEY 1 a 2 b'], harm: ['ZADD KEY 3 a'], read: 'ZRANGE KEY 0 -1' },
  { name: 'stream entry', make: ['XADD KEY 1-1 f v'], harm: ['XADD KEY 2-1 f v'], read: 'XRANGE KEY - +' },
  { name: 'time to live', make: ['SET KEY v EX 1000'], harm: ['EXPIRE KEY 5000'], read: 'TTL KEY' },
  { name: 'no time to live', make: ['SET KEY v EX 1000'], harm: ['PERSIST KEY'], read: 'PTTL KEY' },
  { name: 'bit', make: ['SETBIT KEY 7 1'], harm: ['SETBIT KEY 8 1'], read: 'BITCOUNT KEY' },
];
const perPlant = 10;

function commandsFor(templates: readonly string[], key: string): string[][] {
  return templates.map((template) => template.split(' ').map((word) => (word === 'KEY' ? key : word)));
}

it('reports 200 planted differences and nothing else', async () => {
  const [primary, shadow] = [await startServer('valkey-9.1'), await startServer('valkey-9.1')];
  const gateway = await startGateway({
    primary: primary.url,
    shadow: shadow.url,
    workers: 4,
    config: tellAll,
  });
  const client = await gateway.client();
  const writes: string[][] = [];
  const reads: string[][] = [];
  const harms: string[][] = [];
  const planted: string[] = [];
  for (const [number, plant] of plants.entries()) {
    for (let index = 0; index < perPlant; index++) {
      const [bad, good] = [`bad:${number}:${index}`, `good:${number}:${index}`];
      planted.push(bad);
      for (const key of [bad, good]) {
        writes.push(...commandsFor(plant.make, key));
        reads.push(...commandsFor([plant.read], key));
      }
      harms.push(...commandsFor(plant.harm, bad));
    }
  }
  await client.pipeline(writes);
  await gateway.shadowIdle();
  expect((await readDivergences(gateway)).items.map(showDivergence)).toEqual([]);
  const saboteur = await shadow.client();
  await saboteur.pipeline(harms);
  saboteur.close();
  await client.pipeline(reads);
  await gateway.shadowIdle();

  const { total, items } = await readDivergences(gateway);
  expect(items.map((item) => item.key).sort()).toEqual([...planted].sort());
  expect(total).toBe(planted.length);
  expect(items.filter((item) => item.count !== 1).map(showDivergence)).toEqual([]);
  expect(new Set(items.map((item) => item.keyHash)).size).toBe(planted.length);
  const metrics = await gateway.metrics();
  expect(metrics.sum('divergent_replies_total')).toBe(planted.length);
  expect(metrics.sum('comparisons_total', { verdict: 'divergent' })).toBe(planted.length);
  const byKind = new Set(items.map((item) => item.kind));
  expect([...byKind].sort()).toEqual(expect.arrayContaining(['error', 'length', 'missing', 'ttl', 'value']));
  client.close();
});
