/** Clusters on either side of the mirror: standalone to cluster, cluster to standalone, cluster to cluster. */
import { expect, it } from 'vitest';
import { ask, startCluster } from '../support/cluster.ts';
import { settledDifferences } from '../support/cluster-state.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { unexpectedErrors } from '../support/load/error-texts.ts';
import { type LoadResult, runLoad } from '../support/load/run-load.ts';
import {
  expectVerdicts,
  readDivergences,
  readVerdicts,
  showDivergence,
  tellAll,
} from '../support/load/verdicts.ts';
import { beginMove, endMove, moveKeys, moveSlot, ownerOf, slotOf } from '../support/reshard.ts';
import { type ServerName, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const commands = Number(process.env.LOCKSTEP_ACCEPT_COMMANDS ?? 8000);
const seed = Number(process.env.LOCKSTEP_ACCEPT_SEED ?? 1);
const timeLimitMs = 120_000 + commands;
/** Unix milliseconds. */
const FAR_MS = 4_102_444_800_000;

interface Side {
  readonly url: string;
  readonly nodes: readonly TestServer[];
}

async function alone(name: ServerName): Promise<Side> {
  const server = await startServer(name);
  return { url: server.url, nodes: [server] };
}

async function clustered(name: ServerName): Promise<Side> {
  const cluster = await startCluster(name);
  return { url: cluster.url, nodes: cluster.masters };
}

/** Loads side by side, each on keys of one slot. */
async function loadSlots(gateway: TestGateway, count: number): Promise<LoadResult[]> {
  const loads = Array.from({ length: count }, (_, index) =>
    runLoad({
      target: { port: gateway.port },
      seed: seed + index,
      commands: commands / count,
      clients: 5,
      blockingClients: 2,
      hotKeys: 50,
      prefix: `{slot${index}}:`,
    }),
  );
  return Promise.all(loads);
}

async function run(primary: Side, shadow: Side): Promise<void> {
  const config = { ...tellAll, upstream: { cluster: { retryForMs: 60_000 } } };
  const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, config });
  const results = await loadSlots(gateway, 16);
  await gateway.shadowIdle();
  for (const { failures, errors } of results) {
    expect(failures).toEqual([]);
    expect(unexpectedErrors(errors, [/ a transaction on a cluster runs on one node/, /^EXECABORT /])).toEqual(
      [],
    );
  }
  const verdicts = await expectVerdicts(gateway, { divergent: 0, breakerOpen: 0 });
  console.log(JSON.stringify(verdicts));
  expect(verdicts.match).toBeGreaterThan(commands / 2);
  // What may differ is known: the slots of a transaction that the gateway refused are dirty.
  const sides = async () => [primary.nodes, shadow.nodes] as const;
  const { keys } = await settledDifferences(sides, verdicts.dirtySlots);
  expect(keys).toBeGreaterThan(100);
}

it(
  'from one server to a cluster',
  async () => run(await alone('redis-7.0'), await clustered('redis-7.0')),
  timeLimitMs,
);

it(
  'from a cluster to one server',
  async () => run(await clustered('valkey-9.1'), await alone('valkey-9.1')),
  timeLimitMs,
);

it(
  'from a Redis cluster to a Valkey cluster',
  async () => run(await clustered('redis-8.0'), await clustered('valkey-9.1')),
  timeLimitMs,
);

/** More than wait for a command before them that may have to wait itself. */
const MANY = 70;

interface Delayed {
  readonly gateway: TestGateway;
  /** Lets go of what the shadow was sent, while the slot is on its way. */
  release(): Promise<void>;
  finishMove(): Promise<void>;
}

