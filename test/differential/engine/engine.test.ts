/**
 * Random commands of a family on the engine and on a real server: equal replies, equal data. As many as
 * LOCKSTEP_DIFFERENTIAL_COMMANDS says, for each family and server.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { allCommands } from '../../../src/commands/catalogue.ts';
import { testSeed } from '../../support/seed.ts';
import { serverNames } from '../../support/servers.ts';
import { type Allowed, EnginePair } from './engine-pair.ts';
import { randomCommand, type Words } from './random-commands.ts';
import { differingData } from './same-data.ts';

vi.setConfig({ testTimeout: 24 * 3600 * 1000 });

const count = Number(process.env.LOCKSTEP_DIFFERENTIAL_COMMANDS ?? 4000);
const ROUND = 500;
const VALUES = [
  ...Array.from({ length: 20 }, (_, index) => String(index)),
  ...[
    'm',
    'm1',
    'm2',
    '',
    '-1',
    '007',
    '1.5',
    '3e2',
    'abc',
    '\x00\xff\r\n',
    '9007199254740993',
    '-9223372036854775808',
  ],
  'v'.repeat(64),
  'v'.repeat(65),
];

interface Family extends Words {
  /** Groups of the catalogue. */
  readonly groups: readonly string[];
  /** Further commands, so that data comes and goes. */
  readonly others: readonly string[];
}

/** A family of commands; add others as the engine gets them. */
const families: readonly (readonly [string, Family])[] = [
  [
    'sets',
    { groups: ['set'], others: ['del', 'set', 'type'], keys: ['s', 't', 'u', 'v', 'other'], values: VALUES },
  ],
  [
    'hashes',
    { groups: ['hash'], others: ['del', 'set', 'type'], keys: ['h', 'i', 'j', 'other'], values: VALUES },
  ],
];

/** The level redis-7.2 is compared with Redis 7.0: what these do differently, with the reason, goes here. */
const allowed: readonly Allowed[] = [];

let pair: EnginePair | undefined;
afterEach(() => pair?.close());

describe.each(serverNames)('the engine and %s', (server) => {
  it.each(families)('agree about %s', async (name, family) => {
    const random = createRandom(testSeed(`${name} on ${server}`));
    const definitions = allCommands.filter(
      (one) =>
        one.run !== undefined && (family.groups.includes(one.group) || family.others.includes(one.name)),
    );
    pair = await EnginePair.start(server, allowed);
    for (let done = 0; done < count; done += ROUND) {
      const cases = Array.from({ length: ROUND }, () => {
        const definition = random.pick(definitions);
        return { definition, args: randomCommand(random, definition, family) };
      });
      expect(await pair.run(cases)).toEqual([]);
      expect(await differingData(pair, family.keys)).toEqual([]);
    }
  });
});
