/**
 * Many clients write to the keys of one slot, others wait there: whom each write has served must be known, for
 * otherwise the shadow hears of pops and writes in another order, and identical servers are reported to differ.
 * LOCKSTEP_ACCEPT_COMMANDS sets the size of the run, LOCKSTEP_ACCEPT_SEED its commands.
 */
import { expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { unexpectedErrors } from '../support/load/error-texts.ts';
import { runLoad } from '../support/load/run-load.ts';
import { compareState } from '../support/load/same-state.ts';
import { readDivergences, readVerdicts, showDivergence, tellAll } from '../support/load/verdicts.ts';
import { type ServerName, startServer, type TestServer } from '../support/servers.ts';

const commands = Number(process.env.LOCKSTEP_ACCEPT_COMMANDS ?? 2000);
const seed = Number(process.env.LOCKSTEP_ACCEPT_SEED ?? 1);

const pairs: readonly (readonly [primary: ServerName, shadow: ServerName])[] = [
  ['redis-7.0', 'redis-7.0'],
  ['valkey-9.1', 'valkey-9.1'],
];

/** Keys with a short time to live go by themselves; until then the two servers may disagree about them. */
async function settledDifferences(primary: TestServer, shadow: TestServer): Promise<readonly string[]> {
  const deadline = Date.now() + 45_000;
  for (;;) {
    const { differences } = await compareState(primary, shadow);
    if (differences.length === 0 || Date.now() > deadline) return differences;
  }
}

it.each(pairs)(
  '%s before %s',
  async (primaryName, shadowName) => {
    const [primary, shadow] = await Promise.all([startServer(primaryName), startServer(shadowName)]);
    const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, config: tellAll });
    const { failures, errors } = await runLoad({
      target: { port: gateway.port },
      seed,
      commands,
      clients: 8,
      blockingClients: 3,
      hotKeys: 50,
      prefix: '{one}:',
    });
    await gateway.shadowIdle(60_000);
    const verdicts = await readVerdicts(gateway);
    console.log(
      `seed ${seed}, ${primaryName} to ${shadowName}: ${JSON.stringify({ ...verdicts, lines: 0 })}`,
    );
    expect(failures).toEqual([]);
    expect(unexpectedErrors(errors)).toEqual([]);
    expect((await readDivergences(gateway)).items.map(showDivergence)).toEqual([]);
    expect(verdicts).toMatchObject({ divergent: 0, breakerOpen: 0 });
    // Where a transaction with a script serves a BLMOVE and others, or a busy machine comes too late to an expiry.
    expect(verdicts.dirtySlots).toBeLessThanOrEqual(1);
    if (verdicts.dirtySlots === 0) expect(await settledDifferences(primary, shadow)).toEqual([]);
  },
  180_000 + commands,
);
