/** The command line as a person meets it: texts, exit codes, signals. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { removeFolder, temporaryFolder } from '../support/cleanup.ts';
import { runMain, startGateway } from '../support/gateway.ts';
import { startServer } from '../support/servers.ts';

const folder = temporaryFolder('cli');
afterAll(() => removeFolder(folder));

function configFile(text: string): string {
  const file = join(folder, 'lockstep.yaml');
  writeFileSync(file, text);
  return file;
}

const local = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
/** Nothing listens there: the gateway starts and is not ready for traffic. */
const nowhere = ['--primary', 'redis://127.0.0.1:1'];

describe('texts', () => {
  test('version', async () => {
    expect(await runMain(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test.each([['--help'], ['help'], ['start', '--help']])('help: %s', async (...args) => {
    const run = await runMain(args);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/Usage[\s\S]*Options[\s\S]*Examples/);
  });

  test('an unknown option is named, with what was meant', async () => {
    const run = await runMain(['start', '--lisen', 'x']);
    expect(run).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'lockstep: unknown option --lisen: did you mean --listen?\n',
    });
  });
});

describe('check', () => {
  test('a right file', async () => {
    const file = configFile('primary: redis://127.0.0.1:1\n');
    expect(await runMain(['check', '--config', file])).toMatchObject({
      code: 0,
      stdout: `${file} is valid\n`,
      stderr: '',
    });
  });

  test('a wrong file: one line per problem', async () => {
    const file = configFile('shadow:\n  sample: 3\nworkers: none\n');
    const run = await runMain(['check', '--config', file]);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr.split('\n')).toEqual([
      'workers: must be auto or a whole number between 1 and 256 (lockstep.yaml:3)',
      'shadow.sample: must be a number between 0 and 1 (lockstep.yaml:2)',
      '',
    ]);
  });
});

describe('start', () => {
  test('with a wrong configuration', async () => {
    const run = await runMain(['start', ...local, ...nowhere], { LOCKSTEP_SHADOW_SAMPLE: 'x' });
    expect(run).toMatchObject({
      code: 2,
      stderr: 'shadow.sample: must be a number between 0 and 1 (LOCKSTEP_SHADOW_SAMPLE)\n',
    });
  });

  test('with an open admin API', async () => {
    const run = await runMain(['start', ...nowhere, '--listen', '127.0.0.1:0', '--admin', '0.0.0.0:0']);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^admin\.listen: .* \[admin_exposed\]\n$/);
  });

  test.each(['--listen', '--admin'])('with a port that is taken: %s', async (option) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const other = option === '--admin' ? '--listen' : '--admin';
    const run = await runMain(['start', ...nowhere, option, `127.0.0.1:${port}`, other, '127.0.0.1:0']);
    await new Promise((resolve) => taken.close(resolve));
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(new RegExp(`^lockstep: .*127\\.0\\.0\\.1:${port}.*\\[listen_failed\\]\\n$`));
  });
});

describe('running', () => {
  test('ready line, reload by SIGHUP, drain by SIGTERM', async () => {
    const server = await startServer('valkey-9.1');
    const gateway = await startGateway({ primary: server.url, args: ['--listen', '127.0.0.1:0'] });
    const ready = gateway.logs.find((record) => record.msg === 'ready');
    expect(ready).toMatchObject({ listen: [expect.stringMatching(/^127\.0\.0\.1:\d+$/)] });
    expect(ready?.admin).toMatch(/^127\.0\.0\.1:\d+$/);
    expect((await gateway.request('/healthz')).status).toBe(200);
    gateway.writeConfig({ shadow: { sample: 0.5 }, workers: 3 });
    gateway.signal('SIGHUP');
    const reloaded = await gateway.waitForLog('configuration reloaded');
    expect(reloaded).toMatchObject({ changed: ['shadow.sample'], needsRestart: ['workers'] });
    gateway.writeConfig({ shadow: { sample: 5 } });
    gateway.signal('SIGHUP');
    await gateway.waitForLog('configuration not reloaded');
    expect(await gateway.admin('/api/v1/config')).toMatchObject({ shadow: { sample: 0.5 }, workers: 2 });
    await gateway.stop();
  });
});
