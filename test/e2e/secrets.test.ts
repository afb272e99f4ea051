/**
 * Secrets planted everywhere a configuration and a client can have one, trouble of every kind, and then a search for
 * them in everything that the gateway shows: log, metrics, each answer of the admin API, its streams, and reports.
 * docs/security.md says what is promised; what is left of a crash is in secrets-crash.test.ts.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { temporaryFolder } from '../support/cleanup.ts';
import { startSentinelGroup } from '../support/cluster.ts';
import { runMain, startGateway, type TestGateway } from '../support/gateway.ts';
import { MetricsPage } from '../support/metrics-text.ts';
import { misplaced, PlantedSecrets } from '../support/planted-secrets.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const planted = new PlantedSecrets();
const token = planted.plant('admin-token', '"\\/@:%');
const bearer = { authorization: `Bearer ${token}` };
const folder = temporaryFolder('secrets');
const key = planted.plant('key');
const value = planted.plant('value');
const field = planted.plant('field');

/** Each GET that the API describes, with each of the values that a parameter may have. */
async function readable(gateway: TestGateway): Promise<string[]> {
  interface Parameter {
    readonly name: string;
    readonly schema: { readonly enum?: readonly string[] };
  }
  const document = (await (await gateway.request('/openapi.json', { headers: bearer })).json()) as {
    paths: Record<string, { get?: { parameters?: readonly Parameter[] } }>;
  };
  const urls = Object.entries(document.paths).flatMap(([url, { get }]) => {
    if (get === undefined) return [];
    const chosen = (get.parameters ?? []).flatMap(({ name, schema }) =>
      (schema.enum ?? []).map((one) => `${url}?${name}=${encodeURIComponent(one)}`),
    );
    return [url, ...chosen];
  });
  return ['/openapi.json', ...urls];
}

function isStream(url: string): boolean {
  return /\/(?:stream|live)\b/.test(url);
}

/** Everything that can be read, by the place it was read from. */
async function readAll(gateway: TestGateway): Promise<Map<string, string>> {
  const read = new Map<string, string>();
  for (const url of (await readable(gateway)).filter((one) => !isStream(one))) {
    const response = await gateway.request(url, { headers: bearer });
    const headers = JSON.stringify([...response.headers]);
    read.set(url, `${response.status}\n${headers}\n${await response.text()}`);
  }
  const admin = ['--admin', new URL(gateway.adminUrl).host];
  for (const format of ['json', 'html']) {
    const run = await runMain(['report', ...admin, '--format', format], { LOCKSTEP_ADMIN_TOKEN: token });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    read.set(`report ${format}`, run.stdout);
  }
  read.set('log', gateway.logs.map((record) => JSON.stringify(record)).join('\n'));
  read.set('command line', fs.readFileSync(`/proc/${gateway.pid}/cmdline`, 'latin1'));
  return read;
}

function expectNoneIn(read: ReadonlyMap<string, string>): void {
  const leaks = [...read].flatMap(([place, text]) =>
    planted.leaksIn(text).map((name) => `${place}: ${name}`),
  );
  expect(leaks).toEqual([]);
}

/** What both streams of events say, from now on. */
async function listen(gateway: TestGateway): Promise<Map<string, string>> {
  const heard = new Map<string, string>();
  for (const url of (await readable(gateway)).filter(isStream)) {
    const response = await gateway.request(url, { headers: bearer, signal: null });
    expect(response.status).toBe(200);
    heard.set(url, '');
    const read = async (): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body!)
        heard.set(url, heard.get(url) + decoder.decode(chunk as Uint8Array));
    };
    // It ends with the gateway, in the middle or not.
    read().catch((error: unknown) => expect(error).toBeInstanceOf(Error));
  }
  return heard;
}

