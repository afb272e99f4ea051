/** Clients of four workers that wait for lists of the engine, with real connections. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { encodeCommand, RawClient } from '../support/raw-client.ts';
import { testSeed } from '../support/seed.ts';
import { waitUntil } from '../support/wait.ts';

const WORKERS = 4;
const QUEUES = ['q0', 'q1', 'q2', 'q3', 'q4', 'q5'];

describe('clients of four workers that wait', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await startGateway({ workers: WORKERS, config: { engine: { arenaBytes: '64mb' } } });
  });

  async function blocked(count: number): Promise<void> {
    await waitUntil(
      async () => (await gateway.metrics()).sum('lockstep_engine_blocked_clients') === count,
      `${count} blocked clients`,
    );
  }

  async function connect(count: number): Promise<RawClient[]> {
    return Promise.all(Array.from({ length: count }, () => RawClient.connect({ port: gateway.port })));
  }

  it('get every element once, in order, and none is forgotten', async () => {
    const random = createRandom(testSeed('blocking queues'));
    const producers = await connect(6);
    const consumers = await connect(10);
    const perProducer = 400;
    const got: string[][] = consumers.map(() => []);
    const consume = async (client: RawClient, own: string[]): Promise<void> => {
      for (;;) {
        const turn = random.integer(QUEUES.length);
        const order = [...QUEUES.slice(turn), ...QUEUES.slice(0, turn)];
        const reply = await client.call('BLPOP', ...order, 'stop', '0');
        const [key, value] = reply as [string, string];
        if (key === 'stop') return;
        own.push(`${key} ${value}`);
      }
    };
    const consuming = consumers.map((client, at) => consume(client, got[at]));
    await Promise.all(
      producers.map(async (client, at) => {
        for (let number = 0; number < perProducer; number++) {
          const queue = random.pick(QUEUES);
          if (random.integer(4) === 0) {
            await client.pipeline([
              ['MULTI'],
              ['RPUSH', queue, `${at}:${number}`],
              ['LPUSH', 'other', 'x'],
              ['LPOP', 'other'],
              ['EXEC'],
            ]);
          } else await client.call('RPUSH', queue, `${at}:${number}`);
        }
      }),
    );
    await waitUntil(
      async () => got.reduce((sum, own) => sum + own.length, 0) === producers.length * perProducer,
      'all elements have arrived',
    );
    for (const _ of consumers) await producers[0].call('RPUSH', 'stop', 'now');
    await Promise.all(consuming);
    const all = got.flat().map((line) => line.split(' ')[1]);
    expect(new Set(all).size).toBe(producers.length * perProducer);
    // Of what one producer put into one queue, each consumer sees a rising sequence.
    for (const own of got) {
      const last = new Map<string, number>();
      for (const line of own) {
        const [queue, value] = line.split(' ');
        const [producer, number] = value.split(':');
        const lane = `${queue} ${producer}`;
        expect(Number(number)).toBeGreaterThan(last.get(lane) ?? -1);
        last.set(lane, Number(number));
      }
    }
    await blocked(0);
  });

  it('are served in the order in which they came, before the next command of whoever pushes', async () => {
    const [pusher] = await connect(1);
    const waiters = await connect(12);
    for (const [at, waiter] of waiters.entries()) {
      waiter.send(encodeCommand(['BLPOP', 'queue', '0']));
      await blocked(at + 1);
    }
    for (let at = 0; at < 6; at++) {
      const replies = await pusher.pipeline([
        ['RPUSH', 'queue', `v${at}`],
        ['LLEN', 'queue'],
        ['LPOP', 'queue'],
      ]);
      expect(replies).toEqual([1, 0, null]);
    }
    await pusher.call('RPUSH', 'queue', 'v6', 'v7', 'v8', 'v9', 'v10', 'v11', 'v12');
    expect(await pusher.call('LRANGE', 'queue', '0', '-1')).toEqual(['v12']);
    for (const [at, waiter] of waiters.entries()) expect(await waiter.read()).toEqual(['queue', `v${at}`]);
  });

  it('hand an element along a circle of lists, each element for ever', async () => {
    const links = await connect(8);
    const rounds = 50;
    const turning = links.map(async (client, at) => {
      for (let round = 0; round < rounds; round++) {
        await client.call('BLMOVE', `ring${at}`, `ring${(at + 1) % links.length}`, 'LEFT', 'RIGHT', '0');
      }
    });
    const [starter] = await connect(1);
    await starter.call('RPUSH', 'ring0', 'a', 'b', 'c');
    await Promise.all(turning);
    const left: string[] = [];
    for (let at = 0; at < links.length; at++) {
      left.push(...((await starter.call('LRANGE', `ring${at}`, '0', '-1')) as string[]));
    }
    expect(left.sort()).toEqual(['a', 'b', 'c']);
  });

  it('take nothing when they have left, and are told when time is up', async () => {
    const waiters = await connect(8);
    for (const [at, waiter] of waiters.entries()) {
      waiter.send(encodeCommand(['BLPOP', `k${at % 3}`, 'k', at < 4 ? '0' : '0.05']));
    }
    for (const waiter of waiters.slice(4)) expect(await waiter.read()).toBeNull();
    await blocked(4);
    for (const waiter of waiters.slice(0, 2)) waiter.close();
    for (const waiter of waiters.slice(2, 4)) waiter.reset();
    await blocked(0);
    const [pusher] = await connect(1);
    expect(await pusher.call('RPUSH', 'k', 'kept')).toBe(1);
    expect(await pusher.call('LRANGE', 'k', '0', '-1')).toEqual(['kept']);
  });

  it('are let go when the gateway drains', async () => {
    const waiters = await connect(8);
    for (const waiter of waiters) waiter.send(encodeCommand(['BRPOP', 'nothing', '0']));
    await blocked(8);
    await gateway.stop();
    for (const waiter of waiters) {
      await waiter.waitForClose();
      expect(waiter.unread).toBe(0);
    }
  });
});
