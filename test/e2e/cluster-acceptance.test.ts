/**
 * A cluster as primary and another one as shadow under load, while slots move on both and a primary of each is
 * followed by its replica. The LOCKSTEP_ACCEPT_CLUSTER_* in docs/hacking.md set the size of the run and its kind.
 */
import { expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { settledDifferences } from '../support/cluster-state.ts';
import { startGateway, type TestGateway, testTransport } from '../support/gateway.ts';
import { type Failover, makeTrouble, primariesOf } from '../support/load/cluster-trouble.ts';
import { unexpectedErrors } from '../support/load/error-texts.ts';
import { defaultShares } from '../support/load/mix-table.ts';
import { type RunningLoad, startLoad } from '../support/load/run-load.ts';
import { expectVerdicts, readDirtySlots, tellAll } from '../support/load/verdicts.ts';
import type { RawClient } from '../support/raw-client.ts';
import { slotOf } from '../support/reshard.ts';
import type { ServerName } from '../support/servers.ts';

const { env } = process;
const commands = Number(env.LOCKSTEP_ACCEPT_CLUSTER_COMMANDS ?? 12_000);
const seed = Number(env.LOCKSTEP_ACCEPT_SEED ?? 1);
const names = (env.LOCKSTEP_ACCEPT_CLUSTER_PAIR ?? 'redis-8.0,valkey-9.1').split(',') as ServerName[];
/** Per side. */
const failovers = Number(env.LOCKSTEP_ACCEPT_CLUSTER_FAILOVERS ?? 1);
/** Killed, a primary takes with it what its replica has not got yet. */
const failover: Failover = env.LOCKSTEP_ACCEPT_CLUSTER_KILL === '1' ? 'kill' : 'hand over';
const isGentle = failover === 'hand over';

const tags = Array.from({ length: 12 }, (_, index) => `{slot${index}}:`);
const slots = tags.map(slotOf);
const WAIT_MS = 1000;

/**
 * What a client may hear besides what it asks for. A command that another one of the same client has overtaken is not
 * run; what was under way to a node that was killed may or may not have been.
 */
const honest = isGentle
  ? [/^TRYAGAIN /]
  : [
      /^TRYAGAIN /,
      /^CLUSTERDOWN /,
      /the outcome of this command is unknown/,
      /it was not sent|was not executed/,
    ];

function startLoads(gateway: TestGateway): RunningLoad[] {
  // A transaction runs on one node, and may not hold what concerns all of them. Who reads what it has written must be
  // sure that nothing is lost.
  const { server: _, owner, ...shares } = defaultShares;
  return tags.map((prefix, index) =>
    startLoad({
      target: { port: gateway.port },
      seed: seed + index,
      commands: commands / tags.length,
      clients: 3,
      blockingClients: 0,
      hotKeys: 30,
      prefix,
      shares: isGentle ? { ...shares, owner: owner! } : shares,
    }),
  );
}

/** Writes that the gateway has acknowledged: counters, and what they must at least be. */
class Acknowledged {
  readonly counts = new Map<string, number>();
  readonly #client: RawClient;
  readonly #isOver: () => boolean;

  constructor(client: RawClient, isOver: () => boolean) {
    client.timeoutMs = 600_000;
    this.#client = client;
    this.#isOver = isOver;
  }

  async count(): Promise<void> {
    for (let at = 0; !this.#isOver(); at++) {
      const key = `${tags[at % tags.length]}acknowledged`;
      const known = this.counts.get(key) ?? 0;
      if (isGentle) {
        expect(await this.#client.call('INCR', key)).toBe(known + 1);
        this.counts.set(key, known + 1);
        continue;
      }
      // Only what the replicas have as well is safe from a failover.
      const [count, replicas] = await this.#client.pipeline([
        ['INCR', key],
        ['WAIT', '1', `${WAIT_MS}`],
      ]);
      if (typeof count !== 'number') expect(count).toEqual({ error: expect.stringMatching(honest[2]!) });
      else {
        expect(count).toBeGreaterThan(known);
        if (Number(replicas) >= 1) this.counts.set(key, count);
      }
    }
  }

  /** All of them are there. */
  async check(): Promise<void> {
    for (const [key, count] of this.counts) {
      const found = Number(await this.#client.call('GET', key));
      if (isGentle) expect([key, found]).toEqual([key, count]);
      else expect(found, key).toBeGreaterThanOrEqual(count);
    }
    this.#client.close();
  }
}

/** Every slot has the same on both sides, or is listed as dirty. */
async function expectSameState(
  primary: TestCluster,
  shadow: TestCluster,
  gateway: TestGateway,
  dirtySlots: number,
): Promise<string> {
  const sides = async () => [await primariesOf(primary), await primariesOf(shadow)] as const;
  const { keys, slots: different, differences } = await settledDifferences(sides, dirtySlots);
  expect(keys).toBeGreaterThan(50);
  const isDirty = await readDirtySlots(gateway);
  expect(
    different.filter((slot) => !isDirty(slot)),
    differences.join('\n'),
  ).toEqual([]);
  const dirty = slots.filter(isDirty).length;
  // If all of them were, nothing would have been shown.
  if (isGentle) expect(dirty).toBeLessThan(slots.length);
  return `${keys} keys; of ${slots.length} slots ${dirty} dirty, ${different.length} differ`;
}

// What is shown here is not a question of the transport.
it.skipIf(testTransport() !== 'native')(
  'slots move and replicas take over under load: nothing acknowledged is lost, nothing is said to differ',
  async () => {
    const [primary, shadow] = [
      await startCluster(names[0]!, 3, true),
      await startCluster(names[1]!, 3, true),
    ];
    const config = { ...tellAll, upstream: { cluster: { retryForMs: 30_000 } } };
    const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, config });
    const began = performance.now();
    const loads = startLoads(gateway);
    let isOver = false;
    const results = Promise.all(loads.map(({ result }) => result)).finally(() => {
      isOver = true;
    });
    const progress = (): number =>
      isOver ? 1 : Math.min(0.999, loads.reduce((sum, { issued }) => sum + issued(), 0) / commands);
    const acknowledged = new Acknowledged(await gateway.client(), () => isOver);
    const troubles = Promise.all(
      [primary, shadow].map((cluster) => makeTrouble({ cluster, slots, failover, failovers, progress })),
    );
    const [moves, replies] = await Promise.all([troubles, results, acknowledged.count()]);
    const seconds = (performance.now() - began) / 1000;
    for (const { failures, errors } of replies)
      expect([...failures, ...unexpectedErrors(errors, honest)]).toEqual([]);
    await gateway.shadowIdle(240_000);
    const verdicts = await expectVerdicts(gateway, { divergent: 0, breakerOpen: 0 });
    expect(verdicts.match).toBeGreaterThan(commands / 3);
    await acknowledged.check();
    const state = await expectSameState(primary, shadow, gateway, verdicts.dirtySlots);
    const writes = [...acknowledged.counts.values()].reduce((sum, count) => sum + count, 0);
    const figures = [
      `${names.join(' -> ')}, seed ${seed}, ${failover}: ${commands} commands in ${seconds.toFixed(1)} s`,
      ...moves.map(
        ({ moves, failovers: took }) => `moved ${moves} slots, failovers took ${took.join(', ')} ms`,
      ),
      `${writes} acknowledged writes, all there; ${state}`,
      JSON.stringify(verdicts),
    ];
    console.log(figures.map((line) => `[figure] ${line}`).join('\n'));
  },
  360_000 + 2 * commands,
);