/** What clients may send that is nobody's business, right and wrong. */
async function sendSecrets(client: RawClient, user: string): Promise<void> {
  const guess = planted.plant('guess');
  await client.call('AUTH', guess);
  await client.call('AUTH', user, guess);
  await client.call('AUTH', planted.plant('user-guessed'), guess);
  await client.call('HELLO', '3', 'AUTH', user, planted.plant('hello-guess'));
  await client.call('ACL', 'SETUSER', 'made', 'on', `>${planted.plant('setuser')}`, '~*');
  await client.call('ACL', 'SETUSER', 'made', `<${planted.plant('setuser-removed')}`);
  await client.call('CONFIG', 'SET', 'masterauth', planted.plant('masterauth'));
  await client.call('CONFIG', 'GET', 'masterauth');
  await client.call('CONFIG', 'SET', planted.plant('config-name'), planted.plant('config-value'));
  const moved = `${key}:moved`;
  const nowhere = ['MIGRATE', '127.0.0.1', '1', moved, '0', '20'];
  await client.call('SET', key, value);
  await client.call('SET', moved, value);
  await client.call(...nowhere, 'AUTH', planted.plant('migrate'));
  await client.call(...nowhere, 'AUTH2', 'user', planted.plant('migrate-two'));
  await client.call('GET', key);
  await client.call('LPUSH', key, value);
  await client.call('HSET', `${key}:h`, field, value);
  await client.call(planted.plant('command'), value);
  await client.call('GET', key, value);
  await client.call('EVAL', `return redis.error_reply('${planted.plant('script', '')}')`, '1', key);
  await client.call('EVAL', planted.plant('script-text'), '0');
  // So much takes longer than a millisecond anywhere.
  await client.call('EVAL', 'for i = 1, 3000000 do end return redis.call("get", KEYS[1])', '1', key, value);
  await client.call('BLPOP', `${key}:none`, '0.05');
}

/** Bytes that are no commands. */
async function sendNonsense(gateway: TestGateway): Promise<void> {
  const text = planted.plant('nonsense');
  for (const bytes of [`*1\r\n+${text}\r\n`, `*${text}\r\n`, `*1\r\n$${text}\r\n`, `SET "${text}\r\n`]) {
    const client = await gateway.client();
    client.send(bytes);
    await client.waitForClose();
  }
}

/** The shadow has what the primary has. */
async function settle(gateway: TestGateway): Promise<void> {
  const isIdle = async (): Promise<boolean> => {
    const text = await (await gateway.request('/metrics', { headers: bearer })).text();
    return new MetricsPage(text).sum('shadow_queue_commands') === 0;
  };
  await waitUntil(isIdle, 'the shadow to catch up');
}

async function makeDiffer(
  gateway: TestGateway,
  server: TestServer,
  login: readonly string[],
  client: RawClient,
): Promise<void> {
  await settle(gateway);
  const direct = await RawClient.connect({ port: server.port });
  expect(await direct.call('AUTH', ...login)).toBe('OK');
  await direct.call('SET', key, planted.plant('other-value'));
  await direct.call('HSET', `${key}:h`, field, planted.plant('other-field'));
  direct.close();
  for (const read of [
    ['GET', key],
    ['HGETALL', `${key}:h`],
    ['STRLEN', key],
  ])
    await client.call(...read);
}

async function differences(gateway: TestGateway): Promise<number> {
  const response = await gateway.request('/api/v1/divergences', { headers: bearer });
  return ((await response.json()) as { total: number }).total;
}

async function reload(gateway: TestGateway): Promise<{ status: number; text: string }> {
  const headers = { ...bearer, 'x-request-id': 'ticket-42' };
  const response = await gateway.request('/api/v1/config/reload', { method: 'POST', headers });
  expect(response.headers.get('x-request-id')).toBe('ticket-42');
  return { status: response.status, text: await response.text() };
}

