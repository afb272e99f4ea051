/**
 * What nodes of a cluster say of it and is not to be believed: a minority's view, names that do not resolve, no slots
 * at all. The last good map stays, the log says why, and clients hear what holds their commands up.
 */
import { describe, expect, it } from 'vitest';
import { ask, startCluster } from '../support/cluster.ts';
import { type ConfigPart, startGateway, type TestGateway } from '../support/gateway.ts';
import { slotOf } from '../support/reshard.ts';
import { startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** How long something may take on a machine that is busy with other things. */
const LONG_MS = 120_000;
const config: ConfigPart = {
  upstream: {
    reconnect: { minMs: 20, maxMs: 200 },
    cluster: { retryForMs: 300, refreshMs: 200 },
    healthIntervalMs: 100,
  },
};
const keys = Array.from({ length: 60 }, (_, index) => `key:${index}`);
const keyOf = [0, 1, 2].map((shard) => keys.find((key) => Math.floor((slotOf(key) * 3) / 16_384) === shard)!);

/** Waits for a line that says that a view was refused for this reason. */
async function refusal(gateway: TestGateway, reason: RegExp, keeps: string): Promise<void> {
  const found = (): boolean =>
    gateway.logs.some(
      (line) =>
        line.msg === `a topology of the primary is refused, ${keeps}` && reason.test(String(line.reason)),
    );
  await waitUntil(found, `a refusal because of ${reason}`, LONG_MS);
}

describe.each(['redis-7.0', 'valkey-9.1'] as const)('%s', (name) => {
  it('the view of a minority is refused, and its slots come back with the majority', async () => {
    const cluster = await startCluster(name);
    const gateway = await startGateway({ primary: cluster.url, config });
    const client = await gateway.client();
    client.timeoutMs = LONG_MS;
    expect(await client.pipeline(keyOf.map((key) => ['INCR', key]))).toEqual([1, 1, 1]);
    for (const node of cluster.masters.slice(0, 2)) node.pause();
    await refusal(gateway, /minority/, 'the last one stays');
    // The node that is left serves nothing, and says so.
    expect(await client.call('INCR', keyOf[2]!)).toEqual({ error: expect.stringMatching(/^CLUSTERDOWN /) });
    for (const node of cluster.masters.slice(0, 2)) node.resume();
    const isServed = async (key: string): Promise<boolean> =>
      typeof (await client.call('INCRBY', key, '0')) === 'number';
    for (const key of keyOf) await waitUntil(() => isServed(key), `${key} to be served`, LONG_MS);
    expect(await client.call('MGET', ...keyOf)).toEqual(['1', '1', '1']);
  });

  it('names that do not resolve are refused, whether there is a map already or not', async () => {
    const cluster = await startCluster(name);
    const gateway = await startGateway({ primary: cluster.url, config });
    const client = await gateway.client();
    client.timeoutMs = LONG_MS;
    expect(await client.pipeline(keyOf.map((key) => ['SET', key, 'v']))).toEqual(['OK', 'OK', 'OK']);
    // No resolver asks anyone for a label that is so long.
    const nowhere = `${'x'.repeat(70)}.invalid`;
    for (const node of cluster.masters) {
      await ask(node, 'CONFIG', 'SET', 'cluster-announce-hostname', nowhere);
      await ask(node, 'CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'hostname');
    }
    await refusal(gateway, /which does not resolve/, 'the last one stays');
    expect(await client.call('MGET', ...keyOf)).toEqual(['v', 'v', 'v']);
    const late = await startGateway({ primary: cluster.url, config });
    await refusal(late, /which does not resolve/, 'there is none yet');
    const other = await late.client();
    expect(await other.call('GET', keyOf[0]!)).toEqual({
      error: expect.stringMatching(
        /topology of the primary is not known \(.*does not resolve.*was not sent$/,
      ),
    });
    for (const node of cluster.masters)
      await ask(node, 'CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'ip');
    await waitUntil(async () => (await other.call('GET', keyOf[0]!)) === 'v', 'a map', LONG_MS);
  });

  it('a cluster without slots is refused until it has some', async () => {
    const node = await startServer(name, { args: ['--cluster-enabled', 'yes'] });
    const url = node.url.replace('://', '+cluster://');
    const gateway = await startGateway({ primary: url, config });
    await refusal(gateway, /^no slots are covered/, 'there is none yet');
    const client = await gateway.client();
    expect(await client.call('SET', 'k', 'v')).toEqual({
      error: expect.stringMatching(/not known \(no slots are covered\), the command was not sent$/),
    });
    await ask(node, 'CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await waitUntil(async () => (await client.call('SET', 'k', 'v')) === 'OK', 'a map', LONG_MS);
  });
});
