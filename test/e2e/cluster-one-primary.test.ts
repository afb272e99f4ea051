/** A cluster whose slots all belong to one primary: what concerns all nodes, or one connection, is its business. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from '../support/cluster.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { waitUntil } from '../support/wait.ts';

const NOT_INSIDE = /^ERR lockstep: a transaction on a cluster runs on one node/;

describe.each(['redis-8.0', 'valkey-9.1'] as const)('a cluster of one primary, %s', (name) => {
  let gateway: TestGateway;

  beforeAll(async () => {
    const cluster = await startCluster(name, 1);
    gateway = await startGateway({ primary: cluster.url, workers: 1 });
  });

  it('runs commands about the whole server in a transaction', async () => {
    const client = await gateway.client();
    expect(
      await client.pipeline([
        ['MULTI'],
        ['FLUSHALL'],
        ['SET', '{a}', '1'],
        ['DBSIZE'],
        ['CONFIG', 'SET', 'maxmemory', 'bla'],
        ['EXEC'],
      ]),
    ).toEqual([
      'OK',
      'QUEUED',
      'QUEUED',
      'QUEUED',
      'QUEUED',
      ['OK', 'OK', 1, { error: expect.stringMatching(/^ERR CONFIG SET failed/) }],
    ]);
    expect(await client.pipeline([['MULTI'], ['SAVE'], ['EXEC']])).toEqual([
      'OK',
      { error: expect.stringMatching(/not allowed inside a transaction$/) },
      { error: expect.stringMatching(/^EXECABORT/) },
    ]);
    client.close();
  });

  it('has cursors of its own, which a transaction does not give', async () => {
    const client = await gateway.client();
    const [, scan] = await client.pipeline([['MULTI'], ['SCAN', '0'], ['DISCARD']]);
    expect(scan).toEqual({ error: expect.stringMatching(NOT_INSIDE) });
    client.close();
  });

  it('replicates to who asks for it', async () => {
    const client = await gateway.client();
    expect(await client.call('REPLCONF', 'listening-port', '1')).toBe('OK');
    const replica = await gateway.client();
    replica.socket.pause();
    let received = '';
    replica.socket.removeAllListeners('data');
    replica.socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
    });
    replica.send('SYNC\r\n');
    replica.socket.resume();
    // The snapshot, behind line ends that say that it is being made.
    await waitUntil(() => received.includes('REDIS0') || received.includes('VALKEY'), 'the snapshot');
    const writer = await gateway.client();
    expect(await writer.call('SET', '{a}', 'replicated')).toBe('OK');
    await waitUntil(() => received.includes('replicated'), 'the write to be replicated');
    for (const one of [replica, writer, client]) one.close();
  });
});
