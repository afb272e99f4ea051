/**
 * Snapshot files of whole processes: the servers load ours, we load theirs, and what cannot be used ends the start and
 * stays as it is. A server judges whether the data are the same; Valkey 8.0 in place of Redis 7.0, whose files are of
 * an older version than the engine's level writes.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { dumpData } from '../differential/engine/dump-data.ts';
import { levels } from '../differential/engine/engine-pair.ts';
import { removeFolder, temporaryFolder } from '../support/cleanup.ts';
import { runMain, startGateway, type TestGateway } from '../support/gateway.ts';
import { type ServerName, serverNames, startServer } from '../support/servers.ts';

vi.setConfig({ testTimeout: 300_000 });

const folder = temporaryFolder('snapshot-files');
afterAll(() => removeFolder(folder));

const LIBRARY = "#!lua name=mine\nredis.register_function('f', function() return 7 end)";

function start(path: string, compatibility: string, save: string | null = null): Promise<TestGateway> {
  return startGateway({
    config: { engine: { compatibility, arenaBytes: '64mb', snapshot: { path, save } } },
  });
}

/** Of all databases, as a server sees a file. */
async function digestOf(name: ServerName, path: string): Promise<unknown> {
  const own = fs.mkdtempSync(join(folder, 'judge-'));
  fs.copyFileSync(path, join(own, 'dump.rdb'));
  const args = ['--enable-debug-command', 'yes', '--dir', own, '--dbfilename', 'dump.rdb'];
  const server = await startServer(name, { args });
  const client = await server.client();
  const digest = [await client.call('DEBUG', 'DIGEST'), await client.call('FCALL', 'f', '0')];
  client.close();
  await server.stop();
  return digest;
}

describe.each(serverNames)('a snapshot file of %s', (name) => {
  it('is loaded, and loads what was saved', async () => {
    const own = fs.mkdtempSync(join(folder, 'server-'));
    const server = await startServer(name, { args: ['--dir', own, '--dbfilename', 'theirs.rdb'] });
    const client = await server.client();
    for (const line of dumpData(name)) expect(await client.call(...line)).not.toHaveProperty('error');
    await client.call('FUNCTION', 'LOAD', LIBRARY);
    await client.pipeline([
      ['SELECT', '7'],
      ['SET', 'elsewhere', 'v', 'EX', '100000'],
    ]);
    expect(await client.call('SAVE')).toBe('OK');
    client.close();
    const path = join(own, 'ours.rdb');
    fs.copyFileSync(join(own, 'theirs.rdb'), path);
    const gateway = await start(path, levels[name]);
    expect(gateway.logs.find(({ msg }) => msg === 'snapshot loaded')).toMatchObject({ expired: 0 });
    const through = await gateway.client();
    expect(await through.call('FCALL', 'f', '0')).toBe(7);
    const before = fs.readFileSync(path);
    expect(await through.call('SAVE')).toBe('OK');
    expect(fs.readFileSync(path).equals(before)).toBe(false);
    through.close();
    await gateway.stop();
    expect(await digestOf(name, path)).toEqual(await digestOf(name, join(own, 'theirs.rdb')));
  });
});

describe('a file that cannot be used', () => {
  it('ends the start with a reason, and stays', async () => {
    const path = join(folder, 'good.rdb');
    const gateway = await start(path, 'valkey-9', '1000000 1');
    const client = await gateway.client();
    await client.pipeline(Array.from({ length: 200 }, (_, at) => ['SET', `k${at}`, 'v'.repeat(at)]));
    client.close();
    // With save points the data are saved at the end.
    await gateway.stop();
    const good = fs.readFileSync(path);
    const torn = good.subarray(0, good.length >> 1);
    fs.writeFileSync(path, torn);
    const config = join(folder, 'lockstep.yaml');
    fs.writeFileSync(config, `engine: { arenaBytes: 64mb, snapshot: { path: ${path} } }\n`);
    const local = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
    const run = await runMain(['start', '--config', config, ...local], {}, 120_000);
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringMatching(/^lockstep: [^\n]*it ends too early, at byte[^\n]*\[snapshot_unusable\]\n$/),
    ]);
    expect(fs.readFileSync(path).equals(torn)).toBe(true);
  });
});
