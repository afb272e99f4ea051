/**
 * Random commands of a family on the engine and on a real server: equal replies, equal data. As many as
 * LOCKSTEP_DIFFERENTIAL_COMMANDS says, for each family and server.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { allCommands } from '../../../src/commands/catalogue.ts';
import type { CommandDefinition } from '../../../src/commands/definition.ts';
import { testSeed } from '../../support/seed.ts';
import { serverNames } from '../../support/servers.ts';
import { type Allowed, EnginePair } from './engine-pair.ts';
import { type Family, families } from './families.ts';
import { randomCommand } from './random-commands.ts';
import { differingData } from './same-data.ts';

vi.setConfig({ testTimeout: 24 * 3600 * 1000 });

const count = Number(process.env.LOCKSTEP_DIFFERENTIAL_COMMANDS ?? 4000);
const ROUND = 500;
/** Differences of one family that are shown. */
const MOST_SHOWN = 10;

/**
 * The engine is asked within this process and thread: a command that waits would not answer. And SORT leaves open in
 * which order elements come that have no weight, or the same, as texts.
 */
function playable(args: readonly string[]): readonly string[] {
  const block = args.indexOf('BLOCK');
  if (block >= 0) return args.toSpliced(block, 2);
  return args.includes('ALPHA') && args.includes('BY') ? args.filter((word) => word !== 'ALPHA') : args;
}

/** What an engine does differently for a good reason, with the reason, goes here. */
const allowed: readonly Allowed[] = [];
/** The first takes seconds, the second connects to hosts that are made up. */
const NOT_PLAYED: ReadonlySet<string> = new Set(['pfselftest', 'migrate']);

let pair: EnginePair | undefined;
afterEach(() => pair?.close());

describe.each(serverNames)('the engine and %s', (server) => {
  it.each(families)('agree about %s', async (name, family) => {
    const random = createRandom(testSeed(`${name} on ${server}`));
    const definitions = commandsOf(family);
    pair = await EnginePair.start(server, allowed);
    pair.scores = family.scores;
    const differences: string[] = [];
    for (let done = 0; done < count && differences.length < MOST_SHOWN; done += ROUND) {
      const resp = done % (2 * ROUND) === 0 ? 2 : 3;
      await pair.speak(resp);
      const cases = Array.from({ length: ROUND }, () => {
        const definition = random.pick(definitions);
        return { definition, args: playable(randomCommand(random, definition, family)) };
      });
      const found = [...(await pair.run(cases)), ...(await differingData(pair, family.keys, family.scores))];
      if (found.length === 0) continue;
      differences.push(...found.map((line) => `RESP${resp}: ${line}`));
      // What differs once differs ever after.
      await pair.ask('FLUSHALL');
    }
    expect(differences.slice(0, MOST_SHOWN)).toEqual([]);
  });
});

/** Those that the engine has. Of commands that may wait, those that can be kept from it by leaving BLOCK out. */
function commandsOf({ groups, others, without }: Family): CommandDefinition[] {
  return allCommands.filter(
    (one) =>
      one.run !== undefined &&
      (one.session !== 'blocking' || /^xread/.test(one.name)) &&
      !NOT_PLAYED.has(one.name) &&
      without?.test(one.name) !== true &&
      (groups.includes(one.group) || others.includes(one.name)),
  );
}
