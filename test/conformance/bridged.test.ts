/**
 * The suite once more where clients and servers speak different versions of RESP: what a client hears must be, to the
 * byte, what a client of its version hears from a server of the same release.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { serverNames } from '../support/servers.ts';
import { type BridgedDifference, bridgedDifferences } from './bridged-differences.ts';
import { setBridgedStages } from './bridged-stages.ts';
import { commandGroups } from './command-groups.ts';
import { conversationGroups } from './conversations.ts';
import { Coverage } from './coverage.ts';
import { modes } from './modes.ts';
import { judgeCases, playCases } from './player.ts';
import { type SuiteStage, serverStage } from './stages.ts';
import { type ConformanceCase, play } from './transcript.ts';

/** One test plays thousands of commands; a busy machine takes its time. */
const PLAYING_MS = 180_000;
const met = new Set<string>();

function differenceOf(
  stage: SuiteStage,
  holds: (difference: BridgedDifference) => boolean,
): BridgedDifference | undefined {
  return bridgedDifferences.find(
    (one) => holds(one) && one.stages.some((name) => stage.name.startsWith(name)),
  );
}

describe.each(serverNames)('%s', (server) => {
  let reference: SuiteStage;
  let stages: readonly SuiteStage[];

  beforeAll(async () => {
    reference = await serverStage(server, 'server');
    stages = await setBridgedStages(server);
  }, PLAYING_MS);

  function isPlayed(stage: SuiteStage, one: ConformanceCase): boolean {
    if (stage.isPooled && one.pinnedOnly === true) return false;
    const difference = differenceOf(stage, ({ conversations }) => conversations?.includes(one.name) === true);
    if (difference !== undefined) met.add(difference.id);
    return difference === undefined;
  }

  async function playAll(one: ConformanceCase): Promise<void> {
    const others = stages.filter((stage) => isPlayed(stage, one));
    const [expected, ...played] = await Promise.all([reference, ...others].map((stage) => play(stage, one)));
    for (const [index, { lines }] of played.entries())
      expect.soft(lines, others[index]?.name).toEqual(expected?.lines);
  }

  describe.each(conversationGroups)('$name', ({ cases }) => {
    it.each(cases.filter((one) => one.notOn?.includes(server) !== true))('$name', playAll, PLAYING_MS);
  });

  it.each(commandGroups)(
    'commands: $name',
    async ({ cases, modes: names }) => {
      for (const mode of modes.filter((one) => names.includes(one.name))) {
        const [expected, ...played] = await Promise.all(
          [reference, ...stages].map((stage) => playCases(stage, cases, mode)),
        );
        const found = stages.flatMap((stage, index) =>
          judgeCases(stage, cases, mode, expected ?? [], played[index] ?? [], new Coverage(), (command) => {
            const difference = differenceOf(stage, ({ commands }) => commands?.includes(command) === true);
            if (difference !== undefined) met.add(difference.id);
            return difference !== undefined;
          }),
        );
        expect.soft(found.slice(0, 50), `${found.length} differences`).toEqual([]);
      }
    },
    PLAYING_MS,
  );

  it('has found no difference between two servers of one release', async () => {
    for (const stage of stages) expect.soft(await stage.divergences(), stage.name).toEqual([]);
  });
});

it('needs every exception', () => {
  expect(bridgedDifferences.map(({ id }) => id).filter((id) => !met.has(id))).toEqual([]);
});
