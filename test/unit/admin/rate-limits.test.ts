/** How often one address may ask the admin API, and guess its token. The clock of the counts stands still here. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AdminServer, buildAdmin, startAdmin } from '../../../src/admin/server.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { waitUntil } from '../../support/wait.ts';
import { FakeGateway } from './fake-gateway.ts';

const TOKEN = 'the-token';
const RIGHT = { authorization: `Bearer ${TOKEN}` };
const WRONG = { authorization: 'Bearer a-guess' };

let gateway: FakeGateway;
let app: FastifyInstance | undefined;
let server: AdminServer | undefined;
let logged = '';

const stream = {
  write: (line: string) => {
    logged += line;
  },
};
const logger = createLogger({ level: 'info', pretty: false, stream });

async function build(environment: NodeJS.ProcessEnv = {}, rememberedAddresses?: number): Promise<void> {
  gateway = await FakeGateway.make(environment);
  const remembered = rememberedAddresses === undefined ? {} : { rememberedAddresses };
  ({ app } = await buildAdmin({
    ...{ control: gateway, logger, live: { unwatchedMs: 3_600_000 } },
    ...remembered,
  }));
}

interface Answered {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: unknown;
}

async function ask(url: string, headers: Record<string, string> = {}, from = '127.0.0.1'): Promise<Answered> {
  const host = { host: '127.0.0.1:8379' };
  const answer = await app!.inject({ url, headers: { ...host, ...headers }, remoteAddress: from });
  const isJson = String(answer.headers['content-type']).includes('json');
  const code = isJson ? (answer.json() as { error?: { code: string } }).error?.code : undefined;
  return { status: answer.statusCode, code, retryAfter: answer.headers['retry-after'] };
}

async function askTimes(count: number, url: string, headers = {}, from?: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index++) statuses.push((await ask(url, headers, from)).status);
  return statuses;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  logged = '';
});

afterEach(async () => {
  vi.useRealTimers();
  await app?.close();
  await server?.close();
  app = undefined;
  server = undefined;
});

test('more requests than are answered in a second are told when to come again', async () => {
  await build({ LOCKSTEP_ADMIN_REQUESTSPERSECOND: '3' });
  expect(await askTimes(4, '/api/v1/latency')).toEqual([200, 200, 200, 429]);
  expect(await ask('/nowhere')).toEqual({ status: 429, code: 'too_many_requests', retryAfter: '1' });
  expect((await ask('/')).status).toBe(429);
  expect((await ask('/api/v1/latency', {}, '127.0.0.2')).status).toBe(200);
  vi.advanceTimersByTime(1000);
  expect((await ask('/api/v1/latency')).status).toBe(200);
});

test('a page that asks too much keeps neither probes nor Prometheus from their answers', async () => {
  await build({ LOCKSTEP_ADMIN_REQUESTSPERSECOND: '2' });
  expect(await askTimes(3, '/api/v1/status')).toEqual([200, 200, 429]);
  expect(new Set(await askTimes(10, '/healthz'))).toEqual(new Set([200]));
  expect(new Set(await askTimes(10, '/readyz'))).toEqual(new Set([200]));
  expect(await askTimes(3, '/metrics')).toEqual([200, 200, 429]);
  // No stream is opened where its query is wrong: what is seen is that it was counted apart.
  expect(await askTimes(3, '/api/v1/divergences/stream?kind=odd')).toEqual([400, 400, 429]);
});

test('the addresses of one IPv6 network are one', async () => {
  await build({ LOCKSTEP_ADMIN_REQUESTSPERSECOND: '1' });
  expect((await ask('/api/v1/status', {}, '2001:db8:0:1::1')).status).toBe(200);
  expect((await ask('/api/v1/status', {}, '2001:db8:0:1:ffff::2')).status).toBe(429);
  expect((await ask('/api/v1/status', {}, '2001:db8:0:2::1')).status).toBe(200);
  expect((await ask('/api/v1/status', {}, '192.0.2.1')).status).toBe(200);
  expect((await ask('/api/v1/status', {}, '::ffff:192.0.2.1')).status).toBe(429);
});

test('the page loads whole in ten tabs within one second', async () => {
  await build();
  const page = ['/', '/page/page.js', '/page/page.css', '/page/icon.svg', '/api/v1/divergences?limit=200'];
  const all = [...page, '/api/v1/config', '/api/v1/compatibility?target=valkey-9'];
  for (let tab = 0; tab < 10; tab++)
    for (const url of all) expect([url, (await ask(url)).status]).toEqual([url, 200]);
});

test('0 means no limit, and a reload changes it', async () => {
  await build({ LOCKSTEP_ADMIN_REQUESTSPERSECOND: '0' });
  expect(new Set(await askTimes(300, '/api/v1/latency'))).toEqual(new Set([200]));
  gateway.current = { ...gateway.current, admin: { ...gateway.current.admin, requestsPerSecond: 1 } };
  expect(await askTimes(2, '/api/v1/latency')).toEqual([200, 429]);
});

const guarded = { LOCKSTEP_ADMIN_TOKEN: TOKEN, LOCKSTEP_ADMIN_FAILEDTOKENSPERMINUTE: '3' };

test('after a few wrong tokens even the right one is not answered, until the minute is over', async () => {
  await build(guarded);
  expect(await askTimes(5, '/api/v1/status', WRONG)).toEqual([401, 401, 401, 429, 429]);
  vi.advanceTimersByTime(18_000);
  expect(await ask('/api/v1/status', RIGHT)).toEqual({
    status: 429,
    code: 'too_many_requests',
    retryAfter: '42',
  });
  expect((await ask('/metrics', RIGHT)).status).toBe(429);
  expect(logged).toContain('"address":"127.0.0.1"');
  expect(logged).not.toContain('a-guess');
  // Others, who shows no token, the page's files and probes are not meant.
  expect((await ask('/api/v1/status', RIGHT, '127.0.0.2')).status).toBe(200);
  expect((await ask('/api/v1/status')).status).toBe(401);
  expect((await ask('/')).status).toBe(200);
  expect((await ask('/readyz')).status).toBe(200);
  vi.advanceTimersByTime(42_000);
  expect((await ask('/api/v1/status', RIGHT)).status).toBe(200);
});

test('whoever shows no token, or the right one, never counts as guessing', async () => {
  await build(guarded);
  expect(new Set(await askTimes(20, '/api/v1/status'))).toEqual(new Set([401]));
  expect(new Set(await askTimes(20, '/api/v1/status', RIGHT))).toEqual(new Set([200]));
  expect(await askTimes(4, '/api/v1/status', { authorization: 'Basic guess' })).toEqual([401, 401, 401, 429]);
});

test('0 lets everybody guess', async () => {
  await build({ ...guarded, LOCKSTEP_ADMIN_FAILEDTOKENSPERMINUTE: '0' });
  expect(new Set(await askTimes(50, '/api/v1/status', WRONG))).toEqual(new Set([401]));
  expect((await ask('/api/v1/status', RIGHT)).status).toBe(200);
});

test('a bounded number of addresses is remembered, those seen last', async () => {
  await build({ ...guarded, LOCKSTEP_ADMIN_FAILEDTOKENSPERMINUTE: '1' }, 3);
  const from = (host: number): Promise<Answered> => ask('/api/v1/status', WRONG, `192.0.2.${host}`);
  for (const host of [1, 2, 3]) expect((await from(host)).status).toBe(401);
  for (const host of [1, 2, 3]) expect((await from(host)).status).toBe(429);
  expect((await from(4)).status).toBe(401);
  expect((await from(2)).status).toBe(429);
  expect((await from(1)).status).toBe(401);
});

/** Requests as they are sent in one packet, and the status of each answer. */
class Connection {
  readonly #socket: Socket;
  #text = '';

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString();
    });
  }

  static async open(): Promise<Connection> {
    const port = Number(server!.address.split(':').at(-1));
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  async statuses(tokens: readonly string[]): Promise<number[]> {
    this.#text = '';
    const request = (token: string): string =>
      `GET /api/v1/latency HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${token}\r\n\r\n`;
    this.#socket.write(tokens.map(request).join(''));
    const found = (): number[] =>
      [...this.#text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, code]) => Number(code));
    await waitUntil(() => found().length === tokens.length, 'the answers');
    return found();
  }

  close(): void {
    this.#socket.destroy();
  }
}

test('guesses in one packet are counted one by one', async () => {
  gateway = await FakeGateway.make(guarded);
  server = await startAdmin({ control: gateway, logger });
  const connection = await Connection.open();
  const guesses = Array.from({ length: 50 }, (_, index) => `guess-${index}`);
  const statuses = await connection.statuses([...guesses, TOKEN]);
  expect(statuses.filter((status) => status !== 429 && status !== 401)).toEqual([]);
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(3);
  expect(await connection.statuses([TOKEN])).toEqual([429]);
  connection.close();
});

test('who has shown the right token goes on while another at its address guesses', async () => {
  gateway = await FakeGateway.make(guarded);
  server = await startAdmin({ control: gateway, logger });
  const prometheus = await Connection.open();
  expect(await prometheus.statuses([TOKEN])).toEqual([200]);
  const guesser = await Connection.open();
  for (const guess of ['a', 'b', 'c']) expect(await guesser.statuses([guess])).toEqual([401]);
  for (const guess of ['d', TOKEN]) expect(await guesser.statuses([guess])).toEqual([429]);
  expect(await prometheus.statuses([TOKEN])).toEqual([200]);
  // It is no way to guess on, either.
  expect(await prometheus.statuses(['e', TOKEN])).toEqual([429, 429]);
  guesser.close();
  prometheus.close();
});
