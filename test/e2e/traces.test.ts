/** Traces for OpenTelemetry: what a collector gets of a gateway before real servers, and what it never gets. */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/cleanup.ts';
import { type ConfigPart, startGateway, type TestGateway } from '../support/gateway.ts';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** A difference counts without another look. */
const AT_ONCE = { compare: { confirm: { attempts: 0 } } };

function tracing(receiver: OtlpReceiver, more: ConfigPart = {}, otlp: ConfigPart = {}): ConfigPart {
  const tracing = {
    samplePercent: 100,
    ...more,
    otlp: { endpoint: receiver.url, intervalMs: 20, ...otlp },
  };
  return { tracing };
}

/** The span `name` of a command's only trace, once it is here. */
function spanOf(receiver: OtlpReceiver, command: string, name: string): Promise<ReceivedSpan> {
  return waitUntil(() => {
    const [root] = receiver.roots(command);
    return root === undefined ? undefined : receiver.child(root, name);
  }, `the span ${name} of ${command}`);
}

async function results(gateway: TestGateway): Promise<Record<'exported' | 'failed' | 'dropped', number>> {
  const metrics = await gateway.metrics();
  const value = (result: string): number => metrics.sum('trace_spans_total', { result });
  return { exported: value('exported'), failed: value('failed'), dropped: value('dropped') };
}

function placeOf(port: number): Record<string, string | number> {
  const host = '127.0.0.1';
  return {
    'server.address': host,
    'server.port': port,
    'network.peer.address': host,
    'network.peer.port': port,
  };
}

/** The spans of the one SET in database 3, in full. */
async function expectPair(
  receiver: OtlpReceiver,
  own: number,
  primary: number,
  shadow: number,
): Promise<void> {
  const [root] = receiver.roots('SET');
  const [toPrimary, toShadow] = [
    await spanOf(receiver, 'SET', 'primary'),
    await spanOf(receiver, 'SET', 'mirror'),
  ];
  const common = { 'db.system.name': 'redis', 'db.operation.name': 'SET', 'db.namespace': '3' };
  expect(root).toMatchObject({ kind: 'server', isError: false });
  expect(root!.attributes).toEqual({ ...common, ...placeOf(own), 'network.peer.port': expect.any(Number) });
  expect(toPrimary).toMatchObject({ kind: 'client', isError: false });
  expect(toPrimary.attributes).toEqual({ ...common, ...placeOf(primary), 'lockstep.target': 'primary' });
  expect(toShadow.kind).toBe('client');
  const verdict = { 'lockstep.target': 'shadow', 'lockstep.verdict': 'match' };
  expect(toShadow.attributes).toEqual({ ...common, ...placeOf(shadow), ...verdict });
  expect(toPrimary.startNs >= root!.startNs && toPrimary.endNs <= root!.endNs).toBe(true);
  expect(toShadow.startNs >= toPrimary.endNs && toShadow.endNs >= toShadow.startNs).toBe(true);
}

