/** Pub/sub of the engine with several workers: each message goes to exactly those whom PUBLISH counts, in order. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { testSeed } from '../support/seed.ts';

const WORKERS = 3;
const CHANNELS = ['a', 'b', 'ab'];
const NAMES = [...CHANNELS, 'a*', '*b', '*'];

describe('pub/sub between clients of several workers', () => {
  let gateway: TestGateway;
  const connect = (): Promise<RawClient> => RawClient.connect({ port: gateway.port });

  beforeAll(async () => {
    gateway = await startGateway({ workers: WORKERS, config: { engine: { arenaBytes: '16mb' } } });
  });

  it('messages are as many as PUBLISH says while clients come and go', async () => {
    const random = createRandom(testSeed('engine pub/sub'));
    const subscribers = await Promise.all(Array.from({ length: 12 }, connect));
    const publishers = await Promise.all(Array.from({ length: 4 }, connect));
    const received = subscribers.map(async (client) => {
      await client.call('HELLO', '3');
      const on = new Set<string>();
      for (let step = 0; step < 150; step++) {
        const name = random.pick(NAMES);
        const command = `${on.delete(name) ? 'UN' : 'S'}`;
        if (command === 'S') on.add(name);
        const word = `${command === 'S' ? '' : 'UN'}SUBSCRIBE`;
        client.sendCommand(name.includes('*') ? `P${word}` : word, name);
        await client.call('ECHO', 'next');
      }
      for (const name of on) client.sendCommand(name.includes('*') ? 'PUNSUBSCRIBE' : 'UNSUBSCRIBE', name);
      await client.call('ECHO', 'end');
      return client.pushes.filter((push) => isMessage(push)).length;
    });
    let isOver = false;
    const sent = publishers.map(async (client) => {
      let receivers = 0;
      while (!isOver) {
        const batch = Array.from({ length: 10 }, () => ['PUBLISH', random.pick(CHANNELS), 'm']);
        for (const count of await client.pipeline(batch)) receivers += Number(count);
      }
      return receivers;
    });
    const counts = await Promise.all(received);
    isOver = true;
    const total = (await Promise.all(sent)).reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThan(1000);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(total);
    expect(await publishers[0]!.call('PUBSUB', 'CHANNELS')).toEqual([]);
    expect(await publishers[0]!.call('PUBSUB', 'NUMPAT')).toBe(0);
  });

  it('the messages of each publisher keep their order, whatever their size', async () => {
    const subscribers = await Promise.all(Array.from({ length: 6 }, connect));
    for (const client of subscribers) await client.call('SUBSCRIBE', 'order');
    const publishers = await Promise.all(Array.from({ length: 3 }, connect));
    const count = 300;
    await Promise.all(
      publishers.map(async (client, from) => {
        const batch = Array.from({ length: count }, (_, at) => {
          const text = `${from} ${at} ${'x'.repeat(at % 50 === 0 ? 400_000 : at)}`;
          return ['PUBLISH', 'order', text];
        });
        for (const receivers of await client.pipeline(batch)) expect(receivers).toBe(subscribers.length);
      }),
    );
    for (const client of subscribers) {
      const last = [-1, -1, -1];
      for (let left = count * publishers.length; left > 0; left--) {
        const [, , text] = (await client.read()) as string[];
        const [from, at, padding] = text!.split(' ');
        expect(Number(at)).toBe(last[Number(from)]! + 1);
        last[Number(from)] = Number(at);
        expect(padding!.length).toBe(Number(at) % 50 === 0 ? 400_000 : Number(at));
      }
    }
  });

  it('what a client has done before its reply is there for all others', async () => {
    const clients = await Promise.all(Array.from({ length: 9 }, connect));
    for (let round = 0; round < 60; round++) {
      const [sub, pub] = [clients[round % 9]!, clients[(round * 4 + 1) % 9]!];
      if (sub === pub) continue;
      await sub.call('SUBSCRIBE', 'seen');
      expect(await pub.call('PUBLISH', 'seen', `m${round}`)).toBe(1);
      // The message was on its way before this command was sent, so it is the first to come.
      expect(await sub.call('PING')).toEqual(['message', 'seen', `m${round}`]);
      expect(await sub.read()).toEqual(['pong', '']);
      expect(await sub.call('UNSUBSCRIBE')).toEqual(['unsubscribe', 'seen', 0]);
      expect(await pub.call('PUBLISH', 'seen', 'x')).toBe(0);
    }
  });

  it('events of keys reach all workers', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, connect));
    expect(await clients[0]!.call('CONFIG', 'SET', 'notify-keyspace-events', 'KEA')).toBe('OK');
    for (const client of clients.slice(1)) await client.call('PSUBSCRIBE', '__key*__:*');
    expect(await clients[0]!.call('SET', 'k', 'v')).toBe('OK');
    for (const client of clients.slice(1)) {
      expect(await client.read()).toEqual(['pmessage', '__key*__:*', '__keyspace@0__:k', 'set']);
      expect(await client.read()).toEqual(['pmessage', '__key*__:*', '__keyevent@0__:set', 'k']);
    }
  });
});

function isMessage(push: unknown): boolean {
  const [kind] = (push as { push: readonly unknown[] }).push;
  return kind === 'message' || kind === 'pmessage';
}
