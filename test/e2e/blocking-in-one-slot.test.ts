/**
 * Many clients write to the keys of one slot, others wait there: whom each write has served must be known, for
 * otherwise the shadow hears of pops and writes in another order, and identical servers are reported to differ.
 * LOCKSTEP_ACCEPT_COMMANDS sets the size of the run, LOCKSTEP_ACCEPT_SEED its commands.
 */
import { expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { unexpectedErrors } from '../support/load/error-texts.ts';
import { runLoad } from '../support/load/run-load.ts';
import { settledState } from '../support/load/same-state.ts';
import { expectVerdicts, readDirtySlots, tellAll } from '../support/load/verdicts.ts';
import { type ServerName, startServer } from '../support/servers.ts';

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
    await gateway.shadowIdle();
    expect(failures).toEqual([]);
    expect(unexpectedErrors(errors)).toEqual([]);
    const verdicts = await expectVerdicts(gateway, { divergent: 0, breakerOpen: 0 });
    console.log(
      `seed ${seed}, ${primaryName} to ${shadowName}: ${JSON.stringify({ ...verdicts, lines: 0 })}`,
    );
    // Where a transaction with a script serves a BLMOVE and others, or a busy machine comes too late to an expiry.
    expect(verdicts.dirtySlots).toBeLessThanOrEqual(1);
    await settledState(primary, shadow, await readDirtySlots(gateway));
  },
  180_000 + commands,
);
