/**
 * Clusters with several databases: a client's commands go on other connections once it has chosen another database or
 * user, and must not overtake what it has sent before to other nodes.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { encodeCommand } from '../support/raw-client.ts';
import { slotOf } from '../support/reshard.ts';

/** More than enough for a command that does not wait to have got there. */
const LOOKS = 40;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster('valkey-9.1', 3, false, { args: ['--cluster-databases', '16'] });
});

describe.each(['pooled', 'pinned'] as const)('%s sessions before a cluster with databases', (sessions) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ primary: cluster.url, workers: 1, config: { upstream: { sessions } } });
  });

  /** A key of the first node, which is the one that is asked whether the client may have what it wants. */
  const key = ['a', 'b', 'c', 'd', 'e', 'f'].find((name) => slotOf(name) < 16384 / 3)!;

  it.each([
    ['SELECT', [['SELECT', '1']]],
    ['AUTH', [['AUTH', 'ann', 'secret']]],
    ['HELLO', [['HELLO', '2', 'AUTH', 'ann', 'secret']]],
  ])('what comes behind %s waits for what was sent before to every node', async (name, change) => {
    const [client, other] = [await gateway.client(), await gateway.client()];
    await other.call('ACL', 'SETUSER', 'ann', 'reset', 'on', '>secret', '~*', '&*', 'alldbs', '+@all');
    const database = name === 'SELECT' ? '1' : '0';
    // Both have the connections that they need.
    for (const one of [client, other]) {
      await one.pipeline([['SELECT', database], ['GET', key], ['SELECT', '0'], ['FLUSHALL']]);
    }
    await other.call('SELECT', database);
    cluster.masters[2]!.pause();
    const behind = [
      ['SET', key, 'behind'],
      ['GET', key],
    ];
    client.send(Buffer.concat([['FLUSHALL'], ...change, ...behind].map(encodeCommand)));
    try {
      for (let look = 0; look < LOOKS; look += 1) expect(await other.call('GET', key)).toBeNull();
    } finally {
      cluster.masters[2]!.resume();
    }
    expect(await client.read()).toBe('OK');
    await client.read();
    expect([await client.read(), await client.read()]).toEqual(['OK', 'behind']);
    expect(await other.call('GET', key)).toBe('behind');
    for (const one of [client, other]) one.close();
  });
});
