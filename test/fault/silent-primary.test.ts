/** A primary that keeps its connections and says nothing more: whoever waits for it is told, and nobody else. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';
import { Relay } from './relay.ts';

const megabyte = 1024 * 1024;
/** Long enough for a machine that is busy with other things: whoever may run within half of it is not silent. */
const ANSWER_TIMEOUT_MS = 5000;
const PATIENCE_MS = 120_000;
const LOST = {
  error: 'ERR lockstep: the connection to the primary was lost, the outcome of this command is unknown',
};

let server: TestServer;

beforeAll(async () => {
  server = await startServer('redis-7.0');
});

type Sessions = 'pooled' | 'pinned';

function gatewayTo(port: number, sessions: Sessions): Promise<TestGateway> {
  const upstream = { sessions, reconnect: { minMs: 20, maxMs: 200 } };
  const primary = { answerTimeoutMs: ANSWER_TIMEOUT_MS, connectTimeoutMs: 5000 };
  const config = { upstream, primary };
  return startGateway({
    primary: `redis://127.0.0.1:${port}`,
    workers: 1,
    startTimeoutMs: PATIENCE_MS,
    config,
  });
}

async function clientOf(gateway: TestGateway): Promise<RawClient> {
  const client = await gateway.client();
  client.timeoutMs = PATIENCE_MS;
  return client;
}

/** With pinned sessions the end of its connection to the server is the end of the client's. */
async function isTold(client: RawClient, sessions: Sessions): Promise<void> {
  if (sessions === 'pooled') expect(await client.read()).toEqual(LOST);
  else await client.waitForClose();
}

async function worksAgain(gateway: TestGateway): Promise<void> {
  await waitUntil(
    async () => {
      const client = await gateway.client();
      const reply = await client.call('SET', 'again', '1');
      client.close();
      return reply === 'OK';
    },
    'commands to work again',
    PATIENCE_MS,
  );
}

it(
  'a reply that stops in the middle ends its client, and the others are served',
  async () => {
    const relay = await Relay.start(server.port);
    const gateway = await gatewayTo(relay.port, 'pooled');
    const [reader, other] = [await clientOf(gateway), await clientOf(gateway)];
    expect(await reader.call('SET', 'large', Buffer.alloc(8 * megabyte, 'large'))).toBe('OK');
    expect(await other.call('SET', 'small', 'value')).toBe('OK');
    relay.silenceAfter(2 * megabyte);
    reader.sendCommand('GET', 'large');
    const stopped = (): boolean => relay.silent === 1 && reader.unreadBytes.length > 0;
    await waitUntil(stopped, 'the reply to begin and to stop', PATIENCE_MS);
    expect(await other.call('GET', 'small')).toBe('value');
    await reader.waitForClose();
    expect(reader.unreadBytes.length).toBeLessThanOrEqual(relay.passedBySilent);
    expect(relay.passedBySilent).toBeLessThan(8 * megabyte);
    await gateway.waitForLog('a reply has stopped in the middle');
    expect(await other.call('GET', 'small')).toBe('value');
    expect(await other.call('FLUSHALL')).toBe('OK');
    other.close();
  },
  2 * PATIENCE_MS,
);

describe.each(['pooled', 'pinned'] as const)('%s', (sessions) => {
  it(
    'where one connection says nothing more and others do, those who wait for that one are told',
    async () => {
      const relay = await Relay.start(server.port);
      const gateway = await gatewayTo(relay.port, sessions);
      const direct = await server.client();
      const asks = await clientOf(gateway);
      expect(await asks.call('GET', 'none')).toBeNull();
      // With a connection of its own each.
      const [blocked, talks] = [await clientOf(gateway), await clientOf(gateway)];
      blocked.sendCommand('BLPOP', 'nothing', 0);
      await waitUntil(
        async () => String(await direct.call('INFO', 'clients')).includes('blocked_clients:1\r'),
        'a blocked client',
        PATIENCE_MS,
      );
      expect(await talks.call('SELECT', 1)).toBe('OK');
      expect(await talks.call('GET', 'none')).toBeNull();
      // The gateway's own, on which clients' commands go, too, where they share connections.
      relay.silenceOldest();
      // The one of the client that asks.
      if (sessions === 'pinned') relay.silenceOldest();
      asks.sendCommand('INCR', 'k');
      let isOver = false;
      const told = isTold(asks, sessions).finally(() => {
        isOver = true;
      });
      await waitUntil(
        async () => {
          expect(await talks.call('GET', 'none')).toBeNull();
          return isOver;
        },
        'the end of it',
        PATIENCE_MS,
      );
      await told;
      await gateway.waitForLog('replies are lost on their way');
      await worksAgain(gateway);
      expect(await direct.call('GET', 'k')).toBeNull();
      expect(await direct.call('RPUSH', 'nothing', 'something')).toBe(1);
      expect(await blocked.read()).toEqual(['nothing', 'something']);
      expect(await direct.call('FLUSHALL')).toBe('OK');
      for (const client of [asks, blocked, talks, direct]) client.close();
    },
    3 * PATIENCE_MS,
  );
});

