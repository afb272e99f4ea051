/**
 * Cases made from the catalogue: the argument grammar of every command on data spelled out on keys of the right type,
 * the same command on keys of every other type, and wrong numbers of arguments for all commands.
 */
import { allCommands } from '../../src/commands/catalogue.ts';
import type { ArgumentGrammar, CommandDefinition } from '../../src/commands/definition.ts';
import type { CommandCase, CommandLine } from './command-text.ts';
import { parseLine } from './command-text.ts';
import { simplest, type Vocabulary, variants } from './grammar-variants.ts';

/** What each key holds before a case. */
const SEEDS: Readonly<Record<string, readonly string[]>> = {
  s: ['SET s hello'],
  n: ['SET n 10'],
  h: ['HSET h f1 v1 f2 2'],
  l: ['RPUSH l e1 e2 e1 3'],
  t: ['SADD t m1 m2 3'],
  z: ['ZADD z 1 m1 2 m2 3.5 m3'],
  x: [
    'XADD x 1-1 f1 v1',
    'XADD x 2-1 f1 v2',
    'XGROUP CREATE x g 0',
    'XREADGROUP GROUP g c COUNT 1 STREAMS x >',
  ],
  g: ['GEOADD g 13.361389 38.115556 m1 15.087269 37.502669 m2'],
  p: ['PFADD p e1 e2 e3'],
  v: ['VADD v VALUES 3 1 0 0 e1', 'VADD v VALUES 3 0 1 0 e2'],
};
const KEY_NAMES = Object.keys(SEEDS);

/** The key a command of a group works on. */
const KEY_OF_GROUP: Readonly<Record<string, string>> = {
  bitmap: 's',
  generic: 'l',
  geo: 'g',
  hash: 'h',
  hyperloglog: 'p',
  list: 'l',
  set: 't',
  'sorted-set': 'z',
  stream: 'x',
  string: 's',
  'vector-set': 'v',
};
/** Commands whose key holds something else than their group's. */
const KEY_OF_COMMAND: Readonly<Record<string, string>> = {
  incr: 'n',
  incrby: 'n',
  incrbyfloat: 'n',
  decr: 'n',
  decrby: 'n',
  'object|freq': 's',
};

/** Not generated: what they do to the server, and where they are played instead. */
const NOT_GENERATED: Readonly<Record<string, string>> = {
  migrate: 'connects to another server: commands/generic.ts',
  wait: 'waits as long as it is told: commands/generic.ts',
  waitaof: 'waits as long as it is told: commands/generic.ts',
  pfselftest: 'takes seconds: commands/data.ts',
};

/** Commands whose reply is chance, a time or the server's own state, and what of it must be equal. */
const LOOSE: Readonly<Record<string, string>> = {
  xadd: 'shape',
  randomkey: 'shape',
  keys: 'unordered',
  scan: 'cursor',
  sscan: 'cursor',
  hscan: 'cursor',
  zscan: 'cursor',
  vsim: 'shape',
  xpending: 'shape',
  dump: 'shape',
  'xinfo|stream': 'shape',
  srandmember: 'shape',
  spop: 'shape',
  hrandfield: 'shape',
  zrandmember: 'shape',
  vrandmember: 'shape',
  vlinks: 'shape',
  vinfo: 'shape',
  'object|idletime': 'shape',
  'object|freq': 'shape',
};

/** Words for arguments by name; by type where the name says nothing. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  field: ['f1', 'f2'],
  member: ['m1', 'm2'],
  member1: ['m1'],
  member2: ['m2'],
  element: ['e1', 'e2'],
  pivot: ['e1'],
  group: ['g'],
  consumer: ['c'],
  id: ['3-1', '4-1'],
  'last-id': ['9-1'],
  lastid: ['1-1'],
  'max-deleted-id': ['1-1'],
  longitude: ['13.5', '14.5'],
  latitude: ['38.1', '37.9'],
  encoding: ['u8', 'i5'],
  'min-idle-time': ['0'],
  threshold: ['1'],
  // A string, in a version that every release takes.
  'serialized-value': ['\x00\x03abc\x09\x00\x09\x5e\x61\xf1\x15\xf4\xc1\x53'],
  attributes: ['{"year":1950}'],
  expression: ['.year > 1900'],
  fp32: ['\x00\x00\x80\x3f\x00\x00\x80\x3f\x00\x00\x80\x3f'],
  type: ['list'],
  cursor: ['0'],
  timeout: ['0.01'],
  frequency: ['5'],
  'unix-time-milliseconds': ['4102444800000'],
  'unix-time-seconds': ['4102444800'],
  milliseconds: ['100000'],
  seconds: ['100'],
  ttl: ['0'],
  subcommand: ['ENCODING'],
};
/** `min` and `max` where they are no numbers. */
const LEXICAL: Readonly<Record<string, string>> = { min: '-', max: '+' };
const READ_IDS = new Set([
  'xread',
  'xreadgroup',
  'xclaim',
  'xack',
  'xautoclaim',
  'xrange',
  'xrevrange',
  'xpending',
]);

