/**
 * The whole gateway against hostile bytes, from clients and from the server: it lives, no reply goes to the wrong
 * client, and its memory comes back. LOCKSTEP_FUZZ_FRAMES says how many damaged frames there are to be in all.
 */
import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { residentBytes } from '../fault/process-memory.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { testSeed } from '../support/seed.ts';
import { startServer } from '../support/servers.ts';
import { type FuzzTally, HonestClient, HostileClient } from './fuzz-client.ts';
import { type LyingRelay, startLyingRelay } from './lying-relay.ts';

const seed = testSeed('gateway');
const wanted = Number(process.env.LOCKSTEP_FUZZ_FRAMES ?? 16_000);
const HONEST = 6;
const HOSTILE = 6;
/** What a heap may be left with by fragments and the like; garbage does not count, see `leastBytes`. */
const MEMORY_SLACK = 48 * 1024 * 1024;

const setups = (['native', 'node'] as const).flatMap((transport) =>
  (['pooled', 'pinned'] as const).map((sessions) => ({ transport, sessions })),
);
/** Per setup and direction. */
const share = Math.ceil(wanted / (2 * setups.length));

function newTally(): FuzzTally {
  return { damaged: 0, commands: 0, replies: 0, connections: 0 };
}

interface Repeated {
  round(): Promise<void>;
}

/** Each client plays rounds until `isOver` says so. */
async function repeat(clients: readonly Repeated[], isOver: () => boolean): Promise<void> {
  await Promise.all(
    clients.map(async (client) => {
      while (!isOver()) await client.round();
    }),
  );
}

/** Plays until `isOver`. Answers the least of many looks at the gateway's memory: what its garbage collectors leave. */
async function leastBytes(
  gateway: TestGateway,
  clients: readonly Repeated[],
  isOver: () => boolean,
): Promise<number> {
  let least = residentBytes(gateway.pid);
  const timer = setInterval(() => {
    least = Math.min(least, residentBytes(gateway.pid));
  }, 20);
  await repeat(clients, isOver).finally(() => clearInterval(timer));
  return Math.min(least, residentBytes(gateway.pid));
}

/** Plays to the end. The memory of the second quarter, when all is warm, is compared with that of the last. */
async function playInParts(
  gateway: TestGateway,
  clients: readonly Repeated[],
  done: () => number,
  report: () => string,
): Promise<void> {
  await repeat(clients, () => done() >= share / 4);
  const before = await leastBytes(gateway, clients, () => done() >= share / 2);
  await repeat(clients, () => done() >= (share * 3) / 4);
  const after = await leastBytes(gateway, clients, () => done() >= share);
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(
    `[fuzz] ${report()}; resident ${mebibytes(before)} in the second quarter, ${mebibytes(after)} in the last`,
  );
  expect(after - before).toBeLessThan(MEMORY_SLACK);
}

async function gatewayFor(setup: (typeof setups)[number], port: number): Promise<TestGateway> {
  const { transport, sessions } = setup;
  return startGateway({
    primary: `redis://127.0.0.1:${port}`,
    transport,
    config: { upstream: { sessions, reconnect: { minMs: 1, maxMs: 5 } } },
  });
}

async function expectQuiet(gateway: TestGateway): Promise<void> {
  await expect.poll(async () => (await gateway.metrics()).sum('client_connections')).toBe(0);
  const client = await gateway.client();
  await expect.poll(() => client.call('PING')).toBe('PONG');
  client.close();
  expect(gateway.running).toBe(true);
}

it.each(setups)(
  'damaged commands, $transport transport, $sessions sessions',
  async (setup) => {
    const server = await startServer('valkey-9.1');
    const gateway = await gatewayFor(setup, server.port);
    const tally = newTally();
    const random = createRandom(seed);
    const port = gateway.port;
    const honest = Array.from(
      { length: HONEST },
      () => new HonestClient(port, createRandom(random.integer(2 ** 31)), tally, true),
    );
    const hostile = Array.from(
      { length: HOSTILE },
      () => new HostileClient(port, createRandom(random.integer(2 ** 31)), tally),
    );
    await playInParts(
      gateway,
      [...honest, ...hostile],
      () => tally.damaged,
      () => `${setup.transport} ${setup.sessions} commands: ${JSON.stringify(tally)}`,
    );
    for (const client of honest) client.close();
    await expectQuiet(gateway);
    await gateway.stop();
    await server.stop();
  },
  60_000 + 4 * share,
);

it.each(setups)(
  'damaged replies, $transport transport, $sessions sessions',
  async (setup) => {
    const server = await startServer('valkey-9.1');
    const relay: LyingRelay = await startLyingRelay(server.port, seed, { altered: 0.5, damaged: 0.01 });
    const gateway = await gatewayFor(setup, relay.port);
    const tally = newTally();
    const random = createRandom(seed);
    const clients = Array.from(
      { length: HONEST + HOSTILE },
      () => new HonestClient(gateway.port, createRandom(random.integer(2 ** 31)), tally, false),
    );
    await playInParts(
      gateway,
      clients,
      () => relay.tally.altered + relay.tally.damaged,
      () => `${setup.transport} ${setup.sessions} replies: ${JSON.stringify({ ...tally, ...relay.tally })}`,
    );
    for (const client of clients) client.close();
    expect(gateway.running).toBe(true);
    await gateway.stop();
    await server.stop();
  },
  60_000 + 4 * share,
);
