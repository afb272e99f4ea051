/**
 * A Redis cluster as primary and a Valkey cluster as shadow under load, while slots move on both and a primary of each
 * hands over to its replica. LOCKSTEP_ACCEPT_CLUSTER_COMMANDS sets the size of the run.
 */
import { expect, it } from 'vitest';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { settledDifferences } from '../support/cluster-state.ts';
import { startGateway, type TestGateway, testTransport } from '../support/gateway.ts';
import { unexpectedErrors } from '../support/load/error-texts.ts';
import { defaultShares } from '../support/load/mix-table.ts';
import { type RunningLoad, startLoad } from '../support/load/run-load.ts';
import { expectVerdicts, readDirtySlots, tellAll } from '../support/load/verdicts.ts';
import { moveSlot, ownerOf, slotOf } from '../support/reshard.ts';
import type { TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const commands = Number(process.env.LOCKSTEP_ACCEPT_CLUSTER_COMMANDS ?? 12_000);
const seed = Number(process.env.LOCKSTEP_ACCEPT_SEED ?? 1);
const tags = Array.from({ length: 12 }, (_, index) => `{slot${index}}:`);

async function primariesOf(cluster: TestCluster): Promise<TestServer[]> {
  const ranges = (await ask(cluster.nodes[0]!, 'CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
  const ports = new Set(ranges.map(([, , [, port]]) => port));
  return cluster.nodes.filter(({ port }) => ports.has(port));
}

/** Moves slots that the load works on, one after the other, to the next node. */
async function reshard(cluster: TestCluster, isOver: () => boolean): Promise<number> {
  let moved = 0;
  for (; !isOver(); moved++) {
    const slot = slotOf(tags[moved % tags.length]!);
    const primaries = await primariesOf(cluster);
    const from = await ownerOf(cluster, slot);
    await moveSlot(slot, from, primaries[(primaries.indexOf(from) + 1) % primaries.length]!);
  }
  return moved;
}

/** A replica asks its primary to hand over, and gets everything before it does. */
async function handOver(cluster: TestCluster): Promise<void> {
  await ask(cluster.replicas[0]!, 'CLUSTER', 'FAILOVER');
  const isPrimary = async (): Promise<boolean> =>
    String(await ask(cluster.replicas[0]!, 'INFO', 'replication')).includes('role:master');
  await waitUntil(isPrimary, 'a replica to take over');
  const isKnown = async (): Promise<boolean> => (await primariesOf(cluster)).includes(cluster.replicas[0]!);
  await waitUntil(isKnown, 'the others to know');
}

function startLoads(gateway: TestGateway): RunningLoad[] {
  // A transaction may hold a command that concerns all nodes.
  const { transactions: _, server: __, ...shares } = defaultShares;
  return tags.map((prefix, index) =>
    startLoad({
      target: { port: gateway.port },
      seed: seed + index,
      commands: commands / tags.length,
      clients: 3,
      blockingClients: 0,
      hotKeys: 30,
      prefix,
      shares,
    }),
  );
}

/** Every slot has the same on both sides, or is listed as dirty. */
async function expectSameState(
  primary: TestCluster,
  shadow: TestCluster,
  gateway: TestGateway,
  dirtySlots: number,
): Promise<void> {
  const sides = async () => [await primariesOf(primary), await primariesOf(shadow)] as const;
  const { keys, slots, differences } = await settledDifferences(sides, dirtySlots);
  expect(keys).toBeGreaterThan(50);
  const isDirty = await readDirtySlots(gateway);
  expect(
    slots.filter((slot) => !isDirty(slot)),
    differences.join('\n'),
  ).toEqual([]);
}

// What is shown here is not a question of the transport.
it.skipIf(testTransport() !== 'native')(
  'slots move and primaries hand over under load: nothing acknowledged is lost, nothing is said to differ',
  async () => {
    const [primary, shadow] = [
      await startCluster('redis-8.0', 3, true),
      await startCluster('valkey-9.1', 3, true),
    ];
    const gateway = await startGateway({
      primary: primary.url,
      shadow: shadow.url,
      config: {
        ...tellAll,
        upstream: { cluster: { retryForMs: 30_000 } },
      },
    });
    const loads = startLoads(gateway);
    let isOver = false;
    const results = Promise.all(loads.map(({ result }) => result)).finally(() => {
      isOver = true;
    });
    const counters = await gateway.client();
    const acknowledged = new Map<string, number>();
    const counting = (async () => {
      for (let at = 0; !isOver; at++) {
        const key = `${tags[at % tags.length]}acknowledged`;
        const reply = await counters.call('INCR', key);
        expect(reply).toBe((acknowledged.get(key) ?? 0) + 1);
        acknowledged.set(key, Number(reply));
      }
    })();
    await Promise.all([handOver(primary), handOver(shadow)]);
    const moves = await Promise.all([reshard(primary, () => isOver), reshard(shadow, () => isOver)]);
    for (const { failures, errors } of await results) {
      expect(failures).toEqual([]);
      // A command that another one of the same client has overtaken is not run.
      expect(unexpectedErrors(errors, [/^TRYAGAIN /])).toEqual([]);
    }
    await counting;
    await gateway.shadowIdle();
    const verdicts = await expectVerdicts(gateway, { divergent: 0, breakerOpen: 0 });
    console.log(`moved ${moves.join(' and ')} slots; ${JSON.stringify(verdicts)}`);
    for (const [key, count] of acknowledged)
      expect([key, await counters.call('GET', key)]).toEqual([key, `${count}`]);
    expect(verdicts.match).toBeGreaterThan(commands / 3);
    await expectSameState(primary, shadow, gateway, verdicts.dirtySlots);
    counters.close();
  },
  240_000 + 2 * commands,
);
