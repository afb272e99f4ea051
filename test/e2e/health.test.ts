/** Servers that keep their connections and say nothing: a stopped process, a dead host. */
import { expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** Short intervals: nothing here waits for longer than it must. */
const impatient = { upstream: { healthIntervalMs: 50 }, primary: { connectTimeoutMs: 300 } };

async function readiness(gateway: TestGateway): Promise<string> {
  const response = await gateway.request('/readyz');
  const { ready, reason } = (await response.json()) as { ready: boolean; reason: string | null };
  expect(response.status).toBe(ready ? 200 : 503);
  return ready ? 'ready' : String(reason);
}

async function upstreamUp(gateway: TestGateway): Promise<number> {
  return (await gateway.metrics()).sum('upstream_up', { target: 'primary' });
}

it('a primary that does not answer counts as down until it does', async () => {
  const server = await startServer('redis-8.0');
  const gateway = await startGateway({ primary: server.url, config: impatient });
  const client = await gateway.client();
  await waitUntil(async () => (await readiness(gateway)) === 'ready', 'the gateway to be ready');
  server.pause();
  const late = client.call('INCR', 'counter');
  await waitUntil(
    async () => (await readiness(gateway)) === 'the primary is down: does not answer',
    'the silence to be noticed',
  );
  // Each worker finds out by itself.
  await waitUntil(async () => (await upstreamUp(gateway)) === 0, 'the metric to say so');
  expect(await gateway.admin('/api/v1/status')).toMatchObject({
    primary: { up: false, error: 'does not answer' },
  });
  server.resume();
  // Nobody has given up on what was sent.
  expect(await late).toBe(1);
  await waitUntil(async () => (await readiness(gateway)) === 'ready', 'the gateway to be ready again');
  await waitUntil(async () => (await upstreamUp(gateway)) === 1, 'the metric to say so');
  client.close();
});

it('a server that accepts connections and does not answer the handshake gives an error', async () => {
  const server = await startServer('valkey-8.0');
  const gateway = await startGateway({ primary: server.url, workers: 1, config: impatient });
  const client = await gateway.client();
  expect(await client.call('PING')).toBe('PONG');
  server.pause();
  // Needs a connection of its own, or one with another database.
  const error = expect.stringMatching(
    /^ERR lockstep: the primary is unreachable \(ETIMEDOUT: no answer to the handshake\)/,
  );
  expect(await client.call('SELECT', 5)).toEqual({ error });
  const other = await gateway.client();
  expect(await other.call('MULTI')).toEqual({ error });
  server.resume();
  expect(await client.call('SELECT', 5)).toBe('OK');
  client.close();
  other.close();
});

it('a shadow that does not answer is shown as down, and clients notice nothing', async () => {
  const [primary, shadow] = [await startServer('valkey-9.1'), await startServer('valkey-9.1')];
  const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, config: impatient });
  const client = await gateway.client();
  const shadowState = async (): Promise<unknown> => (await gateway.admin('/api/v1/status')).shadow;
  await waitUntil(async () => ((await shadowState()) as { up: boolean }).up, 'the shadow to be up');
  shadow.pause();
  await waitUntil(async () => !((await shadowState()) as { up: boolean }).up, 'the silence to be noticed');
  expect(await shadowState()).toMatchObject({ up: false, error: 'does not answer' });
  expect(await readiness(gateway)).toBe('ready');
  expect(await client.call('SET', 'key', 'value')).toBe('OK');
  shadow.resume();
  await waitUntil(async () => ((await shadowState()) as { up: boolean }).up, 'the shadow to be back');
  await gateway.shadowIdle();
  const direct = await shadow.client();
  expect(await direct.call('GET', 'key')).toBe('value');
  direct.close();
  client.close();
});
