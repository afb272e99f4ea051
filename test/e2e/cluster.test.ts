/** A gateway before a cluster: clients see one server, whatever moves behind it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { beginMove, endMove, moveKeys, moveSlot, slotOf } from '../support/reshard.ts';
import { serverNames } from '../support/servers.ts';

describe.each(serverNames)('a cluster of %s', (name) => {
  let cluster: TestCluster;
  let gateway: TestGateway;

  beforeAll(async () => {
    cluster = await startCluster(name);
    gateway = await startGateway({ primary: cluster.url });
  });

  function ownerOf(slot: number): number {
    return Math.min(2, Math.floor((slot * 3) / 16384));
  }

  it('is one server to clients', async () => {
    const client = await gateway.client();
    const keys = Array.from({ length: 200 }, (_, index) => `key:${index}`);
    const replies = await client.pipeline(
      keys.flatMap((key) => [
        ['SET', key, key],
        ['GET', key],
      ]),
    );
    expect(replies).toEqual(keys.flatMap((key) => ['OK', key]));
    expect(await client.call('MGET', 'key:1', 'none', 'key:3', 'key:2')).toEqual([
      'key:1',
      null,
      'key:3',
      'key:2',
    ]);
    expect(await client.call('DBSIZE')).toBe(200);
    expect(await client.call('DEL', ...keys.slice(0, 50), 'none')).toBe(50);
    expect(((await client.call('KEYS', '*')) as string[]).sort()).toEqual(keys.slice(50).sort());
    const scanned = new Set<string>();
    for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
      const [next, page] = (await client.call('SCAN', cursor, 'COUNT', '10')) as [string, string[]];
      for (const key of page) scanned.add(key);
      cursor = next;
    }
    expect([...scanned].sort()).toEqual(keys.slice(50).sort());
    expect(await client.call('MSET', 'a', '1', 'b', '2', 'c', '3')).toBe('OK');
    expect(await client.call('MSETNX', 'a', '1', 'b', '2')).toEqual({
      error: expect.stringMatching(/^CROSSSLOT /),
    });
    expect(await client.call('PING')).toBe('PONG');
    const sha = await client.call('SCRIPT', 'LOAD', 'return redis.call("GET", KEYS[1])');
    expect(await client.pipeline(['a', 'b', 'c'].map((key) => ['EVALSHA', String(sha), '1', key]))).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(await client.call('FLUSHALL')).toBe('OK');
    expect(await client.call('DBSIZE')).toBe(0);
    const up = async (): Promise<number[]> =>
      (await gateway.metrics()).find('upstream_up', { target: 'primary' }).map(({ value }) => value);
    await expect.poll(up).toEqual([1, 1, 1]);
    client.close();
  });

  it('follows a slot that has moved, and keeps the order of its commands', async () => {
    const client = await gateway.client();
    const slot = slotOf('{moved}');
    const [from, to] = [cluster.masters[ownerOf(slot)]!, cluster.masters[(ownerOf(slot) + 1) % 3]!];
    await client.call('SET', '{moved}', '0');
    await moveSlot(slot, from, to);
    const commands = Array.from({ length: 500 }, () => ['INCR', '{moved}']);
    expect(await client.pipeline(commands)).toEqual(commands.map((_, index) => index + 1));
    client.close();
  });

  it('asks for keys of a slot that is on its way', async () => {
    const client = await gateway.client();
    const slot = slotOf('{way}');
    const [from, to] = [cluster.masters[ownerOf(slot)]!, cluster.masters[(ownerOf(slot) + 1) % 3]!];
    const keys = Array.from({ length: 50 }, (_, index) => `{way}:${index}`);
    await client.pipeline(keys.map((key) => ['SET', key, '0']));
    await beginMove(slot, from, to);
    await moveKeys(slot, from, to, 25);
    const increments = await client.pipeline(
      keys.flatMap((key) => [
        ['INCR', key],
        ['INCR', key],
      ]),
    );
    expect(increments).toEqual(keys.flatMap(() => [1, 2]));
    expect(await client.pipeline(Array.from({ length: 20 }, () => ['INCR', '{way}:new']))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    // Keys on both sides: waits until the slot is whole again.
    const reading = client.call('MGET', ...keys);
    while ((await moveKeys(slot, from, to)) > 0);
    await endMove(slot, from, to);
    expect(await reading).toEqual(keys.map(() => '2'));
    client.close();
  });
});
