/** A session of typical use with valkey-glide. */
import { Batch, GlideClient, ProtocolVersion, Script } from '@valkey/valkey-glide';
import { expect } from 'vitest';
import { waitUntil } from '../../support/wait.ts';
import type { ClientSession, SessionTarget } from './session.ts';

type Subscriptions = { channels: string[]; patterns: string[] };

function connect(
  target: SessionTarget,
  protocol: 2 | 3,
  subscriptions?: Subscriptions,
): Promise<GlideClient> {
  const modes = subscribeOnConnect(subscriptions);
  return GlideClient.createClient({
    addresses: [{ host: '127.0.0.1', port: target.port }],
    protocol: protocol === 3 ? ProtocolVersion.RESP3 : ProtocolVersion.RESP2,
    clientName: 'session',
    requestTimeout: 5000,
    connectionBackoff: { numberOfRetries: 50, factor: 20, exponentBase: 1 },
    ...modes,
  });
}

function subscribeOnConnect(subscriptions: Subscriptions | undefined) {
  if (subscriptions === undefined) return {};
  return {
    pubsubSubscriptions: {
      // 0: exact channels, 1: patterns.
      channelsAndPatterns: { 0: new Set(subscriptions.channels), 1: new Set(subscriptions.patterns) },
    },
  };
}

/** Glide clients do not tell what they were made with. */
const madeWith = new WeakMap<GlideClient, 2 | 3>();

export const glideSession: ClientSession<GlideClient> = {
  name: 'valkey-glide',
  connect: async (target, protocol) => {
    const client = await connect(target, protocol);
    madeWith.set(client, protocol);
    return client;
  },
  close: async (client) => client.close(),
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

async function another(client: GlideClient, target: SessionTarget): Promise<GlideClient> {
  return connect(target, madeWith.get(client) ?? 2);
}

async function values(client: GlideClient): Promise<void> {
  expect(await client.set('k', 'v')).toBe('OK');
  expect(await client.expire('k', 100)).toBe(true);
  expect(await client.get('k')).toBe('v');
  expect(await client.ttl('k')).toBeGreaterThan(90);
  expect(await client.mset({ a: '1', b: '2' })).toBe('OK');
  expect(await client.mget(['a', 'b', 'c'])).toEqual(['1', '2', null]);
  expect(await client.incrBy('a', 5)).toBe(6);
  expect(await client.hset('h', { f: 'v', g: 'w' })).toBe(2);
  const hash = await client.hgetall('h');
  expect(hash.map((entry) => `${entry.field}=${entry.value}`).sort()).toEqual(['f=v', 'g=w']);
  expect(await client.zadd('z', { one: 1, two: 2.5 })).toBe(2);
  expect(await client.zrangeWithScores('z', { start: 0, end: -1 })).toEqual([
    { element: 'one', score: 1 },
    { element: 'two', score: 2.5 },
  ]);
  expect(await client.zscore('z', 'two')).toBe(2.5);
  expect(await client.sadd('s', ['x', 'y'])).toBe(2);
  expect([...(await client.smembers('s'))].sort()).toEqual(['x', 'y']);
  expect(await client.rpush('l', ['a', 'b'])).toBe(2);
  expect(await client.lrange('l', 0, -1)).toEqual(['a', 'b']);
  await expect(client.incr('k')).rejects.toThrow('not an integer');
  await expect(client.customCommand(['NOSUCH', 'x'])).rejects.toThrow('unknown command');
}

async function pipelines(client: GlideClient, target: SessionTarget): Promise<void> {
  const pipeline = new Batch(false);
  for (let index = 0; index < 500; index++) pipeline.set(`p${index}`, String(index)).get(`p${index}`);
  const results = (await client.exec(pipeline, true)) ?? [];
  expect(results).toHaveLength(1000);
  expect(results[999]).toBe('499');
  const together = await Promise.all(Array.from({ length: 300 }, (_, index) => client.get(`p${index}`)));
  expect(together[299]).toBe('299');
  const atomic = new Batch(true).set('t', '1').incr('t').hset('th', { f: 'v' });
  expect(await client.exec(atomic, true)).toEqual(['OK', 2, 1]);
  const other = await another(client, target);
  await client.watch(['t']);
  await other.set('t', 'changed');
  other.close();
  expect(await client.exec(new Batch(true).set('t', '2'), true)).toBeNull();
  expect(await client.get('t')).toBe('changed');
}

async function pubsub(client: GlideClient, target: SessionTarget): Promise<void> {
  // Glide subscribes over RESP3 only.
  if (madeWith.get(client) !== 3) return;
  const subscriber = await connect(target, 3, { channels: ['news', 'weather'], patterns: ['n*'] });
  const subscribed = async (): Promise<boolean> =>
    JSON.stringify(await client.customCommand(['PUBSUB', 'NUMSUB', 'news', 'weather'])).match(/1.*1/) !==
      null && (await client.customCommand(['PUBSUB', 'NUMPAT'])) === 1;
  await waitUntil(subscribed, 'the subscriptions');
  await client.publish('one', 'news');
  await client.publish('two', 'weather');
  const heard: string[] = [];
  for (let left = 3; left > 0; left--) {
    const message = await subscriber.getPubSubMessage();
    heard.push(`${message.pattern ?? ''} ${message.channel} ${message.message}`);
  }
  expect(heard.sort()).toEqual([' news one', ' weather two', 'n* news one']);
  expect(await subscriber.set('while', 'subscribed')).toBe('OK');
  expect(await subscriber.get('while')).toBe('subscribed');
  subscriber.close();
}

async function blocking(client: GlideClient, target: SessionTarget): Promise<void> {
  const waiter = await another(client, target);
  const popped = waiter.blpop(['queue'], 5);
  const blocked = async (): Promise<boolean> =>
    /blocked_clients:1\r/.test(String(await client.customCommand(['INFO', 'clients'])));
  await waitUntil(blocked, 'a blocked client');
  await client.rpush('queue', ['job']);
  expect(await popped).toEqual(['queue', 'job']);
  expect(await waiter.brpop(['queue'], 0.02)).toBeNull();
  expect(await waiter.bzpopmin(['zqueue'], 0.02)).toBeNull();
  waiter.close();
}

async function scan(client: GlideClient): Promise<void> {
  const batch = new Batch(false);
  for (let index = 0; index < 300; index++)
    batch.set(`scan:${index}`, 'x').hset('scanhash', { [`f${index}`]: 'x' });
  await client.exec(batch, true);
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, page] = await client.scan(cursor, { match: 'scan:*', count: 50 });
    for (const key of page) keys.add(String(key));
    cursor = String(next);
  } while (cursor !== '0');
  expect(keys.size).toBe(300);
  let fields = 0;
  do {
    const [next, page] = await client.hscan('scanhash', cursor, { count: 50 });
    fields += page.length / 2;
    cursor = String(next);
  } while (cursor !== '0');
  expect(fields).toBe(300);
}

