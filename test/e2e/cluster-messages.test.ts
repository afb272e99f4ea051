/** What clients before a cluster hear beside replies: in which order, and while slots move and nodes come and go. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { beginMove, endMove, moveSlot, ownerOf, slotOf } from '../support/reshard.ts';
import type { TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const CHANNEL = '__redis__:invalidate';
/** Nodes that are stopped for a moment are not to be taken for failed ones. */
const NODE_TIMEOUT = ['--cluster-node-timeout', '60000'];
const LONG_MS = 180_000;

describe.each(['redis-7.0', 'valkey-9.1'] as const)('messages before a cluster of %s', (name) => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  let writer: RawClient;

  beforeAll(async () => {
    cluster = await startCluster(name, 3, false, { args: NODE_TIMEOUT });
    gateway = await startGateway({ primary: cluster.url, workers: 1 });
    writer = await gateway.client();
  }, LONG_MS);

  /** The node that has told of a subscription to this channel. */
  async function listenedAt(channel: string): Promise<TestServer> {
    let found: TestServer | undefined;
    await waitUntil(async () => {
      for (const node of cluster.masters)
        if (String(await ask(node, 'PUBSUB', 'CHANNELS')).includes(channel)) found = node;
      return found !== undefined;
    }, 'the subscription');
    return found as TestServer;
  }

  /** A key of a slot that the node does not have, and its owner. */
  async function keyElsewhere(node: TestServer): Promise<string> {
    for (const key of ['{a}', '{b}', '{c}', '{d}', '{e}', '{f}'])
      if ((await ownerOf(cluster, slotOf(key))) !== node) return key;
    throw new Error('all keys have one owner');
  }

  it('in RESP2 nothing that was redirected comes before the confirmation of a subscription', async () => {
    const first = await gateway.client();
    first.sendCommand('SUBSCRIBE', 'where');
    expect(await first.read()).toEqual(['subscribe', 'where', 1]);
    const asleep = await listenedAt('where');
    const key = await keyElsewhere(asleep);
    const [reader, target] = [await gateway.client(), await gateway.client()];
    const id = Number(await target.call('CLIENT', 'ID'));
    expect(await reader.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id)).toBe('OK');
    const change = async (): Promise<void> => {
      await reader.call('GET', key);
      await writer.call('SET', key, 'v');
      // Behind it on every way that it may take.
      expect(await reader.call('GET', key)).toBe('v');
    };
    asleep.pause();
    target.sendCommand('SUBSCRIBE', 'any');
    await change();
    await change();
    asleep.resume();
    expect(await target.read()).toEqual(['subscribe', 'any', 1]);
    for (let round = 0; round < 2; round++) expect(await target.read()).toEqual(['message', CHANNEL, [key]]);
    // Who listens to nothing any more hears of nothing.
    expect(await target.call('UNSUBSCRIBE')).toEqual(['unsubscribe', 'any', 0]);
    await change();
    target.sendCommand('PSUBSCRIBE', 'p*');
    expect(await target.read()).toEqual(['psubscribe', 'p*', 1]);
    await reader.call('GET', key);
    await writer.call('SET', key, 'w');
    expect(await target.read()).toEqual(['message', CHANNEL, [key]]);
    for (const client of [first, reader, target]) client.close();
  });

  it.each([2, 3] as const)(
    'a shard channel whose slot has moved is subscribed to again, RESP%i',
    async (resp) => {
      const channel = `{shard${resp}}`;
      const subscriber = await gateway.client();
      await subscriber.call('HELLO', String(resp));
      const next = async (): Promise<unknown> =>
        resp === 3 ? ((await subscriber.readPush()) as { push: unknown }).push : subscriber.read();
      const slot = slotOf(channel);
      const [from, to] = [await ownerOf(cluster, slot), cluster.masters] as const;
      const other = to.find((node) => node !== from) as TestServer;
      for (const [source, target] of [
        [from, other],
        [other, from],
      ] as const) {
        subscriber.sendCommand('SSUBSCRIBE', channel);
        expect(await next()).toEqual(['ssubscribe', channel, 1]);
        expect(await writer.call('SPUBLISH', channel, 'before')).toBe(1);
        expect(await next()).toEqual(['smessage', channel, 'before']);
        await moveSlot(slot, source, target);
        // As the node says.
        expect(await next()).toEqual(['sunsubscribe', channel, 0]);
      }
      // The gateway learns of it by the redirect, and the client does not.
      await moveSlot(slot, from, other);
      subscriber.sendCommand('SSUBSCRIBE', channel);
      subscriber.sendCommand('SSUBSCRIBE', `${channel}2`);
      expect(await next()).toEqual(['ssubscribe', channel, 1]);
      expect(await next()).toEqual(['ssubscribe', `${channel}2`, 2]);
      expect(await writer.call('SPUBLISH', channel, 'after')).toBe(1);
      expect(await next()).toEqual(['smessage', channel, 'after']);
      // Elsewhere it cannot be without losing those.
      const elsewhere = await keyElsewhere(other);
      subscriber.sendCommand('SSUBSCRIBE', elsewhere);
      expect(await subscriber.read()).toEqual({
        error: expect.stringMatching(/^ERR lockstep: this connection has/),
      });
      subscriber.sendCommand('SUNSUBSCRIBE');
      const left = [await next(), await next()];
      expect(left.map((one) => (one as unknown[])[2])).toEqual([1, 0]);
      subscriber.sendCommand('SSUBSCRIBE', elsewhere);
      expect(await next()).toEqual(['ssubscribe', elsewhere, 1]);
      subscriber.close();
    },
  );

  it('CLIENT CACHING is about a command that is sent behind ASKING as well', async () => {
    const reader = await gateway.client();
    await reader.hello3();
    expect(await reader.call('CLIENT', 'TRACKING', 'ON', 'OPTIN')).toBe('OK');
    const key = '{asked}';
    const slot = slotOf(key);
    const from = await ownerOf(cluster, slot);
    const to = cluster.masters.find((node) => node !== from) as TestServer;
    await beginMove(slot, from, to);
    await writer.call('SET', key, '1');
    expect(await ask(from, 'CLUSTER', 'COUNTKEYSINSLOT', slot)).toBe(0);
    expect(
      await reader.pipeline([
        ['CLIENT', 'CACHING', 'YES'],
        ['GET', key],
      ]),
    ).toEqual(['OK', '1']);
    // Nobody can say both to the node, so the client must not keep it.
    expect(await reader.readPush()).toEqual({ push: ['invalidate', null] });
    await endMove(slot, from, to);
    await waitUntil(async () => {
      await reader.pipeline([
        ['CLIENT', 'CACHING', 'YES'],
        ['GET', key],
      ]);
      await writer.call('INCR', key);
      await reader.call('PING');
      return reader.pushes.some((push) => JSON.stringify(push).includes(key));
    }, 'the new owner to tell');
    reader.close();
  });

  it('MONITOR goes on while a node is away, and shows what it is sent when it is back', async () => {
    const monitor = await gateway.client();
    expect(await monitor.call('MONITOR')).toBe('OK');
    const seen: string[] = [];
    const look = async (wanted: string): Promise<void> => {
      while (!seen.some((line) => line.includes(wanted))) seen.push(String(await monitor.read()));
    };
    const lost = cluster.masters[1] as TestServer;
    const key = await keyElsewhere(lost);
    let there = '';
    for (const one of ['{a}', '{b}', '{c}', '{d}', '{e}', '{f}'])
      if ((await ownerOf(cluster, slotOf(one))) === lost) there = one;
    await writer.call('SET', there, 'first');
    await look(`"SET" "${there}" "first"`);
    await lost.stop('SIGKILL');
    await writer.call('SET', key, 'meanwhile');
    await look(`"SET" "${key}" "meanwhile"`);
    await lost.restart();
    await waitUntil(async () => {
      // Its line comes once the gateway watches the node again.
      await writer.call('SET', there, 'again');
      await writer.call('SET', key, 'marks');
      seen.length = 0;
      await look(`"SET" "${key}" "marks"`);
      return seen.some((line) => line.includes('"again"'));
    }, 'the node to be watched again');
    monitor.close();
  });
});
