/** Commands about clients where the primary is a cluster: whichever node a client has its connection to. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { waitUntil } from '../support/wait.ts';

/** In slots of all three nodes. */
const KEYS = ['{a}', '{b}', '{c}', '{d}', '{e}', '{f}'];

describe.each(['redis-8.0', 'valkey-9.1'] as const)('clients before a cluster of %s', (name) => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  let client: RawClient;

  beforeAll(async () => {
    cluster = await startCluster(name);
    gateway = await startGateway({ primary: cluster.url, workers: 2 });
    client = await gateway.client();
  });

  async function flagsOf(id: number): Promise<string> {
    const text = String(await client.call('CLIENT', 'LIST', 'ID', id));
    return / flags=(\S+) /.exec(text)?.[1] ?? '';
  }

  it('CLIENT LIST shows who is blocked, and CLIENT UNBLOCK reaches them, on every node', async () => {
    const blocked = await Promise.all(
      KEYS.map(async (key) => {
        const one = await gateway.client();
        const id = Number(await one.call('CLIENT', 'ID'));
        return { one, id, reply: one.call('BLPOP', key, '0') };
      }),
    );
    for (const { id } of blocked)
      await waitUntil(async () => (await flagsOf(id)) === 'b', `client ${id} to be shown as blocked`);
    for (const [index, { one, id, reply }] of blocked.entries()) {
      const how = index % 2 === 0 ? 'TIMEOUT' : 'ERROR';
      expect(await client.call('CLIENT', 'UNBLOCK', id, how)).toBe(1);
      if (how === 'TIMEOUT') expect(await reply).toBe(null);
      else expect(await reply).toEqual({ error: expect.stringMatching(/^UNBLOCKED /) });
      expect(await flagsOf(id)).toBe('N');
      expect(await client.call('CLIENT', 'UNBLOCK', id)).toBe(0);
      expect(await one.call('PING')).toBe('PONG');
      one.close();
    }
    expect(await client.call('CLIENT', 'UNBLOCK', '999999')).toBe(0);
  });

  it('CLIENT LIST shows transactions, watched keys and subscriptions, on every node', async () => {
    const field = async (id: number, wanted: string): Promise<string> => {
      const text = String(await client.call('CLIENT', 'LIST', 'ID', id));
      return new RegExp(` ${wanted}=(\\S*)`).exec(text)?.[1] ?? '';
    };
    for (const key of KEYS) {
      const one = await gateway.client();
      const id = Number(await one.call('CLIENT', 'ID'));
      await one.call('WATCH', key);
      await one.pipeline([['MULTI'], ['GET', key]]);
      expect(await field(id, 'multi')).toBe('1');
      await one.call('EXEC');
      await one.call('SSUBSCRIBE', key);
      await waitUntil(async () => (await field(id, 'ssub')) === '1', 'the subscription to be shown');
      expect(await client.call('CLIENT', 'KILL', 'ID', id)).toBe(1);
      await one.waitForClose();
    }
  });
});
