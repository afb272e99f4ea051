/** WAIT and WAITAOF where the primary is a cluster: the replicas and append-only files of all shards. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { waitUntil } from '../support/wait.ts';

/** In slots of all three nodes. */
const KEYS = ['{a}', '{b}', '{c}', '{d}', '{e}', '{f}'];
const error = (text: RegExp): unknown => ({ error: expect.stringMatching(text) });

describe.each(['redis-8.0', 'valkey-9.1'] as const)('WAITAOF before a cluster of %s', (name) => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  let client: RawClient;

  beforeAll(async () => {
    cluster = await startCluster(name, 3, true, { args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    gateway = await startGateway({ primary: cluster.url });
    client = await gateway.client();
  });

  it('waits for the files of every shard, and of their replicas', async () => {
    await client.pipeline(KEYS.map((key) => ['SET', key, '1']));
    expect(await client.call('WAITAOF', '1', '1', '0')).toEqual([1, 1]);
    const [replica] = cluster.replicas;
    replica!.pause();
    await client.pipeline(KEYS.map((key) => ['INCR', key]));
    expect(await client.call('WAITAOF', '1', '0', '0')).toEqual([1, 0]);
    expect(await client.call('WAITAOF', '1', '1', '50')).toEqual([1, 0]);
    const waiting = client.pipeline([['WAITAOF', '1', '1', '0'], ['PING']]);
    const other = await gateway.client();
    expect(await other.call('INCR', KEYS[0]!)).toBe(3);
    replica!.resume();
    expect(await waiting).toEqual([[1, 1], 'PONG']);
    other.close();
  });

  it.each([
    // Replicas may not have told yet.
    ['WAITAOF', ['0', '5', '0'], /^\[1,[01]\]$/],
    ['WAIT', ['5', '0'], /^[01]$/],
  ] as const)('%s is shown as blocked, and can be unblocked', async (command, words, atTimeout) => {
    const waiter = await gateway.client();
    const own = Number(await waiter.call('CLIENT', 'ID'));
    const isBlocked = async (): Promise<boolean> =>
      String(await client.call('CLIENT', 'LIST', 'ID', own)).includes(' flags=b ');
    for (const how of ['ERROR', 'TIMEOUT']) {
      const reply = waiter.call(command, ...words);
      await waitUntil(isBlocked, 'the client to be shown as blocked');
      expect(await client.call('CLIENT', 'UNBLOCK', own, how)).toBe(1);
      const unblocked = await reply;
      if (how === 'ERROR') expect(unblocked).toEqual(error(/^UNBLOCKED /));
      else expect(JSON.stringify(unblocked)).toMatch(atTimeout);
      expect(await isBlocked()).toBe(false);
      expect(await client.call('CLIENT', 'UNBLOCK', own)).toBe(0);
    }
    waiter.close();
  });

  it('errors are those of the servers', async () => {
    const direct = await cluster.masters[0]!.client();
    for (const wrong of [
      ['x', '1', '1'],
      ['1', '1', '-1'],
      ['2', '1', '1'],
    ])
      expect(await client.call('WAITAOF', ...wrong)).toEqual(await direct.call('WAITAOF', ...wrong));
    direct.close();
    await ask(cluster.masters[1]!, 'CONFIG', 'SET', 'appendonly', 'no');
    expect(await client.call('WAITAOF', '1', '0', '10')).toEqual(error(/appendonly is disabled/));
  });
});
