/**
 * The mixed load, a few families at a time over few keys: the same demand as the acceptance test's, concentrated on
 * what is hard to mirror. LOCKSTEP_FAMILY_COMMANDS sets the size of each run, LOCKSTEP_ACCEPT_SEED its commands.
 */
import { expect, it } from 'vitest';
import { SLOT_COUNT } from '../../src/base/slot.ts';
import { startGateway } from '../support/gateway.ts';
import type { FamilyShares } from '../support/load/mix-table.ts';
import { runLoad } from '../support/load/run-load.ts';
import { settledState } from '../support/load/same-state.ts';
import { expectVerdicts, readDirtySlots, tellAll } from '../support/load/verdicts.ts';
import { slotOf } from '../support/reshard.ts';
import { startServer } from '../support/servers.ts';

const commands = Number(process.env.LOCKSTEP_FAMILY_COMMANDS ?? 6000);
const seed = Number(process.env.LOCKSTEP_ACCEPT_SEED ?? 1);

interface Concentrate {
  readonly name: string;
  readonly shares: FamilyShares;
  readonly blockingClients: number;
}

const concentrates: readonly Concentrate[] = [
  { name: 'blocked clients and their food', shares: { feed: 1 }, blockingClients: 16 },
  { name: 'blocked clients and transactions', shares: { feed: 3, transactions: 1 }, blockingClients: 16 },
  {
    name: 'blocked clients and commands of many keys',
    shares: { feed: 3, keys: 1, lists: 1 },
    blockingClients: 16,
  },
  { name: 'blocked readers of streams', shares: { streams: 3, transactions: 1 }, blockingClients: 16 },
  { name: 'keys that expire', shares: { expiry: 1 }, blockingClients: 0 },
  { name: 'writes that depend on expiry', shares: { expiry: 1, expiryRaces: 1 }, blockingClients: 0 },
  { name: 'expiry in transactions', shares: { expiry: 1, transactions: 1 }, blockingClients: 0 },
  { name: 'random pops in transactions', shares: { sets: 2, zsets: 1, transactions: 1 }, blockingClients: 0 },
  {
    name: 'keys renamed, copied and sorted',
    shares: { keys: 1, lists: 1, sets: 1, transactions: 0.2 },
    blockingClients: 0,
  },
];

it.each(concentrates)('$name', async ({ shares, blockingClients }) => {
  const [primary, shadow] = [await startServer('valkey-9.1'), await startServer('valkey-9.1')];
  const gateway = await startGateway({
    primary: primary.url,
    shadow: shadow.url,
    workers: 4,
    config: tellAll,
  });
  const result = await runLoad({
    target: { port: gateway.port },
    seed,
    commands,
    clients: 32,
    blockingClients,
    hotKeys: 200,
    shares,
    twoDatabases: true,
  });
  await gateway.shadowIdle();
  expect(result.failures).toEqual([]);
  await expectVerdicts(gateway, { divergent: 0, dropped: 0, breakerOpen: 0 });
  // On an overloaded machine a shadow may be told too late to keep a key: see acceptance.test.ts.
  const isDirty = await readDirtySlots(gateway);
  const mayBeDirty = new Set([...result.mayExpire].map(slotOf));
  const dirtySlots = Array.from({ length: SLOT_COUNT }, (_, slot) => slot).filter(isDirty);
  expect(dirtySlots.filter((slot) => !mayBeDirty.has(slot))).toEqual([]);
  await settledState(primary, shadow, isDirty);
  for (const part of [gateway, primary, shadow]) await part.stop();
});
