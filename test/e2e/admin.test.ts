/** The admin API of a running gateway: every endpoint, in the shapes that other tools rely on. */
import { beforeAll, describe, expect, it } from 'vitest';
import { metricTable } from '../../src/telemetry/metric-table.ts';
import { runMain, startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

let primary: TestServer;
let shadow: TestServer;
let gateway: TestGateway;
let client: RawClient;
let saboteur: RawClient;

beforeAll(async () => {
  [primary, shadow] = [await startServer('redis-7.0'), await startServer('valkey-9.1')];
  gateway = await startGateway({
    primary: primary.url,
    shadow: shadow.url,
    config: { compare: { confirm: { delayMs: 1 }, divergences: { showKeys: true, showValues: true } } },
  });
  client = await gateway.client();
  saboteur = await shadow.client();
});

/** A key that differs, written so that each of `reads` shows it in its own way. */
async function plant(key: string, value: string, harmed: string): Promise<void> {
  await client.call('SET', key, value);
  await gateway.shadowIdle();
  await saboteur.call('SET', key, harmed);
}

interface Listed {
  readonly total: number;
  readonly items: readonly Record<string, unknown>[];
}

function list(query = ''): Promise<Listed> {
  return gateway.admin(`/api/v1/divergences${query}`) as unknown as Promise<Listed>;
}

describe('state', () => {
  it('healthz, readyz and status', async () => {
    expect(await gateway.admin('/healthz')).toEqual({ status: 'ok' });
    await waitUntil(async () => (await gateway.request('/readyz')).ok, 'the gateway to be ready');
    expect(await gateway.admin('/readyz')).toEqual({ ready: true, reason: null });
    expect(await gateway.admin('/api/v1/status')).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      uptimeSeconds: expect.any(Number),
      state: 'running',
      transport: gateway.transport,
      workers: 2,
      listen: gateway.listen,
      sessions: 1,
      primary: {
        url: primary.url,
        up: true,
        error: null,
        identity: { product: 'redis', version: primary.version },
      },
      shadow: {
        url: shadow.url,
        up: true,
        error: null,
        identity: { product: 'valkey', version: shadow.version },
        enabled: true,
        sample: 1,
        breaker: { open: false },
        queue: { commands: expect.any(Number), bytes: expect.any(Number), lagSeconds: expect.any(Number) },
        dirty: { slots: 0, ranges: [], truncated: false },
      },
    });
  });

  it('readyz says that the primary is down', async () => {
    const nowhere = await startGateway({ primary: 'redis://127.0.0.1:1', workers: 1 });
    const response = await nowhere.request('/readyz');
    expect(response.status).toBe(503);
    await waitUntil(async () => {
      const body = (await (await nowhere.request('/readyz')).json()) as { reason: string };
      return body.reason === 'the primary is down: ECONNREFUSED';
    }, 'the reason');
    const status = await nowhere.admin('/api/v1/status');
    expect(status).toMatchObject({
      primary: { up: false, error: 'ECONNREFUSED', identity: null },
      shadow: null,
    });
  });

  it('config has every section and no secrets', async () => {
    const config = await gateway.admin('/api/v1/config');
    expect(Object.keys(config).sort()).toEqual([
      'acl',
      'admin',
      'compare',
      'engine',
      'limits',
      'listen',
      'log',
      'primary',
      'shadow',
      'tracing',
      'transport',
      'upstream',
      'workers',
    ]);
    expect(config).toMatchObject({ workers: 2, primary: { url: primary.url }, admin: { token: null } });
  });

  it('metrics have the names of the contract, and labels of the catalogue only', async () => {
    await client.pipeline([
      ['SET', 'metric', 1],
      ['GET', 'metric'],
      ['LPUSH', 'metric', 1],
      ['INVENTED', 'metric'],
    ]);
    await gateway.shadowIdle();
    const response = await gateway.request('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const page = await gateway.metrics();
    const names = new Set([...page.samples.keys()].map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    const wanted = Object.keys(metricTable).filter(
      (name) => !/engine_|divergent_replies|certificate_expiry/.test(name),
    );
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
    expect(names.has('process_cpu_seconds_total')).toBe(true);
    expect(page.sum('commands_total', { command: 'set', target: 'primary', result: 'ok' })).toBe(1);
    expect(page.sum('commands_total', { command: 'lpush', target: 'primary', result: 'error' })).toBe(1);
    expect(page.sum('commands_total', { command: 'other', target: 'primary', result: 'error' })).toBe(1);
    expect(page.text).not.toMatch(/invented/i);
    const node = { target: 'primary', node: `127.0.0.1:${primary.port}` };
    expect(page.find('upstream_up', node)).toMatchObject([{ value: 1 }]);
  });
});

describe('divergences', () => {
  it('are listed newest first, filtered, limited, counted and forgotten', async () => {
    await gateway.admin('/api/v1/divergences', 'DELETE');
    await plant('planted:1', 'one', 'other');
    await client.pipeline([
      ['GET', 'planted:1'],
      ['GET', 'planted:1'],
    ]);
    await gateway.shadowIdle();
    await client.call('STRLEN', 'planted:1');
    await gateway.shadowIdle();
    const { total, items } = await list();
    expect(total).toBe(2);
    expect(items).toEqual([
      {
        id: expect.any(Number),
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        command: 'strlen',
        kind: 'value',
        slot: expect.any(Number),
        keyHash: expect.stringMatching(/^[0-9a-f]{16}$/),
        key: 'planted:1',
        request: 'STRLEN planted:1',
        firstDifference: expect.any(String),
        primary: '(integer) 3',
        shadow: '(integer) 5',
        count: 1,
      },
      expect.objectContaining({ command: 'get', primary: '"one"', shadow: '"other"', count: 2 }),
    ]);
    expect(await list('?limit=1')).toEqual({ total: 2, items: [items[0]] });
    expect(await list('?limit=0')).toEqual({ total: 2, items: [] });
    expect(await list('?command=GET')).toEqual({ total: 1, items: [items[1]] });
    expect(await list('?command=get&kind=ttl')).toEqual({ total: 0, items: [] });
    expect(await list('?kind=value')).toEqual({ total: 2, items });
    expect(await gateway.admin('/api/v1/divergences', 'DELETE')).toEqual({ cleared: 2 });
    expect(await list()).toEqual({ total: 0, items: [] });
  });

  it.each(['?limit=-1', '?limit=many', '?limit=10001', '?kind=odd', '?command=', '?since=1'])(
    'refuse the query %s',
    async (query) => {
      const response = await gateway.request(`/api/v1/divergences${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: { code: 'invalid_request', message: expect.any(String) },
      });
    },
  );

  it('arrive as server-sent events, filtered like the list', async () => {
    const all = await openStream('');
    const lengths = await openStream('?command=STRLEN');
    await plant('planted:2', 'one', 'other');
    await client.call('GET', 'planted:2');
    await gateway.shadowIdle();
    await client.call('STRLEN', 'planted:2');
    const [first, second] = [await all.next(), await all.next()];
    expect(first).toMatchObject({ event: 'divergence', data: { command: 'get', key: 'planted:2' } });
    expect(second).toMatchObject({ event: 'divergence', data: { command: 'strlen', key: 'planted:2' } });
    expect(await lengths.next()).toEqual(second);
    expect((await list('?limit=1')).items[0]).toEqual(second.data);
    expect(second.id).toBe(String(second.data.id));
    all.close();
    lengths.close();
  });
});

interface StreamedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

async function openStream(query: string): Promise<{ next(): Promise<StreamedEvent>; close(): void }> {
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(20_000)]);
  const response = await gateway.request(`/api/v1/divergences/stream${query}`, { signal });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let text = '';
  const block = async (): Promise<string> => {
    while (!text.includes('\n\n')) {
      const { value, done } = await reader.read();
      if (done) throw new Error('the stream has ended');
      text += value;
    }
    const end = text.indexOf('\n\n');
    const found = text.slice(0, end);
    text = text.slice(end + 2);
    return found;
  };
  expect(await block()).toBe('retry: 2000');
  const next = async (): Promise<StreamedEvent> => {
    const lines = (await block()).split('\n').map((line) => /^(\w+): (.*)$/.exec(line) as RegExpExecArray);
    const fields = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
    return { id: fields.id, event: fields.event, data: JSON.parse(fields.data) };
  };
  return { next, close: () => abort.abort() };
}

describe('access', () => {
  it('needs the token where there is one, but for the probes', async () => {
    const guarded = await startGateway({
      primary: primary.url,
      workers: 1,
      env: { LOCKSTEP_ADMIN_TOKEN: 'the token' },
    });
    const status = async (path: string, authorization?: string, method = 'GET'): Promise<number> => {
      const headers = authorization === undefined ? {} : { authorization };
      return (await guarded.request(path, { method, headers })).status;
    };
    expect(await status('/healthz')).toBe(200);
    expect([200, 503]).toContain(await status('/readyz'));
    const paths = ['/metrics', '/api/v1/status', '/api/v1/config', '/api/v1/divergences', '/openapi.json'];
    for (const path of [...paths, '/api/v1/divergences/stream', '/nowhere'])
      expect([path, await status(path)]).toEqual([path, 401]);
    expect(await status('/api/v1/drain', undefined, 'POST')).toBe(401);
    expect(await status('/api/v1/divergences', undefined, 'DELETE')).toBe(401);
    for (const wrong of ['Bearer the', 'Bearer the token!', 'Basic dGhlIHRva2Vu', 'the token', 'Bearer '])
      expect([wrong, await status('/api/v1/status', wrong)]).toEqual([wrong, 401]);
    for (const path of paths) expect([path, await status(path, 'Bearer the token')]).toEqual([path, 200]);
    const config = await guarded.request('/api/v1/config', {
      headers: { authorization: 'bearer the token' },
    });
    expect(await config.json()).toMatchObject({ admin: { token: '***' } });
    const challenge = await guarded.request('/api/v1/status');
    expect(challenge.headers.get('www-authenticate')).toBe('Bearer');
    expect(await challenge.json()).toEqual({ error: { code: 'unauthorized', message: expect.any(String) } });
    expect(guarded.running).toBe(true);
  });

  it('without a token is for tools on this machine, not for web pages', async () => {
    const fromPage = await gateway.request('/api/v1/status', { headers: { origin: 'http://example.org' } });
    expect(fromPage.status).toBe(403);
    expect(await fromPage.json()).toEqual({ error: { code: 'forbidden', message: expect.any(String) } });
  });

  it('is not opened to others without a token', async () => {
    const run = await runMain([
      'start',
      '--primary',
      primary.url,
      '--listen',
      '127.0.0.1:0',
      '--admin',
      '[::]:0',
    ]);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^admin\.listen: .*LOCKSTEP_ADMIN_TOKEN.*\[admin_exposed\]\n$/);
  });
});

describe('requests', () => {
  it.each([
    ['GET', '/nowhere', undefined, 404, 'not_found'],
    ['PUT', '/api/v1/shadow', '{}', 404, 'not_found'],
    ['PATCH', '/api/v1/shadow', '{"enabled":', 400, 'invalid_request'],
    ['PATCH', '/api/v1/shadow', `{"enabled":"${'x'.repeat(70_000)}"}`, 413, 'too_large'],
  ])('%s %s that make no sense are told so', async (method, path, body, status, code) => {
    const response = await gateway.request(path, { method, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: { code, message: expect.any(String) } });
  });

  it('are described by OpenAPI, all of them', async () => {
    const { openapi, paths } = (await gateway.admin('/openapi.json')) as {
      openapi: string;
      paths: Record<string, Record<string, { responses: object }>>;
    };
    expect(openapi).toMatch(/^3\.1\./);
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.sort()).toEqual([
      'DELETE /api/v1/divergences',
      'GET /api/v1/compatibility',
      'GET /api/v1/config',
      'GET /api/v1/divergences',
      'GET /api/v1/divergences/stream',
      'GET /api/v1/latency',
      'GET /api/v1/live',
      'GET /api/v1/report',
      'GET /api/v1/slowlog',
      'GET /api/v1/status',
      'GET /healthz',
      'GET /metrics',
      'GET /readyz',
      'PATCH /api/v1/shadow',
      'POST /api/v1/config/reload',
      'POST /api/v1/drain',
    ]);
    expect(Object.keys(paths['/readyz']?.get?.responses ?? {})).toEqual(['200', '503']);
  });
});
