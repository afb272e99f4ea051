/** What the gateway takes on before it says no: clients, bytes in and out, commands in flight, silence. */
import * as net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { residentBytes, watchMemory } from '../fault/process-memory.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { encodeCommand, type RawClient } from '../support/raw-client.ts';
import { type ServerName, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const megabyte = 1024 * 1024;
/**
 * What a garbage-collected process may hold beyond what it must: V8 lets some 64 MB of dead buffers pile up before it
 * looks. A test that must not find something kept has it come in more than twice this amount, by one connection.
 */
const slackBytes = 96 * megabyte;
let server: TestServer;

beforeAll(async () => {
  server = await startServer('valkey-9.1');
});

function startLimited(limits: Record<string, unknown>): Promise<TestGateway> {
  return startGateway({ primary: server.url, config: { limits } });
}

/** Another client of the same gateway, whom nobody's misuse may concern. */
async function expectServed(gateway: TestGateway): Promise<void> {
  const other = await gateway.client();
  expect(await other.call('PING')).toBe('PONG');
  other.close();
}

describe('clients', () => {
  it('beyond maxClients get the error of the servers, however they are spread over workers', async () => {
    const maxClients = 5;
    const gateway = await startGateway({
      primary: server.url,
      workers: 3,
      config: { limits: { maxClients } },
    });
    const clients: RawClient[] = [];
    for (let number = 0; number < maxClients; number++) {
      const client = await gateway.client();
      expect(await client.call('PING')).toBe('PONG');
      clients.push(client);
    }
    for (let turn = 0; turn < 5; turn++) {
      const refused = await gateway.client();
      expect((await refused.readFrame()).bytes.toString()).toBe('-ERR max number of clients reached\r\n');
      await refused.waitForClose();
    }
    for (const client of clients) expect(await client.call('PING')).toBe('PONG');
    clients.pop()?.close();
    await waitUntil(async () => {
      const client = await gateway.client();
      const answer = await client.call('PING').catch(() => undefined);
      client.close();
      return answer === 'PONG';
    }, 'a free place');
    for (const client of clients) client.close();
  });

  it('that say nothing for idleTimeoutMs are disconnected, but not those who wait', async () => {
    const gateway = await startLimited({ idleTimeoutMs: 200 });
    const [idle, blocked, subscribed] = [
      await gateway.client(),
      await gateway.client(),
      await gateway.client(),
    ];
    expect(await idle.call('PING')).toBe('PONG');
    const popped = blocked.call('BLPOP', 'idle:list', 0);
    expect(await subscribed.call('SUBSCRIBE', 'idle:channel')).toEqual(['subscribe', 'idle:channel', 1]);
    await idle.waitForClose();
    expect(idle.closeError).toBeUndefined();
    const direct = await server.client();
    expect(await direct.call('PUBLISH', 'idle:channel', 'still here')).toBe(1);
    expect(await subscribed.read()).toEqual(['message', 'idle:channel', 'still here']);
    expect(await direct.call('RPUSH', 'idle:list', 'one')).toBe(1);
    expect(await popped).toEqual(['idle:list', 'one']);
    // Now it is idle, too.
    await blocked.waitForClose();
    expect(subscribed.closed).toBe(false);
    subscribed.close();
    direct.close();
  });
});

describe('clients of the engine', () => {
  it('have the same limits', async () => {
    const limits = { maxClients: 2, maxQueryBytes: '1mb', maxOutputBytes: '4mb' };
    const gateway = await startGateway({ workers: 2, config: { limits } });
    const [greedy, other] = [await gateway.client(), await gateway.client()];
    expect(await other.call('SET', 'large', Buffer.alloc(megabyte / 2, 'large'))).toBe('OK');
    const refused = await gateway.client();
    expect((await refused.readFrame()).bytes.toString()).toBe('-ERR max number of clients reached\r\n');
    greedy.socket.pause();
    greedy.send(Buffer.concat(Array.from({ length: 200 }, () => encodeCommand(['GET', 'large']))));
    await gateway.waitForLog('passed limits.maxOutputBytes');
    greedy.socket.resume();
    await greedy.waitForClose();
    const long = await gateway.client();
    expect(await long.call('PING')).toBe('PONG');
    long.send(`*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$${4 * megabyte}\r\n`);
    long.send(Buffer.alloc(2 * megabyte, 'x'));
    await long.waitForClose();
    expect(await other.call('PING')).toBe('PONG');
    const dropped = async (reason: string): Promise<number> =>
      (await gateway.metrics()).sum('clients_dropped_total', { reason });
    for (const reason of ['max_clients', 'output_buffer', 'query_buffer'])
      expect(await dropped(reason)).toBe(1);
    other.close();
  });

  it('may have more waiting than the soft limit, but not for long, and not be idle', async () => {
    const limits = { softOutputBytes: '1mb', softOutputMs: 1500, idleTimeoutMs: 4000 };
    const gateway = await startGateway({ workers: 1, config: { limits } });
    const [slow, idle] = [await gateway.client(), await gateway.client()];
    expect(await slow.call('SET', 'large', Buffer.alloc(megabyte, 'large'))).toBe('OK');
    slow.socket.pause();
    for (let round = 0; round < 12; round++) slow.send(encodeCommand(['GET', 'large']));
    await gateway.waitForLog('passed limits.softOutputBytes');
    await idle.waitForClose();
    expect((await gateway.metrics()).sum('clients_dropped_total', { reason: 'idle' })).toBeGreaterThan(0);
    slow.close();
  });
});

describe('bytes that come in', () => {
  it('of a command too large to keep end the connection, as on a server', async () => {
    const gateway = await startLimited({ maxQueryBytes: '1mb' });
    const client = await gateway.client();
    client.send(`*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$${4 * megabyte}\r\n`);
    client.send(Buffer.alloc(2 * megabyte, 'x'));
    await client.waitForClose();
    expect(client.unread).toBe(0);
    const small = await gateway.client();
    const value = Buffer.alloc(0.75 * megabyte, 'v');
    expect(await small.call('SET', 'key', value)).toBe('OK');
    small.close();
  });

  it('of commands that pile up behind a blocked one do so as well', async () => {
    const gateway = await startLimited({ maxQueryBytes: '64kb' });
    const client = await gateway.client();
    client.send(encodeCommand(['BLPOP', 'limits:nothing', 0]));
    for (let turn = 0; turn < 3; turn++) client.send(encodeCommand(['SET', 'key', 'x'.repeat(50_000)]));
    await client.waitForClose();
    expect(client.unread).toBe(0);
    await expectServed(gateway);
  });

  it('as one argument longer than maxBulkBytes get the error of the servers', async () => {
    const gateway = await startLimited({ maxBulkBytes: '1mb' });
    const client = await gateway.client();
    expect(await client.call('SET', 'key', Buffer.alloc(megabyte, 'x'))).toBe('OK');
    client.send(`*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$${megabyte + 1}\r\n`);
    expect(await client.read()).toEqual({ error: 'ERR Protocol error: invalid bulk length' });
    await client.waitForClose();
    await expectServed(gateway);
  });
});

describe('a client that does not read', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    // Not held back: a client that is gets no more than it reads, and never comes to the limit.
    gateway = await startLimited({ maxOutputBytes: '4mb', holdBackBytes: 0 });
    const direct = await server.client();
    await direct.call('SET', 'large', Buffer.alloc(megabyte, 'large'));
    direct.close();
  });

  it('is disconnected, and what it asked for is not kept', async () => {
    const client = await gateway.client();
    await client.call('PING');
    const before = residentBytes(gateway.pid);
    const memory = watchMemory(gateway.pid);
    client.socket.pause();
    client.send(Buffer.concat(Array.from({ length: 300 }, () => encodeCommand(['GET', 'large']))));
    await gateway.waitForLog('passed limits.maxOutputBytes');
    await expectServed(gateway);
    client.socket.resume();
    await client.waitForClose();
    expect(client.unread).toBeLessThan(300);
    expect(memory.stop() - before).toBeLessThan(slackBytes);
  });

  /** Publishes to a subscriber that does not read until it is gone. Answers how many messages that took. */
  async function floodSubscriber(of: TestGateway, to: TestServer): Promise<number> {
    const [subscriber, publisher] = [await of.client(), await to.client()];
    expect(await subscriber.call('SUBSCRIBE', 'flood')).toEqual(['subscribe', 'flood', 1]);
    subscriber.socket.pause();
    const message = Buffer.alloc(megabyte, 'message');
    let messages = 0;
    while (messages < 1000 && (await publisher.call('PUBLISH', 'flood', message)) !== 0) messages += 1;
    subscriber.socket.resume();
    await subscriber.waitForClose();
    await expectServed(of);
    publisher.close();
    return messages;
  }

  it('is disconnected by the limits of the server while it is subscribed', async () => {
    // Valkey 9.1 does not count long messages against them.
    const own = await startServer('redis-7.0');
    const before = await startGateway({ primary: own.url });
    const direct = await own.client();
    const limit = (mb: number): Promise<unknown> =>
      direct.call('CONFIG', 'SET', 'client-output-buffer-limit', `pubsub ${mb}mb 0 0`);
    await limit(2);
    const few = await floodSubscriber(before, own);
    await limit(60);
    expect((await floodSubscriber(before, own)) - few).toBeGreaterThan(40);
    direct.close();
  });

  it('is disconnected by those of the gateway where it is not held back', async () => {
    const own = await startLimited({ holdBackBytes: 0, pubsub: { maxOutputBytes: '3mb' } });
    expect(await floodSubscriber(own, server)).toBeLessThan(30);
    await own.waitForLog('passed limits.pubsub.maxOutputBytes');
  });

  it('may have more waiting than the soft limit, but not for long', async () => {
    const own = await startLimited({ softOutputBytes: '1mb', softOutputMs: 1500, holdBackBytes: 0 });
    const client = await own.client();
    client.socket.pause();
    for (let round = 0; round < 12; round++) client.send(encodeCommand(['GET', 'large']));
    await own.waitForLog('passed limits.softOutputBytes');
    client.socket.resume();
    await client.waitForClose();
    const reader = await own.client();
    for (let round = 0; round < 5; round++)
      expect(String(await reader.call('GET', 'large')).length).toBe(megabyte);
    reader.close();
  });
});

