/** Many clients on the engine with two workers: what they do to the same keys is as if they had come one by one. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';

const CLIENTS = 12;

describe('clients of two workers', () => {
  let gateway: TestGateway;
  let clients: RawClient[];

  beforeAll(async () => {
    gateway = await startGateway({ workers: 2, config: { engine: { arenaBytes: '64mb' } } });
    clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => RawClient.connect({ port: gateway.port })),
    );
  });

  it('lose no increment and no appended byte', async () => {
    const rounds = 500;
    await Promise.all(
      clients.map((client) =>
        client.pipeline(
          Array.from({ length: rounds }, (_, at) =>
            at % 2 === 0 ? ['INCR', `n${at % 3}`] : ['APPEND', 'text', 'x'],
          ),
        ),
      ),
    );
    const counts = (await clients[0].call('MGET', 'n0', 'n1', 'n2')) as string[];
    expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe((CLIENTS * rounds) / 2);
    expect(await clients[0].call('STRLEN', 'text')).toBe((CLIENTS * rounds) / 2);
  });

  it('never see half a transaction', async () => {
    await clients[0].call('MSET', 'left', '1000', 'right', '1000');
    const writers = clients.slice(0, 6).map(async (client, index) => {
      for (let round = 0; round < 60; round++) {
        const amount = String(1 + ((index + round) % 7));
        await client.pipeline([
          ['MULTI'],
          ['DECRBY', index % 2 === 0 ? 'left' : 'right', amount],
          ['INCRBY', index % 2 === 0 ? 'right' : 'left', amount],
          ['EXEC'],
        ]);
      }
    });
    const sums: number[] = [];
    const readers = clients.slice(6).map(async (client) => {
      for (let round = 0; round < 60; round++) {
        const [left, right] = (await client.call('MGET', 'left', 'right')) as string[];
        sums.push(Number(left) + Number(right));
      }
    });
    await Promise.all([...writers, ...readers]);
    expect(new Set(sums)).toEqual(new Set([2000]));
  });

  it('overwrite nothing that they watch', async () => {
    let done = 0;
    await Promise.all(
      clients.map(async (client) => {
        for (let round = 0; round < 10; round++) {
          for (;;) {
            await client.call('WATCH', 'watched');
            const value = Number((await client.call('GET', 'watched')) ?? 0);
            await client.call('MULTI');
            await client.call('SET', 'watched', String(value + 1));
            if ((await client.call('EXEC')) !== null) break;
          }
          done += 1;
        }
      }),
    );
    expect(await clients[0].call('GET', 'watched')).toBe(String(done));
  });

  it('have ids of their own, and are counted', async () => {
    const ids = await Promise.all(clients.map((client) => client.call('CLIENT', 'ID')));
    expect(new Set(ids).size).toBe(CLIENTS);
    const page = await gateway.metrics();
    expect(page.sum('lockstep_client_connections')).toBe(CLIENTS);
    expect(page.sum('lockstep_engine_keys', { db: '0' })).toBe(7);
    expect(page.sum('lockstep_engine_memory_bytes')).toBeGreaterThan(1000);
    expect(page.sum('lockstep_commands_total', { command: 'append', target: 'primary', result: 'ok' })).toBe(
      3000,
    );
  });
});
