/**
 * How the gateway goes: what was sent is answered whole, who only waits is let go, and nothing mirrored is left behind.
 */
import { describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { encodeCommand, RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** Long enough that nothing below can pass by waiting for it. */
const patient = { limits: { drainTimeoutMs: 120_000 } };

interface Pusher {
  readonly client: RawClient;
  readonly key: string;
  /** Replies received: 1, 2, 3 … */
  received: number;
  /** Resolves once the connection is closed. */
  readonly done: Promise<void>;
}

/** Counts up a key of its own, `depth` commands at a time, until the gateway hangs up. */
function push(client: RawClient, key: string, depth: number): Pusher {
  const batch = Buffer.concat(Array.from({ length: depth }, () => encodeCommand(['INCR', key])));
  const pusher = { client, key, received: 0 };
  const run = async (): Promise<void> => {
    while (!client.closed) {
      client.send(batch);
      for (let index = 0; index < depth; index++) {
        const reply = await client.read().catch(() => undefined);
        if (reply === undefined) return;
        pusher.received++;
        if (reply !== pusher.received)
          throw new Error(`${key}: ${String(reply)} after ${pusher.received - 1}`);
      }
    }
  };
  return Object.assign(pusher, { done: run() });
}

async function drained(gateway: TestGateway): Promise<void> {
  await waitUntil(async () => (await gateway.request('/readyz')).status === 503, 'the drain to begin');
}

/** More than `sizeBytes` of commands have been read. */
async function arrived(gateway: TestGateway, sizeBytes: number): Promise<void> {
  const sent = async (): Promise<boolean> =>
    (await gateway.metrics()).sum('client_bytes_total', { direction: 'in' }) > sizeBytes;
  await waitUntil(sent, 'the commands to arrive');
}

describe('SIGTERM under load', () => {
  it.each([
    ['without a shadow', false],
    ['with a shadow', true],
  ])('answers what the primary has done, in whole replies: %s', async (_name, mirrored) => {
    const primary = await startServer('valkey-9.1');
    const shadow = mirrored ? await startServer('valkey-9.1') : undefined;
    const gateway = await startGateway({
      primary: primary.url,
      ...(shadow ? { shadow: shadow.url } : {}),
      workers: 3,
      config: patient,
    });
    const clients = await Promise.all(Array.from({ length: 9 }, () => gateway.client()));
    const pushers = clients.map((client, number) =>
      push(client, `drain:${number}`, [1, 20, 400][number % 3]!),
    );
    await waitUntil(() => pushers.every(({ received }) => received > 100), 'the load to run');
    await gateway.stop();
    await Promise.all(pushers.map(({ done }) => done));
    for (const { client } of pushers) expect(client.unreadBytes.length).toBe(0);
    const keys = pushers.map(({ key }) => key);
    const told = pushers.map(({ received }) => String(received));
    for (const server of [primary, ...(shadow ? [shadow] : [])]) {
      const direct = await server.client();
      expect(await direct.call('MGET', ...keys)).toEqual(told);
      direct.close();
    }
  });

  it('does not cut large replies that are read slowly', async () => {
    const primary = await startServer('redis-8.0');
    const gateway = await startGateway({ primary: primary.url, workers: 1, config: patient });
    const client = await gateway.client();
    const value = 'large '.repeat(500_000);
    expect(await client.call('SET', 'large', value)).toBe('OK');
    client.socket.pause();
    client.send(Buffer.concat(Array.from({ length: 8 }, () => encodeCommand(['GET', 'large']))));
    // Not all of it: the gateway reads no more of long replies than their reader takes.
    const replied = async (): Promise<boolean> =>
      (await gateway.metrics()).sum('client_bytes_total', { direction: 'out' }) > value.length / 10;
    await waitUntil(replied, 'the replies to be on their way');
    const stopped = gateway.stop();
    await gateway.waitForLog('draining');
    client.socket.resume();
    for (let reply = 0; reply < 8; reply++) expect((await client.read()) === value).toBe(true);
    await stopped;
    await client.waitForClose();
  });
});

describe('while draining', () => {
  it('the gateway is not ready, takes no clients, and answers what is in flight', async () => {
    const primary = await startServer('valkey-8.0');
    const gateway = await startGateway({ primary: primary.url, config: patient });
    const client = await gateway.client();
    expect(await client.call('PING')).toBe('PONG');
    primary.pause();
    const [late, later] = [client.call('INCR', 'late'), client.call('INCR', 'late')];
    await arrived(gateway, 60);
    gateway.signal('SIGTERM');
    await drained(gateway);
    const readiness = await (await gateway.request('/readyz')).json();
    expect(readiness).toEqual({ ready: false, reason: 'the gateway is draining' });
    expect((await gateway.request('/healthz')).status).toBe(200);
    expect(await gateway.admin('/api/v1/status')).toMatchObject({ state: 'draining', sessions: 1 });
    await waitUntil(async () => {
      const refused = await gateway.client().catch((error: NodeJS.ErrnoException) => error);
      if (refused instanceof RawClient) refused.close();
      else return refused.code === 'ECONNREFUSED';
      return false;
    }, 'new clients to be refused');
    client.send(encodeCommand(['SET', 'too', 'late']));
    primary.resume();
    expect(await Promise.all([late, later])).toEqual([1, 2]);
    await client.waitForClose();
    await waitUntil(() => !gateway.running, 'the process to end');
    await gateway.stop();
    const direct = await primary.client();
    expect(await direct.call('EXISTS', 'too')).toBe(0);
    direct.close();
  });

  it('a second SIGTERM ends the process at once', async () => {
    const primary = await startServer('valkey-9.1');
    const gateway = await startGateway({ primary: primary.url, config: patient });
    const client = await gateway.client();
    expect(await client.call('PING')).toBe('PONG');
    primary.pause();
    client.send(encodeCommand(['INCR', 'never']));
    await arrived(gateway, 30);
    gateway.signal('SIGTERM');
    await drained(gateway);
    await expect(gateway.stop()).rejects.toThrow('exit status 1');
    await client.waitForClose();
  });

  it('commands that are never answered do not hold it up for longer than drainTimeoutMs', async () => {
    const primary = await startServer('redis-7.0');
    const gateway = await startGateway({ primary: primary.url, config: { limits: { drainTimeoutMs: 200 } } });
    const client = await gateway.client();
    expect(await client.call('PING')).toBe('PONG');
    primary.pause();
    const never = client.call('INCR', 'never');
    const failed = expect(never).rejects.toThrow('the connection is closed');
    await arrived(gateway, 30);
    await gateway.stop();
    await failed;
    await gateway.waitForLog('clients were still waiting for replies when limits.drainTimeoutMs ended');
  });
});

describe('clients that only wait', () => {
  async function waiting(gateway: TestGateway): Promise<RawClient[]> {
    const calls: (readonly string[])[] = [
      ['BLPOP', 'drain:list', '0'],
      ['XREAD', 'BLOCK', '0', 'STREAMS', 'drain:stream', '$'],
      ['SUBSCRIBE', 'drain:channel'],
      ['MONITOR'],
      ['MULTI'],
      ['WATCH', 'drain:watched'],
      ['PING'],
    ];
    const clients: RawClient[] = [];
    for (const call of calls) {
      const client = await gateway.client();
      if (/^(BL|XR)/.test(call[0] ?? '')) client.send(encodeCommand(call));
      else await client.call(...call);
      clients.push(client);
    }
    return clients;
  }

  /** Both blocked clients have arrived at the server. */
  async function blocked(primary: TestServer): Promise<void> {
    const direct = await primary.client();
    const two = async (): Promise<boolean> =>
      String(await direct.call('INFO', 'clients')).includes('blocked_clients:2');
    await waitUntil(two, 'the clients to block');
    direct.close();
  }

  it.each([
    ['without a shadow', false],
    ['with a shadow', true],
  ])('are let go by POST /api/v1/drain: %s', async (_name, mirrored) => {
    const primary = await startServer('valkey-9.1');
    const shadow = mirrored ? await startServer('redis-8.0') : undefined;
    const gateway = await startGateway({
      primary: primary.url,
      ...(shadow ? { shadow: shadow.url } : {}),
      config: patient,
    });
    const clients = await waiting(gateway);
    await blocked(primary);
    const response = await gateway.request('/api/v1/drain', { method: 'POST' });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ state: 'draining' });
    for (const client of clients) await client.waitForClose();
    await waitUntil(() => !gateway.running, 'the process to end');
    await gateway.stop();
    // Nobody is left on the server who would take it.
    const direct = await primary.client();
    expect(await direct.call('RPUSH', 'drain:list', 'kept')).toBe(1);
    expect(await direct.call('LLEN', 'drain:list')).toBe(1);
    direct.close();
  });
});

