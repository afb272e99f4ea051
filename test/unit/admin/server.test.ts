/** The admin server on a real socket: addresses, event streams, closing. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { EventStreamLimits } from '../../../src/admin/event-connections.ts';
import { type AdminServer, startAdmin } from '../../../src/admin/server.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { waitUntil } from '../../support/wait.ts';
import { FakeGateway, makeDivergence } from './fake-gateway.ts';

const logger = createLogger({ level: 'silent', pretty: false });
let server: AdminServer | undefined;

async function start(gateway: FakeGateway, streams: Partial<EventStreamLimits> = {}): Promise<string> {
  server = await startAdmin({ control: gateway, logger, streams });
  return `http://${server.address}`;
}

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Text of a stream as far as it has come. */
async function openStream(
  url: string,
): Promise<{ text: () => string; ended: Promise<void>; stop: () => void }> {
  const abort = new AbortController();
  const response = await fetch(url, { signal: abort.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  let text = '';
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) text += decoder.decode(chunk as Uint8Array);
  };
  const ended = read().catch(() => undefined);
  return { text: () => text, ended, stop: () => abort.abort() };
}

describe('addresses', () => {
  test('port 0 is told', async () => {
    const url = await start(await FakeGateway.make());
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test('a port taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const gateway = await FakeGateway.make({ LOCKSTEP_ADMIN_LISTEN: `127.0.0.1:${port}` });
    await expect(startAdmin({ control: gateway, logger })).rejects.toMatchObject({
      code: 'listen_failed',
      message: `admin.listen: 127.0.0.1:${port} is in use: stop what uses it or choose another with --admin`,
    });
    await new Promise((resolve) => taken.close(resolve));
  });

  test('an address others can reach needs a token', async () => {
    const gateway = await FakeGateway.make();
    gateway.current = { ...gateway.current, admin: { ...gateway.current.admin, listen: '0.0.0.0:0' } };
    await expect(startAdmin({ control: gateway, logger })).rejects.toMatchObject({ code: 'admin_exposed' });
  });
});

describe('event stream', () => {
  test('sends what fits the filter, with heartbeats, until the drain', async () => {
    const gateway = await FakeGateway.make();
    const url = await start(gateway, { heartbeatMs: 20 });
    const all = await openStream(`${url}/api/v1/divergences/stream`);
    const some = await openStream(`${url}/api/v1/divergences/stream?command=SET&kind=error`);
    await waitUntil(() => gateway.listeners.size === 1, 'the subscription', 2000);
    const item = makeDivergence(7);
    for (const listener of gateway.listeners) {
      listener(item);
      listener(makeDivergence(8, { command: 'set', kind: 'error' }));
      listener(makeDivergence(9, { command: 'set', kind: 'value' }));
    }
    await waitUntil(() => all.text().includes('id: 9'), 'the events', 2000);
    expect(all.text()).toContain(`id: 7\nevent: divergence\ndata: ${JSON.stringify(item)}\n\n`);
    await waitUntil(() => some.text().includes(': heartbeat\n\n'), 'a heartbeat', 2000);
    expect(some.text().match(/^id: .*/gm)).toEqual(['id: 8']);
    server?.drain();
    await Promise.all([all.ended, some.ended]);
    expect(gateway.listeners.size).toBe(0);
    expect((await fetch(`${url}/api/v1/divergences/stream`)).status).toBe(503);
  });

  test('a reader that leaves is forgotten', async () => {
    const gateway = await FakeGateway.make();
    const url = await start(gateway);
    const stream = await openStream(`${url}/api/v1/divergences/stream`);
    await waitUntil(() => gateway.listeners.size === 1, 'the subscription', 2000);
    stream.stop();
    await waitUntil(() => gateway.listeners.size === 0, 'the end of the subscription', 2000);
  });

  test('a reader that does not keep up is disconnected', async () => {
    const gateway = await FakeGateway.make();
    const url = await start(gateway, { maxBufferedBytes: 2000 });
    const stream = await openStream(`${url}/api/v1/divergences/stream`);
    await waitUntil(() => gateway.listeners.size === 1, 'the subscription', 2000);
    for (const listener of gateway.listeners) listener(makeDivergence(1, { primary: 'x'.repeat(3000) }));
    await stream.ended;
    expect(gateway.listeners.size).toBe(0);
  });

  test('there is a limit to readers', async () => {
    const url = await start(await FakeGateway.make(), { maxClients: 1 });
    const first = await openStream(`${url}/api/v1/divergences/stream`);
    const second = await fetch(`${url}/api/v1/divergences/stream`);
    expect(second.status).toBe(503);
    expect(await second.json()).toMatchObject({ error: { code: 'unavailable' } });
    first.stop();
  });

  test('closing does not wait for readers', async () => {
    const url = await start(await FakeGateway.make());
    const stream = await openStream(`${url}/api/v1/divergences/stream`);
    await server?.close();
    await stream.ended;
  });
});
