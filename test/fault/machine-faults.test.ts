/**
 * The machine fails the gateway: no descriptors are left, a disk is full, a thread or the whole process dies, a
 * certificate ends. Whoever is connected is served as long as the process lives, and no acknowledged write is lost.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { expect, it } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { onCleanup, removeFolder, temporaryFolder } from '../support/cleanup.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';
import { Account, checkAccounts } from './account.ts';
import { residentBytes } from './process-memory.ts';

const LONG_MS = 240_000;
const MEGABYTE = 1024 * 1024;

function openAccounts(gateway: TestGateway): Promise<Account[]> {
  return Promise.all([0, 1, 2, 3].map(async (index) => Account.open(await gateway.client(), index)));
}

/** Goes on until the connections are gone. */
async function incrementToTheEnd(accounts: readonly Account[]): Promise<void> {
  await Promise.all(
    accounts.map(async (account) => {
      while (await account.increment(10));
    }),
  );
}

const acknowledged = (accounts: readonly Account[]): number =>
  accounts.reduce((total, account) => total + account.acknowledged, 0);

/** Run by each worker before its own code: the first that finds the file throws what nobody catches. */
const saboteur = (file: string): string => `
  import { isMainThread } from 'node:worker_threads';
  import { rmSync } from 'node:fs';
  if (!isMainThread) setInterval(() => {
    try { rmSync(${JSON.stringify(file)}); } catch { return; }
    throw new Error('sabotaged');
  }, 20).unref();`;

it.each(['a worker', 'the process'])(
  '%s dies under load: no acknowledged write is lost',
  { timeout: LONG_MS },
  async (what) => {
    const folder = temporaryFolder('saboteur');
    onCleanup(() => removeFolder(folder));
    const trigger = path.join(folder, 'die');
    const preload = `data:text/javascript,${encodeURIComponent(saboteur(trigger))}`;
    const primary = await startServer('valkey-9.1');
    const gateway = await startGateway({
      primary: primary.url,
      env: { NODE_OPTIONS: `--import=${preload}` },
    });
    const accounts = await openAccounts(gateway);
    const ends = incrementToTheEnd(accounts);
    await waitUntil(() => acknowledged(accounts) > 500, 'the load to run');
    const began = performance.now();
    if (what === 'a worker') fs.writeFileSync(trigger, '');
    else await gateway.kill();
    await ends;
    const closedMs = Math.round(performance.now() - began);
    if (what === 'a worker') {
      await gateway.waitForLog('a worker died, the process stops');
      await waitUntil(() => !gateway.running, 'the process to end');
      // It has ended by itself, as it should.
      await gateway.kill();
    }
    const direct = await primary.client();
    await checkAccounts(accounts, direct);
    const next = await startGateway({ primary: primary.url });
    const client = await next.client();
    expect(await client.call('EXISTS', ...accounts.map(({ key }) => key))).toBe(accounts.length);
    const backMs = Math.round(performance.now() - began);
    console.log(
      `${what} dies: ${acknowledged(accounts)} acknowledged, closed in ${closedMs} ms, back in ${backMs} ms`,
    );
    for (const one of [client, direct, ...accounts]) one.close();
  },
);

it('without descriptors, those who are connected are served, and new clients once there are some', {
  timeout: LONG_MS,
}, async () => {
  const primary = await startServer('valkey-9.1');
  const gateway = await startGateway({ primary: primary.url });
  const accounts = await openAccounts(gateway);
  for (const account of accounts) await account.increment(20);
  const before = residentBytes(gateway.pid);
  const used = fs.readdirSync(`/proc/${gateway.pid}/fd`).map(Number);
  const limit = (soft: number): unknown =>
    execFileSync('prlimit', ['--pid', String(gateway.pid), `--nofile=${soft}:`], { timeout: 30_000 });
  const [normal] = /(\d+)/.exec(
    execFileSync('prlimit', ['--pid', String(gateway.pid), '--nofile', '--output=SOFT', '--noheadings'], {
      encoding: 'utf8',
    }),
  )!;
  limit(Math.max(...used) + 1);
  const crowd = Array.from({ length: 50 }, () => net.connect(gateway.port, '127.0.0.1'));
  for (const socket of crowd) socket.on('error', () => undefined);
  for (let round = 0; round < 20; round++) for (const account of accounts) await account.increment(20);
  for (const account of accounts) expect(account.refused).toBe(0);
  for (const socket of crowd) socket.destroy();
  limit(Number(normal));
  const began = performance.now();
  const client = await gateway.client();
  expect(await client.call('PING')).toBe('PONG');
  const backMs = Math.round(performance.now() - began);
  const grown = Math.round((residentBytes(gateway.pid) - before) / MEGABYTE);
  expect(grown).toBeLessThan(100);
  console.log(`no descriptors: nobody refused, a new client served ${backMs} ms after, ${grown} MB`);
  for (const one of [client, ...accounts]) one.close();
});

