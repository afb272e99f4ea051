/** A session of typical use with node-redis. */
import { createClient, defineScript } from 'redis';
import { expect } from 'vitest';
import { waitUntil } from '../../support/wait.ts';
import type { ClientSession, SessionTarget } from './session.ts';

const addUp = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: "return redis.call('INCRBY', KEYS[1], ARGV[1])",
  parseCommand(parser, key: string, by: number) {
    parser.pushKey(key);
    parser.push(String(by));
  },
  transformReply: (reply: unknown) => Number(reply),
});

function create(target: SessionTarget, protocol: 2 | 3) {
  return createClient({
    socket: { port: target.port, host: '127.0.0.1', reconnectStrategy: () => 20 },
    RESP: protocol,
    name: 'session',
    scripts: { addUp },
  });
}
type Client = ReturnType<typeof create>;

async function open(client: Client): Promise<Client> {
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export const nodeRedisSession: ClientSession<Client> = {
  name: 'node-redis',
  connect: (target, protocol) => open(create(target, protocol)),
  close: async (client) => {
    if (client.isOpen) client.destroy();
  },
  chapters: [
    { name: 'values', run: values },
    { name: 'pipelines and transactions', run: pipelines },
    { name: 'publish and subscribe', run: pubsub },
    { name: 'blocking pops', run: blocking },
    { name: 'scan iteration', run: scan },
    { name: 'scripts', run: scripts },
    { name: 'streams with groups', run: streams },
    { name: 'client-side caching', run: caching },
    { name: 'connection state and reconnect', run: reconnect },
  ],
};

async function values(client: Client): Promise<void> {
  expect(await client.set('k', 'v', { expiration: { type: 'EX', value: 100 } })).toBe('OK');
  expect(await client.get('k')).toBe('v');
  expect(await client.ttl('k')).toBeGreaterThan(90);
  expect(await client.mSet({ a: '1', b: '2' })).toBe('OK');
  expect(await client.mGet(['a', 'b', 'c'])).toEqual(['1', '2', null]);
  expect(await client.incrBy('a', 5)).toBe(6);
  expect(await client.hSet('h', { f: 'v', g: 'w' })).toBe(2);
  expect({ ...(await client.hGetAll('h')) }).toEqual({ f: 'v', g: 'w' });
  expect(
    await client.zAdd('z', [
      { score: 1, value: 'one' },
      { score: 2.5, value: 'two' },
    ]),
  ).toBe(2);
  expect(await client.zRangeWithScores('z', 0, -1)).toEqual([
    { value: 'one', score: 1 },
    { value: 'two', score: 2.5 },
  ]);
  expect(await client.zScore('z', 'two')).toBe(2.5);
  expect(await client.sAdd('s', ['x', 'y'])).toBe(2);
  expect([...(await client.sMembers('s'))].sort()).toEqual(['x', 'y']);
  expect(await client.rPush('l', ['a', 'b'])).toBe(2);
  expect(await client.lRange('l', 0, -1)).toEqual(['a', 'b']);
  await expect(client.incr('k')).rejects.toThrow('ERR value is not an integer');
  await expect(client.sendCommand(['NOSUCH', 'x'])).rejects.toThrow('ERR unknown command');
}

async function pipelines(client: Client): Promise<void> {
  const writes = Array.from({ length: 500 }, (_, index) => client.set(`p${index}`, String(index)));
  const reads = Array.from({ length: 500 }, (_, index) => client.get(`p${index}`));
  await Promise.all(writes);
  expect((await Promise.all(reads))[499]).toBe('499');
  expect(await client.multi().set('t', '1').incr('t').hSet('th', 'f', 'v').exec()).toEqual(['OK', 2, 1]);
  expect(await client.multi().set('t', '1').get('t').execAsPipeline()).toEqual(['OK', '1']);
  const other = await open(client.duplicate());
  await client.watch('t');
  await other.set('t', 'changed');
  other.destroy();
  await expect(client.multi().set('t', '2').exec()).rejects.toThrow('watched keys has been changed');
  await expect(client.multi().set('t', '1').addCommand(['NOSUCH']).exec()).rejects.toThrow();
  expect(await client.get('t')).toBe('changed');
}

async function pubsub(client: Client): Promise<void> {
  const subscriber = await open(client.duplicate());
  const heard: string[] = [];
  await subscriber.subscribe(['news', 'weather'], (message, channel) => heard.push(`${channel} ${message}`));
  await subscriber.pSubscribe('n*', (message, channel) => heard.push(`n* ${channel} ${message}`));
  await subscriber.sSubscribe('shard', (message, channel) => heard.push(`${channel} ${message}`));
  expect(await client.publish('news', 'one')).toBe(2);
  await client.publish('weather', 'two');
  await client.sPublish('shard', 'three');
  await waitUntil(() => heard.length === 4, 'four messages');
  expect([...heard].sort()).toEqual(['n* news one', 'news one', 'shard three', 'weather two']);
  expect(await client.pubSubNumSub(['news'])).toEqual(expect.objectContaining({ news: 1 }));
  await subscriber.unsubscribe();
  await subscriber.pUnsubscribe();
  await subscriber.sUnsubscribe('shard');
  expect(await subscriber.get('nothing')).toBeNull();
  subscriber.destroy();
}

async function blocking(client: Client): Promise<void> {
  const waiter = await open(client.duplicate());
  const popped = waiter.blPop('queue', 5);
  await waitUntil(async () => /blocked_clients:1\r/.test(await client.info('clients')), 'a blocked client');
  await client.rPush('queue', 'job');
  expect(await popped).toEqual({ key: 'queue', element: 'job' });
  expect(await waiter.brPop('queue', 0.02)).toBeNull();
  expect(await waiter.bzPopMin('zqueue', 0.02)).toBeNull();
  expect(await waiter.blMove('queue', 'done', 'LEFT', 'RIGHT', 0.02)).toBeNull();
  waiter.destroy();
}

async function scan(client: Client): Promise<void> {
  await Promise.all(Array.from({ length: 300 }, (_, index) => client.set(`scan:${index}`, 'x')));
  await client.hSet(
    'scanhash',
    Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, 'x'])),
  );
  const keys = new Set<string>();
  for await (const page of client.scanIterator({ MATCH: 'scan:*', COUNT: 50 }))
    for (const key of page) keys.add(key);
  expect(keys.size).toBe(300);
  let fields = 0;
  for await (const page of client.hScanIterator('scanhash', { COUNT: 50 })) fields += page.length;
  expect(fields).toBe(300);
}

