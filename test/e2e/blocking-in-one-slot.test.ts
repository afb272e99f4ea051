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
import { type ServerName, startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const commands = Number(process.env.LOCKSTEP_ACCEPT_COMMANDS ?? 2000);
const seed = Number(process.env.LOCKSTEP_ACCEPT_SEED ?? 1);

const pairs: readonly (readonly [primary: ServerName, shadow: ServerName])[] = [
  ['redis-7.0', 'redis-7.0'],
  ['valkey-9.1', 'valkey-9.1'],
];

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
    expect(verdicts).toMatchObject({ divergent: 0, dropped: 0, breakerOpen: 0 });
    // The slot is dirty only if the machine was so busy that the order at a key's expiry is not known.
    const isSame = async (): Promise<boolean> =>
      verdicts.dirtySlots > 0 || (await compareState(primary, shadow)).differences.length === 0;
    await waitUntil(isSame, 'keys about to expire to be gone', 15_000);
    expect(verdicts.dirtySlots).toBeLessThanOrEqual(1);
  },
  180_000 + commands,
);
