/** Long arguments and replies: passed on while they arrive, kept from holding up others, whole on both servers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeCommand, type RawClient } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';
import { politely, ScriptedServer } from '../upstream/scripted-server.ts';
import { type InProcess, startInProcess } from './in-process.ts';

const megabyte = 1024 * 1024;
let server: TestServer;
let shadow: TestServer;
let direct: RawClient;
let onShadow: RawClient;

beforeAll(async () => {
  server = await startServer('valkey-9.1');
  shadow = await startServer('redis-7.0');
  [direct, onShadow] = [await server.client(), await shadow.client()];
});

function longValue(sizeBytes: number): Buffer {
  const value = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 997) value[at] = at & 255;
  return value;
}

async function bytesOf(client: RawClient, ...command: string[]): Promise<Buffer> {
  const reply = await client.callTyped(...command);
  if (reply.type !== 'bulk') throw new Error(`${command.join(' ')}: ${reply.type}`);
  return reply.bytes;
}

/** Begins a SET of so many bytes and sends the first half of them. */
async function halfASet(
  gateway: InProcess,
  client: RawClient,
  key: string,
  sizeBytes: number,
): Promise<void> {
  client.send(`*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${sizeBytes}\r\n`);
  client.send(Buffer.alloc(sizeBytes / 2, 'h'));
  await waitUntil(() => gateway.services.metrics.clientBytes(0) >= sizeBytes / 2, 'half a command');
}

