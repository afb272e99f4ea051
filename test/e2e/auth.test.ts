/**
 * Passwords and ACL users through the gateway: what a client may do is what the server lets its user do, users never
 * meet on one connection.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import type { PlainReply } from '../support/raw-reply.ts';
import { serverNames, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** Holds what URLs, encodings and shells stumble over. */
const password = 'pä55:wörd@/?#%24 end';
const alice = ['alice', 'alice-sécret'] as const;
const bob = ['bob', 'bob-secret'] as const;
const users = [
  ['ACL', 'SETUSER', 'alice', 'on', `>${alice[1]}`, '~alice:*', '+get', '+set', '+select', '+acl|whoami'],
  ['ACL', 'SETUSER', 'alice', '+multi', '+exec', '+discard', '+hello'],
  ['ACL', 'SETUSER', 'bob', 'on', `>${bob[1]}`, '~*', '+@all', '-@dangerous', '-multi', '+acl|whoami'],
];

async function prepare(server: TestServer): Promise<void> {
  const admin = await server.client();
  for (const command of users) expect(await admin.call(...command)).toBe('OK');
  admin.close();
}

async function transcript(client: RawClient, lines: readonly string[]): Promise<[string, PlainReply][]> {
  const replies: [string, PlainReply][] = [];
  for (const line of lines) replies.push([line, await client.call(...line.split(' '))]);
  return replies;
}

const asAlice = `AUTH ${alice.join(' ')}`;

/** From the URL's user on: what every server answers itself, the gateway must answer in the same words. */
const session = [
  'ACL WHOAMI',
  'AUTH alice wrong',
  'AUTH nobody wrong',
  'AUTH wrong',
  'ACL WHOAMI',
  asAlice,
  'ACL WHOAMI',
  'SET alice:1 one',
  'GET alice:1',
  'SET bob:1 one',
  'GET bob:1',
  'DEL alice:1',
  'FLUSHALL',
  'NOSUCHCOMMAND',
  'MULTI',
  'SET alice:1 two',
  'DEL alice:1',
  'EXEC',
  'MULTI',
  'SET alice:1 three',
  'ACL WHOAMI',
  'EXEC',
  'AUTH alice wrong',
  'ACL WHOAMI',
  'AUTH',
  'AUTH one two three',
  'SELECT 1',
  'GET alice:1',
  'SELECT 16',
  'SELECT -1',
  'SELECT one',
  'SELECT 99999999999',
  'SELECT',
  'GET alice:1',
  'SELECT 0',
  'GET alice:1',
  'HELLO 2 AUTH alice wrong',
  'HELLO 3 AUTH alice',
  'HELLO 3 SETNAME',
  'HELLO 4',
  'HELLO three',
  'HELLO 2 SETNAME bad\u0001name',
  'ACL WHOAMI',
  `AUTH ${bob.join(' ')}`,
  'ACL WHOAMI',
  'CONFIG GET maxmemory',
  'MULTI',
  'SET bob:1 at-once',
  'EXEC',
  'GET bob:1',
];

describe.each(serverNames)('%s', (name) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer(name, { password });
    await prepare(server);
  });

  it('answers a session of logins through the gateway as it does directly', async () => {
    const gateway = await startGateway({ primary: server.url });
    const [direct, through] = [await server.client(), await gateway.client()];
    const expected = await transcript(direct, session);
    await direct.call('DEL', 'alice:1', 'bob:1');
    await direct.call('AUTH', password);
    await direct.pipeline([
      ['SELECT', 0],
      ['DEL', 'alice:1', 'bob:1'],
    ]);
    expect(await transcript(through, session)).toEqual(expected);
    direct.close();
    through.close();
  });

  it('asks clients to log in where the gateway has no password', async () => {
    const gateway = await startGateway({ primary: `redis://127.0.0.1:${server.port}` });
    const lines = [
      'GET alice:1',
      'PING',
      'HELLO 3',
      'HELLO 3 AUTH alice wrong',
      'AUTH wrong',
      'EXEC',
      'SUBSCRIBE channel',
      'GET alice:1',
      asAlice,
      'SET alice:1 one',
      'GET alice:1',
      'SELECT 2',
      'GET alice:1',
      'RESET',
      'GET alice:1',
    ];
    const direct = await RawClient.connect({ port: server.port });
    const through = await gateway.client();
    expect(await transcript(through, lines)).toEqual(await transcript(direct, lines));
    direct.close();
    through.close();
  });
});

