/** The admin API, request by request. */
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildAdmin } from '../../../src/admin/server.ts';
import { ConfigError } from '../../../src/config/problems.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { FakeGateway, makeDivergence } from './fake-gateway.ts';

let gateway: FakeGateway;
let app: FastifyInstance;
let logged: string;

async function build(environment: NodeJS.ProcessEnv = {}): Promise<void> {
  gateway = await FakeGateway.make(environment);
  logged = '';
  const stream = {
    write: (line: string) => {
      logged += line;
    },
  };
  const logger = createLogger({ level: 'info', pretty: false, stream });
  ({ app } = await buildAdmin({ control: gateway, logger, live: { unwatchedMs: 3_600_000 } }));
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

function send(method: Method, url: string, body?: unknown, headers: Record<string, string> = {}) {
  const payload =
    body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
  return app.inject({ method, url, headers: { host: '127.0.0.1:8379', ...headers }, ...payload });
}

beforeAll(() => build());
afterAll(() => app.close());
beforeEach(() => {
  gateway.reset();
  logged = '';
});

describe('probes', () => {
  test('alive', async () => {
    const answer = await send('GET', '/healthz');
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok' }]);
  });

  test('ready or why not', async () => {
    const answer = await send('GET', '/readyz');
    expect([answer.statusCode, answer.json()]).toEqual([200, { ready: true, reason: null }]);
    gateway.readiness = { ready: false, reason: 'the primary is down: ECONNREFUSED' };
    const not = await send('GET', '/readyz');
    expect([not.statusCode, not.json()]).toEqual([503, gateway.readiness]);
  });

  test('metrics', async () => {
    const answer = await send('GET', '/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.body).toBe(await gateway.metricsText());
  });

  test('status is answered whole', async () => {
    const answer = await send('GET', '/api/v1/status');
    expect(answer.json()).toEqual(await gateway.status());
  });

  test('an unexpected error says nothing of itself', async () => {
    gateway.statusError = new Error('details');
    const answer = await send('GET', '/api/v1/status');
    expect([answer.statusCode, answer.json().error.code]).toEqual([500, 'internal']);
    expect(answer.body).not.toContain('details');
    expect(logged).toContain('details');
  });
});

describe('divergences', () => {
  test('records keep their shape', async () => {
    gateway.items.push(makeDivergence(2, { key: 'user:1', slot: -1 }), makeDivergence(1));
    const answer = await send('GET', '/api/v1/divergences');
    expect(answer.json()).toEqual({ total: 2, items: gateway.items });
    expect(gateway.lastQuery).toEqual({ limit: 100 });
  });

  test('filters', async () => {
    gateway.items.push(makeDivergence(2), makeDivergence(1));
    const answer = await send('GET', '/api/v1/divergences?limit=1&command=GET&kind=value');
    expect(answer.json().items).toHaveLength(1);
    expect(gateway.lastQuery).toEqual({ limit: 1, command: 'GET', kind: 'value' });
  });

  test.each(['limit=x', 'limit=-1', 'limit=10001', 'kind=odd', 'command=', 'other=1', 'limit=1.5'])(
    '%s is refused',
    async (query) => {
      const answer = await send('GET', `/api/v1/divergences?${query}`);
      expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'invalid_request']);
    },
  );

  test('are forgotten', async () => {
    gateway.items.push(makeDivergence(1));
    const answer = await send('DELETE', '/api/v1/divergences');
    expect(answer.json()).toEqual({ cleared: 1 });
    expect(gateway.items).toEqual([]);
  });
});

describe('control', () => {
  test('the shadow', async () => {
    const answer = await send(
      'PATCH',
      '/api/v1/shadow',
      { sample: 0.5 },
      { 'content-type': 'application/json' },
    );
    expect(answer.json()).toEqual({ enabled: true, sample: 0.5 });
    expect((await send('PATCH', '/api/v1/shadow', { enabled: false })).json()).toEqual({
      enabled: false,
      sample: 0.5,
    });
    gateway.shadow = undefined;
    const none = await send('PATCH', '/api/v1/shadow', { enabled: true });
    expect([none.statusCode, none.json().error.code]).toEqual([409, 'no_shadow']);
  });

  test.each([{}, { enabled: 'true' }, { sample: 2 }, { sample: '0.5' }, { sampel: 1 }, [], 'x', '{', ''])(
    'the shadow is not changed by %j',
    async (body) => {
      const answer = await send('PATCH', '/api/v1/shadow', body);
      expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'invalid_request']);
      expect(gateway.shadow).toEqual({ enabled: true, sample: 1 });
    },
  );

  test('the configuration has no secrets', async () => {
    const answer = await send('GET', '/api/v1/config');
    expect(answer.json().primary.url).toBe('redis://u:***@127.0.0.1:7000');
    expect(answer.json().limits.maxClients).toBe(10000);
    expect(answer.body).not.toContain('hunter2');
  });

  test('reload, with and without a body', async () => {
    const answer = await send('POST', '/api/v1/config/reload');
    expect(answer.json()).toEqual({ changed: ['log.level'], needsRestart: ['workers'] });
    await send('POST', '/api/v1/config/reload', '', { 'content-type': 'application/json' });
    await send('POST', '/api/v1/config/reload', '{}', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(gateway.reloads).toBe(3);
    expect(logged).toContain('"path":"/api/v1/config/reload"');
  });

  test('a reload that fails says why', async () => {
    gateway.reloadError = new ConfigError([{ path: 'shadow.sample', message: 'must be a number' }]);
    const answer = await send('POST', '/api/v1/config/reload');
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toEqual({
      error: { code: 'config_invalid', message: 'shadow.sample: must be a number' },
    });
  });

  test('drain', async () => {
    const answer = await send('POST', '/api/v1/drain');
    expect([answer.statusCode, answer.json()]).toEqual([202, { state: 'draining' }]);
    expect(gateway.isDraining).toBe(true);
    expect((await send('GET', '/api/v1/divergences/stream')).statusCode).toBe(503);
  });

  test('what is not there', async () => {
    const answer = await send('GET', '/api/v2?token=x');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({ error: { code: 'not_found', message: 'there is no GET /api/v2' } });
  });
});