/** Why no small disk can be made here; '' where one can. */
function reasonForNoDisk(): string {
  const folder = temporaryFolder('try-disk');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder]);
    return '';
  } catch (error) {
    return (error as Error).message;
  } finally {
    removeFolder(folder);
  }
}
const noDisk = reasonForNoDisk();
if (noDisk !== '') console.log(`not tested here, a full disk: ${noDisk}`);

it.skipIf(noDisk !== '')(
  'a disk that is full fails a snapshot, and neither the data nor the last one',
  { timeout: LONG_MS },
  async () => {
    const folder = temporaryFolder('full-disk');
    onCleanup(() => removeFolder(folder));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder]);
    onCleanup(() => void execFileSync('umount', [folder]));
    const config = { engine: { arenaBytes: '64mb', snapshot: { path: path.join(folder, 'dump.rdb') } } };
    const gateway = await startGateway({ config });
    const client = await gateway.client();
    await client.call('SET', 'small', 'kept');
    expect(await client.call('SAVE')).toBe('OK');
    const whole = fs.readFileSync(config.engine.snapshot.path);
    // It does not repeat itself: nothing makes it shorter in the file.
    const large = Array.from({ length: 200_000 }, (_, at) => (at * 2654435761).toString(36)).join('');
    await client.call('SET', 'large', large);
    expect(await client.call('SAVE')).toEqual({ error: expect.stringContaining('ERR') });
    expect(fs.readFileSync(config.engine.snapshot.path).equals(whole)).toBe(true);
    expect(fs.readdirSync(folder)).toEqual(['dump.rdb']);
    expect(await client.call('STRLEN', 'large')).toBe(large.length);
    await client.call('DEL', 'large');
    await client.call('SET', 'small', 'newer');
    expect(await client.call('SAVE')).toBe('OK');
    expect(fs.readFileSync(config.engine.snapshot.path).includes('newer')).toBe(true);
    client.close();
  },
);

it('a certificate that has ended is refused by new clients until a reload brings another', {
  timeout: LONG_MS,
}, async () => {
  const [valid, ended] = [makeCertificates(), makeCertificates(0)];
  const folder = temporaryFolder('ended');
  onCleanup(() => removeFolder(folder));
  const [certificate, key] = [path.join(folder, 'server.pem'), path.join(folder, 'server.key')];
  const use = ({ server }: typeof valid): void => {
    fs.copyFileSync(server.certificate, certificate);
    fs.copyFileSync(server.key, key);
  };
  use(valid);
  const primary = await startServer('valkey-9.1');
  const gateway = await startGateway({
    primary: primary.url,
    config: { listen: [{ address: '127.0.0.1:0', tls: { certificate, key } }] },
  });
  const connect = ({ authority }: typeof valid): Promise<RawClient> =>
    RawClient.connect({
      port: gateway.port,
      tls: { ca: fs.readFileSync(authority), servername: 'localhost' },
    });
  const early = await Account.open(await connect(valid), 0);
  use(ended);
  await gateway.admin('/api/v1/config/reload', 'POST');
  await expect(
    waitUntil(
      async () =>
        connect(ended).then(
          (client) => client.close(),
          (error: Error) => error.message,
        ),
      'a refusal',
    ),
  ).resolves.toMatch(/expired/);
  const page = await gateway.metrics();
  expect(page.sum('certificate_expiry_timestamp_seconds')).toBeLessThanOrEqual(Date.now() / 1000);
  expect(await early.increment(20)).toBe(true);
  use(valid);
  await gateway.admin('/api/v1/config/reload', 'POST');
  const late = await connect(valid);
  expect(await late.call('PING')).toBe('PONG');
  expect(await early.increment(20)).toBe(true);
  expect(early.refused).toBe(0);
  for (const one of [early, late]) one.close();
});
