/**
 * A node is added to a cluster under load, gets all slots of another one, and that one goes for good: clients count on
 * as if nothing had happened, an iteration finds all keys, and the gateway keeps connections to those alone that are
 * there.
 */
import { expect, it } from 'vitest';
import { addNode, ask, startCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { moveAllSlots } from '../support/reshard.ts';
import type { TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const LONG_MS = 240_000;
const keys = Array.from({ length: 60 }, (_, index) => `key:${index}`);

/** Counts on all keys in pipelines, with a read of all of them at the end of each. */
async function count(client: RawClient, isOver: () => boolean): Promise<number> {
  client.timeoutMs = LONG_MS;
  let rounds = 0;
  while (!isOver()) {
    rounds += 1;
    const commands = [...keys.map((key) => ['INCR', key]), ['MGET', ...keys]];
    const wanted = [...keys.map(() => rounds), keys.map(() => `${rounds}`)];
    expect(await client.pipeline(commands)).toEqual(wanted);
  }
  return rounds;
}

/** Iterates over all keys again and again: each iteration must find all that were there throughout. */
async function scan(client: RawClient, isOver: () => boolean): Promise<number> {
  client.timeoutMs = LONG_MS;
  let rounds = 0;
  for (; !isOver(); rounds++) {
    const found = new Set<string>();
    let cursor = '0';
    do {
      const [next, page] = (await client.call('SCAN', cursor, 'COUNT', '7')) as [string, string[]];
      for (const key of page) found.add(key);
      cursor = next;
    } while (cursor !== '0');
    expect([...found].sort()).toEqual([...keys].sort());
  }
  return rounds;
}

async function isKnown(gateway: TestGateway, { host, port }: TestServer): Promise<boolean> {
  const page = await gateway.metrics();
  const samples = page.find('upstream_up', { target: 'primary', node: `${host}:${port}` });
  return samples.some(({ value }) => value === 1);
}

it(
  'nodes come and go',
  async () => {
    // A node without slots would become a replica by itself.
    const args = ['--cluster-allow-replica-migration', 'no'];
    const cluster = await startCluster('valkey-9.1', 3, false, { args });
    const upstream = { cluster: { refreshMs: 500, retryForMs: LONG_MS } };
    const gateway = await startGateway({ primary: cluster.url, config: { upstream } });
    const setting = await gateway.client();
    expect(await setting.call('MSET', ...keys.flatMap((key) => [key, '0']))).toBe('OK');
    let isOver = false;
    const counting = count(await gateway.client(), () => isOver);
    const scanning = scan(await gateway.client(), () => isOver);
    const change = async (): Promise<number> => {
      const node = await addNode('valkey-9.1', cluster);
      const [old, ...others] = cluster.masters;
      const moved = await moveAllSlots(old!, node, others);
      await waitUntil(() => isKnown(gateway, node), 'the gateway to use the new node', LONG_MS);
      const oldId = String(await ask(old!, 'CLUSTER', 'MYID'));
      for (const other of [node, ...others]) await ask(other, 'CLUSTER', 'FORGET', oldId);
      await old!.stop();
      await waitUntil(
        async () => !(await isKnown(gateway, old!)),
        'the gateway to let go of the old one',
        LONG_MS,
      );
      return moved;
    };
    const changing = change().finally(() => {
      isOver = true;
    });
    const [moved, rounds, scans] = await Promise.all([changing, counting, scanning]);
    console.log(`moved ${moved} slots; ${rounds} rounds of counting, ${scans} iterations`);
    expect(await setting.call('MGET', ...keys)).toEqual(keys.map(() => `${rounds}`));
    expect(await setting.call('DBSIZE')).toBe(keys.length);
  },
  2 * LONG_MS,
);
