/** A server replicates from the primary through the gateway: what it is sent is no RESP, and is passed on unread. */
import { describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { serverNames, startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** A replica gets its copy at once. */
const NOW = { args: ['--repl-diskless-sync-delay', '0'] };
const KEYS = 2000;
/** With line ends and type bytes, so that reading it as replies would go wrong. */
const VALUE = `*3\r\n$5\r\n>-+:\r\n${'x'.repeat(3000)}`;

describe.each(serverNames)('%s', (server) => {
  it.each(['pooled', 'pinned'])('has a replica behind a gateway with %s sessions', async (sessions) => {
    const [primary, replica] = [await startServer(server, NOW), await startServer(server)];
    const gateway = await startGateway({
      primary: primary.url,
      workers: 2,
      config: { upstream: { sessions } },
    });
    const client = await RawClient.connect({ port: gateway.port });
    await client.pipeline(Array.from({ length: KEYS }, (_, at) => ['SET', `before${at}`, VALUE]));
    const own = await RawClient.connect({ port: replica.port });
    expect(await own.call('REPLICAOF', '127.0.0.1', gateway.port)).toBe('OK');
    await waitUntil(
      async () => String(await own.call('INFO', 'replication')).includes('master_link_status:up'),
      'the replica to have its copy',
    );
    await client.pipeline(Array.from({ length: KEYS }, (_, at) => ['SET', `behind${at}`, VALUE]));
    // The replica tells the primary through the gateway how far it is.
    expect(await client.call('WAIT', '1', '10000')).toBe(1);
    expect(await own.call('DBSIZE')).toBe(2 * KEYS);
    expect(await own.call('GET', `behind${KEYS - 1}`)).toBe(VALUE);
    await Promise.all([own.call('REPLICAOF', 'NO', 'ONE'), gateway.stop()]);
  });
});

it('answers an inline SYNC as the server does', async () => {
  const primary = await startServer('redis-7.0', NOW);
  const gateway = await startGateway({ primary: primary.url });
  const client = await RawClient.connect({ port: gateway.port });
  client.send(Buffer.from('SYNC\r\n'));
  await waitUntil(() => client.unreadBytes.includes('REDIS0'), 'the copy of the data');
  expect(client.unreadBytes.toString('latin1').trimStart()).toMatch(/^\$/);
});