describe('a gateway with users of its own', () => {
  const primaryPassword = planted.plant('primary-password');
  const shadowPassword = planted.plant('shadow-password');
  const appPassword = planted.plant('app-password');
  const listed = planted.plant('listed-password');
  const hash = createHash('sha256').update(planted.plant('hashed-password')).digest('hex');
  const certificates = makeCertificates();
  let primary: TestServer;
  let shadow: TestServer;
  let gateway: TestGateway;
  let heard: Map<string, string>;
  let client: RawClient;

  const shadowUrl = (password: string): string =>
    `redis://mirror:${encodeURIComponent(password)}@127.0.0.1:${shadow.port}`;

  beforeAll(async () => {
    [primary, shadow] = [await startServer('valkey-9.1'), await startServer('valkey-9.1')];
    for (const [server, user, password] of [
      [primary, 'gateway', primaryPassword],
      [shadow, 'mirror', shadowPassword],
    ] as const) {
      const direct = await server.client();
      expect(await direct.call('ACL', 'SETUSER', user, 'on', `>${password}`, '~*', '&*', '+@all')).toBe('OK');
      direct.close();
    }
    const lines = fs.readFileSync(certificates.server.key, 'utf8').split('\n');
    planted.add('private-key', lines[1] as string);
    const rules = `on >${appPassword} >${listed} #${hash} ~* &* +@all`;
    gateway = await startGateway({
      primary: `redis://gateway:${encodeURIComponent(primaryPassword)}@127.0.0.1:${primary.port}`,
      shadow: shadowUrl(shadowPassword),
      config: {
        listen: [{ address: '127.0.0.1:0' }, { address: '127.0.0.1:0', tls: certificates.server }],
        acl: {
          users: [
            { name: 'default', rules: 'off' },
            { name: 'app', rules },
          ],
        },
        compare: { confirm: { attempts: 1, delayMs: 0 } },
        log: { level: 'trace', slow: { thresholdMs: 1 } },
      },
      env: { LOCKSTEP_ADMIN_TOKEN: token },
    });
    planted.add('hash', hash);
    heard = await listen(gateway);
    client = await gateway.client();
    await sendSecrets(client, 'app');
    expect(await client.call('AUTH', 'app', appPassword)).toBe('OK');
    await sendSecrets(client, 'app');
    await sendNonsense(gateway);
    await makeDiffer(gateway, shadow, ['mirror', shadowPassword], client);
    await waitUntil(async () => (await differences(gateway)) >= 3, 'three differences');
  });

  it('shows none of them, whatever has happened', async () => {
    const read = await readAll(gateway);
    expectNoneIn(read);
    expectNoneIn(heard);
    expect(JSON.parse(String(read.get('report json'))).slow.total).toBeGreaterThan(0);
    expect([...heard.values()].join()).toContain('event: divergence');
  });

  it('shows keys and values where that is wanted, and of commands that may hold secrets nothing', async () => {
    gateway.writeConfig({
      compare: { divergences: { showKeys: true, showValues: true } },
      log: { slow: { showArguments: true } },
    });
    expect(await reload(gateway)).toMatchObject({ status: 200 });
    // Records of the same difference are one record, which would be shown as it was.
    await gateway.request('/api/v1/divergences', { method: 'DELETE', headers: bearer });
    await sendSecrets(client, 'app');
    await makeDiffer(gateway, shadow, ['mirror', shadowPassword], client);
    await waitUntil(async () => (await differences(gateway)) >= 3, 'three differences again');
    const read = await readAll(gateway);
    const wanted = [
      'key',
      'value',
      'other-value',
      'field',
      'other-field',
      'command',
      'script',
      'script-text',
    ];
    const places = ['/api/v1/divergences', '/api/v1/slowlog'];
    for (const place of places) {
      const leaks = planted.leaksIn(String(read.get(place)));
      expect(leaks).toContain('key');
      expect(leaks.filter((name) => !wanted.includes(name))).toEqual([]);
      for (const url of [...read.keys()].filter((one) => one.startsWith(place))) read.delete(url);
    }
    // Reports leave them out even so.
    expectNoneIn(read);
  });

  it('shows none in refusals, nor when its servers refuse it and go away', async () => {
    const said = new Map<string, string>();
    const wrong = { authorization: `Bearer ${planted.plant('wrong-token', '')}` };
    const refused = await gateway.request('/api/v1/drain', { method: 'POST', headers: wrong });
    said.set('wrong token', `${refused.status} ${await refused.text()}`);
    const url = `/${planted.plant('path', '')}?token=${planted.plant('query', '')}`;
    const missing = await gateway.request(url, { headers: bearer });
    const { error } = (await missing.json()) as { error: { message: string } };
    expect(planted.leaksIn(error.message)).toEqual(['path']);
    const body = JSON.stringify({ enabled: planted.plant('body'), [planted.plant('body-name')]: 1 });
    const misfit = await gateway.request('/api/v1/shadow', { method: 'PATCH', headers: bearer, body });
    said.set('misfit', `${misfit.status} ${await misfit.text()}`);
    fs.writeFileSync(gateway.configFile, misplaced(planted.plant('misplaced')));
    said.set('reload', JSON.stringify(await reload(gateway)));
    expect(said.get('reload')).toContain('422');
    await waitUntil(() => gateway.logs.some(({ request }) => request === 'ticket-42'), 'the line about it');
    gateway.signal('SIGHUP');
    await gateway.waitForLog('configuration not reloaded');
    gateway.writeConfig({ shadow: { url: shadowUrl(planted.plant('shadow-password-wrong')) } });
    said.set('wrong password', JSON.stringify(await reload(gateway)));
    expect(said.get('wrong password')).toContain('WRONGPASS');
    const direct = await shadow.client();
    await direct.call('ACL', 'LOG', 'RESET');
    await direct.call(
      'ACL',
      'SETUSER',
      'mirror',
      'resetpass',
      `>${planted.plant('shadow-password-changed')}`,
    );
    await direct.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await client.call('SET', key, value);
    const refusals = async (): Promise<string> => JSON.stringify(await direct.call('ACL', 'LOG'));
    await waitUntil(async () => (await refusals()).includes('"mirror"'), 'the shadow to refuse the gateway');
    direct.close();
    await primary.stop();
    await gateway.waitForLog('the primary is down');
    await client.call('SET', `${key}:down`, value);
    expectNoneIn(said);
    const read = await readAll(gateway);
    for (const place of [...read.keys()].filter((one) => /divergences|slowlog/.test(one))) read.delete(place);
    expectNoneIn(read);
  });
});