async function scripts(client: GlideClient): Promise<void> {
  const script = new Script('return {KEYS[1], ARGV[1], 7}');
  expect(await client.invokeScript(script, { keys: ['k'], args: ['v'] })).toEqual(['k', 'v', 7]);
  await client.scriptFlush();
  expect(await client.invokeScript(script, { keys: ['k'], args: ['w'] })).toEqual(['k', 'w', 7]);
  expect(await client.customCommand(['EVAL', 'return ARGV[1]', '0', 'x'])).toBe('x');
  await expect(client.customCommand(['EVALSHA', 'f'.repeat(40), '0'])).rejects.toThrow(/NOSCRIPT|NoScript/i);
}

async function streams(client: GlideClient): Promise<void> {
  const first = String(await client.xadd('x', [['f', '1']]));
  await client.xadd('x', [['f', '2']], { trim: { method: 'maxlen', threshold: 100, exact: false } });
  expect(await client.xgroupCreate('x', 'g', '0')).toBe('OK');
  await expect(client.xgroupCreate('x', 'g', '0')).rejects.toThrow(/BUSYGROUP|already exists/);
  expect(JSON.stringify(await client.xreadgroup('g', 'c', { x: '>' }, { count: 10 }))).toContain(first);
  expect(await client.xack('x', 'g', [first])).toBe(1);
  expect((await client.xpending('x', 'g'))[0]).toBe(1);
  expect(await client.xlen('x')).toBe(2);
}

async function reconnect(client: GlideClient, target: SessionTarget): Promise<void> {
  expect(await client.customCommand(['CLIENT', 'GETNAME'])).toBe('session');
  expect(String(await client.customCommand(['CLIENT', 'INFO']))).toContain('lib-name=');
  await client.select(1);
  await client.set('in', 'one');
  expect(await client.get('in')).toBe('one');
  await target.dropClients();
  await waitUntil(async () => (await client.ping()) === 'PONG', 'the client to work again');
  expect(await client.customCommand(['CLIENT', 'GETNAME'])).toBe('session');
}
