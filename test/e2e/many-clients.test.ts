/**
 * Ten thousand clients that are connected and silent, and fifty that work among them: what each costs in memory, and
 * how few connections to the server all of them need. Prints the figures; latency is reported and not judged.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';
import { expect, it } from 'vitest';
import { residentBytes } from '../fault/process-memory.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const WORKERS = 2;
/** Clients who come and go before anything is measured. */
const WARMING = 2000;
const ACTIVE = 50;
const ROUNDS = 40;
/** What an idle client may cost. A socket of node:net takes 4 KiB before anything is done with it. */
const MOST_BYTES = { native: 6 * 1024, node: 9 * 1024 };
/** Descriptors that the processes need besides. */
const RESERVED_FILES = 1000;

function openFilesLimit(): number {
  const line = /Max open files\s+(\d+|unlimited)/.exec(fs.readFileSync('/proc/self/limits', 'utf8'));
  return Number(line?.[1] ?? 0) || Number.POSITIVE_INFINITY;
}
/** As many as the descriptors of one process allow, where they allow fewer. */
const CLIENTS = Math.min(10_000, openFilesLimit() - RESERVED_FILES);

/** A connected client that has been served once and is silent from then on. */
function connectIdle(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('*2\r\n$3\r\nGET\r\n$4\r\nidle\r\n'));
    socket.once('error', reject);
    socket.once('data', () => resolve(socket));
  });
}

async function connectMany(port: number, count: number): Promise<net.Socket[]> {
  const sockets: net.Socket[] = [];
  onCleanup(() => {
    for (const socket of sockets) socket.destroy();
  });
  while (sockets.length < count) {
    const batch = Math.min(200, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: batch }, () => connectIdle(port)))));
  }
  return sockets;
}

/** The least of many looks: what garbage collection leaves. */
async function settledBytes(gateway: TestGateway): Promise<number> {
  let least = residentBytes(gateway.pid);
  let looks = 0;
  await waitUntil(() => {
    least = Math.min(least, residentBytes(gateway.pid));
    looks += 1;
    return looks > 40;
  }, 'memory to settle');
  return least;
}

/** Milliseconds of every command of `ACTIVE` clients, sorted. */
async function latencies(port: number): Promise<number[]> {
  const clients = await Promise.all(Array.from({ length: ACTIVE }, () => RawClient.connect({ port })));
  const times: number[] = [];
  await Promise.all(
    clients.map(async (client, number) => {
      for (let round = 0; round < ROUNDS; round++) {
        const start = performance.now();
        await client.call('SET', `active-${number}`, String(round));
        times.push(performance.now() - start);
      }
      client.close();
    }),
  );
  return times.sort((left, right) => left - right);
}

function show(times: readonly number[]): string {
  const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2);
  return `median ${at(0.5)} ms, 99 % within ${at(0.99)} ms`;
}

async function serverConnections(server: TestServer): Promise<number> {
  const client = await server.client();
  const info = String(await client.call('INFO', 'clients'));
  client.close();
  return Number(/connected_clients:(\d+)/.exec(info)?.[1]);
}

it('ten thousand idle clients cost little and need few connections', async () => {
  const server = await startServer('valkey-9.1');
  const gateway = await startGateway({
    primary: server.url,
    workers: WORKERS,
    config: { limits: { maxClients: CLIENTS + 2 * ACTIVE } },
  });
  // What code takes has nothing to do with the number of clients, nor has the space for young objects, which grows with
  // what is made of them at one time.
  for (const socket of await connectMany(gateway.port, WARMING)) socket.destroy();
  const alone = await latencies(gateway.port);
  await expect.poll(async () => (await gateway.metrics()).sum('client_connections')).toBe(0);
  const before = await settledBytes(gateway);
  const connectionsBefore = await serverConnections(server);

  const idle = await connectMany(gateway.port, CLIENTS);
  const among = await latencies(gateway.port);
  // What connecting has left is collected in time.
  const most = MOST_BYTES[gateway.transport];
  const bytesEach = (): number => (residentBytes(gateway.pid) - before) / CLIENTS;
  await waitUntil(() => bytesEach() < most, `a client to cost less than ${most} bytes`);
  const each = bytesEach();
  expect((await gateway.metrics()).sum('client_connections')).toBeGreaterThanOrEqual(CLIENTS);
  const connections = await serverConnections(server);
  console.log(`[clients] ${CLIENTS} idle clients, ${(each / 1024).toFixed(2)} KiB each`);
  console.log(`[clients] ${ACTIVE} active ones alone: ${show(alone)}; among the idle: ${show(among)}`);
  console.log(`[clients] connections to the server: ${connections}`);
  expect(connections).toBeLessThanOrEqual(connectionsBefore + 1);
  expect(connections).toBeLessThanOrEqual(2 * WORKERS + 2);
  for (const socket of idle) socket.destroy();
  await expect
    .poll(async () => (await gateway.metrics()).sum('client_connections'), { timeout: 20_000 })
    .toBe(0);
});
