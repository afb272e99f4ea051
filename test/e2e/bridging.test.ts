/**
 * Clients and servers that speak different versions of RESP: long replies are converted while they pass, messages of
 * several connections keep apart, and the mirror compares what the servers said. What single commands answer is shown
 * by `test/conformance/bridged.test.ts`.
 */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { residentBytes, watchMemory } from '../fault/process-memory.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { type ServerName, serverNames, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const MEGABYTE = 1024 * 1024;
const WITHOUT_HELLO = ['--rename-command', 'HELLO', ''];
const clients: RawClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function connect(port: number, protocol: 2 | 3): Promise<RawClient> {
  const client = await RawClient.connect({ port });
  clients.push(client);
  if (protocol === 3) await client.hello3();
  return client;
}

/** The reply of a server to a client of the same version. */
async function expected(server: TestServer, protocol: 2 | 3, command: readonly string[]): Promise<Buffer> {
  const client = await connect(server.port, protocol);
  return client.callBytes(...command);
}

describe.each(['resp2', 'resp3'] as const)('long replies, the server in %s', (protocol) => {
  const other = protocol === 'resp2' ? 3 : 2;
  let server: TestServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    server = await startServer('valkey-9.1');
    gateway = await startGateway({ primary: server.url, config: { upstream: { protocol } } });
    const filler = await connect(server.port, 2);
    await filler.call('SET', 'string', 'v'.repeat(96 * MEGABYTE));
    const script =
      'for i = 1, 30000 do redis.call("ZADD", KEYS[1], i + 0.5, "m" .. i); ' +
      'redis.call("HSET", KEYS[2], "f" .. i, "v" .. i) end';
    await filler.call('EVAL', script, '2', 'scores', 'fields');
  });

  it.each([
    ['GET', 'string'],
    ['ZRANGE', 'scores', '0', '-1', 'WITHSCORES'],
    ['HGETALL', 'fields'],
    ['MGET', 'none', 'string', 'none'],
  ])('%s %s', async (...command) => {
    const wanted = await expected(server, other, command);
    const client = await connect(gateway.port, other);
    const got = await client.callBytes(...command);
    expect(got.equals(wanted)).toBe(true);
    expect(await client.call('ECHO', 'behind')).toBe('behind');
  });

  it('are not held', async () => {
    const client = await connect(gateway.port, other);
    const command = ['MGET', 'none', 'string', 'none'];
    // From the second long reply on, the session has a connection of its own, and reads no faster than its client.
    await client.callBytes(...command);
    const before = residentBytes(gateway.pid);
    const memory = watchMemory(gateway.pid);
    for (let round = 0; round < 4; round++) {
      const reply = await client.callBytes(...command);
      expect(reply.length).toBeGreaterThan(96 * MEGABYTE);
    }
    expect((memory.stop() - before) / MEGABYTE).toBeLessThan(48);
  });
});

describe.each(serverNames)('a RESP3 client of %s without HELLO', (name: ServerName) => {
  let server: TestServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    server = await startServer(name, { args: WITHOUT_HELLO });
    gateway = await startGateway({ primary: server.url, workers: 2 });
  });

  it('hears messages between replies and never inside of one', async () => {
    const listener = await connect(gateway.port, 3);
    const publisher = await connect(gateway.port, 2);
    const value = 'v'.repeat(4 * MEGABYTE);
    await publisher.call('SET', 'long', value);
    listener.sendCommand('SUBSCRIBE', 'news');
    await waitUntil(() => listener.pushes.length === 1, 'the confirmation');
    for (let round = 0; round < 20; round++) {
      listener.sendCommand('GET', 'long');
      for (let at = 0; at < 20; at++) publisher.sendCommand('PUBLISH', 'news', `${round}-${at}`);
      expect(await listener.read()).toBe(value);
      for (let at = 0; at < 20; at++) expect(await publisher.read()).toBe(1);
    }
    await waitUntil(() => listener.pushes.length === 401, 'all messages');
    const texts = listener.pushes.slice(1).map((one) => (one as { push: readonly unknown[] }).push[2]);
    expect(texts).toEqual(Array.from({ length: 400 }, (_, at) => `${Math.floor(at / 20)}-${at % 20}`));
  });

  it('is told of keys that it has cached', async () => {
    const reader = await connect(gateway.port, 3);
    const writer = await connect(gateway.port, 2);
    expect(await reader.call('CLIENT', 'TRACKING', 'ON')).toBe('OK');
    await reader.call('GET', 'cached');
    await writer.call('SET', 'cached', '1');
    expect(await reader.readPush()).toEqual({ push: ['invalidate', ['cached']] });
    await writer.call('FLUSHALL');
    expect(await reader.readPush()).toEqual({ push: ['invalidate', null] });
  });

  it('is disconnected when the connection that it listens on is lost', async () => {
    const listener = await connect(gateway.port, 3);
    listener.sendCommand('SUBSCRIBE', 'lost');
    await waitUntil(() => listener.pushes.length === 1, 'the confirmation');
    const admin = await connect(server.port, 2);
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await listener.waitForClose();
  });

  it('leaves no listening connection behind', async () => {
    const listener = await connect(gateway.port, 3);
    const admin = await connect(server.port, 2);
    const channels = async (): Promise<unknown> => admin.call('PUBSUB', 'NUMSUB', 'short');
    listener.sendCommand('SUBSCRIBE', 'short');
    await waitUntil(() => listener.pushes.length === 1, 'the confirmation');
    expect(await channels()).toEqual(['short', 1]);
    listener.close();
    await waitUntil(async () => JSON.stringify(await channels()) === '["short",0]', 'the end of it');
  });
});

it('compares a primary in RESP3 with a shadow that has no HELLO', async () => {
  const primary = await startServer('redis-7.0');
  const shadow = await startServer('redis-7.0', { args: WITHOUT_HELLO });
  const gateway = await startGateway({ primary: primary.url, shadow: shadow.url });
  const client = await connect(gateway.port, 3);
  await client.call('ZADD', 'scores', '1.5', 'a', '2', 'b');
  await client.call('HSET', 'fields', 'f', 'v');
  await client.call('ZRANGE', 'scores', '0', '-1', 'WITHSCORES');
  await client.call('ZSCORE', 'scores', 'a');
  await client.call('HGETALL', 'fields');
  await client.call('ZMSCORE', 'scores', 'a', 'none');
  for (const command of ['MULTI', 'HGETALL fields', 'ZRANGE scores 0 -1 WITHSCORES', 'EXEC'])
    await client.call(...command.split(' '));
  await gateway.shadowIdle();
  expect((await gateway.admin('/api/v1/divergences')).items).toEqual([]);
  const direct = await connect(shadow.port, 2);
  expect(await direct.call('ZSCORE', 'scores', 'a')).toBe('1.5');
  // It is still told apart what differs.
  await direct.call('ZADD', 'scores', '7.25', 'a');
  await client.call('ZRANGE', 'scores', '0', '-1', 'WITHSCORES');
  await gateway.shadowIdle();
  const { items } = await gateway.admin('/api/v1/divergences');
  expect((items as { command: string; kind: string }[]).map(({ command, kind }) => [command, kind])).toEqual([
    ['zrange', expect.any(String)],
  ]);
});