/** Greets like a server, counts the INCRs it gets, and answers them only when told to. */
async function startCounter(): Promise<{
  url: string;
  count: () => number;
  answer: (count: number) => void;
}> {
  let seen = 0;
  let talking: net.Socket | undefined;
  const counter = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const [, name] of chunk.toString('latin1').matchAll(/\*\d\r\n\$\d+\r\n(\w+)/g)) {
        if (name !== 'INCR') socket.write(name === 'PING' ? '+PONG\r\n' : '-ERR unknown command\r\n');
        else {
          seen++;
          talking = socket;
        }
      }
    });
  });
  await new Promise<void>((resolve) => counter.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    counter.close();
    talking?.destroy();
  });
  const { port } = counter.address() as net.AddressInfo;
  const answer = (count: number): void => {
    talking?.write(':1\r\n'.repeat(count));
  };
  return { url: `redis://127.0.0.1:${port}`, count: () => seen, answer };
}

describe('commands in flight', () => {
  it('of one client are as many as maxInFlightCommands and no more', async () => {
    const counter = await startCounter();
    const gateway = await startGateway({
      primary: counter.url,
      workers: 1,
      config: { limits: { maxInFlightCommands: 20 }, upstream: { healthIntervalMs: 600_000 } },
    });
    const client = await gateway.client();
    client.send(Buffer.concat(Array.from({ length: 200 }, () => encodeCommand(['INCR', 'a']))));
    await waitUntil(() => counter.count() >= 20, 'the first commands');
    // A reply that has gone all the way to the client proves that nothing else was on its way before it.
    for (let answered = 1; answered <= 50; answered++) {
      counter.answer(1);
      expect(await client.read()).toBe(1);
      await waitUntil(() => counter.count() >= 20 + answered, 'the next command');
      expect(counter.count()).toBe(20 + answered);
    }
    client.close();
  });

  it('may be 100,000 in a pipeline, and are answered in order', async () => {
    const gateway = await startLimited({ maxInFlightCommands: 500 });
    const client = await gateway.client();
    const count = 100_000;
    client.send(Buffer.concat(Array.from({ length: count }, () => encodeCommand(['INCR', 'pipeline']))));
    for (let number = 1; number <= count; number++) {
      const reply = await client.read();
      if (reply !== number) expect(reply).toBe(number);
    }
    client.close();
  });

  it('that the primary does not answer stop the client, not fill the memory', async () => {
    const own = await startServer('redis-7.0');
    const gateway = await startGateway({
      primary: own.url,
      config: { limits: { maxInFlightCommands: 100 }, upstream: { healthIntervalMs: 600_000 } },
    });
    const client = await gateway.client();
    await client.call('PING');
    own.pause();
    const before = residentBytes(gateway.pid);
    const memory = watchMemory(gateway.pid);
    const count = 16_000;
    const value = Buffer.alloc(16 * 1024, 'v');
    for (let number = 0; number < count; number++)
      client.send(encodeCommand(['SET', `flood:${number % 10}`, value]));
    let received = -1;
    await waitUntil(async () => {
      const last = received;
      received = (await gateway.metrics()).sum('client_bytes_total', { direction: 'in' });
      return received === last && received > megabyte;
    }, 'the client to be stopped');
    expect(received).toBeLessThan(16 * megabyte);
    expect(memory.stop() - before).toBeLessThan(slackBytes);
    own.resume();
    for (let number = 0; number < count; number++) expect(await client.read()).toBe('OK');
    client.close();
  });
});

