/** MIGRATE from the engine to real servers and back, and what it answers beside what they answer. */
import * as net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { levels } from '../differential/engine/engine-pair.ts';
import { freePort } from '../support/child.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { serverNames, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** Nobody waits so long: what is to come comes at once. */
const TIMEOUT = 300_000;

const data: readonly (readonly [string, ...string[]])[] = [
  ['SET', 'text', 'a\r\nb'],
  ['SET', 'timed', 'x', 'PX', '10000000'],
  ['RPUSH', 'list', ...Array.from({ length: 300 }, (_, at) => `element ${at}`)],
  ['SADD', 'set', 'a', 'b', '3'],
  ['HSET', 'hash', 'f', 'v', 'g', 'w'],
  ['ZADD', 'zset', '1.5', 'a', '-inf', 'b'],
  ['XADD', 'stream', '1-1', 'f', 'v'],
  ['SET', 'large', 'x'.repeat(3_000_000)],
];
const keys = data.map(([, key]) => key!);

async function digests(client: RawClient): Promise<unknown> {
  return client.call('DEBUG', 'DIGEST-VALUE', ...keys);
}

describe.each(serverNames)('%s', (name) => {
  let server: TestServer;
  let gateway: TestGateway;
  let there: RawClient;
  let here: RawClient;

  beforeAll(async () => {
    server = await startServer(name);
    gateway = await startGateway({ config: { engine: { compatibility: levels[name] } } });
    there = await server.client();
    here = await gateway.client();
  });

  it('keys of every type go there and come back', async () => {
    await here.pipeline(data);
    const before = await digests(here);
    const [first, ...others] = keys;
    expect(await here.call('MIGRATE', '127.0.0.1', server.port, first!, 0, TIMEOUT)).toBe('OK');
    const go = ['MIGRATE', '127.0.0.1', server.port, '', 0, TIMEOUT, 'KEYS', 'none', ...others];
    expect(await here.call(...go)).toBe('OK');
    expect(await here.call('DBSIZE')).toBe(0);
    expect(await digests(there)).toEqual(before);
    expect(await there.call('PTTL', 'timed')).toBeGreaterThan(1_000_000);
    const back = ['MIGRATE', '127.0.0.1', gateway.port, '', 0, TIMEOUT, 'KEYS', ...keys];
    expect(await there.call(...back)).toBe('OK');
    expect(await there.call('DBSIZE')).toBe(0);
    expect(await digests(here)).toEqual(before);
    await here.call('FLUSHALL');
  });

  it('answers as the server does', async () => {
    const target = await startServer(name, { password: 'secret' });
    const closed = await freePort();
    const [port, own] = [target.port, await target.client()];
    const lines = [
      `MIGRATE 127.0.0.1 ${port} none 0 ${TIMEOUT}`,
      `MIGRATE 127.0.0.1 ${port} k 0 ${TIMEOUT}`,
      `MIGRATE 127.0.0.1 ${port} k 0 ${TIMEOUT} AUTH wrong`,
      `MIGRATE 127.0.0.1 ${port} k 77 ${TIMEOUT} AUTH secret`,
      `MIGRATE 127.0.0.1 ${port} k 0 ${TIMEOUT} COPY AUTH2 default secret`,
      `MIGRATE 127.0.0.1 ${port} k 0 ${TIMEOUT} AUTH secret`,
      `MIGRATE 127.0.0.1 ${port} k 0 ${TIMEOUT} COPY REPLACE AUTH secret`,
      `MIGRATE 127.0.0.1 ${port} k 3 ${TIMEOUT} AUTH secret`,
      `MIGRATE 127.0.0.1 ${port} "" 3 ${TIMEOUT} AUTH secret KEYS l l`,
      `MIGRATE 127.0.0.1 ${port} m 3 ${TIMEOUT} KEYS m`,
      `MIGRATE 127.0.0.1 ${closed} m 0 ${TIMEOUT}`,
      `MIGRATE 127.0.0.1 0 m 0 ${TIMEOUT}`,
      `MIGRATE 127.0.0.1 ${port} m x ${TIMEOUT}`,
      `MIGRATE 127.0.0.1 ${port} m 0 y`,
      `MIGRATE 127.0.0.1 ${port} m 0 0 AUTH`,
      `MIGRATE 127.0.0.1 ${port} m 0 0 AUTH2 a`,
      `MIGRATE 127.0.0.1 ${port} m 0 0 BOGUS`,
      `MIGRATE 127.0.0.1 ${port} m 0`,
    ];
    const played: unknown[] = [];
    for (const client of [there, here]) {
      await own.call('FLUSHALL');
      await client.pipeline(['k', 'l', 'm'].map((key) => ['SET', key, key]));
      const replies: unknown[] = [];
      for (const line of lines) {
        const args = line.split(' ').map((argument) => (argument === '""' ? '' : argument));
        replies.push([line, await client.call(...args), await client.call('EXISTS', 'k', 'l', 'm')]);
      }
      played.push(replies);
    }
    expect(played[1]).toEqual(played[0]);
    expect(await own.call('SELECT', 3)).toBe('OK');
    expect(await own.call('MGET', 'k', 'l', 'm')).toEqual(['k', 'l', null]);
  });
});

/** Passes on what comes from the engine, and answers of the server only when it is told to. */
class Gate {
  readonly port: number;
  readonly #held: { readonly near: net.Socket; readonly bytes: Buffer }[] = [];

