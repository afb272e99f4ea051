/**
 * Users of the gateway at work: transactions, the shadow, what is told of them, and changes while clients are there.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/cleanup.ts';
import { runMain, startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { serverNames, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const server = serverNames.at(-1)!;

/** Logged in; by RESP3 where it says so. */
async function logIn(gateway: TestGateway, user: string, version: '2' | '3' = '2'): Promise<RawClient> {
  const client = await gateway.client();
  expect(await client.call('HELLO', version, 'AUTH', user, 'p')).toEqual(expect.anything());
  expect(await client.call('ACL', 'WHOAMI')).toBe(user);
  return client;
}

function listOf(rules: Readonly<Record<string, string>>): { name: string; rules: string }[] {
  return Object.entries(rules).map(([name, text]) => ({ name, rules: text }));
}

async function reload(gateway: TestGateway, rules: Readonly<Record<string, string>>): Promise<void> {
  gateway.writeConfig({ acl: { users: listOf(rules) } });
  expect(await gateway.admin('/api/v1/config/reload', 'POST')).toMatchObject({ changed: ['acl.users'] });
}

describe('users of the gateway', () => {
  const first = {
    default: 'off',
    app: 'on >p ~app:* &news:* +@all',
    leaving: 'on >p ~* &* +@all',
    all: 'on >p ~* &* +@all',
  };
  let primary: TestServer;
  let shadow: TestServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    [primary, shadow] = await Promise.all([startServer(server), startServer(server)]);
    const config = { acl: { users: listOf(first), logLength: 4 } };
    gateway = await startGateway({ primary: primary.url, shadow: shadow.url, workers: 2, config });
  });

  it.each(['2', '3'] as const)('break a transaction with what they may not, in RESP%s', async (version) => {
    const client = await logIn(gateway, 'app', version);
    expect(await client.call('SET', 'app:t', '1')).toBe('OK');
    expect(await client.call('MULTI')).toBe('OK');
    expect(await client.call('SET', 'app:t', '2')).toBe('QUEUED');
    expect(await client.call('SET', 'other', '2')).toEqual({
      error: 'NOPERM No permissions to access a key',
    });
    const aborted = { error: 'EXECABORT Transaction discarded because of previous errors.' };
    expect(await client.call('EXEC')).toEqual(aborted);
    expect(await client.call('GET', 'app:t')).toBe('1');
    await client.call('MULTI');
    expect(await client.call('ACL', 'WHOAMI')).toBe('QUEUED');
    expect(await client.call('INCR', 'app:t')).toBe('QUEUED');
    expect(await client.call('ACL', 'GETUSER', 'nobody')).toBe('QUEUED');
    expect(await client.call('EXEC')).toEqual(['app', 2, null]);
    await client.call('MULTI');
    expect(await client.call('AUTH', 'all', 'p')).toMatchObject({
      error: expect.stringContaining('lockstep: AUTH'),
    });
    expect(await client.call('EXEC')).toEqual(aborted);
    expect(await client.call('ACL', 'WHOAMI')).toBe('app');
    client.close();
  });

  it('are not told what is theirs by SORT, nor by a long argument', async () => {
    const client = await logIn(gateway, 'app');
    expect(await client.call('SORT', 'app:l', 'BY', 'w*')).toEqual({
      error: 'ERR BY option of SORT denied due to insufficient ACL permissions.',
    });
    const long = 'x'.repeat(3 * 1024 * 1024);
    expect(await client.call('SET', 'other', long)).toMatchObject({
      error: expect.stringContaining('NOPERM'),
    });
    expect(await client.call('SET', 'app:long', long)).toBe('OK');
    expect(await client.call('MSET', 'app:long', long, 'other', 'x')).toMatchObject({
      error: expect.stringContaining('NOPERM'),
    });
    expect(await client.call('STRLEN', 'app:long')).toBe(long.length);
    client.close();
  });

  it('are those of CLIENT LIST, and ACL tells of them and of what they were denied', async () => {
    const [app, all] = [await logIn(gateway, 'app'), await logIn(gateway, 'all')];
    await all.call('ACL', 'LOG', 'RESET');
    for (const key of ['a', 'b', 'b', 'c', 'd', 'e']) await app.call('GET', key);
    expect(await app.call('AUTH', 'app', 'wrong')).toMatchObject({
      error: expect.stringContaining('WRONGPASS'),
    });
    const entries = (await all.call('ACL', 'LOG')) as unknown[][];
    const objects = entries.map((entry) => [entry[1], entry[3], entry[7], entry[9]]);
    expect(objects).toEqual([
      [1, 'auth', 'auth', 'app'],
      [1, 'key', 'e', 'app'],
      [1, 'key', 'd', 'app'],
      [1, 'key', 'c', 'app'],
    ]);
    expect(entries[0]![13]).toContain('user=app');
    const lines = String(await all.call('CLIENT', 'LIST'));
    expect(lines).toContain('user=app');
    expect(lines).not.toContain('user=default');
    expect(await all.call('ACL', 'USERS')).toEqual(['all', 'app', 'default', 'leaving']);
    const lists = (await all.call('ACL', 'LIST')) as string[];
    expect(lists.find((line) => line.startsWith('user app '))).toContain(
      '~app:* resetchannels &news:* +@all',
    );
    for (const command of ['ACL SETUSER x on', 'ACL DELUSER app', 'ACL LOAD', 'ACL SAVE']) {
      expect(await all.call(...command.split(' '))).toMatchObject({
        error: expect.stringContaining('lockstep: users are those of the configuration'),
      });
    }
    app.close();
    all.close();
  });

  it('leave the shadow with what they were allowed', async () => {
    const [client, probe] = [await logIn(gateway, 'app'), await shadow.client()];
    await gateway.shadowIdle();
    await probe.call('CONFIG', 'RESETSTAT');
    for (let round = 0; round < 5; round++) {
      expect(await client.call('SET', 'app:mirrored', String(round))).toBe('OK');
      await client.call('SET', 'other', 'x');
      await client.call('HSET', 'other', 'f', 'x');
    }
    await gateway.shadowIdle();
    const statistics = String(await probe.call('INFO', 'commandstats'));
    expect(statistics).toMatch(/cmdstat_set:calls=5,/);
    expect(statistics).not.toContain('cmdstat_hset');
    expect(await probe.call('EXISTS', 'other')).toBe(0);
    expect((await gateway.admin('/api/v1/divergences')).total).toBe(0);
    client.close();
    probe.close();
  });

  it('are others after a reload: who is gone or hears too much leaves, the others go by the new rules', async () => {
    const [gone, kept, blocked] = await Promise.all([
      logIn(gateway, 'leaving'),
      logIn(gateway, 'app'),
      logIn(gateway, 'app'),
    ]);
    const [allowed, beyond, beyondIn3] = [
      await logIn(gateway, 'app'),
      await logIn(gateway, 'app'),
      await logIn(gateway, 'app', '3'),
    ];
    await allowed.call('SUBSCRIBE', 'news:a');
    await beyond.call('SUBSCRIBE', 'news:a', 'news:b');
    expect(await beyond.read()).toEqual(['subscribe', 'news:b', 2]);
    beyondIn3.sendCommand('PSUBSCRIBE', 'news:*');
    expect(await beyondIn3.readPush()).toEqual({ push: ['psubscribe', 'news:*', 1] });
    expect(await kept.call('SUBSCRIBE', 'others')).toEqual({
      error: 'NOPERM No permissions to access a channel',
    });
    expect(await beyond.call('SUBSCRIBE', 'others')).toEqual({
      error: 'NOPERM No permissions to access a channel',
    });
    blocked.sendCommand('BLPOP', 'app:none', '0');
    const direct = await primary.client();
    await waitUntil(
      async () => String(await direct.call('INFO', 'clients')).includes('blocked_clients:1'),
      'a blocked client',
    );
    await kept.call('MULTI');
    await kept.call('SET', 'app:x', 'x');
    await reload(gateway, { ...first, app: 'on >new ~app:* &news:a -@all +get +exec', leaving: 'reset' });
    expect(await kept.call('EXEC')).toEqual({
      error:
        'EXECABORT Transaction discarded because of: lockstep: the rights of this user have changed since MULTI',
    });
    expect(await kept.call('EXISTS', 'app:x')).toEqual({
      error: "NOPERM User app has no permissions to run the 'exists' command",
    });
    const { leaving: _, ...others } = first;
    await reload(gateway, others);
    for (const client of [gone, beyond, beyondIn3, blocked]) await client.waitForClose();
    expect(await kept.call('EXISTS', 'app:x')).toBe(0);
    expect(await direct.call('PUBLISH', 'news:a', 'x')).toBe(1);
    kept.close();
    allowed.close();
    direct.close();
  });
});

describe('a configuration of users', () => {
  it('is refused with the place, and without the passwords in it', async () => {
    const lines = [
      'primary: redis://127.0.0.1:1',
      'acl:',
      '  users:',
      '    - { name: a, rules: "on >planted-secret +nosuch" }',
      '    - { name: b, rules: "on <planted-secret ~* ~x" }',
    ];
    const { code, stderr } = await checkConfig(lines);
    expect(code).toBe(2);
    expect(stderr).toContain("acl.users[0]: line 1: Error in applying operation '+nosuch': Unknown command");
    expect(stderr).toContain('acl.users[1]: line 1: The password you are trying to remove');
    expect(stderr).not.toContain('planted-secret');
  });

  it('is refused before an engine, which has users of its own', async () => {
    const { code, stderr } = await checkConfig(['acl:', '  users: [{ name: a, rules: on }]']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('engine.aclFile')]);
  });
});

async function checkConfig(lines: readonly string[]): ReturnType<typeof runMain> {
  const file = path.join(temporaryFolder('users'), 'lockstep.yaml');
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return runMain(['check', '--config', file]);
}