async function scripts(client: Client): Promise<void> {
  const options = { keys: ['k'], arguments: ['v'] };
  expect(await client.eval('return {KEYS[1], ARGV[1], 7}', options)).toEqual(['k', 'v', 7]);
  expect(await client.addUp('sum', 5)).toBe(5);
  await client.scriptFlush();
  expect(await client.addUp('sum', 5)).toBe(10);
  await expect(client.evalSha('f'.repeat(40), options)).rejects.toThrow('NOSCRIPT');
}

async function streams(client: Client): Promise<void> {
  const first = await client.xAdd('x', '*', { f: '1' });
  await client.xAdd(
    'x',
    '*',
    { f: '2' },
    { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: 100 } },
  );
  expect(await client.xGroupCreate('x', 'g', '0')).toBe('OK');
  await expect(client.xGroupCreate('x', 'g', '0')).rejects.toThrow('BUSYGROUP');
  const read = await client.xReadGroup('g', 'c', { key: 'x', id: '>' }, { COUNT: 10 });
  expect(JSON.stringify(read)).toContain(first);
  expect(await client.xAck('x', 'g', first)).toBe(1);
  expect((await client.xPending('x', 'g')).pending).toBe(1);
  const entries = (await client.xRange('x', '-', '+')) ?? [];
  expect(entries.map((entry) => entry?.message.f)).toEqual(['1', '2']);
  expect((await client.xInfoStream('x')).length).toBe(2);
}

async function caching(client: Client, target: SessionTarget): Promise<void> {
  if (client.options?.RESP !== 3) return;
  const cached = createClient({
    socket: { port: target.port, host: '127.0.0.1' },
    RESP: 3,
    clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' },
  });
  cached.on('error', () => undefined);
  await cached.connect();
  await client.set('cached', 'one');
  expect(await cached.get('cached')).toBe('one');
  expect(await cached.get('cached')).toBe('one');
  await client.set('cached', 'two');
  await waitUntil(async () => (await cached.get('cached')) === 'two', 'the invalidation of a cached value');
  cached.destroy();
}

async function reconnect(client: Client, target: SessionTarget): Promise<void> {
  expect(await client.clientGetName()).toBe('session');
  await client.select(1);
  await client.set('in', 'one');
  await target.dropClients();
  const works = async () => client.isReady && (await client.get('in')) === 'one';
  await waitUntil(works, 'the client to work in its database again');
  const info = await client.clientInfo();
  expect(info.name).toBe('session');
  await client.close();
}