describe('with a primary and a shadow', () => {
  it('a command is a span of the gateway with one for each server, and the verdict', async () => {
    const receiver = await OtlpReceiver.start();
    const [primary, shadow] = [await startServer('redis-8.0'), await startServer('valkey-9.1')];
    const config = { ...tracing(receiver, { serviceName: 'cache-gateway' }), ...AT_ONCE };
    const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, workers: 1, config });
    const client = await gateway.client();
    await client.call('SELECT', '3');
    await client.call('SET', 'key', 'value');
    const direct = await shadow.client();
    await gateway.shadowIdle();
    await direct.call('SELECT', '3');
    await direct.call('SET', 'key', 'other value');
    await client.call('GET', 'key');
    await client.call('LPUSH', 'key', 'element');

    await spanOf(receiver, 'SET', 'mirror');
    await expectPair(receiver, gateway.port, primary.port, shadow.port);

    const get = await spanOf(receiver, 'GET', 'mirror');
    expect(get.attributes).toMatchObject({ 'lockstep.verdict': 'divergent', 'lockstep.reason': 'value' });
    const push = await spanOf(receiver, 'LPUSH', 'primary');
    expect(push).toMatchObject({ isError: true, attributes: { 'db.response.status_code': 'WRONGTYPE' } });
    expect(receiver.roots('LPUSH')[0]!.attributes['error.type']).toBe('WRONGTYPE');
    expect(receiver.resources[0]).toMatchObject({ 'service.name': 'cache-gateway' });
    expect(new Set(receiver.paths)).toEqual(new Set(['/v1/traces']));

    await gateway.admin('/api/v1/shadow', 'PATCH', { enabled: false });
    await client.call('INCR', 'count');
    const left = await spanOf(receiver, 'INCR', 'mirror');
    expect(left.attributes).toMatchObject({ 'lockstep.verdict': 'skipped', 'lockstep.reason': 'disabled' });
  });

  it('all workers tell theirs, whoever speaks with the servers', async () => {
    const receiver = await OtlpReceiver.start();
    const [primary, shadow] = [await startServer('valkey-9.1'), await startServer('valkey-9.1')];
    const gateway = await startGateway({
      primary: primary.url,
      shadow: shadow.url,
      workers: 3,
      config: tracing(receiver),
    });
    const clients = await Promise.all(Array.from({ length: 24 }, () => gateway.client()));
    await Promise.all(
      clients.map((client, at) =>
        client.pipeline([
          ['SET', `key:${at}`, 'value'],
          ['MULTI'],
          ['INCR', `count:${at}`],
          ['RPUSH', `list:${at}`, 'a'],
          ['EXEC'],
          ['BLPOP', `list:${at}`, '0'],
          ['DBSIZE'],
        ]),
      ),
    );
    await waitUntil(() => receiver.roots('DBSIZE').length === clients.length, 'the last commands');
    for (const name of ['SET', 'BLPOP']) {
      const roots = receiver.roots(name);
      expect(roots).toHaveLength(clients.length);
      for (const root of roots) {
        await waitUntil(() => receiver.child(root, 'mirror'), `the mirror of ${name}`);
        expect(receiver.child(root, 'mirror')!.attributes['lockstep.verdict']).toBe('match');
        expect(receiver.child(root, 'primary')).toBeDefined();
      }
    }
    for (const root of receiver.roots('EXEC')) {
      expect(receiver.child(root, 'primary')).toBeDefined();
      const mirrors = await waitUntil(() => {
        const found = receiver.childrenOf(root).filter(({ name }) => name === 'mirror');
        return found.length === 2 && found;
      }, 'two commands of a transaction');
      expect(mirrors.map(({ attributes }) => attributes['lockstep.verdict'])).toEqual(['match', 'match']);
    }
    const ids = receiver.spans.map(({ spanId }) => spanId);
    expect(new Set(ids).size).toBe(ids.length);
    await gateway.stop();
  });
});

describe('without a shadow', () => {
  /** Which modules a process loads, told by a hook in it. */
  function moduleLog(): { readonly env: Record<string, string>; loaded(): string[] } {
    const file = path.join(temporaryFolder('modules'), 'urls');
    const hook = pathToFileURL(path.resolve(import.meta.dirname, '../support/module-log.mjs')).href;
    return {
      env: { NODE_OPTIONS: `--import ${hook}`, MODULE_LOG: file },
      loaded: () => fs.readFileSync(file, 'utf8').split('\n'),
    };
  }

  it('a share is traced, which a reload changes, and spans that wait leave when the process ends', async () => {
    const receiver = await OtlpReceiver.start();
    const primary = await startServer('valkey-9.1');
    const config = tracing(receiver, { samplePercent: 0 }, { intervalMs: 600_000, timeoutMs: 60_000 });
    const modules = moduleLog();
    const gateway = await startGateway({ primary: primary.url, workers: 1, config, env: modules.env });
    const client = await gateway.client();
    for (let index = 0; index < 50; index++) await client.call('INCR', 'count');
    gateway.writeConfig({ tracing: { samplePercent: 100 } });
    expect(await gateway.admin('/api/v1/config/reload', 'POST')).toMatchObject({
      changed: ['tracing.samplePercent'],
      needsRestart: [],
    });
    await client.call('GET', 'count');
    await client.call('PING');
    expect(receiver.spans).toEqual([]);
    await gateway.stop();
    expect(receiver.roots('INCR')).toEqual([]);
    const [get] = receiver.roots('GET');
    expect(receiver.childrenOf(get!).map(({ name }) => name)).toEqual(['primary']);
    expect(receiver.roots('PING')).toHaveLength(1);
    expect(modules.loaded().some((url) => url.includes('@opentelemetry/sdk-trace'))).toBe(true);
  });

  it('no module of OpenTelemetry is loaded where no traces are made', async () => {
    const primary = await startServer('valkey-9.1');
    const modules = moduleLog();
    const gateway = await startGateway({ primary: primary.url, workers: 1, env: modules.env });
    const client = await gateway.client();
    await client.call('GET', 'key');
    await gateway.stop();
    const loaded = modules.loaded();
    expect(loaded.some((url) => url.includes('/pino/'))).toBe(true);
    expect(loaded.filter((url) => url.includes('opentelemetry') || url.includes('span-export'))).toEqual([]);
  });
});