describe('a long argument', () => {
  it.each(['pooled', 'pinned'])(
    'reaches the server whole, with what comes before and behind: %s',
    async (sessions) => {
      const gateway = await startInProcess({
        primary: server.url,
        environment: { LOCKSTEP_UPSTREAM_SESSIONS: sessions },
      });
      const client = await gateway.client();
      const [one, two] = [longValue(3 * megabyte), longValue(2 * megabyte + 1)];
      const replies = await client.pipeline([
        ['INCR', 'long:count'],
        ['SET', 'long:1', one, 'EX', '1000'],
        ['INCR', 'long:count'],
        ['MSET', 'long:2', two, 'long:3', 'short', 'long:4', one],
        ['MULTI'],
        ['APPEND', 'long:2', two],
        ['INCR', 'long:count'],
        ['EXEC'],
        ['SET', 'long:5', one, 'NOSUCH'],
        ['STRLEN', 'long:4'],
      ]);
      const appended = 2 * two.length;
      expect(
        replies.map((reply) =>
          typeof reply === 'object' && reply !== null && 'error' in reply ? 'error' : reply,
        ),
      ).toEqual([1, 'OK', 2, 'OK', 'OK', 'QUEUED', 'QUEUED', [appended, 3], 'error', one.length]);
      expect((await bytesOf(direct, 'GET', 'long:1')).equals(one)).toBe(true);
      expect((await bytesOf(client, 'GET', 'long:2')).equals(Buffer.concat([two, two]))).toBe(true);
      expect(await direct.call('TTL', 'long:1')).toBeGreaterThan(900);
      await direct.call('FLUSHALL');
      client.close();
    },
  );

  it('is on its way before its end is there, and the client may think again', async () => {
    const gateway = await startInProcess({ primary: server.url });
    const client = await gateway.client();
    const other = await gateway.client();
    await halfASet(gateway, client, 'half', 4 * megabyte);
    await waitUntil(async () => {
      const clients = String(await direct.call('CLIENT', 'LIST'));
      return /qbuf=[1-9]\d{5,}/.test(clients);
    }, 'the server to have a part of it');
    expect(await other.call('EXISTS', 'half')).toBe(0);
    client.close();
    await waitUntil(() => gateway.host.sessions.size === 1, 'the session to end');
    for (let round = 0; round < 3; round++)
      expect(await other.pipeline([['MULTI'], ['PING'], ['EXEC']])).toHaveLength(3);
    expect(await other.call('EXISTS', 'half')).toBe(0);
    other.close();
  });

  it('with a mistake behind it is answered as by a server, and runs nothing', async () => {
    const gateway = await startInProcess({ primary: server.url });
    for (const [end, text] of [
      ['xx', 'ERR Protocol error: invalid CRLF in request'],
      ['\r\n:5\r\n', "ERR Protocol error: expected '$', got ':'"],
      ['\r\n$-1\r\n', 'ERR Protocol error: invalid bulk length'],
    ] as const) {
      const client = await gateway.client();
      client.send(`*4\r\n$3\r\nSET\r\n$7\r\nmistake\r\n$${2 * megabyte}\r\n`);
      client.send(Buffer.alloc(2 * megabyte, 'm'));
      client.send(end);
      expect(await client.read()).toEqual({ error: text });
      await client.waitForClose();
    }
    expect(await direct.call('EXISTS', 'mistake')).toBe(0);
  });

  it('finds its server gone: it is read to its end, and the client hears why', async () => {
    const scripted = await ScriptedServer.start((words, connection) =>
      words[0] === 'MULTI' ? '+OK\n' : words[0] === 'SET' ? '+OK\n' : politely(words, connection),
    );
    const gateway = await startInProcess({ primary: scripted.url });
    const client = await gateway.client();
    await client.call('SET', 'k', 'v');
    const before = scripted.connections;
    await halfASet(gateway, client, 'gone', 2 * megabyte);
    await waitUntil(() => scripted.connections > before, 'a connection of its own');
    scripted.cut();
    await waitUntil(() => scripted.open === 0, 'the loss');
    await waitUntil(() => gateway.upstreams.executor.up, 'the primary to be back');
    client.send(Buffer.alloc(megabyte, 'h'));
    client.send('\r\n');
    expect(await client.read()).toEqual({
      error: 'ERR lockstep: the connection to the primary was lost, the command was not executed',
    });
    expect(await client.call('SET', 'k', 'v')).toBe('OK');
    client.close();
  });

  it('is mirrored once it has run, and a slow client holds up nobody else on its key', async () => {
    const gateway = await startInProcess({ primary: server.url, shadow: shadow.url });
    const [client, other] = [await gateway.client(), await gateway.client()];
    const size = 4 * megabyte;
    await halfASet(gateway, client, 'slow', size);
    expect(
      await other.pipeline([
        ['SET', 'slow', 'first'],
        ['APPEND', 'slow', '!'],
        ['GET', 'slow'],
      ]),
    ).toEqual(['OK', 6, 'first!']);
    client.send(Buffer.alloc(size / 2, 'h'));
    client.send('\r\n');
    expect(await client.read()).toBe('OK');
    expect(await client.call('SETRANGE', 'slow', 1, 'x')).toBe(size);
    await gateway.idle();
    const expected = Buffer.alloc(size, 'h').fill('x', 1, 2);
    for (const one of [direct, onShadow])
      expect((await bytesOf(one, 'GET', 'slow')).equals(expected)).toBe(true);
    expect(gateway.verdicts('set')).toEqual({ match: 2 });
    expect(gateway.reports).toEqual([]);
    expect(gateway.dirty.count).toBe(0);
  });

  it('that the mirror cannot keep is counted, and its slot is dirty', async () => {
    const gateway = await startInProcess({
      primary: server.url,
      shadow: shadow.url,
      environment: { LOCKSTEP_SHADOW_QUEUE_MAXBYTES: '3mb' },
    });
    const client = await gateway.client();
    expect(await client.call('SET', 'kept', longValue(2 * megabyte))).toBe('OK');
    expect(await client.call('SET', 'unkept', longValue(3 * megabyte))).toBe('OK');
    await gateway.idle();
    expect(gateway.dropped()).toEqual({ queue_bytes: 1 });
    expect(gateway.dirty.count).toBe(1);
    expect(await onShadow.call('STRLEN', 'kept')).toBe(2 * megabyte);
    expect(await onShadow.call('EXISTS', 'unkept')).toBe(0);
    // Which keys it names is not known to its end.
    expect(await client.call('MSET', 'unkept', longValue(3 * megabyte), 'another', 'x')).toBe('OK');
    await gateway.idle();
    expect(gateway.dirty.count).toBe(16384);
    expect(gateway.reports).toEqual([]);
  });

  it('of a transaction is mirrored with it', async () => {
    const gateway = await startInProcess({ primary: server.url, shadow: shadow.url });
    const client = await gateway.client();
    const value = longValue(2 * megabyte);
    expect(
      await client.pipeline([['MULTI'], ['SET', 'in:tx', value], ['INCR', 'in:count'], ['EXEC']]),
    ).toEqual(['OK', 'QUEUED', 'QUEUED', ['OK', 1]]);
    await gateway.idle();
    expect((await bytesOf(onShadow, 'GET', 'in:tx')).equals(value)).toBe(true);
    expect(gateway.dropped()).toEqual({});
  });
});

