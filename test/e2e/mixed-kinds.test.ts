/**
 * Commands that one server does and a cluster refuses, with one as the primary and the other as the shadow: nothing is
 * sent wrong, nothing is reported that is no news, and what is left out is counted and known.
 */
import { describe, expect, it } from 'vitest';
import { keySlot } from '../../src/base/slot.ts';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { serverNames, startServer, type TestServer } from '../support/servers.ts';

/** Keys of three slots, each of another node. */
const [A, B, C] = ['a', 'b', 'c'];

async function divergences(gateway: TestGateway): Promise<string[]> {
  const response = await gateway.request('/api/v1/divergences');
  const { items } = (await response.json()) as { items: { command: string; kind: string }[] };
  return items.map(({ command, kind }) => `${command} ${kind}`);
}

async function dropsOf(gateway: TestGateway, reason: string): Promise<number> {
  return (await gateway.metrics()).sum('shadow_dropped_total', { reason });
}

async function isDirty(gateway: TestGateway, key: string): Promise<boolean> {
  const response = await gateway.request('/api/v1/status');
  const { shadow } = (await response.json()) as { shadow: { dirty: { ranges: [number, number][] } } };
  const slot = keySlot(Buffer.from(`{${key}}`), 0, key.length + 2);
  return shadow.dirty.ranges.some(([first, last]) => slot >= first && slot <= last);
}

async function valueIn(cluster: TestCluster, key: string): Promise<unknown> {
  for (const node of cluster.masters) {
    const value = await ask(node, 'GET', key).catch((error: Error) => error);
    if (!(value instanceof Error)) return value;
  }
  throw new Error(`nobody has the slot of ${key}`);
}

describe.each(serverNames)('%s', (name) => {
  it('one server as the primary, a cluster as the shadow', async () => {
    const primary = await startServer(name);
    const cluster = await startCluster(name);
    const gateway = await startGateway({ primary: primary.url, shadow: cluster.url });
    const client = await gateway.client();
    await client.pipeline([
      ['MSET', A, '1', B, '2', C, '3'],
      ['MGET', A, B, C, 'none'],
      ['DEL', 'none', A],
      ['SORT', 'list', 'BY', 'weight_*'],
      ['DBSIZE'],
    ]);
    await gateway.shadowIdle();
    expect(await valueIn(cluster, B)).toBe('2');
    expect(await valueIn(cluster, A)).toBeNull();
    expect(await isDirty(gateway, B)).toBe(false);

    // Cannot be split: left out, and both keys are doubtful from then on.
    expect(await client.call('RENAME', B, C)).toBe('OK');
    await gateway.shadowIdle();
    expect(await dropsOf(gateway, 'cross_slot')).toBe(1);
    expect([await isDirty(gateway, B), await isDirty(gateway, C)]).toEqual([true, true]);
    expect(await isDirty(gateway, 'other')).toBe(false);

    // Refused by the cluster.
    await client.call('RPUSH', '{other}list', '2', '1');
    expect(await client.call('SORT', '{other}list', 'BY', 'weight_*', 'STORE', '{other}sorted')).toBe(2);
    await gateway.shadowIdle();
    expect(await isDirty(gateway, 'other')).toBe(true);

    // No such database there.
    const before = await dropsOf(gateway, 'database');
    expect(await client.call('SELECT', '1')).toBe('OK');
    expect(await client.call('SET', '{clean}1', 'v')).toBe('OK');
    expect(await client.call('GET', '{clean}1')).toBe('v');
    await gateway.shadowIdle();
    expect(await dropsOf(gateway, 'database')).toBe(before + 2);
    expect(await isDirty(gateway, 'clean')).toBe(false);
    expect(await client.call('SELECT', '0')).toBe('OK');
    expect(await client.call('SET', '{clean}2', 'v')).toBe('OK');
    await gateway.shadowIdle();
    expect(await valueIn(cluster, '{clean}2')).toBe('v');

    expect(await client.call('SWAPDB', '0', '1')).toBe('OK');
    await gateway.shadowIdle();
    expect(await isDirty(gateway, 'clean')).toBe(true);
    expect(await divergences(gateway)).toEqual([]);
    expect((await gateway.metrics()).sum('shadow_breaker_open', {})).toBe(0);
  });

  it('a cluster as the primary, one server as the shadow', async () => {
    const cluster = await startCluster(name);
    const shadow = await startServer(name);
    const gateway = await startGateway({ primary: cluster.url, shadow: shadow.url });
    const client = await gateway.client();
    const refused = async (server: TestServer, words: string[], pattern: RegExp): Promise<void> => {
      const before = await ask(server, 'DEBUG', 'DIGEST');
      expect(await client.call(...words)).toMatchObject({ error: expect.stringMatching(pattern) });
      await gateway.shadowIdle();
      expect(await ask(server, 'DEBUG', 'DIGEST'), words.join(' ')).toBe(before);
    };
    await client.pipeline([
      ['MSET', A, '1', B, '2', C, '3'],
      ['RPUSH', '{x}list', '2', '1'],
    ]);
    await gateway.shadowIdle();
    expect(await ask(shadow, 'MGET', A, B, C)).toEqual(['1', '2', '3']);
    await refused(shadow, ['RENAME', A, B], /^CROSSSLOT /);
    await refused(shadow, ['MSETNX', 'new1', '1', 'new2', '2'], /^CROSSSLOT /);
    await refused(shadow, ['SORT', '{x}list', 'BY', 'w_*', 'STORE', '{x}sorted'], /denied in Cluster mode/);
    await refused(shadow, ['SWAPDB', '0', '1'], /not allowed in cluster mode/);
    await refused(shadow, ['MOVE', A, '1'], /not allowed in cluster mode|DB index is out of range/);
    await refused(
      shadow,
      ['COPY', A, '{a}2', 'DB', '1'],
      /not allowed in cluster mode|DB index is out of range/,
    );
    expect(await divergences(gateway)).toEqual([]);
    // A script that was stopped has run in part: nobody knows how far.
    const script =
      "redis.call('SET', KEYS[1], 'half'); return redis.call('SET', 'elsewhere' .. ARGV[1], 'v')";
    for (const other of [A, B, C]) await client.call('EVAL', script, '1', A, other);
    await gateway.shadowIdle();
    expect(await divergences(gateway)).toEqual([]);
  });
});
