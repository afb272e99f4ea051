/** `lockstep report`, request ids, and a log without secrets: on started gateways in trouble. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/cleanup.ts';
import { runMain, startGateway, type TestGateway } from '../support/gateway.ts';
import { startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const TOKEN = 'token/of=the@admin-api';
const PASSWORD = 'pass/word:of@the%primary';
const KEY = 'key-that-nobody-sees';
const VALUE = 'value-that-nobody-sees';
const WRONG = 'password-that-is-wrong';

/** Every form in which a secret may have slipped through. */
function forms(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('hex'),
  ];
}

const hidden = [TOKEN, PASSWORD, KEY, VALUE, WRONG].flatMap(forms);

function expectNone(text: string): void {
  for (const secret of hidden) expect(text).not.toContain(secret);
}

async function startTroubled(): Promise<TestGateway> {
  const primary = await startServer('valkey-9.1', { password: PASSWORD });
  const shadow = await startServer('valkey-9.1', { password: PASSWORD });
  const wrong = `redis://:${WRONG}@127.0.0.1:${shadow.port}`;
  const gateway = await startGateway({
    primary: primary.url,
    shadow: wrong,
    workers: 1,
    config: { log: { level: 'trace' } },
    env: { LOCKSTEP_ADMIN_TOKEN: TOKEN },
  });
  const client = await gateway.client();
  await client.call('AUTH', WRONG);
  await client.call('AUTH', KEY, WRONG);
  await client.call('AUTH', PASSWORD);
  await client.call('SET', KEY, VALUE);
  await client.call('GET', KEY);
  await client.call('LPUSH', KEY, VALUE);
  await client.call('CONFIG', 'SET', 'masterauth', WRONG);
  await client.call('EVAL', `return redis.error_reply('${VALUE}')`, '1', KEY);
  await client.call(VALUE, KEY);
  await waitUntil(() => gateway.logs.some(({ msg }) => /shadow/.test(msg ?? '')), 'trouble with the shadow');
  await primary.stop('SIGKILL');
  await waitUntil(
    () => gateway.logs.some(({ msg }) => /primary/.test(msg ?? '')),
    'trouble with the primary',
  );
  return gateway;
}

describe('a gateway in trouble', () => {
  it('shows no secret, key or value in its log and its report', async () => {
    const gateway = await startTroubled();
    const headers = { authorization: `Bearer ${TOKEN}`, 'x-request-id': 'ticket-42' };
    const refused = await gateway.request('/api/v1/drain', {
      method: 'POST',
      headers: { authorization: `Bearer ${WRONG}` },
    });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    fs.appendFileSync(gateway.configFile, `\nadmin: {token: "${WRONG}", wrong: "${WRONG}"}\n`);
    const reload = await gateway.request('/api/v1/config/reload', { method: 'POST', headers });
    expect(reload.status).toBe(422);
    expect(reload.headers.get('x-request-id')).toBe('ticket-42');
    expectNone(await reload.text());
    await waitUntil(
      () => gateway.logs.some(({ request }) => request === 'ticket-42'),
      'the line about the request',
    );
    const report = await (await gateway.request('/api/v1/report', { headers })).text();
    expect(JSON.parse(report)).toMatchObject({
      status: { state: 'running', primary: { up: false } },
      readiness: { ready: false },
      config: { admin: { token: '***' }, log: { level: 'trace' } },
      machine: { node: process.version, architecture: process.arch },
    });
    expect(report).toContain('ticket-42');
    expectNone(report);
    expectNone(JSON.stringify(gateway.logs));
  });
});

describe('lockstep report', () => {
  it('writes what a running gateway tells, as JSON or as a page', async () => {
    const server = await startServer('redis-8.0');
    const env = { LOCKSTEP_ADMIN_TOKEN: TOKEN };
    const gateway = await startGateway({ primary: server.url, workers: 1, env });
    const client = await gateway.client();
    await client.call('SET', KEY, VALUE);
    const admin = new URL(gateway.adminUrl).host;
    const asked = ['report', '--config', gateway.configFile, '--admin', admin];
    const json = await runMain(asked, env);
    expect(json).toMatchObject({ code: 0, stderr: '' });
    const report = JSON.parse(json.stdout);
    expect(report.counters.commands).toContainEqual({ command: 'set', ok: 1, verdicts: {}, divergent: {} });
    expect(report.latency.commands.map((one: { command: string }) => one.command)).toContain('set');
    expect(report.log.join()).toContain('"msg":"ready"');
    const file = path.join(temporaryFolder('report'), 'report.html');
    expect(await runMain([...asked, '--output', file], env)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const page = fs.readFileSync(file, 'utf8');
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(page).toContain(`127.0.0.1:${server.port}`);
    // Nothing in it is run or fetched from elsewhere.
    expect(page).not.toMatch(/<script|\s(?:src|href)=|url\(|@import/i);
    expectNone(json.stdout + page);
  });

  it('says in one line why there is none', async () => {
    const env = { LOCKSTEP_ADMIN_TOKEN: TOKEN };
    const gateway = await startGateway({ primary: 'engine:', workers: 1, env });
    const admin = new URL(gateway.adminUrl).host;
    const wrong = await runMain(['report', '--admin', admin], { LOCKSTEP_ADMIN_TOKEN: WRONG });
    expect(wrong).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `lockstep: the gateway at ${admin} wants another admin.token [report_failed]\n`,
    });
    await gateway.stop();
    const gone = await runMain(['report', '--admin', admin], env);
    expect(gone.stderr).toBe(`lockstep: no gateway answers at ${admin}: ECONNREFUSED [report_failed]\n`);
    const nowhere = await runMain(['report', '--format', 'pdf']);
    expect(nowhere).toMatchObject({ code: 2, stderr: 'lockstep: --format pdf is not json or html\n' });
    expect((await runMain(['start', '--output', 'x'])).code).toBe(2);
  });
});
