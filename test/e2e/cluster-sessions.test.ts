/** What keeps a connection of its own, before a cluster: transactions, blocking commands, subscriptions. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { beginMove, endMove, moveKeys, moveSlot, slotOf } from '../support/reshard.ts';
import { type ServerName, serverNames } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const error = (text: RegExp): unknown => ({ error: expect.stringMatching(text) });

const stages: readonly (readonly [ServerName, 'pooled' | 'pinned'])[] = [
  ...serverNames.map((name) => [name, 'pooled'] as const),
  ['redis-7.0', 'pinned'],
  ['valkey-9.1', 'pinned'],
];

describe.each(stages)('sessions before a cluster of %s, %s', (name, sessions) => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  let client: RawClient;

  beforeAll(async () => {
    cluster = await startCluster(name);
    gateway = await startGateway({ primary: cluster.url, config: { upstream: { sessions } } });
    client = await gateway.client();
  });

  /** Owner by the shares that a new cluster has, and the node after it. */
  function nodesOf(key: string) {
    const index = Math.min(2, Math.floor((slotOf(key) * 3) / 16384));
    return [cluster.masters[index]!, cluster.masters[(index + 1) % 3]!] as const;
  }

  it('transactions run on the node of their keys', async () => {
    for (const key of ['{a}', '{b}', '{c}', '{d}']) {
      const commands = [['MULTI'], ['PING'], ['SET', key, '1'], ['INCR', key], ['EXEC'], ['GET', key]];
      const replies = ['OK', 'QUEUED', 'QUEUED', 'QUEUED', ['PONG', 'OK', 2], '2'];
      expect(await client.pipeline(commands)).toEqual(replies);
      expect([await client.call('MULTI'), await client.call('GET', key), await client.call('EXEC')]).toEqual([
        'OK',
        'QUEUED',
        ['2'],
      ]);
    }
    expect(await client.pipeline([['MULTI'], ['EXEC'], ['MULTI'], ['SET', 'a', '1'], ['DISCARD']])).toEqual([
      'OK',
      [],
      'OK',
      'QUEUED',
      'OK',
    ]);
    expect(await client.call('EXEC')).toEqual(error(/^ERR EXEC without MULTI/));
  });

  it('transactions over several slots or nodes are refused as a whole', async () => {
    await client.pipeline([
      ['DEL', '{a}'],
      ['DEL', '{b}'],
    ]);
    expect(await client.pipeline([['MULTI'], ['SET', '{a}', '1'], ['SET', '{b}', '1'], ['EXEC']])).toEqual([
      'OK',
      'QUEUED',
      error(/^CROSSSLOT /),
      error(/^EXECABORT /),
    ]);
    expect(await client.pipeline([['MULTI'], ['SET', '{a}', '1'], ['DBSIZE'], ['EXEC']])).toEqual([
      'OK',
      'QUEUED',
      error(/concerns all of them/),
      error(/^EXECABORT /),
    ]);
    expect(await client.call('MGET', '{a}', '{b}')).toEqual([null, null]);
    // The connection that they had serves others now, and is in no transaction.
    for (const key of ['{a}', '{b}']) {
      const commands = [['WATCH', key], ['MULTI'], ['GET', key], ['EXEC']];
      expect(await client.pipeline(commands)).toEqual(['OK', 'OK', 'QUEUED', [null]]);
    }
  });

  it('what goes to another node waits until the connection has its answers', async () => {
    const keys = ['{a}', '{b}', '{c}', '{d}'];
    const commands = keys.flatMap((key) => [
      ['WATCH', key],
      ['UNWATCH'],
      ['WATCH', key],
      ['MULTI'],
      ['EXEC'],
    ]);
    const replies = keys.flatMap(() => ['OK', 'OK', 'OK', 'OK', []]);
    expect(await client.pipeline(commands)).toEqual(replies);
  });

  it('WATCH sees changes, and its own slot alone', async () => {
    const other = await gateway.client();
    await client.call('SET', '{w}', '1');
    expect(
      await client.pipeline([
        ['WATCH', '{w}'],
        ['GET', '{w}'],
        ['GET', '{other}'],
      ]),
    ).toEqual(['OK', '1', null]);
    expect(await client.pipeline([['MULTI'], ['INCR', '{w}'], ['EXEC']])).toEqual(['OK', 'QUEUED', [2]]);
    await client.call('WATCH', '{w}');
    await other.call('SET', '{w}', '5');
    expect(await client.pipeline([['MULTI'], ['INCR', '{w}'], ['EXEC']])).toEqual(['OK', 'QUEUED', null]);
    await client.call('WATCH', '{w}');
    expect(await client.call('WATCH', '{x}')).toEqual(error(/^CROSSSLOT /));
    expect(await client.call('UNWATCH')).toBe('OK');
    other.close();
  });

  it('a transaction follows its slot, before EXEC and between', async () => {
    const [from, to] = nodesOf('{moving}');
    const slot = slotOf('{moving}');
    await client.call('SET', '{moving}', '1');
    expect(await client.pipeline([['MULTI'], ['INCR', '{moving}']])).toEqual(['OK', 'QUEUED']);
    await moveSlot(slot, from, to);
    expect(await client.pipeline([['INCR', '{moving}'], ['EXEC']])).toEqual(['QUEUED', [2, 3]]);
    await client.call('WATCH', '{moving}');
    await moveSlot(slot, to, from);
    expect(await client.pipeline([['MULTI'], ['INCR', '{moving}'], ['EXEC']])).toEqual([
      'OK',
      'QUEUED',
      null,
    ]);
    await beginMove(slot, from, to);
    await moveKeys(slot, from, to);
    expect(await client.pipeline([['MULTI'], ['INCR', '{moving}'], ['EXEC']])).toEqual(['OK', 'QUEUED', [4]]);
    await endMove(slot, from, to);
    expect(await client.call('GET', '{moving}')).toBe('4');
  });

  it('blocking commands wait where their keys are, and follow them', async () => {
    const other = await gateway.client();
    const reading = client.call('BLPOP', '{list}', '0');
    const isParked = async (): Promise<boolean> => {
      for (const node of cluster.masters) {
        const asking = await node.client();
        const text = String(await asking.call('INFO', 'clients'));
        asking.close();
        if (text.includes('blocked_clients:1')) return true;
      }
      return false;
    };
    await waitUntil(isParked, 'the client to wait');
    expect(await other.call('RPUSH', '{list}', 'first')).toBe(1);
    expect(await reading).toEqual(['{list}', 'first']);
    expect(await client.call('BLPOP', '{list}', '{other}', '1')).toEqual(error(/^CROSSSLOT /));
    const [from, to] = nodesOf('{list}');
    const following = client.call('BLPOP', '{list}', '0');
    await waitUntil(isParked, 'the client to wait');
    await moveSlot(slotOf('{list}'), from, to);
    await other.call('RPUSH', '{list}', 'second');
    expect(await following).toEqual(['{list}', 'second']);
    other.close();
  });

  it.each([2, 3] as const)('subscriptions in RESP%i', async (resp) => {
    const [subscriber, publisher] = [await gateway.client(), await gateway.client()];
    await subscriber.call('HELLO', String(resp));
    const next = async (from: RawClient): Promise<unknown> =>
      resp === 3 ? ((await from.readPush()) as { push: unknown }).push : from.read();
    subscriber.sendCommand('SUBSCRIBE', 'news');
    expect(await next(subscriber)).toEqual(['subscribe', 'news', 1]);
    await publisher.call('PUBLISH', 'news', 'hello');
    expect(await next(subscriber)).toEqual(['message', 'news', 'hello']);
    const sharded = await gateway.client();
    await sharded.call('HELLO', String(resp));
    sharded.sendCommand('SSUBSCRIBE', '{shard}');
    expect(await next(sharded)).toEqual(['ssubscribe', '{shard}', 1]);
    expect(await publisher.call('SPUBLISH', '{shard}', 'part')).toBe(1);
    expect(await next(sharded)).toEqual(['smessage', '{shard}', 'part']);
    sharded.close();
    for (const one of [subscriber, publisher]) one.close();
  });

  it('of a client that listens in RESP3, a transaction does not overtake what it sent before', async () => {
    const listener = await gateway.client();
    await listener.call('HELLO', '3');
    listener.sendCommand('SUBSCRIBE', 'news');
    await listener.readPush();
    for (let round = 0; round < 20; round++) {
      const key = `{listens}${round}`;
      expect(
        await listener.pipeline([
          ...Array.from({ length: 20 }, () => ['INCR', key]),
          ['MULTI'],
          ['INCR', key],
          ['EXEC'],
          ['INCR', key],
        ]),
      ).toEqual([...Array.from({ length: 20 }, (_, at) => at + 1), 'OK', 'QUEUED', [21], 22]);
    }
    listener.close();
  });

  it('what is about one connection is refused', async () => {
    expect(await client.call('SET', 'after', '1')).toBe('OK');
    const replica = await gateway.client();
    expect(await replica.call('SYNC')).toEqual(error(/^ERR lockstep: .*not supported/));
    expect(await replica.call('GET', 'after')).toBe('1');
    replica.close();
  });
});
