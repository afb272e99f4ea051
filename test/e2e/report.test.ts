/** `lockstep report` on started gateways. What it must not say is tested in secrets.test.ts. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/cleanup.ts';
import { runMain, startGateway } from '../support/gateway.ts';
import { startServer } from '../support/servers.ts';

const TOKEN = 'token/of=the@admin-api';
const KEY = 'key-that-nobody-sees';
const VALUE = 'value-that-nobody-sees';
const WRONG = 'password-that-is-wrong';

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
    for (const secret of [TOKEN, KEY, VALUE]) expect(json.stdout + page).not.toContain(secret);
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
