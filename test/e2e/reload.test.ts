/** What changes while the gateway runs, what does not, and that nothing changes by halves. */
import * as fs from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

let primary: TestServer;
let shadow: TestServer;

beforeAll(async () => {
  [primary, shadow] = [await startServer('valkey-9.1'), await startServer('valkey-9.1')];
});

beforeEach(async () => {
  for (const server of [primary, shadow]) {
    const direct = await server.client();
    await direct.call('FLUSHALL');
    direct.close();
  }
});

function start(): Promise<TestGateway> {
  return startGateway({ primary: primary.url, shadow: shadow.url, workers: 2 });
}

interface Reloaded {
  readonly changed: string[];
  readonly needsRestart: string[];
}

async function reload(gateway: TestGateway): Promise<Reloaded> {
  const { changed, needsRestart } = (await gateway.admin(
    '/api/v1/config/reload',
    'POST',
  )) as unknown as Reloaded;
  return { changed: [...changed].sort(), needsRestart: [...needsRestart].sort() };
}

/** By the connection of the test itself, not through the gateway. */
async function onShadow(...command: string[]): Promise<unknown> {
  const direct = await shadow.client();
  const reply = await direct.call(...command);
  direct.close();
  return reply;
}

describe('a reload', () => {
  const part = {
    workers: 3,
    primary: { connectTimeoutMs: 4321, waitWhenDownMs: 4321 },
    shadow: { sample: 0.5, queue: { maxCommands: 1234 }, protocol: 'resp2' },
    upstream: { sessions: 'pinned', healthIntervalMs: 2000 },
    compare: { rules: { 'config get': 'ignore' }, divergences: { showKeys: true } },
    log: { level: 'debug', pretty: true },
    limits: { maxClients: 2, maxBulkBytes: '1mb' },
    admin: { listen: '127.0.0.1:1' },
    listen: [{ address: '127.0.0.1:0', backlog: 99 }],
  };
  const changed = [
    'compare.divergences.showKeys',
    'compare.rules',
    'limits.maxBulkBytes',
    'limits.maxClients',
    'log.level',
    'primary.connectTimeoutMs',
    'shadow.queue.maxCommands',
    'shadow.sample',
  ];
  const needsRestart = [
    'admin.listen',
    'listen[0].backlog',
    'log.pretty',
    'primary.waitWhenDownMs',
    'shadow.protocol',
    'upstream.healthIntervalMs',
    'upstream.sessions',
    'workers',
  ];

  it('says what has changed and what needs a restart, and is in effect when it answers', async () => {
    const gateway = await start();
    const client = await gateway.client();
    const before = await gateway.admin('/api/v1/config');
    gateway.writeConfig(part);
    expect(await reload(gateway)).toEqual({ changed, needsRestart });
    expect(await gateway.admin('/api/v1/config')).toEqual({
      ...before,
      primary: expect.objectContaining({ connectTimeoutMs: 4321, waitWhenDownMs: 0 }),
      shadow: expect.objectContaining({ sample: 0.5, protocol: 'auto' }),
      compare: expect.objectContaining({ rules: { 'config|get': 'ignore' } }),
      log: expect.objectContaining({ level: 'debug', pretty: false }),
      limits: { ...(before.limits as object), maxClients: 2, maxBulkBytes: 1024 * 1024 },
    });
    // Old clients live by the new limits, too.
    client.send('*2\r\n$3\r\nGET\r\n$1048577\r\n');
    expect(await client.read()).toEqual({ error: 'ERR Protocol error: invalid bulk length' });
    await client.waitForClose();
    await waitUntil(
      async () => (await gateway.metrics()).sum('client_connections') === 0,
      'its place to be free',
    );
    const clients = [await gateway.client(), await gateway.client()];
    for (const other of clients) expect(await other.call('PING')).toBe('PONG');
    const third = await gateway.client();
    expect(await third.read()).toEqual({ error: 'ERR max number of clients reached' });
    for (const other of clients) other.close();
    // What needs a restart is named again until there is one.
    expect(await reload(gateway)).toEqual({ changed: [], needsRestart });
  });

  it('by SIGHUP does and says the same', async () => {
    const gateway = await start();
    gateway.writeConfig(part);
    gateway.signal('SIGHUP');
    const record = (await gateway.waitForLog('configuration reloaded')) as unknown as Reloaded;
    expect([...record.changed].sort()).toEqual(changed);
    expect([...record.needsRestart].sort()).toEqual(needsRestart);
    expect(await gateway.admin('/api/v1/config')).toMatchObject({ limits: { maxClients: 2 }, workers: 2 });
  });

  it.each([
    ['is no YAML', 'limits: [1, 2', 'config_invalid', /is not valid YAML/],
    [
      'has a wrong value',
      '{ limits: { maxClients: 0 }, log: { level: debug } }',
      'config_invalid',
      /maxClients/,
    ],
    ['has an unknown key', '{ limits: { maxClient: 5 } }', 'config_invalid', /did you mean maxClients/],
    [
      'names files that are not there',
      '{ listen: [{ address: "127.0.0.1:0", tls: { certificate: a, key: b } }] }',
    ],
    ['is not there', undefined, 'config_unreadable', /cannot read .*: ENOENT/],
  ])(
    'from a file that %s changes nothing',
    async (_what, text, code = 'tls_material', message = /no such file/) => {
      const gateway = await start();
      const client = await gateway.client();
      const before = await gateway.admin('/api/v1/config');
      if (text === undefined) fs.rmSync(gateway.configFile);
      else {
        const primaryPart = `primary: { url: "${primary.url}" }`;
        fs.writeFileSync(
          gateway.configFile,
          text.startsWith('{') ? `{ ${primaryPart}, ${text.slice(1)}` : text,
        );
      }
      const response = await gateway.request('/api/v1/config/reload', { method: 'POST' });
      expect(response.status).toBe(422);
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      expect(error).toEqual({ code, message: expect.stringMatching(message) });
      gateway.signal('SIGHUP');
      const record = await gateway.waitForLog('configuration not reloaded');
      expect(JSON.stringify(record)).toMatch(message);
      expect(await gateway.admin('/api/v1/config')).toEqual(before);
      expect(await client.call('SET', 'key', 'value')).toBe('OK');
      client.close();
    },
  );
});

