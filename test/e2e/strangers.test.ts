/**
 * Clients that have yet to log in, from the first moment on: what they may send depends on what the primary wants of
 * them, and none of them may cost others the connection that they share.
 */
import * as net from 'node:net';
import { expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { encodeCommand, RawClient } from '../support/raw-client.ts';
import { serverNames, startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const PATIENCE_MS = 120_000;
/** More clients than workers, so that each worker is likely to have some. */
const CLIENTS = 8;
const NO_AUTH = { error: 'NOAUTH Authentication required.' };

const get = encodeCommand(['GET', 'k']);
/** A server reads no further. */
const tooMany = '*11\r\n$4\r\nSADD\r\n';
const tooLong = '*2\r\n$3\r\nGET\r\n$16385\r\n';

/** Everything that comes on a connection until the other side closes it. */
function heardUntilClose(
  port: number,
  sent: string | Buffer,
): { sent: Promise<void>; heard: Promise<string> } {
  const socket = net.connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
  });
  // What follows the header of a command that is refused is not read, so the connection may be reset.
  socket.on('error', () => undefined);
  return {
    sent: new Promise((resolve) => socket.write(sent, () => resolve())),
    heard: new Promise((resolve) => socket.on('close', () => resolve(text))),
  };
}

async function hasRead(gateway: TestGateway, bytes: number): Promise<void> {
  const read = async (): Promise<number> =>
    (await gateway.metrics()).sum('client_bytes_total', { direction: 'in' });
  await waitUntil(async () => (await read()) >= bytes, 'the gateway to have read everything', PATIENCE_MS);
}

async function clientOf(port: number): Promise<RawClient> {
  const client = await RawClient.connect({ port });
  client.timeoutMs = PATIENCE_MS;
  return client;
}

it.each([
  ['alone', 'pooled'],
  ['with a shadow', 'pooled'],
  ['alone', 'pinned'],
] as const)(
  '%s, %s: those who come before the primary has said a word are limited as by the primary',
  async (shape, sessions) => {
    const server = await startServer('valkey-8.0', { password: 'needed' });
    const shadow = shape === 'alone' ? undefined : (await startServer('valkey-8.0')).url;
    server.pause();
    const gateway = await startGateway({
      primary: `redis://127.0.0.1:${server.port}`,
      ...(shadow === undefined ? {} : { shadow }),
      workers: 2,
      startTimeoutMs: PATIENCE_MS,
      config: { primary: { connectTimeoutMs: PATIENCE_MS }, upstream: { sessions } },
    });
    const provocations = [tooMany, tooLong];
    const refused = Array.from({ length: CLIENTS }, (_, at) =>
      heardUntilClose(gateway.port, provocations[at % 2]!),
    );
    const modest = await Promise.all(Array.from({ length: CLIENTS }, () => clientOf(gateway.port)));
    for (const client of modest) client.send(get);
    await Promise.all(refused.map(({ sent }) => sent));
    await hasRead(gateway, CLIENTS * get.length + (CLIENTS / 2) * (tooMany.length + tooLong.length));
    server.resume();
    const direct = await Promise.all(provocations.map((bytes) => heardUntilClose(server.port, bytes).heard));
    expect(direct).toEqual([
      '-ERR Protocol error: unauthenticated multibulk length\r\n',
      '-ERR Protocol error: unauthenticated bulk length\r\n',
    ]);
    const heard = await Promise.all(refused.map((one) => one.heard));
    expect(heard).toEqual(heard.map((_, at) => direct[at % 2]));
    for (const client of modest) {
      expect(await client.read()).toEqual(NO_AUTH);
      expect(await client.call('AUTH', 'needed')).toBe('OK');
      expect(await client.call('RPUSH', 'k', ...'abcdefghijkl')).toBeGreaterThan(0);
      expect(await client.call('DEL', 'k')).toBe(1);
      client.close();
    }
  },
  2 * PATIENCE_MS,
);

it(
  'before a primary that is down nobody waits for its wishes',
  async () => {
    const server = await startServer('valkey-8.0');
    await server.stop();
    const gateway = await startGateway({ primary: server.url, startTimeoutMs: PATIENCE_MS });
    const client = await clientOf(gateway.port);
    expect(JSON.stringify(await client.call('RPUSH', 'k', ...'abcdefghijkl'))).toContain('was not sent');
    client.close();
  },
  PATIENCE_MS,
);

it.each(serverNames)(
  '%s: that comes back with a password, in place of one without, answers all who waited, and keeps the connection',
  async (name) => {
    const open = await startServer(name);
    const gateway = await startGateway({
      primary: open.url,
      workers: 1,
      startTimeoutMs: PATIENCE_MS,
      config: {
        primary: { waitWhenDownMs: PATIENCE_MS },
        upstream: { reconnect: { minMs: 20, maxMs: 200 } },
      },
    });
    const clients = await Promise.all([1, 2, 3].map(() => clientOf(gateway.port)));
    const [long, many, modest] = clients as [RawClient, RawClient, RawClient];
    for (const client of clients)
      expect(await client.call('RPUSH', 'k', ...'abcdefghijkl')).toBeGreaterThan(0);
    await open.stop();
    await gateway.waitForLog('the primary is down');
    const sent = [
      encodeCommand(['SET', 'k', 'x'.repeat(20_000)]),
      encodeCommand(['RPUSH', 'k', ...'abcdefghijkl']),
      get,
    ];
    const before = (await gateway.metrics()).sum('client_bytes_total', { direction: 'in' });
    for (const [at, client] of clients.entries()) client.send(sent[at]!);
    await hasRead(gateway, before + sent.reduce((sum, { length }) => sum + length, 0));
    const locked = await startServer(name, { port: open.port, password: 'needed' });
    for (const client of clients) expect(await client.read()).toEqual(NO_AUTH);
    expect(await modest.call('GET', 'k')).toEqual(NO_AUTH);
    const direct = await locked.client();
    const connections = /total_connections_received:\d+/;
    const info = async (): Promise<string> =>
      connections.exec(String(await direct.call('INFO', 'stats')))![0];
    const connected = await info();
    long.send(tooLong);
    many.send(tooMany);
    expect(await long.read()).toEqual({ error: 'ERR Protocol error: unauthenticated bulk length' });
    expect(await many.read()).toEqual({ error: 'ERR Protocol error: unauthenticated multibulk length' });
    expect(await modest.call('GET', 'k')).toEqual(NO_AUTH);
    expect(await info()).toBe(connected);
    for (const client of [...clients, direct]) client.close();
  },
  PATIENCE_MS,
);
