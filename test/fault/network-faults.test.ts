/**
 * A network that is slow, that stalls, and that resets connections in the middle of a reply: replies stay in order and
 * with their clients, and no acknowledged write is lost. LOCKSTEP_TEST_SEED repeats a run.
 */
import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { testSeed } from '../support/seed.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';
import { Account, checkAccounts } from './account.ts';
import { residentBytes } from './process-memory.ts';
import { Relay } from './relay.ts';

const random = createRandom(testSeed('network-faults'));
const LONG_MS = 240_000;
const CLIENTS = 4;
const MEGABYTE = 1024 * 1024;
/** Far more than a few clients' replies, and V8's slack. */
const GROWTH_LIMIT = 100 * MEGABYTE;

interface Scene {
  readonly server: TestServer;
  readonly relay: Relay;
  readonly gateway: TestGateway;
  readonly accounts: readonly Account[];
  readonly bytesBefore: number;
}

async function setScene(): Promise<Scene> {
  const server = await startServer('valkey-9.1');
  const relay = await Relay.start(server.port);
  const gateway = await startGateway({
    primary: `redis://127.0.0.1:${relay.port}`,
    config: { upstream: { reconnect: { minMs: 20, maxMs: 200 } }, primary: { connectTimeoutMs: 60_000 } },
  });
  const accounts: Account[] = [];
  for (let index = 0; index < CLIENTS; index++) {
    accounts.push(await Account.open(await gateway.client(), index));
  }
  return { server, relay, gateway, accounts, bytesBefore: residentBytes(gateway.pid) };
}

async function endScene({ server, gateway, accounts, bytesBefore }: Scene): Promise<number> {
  const direct = await server.client();
  await checkAccounts(accounts, direct);
  direct.close();
  const grown = residentBytes(gateway.pid) - bytesBefore;
  expect(grown).toBeLessThan(GROWTH_LIMIT);
  for (const account of accounts) account.close();
  return Math.round(grown / MEGABYTE);
}

const sum = (accounts: readonly Account[], what: 'acknowledged' | 'refused'): number =>
  accounts.reduce((total, account) => total + account[what], 0);

it('a network that is slow and stalls delays replies and does nothing else', {
  timeout: LONG_MS,
}, async () => {
  const scene = await setScene();
  // A packet that is lost is, for TCP, one that comes after the others have waited for it.
  scene.relay.delay(() => 5 + (random.integer(10) === 0 ? 200 : 0));
  for (let round = 0; round < 5; round++) {
    await Promise.all(scene.accounts.map((account) => account.increment(1 + random.integer(40))));
  }
  expect(sum(scene.accounts, 'refused')).toBe(0);
  const acknowledged = sum(scene.accounts, 'acknowledged');
  console.log(`slow: ${acknowledged} acknowledged, 0 refused, ${await endScene(scene)} MB`);
});

it('connections that are reset in the middle of a reply lose no acknowledged write', {
  timeout: LONG_MS,
}, async () => {
  const scene = await setScene();
  const recoveries: number[] = [];
  let closed = 0;
  for (let round = 0; round < 10; round++) {
    scene.relay.resetAfter(1 + random.integer(600));
    while (scene.relay.resets === round) {
      await Promise.all(
        scene.accounts.map(async (account) => {
          // Who has had the first half of a reply can only be told by a close.
          if (await account.increment(1 + random.integer(40))) return;
          closed += 1;
          account.goOn(await scene.gateway.client());
        }),
      );
    }
    const began = performance.now();
    const client = await scene.gateway.client();
    await waitUntil(async () => (await client.call('PING')) === 'PONG', 'the primary to be back');
    recoveries.push(Math.round(performance.now() - began));
    client.close();
  }
  expect(sum(scene.accounts, 'refused')).toBeGreaterThan(0);
  // At most one has had half of a reply.
  expect(closed).toBeLessThanOrEqual(10);
  const [acknowledged, refused] = [sum(scene.accounts, 'acknowledged'), sum(scene.accounts, 'refused')];
  const slowest = Math.max(...recoveries);
  const grown = await endScene(scene);
  console.log(
    `resets: ${acknowledged} acknowledged, ${refused} refused, ${closed} closed, back in ${slowest} ms, ${grown} MB`,
  );
});
