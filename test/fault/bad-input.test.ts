/** Clients that send nonsense, half a command, or nothing: others must not notice and the gateway must not grow. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';
import { residentBytes } from './process-memory.ts';
import { replaySteady, startSteady } from './steady-client.ts';

const seed = Number(process.env.LOCKSTEP_FAULT_SEED ?? 5);

/** Bytes that depend on the seed and the number only. */
function noise(number: number, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let size = 0; size < length; size += 32) {
    parts.push(createHash('sha256').update(`${seed}:${number}:${size}`).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** Well-formed commands with some bytes exchanged. */
function damaged(number: number): Buffer {
  const bytes = Buffer.from(
    '*3\r\n$3\r\nSET\r\n$9\r\nnoise:key\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$9\r\nnoise:key\r\n'.repeat(3),
  );
  const changes = noise(number, 16);
  for (let index = 0; index < 8; index++) {
    bytes[(changes[index] as number) % bytes.length] = changes[index + 8] as number;
  }
  return bytes;
}

const hoards: readonly (readonly [string, string])[] = [
  ['a count and no more', '*1000000\r\n'],
  ['a length and no more', '*2\r\n$3\r\nGET\r\n$500000000\r\n'],
  ['half a line', 'SET k'],
  ['an open transaction', '*1\r\n$5\r\nMULTI\r\n'],
  ['an open blocking pop', '*3\r\n$5\r\nBLPOP\r\n$4\r\nnone\r\n$1\r\n0\r\n'],
];

it('nonsense from many clients touches no other client', async () => {
  const [primary, shadow, reference] = [
    await startServer('valkey-9.1'),
    await startServer('valkey-9.1'),
    await startServer('valkey-9.1'),
  ];
  const gateway = await startGateway({ primary: primary.url, shadow: shadow.url });
  const steady = startSteady(gateway.port, seed);
  const before = residentBytes(gateway.pid);
  for (let round = 0; round < 200; round++) {
    const client = await RawClient.connect({ port: gateway.port });
    client.send(round % 2 === 0 ? noise(round, 1 + ((round * 37) % 3000)) : damaged(round));
    if (round % 3 === 0) client.end();
    else if (round % 3 === 1) client.reset();
    else setTimeout(() => client.close(), 20);
  }
  const idle: RawClient[] = [];
  for (const [, bytes] of hoards) {
    for (let copy = 0; copy < 20; copy++) {
      const client = await RawClient.connect({ port: gateway.port });
      client.send(bytes);
      idle.push(client);
    }
  }
  const probe = await gateway.client();
  expect(await probe.call('ECHO', 'alive')).toBe('alive');
  expect(residentBytes(gateway.pid) - before).toBeLessThan(200 * 1024 * 1024);
  for (const client of idle) client.close();
  const heard = await steady.stop();
  expect(heard).toEqual(await replaySteady(reference.port, seed, heard.length));
  const left = async (): Promise<boolean> => (await gateway.metrics()).sum('client_connections') === 1;
  await waitUntil(left, 'the closed clients to be forgotten');
  probe.close();
  await gateway.shadowIdle();
});

it('a client that does not read its replies is held back or closed, at bounded cost', async () => {
  const primary = await startServer('valkey-9.1');
  const gateway = await startGateway({ primary: primary.url, config: { limits: { maxOutputBytes: '8mb' } } });
  const greedy = await RawClient.connect({ port: gateway.port });
  await greedy.call('SET', 'big', 'x'.repeat(100_000));
  const before = residentBytes(gateway.pid);
  greedy.socket.pause();
  for (let index = 0; index < 3000; index++) greedy.sendCommand('GET', 'big');
  const other = await gateway.client();
  for (let index = 0; index < 200; index++)
    expect(await other.call('ECHO', String(index))).toBe(String(index));
  expect(residentBytes(gateway.pid) - before).toBeLessThan(200 * 1024 * 1024);
  greedy.close();
  expect(await other.call('GETRANGE', 'big', '0', '2')).toBe('xxx');
  other.close();
});
