/** Reads from replicas, by `upstream.cluster.reads`: who serves them, and what happens when a replica cannot. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { slotOf } from '../support/reshard.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** How long something may take on a machine that is busy with other things. */
const LONG_MS = 120_000;
const PAUSE_MS = 500;
const CLOCK_MS = 50;
const keys = Array.from({ length: 30 }, (_, index) => `key:${index}`);

/** A key of each of the three shards. */
const keyOf = [0, 1, 2].map((shard) => keys.find((key) => Math.floor((slotOf(key) * 3) / 16_384) === shard)!);

/** How often each of the servers has run the command since its figures were reset. */
async function callsOf(servers: readonly TestServer[], command: string): Promise<number[]> {
  const pattern = new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm');
  const texts = await Promise.all(servers.map((server) => ask(server, 'INFO', 'commandstats')));
  return texts.map((text) => Number(pattern.exec(String(text))?.[1] ?? 0));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Fills the cluster, and waits until the replicas have it all. */
async function fill(cluster: TestCluster, client: RawClient): Promise<void> {
  await client.pipeline(keys.map((key) => ['SET', key, key]));
  const sizes = async (servers: readonly TestServer[]): Promise<number> =>
    sum((await Promise.all(servers.map((server) => ask(server, 'DBSIZE')))).map(Number));
  await waitUntil(async () => (await sizes(cluster.replicas)) === keys.length, 'replicas to follow', LONG_MS);
}

/** Waits until the server serves reads of the key, then begins to count anew. */
async function servedBy(
  cluster: TestCluster,
  client: RawClient,
  servers: readonly TestServer[],
): Promise<void> {
  const isServed = async (): Promise<boolean> => {
    for (const node of cluster.nodes) await ask(node, 'CONFIG', 'RESETSTAT');
    await client.pipeline(keyOf.map((key) => ['GET', key]));
    return (await callsOf(servers, 'get')).every((calls) => calls === 1);
  };
  await waitUntil(isServed, 'reads to be served where they should be', LONG_MS);
  for (const node of cluster.nodes) await ask(node, 'CONFIG', 'RESETSTAT');
}

describe.each(['redis-7.0', 'valkey-9.1'] as const)('prefer-replica before a cluster of %s', (name) => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  let client: RawClient;

  beforeAll(async () => {
    cluster = await startCluster(name, 3, true);
    const upstream = { cluster: { reads: 'prefer-replica', retryForMs: 2000, refreshMs: 1000 } };
    gateway = await startGateway({ primary: cluster.url, workers: 1, config: { upstream } });
    client = await gateway.client();
    client.timeoutMs = LONG_MS;
    await fill(cluster, client);
    await servedBy(cluster, client, cluster.replicas);
  });

  it('replicas serve reads, whole and in parts; primaries serve everything else', async () => {
    expect(await client.pipeline(keys.map((key) => ['GET', key]))).toEqual(keys);
    expect(await client.call('MGET', ...keys)).toEqual(keys);
    expect(await client.call('EXISTS', ...keys, 'none')).toBe(keys.length);
    expect(await client.call('TOUCH', ...keys)).toBe(keys.length);
    expect(await client.call('EVAL_RO', 'return redis.call("GET", KEYS[1])', '1', keys[0]!)).toBe(keys[0]);
    const [replicas, primaries] = [cluster.replicas, cluster.masters];
    // The script's GET is at a primary.
    expect(sum(await callsOf(replicas, 'get'))).toBe(keys.length);
    expect(sum(await callsOf(primaries, 'get'))).toBe(1);
    for (const command of ['mget', 'exists']) {
      expect(sum(await callsOf(replicas, command)), command).toBeGreaterThanOrEqual(3);
      expect(sum(await callsOf(primaries, command)), command).toBe(0);
    }
    expect(sum(await callsOf(replicas, 'touch'))).toBe(0);
    expect(await client.call('INCR', 'counter')).toBe(1);
    expect(sum(await callsOf(primaries, 'incr'))).toBe(1);
  });

  it('what belongs to a transaction or to watched keys is read at the primary', async () => {
    for (const node of cluster.nodes) await ask(node, 'CONFIG', 'RESETSTAT');
    const [key, other] = keyOf;
    expect(await client.pipeline([['MULTI'], ['GET', key!], ['EXEC']])).toEqual(['OK', 'QUEUED', [key]]);
    expect(await client.pipeline([['WATCH', key!], ['GET', key!], ['GET', other!], ['UNWATCH']])).toEqual([
      'OK',
      key,
      other,
      'OK',
    ]);
    expect(sum(await callsOf(cluster.masters, 'get'))).toBe(3);
    expect(sum(await callsOf(cluster.replicas, 'get'))).toBe(0);
    // And at replicas again afterwards.
    expect(await client.call('GET', key!)).toBe(key);
    expect(sum(await callsOf(cluster.replicas, 'get'))).toBe(1);
  });

  it('WAIT counts the replicas of every shard that have what was written', async () => {
    await client.pipeline(keys.map((key) => ['SET', `w${key}`, '1']));
    expect(await client.call('WAIT', '1', '0')).toBe(1);
    const sizes = await Promise.all(cluster.nodes.map((node) => ask(node, 'DBSIZE')));
    expect(sizes.slice(0, 3)).toEqual(sizes.slice(3));
    expect(await client.call('WAIT', '2', '50')).toBe(1);
    const [replica] = cluster.replicas;
    replica!.pause();
    await client.pipeline(keys.map((key) => ['INCR', `w${key}`]));
    expect(await client.call('WAIT', '1', '100')).toBe(0);
    const waiting = client.pipeline([['WAIT', '1', '0'], ['PING']]);
    const other = await gateway.client();
    expect(await other.call('INCR', `w${keyOf[0]}`)).toBe(3);
    replica!.resume();
    expect(await waiting).toEqual([1, 'PONG']);
    for (const wrong of [
      ['x', '1'],
      ['1', 'x'],
      ['1', '-1'],
    ])
      expect(await client.call('WAIT', ...wrong)).toEqual({ error: expect.stringMatching(/^ERR /) });
    other.close();
  });

  it('CLIENT PAUSE holds replicas as well', async () => {
    const began = Date.now();
    expect(await client.call('CLIENT', 'PAUSE', String(PAUSE_MS), 'ALL')).toBe('OK');
    const other = await gateway.client();
    other.timeoutMs = LONG_MS;
    expect(await other.call('GET', keyOf[0]!)).toBe(keyOf[0]);
    // Clocks of servers are read now and then.
    expect(Date.now() - began).toBeGreaterThan(PAUSE_MS - CLOCK_MS);
    expect(await client.call('CLIENT', 'UNPAUSE')).toBe('OK');
    other.close();
  });

  it('a replica of another primary by now refuses, and the client does not see it', async () => {
    const [replica] = cluster.replicas;
    await ask(replica!, 'CLUSTER', 'REPLICATE', String(await ask(cluster.masters[1]!, 'CLUSTER', 'MYID')));
    for (let round = 0; round < 20; round++)
      expect(await client.pipeline(keys.map((key) => ['GET', key]))).toEqual(keys);
  });

  it(
    'a replica that is stopped or gone: the primary serves its reads',
    async () => {
      const [, replica, last] = cluster.replicas;
      replica!.pause();
      expect(await client.pipeline(keys.map((key) => ['GET', key]))).toEqual(keys);
      expect(await client.call('MGET', ...keys)).toEqual(keys);
      replica!.resume();
      const under = client.pipeline(Array.from({ length: 40 }, () => keys.map((key) => ['GET', key])).flat());
      await last!.stop('SIGKILL');
      expect(new Set(await under)).toEqual(new Set(keys));
      expect(await client.pipeline(keys.map((key) => ['GET', key]))).toEqual(keys);
    },
    LONG_MS,
  );
});

