/** A node of a cluster that dies or sleeps under load: every command is accounted for, and service comes back. */
import { describe, expect, it } from 'vitest';
import { startCluster } from '../support/cluster.ts';
import { type ConfigPart, startGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { slotOf } from '../support/reshard.ts';
import { waitUntil } from '../support/wait.ts';

const config: ConfigPart = {
  upstream: { reconnect: { minMs: 20, maxMs: 200 }, cluster: { retryForMs: 2000 }, healthIntervalMs: 100 },
};
/** What a client may be told of a command: whether it was sent, or that nobody knows. */
const honest =
  /the outcome of this command is unknown|was not sent|was not executed|^CLUSTERDOWN |^TRYAGAIN /;

const keys = Array.from({ length: 60 }, (_, index) => `key:${index}`);
/** Of the first of three nodes. */
const [lost] = keys.filter((key) => slotOf(key) < 5461);

/** Increments all keys so often; the numbers that came back, or undefined for an honest error. */
async function increment(client: RawClient, times = 1): Promise<(number | undefined)[]> {
  const commands = Array.from({ length: times * keys.length }, (_, at) => ['INCR', keys[at % keys.length]!]);
  const replies = await client.pipeline(commands);
  return replies.map((reply) => {
    if (typeof reply === 'number') return reply;
    expect(reply).toEqual({ error: expect.stringMatching(honest) });
    return undefined;
  });
}

describe.each(['redis-8.0', 'valkey-9.1'] as const)('a cluster of %s', (name) => {
  it.each(['is killed', 'falls asleep'])('whose node %s', async (fault) => {
    const cluster = await startCluster(name, 3, true);
    const gateway = await startGateway({ primary: cluster.url, config });
    const client = await gateway.client();
    client.timeoutMs = 30_000;
    const most = new Map<string, number>();
    // Nothing is answered twice, out of order, or with another command's reply: a counter only grows.
    const note = (replies: readonly (number | undefined)[]): void => {
      for (const [at, reply] of replies.entries()) {
        if (reply === undefined) continue;
        const key = keys[at % keys.length]!;
        expect(reply).toBeGreaterThan(most.get(key) ?? 0);
        most.set(key, reply);
      }
    };
    note(await increment(client));
    const under = increment(client, 100);
    const began = performance.now();
    if (fault === 'is killed') await cluster.masters[0]!.stop('SIGKILL');
    else cluster.masters[0]!.pause();
    note(await under);
    // Others go on meanwhile.
    const other = keys.find((key) => slotOf(key) > 11_000)!;
    expect(await client.call('GET', other)).toBe(String(most.get(other)));
    await waitUntil(
      async () => typeof (await client.call('INCR', lost!)) === 'number',
      'the slots of the lost node to be served',
      60_000,
    );
    console.log(
      `${name}, a node ${fault}: its slots were served again after ${Math.round(performance.now() - began)} ms`,
    );
    expect((await increment(client)).filter((reply) => reply === undefined)).toEqual([]);
    if (fault === 'falls asleep') cluster.masters[0]!.resume();
    client.close();
  });
});
