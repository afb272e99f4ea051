/** Commands that the catalogue does not have: of a module, learnt from the primary, and of nobody. */
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { onCleanup, removeFolder, temporaryFolder } from '../support/cleanup.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { compareState } from '../support/load/same-state.ts';
import { expectVerdicts, tellAll } from '../support/load/verdicts.ts';
import { type ServerName, serverNames, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const hasCompiler = spawnSync('cc', ['--version']).status === 0;
const ALL_SLOTS = 16384;
let moduleFile = '';

beforeAll(() => {
  if (!hasCompiler) return;
  const folder = temporaryFolder('module');
  onCleanup(() => removeFolder(folder));
  moduleFile = path.join(folder, 'lockmod.so');
  const source = path.resolve(import.meta.dirname, '../support/module/lockmod.c');
  const run = spawnSync('cc', ['-std=c11', '-O1', '-Wall', '-shared', '-fPIC', '-o', moduleFile, source]);
  expect(String(run.stderr)).toBe('');
});

interface Stage {
  readonly primary: TestServer;
  readonly shadow: TestServer;
  readonly gateway: TestGateway;
}

const stages: Stage[] = [];

async function setStage(name: ServerName, args: readonly string[]): Promise<Stage> {
  const [primary, shadow] = [await startServer(name, { args }), await startServer(name, { args })];
  const gateway = await startGateway({
    primary: primary.url,
    shadow: shadow.url,
    workers: 3,
    config: tellAll,
  });
  const stage = { primary, shadow, gateway };
  stages.push(stage);
  return stage;
}

afterEach(async () => {
  for (const { gateway, primary, shadow } of stages.splice(0)) {
    await Promise.all([gateway.stop(), primary.stop(), shadow.stop()]);
  }
});

describe.runIf(hasCompiler).each(serverNames)('a module on %s', (name) => {
  it('is mirrored and compared from the first command on', async () => {
    const stage = await setStage(name, ['--loadmodule', moduleFile]);
    const { gateway, shadow } = stage;
    const clients = await Promise.all(Array.from({ length: 6 }, () => gateway.client()));
    for (const client of clients.slice(3)) await client.hello3();
    await Promise.all(
      clients.map(async (client, number) => {
        for (let round = 0; round < 5; round++) {
          const commands = Array.from({ length: 40 }, (_, index) => {
            const key = `k${(index * 7 + round) % 5}`;
            if (index % 4 === 0) return ['LOCKMOD.GET', key];
            if (index % 4 === 1) return ['lockmod.copy', key, `{${key}}copy`];
            return index % 4 === 2
              ? ['Lockmod.Set', key, `${number}:${round}:${index}`]
              : ['APPEND', key, number];
          });
          const replies = await client.pipeline(commands);
          expect(replies.filter((reply) => JSON.stringify(reply).includes('error'))).toEqual([]);
        }
        await client.pipeline([['MULTI'], ['LOCKMOD.SET', `own${number}`, 1], ['EXEC']]);
      }),
    );
    await gateway.shadowIdle();
    await expectVerdicts(gateway, { divergent: 0, dropped: 0, dirtySlots: 0 });
    const page = await gateway.metrics();
    expect(page.sum('comparisons_total', { command: 'other', verdict: 'match' })).toBe(6 * (5 * 30 + 1));
    const state = await compareState(stage.primary, shadow, [0]);
    expect(state.differences).toEqual([]);
    expect(state.keys).toBe(16);
    // It is flagged as one that may block, so it is not sent to the shadow, and that is counted.
    expect(await clients[0]!.call('LOCKMOD.POP', 'own0')).toBe('1');
    await expectVerdicts(gateway, { dropped: 1, dirtySlots: 1 });
    for (const client of clients) client.close();
  });
});

describe.runIf(hasCompiler)('a module loaded later', () => {
  it('is counted until it is known', async () => {
    const { primary, shadow, gateway } = await setStage('valkey-9.1', ['--enable-module-command', 'yes']);
    const client = await gateway.client();
    for (const server of [primary, shadow]) {
      const direct = await server.client();
      expect(await direct.call('MODULE', 'LOAD', moduleFile)).toBe('OK');
      direct.close();
    }
    expect(await client.call('LOCKMOD.SET', 'a', 1)).toBe('OK');
    await gateway.waitForLog('learnt commands of the primary');
    await expectVerdicts(gateway, { dropped: 1, dirtySlots: ALL_SLOTS });
    await waitUntil(async () => {
      await client.call('LOCKMOD.SET', 'b', 1);
      await gateway.shadowIdle();
      const direct = await shadow.client();
      const value = await direct.call('GET', 'b');
      direct.close();
      return value === '1';
    }, 'a learnt command on the shadow');
    client.close();
  });
});

describe.each(serverNames)('%s', (name) => {
  it.each(['pooled', 'pinned'])(
    'answers for commands that do not exist, with sessions %s',
    async (sessions) => {
      const server = await startServer(name);
      const gateway = await startGateway({ primary: server.url, config: { upstream: { sessions } } });
      const [direct, client] = [await server.client(), await gateway.client()];
      for (const resp of [2, 3]) {
        for (const command of [
          ['NOSUCH'],
          ['NOSUCH', 'a', 'b'],
          ['nosuch', 'x'.repeat(300), "it's", '\r\n'],
          ['X'.repeat(200)],
          ['CLIENT', 'NOSUCH'],
          ['OBJECT', 'NOSUCH', 'key'],
          [''],
          ['MULTI'],
          ['NOSUCH', 'a'],
          ['EXEC'],
        ]) {
          const [ours, theirs] = [await client.callBytes(...command), await direct.callBytes(...command)];
          expect(ours.toString(), `${resp} ${command.join(' ')}`).toBe(theirs.toString());
        }
        if (resp === 2) await Promise.all([client.hello3(), direct.hello3()]);
      }
      for (const one of [client, direct]) one.close();
      await gateway.stop();
    },
  );
});
