/** Where a cluster is sent what stands for a command. */
import { expect, it } from 'vitest';
import { buildCommandTable } from '../../../src/commands/table.ts';
import { ROUTE_SLOT } from '../../../src/routing/router.ts';
import { CommandRouter } from '../../../src/upstream/command-router.ts';
import { encodeArray } from '../../conformance/command-text.ts';
import { slotOf } from '../../support/reshard.ts';

const table = buildCommandTable();

// Keys of the command itself are elsewhere than those of its effect.
it.each([
  ['blpop', ['LPOP', 'key']],
  ['brpop', ['RPOP', 'key']],
  ['bzpopmin', ['ZPOPMIN', 'key']],
  ['bzpopmax', ['ZPOPMAX', 'key']],
  ['blmpop', ['LMPOP', '1', 'key', 'LEFT', 'COUNT', '2']],
  ['bzmpop', ['ZMPOP', '1', 'key', 'MIN', 'COUNT', '2']],
  ['blmove', ['LMOVE', 'key', '{key}2', 'LEFT', 'LEFT']],
  ['spop', ['SREM', 'key', 'member']],
] as const)('the effect of %s goes to the slot of its key', (name, words) => {
  const frame = encodeArray([...words]);
  const router = new CommandRouter(table, true);
  expect(router.route(table.byName(name), frame, 0, frame.length)).toBe(ROUTE_SLOT);
  expect(router.slot).toBe(slotOf('key'));
});