describe('a gateway that is an engine, with a Sentinel group as shadow', () => {
  it('shows no password of the engine, of its users, of the sentinels and of their servers', async () => {
    const enginePassword = planted.plant('engine-password');
    // They stand in configuration files of the servers, without quotes.
    const servers = planted.plant('sentinel-servers', '-s');
    const sentinels = planted.plant('sentinels', '-s');
    const group = await startSentinelGroup('valkey-9.1', {
      ...{ sentinelCount: 1, password: servers, sentinelPassword: sentinels },
    });
    const gateway = await startGateway({
      primary: 'engine:',
      shadow: group.url,
      config: {
        engine: { password: enginePassword },
        shadow: { sentinel: { password: sentinels } },
        compare: { confirm: { attempts: 1, delayMs: 0 } },
        log: { level: 'trace', slow: { thresholdMs: 1 } },
      },
      env: { LOCKSTEP_ADMIN_TOKEN: token },
    });
    const heard = await listen(gateway);
    const client = await gateway.client();
    await sendSecrets(client, 'default');
    expect(await client.call('AUTH', enginePassword)).toBe('OK');
    await sendSecrets(client, 'default');
    await sendNonsense(gateway);
    await makeDiffer(gateway, group.master, [servers], client);
    await waitUntil(async () => (await differences(gateway)) >= 3, 'three differences');
    expect(await client.call('CONFIG', 'SET', 'requirepass', planted.plant('requirepass'))).toBe('OK');
    await group.sentinels[0]!.stop();
    await group.master.stop();
    await client.call('SET', key, value);
    const read = await readAll(gateway);
    expectNoneIn(read);
    expectNoneIn(heard);
    expect(JSON.parse(String(read.get('report json'))).slow.total).toBeGreaterThan(0);
  });
});

describe('an engine with a file of users', () => {
  it('shows no password in it', async () => {
    const aclFile = path.join(folder, 'engine-users.acl');
    const password = planted.plant('engine-file-password');
    fs.writeFileSync(aclFile, `user filed on >${password} ~* &* +@all\n`);
    const gateway = await startGateway({
      config: { engine: { aclFile }, log: { level: 'trace', slow: { thresholdMs: 1 } } },
      env: { LOCKSTEP_ADMIN_TOKEN: token },
    });
    const client = await gateway.client();
    await sendSecrets(client, 'filed');
    expect(await client.call('AUTH', 'filed', password)).toBe('OK');
    await sendSecrets(client, 'filed');
    expect(await client.call('ACL', 'SAVE')).toBe('OK');
    fs.writeFileSync(aclFile, `user filed on >${password} ${planted.plant('engine-file-nonsense')}\n`);
    expect(await client.call('ACL', 'LOAD')).toMatchObject({ error: expect.any(String) });
    expectNoneIn(await readAll(gateway));
  });
});