describe('CLIENT REPLY', () => {
  const pairs = new Map<ServerName, Promise<{ server: TestServer; gateway: TestGateway }>>();

  function pairOf(name: ServerName): Promise<{ server: TestServer; gateway: TestGateway }> {
    const start = async (): Promise<{ server: TestServer; gateway: TestGateway }> => {
      const own = await startServer(name);
      return { server: own, gateway: await startGateway({ primary: own.url, workers: 1 }) };
    };
    const pair = pairs.get(name) ?? start();
    pairs.set(name, pair);
    return pair;
  }

  it.each([
    ['redis-7.0', 'OFF and ON', 'SET a 1|CLIENT REPLY OFF|SET a 2|GET a|NOSUCH|CLIENT REPLY ON|GET a'],
    ['valkey-9.1', 'SKIP', 'CLIENT REPLY SKIP|INCR b|INCR b|CLIENT REPLY SKIP|CLIENT REPLY SKIP|PING|GET b'],
    ['valkey-9.1', 'SKIP while OFF', 'CLIENT REPLY OFF|CLIENT REPLY SKIP|PING|PING|CLIENT REPLY ON|PING'],
    [
      'redis-8.0',
      'SKIP of a blocking command',
      'CLIENT REPLY SKIP|BLPOP none 0.01|LPUSH none x|BLPOP none 1',
    ],
    ['valkey-9.1', 'SKIP of MULTI', 'CLIENT REPLY SKIP|MULTI|INCR c|EXEC|GET c'],
    ['valkey-9.1', 'OFF around a transaction', 'CLIENT REPLY OFF|MULTI|INCR c|EXEC|CLIENT REPLY ON|GET c'],
    ['redis-7.0', 'nonsense', 'CLIENT REPLY MAYBE|CLIENT REPLY|CLIENT REPLY ON'],
    ['redis-7.0', 'SKIP of SELECT', 'CLIENT REPLY SKIP|SELECT 3|SET d 1|CLIENT REPLY SKIP|SELECT 0|GET d'],
    ['valkey-9.1', 'RESET while OFF', 'CLIENT REPLY OFF|PING|RESET|PING'],
  ] as const)('on %s in a pipeline: %s', async (name, _what, text) => {
    const { server: own, gateway } = await pairOf(name);
    const pipeline = Buffer.concat(
      [...text.split('|'), 'ECHO end'].map((line) => encodeCommand(line.split(' '))),
    );
    const bytes: string[] = [];
    for (const client of [await own.client(), await gateway.client()]) {
      client.send(pipeline);
      let all = '';
      while (!all.endsWith('$3\r\nend\r\n')) all += (await client.readFrame()).bytes.toString();
      bytes.push(all);
      await client.call('FLUSHALL');
      client.close();
    }
    expect(bytes[1]).toBe(bytes[0]);
  });
});
