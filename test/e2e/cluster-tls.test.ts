/**
 * TLS to clusters and Sentinel groups, whose nodes and sentinels speak it with each other as well, and to clients of a
 * gateway that shows a cluster.
 */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { freePort } from '../support/child.ts';
import { ask, startCluster, startSentinelGroup } from '../support/cluster.ts';
import { type ConfigPart, mergeConfig, startGateway, type TestGateway } from '../support/gateway.ts';
import { expectVerdicts, tellAll } from '../support/load/verdicts.ts';
import { RawClient } from '../support/raw-client.ts';
import { beginMove, endMove, moveKeys, ownerOf, slotOf } from '../support/reshard.ts';
import { startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';
import { clusterClients } from './clients/cluster.ts';

const LONG_MS = 240_000;
const { authority, server } = makeCertificates();
/** Of another authority, which nobody trusts. */
const foreign = makeCertificates();
const material = { ...server, authority };
const trusting = { tls: { authority } };
const keys = Array.from({ length: 60 }, (_, index) => `key:${index}`);

// All four have been played; two are enough to keep it so.
describe.each(['redis-8.0', 'valkey-9.1'] as const)('%s', (name) => {
  it(
    'a cluster is the primary, while a slot moves and a replica takes over',
    async () => {
      const [cluster, mirror] = [
        await startCluster(name, 3, true, { tls: material }),
        await startServer(name, { tls: material }),
      ];
      expect(cluster.url).toMatch(/^(rediss|valkeys)\+cluster:/);
      const gateway = await startGateway({
        primary: cluster.url,
        shadow: `rediss://127.0.0.1:${mirror.tlsPort}`,
        config: mergeConfig(tellAll, { primary: trusting, shadow: trusting }),
      });
      const client = await gateway.client();
      client.timeoutMs = LONG_MS;
      expect(await client.pipeline(keys.map((key) => ['SET', key, key]))).toEqual(keys.map(() => 'OK'));
      expect(await client.call('MGET', ...keys)).toEqual(keys);
      expect(await client.pipeline([['MULTI'], ['INCR', '{t}n'], ['INCR', '{t}n'], ['EXEC']])).toEqual([
        'OK',
        'QUEUED',
        'QUEUED',
        [1, 2],
      ]);
      const slot = slotOf('{t}');
      const from = await ownerOf(cluster, slot);
      const to = cluster.masters.find((node) => node !== from)!;
      await beginMove(slot, from, to);
      expect(await client.call('INCR', '{t}n')).toBe(3);
      expect(await client.call('SET', '{t}new', 'asked for')).toBe('OK');
      while ((await moveKeys(slot, from, to)) > 0);
      await endMove(slot, from, to);
      expect(await client.call('INCR', '{t}n')).toBe(4);
      const [replica] = cluster.replicas;
      await ask(replica!, 'CLUSTER', 'FAILOVER');
      const hasTakenOver = async (): Promise<boolean> =>
        String(await ask(replica!, 'INFO', 'replication')).includes('role:master');
      await waitUntil(hasTakenOver, 'a replica to take over', LONG_MS);
      expect(await client.pipeline(keys.map((key) => ['INCR', `n${key}`]))).toEqual(keys.map(() => 1));
      await gateway.shadowIdle(LONG_MS);
      await expectVerdicts(gateway, { divergent: 0, dropped: 0, dirtySlots: 0 });
      client.close();
    },
    LONG_MS,
  );

  it(
    'a Sentinel group is followed',
    async () => {
      const group = await startSentinelGroup(name, { tls: material });
      expect(group.url).toMatch(/^(rediss|valkeys)\+sentinel:/);
      const primary = { ...trusting, waitWhenDownMs: LONG_MS };
      const gateway = await startGateway({ primary: group.url, config: { primary } });
      const client = await gateway.client();
      client.timeoutMs = LONG_MS;
      expect(await client.call('SET', 'k', 'before')).toBe('OK');
      await waitUntil(async () => (await ask(group.replica, 'GET', 'k')) === 'before', 'the replica');
      const begun = async (): Promise<boolean> =>
        (await ask(group.sentinels[0]!, 'SENTINEL', 'FAILOVER', group.groupName)) === 'OK';
      await waitUntil(begun, 'the failover to begin', LONG_MS);
      // An error is honest: the command was under way, or its server had become a replica.
      const isWritten = async (): Promise<boolean> =>
        (await client.call('SET', 'k', 'after')) === 'OK' &&
        (await ask(group.replica, 'GET', 'k')) === 'after';
      const isFollowed = async (): Promise<boolean> =>
        (await isWritten()) &&
        String(await ask(group.replica, 'INFO', 'replication')).includes('role:master');
      await waitUntil(isFollowed, 'writes to reach the new primary', LONG_MS);
      client.close();
    },
    LONG_MS,
  );
});

it('a cluster whose certificates nobody trusts is down, and clients hear why', async () => {
  const cluster = await startCluster('valkey-9.1', 1, false, { tls: material });
  const config = { primary: { tls: { authority: foreign.authority } } };
  const gateway = await startGateway({ primary: cluster.url, config });
  const client = await gateway.client();
  await waitUntil(async () => {
    const { error } = (await client.call('GET', 'k')) as { error: string };
    expect(error).toMatch(/^ERR lockstep: .*not sent$/);
    return /UNABLE_TO|SELF_SIGNED|CERT_SIGNATURE/.test(error);
  }, 'the reason in the reply');
  client.close();
});

describe('gateways that show a cluster, before a cluster with TLS', () => {
  let gateways: TestGateway[];
  let ports: number[];

  beforeAll(async () => {
    const cluster = await startCluster('valkey-9.1', 3, false, { tls: material });
    ports = [await freePort(), await freePort()];
    const tls = { certificate: server.certificate, key: server.key };
    gateways = await Promise.all(
      ports.map((port) => {
        const address = `127.0.0.1:${port}`;
        const peers = ports.filter((other) => other !== port).map((other) => `127.0.0.1:${other}`);
        const listen = [{ address, tls, face: 'cluster', announce: address, peers, slots: 'split' }];
        return startGateway({ primary: cluster.url, config: { primary: trusting, listen } as ConfigPart });
      }),
    );
  });

  it('say so', async () => {
    const options = { ca: fs.readFileSync(authority), servername: 'localhost' };
    const raw = await RawClient.connect({ port: ports[0]!, tls: options });
    expect(JSON.stringify(await raw.call('CLUSTER', 'SHARDS'))).toContain(`"tls-port",${ports[0]}`);
    expect(JSON.stringify(await raw.call('CLUSTER', 'SLOTS'))).toContain(`"127.0.0.1",${ports[1]}`);
    raw.close();
  });

  describe.each(clusterClients)('have $name as a client with TLS', ({ play }) => {
    it.each([2, 3] as const)('RESP%i', async (protocol) => {
      const cleaner = await RawClient.connect({ port: ports[0]!, tls: { ca: fs.readFileSync(authority) } });
      await cleaner.call('FLUSHALL');
      const asked = (): Promise<number[]> =>
        Promise.all(
          gateways.map(async (gateway) =>
            (await gateway.metrics()).sum('commands_total', { command: 'get', target: 'primary' }),
          ),
        );
      const before = await asked();
      await play({ ports, authority }, protocol);
      // Each went to both gateways.
      for (const [at, count] of (await asked()).entries()) expect(count).toBeGreaterThan(before[at]!);
      cleaner.close();
    });
  });
});