/** The shadow is sent a write on two keys of which one is elsewhere, behind `before` others and before one more. */
async function delayWrite(before: number): Promise<Delayed> {
  const [primary, shadow] = [await startServer('valkey-9.1'), await startCluster('valkey-9.1')];
  const config = { ...tellAll, upstream: { cluster: { retryForMs: 60_000 } } };
  const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, config });
  const client = await gateway.client();
  const [here, gone] = ['{moving}:here', '{moving}:gone'];
  expect(await client.call('SET', here, 'first')).toBe('OK');
  await gateway.shadowIdle();
  const slot = slotOf(here);
  const from = await ownerOf(shadow, slot);
  const to = shadow.masters.find((node) => node !== from)!;
  await beginMove(slot, from, to);
  // Everything is on its way to the node before it answers the first of them.
  await ask(from, 'CLIENT', 'PAUSE', 600_000, 'WRITE');
  const replies = await client.pipeline([
    ...Array.from({ length: before }, () => ['SET', here, 'second']),
    ['MSET', here, 'third', gone, 'third'],
    ['GETSET', here, 'fourth'],
  ]);
  expect(replies.slice(before)).toEqual(['OK', 'third']);
  await waitUntil(
    async () => (await gateway.metrics()).sum('shadow_queue_commands') === before + 2,
    'the shadow to be sent all of it',
  );
  client.close();
  return {
    gateway,
    release: async () => {
      await ask(from, 'CLIENT', 'UNPAUSE');
    },
    finishMove: async () => {
      while ((await moveKeys(slot, from, to)) > 0);
      await endMove(slot, from, to);
    },
  };
}

it(
  'a write that the shadow cannot run yet holds up what is behind it in its slot, and runs when it can',
  async () => {
    const { gateway, release, finishMove } = await delayWrite(1);
    await release();
    await waitUntil(
      async () => (await gateway.metrics()).sum('shadow_queue_commands') === 2,
      'the first of them to be answered',
    );
    await finishMove();
    await gateway.shadowIdle();
    await expectVerdicts(gateway, { match: 4, divergent: 0, skipped: 0, dropped: 0, dirtySlots: 0 });
  },
  timeLimitMs,
);

it(
  'where too much would have to wait, a write that another one overtakes is known before that one is judged',
  async () => {
    const { gateway, release } = await delayWrite(MANY);
    await release();
    await gateway.shadowIdle();
    // The shadow answers GETSET with the second value: MSET needed a key that would be at the other node.
    await expectVerdicts(gateway, { divergent: 0, skipped: 1, dropped: 1, dirtySlots: 1 });
    expect((await gateway.metrics()).sum('shadow_slots_dirtied_total', { cause: 'dropped' })).toBe(1);
  },
  timeLimitMs,
);

it(
  'of a key that lives longer because its slot was moved, that is expected; of one whose slot stayed it is not',
  async () => {
    const [primary, shadow] = [await startServer('valkey-9.1'), await startCluster('valkey-9.1')];
    const config = { ...tellAll, compare: { ...tellAll.compare, ttlToleranceMs: 0 } };
    const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, config });
    const client = await gateway.client();
    const [moves, stays] = ['{moves}', '{stays}'];
    for (const key of [moves, stays]) expect(await client.call('SET', key, 'v', 'PXAT', FAR_MS)).toBe('OK');
    await gateway.shadowIdle();
    const slot = slotOf(moves);
    // Each move takes some part of a millisecond, at the least.
    for (let owner = await ownerOf(shadow, slot); ; ) {
      const [first, second] = shadow.masters;
      const next = owner === first! ? second! : first!;
      await moveSlot(slot, owner, next);
      owner = next;
      // A slot that has gone and come back since the last look at it has not moved, for all the gateway can know.
      expect(await client.call('GET', moves)).toBe('v');
      await gateway.shadowIdle();
      if (Number(await ask(owner, 'PEXPIRETIME', moves)) > FAR_MS) break;
    }
    await ask(await ownerOf(shadow, slotOf(stays)), 'PEXPIREAT', stays, FAR_MS + 1);
    for (const key of [moves, stays]) expect(await client.call('PEXPIRETIME', key)).toBe(FAR_MS);
    await gateway.shadowIdle();
    const shown = `1x pexpiretime ttl at whole reply ${stays}: (integer) ${FAR_MS} | (integer) ${FAR_MS + 1}`;
    expect((await readDivergences(gateway)).items.map(showDivergence)).toEqual([shown]);
    expect(await readVerdicts(gateway)).toMatchObject({ divergent: 1, expected: 1, dirtySlots: 0 });
    client.close();
  },
  timeLimitMs,
);