describe('logins', () => {
  let server: TestServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    server = await startServer('valkey-9.1', { password });
    await prepare(server);
    gateway = await startGateway({ primary: server.url });
  });

  async function logIn([user, secret]: readonly [string, string]): Promise<RawClient> {
    const client = await gateway.client();
    expect(await client.call('AUTH', user, secret)).toBe('OK');
    return client;
  }

  it('by HELLO change protocol, user and name at once, or nothing', async () => {
    const client = await gateway.client();
    const refused = await client.call('HELLO', 3, 'AUTH', 'bob', 'wrong', 'SETNAME', 'me');
    expect(refused).toEqual({ error: expect.stringMatching(/^WRONGPASS /) });
    expect(await client.call('CLIENT', 'GETNAME')).toBe(null);
    expect(await client.call('ACL', 'WHOAMI')).toBe('default');
    const hello = await client.callTyped('HELLO', 3, 'AUTH', ...bob, 'SETNAME', 'me');
    expect(hello.type).toBe('map');
    expect(await client.call('ACL', 'WHOAMI')).toBe('bob');
    expect(await client.call('CLIENT', 'GETNAME')).toBe('me');
    expect(await client.callTyped('CLIENT', 'INFO')).toMatchObject({
      type: 'verbatim',
      text: expect.stringMatching(/ name=me .* user=bob .* resp=3 /),
    });
    expect(await client.callTyped('RESET')).toEqual({ type: 'simple', text: 'RESET' });
    expect(await client.call('CLIENT', 'GETNAME')).toBe(null);
    expect(await client.call('ACL', 'WHOAMI')).toBe('default');
    expect(await client.callTyped('GET', 'nothing')).toMatchObject({ type: 'null', form: '$' });
    client.close();
  });

  it('of different users never meet on one connection', async () => {
    const clients: [string, RawClient][] = [];
    for (let turn = 0; turn < 12; turn++) {
      const login = [alice, bob, ['default', password] as const][turn % 3] as readonly [string, string];
      clients.push([login[0], await logIn(login)]);
    }
    const whoami = ['ACL', 'WHOAMI'];
    const plain = Array.from({ length: 50 }, () => whoami);
    await Promise.all(
      clients.map(async ([user, client]) => {
        for (let round = 0; round < 10; round++) {
          expect(new Set(await client.pipeline(plain))).toEqual(new Set([user]));
          if (user === 'bob') continue;
          // On a connection of its own, which is handed on to the next client with the same login.
          expect(await client.pipeline([['MULTI'], whoami, ['EXEC']])).toEqual(['OK', 'QUEUED', [user]]);
        }
      }),
    );
    for (const [, client] of clients) client.close();
  });

  it('and databases keep clients apart', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => gateway.client()));
    await Promise.all(clients.map((client, database) => client.call('SELECT', database)));
    await Promise.all(clients.map((client, database) => client.call('SET', 'where', database)));
    for (let round = 0; round < 5; round++) {
      const seen = await Promise.all(clients.map((client) => client.call('GET', 'where')));
      expect(seen).toEqual(clients.map((_, database) => String(database)));
      const sizes = await Promise.all(
        clients.map((client) => client.pipeline([['MULTI'], ['GET', 'where'], ['EXEC']])),
      );
      expect(sizes).toEqual(clients.map((_, database) => ['OK', 'QUEUED', [String(database)]]));
    }
    for (const client of clients) client.close();
  });

  it('with a password that is no longer right are refused, however many clients still use it', async () => {
    const admin = await server.client();
    const old = await logIn(alice);
    expect(await old.call('ACL', 'WHOAMI')).toBe('alice');
    expect(await admin.call('ACL', 'SETUSER', 'alice', 'resetpass', '>changed')).toBe('OK');
    const refusal = { error: expect.stringMatching(/^WRONGPASS /) };
    const late = await gateway.client();
    // Some of them meet the worker that has connections with the old password.
    for (const client of [late, ...(await Promise.all(Array.from({ length: 16 }, () => gateway.client())))]) {
      expect(await client.call('AUTH', ...alice)).toEqual(refusal);
      expect(await client.call('HELLO', 3, 'AUTH', ...alice)).toEqual(refusal);
      expect(await client.call('ACL', 'WHOAMI')).toBe('default');
      if (client !== late) client.close();
    }
    expect(await late.call('AUTH', 'alice', 'changed')).toBe('OK');
    expect(await late.call('ACL', 'WHOAMI')).toBe('alice');
    // As on the server: who has logged in stays so.
    expect(await old.call('ACL', 'WHOAMI')).toBe('alice');
    await admin.call('ACL', 'SETUSER', 'alice', 'resetpass', `>${alice[1]}`);
    for (const client of [admin, old, late]) client.close();
  });

  it('of a user that is deleted end, and nobody else takes over its session', async () => {
    const admin = await server.client();
    await admin.call('ACL', 'SETUSER', 'carol', 'on', '>carol', '~*', '+@all');
    const carol = await logIn(['carol', 'carol']);
    expect(await carol.call('ACL', 'WHOAMI')).toBe('carol');
    await admin.call('ACL', 'DELUSER', 'carol');
    const end = await waitUntil(async () => {
      const reply = await carol.call('ACL', 'WHOAMI');
      return reply !== 'carol' && reply;
    }, 'the login to end');
    expect(end).toEqual({
      error: expect.stringMatching(/^(WRONGPASS |ERR lockstep: .*(WRONGPASS|was lost))/),
    });
    expect(await carol.call('SET', 'carol:1', 'x')).toEqual({ error: expect.stringContaining('WRONGPASS') });
    expect(await admin.call('EXISTS', 'carol:1')).toBe(0);
    admin.close();
    carol.close();
  });
});

