/** A node of a cluster that dies, sleeps or is cut off: each command is accounted for, and service comes back. */
import { describe, expect, it } from 'vitest';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { type ConfigPart, startGateway } from '../support/gateway.ts';
import { makeNetwork, reasonForNoNetwork, type TestNetwork } from '../support/network.ts';
import type { RawClient } from '../support/raw-client.ts';
import { slotOf } from '../support/reshard.ts';
import type { ServerName, ServerPlace } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** How long something may take on a machine that is busy with other things. */
const LONG_MS = 240_000;
const config: ConfigPart = {
  upstream: { reconnect: { minMs: 20, maxMs: 200 }, cluster: { retryForMs: 2000 }, healthIntervalMs: 100 },
};
/** What a client may be told of a command that was not run. */
const notRun = /was not sent|was not executed|^CLUSTERDOWN |^TRYAGAIN /;
const unknown = /the outcome of this command is unknown/;

const keys = Array.from({ length: 60 }, (_, index) => `key:${index}`);
const isLost = (key: string): boolean => slotOf(key) < 5461;
/** Of the first of three nodes. */
const lost = keys.find(isLost)!;

/** Keeps account of what a client hears of its increments. */
class Ledger {
  readonly #client: RawClient;
  /** By key, the number that came last; of a key on the lost node, since it failed last. */
  readonly last = new Map<string, number>();
  /** By key, how many increments have run, or may have. */
  readonly #most = new Map<string, number>();

  constructor(client: RawClient) {
    this.#client = client;
  }

  /** Increments these keys so often. Answers how many were not run, or may not have been. */
  async increment(which: readonly string[], times = 1): Promise<number> {
    const commands = Array.from({ length: times * which.length }, (_, at) => [
      'INCR',
      which[at % which.length]!,
    ]);
    const replies = await this.#client.pipeline(commands);
    let failed = 0;
    for (const [at, reply] of replies.entries()) {
      const key = which[at % which.length]!;
      if (typeof reply === 'number') {
        // Nothing is answered twice, out of order, or with another command's reply: a counter only grows.
        expect(reply).toBeGreaterThan(this.last.get(key) ?? 0);
        this.last.set(key, reply);
      } else {
        failed += 1;
        if (isLost(key)) this.last.delete(key);
        const { error } = reply as { error: string };
        if (!unknown.test(error)) expect(error).toMatch(notRun);
        if (!unknown.test(error)) continue;
      }
      this.#most.set(key, (this.#most.get(key) ?? 0) + 1);
    }
    return failed;
  }

  /** A replica may lack what came last: counters on the lost node go on with what it has. */
  forgetLost(): void {
    for (const key of keys.filter(isLost)) this.last.delete(key);
  }

  /** What is there is what was answered, and nothing that is said not to have run has run. */
  async check(): Promise<void> {
    for (const key of keys) {
      const found = Number(await this.#client.call('GET', key));
      expect(found, key).toBe(this.last.get(key));
      expect(found, key).toBeLessThanOrEqual(this.#most.get(key)!);
    }
  }
}

it(
  'a client that waits on a node that falls asleep is told when another one has its slots',
  async () => {
    const cluster = await startCluster('valkey-9.1', 3, true);
    const gateway = await startGateway({ primary: cluster.url, workers: 1, config });
    const [waiting, idle] = [await gateway.client(), await gateway.client()];
    waiting.timeoutMs = LONG_MS;
    idle.timeoutMs = LONG_MS;
    const [asleep] = cluster.masters;
    const isWaiting = async (): Promise<boolean> =>
      String(await ask(asleep!, 'INFO', 'clients')).includes('blocked_clients:1');
    waiting.sendCommand('BLPOP', `{${lost}}list`, '0');
    await waitUntil(isWaiting, 'the client to wait', LONG_MS);
    asleep!.pause();
    // Nobody ever breaks this connection.
    expect(await waiting.read()).toEqual({ error: expect.stringMatching(unknown) });
    const isServed = async (): Promise<boolean> =>
      typeof (await idle.call('RPUSH', `{${lost}}list`, 'a')) === 'number';
    await waitUntil(isServed, 'another node to have the slot', LONG_MS);
    expect(await idle.call('BLPOP', `{${lost}}list`, '0')).toEqual([`{${lost}}list`, 'a']);
    asleep!.resume();
    for (const client of [waiting, idle]) client.close();
  },
  LONG_MS,
);

const noNetwork = reasonForNoNetwork();
if (noNetwork !== '') console.log(`[skip] a node that is cut off: ${noNetwork}`);
const faults = ['is killed', 'falls asleep', ...(noNetwork === '' ? ['is cut off'] : [])];

interface Scene {
  readonly cluster: TestCluster;
  /** Loses the first primary. */
  readonly lose: () => Promise<void>;
  /** It is back. */
  readonly mend: () => Promise<void>;
}

async function setScene(name: ServerName, fault: string): Promise<Scene> {
  if (fault === 'is cut off') return cutScene(name, makeNetwork());
  const cluster = await startCluster(name, 3, true);
  const first = cluster.masters[0]!;
  return fault === 'is killed'
    ? { cluster, lose: () => first.stop('SIGKILL'), mend: () => first.restart() }
    : { cluster, lose: async () => first.pause(), mend: async () => first.resume() };
}

async function cutScene(name: ServerName, network: TestNetwork): Promise<Scene> {
  const inside = { address: network.address, namespace: network.name };
  const placeOf = (index: number): ServerPlace => (index === 0 ? inside : { address: network.outside });
  const cluster = await startCluster(name, 3, true, { placeOf });
  return { cluster, lose: async () => network.cut(), mend: async () => network.mend() };
}

describe.each(['redis-8.0', 'valkey-9.1'] as const)('a cluster of %s', (name) => {
  it.each(faults)(
    'whose node %s',
    async (fault) => {
      const { cluster, lose, mend } = await setScene(name, fault);
      const gateway = await startGateway({ primary: cluster.url, config });
      const client = await gateway.client();
      client.timeoutMs = LONG_MS;
      const ledger = new Ledger(client);
      expect(await ledger.increment(keys)).toBe(0);
      const under = ledger.increment(keys, 100);
      const began = performance.now();
      await lose();
      await under;
      // Others go on meanwhile.
      const other = keys.find((key) => slotOf(key) > 11_000)!;
      expect(await client.call('GET', other)).toBe(String(ledger.last.get(other)));
      ledger.forgetLost();
      // Each waits for its node as long as the gateway lets it.
      while ((await ledger.increment([lost])) > 0);
      console.log(
        `[figure] ${name}, a node ${fault}: its slots were served again after ` +
          `${Math.round(performance.now() - began)} ms`,
      );
      await mend();
      const isReplica = async (): Promise<boolean> =>
        String(await ask(cluster.masters[0]!, 'INFO', 'replication')).includes('role:slave');
      await waitUntil(isReplica, 'the lost node to follow its successor', LONG_MS);
      expect(await ledger.increment(keys, 5)).toBe(0);
      await ledger.check();
      client.close();
    },
    2 * LONG_MS,
  );
});
