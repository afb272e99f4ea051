/** The helpers that build clusters, Sentinel groups and TLS servers. */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeCertificates } from '../../support/certificates.ts';
import { ask, startCluster, startSentinelGroup } from '../../support/cluster.ts';
import { RawClient } from '../../support/raw-client.ts';
import { serverNames, startServer } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';

const newest = serverNames.at(-1);

describe.runIf(newest !== undefined)('topologies', () => {
  const name = newest ?? 'valkey-9.1';

  it('a cluster with replicas', async () => {
    const cluster = await startCluster(name, 2, true);
    expect(cluster.nodes).toHaveLength(4);
    const [first, second] = cluster.masters;
    if (!first || !second) throw new Error('two masters expected');
    expect(await ask(first, 'CLUSTER', 'KEYSLOT', 'a')).toBe(15_495);
    expect(await ask(second, 'SET', 'a', '1')).toBe('OK');
    await expect(ask(first, 'GET', 'a')).rejects.toThrow(`MOVED 15495 127.0.0.1:${second.port}`);
  });

  it('a Sentinel group that fails over', async () => {
    const group = await startSentinelGroup(name);
    await group.master.stop('SIGKILL');
    const sentinel = group.sentinels[0];
    if (!sentinel) throw new Error('a sentinel expected');
    const moved = async (): Promise<boolean> => {
      const address = await ask(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', group.groupName);
      return Array.isArray(address) && address[1] === String(group.replica.port);
    };
    await waitUntil(moved, 'the failover');
  });

  it('a TLS server with a password', async () => {
    const files = makeCertificates();
    const server = await startServer(name, {
      password: 'secret',
      tls: { ...files.server, authority: files.authority, clientCertificates: 'required' },
    });
    expect(server.url).toContain('://:secret@127.0.0.1:');
    const client = await RawClient.connect({
      port: server.tlsPort ?? 0,
      tls: {
        ca: fs.readFileSync(files.authority),
        cert: fs.readFileSync(files.client.certificate),
        key: fs.readFileSync(files.client.key),
        servername: 'localhost',
      },
    });
    expect(await client.call('PING')).toEqual({ error: 'NOAUTH Authentication required.' });
    expect(await client.call('AUTH', 'secret')).toBe('OK');
    client.close();
  });
});
