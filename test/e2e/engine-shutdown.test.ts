/** SHUTDOWN on the engine: refused, unless the configuration lets clients end the process. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../support/cleanup.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const folder = temporaryFolder('shutdown');
afterAll(() => removeFolder(folder));
const REFUSED = 'ERR lockstep: SHUTDOWN is not available through the gateway';

it('SHUTDOWN is refused where the configuration does not allow it', async () => {
  const gateway = await startGateway({ config: { engine: { arenaBytes: '16mb' } } });
  const client = await gateway.client();
  for (const option of ['NOSAVE', 'ABORT', 'NOSUCH'])
    expect(await client.callTyped('SHUTDOWN', option)).toMatchObject({ type: 'error', text: REFUSED });
  expect(await client.call('PING')).toBe('PONG');
  client.close();
});

it('SHUTDOWN ends the process as SIGTERM does, for all workers', async () => {
  const gateway = await startGateway({
    workers: 2,
    config: { engine: { arenaBytes: '16mb' }, upstream: { allowShutdown: true } },
  });
  const [client, other] = [await gateway.client(), await gateway.client()];
  const wrong = [['NOSUCH'], ['SAVE', 'NOSAVE'], ['ABORT', 'NOW']];
  for (const options of wrong)
    expect(await client.callTyped('SHUTDOWN', ...options)).toMatchObject({ text: 'ERR syntax error' });
  expect(await client.callTyped('SHUTDOWN', 'ABORT')).toMatchObject({ text: 'ERR No shutdown in progress.' });
  expect(await client.callTyped('SHUTDOWN', 'SAVE')).toMatchObject({ type: 'error' });
  await client.call('MULTI');
  expect(await client.callTyped('SHUTDOWN', 'NOSAVE')).toMatchObject({ type: 'error' });
  await client.call('DISCARD');
  client.sendCommand('SHUTDOWN', 'NOSAVE', 'NOW');
  await client.waitForClose();
  await other.waitForClose();
  expect(await gateway.waitForLog('draining')).toMatchObject({ signal: 'SHUTDOWN' });
  // It exits 0.
  await gateway.stop();
});

function startSaving(path: string, save: string | null, workers = 2): Promise<TestGateway> {
  const engine = { arenaBytes: '16mb', snapshot: { path, save } };
  return startGateway({ workers, config: { engine, upstream: { allowShutdown: true } } });
}

it.each([
  ['with save points', '1000000 1', [], true],
  ['with NOSAVE', '1000000 1', ['NOSAVE'], false],
  ['without save points', null, [], false],
  ['with SAVE', null, ['save', 'NOW'], true],
] as const)('SHUTDOWN %s saves what it should', async (name, save, options, isSaved) => {
  const path = join(folder, `${name.replaceAll(' ', '-')}.rdb`);
  const gateway = await startSaving(path, save);
  const client = await gateway.client();
  await client.pipeline(Array.from({ length: 500 }, (_, at) => ['SET', `k${at}`, 'v'.repeat(at)]));
  // One that is under way is given up.
  if (isSaved) await client.call('BGSAVE');
  await client.call('SET', 'last', 'v');
  client.sendCommand('SHUTDOWN', ...options);
  await client.waitForClose();
  await gateway.stop();
  expect(fs.existsSync(path)).toBe(isSaved);
  if (!isSaved) return;
  const again = await startSaving(path, null);
  const through = await again.client();
  expect(await through.call('DBSIZE')).toBe(501);
  expect(await through.call('GET', 'last')).toBe('v');
  through.close();
});

it('SHUTDOWN is refused when the data cannot be saved, unless it is forced', async () => {
  const own = join(folder, 'gone');
  fs.mkdirSync(own);
  const gateway = await startSaving(join(own, 'dump.rdb'), '1000000 1');
  const client = await gateway.client();
  await client.call('SET', 'k', 'v');
  fs.rmSync(own, { recursive: true });
  const text = 'ERR Errors trying to SHUTDOWN. Check logs.';
  for (const options of [[], ['SAVE'], ['NOW']])
    expect(await client.callTyped('SHUTDOWN', ...options)).toMatchObject({ type: 'error', text });
  expect(await client.call('GET', 'k')).toBe('v');
  client.sendCommand('SHUTDOWN', 'FORCE');
  await client.waitForClose();
  await gateway.stop();
});
