/** Values up to the servers' limit: they pass, and the gateway does not keep them meanwhile. */
import * as net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { watchMemory } from '../fault/process-memory.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { encodeCommand, type RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const megabyte = 1024 * 1024;
/** Of a value whose passing shows what the gateway needs for any: buffers, and garbage of up to V8's threshold. */
const smallBytes = 64 * megabyte;
/** Kept small for every day; with 512mb, which is the servers' own limit, it takes some seconds. */
const largeBytes = Number(process.env.LOCKSTEP_TEST_LARGE_MB ?? 256) * megabyte;

/** Sends a value piece by piece, and asks for it again; `other` is served meanwhile. Answers the most memory. */
async function passValue(
  gateway: TestGateway,
  client: RawClient,
  other: RawClient,
  size: number,
): Promise<number> {
  const memory = watchMemory(gateway.pid);
  const chunk = Buffer.alloc(megabyte, 'chunk of a large value ');
  const key = `value:${size}`;
  client.send(`*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${size}\r\n`);
  for (let sent = 0; sent < size; sent += megabyte) {
    if (!client.socket.write(chunk)) await new Promise((resolve) => client.socket.once('drain', resolve));
    if (sent % (16 * megabyte) === 0) expect(await other.call('EXISTS', key)).toBe(0);
  }
  client.send('\r\n');
  expect(await client.read()).toBe('OK');
  expect(await other.call('STRLEN', key)).toBe(size);
  let received = 0;
  const socket = net.connect(gateway.port, '127.0.0.1');
  socket.on('data', (bytes: Buffer) => {
    received += bytes.length;
  });
  socket.write(encodeCommand(['GET', key]));
  await waitUntil(() => received >= size, 'all of it', 60_000);
  expect(received).toBe(size + `$${size}\r\n\r\n`.length);
  socket.destroy();
  return memory.stop();
}

describe('large values', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer('valkey-9.1');
  });

  // One worker: each has a garbage collector of its own, which has had its garbage once the small value has passed.
  it.each(['pooled', 'pinned'])(
    'take the gateway no more memory than small ones: %s',
    async (sessions) => {
      const own = await startServer('valkey-8.0');
      const gateway = await startGateway({
        primary: own.url,
        workers: 1,
        config: { upstream: { sessions } },
      });
      const [client, other] = [await gateway.client(), await gateway.client()];
      client.timeoutMs = 60_000;
      for (const one of [client, other]) expect(await one.call('PING')).toBe('PONG');
      const most = await passValue(gateway, client, other, smallBytes);
      const growth = (await passValue(gateway, client, other, largeBytes)) - most;
      // Whoever keeps values grows by all that the second has more than the first.
      expect(growth).toBeLessThan((largeBytes - smallBytes) / 2);
      for (const one of [client, other]) one.close();
      await own.stop();
    },
    150_000,
  );

  it('of 20 MB pass in both directions, and to the shadow', async () => {
    const shadow = await startServer('valkey-8.0');
    const gateway = await startGateway({ primary: server.url, shadow: shadow.url });
    const client = await gateway.client();
    const value = Buffer.alloc(20 * megabyte, '0123456789abcdef');
    expect(await client.call('SET', 'huge', value)).toBe('OK');
    expect(await client.pipeline([['MULTI'], ['APPEND', 'huge', 'end'], ['EXEC']])).toEqual([
      'OK',
      'QUEUED',
      [value.length + 3],
    ]);
    const reply = await client.callTyped('GET', 'huge');
    const expected = Buffer.concat([value, Buffer.from('end')]);
    expect(reply.type === 'bulk' && reply.bytes.equals(expected)).toBe(true);
    await gateway.shadowIdle();
    const direct = await shadow.client();
    const copy = await direct.callTyped('GET', 'huge');
    expect(copy.type === 'bulk' && copy.bytes.equals(expected)).toBe(true);
    const { total } = await gateway.admin('/api/v1/divergences');
    expect(total).toBe(0);
    direct.close();
    client.close();
  });
});