describe('the shadow', () => {
  it('is not waited for longer than drainTimeoutMs, and what it did not get is counted', async () => {
    const [primary, shadow] = [await startServer('valkey-9.1'), await startServer('valkey-9.1')];
    const limits = { drainTimeoutMs: 300 };
    const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, config: { limits } });
    const client = await gateway.client();
    shadow.pause();
    for (let number = 0; number < 7; number++) expect(await client.call('INCR', 'lost')).toBe(number + 1);
    await gateway.stop();
    const last = await gateway.waitForLog('the shadow did not get or answer the last commands');
    expect(last).toMatchObject({ commands: 7 });
    shadow.resume();
  });

  it('still gets what its queue held', async () => {
    const [primary, shadow] = [await startServer('valkey-9.1'), await startServer('valkey-9.1')];
    const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, config: patient });
    const client = await gateway.client();
    shadow.pause();
    // More than sockets hold for a process that sleeps.
    const value = Buffer.alloc(32 * 1024, 'value');
    const commands = Array.from({ length: 1000 }, (_, number) => ['SET', `queued:${number}`, value]);
    expect(new Set(await client.pipeline(commands))).toEqual(new Set(['OK']));
    expect((await gateway.metrics()).sum('shadow_queue_commands')).toBe(1000);
    gateway.signal('SIGTERM');
    await client.waitForClose();
    await drained(gateway);
    expect(gateway.running).toBe(true);
    shadow.resume();
    await waitUntil(() => !gateway.running, 'the process to end');
    await gateway.stop();
    const direct = await shadow.client();
    expect(await direct.call('DBSIZE')).toBe(1000);
    direct.close();
  });
});