it('zone-aware: the nodes of the zone first, replicas before primaries', async () => {
  const cluster = await startCluster('valkey-9.1', 3, true);
  const { masters, replicas } = cluster;
  const zones = ['near', 'far', 'far', 'far', 'near', 'far'];
  for (const [index, node] of cluster.nodes.entries())
    await ask(node, 'CONFIG', 'SET', 'availability-zone', zones[index]!);
  const upstream = { cluster: { reads: 'zone-aware', zone: 'near' } };
  const gateway = await startGateway({ primary: cluster.url, workers: 1, config: { upstream } });
  const client = await gateway.client();
  await fill(cluster, client);
  // Its primary is near and its replica is not; the other way round; neither is.
  await servedBy(cluster, client, [masters[0]!, replicas[1]!, replicas[2]!]);
  expect(await client.pipeline(keys.map((key) => ['GET', key]))).toEqual(keys);
  expect(sum(await callsOf([masters[0]!, replicas[1]!, replicas[2]!], 'get'))).toBe(keys.length);
});

it('with a shadow, what is compared is read at primaries', async () => {
  const cluster = await startCluster('valkey-9.1', 3, true);
  const shadow = await startServer('valkey-9.1');
  const gateway = await startGateway({
    primary: cluster.url,
    shadow: shadow.url,
    config: { upstream: { cluster: { reads: 'prefer-replica' } } },
  });
  const client = await gateway.client();
  for (let round = 0; round < 10; round++)
    await client.pipeline(
      keys.flatMap((key) => [
        ['SET', key, `${round}`],
        ['GET', key],
      ]),
    );
  await gateway.shadowIdle(LONG_MS);
  expect(sum(await callsOf(cluster.replicas, 'get'))).toBe(0);
  expect(sum(await callsOf(cluster.masters, 'get'))).toBe(10 * keys.length);
  expect((await gateway.admin('/api/v1/divergences')).total).toBe(0);
});