describe('PATCH /api/v1/shadow', () => {
  async function patch(gateway: TestGateway, body: unknown): Promise<{ status: number; body: unknown }> {
    const headers = { 'content-type': 'application/json' };
    const response = await gateway.request('/api/v1/shadow', {
      method: 'PATCH',
      headers,
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  it('switches mirroring off: what is left out is counted and its slots are dirty', async () => {
    const gateway = await start();
    const client = await gateway.client();
    await client.pipeline([
      ['SET', 'clean', 'same'],
      ['SET', '{a}1', 'before'],
    ]);
    await gateway.shadowIdle();
    expect(await patch(gateway, { enabled: false })).toEqual({
      status: 200,
      body: { enabled: false, sample: 1 },
    });
    expect(await gateway.admin('/api/v1/status')).toMatchObject({ shadow: { enabled: false, up: true } });
    const writes = [
      ['SET', '{a}1', 'after'],
      ['SET', '{a}2', 'after'],
      ['RPUSH', '{b}1', 'one'],
      ['MULTI'],
      ['SET', '{c}1', 'x'],
      ['EXEC'],
    ];
    await client.pipeline(writes);
    await client.call('GET', '{a}1');
    const metrics = await gateway.metrics();
    // Four writes and one read.
    expect(metrics.sum('shadow_dropped_total', { reason: 'disabled' })).toBe(5);
    expect(metrics.sum('shadow_dropped_total')).toBe(5);
    expect(metrics.sum('shadow_dirty_slots')).toBe(3);
    expect(await onShadow('GET', '{a}1')).toBe('before');
    expect(await onShadow('DBSIZE')).toBe(2);

    expect(await patch(gateway, { enabled: true })).toEqual({
      status: 200,
      body: { enabled: true, sample: 1 },
    });
    await client.pipeline([
      ['GET', 'clean'],
      ['GET', '{a}1'],
      ['SET', '{d}1', 'mirrored'],
    ]);
    await gateway.shadowIdle();
    expect(await onShadow('GET', '{d}1')).toBe('mirrored');
    expect(await gateway.admin('/api/v1/divergences')).toEqual({ total: 0, items: [] });
    const after = await gateway.metrics();
    expect(after.sum('shadow_dropped_total')).toBe(5);
    expect(after.sum('comparisons_total', { command: 'get', verdict: 'match' })).toBe(1);
    expect(after.sum('comparisons_total', { command: 'get', verdict: 'skipped' })).toBe(1);
    client.close();
  });

  it('lowers the share of keys, and whole keys are mirrored or not at all', async () => {
    const gateway = await start();
    const clients = await Promise.all(Array.from({ length: 4 }, () => gateway.client()));
    expect(await patch(gateway, { sample: 0.1 })).toEqual({
      status: 200,
      body: { enabled: true, sample: 0.1 },
    });
    const count = 1000;
    const keys = Array.from({ length: count }, (_, number) => `sampled:${number}`);
    for (let round = 0; round < 4; round++) {
      const commands = keys.map((key) => ['RPUSH', key, `round ${round}`]);
      // Each round by another client, on whichever worker it is.
      await (clients[round] as RawClient).pipeline(commands);
    }
    await gateway.shadowIdle();
    const direct = await shadow.client();
    const lists = await direct.pipeline(keys.map((key) => ['LRANGE', key, 0, -1]));
    const whole = JSON.stringify(['round 0', 'round 1', 'round 2', 'round 3']);
    const mirrored = lists.filter((list) => JSON.stringify(list) === whole).length;
    expect(lists.filter((list) => JSON.stringify(list) === '[]').length).toBe(count - mirrored);
    expect(mirrored).toBeGreaterThan(count * 0.05);
    expect(mirrored).toBeLessThan(count * 0.15);
    const metrics = await gateway.metrics();
    expect(metrics.sum('commands_total', { command: 'rpush', target: 'shadow' })).toBe(mirrored * 4);
    expect(metrics.sum('commands_total', { command: 'rpush', target: 'primary' })).toBe(count * 4);
    expect(metrics.sum('shadow_dropped_total')).toBe(0);
    // A command with keys on both sides of the line is neither mirrored nor forgotten.
    const inside = keys[lists.findIndex((list) => JSON.stringify(list) === whole)] as string;
    const outside = keys[lists.findIndex((list) => JSON.stringify(list) === '[]')] as string;
    expect(await clients[0]?.call('DEL', inside, outside)).toBe(2);
    await gateway.shadowIdle();
    expect(await direct.call('LLEN', inside)).toBe(4);
    const split = await gateway.metrics();
    expect(split.sum('shadow_dropped_total', { reason: 'sampled_split' })).toBe(1);
    expect(split.sum('shadow_dirty_slots')).toBe(2);
    for (const client of [direct, ...clients]) client.close();
  });

  it('raises the share of keys, and does not say that the shadow lost what it never had', async () => {
    const gateway = await start();
    const client = await gateway.client();
    await patch(gateway, { sample: 0 });
    const keys = Array.from({ length: 50 }, (_, number) => `raised:${number}`);
    await client.pipeline(keys.map((key) => ['SET', key, 'only on the primary']));
    expect((await gateway.metrics()).sum('shadow_dirty_slots')).toBe(0);
    await patch(gateway, { sample: 1 });
    expect((await gateway.metrics()).sum('shadow_dirty_slots')).toBe(16384);
    await client.pipeline(keys.map((key) => ['GET', key]));
    await gateway.shadowIdle();
    expect(await gateway.admin('/api/v1/divergences')).toEqual({ total: 0, items: [] });
    const metrics = await gateway.metrics();
    expect(metrics.sum('comparisons_total', { command: 'get', verdict: 'skipped' })).toBe(keys.length);
    client.close();
  });

  it('says what is wrong with a request', async () => {
    const gateway = await start();
    const refused = (message: RegExp): unknown => ({
      status: 400,
      body: { error: { code: 'invalid_request', message: expect.stringMatching(message) } },
    });
    expect(await patch(gateway, {})).toEqual(refused(/fewer than 1/));
    expect(await patch(gateway, { sample: 2 })).toEqual(refused(/sample must be <= 1/));
    expect(await patch(gateway, { sample: '0.5' })).toEqual(refused(/sample must be number/));
    expect(await patch(gateway, { enabled: true, share: 1 })).toEqual(refused(/additional properties/));
    expect(await gateway.admin('/api/v1/status')).toMatchObject({ shadow: { enabled: true, sample: 1 } });
    const alone = await startGateway({ primary: primary.url, workers: 1 });
    expect(await patch(alone, { enabled: false })).toEqual({
      status: 409,
      body: { error: { code: 'no_shadow', message: expect.stringContaining('shadow.url') } },
    });
  });
});

describe('compare rules', () => {
  it('that change by a reload decide from then on', async () => {
    const gateway = await start();
    const client = await gateway.client();
    await client.pipeline([
      ['SET', 'planted', 'one'],
      ['SADD', 'set', 'a'],
    ]);
    await gateway.shadowIdle();
    await onShadow('SET', 'planted', 'two');
    gateway.writeConfig({ compare: { rules: { get: 'ignore' } } });
    expect(await reload(gateway)).toEqual({ changed: ['compare.rules'], needsRestart: [] });
    await client.call('GET', 'planted');
    await gateway.shadowIdle();
    expect(await gateway.admin('/api/v1/divergences')).toMatchObject({ total: 0 });
    gateway.writeConfig({ compare: { rules: { get: 'exact' } } });
    await reload(gateway);
    await client.call('GET', 'planted');
    await gateway.shadowIdle();
    expect(await gateway.admin('/api/v1/divergences')).toMatchObject({ total: 1 });
    client.close();
  });
});
