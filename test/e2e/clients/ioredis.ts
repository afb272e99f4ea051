/** A session of typical use with ioredis. */
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { waitUntil } from '../../support/wait.ts';
import type { ClientSession, SessionTarget } from './session.ts';

async function connect(target: SessionTarget, protocol: 2 | 3): Promise<Redis> {
  const client = new Redis({
    port: target.port,
    host: '127.0.0.1',
    protocol,
    lazyConnect: true,
    connectionName: 'session',
    retryStrategy: () => 20,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export const ioredisSession: ClientSession<Redis> = {
  name: 'ioredis',
  connect,
  close: async (client) => client.disconnect(),
  chapters: [
    { name: 'values', run: values },
    { name: 'pipelines and transactions', run: pipelines },
    { name: 'publish and subscribe', run: pubsub },
    { name: 'blocking pops', run: blocking },
    { name: 'scan iteration', run: scan },
    { name: 'scripts', run: scripts },
    { name: 'streams with groups', run: streams },
    { name: 'connection state and reconnect', run: reconnect },
  ],
};

async function values(client: Redis): Promise<void> {
  expect(await client.set('k', 'v', 'EX', 100)).toBe('OK');
  expect(await client.get('k')).toBe('v');
  expect(await client.ttl('k')).toBeGreaterThan(90);
  expect(await client.getBuffer('k')).toEqual(Buffer.from('v'));
  expect(await client.mset('a', '1', 'b', '2')).toBe('OK');
  expect(await client.mget('a', 'b', 'c')).toEqual(['1', '2', null]);
  expect(await client.incrby('a', 5)).toBe(6);
  expect(await client.hset('h', { f: 'v', g: 'w' })).toBe(2);
  expect(await client.hgetall('h')).toEqual({ f: 'v', g: 'w' });
  expect(await client.zadd('z', 1, 'one', 2.5, 'two')).toBe(2);
  expect((await client.zrange('z', '0', '-1', 'WITHSCORES')).flat().map(String)).toEqual([
    'one',
    '1',
    'two',
    '2.5',
  ]);
  expect(await client.sadd('s', 'x', 'y')).toBe(2);
  expect((await client.smembers('s')).sort()).toEqual(['x', 'y']);
  expect(await client.rpush('l', 'a', 'b')).toBe(2);
  expect(await client.lrange('l', 0, -1)).toEqual(['a', 'b']);
  await expect(client.incr('k')).rejects.toThrow('ERR value is not an integer');
  await expect(client.call('NOSUCH', 'x')).rejects.toThrow('ERR unknown command');
}

async function pipelines(client: Redis): Promise<void> {
  const pipeline = client.pipeline();
  for (let index = 0; index < 500; index++) pipeline.set(`p${index}`, index).get(`p${index}`);
  const results = (await pipeline.exec()) ?? [];
  expect(results).toHaveLength(1000);
  expect(results[999]).toEqual([null, '499']);
  const together = await Promise.all(Array.from({ length: 300 }, (_, index) => client.get(`p${index}`)));
  expect(together[299]).toBe('299');
  expect(await client.multi().set('t', '1').incr('t').hset('th', 'f', 'v').exec()).toEqual([
    [null, 'OK'],
    [null, 2],
    [null, 1],
  ]);
  await client.watch('t');
  const other = client.duplicate();
  await other.set('t', 'changed');
  other.disconnect();
  expect(await client.multi().set('t', '2').exec()).toBeNull();
  await expect(client.multi().set('t', '1').call('NOSUCH').exec()).rejects.toThrow('EXECABORT');
  const mixed = await client.multi().set('t', 'text').incr('t').exec();
  expect(mixed?.[1]?.[0]?.message).toContain('not an integer');
}

async function pubsub(client: Redis): Promise<void> {
  const subscriber = client.duplicate();
  const heard: string[] = [];
  subscriber.on('message', (channel: string, message: string) => heard.push(`${channel} ${message}`));
  subscriber.on('pmessage', (pattern: string, channel: string, message: string) =>
    heard.push(`${pattern} ${channel} ${message}`),
  );
  expect(await subscriber.subscribe('news', 'weather')).toBe(2);
  expect(await subscriber.psubscribe('n*')).toBe(3);
  expect(await client.publish('news', 'one')).toBe(2);
  await client.publish('weather', 'two');
  await waitUntil(() => heard.length === 3, 'three messages');
  expect([...heard].sort()).toEqual(['n* news one', 'news one', 'weather two']);
  await subscriber.unsubscribe('news', 'weather');
  await subscriber.punsubscribe('n*');
  expect(await subscriber.get('nothing')).toBeNull();
  subscriber.disconnect();
}

async function blocking(client: Redis): Promise<void> {
  const waiter = client.duplicate();
  const popped = waiter.blpop('queue', 5);
  await waitUntil(async () => /blocked_clients:1\r/.test(await client.info('clients')), 'a blocked client');
  await client.rpush('queue', 'job');
  expect(await popped).toEqual(['queue', 'job']);
  expect(await waiter.brpop('queue', 0.02)).toBeNull();
  expect(await waiter.bzpopmin('zqueue', 0.02)).toBeNull();
  waiter.disconnect();
}

async function scan(client: Redis): Promise<void> {
  const pipeline = client.pipeline();
  for (let index = 0; index < 300; index++)
    pipeline.set(`scan:${index}`, index).hset('scanhash', `f${index}`, index);
  await pipeline.exec();
  const keys = new Set<string>();
  for await (const page of client.scanStream({ match: 'scan:*', count: 50 }))
    for (const key of page as string[]) keys.add(key);
  expect(keys.size).toBe(300);
  let fields = 0;
  for await (const page of client.hscanStream('scanhash', { count: 50 }))
    fields += (page as string[]).length / 2;
  expect(fields).toBe(300);
}

async function scripts(client: Redis): Promise<void> {
  expect(await client.eval('return {KEYS[1], ARGV[1], 7}', 1, 'k', 'v')).toEqual(['k', 'v', 7]);
  client.defineCommand('addup', { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
  const scripted = client as Redis & { addup(key: string, by: number): Promise<number> };
  expect(await scripted.addup('sum', 5)).toBe(5);
  await client.script('FLUSH');
  expect(await scripted.addup('sum', 5)).toBe(10);
  await expect(client.evalsha('f'.repeat(40), 0)).rejects.toThrow('NOSCRIPT');
}

async function streams(client: Redis): Promise<void> {
  const first = await client.xadd('x', '*', 'f', '1');
  await client.xadd('x', 'MAXLEN', '~', 100, '*', 'f', '2');
  expect(await client.xgroup('CREATE', 'x', 'g', '0')).toBe('OK');
  await expect(client.xgroup('CREATE', 'x', 'g', '0')).rejects.toThrow('BUSYGROUP');
  const read = JSON.stringify(await client.xreadgroup('GROUP', 'g', 'c', 'COUNT', 10, 'STREAMS', 'x', '>'));
  expect(read).toContain(String(first));
  expect(await client.xack('x', 'g', String(first))).toBe(1);
  expect((await client.xpending('x', 'g'))[0]).toBe(1);
  expect(await client.xlen('x')).toBe(2);
  const waiter = client.duplicate();
  const next = waiter.xread('BLOCK', 5000, 'STREAMS', 'x', '$');
  await waitUntil(async () => /blocked_clients:1\r/.test(await client.info('clients')), 'a blocked client');
  await client.xadd('x', '*', 'f', '3');
  expect(JSON.stringify(await next)).toContain('"3"');
  waiter.disconnect();
}

async function reconnect(client: Redis, target: SessionTarget): Promise<void> {
  expect(await client.client('GETNAME')).toBe('session');
  await client.select(1);
  await client.set('in', 'one');
  const events: string[] = [];
  client.on('close', () => events.push('close'));
  await target.dropClients();
  await waitUntil(async () => (await client.get('in')) === 'one', 'the client to work in its database again');
  client.disconnect(true);
  await once(client, 'ready');
  expect(await client.get('in')).toBe('one');
  expect(events).toContain('close');
  expect(await client.quit()).toBe('OK');
}
