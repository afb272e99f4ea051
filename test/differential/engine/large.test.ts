/**
 * Random commands on values so large that the engine does them in slices: equal replies, equal data. A hundredth of
 * what LOCKSTEP_DIFFERENTIAL_COMMANDS says, for each server, for a reply has ten thousand elements.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { allCommands } from '../../../src/commands/catalogue.ts';
import type { ArgumentGrammar } from '../../../src/commands/definition.ts';
import { testSeed } from '../../support/seed.ts';
import { serverNames } from '../../support/servers.ts';
import { EnginePair, type RandomCase } from './engine-pair.ts';
import { randomCommand, type Words } from './random-commands.ts';
import { differingData } from './same-data.ts';

vi.setConfig({ testTimeout: 24 * 3600 * 1000 });

const count = Number(process.env.LOCKSTEP_DIFFERENTIAL_COMMANDS ?? 4000) / 100;
const ROUND = 40;
/** More than is done in one piece. */
const ELEMENTS = 11_000;
const BATCH = 1000;
const MOST_SHOWN = 10;
/** Distances depend on the last digit of sines. */
const scores = { rule: 'float', tolerance: 1e-8 } as const;

type Value = (at: number) => readonly string[];

/** How each key is made; the members of two of a type overlap. */
const KEYS: Readonly<Record<string, readonly [command: string, value: Value]>> = {
  s: ['SADD', (at) => [`m${at}`]],
  t: ['SADD', (at) => [`m${at + 4000}`]],
  z: ['ZADD', (at) => [String(at % 3000), `m${at}`]],
  y: ['ZADD', (at) => [String(at - 5000), `m${at + 4000}`]],
  h: ['HSET', (at) => [`m${at}`, `v${at}`]],
  l: ['RPUSH', (at) => [String((at * 7919) % ELEMENTS)]],
  g: ['GEOADD', (at) => [String(at % 180), String((at * 7) % 85), `m${at}`]],
};

const PLAYED = new RegExp(
  `^(${[
    's(union|inter|diff)(store)?|smembers|sintercard|srem|hgetall|hkeys|hvals|hlen|hdel',
    'z(union|inter|diff)(store)?|zintercard|zcount|zrange(store|byscore)?|zrevrange(byscore)?',
    'zremrangeby(rank|score)|zrank|zrem|xrange|xrevrange|xread|sort|sort_ro|lpos|linsert|lrem|lrange',
    'ltrim|lindex|lpop|geosearch(store)?|georadius(bymember)?|rename|copy|unlink|type',
  ].join('|')})$`,
);

const words: Words = {
  keys: ['s', 't', 'z', 'y', 'h', 'l', 'g', 'x', 'to', 'none'],
  values: ['m0', 'm5', 'm4000', 'm10999', 'absent', '17', '9000', '10999'],
  word: bound,
};

/** Bounds that take in much, and keys that the command is about. */
function bound(random: Random, { name, type }: ArgumentGrammar, command: string): string | undefined {
  if (type === 'key' && random.integer(8) > 0) return keyFor(random, name, command);
  if (/^(start|min|lastid|id)$/.test(name)) return random.pick(['0', '0', '5', '-']);
  if (/^(stop|end|max)$/.test(name)) return random.pick(['-1', '10900', '+', '10500', '9000']);
  if (/^(longitude|latitude)$/.test(name)) return random.pick(['0', '40', '80']);
  if (/^(radius|width|height)$/.test(name)) return random.pick(['100', '5000', '30000']);
  if (name === 'unit') return undefined;
  if (name === 'count') return random.pick(['0', '10500', '20000']);
  return name === 'limit' ? random.pick(['0', '9000', '20000']) : undefined;
}

function keyFor(random: Random, name: string, command: string): string | undefined {
  if (/dest/.test(name)) return random.pick(['to', 'to', 'z', 's', 'none']);
  if (/^geo/.test(command)) return 'g';
  if (/^s(ort|ort_ro)$/.test(command)) return random.pick(['l', 'z', 's']);
  if (/^z(union|inter|diff)/.test(command)) return random.pick(['z', 'y', 's', 't']);
  const own: Readonly<Record<string, string>> = { s: 'st', z: 'zy', h: 'h', l: 'l', x: 'x' };
  return Object.hasOwn(own, command[0]) ? random.pick([...own[command[0]]]) : undefined;
}

let pair: EnginePair | undefined;
afterEach(() => pair?.close());

async function fill(into: EnginePair, random: Random): Promise<void> {
  await into.ask('FLUSHALL');
  for (const [key, [command, value]] of Object.entries(KEYS)) {
    for (let from = 0; from < ELEMENTS; from += BATCH) {
      const parts = Array.from({ length: BATCH }, (_, at) => value(from + at));
      await into.ask(command, key, ...parts.flat());
    }
  }
  // The slowest: an entry at a time.
  if (random.integer(4) > 0) return;
  for (let at = 1; at <= ELEMENTS; at++) await into.ask('XADD', 'x', `${at}-0`, 'f', `v${at}`);
}

function randomCases(random: Random): RandomCase[] {
  const definitions = allCommands.filter(({ name, run }) => run !== undefined && PLAYED.test(name));
  return Array.from({ length: ROUND }, () => {
    const definition = random.pick(definitions);
    const args = randomCommand(random, definition, words);
    // It would wait; and names are in order only where scores are equal, as texts are of patterns.
    return { definition, args: args.filter((word) => !/^(block|bylex|by|any)$/i.test(word)) };
  });
}

describe.each(serverNames)('the engine and %s', (server) => {
  it('agree about large values', async () => {
    const random = createRandom(testSeed(`large values on ${server}`));
    pair = await EnginePair.start(server);
    pair.scores = scores;
    const differences: string[] = [];
    for (let done = 0; done < count && differences.length < MOST_SHOWN; done += ROUND) {
      const resp = random.integer(2) === 0 ? 2 : 3;
      await pair.speak(2);
      await fill(pair, random);
      await pair.speak(resp);
      const cases = randomCases(random);
      const found = [...(await pair.run(cases)), ...(await differingData(pair, words.keys, scores))];
      if (found.length > 0) differences.push(...found, cases.map(({ args }) => args.join(' ')).join('\n'));
    }
    expect(differences.slice(0, MOST_SHOWN)).toEqual([]);
    expect(pair.slicedCommands).toBeGreaterThan(0);
  });
});
