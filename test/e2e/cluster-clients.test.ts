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

  it('CLIENT NO-EVICT, NO-TOUCH and their like hold on every node', async () => {
    const one = await gateway.client();
    const id = Number(await one.call('CLIENT', 'ID'));
    expect(await one.call('CLIENT', 'NO-EVICT', 'maybe')).toEqual({
      error: expect.stringMatching(/^ERR syntax/),
    });
    await client.pipeline(KEYS.map((key) => ['SET', key, '1']));
    expect(await one.call('CLIENT', 'NO-EVICT', 'on')).toBe('OK');
    expect(await one.call('CLIENT', 'NO-TOUCH', 'on')).toBe('OK');
    expect(await one.call('MGET', ...KEYS)).toEqual(KEYS.map(() => '1'));
    for (const node of cluster.masters) {
      const direct = await node.client();
      const lines = String(await direct.call('CLIENT', 'LIST')).split('\n');
      expect(lines.filter((line) => / flags=(eT|Te) /.test(line)).length).toBe(1);
      direct.close();
    }
    expect(await flagsOf(id)).toMatch(/^(eT|Te)$/);
    expect(await one.call('CLIENT', 'NO-TOUCH', 'off')).toBe('OK');
    expect(await flagsOf(id)).toBe('e');
    one.close();
  });

  it('CLIENT PAUSE WRITE holds writes on every node, and nobody else', async () => {
    const writers = await Promise.all(KEYS.map(() => gateway.client()));
    expect(await client.call('CLIENT', 'PAUSE', '60000', 'WRITE')).toBe('OK');
    const held = writers.map((writer, index) => writer.pipeline([['SET', KEYS[index]!, 'x'], ['PING']]));
    for (const writer of writers) {
      const isHeld = async (): Promise<boolean> => {
        const line = String(await client.call('CLIENT', 'LIST')).split('\n');
        return line.some(
          (text) => text.includes(`addr=127.0.0.1:${writer.socket.localPort} `) && text.includes(' flags=b '),
        );
      };
      await waitUntil(isHeld, 'the write to be held');
    }
    // What is sent behind the held writes, by others.
    expect(await client.call('MGET', ...KEYS)).not.toContain('x');
    expect(await client.call('CLIENT', 'UNPAUSE')).toBe('OK');
    expect(await Promise.all(held)).toEqual(KEYS.map(() => ['OK', 'PONG']));
    expect(await client.call('MGET', ...KEYS)).toEqual(KEYS.map(() => 'x'));
    for (const writer of writers) writer.close();
  });

  it('MONITOR shows what is sent to every node', async () => {
    const monitor = await gateway.client();
    expect(await monitor.call('MONITOR')).toBe('OK');
    const seen: string[] = [];
    const look = async (wanted: string): Promise<void> => {
      while (!seen.some((line) => line.includes(wanted))) seen.push(String(await monitor.read()));
    };
    for (const key of KEYS) {
      await client.call('SET', key, 'monitored');
      await look(`"SET" "${key}" "monitored"`);
    }
    expect(seen.filter((line) => line.includes('"monitored"')).length).toBe(KEYS.length);
    monitor.sendCommand('RESET');
    await look('RESET');
    monitor.close();
  });

  it('MONITOR is answered when every node shows what it is sent, not before', async () => {
    const [first, second, last] = cluster.masters;
    const direct = await last!.client();
    last!.pause();
    const monitor = await gateway.client();
    monitor.sendCommand('MONITOR');
    for (const node of [first!, second!]) {
      const other = await node.client();
      const isWatched = async (): Promise<boolean> =>
        String(await other.call('CLIENT', 'LIST')).includes(' flags=O ');
      await waitUntil(isWatched, 'the node to be watched');
      await other.call('ECHO', 'between');
      other.close();
    }
    expect(monitor.unread).toBe(0);
    last!.resume();
    expect(await monitor.read()).toBe('OK');
    expect(await direct.call('ECHO', 'at once')).toBe('at once');
    const lines: string[] = [];
    const count = (text: string): number => lines.filter((line) => line.includes(text)).length;
    while (count('"between"') < 2 || count('"at once"') < 1) lines.push(String(await monitor.read()));
    monitor.close();
    direct.close();
  });
});