describe("the gateway's own password", () => {
  it('that is changed on the server gives a clear error until it fits again', async () => {
    const server = await startServer('redis-7.0', { password });
    const gateway = await startGateway({ primary: server.url, workers: 1 });
    const [admin, client] = [await server.client(), await gateway.client()];
    expect(await client.call('SET', 'key', 'value')).toBe('OK');
    await admin.call('CONFIG', 'SET', 'requirepass', 'another');
    expect(await client.call('GET', 'key')).toBe('value');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    const readiness = await waitUntil(async () => {
      const response = await gateway.request('/readyz');
      return response.status === 503 && ((await response.json()) as { reason: string });
    }, 'the gateway to notice');
    expect(readiness.reason).toMatch(/^the primary is down: .*(WRONGPASS|closed)/);
    const { error } = (await waitUntil(async () => {
      const reply = (await client.call('GET', 'key')) as { error: string };
      return reply.error.includes('WRONGPASS') && reply;
    }, 'the reason')) as { error: string };
    expect(error).toMatch(/^(ERR lockstep: the primary .*)?WRONGPASS invalid username-password pair/);
    await admin.call('CONFIG', 'SET', 'requirepass', password);
    await waitUntil(async () => (await client.call('GET', 'key')) === 'value', 'the gateway to be back');
    admin.close();
    client.close();
  });
});

describe('a shadow', () => {
  it('has credentials of its own, and differences are confirmed with those of the client', async () => {
    const primary = await startServer('valkey-9.1', { password });
    await prepare(primary);
    const shadow = await startServer('redis-8.0', { password: 'shadow-secret' });
    const shadowAdmin = await shadow.client();
    const rights = ['on', '>mirror-secret', '~*', '&*', '+@all', '-@dangerous', '-@admin'];
    await shadowAdmin.call('ACL', 'SETUSER', 'mirror', ...rights);
    // The gateway itself may do nothing on the primary: all it knows are the clients' logins.
    const gateway = await startGateway({
      primary: `redis://127.0.0.1:${primary.port}`,
      shadow: `redis://mirror:mirror-secret@127.0.0.1:${shadow.port}`,
      config: { compare: { divergences: { showKeys: true, showValues: true } } },
    });
    const client = await gateway.client();
    expect(await client.call('AUTH', ...alice)).toBe('OK');
    await client.pipeline([
      ['SET', 'alice:same', 'v'],
      ['SET', 'alice:other', 'v'],
      ['GET', 'alice:same'],
    ]);
    await gateway.shadowIdle();
    expect(await shadowAdmin.call('MGET', 'alice:same', 'alice:other')).toEqual(['v', 'v']);
    await shadowAdmin.call('SET', 'alice:other', 'harmed');
    await client.pipeline([
      ['GET', 'alice:same'],
      ['GET', 'alice:other'],
    ]);
    await gateway.shadowIdle();
    const { items } = (await gateway.admin('/api/v1/divergences')) as { items: unknown[] };
    expect(items).toMatchObject([
      { command: 'get', key: 'alice:other', primary: '"v"', shadow: '"harmed"', count: 1 },
    ]);
    shadowAdmin.close();
    client.close();
  });
});

describe('a transaction that the server refuses to begin', () => {
  it('leaves no gap on the shadow', async () => {
    const [primary, shadow] = [
      await startServer('valkey-9.1', { password }),
      await startServer('valkey-9.1'),
    ];
    await prepare(primary);
    const gateway = await startGateway({ primary: primary.url, shadow: shadow.url });
    const client = await gateway.client();
    expect(await client.call('AUTH', ...bob)).toBe('OK');
    const noPermission = { error: expect.stringMatching(/^NOPERM /) };
    expect(
      await client.pipeline([['MULTI'], ['SET', '{one}1', 'x'], ['EXEC'], ['SET', '{two}2', 'x']]),
    ).toEqual([noPermission, 'OK', { error: 'ERR EXEC without MULTI' }, 'OK']);
    expect(await client.call('MULTI')).toEqual(noPermission);
    expect(await client.call('SET', '{three}3', 'x')).toBe('OK');
    expect(await client.call('SET', '{four}4', 'x')).toBe('OK');
    await gateway.shadowIdle();
    const direct = await shadow.client();
    // What was sent before the refusal was known may be left out, but then it is counted, and its slot is known.
    const missing = 4 - Number(await direct.call('EXISTS', '{one}1', '{two}2', '{three}3', '{four}4'));
    expect(missing).toBeLessThanOrEqual(1);
    const metrics = await gateway.metrics();
    expect(metrics.sum('shadow_dropped_total')).toBe(missing);
    expect(metrics.sum('shadow_dirty_slots')).toBe(missing);
    direct.close();
    client.close();
  });
});