describe.each(['pooled', 'pinned'] as const)('%s', (sessions) => {
  it(
    'where nothing comes through any more, those who wait are told, and those who listen stay',
    async () => {
      const relay = await Relay.start(server.port);
      const gateway = await gatewayTo(relay.port, sessions);
      const clients = await Promise.all([1, 2, 3, 4].map(() => clientOf(gateway)));
      const [asks, waits, queues, listens] = clients as [RawClient, RawClient, RawClient, RawClient];
      expect(await listens.call('SUBSCRIBE', 'channel')).toEqual(['subscribe', 'channel', 1]);
      expect(await queues.call('MULTI')).toBe('OK');
      expect(await queues.call('SET', 'k', '1')).toBe('QUEUED');
      expect(await asks.call('GET', 'k')).toBeNull();
      waits.sendCommand('BLPOP', 'nothing', 0);
      const direct = await server.client();
      await waitUntil(
        async () => String(await direct.call('INFO', 'clients')).includes('blocked_clients:1\r'),
        'a blocked client',
        PATIENCE_MS,
      );
      relay.swallow();
      for (const client of [asks, queues]) client.sendCommand('INCR', 'k');
      await isTold(asks, sessions);
      // They had state on the server.
      for (const client of [queues, waits]) await client.waitForClose();
      relay.pass();
      await worksAgain(gateway);
      expect(await direct.call('PUBLISH', 'channel', 'still here')).toBe(1);
      expect(await listens.read()).toEqual(['message', 'channel', 'still here']);
      expect(await direct.call('GET', 'k')).toBeNull();
      for (const client of [listens, direct]) client.close();
    },
    3 * PATIENCE_MS,
  );
});

it(
  'a process that is stopped in the middle of a reply counts as gone, and comes back',
  async () => {
    const own = await startServer('valkey-8.0');
    const gateway = await gatewayTo(own.port, 'pinned');
    const client = await clientOf(gateway);
    const size = 32 * megabyte;
    expect(await client.call('SET', 'large', Buffer.alloc(size, 'large'))).toBe('OK');
    // The gateway does not read further than its client does, so the server cannot have written all of it.
    client.socket.pause();
    client.sendCommand('GET', 'large');
    await waitUntil(
      async () => (await gateway.metrics()).sum('client_bytes_total', { direction: 'out' }) > megabyte,
      'the reply to begin',
      PATIENCE_MS,
    );
    own.pause();
    client.socket.resume();
    await client.waitForClose();
    expect(client.unreadBytes.length).toBeLessThan(size);
    own.resume();
    await worksAgain(gateway);
  },
  3 * PATIENCE_MS,
);

describe('a primary that is busy', () => {
  it(
    'is waited for: CLIENT PAUSE, a long script, clients that block',
    async () => {
      const scripted = await startServer('redis-7.0', { args: ['--busy-reply-threshold', '50'] });
      const besideScript = await gatewayTo(scripted.port, 'pinned');
      const [runner, blocked] = [await clientOf(besideScript), await clientOf(besideScript)];
      const paused = await gatewayTo(server.port, 'pooled');
      const [pauser, other] = [await clientOf(paused), await clientOf(paused)];
      expect(await pauser.call('SET', 'counter', '1')).toBe('OK');
      expect(await other.call('GET', 'counter')).toBe('1');
      const direct = await scripted.client();
      blocked.sendCommand('BLPOP', 'nothing', 0);
      await waitUntil(
        async () => String(await direct.call('INFO', 'clients')).includes('blocked_clients:1\r'),
        'a blocked client',
        PATIENCE_MS,
      );
      runner.sendCommand('EVAL', 'while true do end', 0);
      // Everybody waits for longer than the limit; the replies are the server's.
      expect(await pauser.call('CLIENT', 'PAUSE', 1.5 * ANSWER_TIMEOUT_MS, 'ALL')).toBe('OK');
      const late = await clientOf(paused);
      late.sendCommand('WATCH', 'counter');
      expect(await other.pipeline([['INCR', 'counter'], ['PING']])).toEqual([2, 'PONG']);
      expect(await late.read()).toBe('OK');
      expect(await direct.call('SCRIPT', 'KILL')).toBe('OK');
      expect(JSON.stringify(await runner.read())).toContain('Script killed by user');
      expect(await direct.call('RPUSH', 'nothing', 'something')).toBe(1);
      expect(await blocked.read()).toEqual(['nothing', 'something']);
      for (const client of [runner, blocked, pauser, other, late, direct]) client.close();
    },
    3 * PATIENCE_MS,
  );

  it(
    'is waited for where it answers others meanwhile: CLIENT PAUSE of writes',
    async () => {
      const own = await startServer('valkey-9.1');
      const gateway = await gatewayTo(own.port, 'pooled');
      const [writes, reads] = [await clientOf(gateway), await clientOf(gateway)];
      const direct = await own.client();
      expect(await reads.call('SELECT', 1)).toBe('OK');
      expect(await writes.call('SET', 'counter', '1')).toBe('OK');
      expect(await direct.call('CLIENT', 'PAUSE', 1.5 * ANSWER_TIMEOUT_MS, 'WRITE')).toBe('OK');
      let isOver = false;
      const written = writes.call('INCR', 'counter').finally(() => {
        isOver = true;
      });
      await waitUntil(
        async () => {
          expect(await reads.call('GET', 'counter')).toBeNull();
          return isOver;
        },
        'the end of it',
        PATIENCE_MS,
      );
      expect(await written).toBe(2);
      for (const client of [writes, reads, direct]) client.close();
    },
    3 * PATIENCE_MS,
  );
});
