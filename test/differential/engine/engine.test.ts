/**
 * Random commands of a family on the engine and on a real server: equal replies, equal data. As many as
 * LOCKSTEP_DIFFERENTIAL_COMMANDS says, for each family and server.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { allCommands } from '../../../src/commands/catalogue.ts';
import type { CommandDefinition } from '../../../src/commands/definition.ts';
import { testSeed } from '../../support/seed.ts';
import { serverNames } from '../../support/servers.ts';
import { type Allowed, EnginePair, type RandomCase } from './engine-pair.ts';
import { type Family, families } from './families.ts';
import { randomCommand } from './random-commands.ts';
import { differingData } from './same-data.ts';
import { shrink } from './shrink.ts';
import { fits, wrap } from './wrapping.ts';

vi.setConfig({ testTimeout: 24 * 3600 * 1000 });

const count = Number(process.env.LOCKSTEP_DIFFERENTIAL_COMMANDS ?? 4000);
const ROUND = 500;
/** After so many rounds all data goes, so that what leads to a difference can be found and played again. */
const ROUNDS_OF_DATA = 12;
/** With these small values get the forms of large ones. */
const LIMITS: readonly (readonly [name: string, usual: number, small: number])[] = [
  ['hash-max-listpack-entries', 512, 6],
  ['zset-max-listpack-entries', 128, 6],
  ['set-max-listpack-entries', 128, 6],
  ['set-max-intset-entries', 512, 6],
  ['list-max-listpack-size', -2, 3],
  ['stream-node-max-entries', 100, 3],
  ['hll-sparse-max-bytes', 3000, 30],
];
/** Differences of one family that are shown. */
const MOST_SHOWN = 10;

/**
 * The engine is asked within this process and thread: a command that waits would not answer. SORT leaves open in which
 * order elements come that have no weight, or the same, as texts; and so does ZRANGE by names where scores differ.
 */
function playable(args: readonly string[], family: Family): readonly string[] {
  const words = args.map((word) => word.toUpperCase());
  const block = words.indexOf('BLOCK');
  if (block >= 0 && family.wrapping !== 'scripts') return playable(args.toSpliced(block, 2), family);
  const isByText = words.includes('ALPHA') && words.includes('BY');
  return args.filter((_, at) => {
    return !(words[at] === 'ALPHA' && isByText) && (words[at] !== 'BYLEX' || family.hasNames === true);
  });
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
    let history: RandomCase[] = [];
    await beginData(pair, random);
    for (let done = 0; done < count && differences.length < MOST_SHOWN; done += ROUND) {
      const resp = done % (2 * ROUND) === 0 ? 2 : 3;
      if (history.length >= ROUNDS_OF_DATA * ROUND) history = await beginData(pair, random);
      await pair.speak(resp);
      const cases = randomCases(random, definitions, family);
      history.push(...cases);
      const found = await play(pair, family, cases);
      if (found.length === 0) continue;
      const few = await shorten(pair, family, history);
      differences.push(...[...found, few].map((line) => `RESP${resp}: ${line}`));
      // What differs once differs ever after.
      history = await beginData(pair, random);
    }
    expect(differences.slice(0, MOST_SHOWN)).toEqual([]);
  });
});

function randomCases(
  random: Random,
  definitions: readonly CommandDefinition[],
  family: Family,
): readonly RandomCase[] {
  const cases = Array.from({ length: ROUND }, () => {
    const definition = random.pick(definitions);
    return { definition, args: playable(randomCommand(random, definition, family), family) };
  });
  return family.wrapping === undefined ? cases : wrap(random, family.wrapping, cases);
}

async function play(played: EnginePair, family: Family, cases: readonly RandomCase[]): Promise<string[]> {
  const differences = await played.run(cases);
  // Of those that a difference takes, EXEC may be left out.
  if (family.wrapping === 'transactions') await played.ask('DISCARD');
  return [...differences, ...(await differingData(played, family.keys, family.scores))];
}

/** No data, and other limits. Returns what has been played since: nothing. */
async function beginData(played: EnginePair, random: Random): Promise<[]> {
  await played.ask('FLUSHALL');
  for (const [name, usual, small] of LIMITS) {
    await played.ask('CONFIG', 'SET', name, String(random.integer(2) === 0 ? usual : small));
  }
  return [];
}

/** The commands that a difference takes, and what it is then. */
async function shorten(played: EnginePair, family: Family, cases: readonly RandomCase[]): Promise<string> {
  let last: string[] = [];
  const few = await shrink(cases, async (fewer) => {
    await played.ask('FLUSHALL');
    const found = await play(played, family, fewer);
    if (found.length > 0) last = found;
    return found.length > 0;
  });
  if (last.length === 0) return 'played again, there was no difference';
  return ['it takes', ...few.map(({ args }) => args.join(' ')), ...last].join('\n  ');
}

/** Of commands that may wait, those that can be kept from it by leaving BLOCK out. */
function mayBePlayed({ session, name }: CommandDefinition): boolean {
  return session !== 'blocking' || /^xread/.test(name);
}

/** Those that the engine has. */
function commandsOf({ groups, others, without, wrapping }: Family): CommandDefinition[] {
  return allCommands.filter(
    (one) =>
      one.run !== undefined &&
      (wrapping === undefined ? mayBePlayed(one) : fits(one, wrapping)) &&
      !NOT_PLAYED.has(one.name) &&
      without?.test(one.name) !== true &&
      (groups.includes(one.group) || others.includes(one.name)),
  );
}