const everything: readonly (readonly [Method, string])[] = [
  ['GET', '/metrics'],
  ['GET', '/api/v1/status'],
  ['GET', '/api/v1/divergences'],
  ['GET', '/api/v1/divergences/stream'],
  ['DELETE', '/api/v1/divergences'],
  ['PATCH', '/api/v1/shadow'],
  ['GET', '/api/v1/config'],
  ['GET', '/api/v1/slowlog'],
  ['GET', '/api/v1/latency'],
  ['GET', '/api/v1/compatibility'],
  ['GET', '/api/v1/report'],
  ['GET', '/api/v1/live'],
  ['POST', '/api/v1/config/reload'],
  ['POST', '/api/v1/drain'],
  ['GET', '/openapi.json'],
  ['GET', '/nowhere'],
];

describe('authorization', () => {
  let open: [FakeGateway, FastifyInstance];

  beforeAll(async () => {
    open = [gateway, app];
    // How often it may be guessed is another test's business.
    await build({ LOCKSTEP_ADMIN_TOKEN: 'the-token', LOCKSTEP_ADMIN_FAILEDTOKENSPERMINUTE: '0' });
  });

  afterAll(async () => {
    await app.close();
    [gateway, app] = open;
  });

  test.each(everything)('%s %s needs the token', async (method, url) => {
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic the-token' }]) {
      const answer = await send(method, url, undefined, headers);
      expect([answer.statusCode, answer.json().error.code]).toEqual([401, 'unauthorized']);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    expect(gateway.isDraining).toBe(false);
  });

  test('probes do not', async () => {
    expect((await send('GET', '/healthz')).statusCode).toBe(200);
    expect((await send('GET', '/readyz')).statusCode).toBe(200);
  });

  test('the token opens, from any host, and is read again', async () => {
    const headers = {
      authorization: 'bearer the-token',
      host: 'gateway.example',
      origin: 'http://elsewhere.example',
    };
    expect((await send('GET', '/api/v1/status', undefined, headers)).statusCode).toBe(200);
    gateway.current = { ...gateway.current, admin: { ...gateway.current.admin, token: 'another' } };
    expect((await send('GET', '/api/v1/status', undefined, headers)).statusCode).toBe(401);
  });

  test('the token is not shown', async () => {
    const answer = await send('GET', '/api/v1/config', undefined, { authorization: 'Bearer the-token' });
    expect(answer.json().admin.token).toBe('***');
  });
});

describe('without a token', () => {
  test.each(['127.0.0.1:8379', 'localhost:8379', '[::1]:8379', 'localhost'])(
    'host %s is local',
    async (host) => {
      expect((await send('GET', '/api/v1/status', undefined, { host })).statusCode).toBe(200);
      expect(
        (await send('GET', '/api/v1/status', undefined, { host, origin: `http://${host}` })).statusCode,
      ).toBe(200);
    },
  );

  test.each([{ host: 'evil.example:8379' }, { origin: 'http://evil.example' }, { origin: 'null' }])(
    'a web page is refused: %j',
    async (headers) => {
      const answer = await send('POST', '/api/v1/drain', undefined, headers as Record<string, string>);
      expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'forbidden']);
      expect(gateway.isDraining).toBe(false);
    },
  );
});

test('OpenAPI describes every route', async () => {
  const document = (await send('GET', '/openapi.json')).json();
  expect(document.openapi).toBe('3.1.0');
  const described = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const wanted = everything
    .map(([method, url]) => `${method} ${url}`)
    .filter((line) => !/openapi|nowhere/.test(line));
  expect(described.sort()).toEqual([...wanted, 'GET /healthz', 'GET /readyz'].sort());
  expect(JSON.stringify(document)).not.toContain('Default Response');
});

describe('the page', () => {
  const files = ['/', '/page/page.js', '/page/page.css', '/page/icon.svg', '/page/licenses.txt'];

  test.each(files)('%s is there, compressed where that is wanted', async (url) => {
    const plain = await send('GET', url);
    const packed = await send('GET', url, undefined, { 'accept-encoding': 'gzip' });
    expect([plain.statusCode, packed.statusCode]).toEqual([200, 200]);
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.rawPayload)).toEqual(plain.rawPayload);
    const known = await send('GET', url, undefined, { 'if-none-match': String(plain.headers.etag) });
    expect([known.statusCode, known.body]).toEqual([304, '']);
  });

  test('may run its own script and talk to this address, and nothing else', async () => {
    for (const url of ['/', '/api/v1/status', '/nowhere']) {
      const { headers } = await send('GET', url);
      const policy = String(headers['content-security-policy']).split(';');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
      expect(headers['strict-transport-security']).toBeUndefined();
    }
    const { body } = await send('GET', '/');
    expect(body).not.toMatch(/https?:|<style|style=|<script>|\son[a-z]+=/);
  });

  test('is light', async () => {
    const weights = await Promise.all(
      files.map(async (url) => (await send('GET', url, undefined, { 'accept-encoding': 'gzip' })).rawPayload),
    );
    expect(Buffer.concat(weights).length).toBeLessThan(50_000);
  });

  test('names the licenses of what it contains', async () => {
    const { body } = await send('GET', '/page/licenses.txt');
    expect(body).toMatch(/preact[\s\S]*MIT[\s\S]*uplot[\s\S]*MIT/i);
  });
});
