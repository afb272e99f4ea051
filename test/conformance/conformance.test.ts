/**
 * One suite, played to a server alone and to gateways in front of servers of the same release: the replies must be
 * equal. Conversations are read line by line; command cases reply by reply. What has been shown of each command
 * becomes the table in `docs/transparency.md`; LOCKSTEP_UPDATE=1 writes it.
 */
import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { allServerNames } from '../support/server-catalogue.ts';
import { serverNames } from '../support/servers.ts';
import { readCommands } from './catalogue-server.ts';
import { commandGroups } from './command-groups.ts';
import { unproven } from './completeness.ts';
import { conversationGroups } from './conversations.ts';
import { Coverage } from './coverage.ts';
import { declaredDifferences } from './differences.ts';
import { type ModeName, modes, table } from './modes.ts';
import { judgeCases, playCases } from './player.ts';
import { gatewayStageNames, type Stages, type SuiteStage, setStages } from './stages.ts';
import { type ConformanceCase, play } from './transcript.ts';
import { transparencyPage } from './transparency-page.ts';

const page = new URL('../../docs/transparency.md', import.meta.url);
const total = new Coverage();
/** Commands that some server has and no case has seen succeed there. */
const neededExceptions = new Set<string>();
/** One test plays thousands of commands; a busy machine takes its time. */
const PLAYING_MS = 180_000;

/** Names of the commands and subcommands of the catalogue that a server has. */
async function commandsOf(stage: SuiteStage): Promise<string[]> {
  const client = await RawClient.connect(stage.target);
  const reported = readCommands(await client.call('COMMAND'));
  client.close();
  const names = table.definitions.filter((one) => one.subcommands === undefined).map((one) => one.name);
  return names.filter((name) => reported.has(name));
}

describe.each(serverNames)('%s', (server) => {
  const coverage = new Coverage();
  let stages: Stages;

  beforeAll(async () => {
    stages = await setStages(server);
  }, PLAYING_MS);
  afterAll(() => total.add(coverage));

  async function playAll(one: ConformanceCase): Promise<void> {
    const others = stages.others.filter((stage) => !(stage.isPooled && one.pinnedOnly === true));
    const [expected, ...played] = await Promise.all(
      [stages.reference, ...others].map((stage) => play(stage, one)),
    );
    for (const [index, { lines, used }] of played.entries()) {
      const { name, isGateway } = others[index] as SuiteStage;
      expect.soft(lines, name).toEqual(expected?.lines);
      if (!isGateway) continue;
      for (const [key, succeeded] of used) {
        const [mode, command] = key.split('/');
        coverage.note(command ?? '', mode as ModeName, name, undefined, succeeded);
      }
    }
  }

  describe.each(conversationGroups)('$name', ({ cases }) => {
    it.each(cases.filter((one) => one.notOn?.includes(server) !== true))('$name', playAll, PLAYING_MS);
  });

  it.each(commandGroups)(
    'commands: $name',
    async ({ cases, modes: names }) => {
      for (const mode of modes.filter((one) => names.includes(one.name))) {
        const [expected, ...played] = await Promise.all(
          [stages.reference, ...stages.others].map((stage) => playCases(stage, cases, mode)),
        );
        const found = stages.others.flatMap((stage, index) =>
          judgeCases(stage, cases, mode, expected ?? [], played[index] ?? [], coverage),
        );
        expect.soft(found.slice(0, 50), `${found.length} differences`).toEqual([]);
      }
    },
    PLAYING_MS,
  );

  it('has shown every command of the server on every stage', async () => {
    const names = await commandsOf(stages.reference);
    const missing = gatewayStageNames.flatMap((stage) => {
      const without = names.filter((name) => {
        const { equal, differences } = coverage.of(name, undefined, stage);
        return equal === 0 && differences.size === 0;
      });
      return without.map((name) => `${name} (${stage})`);
    });
    expect(missing).toEqual([]);
    const failing = names.filter((name) => coverage.of(name).succeeded === 0);
    for (const name of failing) neededExceptions.add(name);
    expect(
      failing.filter((name) => unproven[name] === undefined),
      'commands that never succeeded',
    ).toEqual([]);
  });

  it('has found no difference between two servers of one release', async () => {
    for (const stage of stages.others) expect.soft(await stage.divergences(), stage.name).toEqual([]);
  });
});

describe.skipIf(serverNames.length < allServerNames.length)('all servers together', () => {
  it('need every exception', () => {
    const needless = Object.keys(unproven).filter((name) => !neededExceptions.has(name));
    expect(needless, 'can leave the list of unproven commands').toEqual([]);
    const met = new Set([...total.commands].flatMap((name) => [...total.of(name).differences]));
    expect(declaredDifferences.filter(({ id }) => !met.has(id))).toEqual([]);
  });

  it('are what docs/transparency.md says', () => {
    const text = transparencyPage(total);
    if (process.env.LOCKSTEP_UPDATE === '1') fs.writeFileSync(page, text);
    expect(fs.readFileSync(page, 'utf8')).toBe(text);
  });
});
