/**
 * Client-side caching across worker threads: wherever the kernel has put two clients, one may be told of the other's
 * keys; and what happens when an end of it goes away.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { readDivergences } from '../support/load/verdicts.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const CHANNEL = '__redis__:invalidate';
const PAIRS = 24;

/** Clients are spread over workers by the kernel: with so many pairs, some are on different ones. */
async function connectPairs(port: number): Promise<readonly (readonly [RawClient, RawClient])[]> {
  const pairs: (readonly [RawClient, RawClient])[] = [];
  for (let index = 0; index < PAIRS; index++)
    pairs.push([await RawClient.connect({ port }), await RawClient.connect({ port })]);
  return pairs;
}

describe.each([false, true])('shadow: %s', (hasShadow) => {
  let primary: TestServer;
  let gateway: TestGateway;
  beforeAll(async () => {
    primary = await startServer('valkey-8.0');
    const shadow = hasShadow ? await startServer('valkey-8.0') : undefined;
    gateway = await startGateway({
      primary: primary.url,
      ...(shadow === undefined ? {} : { shadow: shadow.url }),
      workers: 3,
    });
  });
  it('redirects from any worker to any other', async () => {
    const writer = await gateway.client();
    const pairs = await connectPairs(gateway.port);
    const wanted: string[] = [];
    for (const [index, [reader, target]] of pairs.entries()) {
      const id = Number(await target.call('CLIENT', 'ID'));
      if (index % 2 === 0) await target.call('SUBSCRIBE', CHANNEL);
      else await target.hello3();
      expect(await reader.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id)).toBe('OK');
      expect(await reader.call('CLIENT', 'GETREDIR')).toBe(id);
      await reader.call('GET', `key:${index}`);
      wanted.push(`key:${index}`);
    }
    for (const key of wanted) await writer.call('SET', key, 'x');
    const heard: unknown[] = [];
    for (const [index, [, target]] of pairs.entries()) {
      heard.push(index % 2 === 0 ? await target.read() : await target.readPush());
    }
    expect(heard).toEqual(
      wanted.map((key, index) =>
        index % 2 === 0 ? ['message', CHANNEL, [key]] : { push: ['invalidate', [key]] },
      ),
    );
    for (const client of pairs.flat()) client.close();
  });

  it('names the lost target by the id that its client knew', async () => {
    const writer = await gateway.client();
    for (const [reader, target] of await connectPairs(gateway.port)) {
      await reader.hello3();
      const id = Number(await target.call('CLIENT', 'ID'));
      await reader.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id);
      await reader.call('GET', 'shared');
      await target.call('QUIT');
      await target.waitForClose();
      await writer.call('SET', 'shared', 'x');
      expect(await reader.readPush()).toEqual({ push: ['tracking-redir-broken', id] });
      expect(await reader.call('CLIENT', 'GETREDIR')).toBe(id);
      reader.close();
    }
  });

  it('gives the connection back when tracking is off', async () => {
    const client = await gateway.client();
    const id = await client.call('CLIENT', 'ID');
    // The server's own count: through the gateway, INFO tells of the gateway's clients.
    const direct = await primary.client();
    const connections = async (): Promise<number> => {
      const found = /connected_clients:(\d+)/.exec(String(await direct.call('INFO', 'clients')));
      return Number(found?.[1]);
    };
    await client.call('CLIENT', 'TRACKING', 'ON');
    const during = await connections();
    expect(await client.call('CLIENT', 'TRACKING', 'OFF')).toBe('OK');
    await waitUntil(async () => (await connections()) < during, 'the connection is closed');
    expect(await client.call('CLIENT', 'ID')).toBe(id);
    client.close();
    direct.close();
  });

  it('shows nothing that differs', async () => {
    if (hasShadow) await gateway.shadowIdle();
    expect(await readDivergences(gateway)).toEqual({ total: 0, items: [] });
  });

  it('closes a client that tracks when the primary is lost', async () => {
    const client = await gateway.client();
    await client.hello3();
    await client.call('CLIENT', 'TRACKING', 'ON');
    await client.call('GET', 'k');
    const other = await gateway.client();
    await primary.restart();
    await client.waitForClose();
    await waitUntil(async () => (await other.call('GET', 'k')) === null, 'others go on');
    other.close();
  });
});

it.each([
  ['pooled', { password: 'secret' }],
  ['pinned', {}],
] as const)('RESET keeps a %s connection that others know', async (sessions, options) => {
  const primary = await startServer('redis-8.0', options);
  const gateway = await startGateway({ primary: primary.url, config: { upstream: { sessions } } });
  const [target, reader] = [await gateway.client(), await gateway.client()];
  await target.hello3();
  const id = Number(await target.call('CLIENT', 'ID'));
  expect(await reader.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id)).toBe('OK');
  expect(await target.call('SELECT', '1')).toBe('OK');
  expect(await target.call('RESET')).toBe('RESET');
  expect(await target.call('SET', 'in0', '1')).toBe('OK');
  expect(await target.call('CLIENT', 'ID')).toBe(id);
  await target.hello3();
  expect(await reader.call('GET', 'in0')).toBe('1');
  await target.call('SET', 'in0', '2');
  expect(await target.readPush()).toEqual({ push: ['invalidate', ['in0']] });
  expect(await reader.call('CLIENT', 'GETREDIR')).toBe(id);
  for (const client of [target, reader]) client.close();
});
