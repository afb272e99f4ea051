/** Secrets in the list of processes, in what is left of a crash, and in what is said of a start that fails. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/cleanup.ts';
import { runMain, startGateway } from '../support/gateway.ts';
import { misplaced, PlantedSecrets } from '../support/planted-secrets.ts';
import { waitUntil } from '../support/wait.ts';

const planted = new PlantedSecrets();
const token = planted.plant('admin-token', '"\\/@:%');
const folder = temporaryFolder('secrets-crash');

describe('on the command line and in what is left of a crash', () => {
  const password = planted.plant('argument');
  const url = `redis://user:${encodeURIComponent(password)}@127.0.0.1:1`;

  it('passwords of URLs do not stay in the list of processes', async () => {
    const gateway = await startGateway({ args: ['--shadow', `${url}2`, `--primary=${url}`] });
    const shown = fs.readFileSync(`/proc/${gateway.pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
    expect(planted.leaksIn(shown)).toEqual([]);
    expect(shown).toContain('start --config');
    expect(shown).toContain('redis://user:***@127.0.0.1:1');
    expect(gateway.running).toBe(true);
  });

  it.each(['main', 'worker'])('the %s thread says nothing of them when it dies of a bug', async (thread) => {
    const hook = path.join(folder, `crash-${thread}.mjs`);
    fs.writeFileSync(hook, crashOf(thread === 'main'));
    const gateway = await startGateway({
      primary: url,
      workers: 1,
      env: {
        LOCKSTEP_ADMIN_TOKEN: token,
        NODE_OPTIONS: `--import ${hook}`,
        PLANTED: `${url} ${password} ${token}`,
      },
    });
    gateway.signal('SIGUSR2');
    await waitUntil(() => !gateway.running, 'the end of the process');
    await gateway.waitForLog(/bug|died/);
    await gateway.kill();
    const log = gateway.logs.map((record) => JSON.stringify(record)).join('\n');
    expect(log).toContain('planted');
    expect(planted.leaksIn(log)).toEqual([]);
  });

  it('says nothing of them when it cannot start', async () => {
    const file = path.join(folder, 'unusable.yaml');
    fs.writeFileSync(file, misplaced(planted.plant('misplaced')));
    for (const args of [
      ['start', '--config', file],
      ['check', '--config', file],
      ['report', '--config', file],
    ]) {
      const run = await runMain([...args]);
      expect(run.code).toBe(2);
      expect(planted.leaksIn(run.stdout + run.stderr)).toEqual([]);
    }
    const run = await runMain([
      'start',
      '--primary',
      `redis://${password}@x:1`,
      '--shadow',
      `${url}/${password}`,
    ]);
    expect(run.code).toBe(2);
    expect(planted.leaksIn(run.stdout + run.stderr)).toEqual([]);
  });
});

/** A module that makes a thread die, once the process gets a signal, of an error that says all it knows. */
function crashOf(isMain: boolean): string {
  return `
    import { isMainThread } from 'node:worker_threads';
    const channel = new BroadcastChannel('crash');
    const die = () => {
      throw Object.assign(new Error('planted: ' + process.env.PLANTED), { detail: process.env.PLANTED });
    };
    if (isMainThread) process.on('SIGUSR2', () => (${isMain} ? die() : channel.postMessage('now')));
    else channel.onmessage = die;
    channel.unref();
  `;
}