describe('a long reply', () => {
  it('does not hold up who comes after it, and its client keeps to a connection of its own', async () => {
    const scripted = await ScriptedServer.start();
    const gateway = await startInProcess({ primary: scripted.url });
    const [client, other] = [await gateway.client(), await gateway.client()];
    client.sendCommand('GET', 'long');
    client.sendCommand('GET', 'behind');
    const long = await scripted.next('GET', 'long');
    const behind = await scripted.next('GET', 'behind');
    long.answer(`$${3 * megabyte}\n${'x'.repeat(megabyte / 2)}`);
    await waitUntil(() => client.unreadBytes.length > megabyte / 4, 'a part of it');
    other.sendCommand('GET', 'short');
    const short = await scripted.next('GET', 'short');
    expect(short.connection).not.toBe(long.connection);
    short.answer('$1\ns\n');
    expect(await other.read()).toBe('s');
    // What its client sends meanwhile must not overtake what it has sent.
    client.sendCommand('GET', 'later');
    const later = await scripted.next('GET', 'later');
    expect(later.connection).toBe(long.connection);
    // The rest of the first reply and the second.
    behind.answer(`${'x'.repeat(2.5 * megabyte)}\n$1\nb\n`);
    later.answer('$1\nl\n');
    expect(String(await client.read()).length).toBe(3 * megabyte);
    expect([await client.read(), await client.read()]).toEqual(['b', 'l']);
    client.sendCommand('GET', 'own');
    const own = await scripted.next('GET', 'own');
    expect([long.connection, short.connection]).not.toContain(own.connection);
    own.answer('$1\no\n');
    expect(await client.read()).toBe('o');
    await waitUntil(() => scripted.open === 2, 'the first lane to end');
  });

  it.each(['pooled', 'pinned'])('that is not read is left with the server: %s', async (sessions) => {
    const gateway = await startInProcess({
      primary: server.url,
      environment: { LOCKSTEP_UPSTREAM_SESSIONS: sessions, LOCKSTEP_LIMITS_MAXOUTPUTBYTES: '8mb' },
    });
    const client = await gateway.client();
    const value = longValue(40 * megabyte);
    await direct.call('SET', 'unread', value);
    client.socket.pause();
    client.send(encodeCommand(['GET', 'unread']));
    await waitUntil(async () => {
      const [line] = String(await direct.call('CLIENT', 'LIST'))
        .split('\n')
        .filter((one) => /cmd=get/.test(one));
      return Number(/omem=(\d+)/.exec(line ?? '')?.[1] ?? 0) > 20 * megabyte;
    }, 'the reply to wait at the server');
    const [session] = [...gateway.host.sessions.values()];
    expect(gateway.services.transport.pendingBytes(session!.connection)).toBeLessThan(4 * megabyte);
    client.socket.resume();
    const reply = await client.readFrame();
    expect(reply.bytes.length).toBe(value.length + 13);
    expect(await client.call('PING')).toBe('PONG');
    await direct.call('DEL', 'unread');
    client.close();
  });

  it('is not kept for the mirror, and what it reads is not read on the shadow', async () => {
    const gateway = await startInProcess({ primary: server.url, shadow: shadow.url });
    const client = await gateway.client();
    await client.call('SET', 'read', longValue(3 * megabyte));
    await gateway.idle();
    const { metrics } = gateway.services;
    await bytesOf(client, 'GET', 'read');
    await gateway.idle();
    expect(gateway.verdicts('get')).toEqual({ skipped: 1 });
    const get = gateway.services.table.byName('get');
    expect([metrics.commands(get, 0, 0), metrics.commands(get, 1, 0)]).toEqual([1, 0]);
    // One that differs in length is cut, and not taken for the whole.
    await onShadow.call('SET', 'other', longValue(3 * megabyte));
    await direct.call('SET', 'other', 'short');
    await client.call('GET', 'other');
    await gateway.idle();
    expect(gateway.verdicts('get')).toEqual({ skipped: 2 });
    client.close();
  });
});
