/** The helper that starts the built gateway, on every server. */
import { describe, expect, it } from 'vitest';
import { runMain, startGateway } from '../../support/gateway.ts';
import { serverNames, startServer } from '../../support/servers.ts';

describe.each(serverNames)('a gateway before %s', (name) => {
  it('serves, reports and stops', async () => {
    const server = await startServer(name, { password: 'secret' });
    const gateway = await startGateway({ primary: server.url });
    const client = await gateway.client();
    expect(await client.call('SET', 'key', 'value')).toBe('OK');
    expect(await client.call('GET', 'key')).toBe('value');
    const direct = await server.client();
    expect(await direct.call('GET', 'key')).toBe('value');
    expect(await gateway.admin('/api/v1/status')).toBeTypeOf('object');
    const metrics = await gateway.metrics();
    expect(metrics.sum('client_connections')).toBe(1);
    client.close();
    await gateway.stop();
    expect(gateway.running).toBe(false);
  });
});

describe('the command line', () => {
  it('gives its version', async () => {
    expect(await runMain(['--version'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('says what is wrong with its configuration', async () => {
    const failed = startGateway({ config: { workers: -1 } });
    await expect(failed).rejects.toThrow(/exit status 2[\s\S]*workers/);
  });
});