  private constructor(port: number) {
    this.port = port;
  }

  static async start(serverPort: number): Promise<Gate> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gate = new Gate((server.address() as net.AddressInfo).port);
    const sockets: net.Socket[] = [];
    server.on('connection', (near) => {
      const far = net.connect(serverPort, '127.0.0.1');
      sockets.push(near, far);
      // Whoever gives up resets its connection.
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
      near.on('data', (bytes) => far.write(bytes));
      far.on('data', (bytes) => gate.#held.push({ near, bytes }));
    });
    onCleanup(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return gate;
  }

  /** Waits for an answer, lets `work` be done while the engine waits for it, and passes it on. */
  async answerAfter(work: () => Promise<unknown>): Promise<void> {
    await waitUntil(() => this.#held.length > 0, 'an answer of the target');
    await work();
    for (const { near, bytes } of this.#held.splice(0)) near.write(bytes);
  }
}

describe('while the target has not answered', () => {
  let server: TestServer;
  let gateway: TestGateway;
  let there: RawClient;
  let mover: RawClient;
  let other: RawClient;

  beforeAll(async () => {
    server = await startServer('valkey-9.1');
    gateway = await startGateway();
    there = await server.client();
    [mover, other] = [await gateway.client(), await gateway.client()];
  });

  it('others are served, and what they change is there at the end', async () => {
    const gate = await Gate.start(server.port);
    await other.call('MSET', 'changed', '1', 'gone', '1', 'kept', '1');
    const keys = ['changed', 'gone', 'kept'];
    const moving = mover.call('MIGRATE', '127.0.0.1', gate.port, '', 0, TIMEOUT, 'KEYS', ...keys);
    await gate.answerAfter(async () => {
      expect(await other.call('INCR', 'changed')).toBe(2);
      expect(await other.call('DEL', 'gone')).toBe(1);
    });
    await gate.answerAfter(async () => expect(await other.call('EXISTS', 'kept')).toBe(0));
    expect(await moving).toBe('OK');
    expect(await other.call('DBSIZE')).toBe(0);
    expect(await there.call('MGET', ...keys)).toEqual(['2', null, '1']);
    await there.call('FLUSHALL');
  });

  it('a key that changes again and again stays', async () => {
    const gate = await Gate.start(server.port);
    await other.call('SET', 'counter', '0');
    const moving = mover.call('MIGRATE', '127.0.0.1', gate.port, 'counter', 0, TIMEOUT);
    for (let round = 1; round <= 6; round++) await gate.answerAfter(() => other.call('INCR', 'counter'));
    expect(await moving).toMatchObject({ error: expect.stringMatching(/^ERR lockstep: keys have changed/) });
    expect(await other.call('GET', 'counter')).toBe('6');
    await other.call('FLUSHALL');
    await there.call('FLUSHALL');
  });

  it('nothing is waited for longer than the timeout, and the keys stay', async () => {
    const gate = await Gate.start(server.port);
    await other.call('SET', 'a', '1');
    expect(await mover.call('MIGRATE', '127.0.0.1', gate.port, 'a', 0, 50)).toEqual({
      error: 'IOERR error or timeout reading to target instance',
    });
    expect(await other.call('GET', 'a')).toBe('1');
    await there.call('FLUSHALL');
  });

  it('a client that leaves gives its keys free', async () => {
    const gate = await Gate.start(server.port);
    const leaver = await gateway.client();
    await other.call('SET', 'b', '1');
    await leaver.call('CLIENT', 'SETNAME', 'leaver');
    leaver.sendCommand('MIGRATE', '127.0.0.1', gate.port, 'b', 0, TIMEOUT);
    await gate.answerAfter(async () => {
      leaver.close();
      const clients = async (): Promise<string> => String(await other.call('CLIENT', 'LIST'));
      await waitUntil(async () => !(await clients()).includes('name=leaver'), 'the client to be gone');
    });
    expect(await other.call('GET', 'b')).toBe('1');
    await there.call('FLUSHALL');
    expect(await mover.call('MIGRATE', '127.0.0.1', server.port, 'b', 0, TIMEOUT)).toBe('OK');
    await there.call('FLUSHALL');
  });

  it('a kept connection that has been closed is made again', async () => {
    const own = await startServer('valkey-9.1');
    for (const restarts of [true, false]) {
      await other.call('SET', 'c', '1');
      const moved = await mover.call('MIGRATE', '127.0.0.1', own.port, 'c', 5, TIMEOUT, 'REPLACE');
      expect(moved).toBe('OK');
      if (restarts) await own.restart();
    }
  });

  it('is refused in transactions and scripts', async () => {
    const refused = 'ERR lockstep: MIGRATE cannot run in a transaction or a script on the engine';
    const args = ['MIGRATE', '127.0.0.1', String(server.port), 'd', '0', String(TIMEOUT)];
    await other.call('SET', 'd', '1');
    const [, , replies] = await mover.pipeline([['MULTI'], args, ['EXEC']]);
    expect(replies).toEqual([{ error: refused }]);
    const text = 'return redis.call(unpack(ARGV))';
    expect(await mover.call('EVAL', text, 0, ...args)).toMatchObject({
      error: expect.stringContaining(refused),
    });
    expect(await other.call('GET', 'd')).toBe('1');
  });
});