describe('secrets', () => {
  const KEY = 'KEYTHATNOBODYSEES';
  const VALUE = 'VALUETHATNOBODYSEES';
  const PASSWORD = 'PASSWORDTHATNOBODYSEES';
  const TOKEN = 'token-of-the-collector';
  const forms = [KEY, VALUE, PASSWORD].flatMap((secret) => [
    secret,
    secret.toLowerCase(),
    Buffer.from(secret).toString('base64').replaceAll('=', ''),
    Buffer.from(secret).toString('hex'),
  ]);

  it('of clients are in no exported byte, and the one for the collector is there alone', async () => {
    const receiver = await OtlpReceiver.start();
    const servers = [
      await startServer('valkey-9.1', { password: PASSWORD }),
      await startServer('valkey-9.1', { password: PASSWORD }),
    ];
    const [primary, shadow] = servers.map(({ port }) => `redis://:${PASSWORD}@127.0.0.1:${port}`);
    const gateway = await startGateway({
      primary: primary!,
      shadow: shadow!,
      config: {
        ...tracing(receiver),
        compare: { ...AT_ONCE.compare, divergences: { showKeys: true, showValues: true } },
      },
      env: { LOCKSTEP_TRACING_OTLP_HEADERS: `authorization=Bearer%20${TOKEN},x-tenant=cache` },
    });
    const client = await gateway.client();
    await client.pipeline([
      ['AUTH', PASSWORD],
      ['CLIENT', 'SETNAME', VALUE],
      ['SET', KEY, VALUE],
      ['GET', KEY],
      ['LPUSH', KEY, VALUE],
      ['EVAL', `return redis.error_reply('${VALUE} failed')`, '1', KEY],
      [VALUE, KEY],
      ['CONFIG', 'GET', VALUE],
      ['HELLO', '3', 'AUTH', VALUE, PASSWORD],
      ['MULTI'],
      ['SET', KEY, VALUE],
      ['EXEC'],
      ['DBSIZE'],
    ]);
    const direct = await servers[1]!.client();
    await gateway.shadowIdle();
    await direct.call('SET', KEY, `${VALUE} elsewhere`);
    await client.call('GETRANGE', KEY, '0', '-1');
    await spanOf(receiver, 'GETRANGE', 'mirror');
    await gateway.stop();
    expect(receiver.roots('EVAL')[0]!.attributes['error.type']).toBe('_OTHER');
    expect(receiver.roots('_OTHER')).toHaveLength(1);
    const sent = Buffer.concat(receiver.bodies).toString('latin1');
    for (const form of forms) expect(sent).not.toContain(form);
    expect(sent).not.toContain(TOKEN);
    const [headers] = receiver.headers;
    expect(headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'x-tenant': 'cache' });
    expect(JSON.stringify(gateway.logs)).not.toContain(TOKEN);
  });
});

describe('a collector that is not well', () => {
  it('harms no client when it is silent or gone, and what waits for it is bounded', async () => {
    const receiver = await OtlpReceiver.start(true);
    const primary = await startServer('valkey-9.1');
    const limit = 600;
    const config = tracing(receiver, { maxQueuedSpans: limit }, { timeoutMs: 300 });
    const gateway = await startGateway({ primary: primary.url, workers: 1, config });
    const client = await gateway.client();
    const commands = 4000;
    for (const round of [1, 2]) {
      const replies = await client.pipeline(
        Array.from({ length: commands }, () => ['INCR', `count:${round}`]),
      );
      expect(replies).toEqual(Array.from({ length: commands }, (_, at) => at + 1));
      // A command is dropped, or has two spans, and of these so many wait that are not given up.
      const figures = await waitUntil(async () => {
        const found = await results(gateway);
        return found.failed + found.dropped >= round * commands - limit && found;
      }, 'spans that are given up');
      expect(figures.exported).toBe(0);
      expect(figures.dropped).toBeGreaterThan(0);
      if (round === 1) await receiver.stop();
    }
    await gateway.waitForLog('spans were not taken by the collector');
    await gateway.stop();
  });
});