function vocabularyOf(definition: CommandDefinition): Vocabulary {
  const main = KEY_OF_COMMAND[definition.name] ?? KEY_OF_GROUP[definition.group] ?? 's';
  return { word: (argument, repetition) => wordFor(definition, main, argument, repetition) };
}

function wordFor(
  definition: CommandDefinition,
  main: string,
  argument: ArgumentGrammar,
  repetition: number,
): string {
  const { name, type } = argument;
  if (type === 'key')
    return /^(dest|dst|newkey|store)/.test(name) ? 'd' : repetition === 0 ? main : 'missing';
  if (name === 'id' && READ_IDS.has(definition.name)) return definition.name === 'xreadgroup' ? '>' : '0';
  if (definition.group === 'stream' && (name === 'start' || name === 'end'))
    return name === 'end' ? '+' : '-';
  const words = WORDS[name];
  if (words !== undefined) return words[repetition % words.length] ?? '';
  if (type === 'string' && LEXICAL[name] !== undefined) return LEXICAL[name];
  if (type === 'pattern') return '*';
  if (type === 'unix-time') return '4102444800';
  if (type === 'double') return String(repetition + 1.5);
  return type === 'integer' || /^(start|stop|end)$/.test(name) ? '1' : `v${repetition}`;
}

/** The keys it names as they should be, and then the command: what came before changed nothing. */
function fresh(definition: CommandDefinition, args: readonly string[]): CommandLine[] {
  const command: CommandLine = { args, rule: LOOSE[definition.name], gatewayOnly: false };
  const used = KEY_NAMES.filter((key) => args.includes(key));
  return [
    ...[`DEL d missing ${used.join(' ')}`, ...used.flatMap((key) => SEEDS[key] ?? [])].map(parseLine),
    command,
  ];
}

function allSeeds(): CommandLine[] {
  return Object.values(SEEDS).flat().map(parseLine);
}

/** The simplest form with each of its keys replaced by keys of every type in turn. */
function otherTypes(definition: CommandDefinition, vocabulary: Vocabulary): string[][] {
  const words = simplest(definition.arguments, vocabulary);
  const base = words.map((word) => word.text);
  const places = words.flatMap((word, index) => (word.argument.type === 'key' ? [index] : []));
  return places.flatMap((place) => [...KEY_NAMES, 'missing'].map((key) => base.with(place, key)));
}

function isGenerated(definition: CommandDefinition): boolean {
  return (
    KEY_OF_GROUP[definition.group] !== undefined &&
    definition.subcommands === undefined &&
    NOT_GENERATED[definition.name] === undefined
  );
}

const commands = allCommands.flatMap((definition) => [definition, ...(definition.subcommands ?? [])]);

function nameWords(definition: CommandDefinition): string[] {
  return definition.name.toUpperCase().split('|');
}

/** One case per command on data. */
export const grammarCases: readonly CommandCase[] = commands.filter(isGenerated).map((definition) => {
  const vocabulary = vocabularyOf(definition);
  const lists = [...variants(definition.arguments, vocabulary), ...otherTypes(definition, vocabulary)];
  const isWrite = definition.flags.includes('write');
  const lines = lists.flatMap((list) => {
    const args = [...nameWords(definition), ...list];
    return isWrite ? fresh(definition, args) : fresh(definition, args).slice(-1);
  });
  return { name: `grammar of ${definition.name}`, lines: [...allSeeds(), ...lines], ownConnection: false };
});

/** The simplest form of each command on data: what is played in every mode. */
export const simplestCases: readonly CommandCase[] = [
  {
    name: 'simplest forms',
    ownConnection: false,
    lines: commands.filter(isGenerated).flatMap((definition) => {
      const words = simplest(definition.arguments, vocabularyOf(definition)).map((word) => word.text);
      return fresh(definition, [...nameWords(definition), ...words]);
    }),
  },
];

/** Commands that do something without an argument that is one too many for them. */
const ANY_NUMBER = new Set(['quit', 'reset', 'shutdown', 'hello']);

/** Too few and too many arguments for every command that minds. */
export const arityCases: readonly CommandCase[] = [
  {
    name: 'wrong numbers of arguments',
    ownConnection: false,
    lines: commands.flatMap((definition) => {
      if (definition.subcommands !== undefined || ANY_NUMBER.has(definition.name)) return [];
      const name = nameWords(definition);
      const least = Math.abs(definition.arity);
      const lists: string[][] = [];
      for (let count = name.length; count < least; count++) lists.push(filled(name, count));
      if (definition.arity > 0) lists.push(filled(name, least + 1), filled(name, least + 5));
      return lists.map((args) => ({ args, rule: undefined, gatewayOnly: false }));
    }),
  },
];

function filled(name: readonly string[], count: number): string[] {
  return [...name, ...new Array<string>(count - name.length).fill('a')];
}
