/**
 * Random values go through DUMP and RESTORE: what the server has dumped is restored on both, and so is what the engine
 * has, with options in any order, now and then wrong ones, and now and then damaged. Equal replies, equal data: the
 * dumps themselves need not be equal.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { allCommands } from '../../../src/commands/catalogue.ts';
import type { CommandDefinition } from '../../../src/commands/definition.ts';
import type { Reply } from '../../../src/resp/reply.ts';
import { testSeed } from '../../support/seed.ts';
import { serverNames } from '../../support/servers.ts';
import { EnginePair, type RandomCase } from './engine-pair.ts';
import { type Family, families } from './families.ts';
import { randomCommand } from './random-commands.ts';
import { differingData } from './same-data.ts';

vi.setConfig({ testTimeout: 24 * 3600 * 1000 });

/** Rounds of 40 commands that make values, and about as many that carry them. */
const rounds = Math.ceil(Number(process.env.LOCKSTEP_DIFFERENTIAL_COMMANDS ?? 4000) / 400);
const MAKING = 40;
const MOST_SHOWN = 10;
const FAR_MS = 4_000_000_000_000;
const OPTIONS: readonly (readonly string[])[] = [
  ['REPLACE'],
  ['ABSTTL'],
  ['IDLETIME', '1000'],
  ['FREQ', '100'],
  ['IDLETIME', '-1'],
  ['FREQ', '256'],
  ['IDLETIME', 'x'],
  ['FREQ'],
  ['BOGUS'],
];

const family = new Map(families).get('all types') as Family;
const makers = allCommands.filter(
  ({ name, flags, session, run }) =>
    run !== undefined &&
    flags.includes('write') &&
    session === 'none' &&
    /^(h|l|r|s|z|x|pfadd|geoadd|append|incr|bit|copy|move|rename)/.test(name) &&
    !/^(restore|hpexpire|hexpire|rename|swapdb|sort|spop|script|lmpop|zmpop|hgetdel)|lex|store$/.test(name),
);
const restore = definitionOf('restore');

let pair: EnginePair | undefined;
afterEach(() => pair?.close());

describe.each(serverNames)('the engine and %s', (server) => {
  it('restore the same from the same dumps', async () => {
    const random = createRandom(testSeed(`dumps on ${server}`));
    pair = await EnginePair.start(server);
    pair.scores = family.scores;
    const keys = [...family.keys, ...family.keys.map((key) => `${key}-theirs`), 'ours', 'theirs'];
    const differences: string[] = [];
    let carried = 0;
    for (let round = 0; round < rounds && differences.length < MOST_SHOWN; round++) {
      if (round % 5 === 0) await pair.ask('FLUSHALL');
      await pair.speak(round % 2 === 0 ? 2 : 3);
      const made = Array.from({ length: MAKING }, () => making(random));
      differences.push(...(await pair.run(made)));
      for (const key of family.keys) {
        const found = await carry(pair, random, key);
        if (found !== undefined) carried += 1;
        differences.push(...(found ?? []));
      }
      differences.push(...(await differingData(pair, keys, family.scores)));
    }
    expect(differences.slice(0, MOST_SHOWN)).toEqual([]);
    expect(carried).toBeGreaterThan(rounds);
  });
});

function definitionOf(name: string): CommandDefinition {
  const found = allCommands.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

function making(random: Random): RandomCase {
  const definition = random.pick(makers);
  return { definition, args: randomCommand(random, definition, family) };
}

/** Restores what each side has dumped, on both sides. Undefined where no side has anything. */
async function carry(played: EnginePair, random: Random, key: string): Promise<string[] | undefined> {
  const { server, engine } = await played.ask('DUMP', key);
  const [theirs, ours] = [payloadOf(server), payloadOf(engine)];
  if (theirs === '' || ours === '') return theirs === ours ? undefined : [`only one has ${key}`];
  return played.run([
    restoring(`${key}-theirs`, theirs, ['0', 'REPLACE']),
    restoring('ours', ours, ['0', 'REPLACE']),
    ...[theirs, ours].map((payload) =>
      restoring(random.pick(['theirs', 'ours']), payload, someOptions(random)),
    ),
    restoring('none', damaged(random, theirs), ['0']),
    restoring('ours', damaged(random, ours), ['0', 'REPLACE']),
    // What the engine has dumped takes the place of what it was made of.
    restoring(key, ours, ['0', 'REPLACE']),
  ]);
}

/** One character is one byte; '' for no such key. */
function payloadOf({ bytes, valueStart, valueEnd }: Reply): string {
  return Buffer.from(bytes.slice(valueStart, valueEnd)).toString('latin1');
}

function restoring(key: string, payload: string, [time, ...options]: readonly string[]): RandomCase {
  return { definition: restore, args: ['restore', key, time, payload, ...options] };
}

/** A time, and options. Nothing expires while it is looked at. */
function someOptions(random: Random): string[] {
  const options = Array.from({ length: random.integer(4) }, () => random.pick(OPTIONS)).flat();
  const cased = options.map((word) => (random.integer(3) === 0 ? word.toLowerCase() : word));
  const isAbsolute = options.includes('ABSTTL');
  const time = isAbsolute
    ? random.pick(['0', '1', String(FAR_MS)])
    : random.pick(['0', '1000000000', '-1', 'x']);
  return [time, ...cased];
}

/** Another byte, a part that is missing, or one too many: the checksum tells. */
function damaged(random: Random, payload: string): string {
  const at = random.integer(payload.length);
  const kind = random.integer(3);
  if (kind === 0) return payload.slice(0, at);
  if (kind === 1) return payload.slice(0, at) + String.fromCharCode(random.integer(256)) + payload.slice(at);
  const other = payload.charCodeAt(at) ^ (1 << random.integer(8));
  return payload.slice(0, at) + String.fromCharCode(other) + payload.slice(at + 1);
}
