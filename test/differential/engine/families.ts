/** The families of commands that are played, and the words of their arguments. Pure. */
import type { Random } from '../../../src/base/random.ts';
import type { ArgumentGrammar, CompareRule } from '../../../src/commands/definition.ts';
import type { Words } from './random-commands.ts';
import type { Wrapping } from './wrapping.ts';

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

export interface Family extends Words {
  /** Groups of the catalogue. */
  readonly groups: readonly string[];
  /** Further commands, so that data comes and goes. */
  readonly others: readonly string[];
  /** How scores are compared: exactly when absent. */
  readonly scores?: CompareRule;
  /** Commands of the groups that are left out. */
  readonly without?: RegExp;
  /** The commands are played within these. */
  readonly wrapping?: Wrapping;
}

/** Commands that make values of all types. */
const MAKERS = ['set', 'rpush', 'sadd', 'zadd', 'hset', 'xadd', 'setbit', 'pfadd'];

/** Sines and cosines, whose last digit is not the same in every library; the longest way has eight digits. */
const DISTANCES: CompareRule = { rule: 'float', tolerance: 1e-8 };

/** Types of bit fields and their offsets. */
function bitWord(random: Random, argument: ArgumentGrammar): string | undefined {
  if (argument.name === 'encoding') return random.pick(['i1', 'u1', 'i8', 'u7', 'i13', 'u63', 'i64', 'u64']);
  if (argument.name === 'offset') return random.pick(['0', '3', '17', '#1', '#3', '100', '-1', 'x']);
  if (argument.name === 'bit') return random.pick(['0', '1', '1', '2']);
  return undefined;
}

/** Ids that meet, few groups and consumers, and never a long wait. */
function streamWord(random: Random, { name }: ArgumentGrammar, command: string): string | undefined {
  if (name === 'group' || name === 'consumer') return random.pick([`${name}1`, `${name}2`]);
  if (name === 'threshold') return String(random.integer(20));
  if (!/^(id|start|end|lastid|last-id|max-deleted-id)$/.test(name)) return undefined;
  // The time of an entry would differ.
  if (command === 'xadd')
    return `${random.integer(4)}-${random.integer(30) === 0 ? '*' : random.integer(3000)}`;
  const special = random.pick(['-', '+', '>', '$', '0', '(1-5']);
  return random.integer(3) === 0 ? special : `${random.integer(4)}-${random.integer(3000)}`;
}

export const families: readonly (readonly [string, Family])[] = [
  [
    'sets',
    { groups: ['set'], others: ['del', 'set', 'type'], keys: ['s', 't', 'u', 'v', 'other'], values: VALUES },
  ],
  [
    'strings',
    {
      groups: ['string'],
      others: ['del', 'rpush', 'type', 'rename', 'renamenx', 'copy', 'move', 'exists'],
      keys: ['a', 'b', 'c', 'd', 'other'],
      values: VALUES,
    },
  ],
  [
    'bitmaps',
    {
      groups: ['bitmap'],
      others: ['del', 'set', 'type', 'rpush', 'rename', 'copy'],
      keys: ['a', 'b', 'c', 'd', 'other'],
      values: VALUES,
      word: bitWord,
    },
  ],
  [
    'hyperloglogs',
    {
      groups: ['hyperloglog'],
      others: ['del', 'type', 'rpush', 'rename', 'copy'],
      keys: ['a', 'b', 'c', 'd', 'other'],
      values: VALUES,
      word: (random, argument, command) =>
        command === 'pfdebug' && argument.name === 'subcommand'
          ? random.pick(['ENCODING', 'DECODE', 'TODENSE'])
          : undefined,
    },
  ],
  [
    'hashes',
    { groups: ['hash'], others: ['del', 'set', 'type'], keys: ['h', 'i', 'j', 'other'], values: VALUES },
  ],
  [
    'streams',
    {
      groups: ['stream'],
      others: ['del', 'set', 'type'],
      keys: ['s', 't', 'other'],
      values: VALUES,
      word: streamWord,
    },
  ],
  [
    'sorted sets',
    {
      groups: ['sorted-set'],
      others: ['del', 'set', 'sadd', 'type', 'zadd'],
      // Names are in order only where all scores are equal.
      without: /lex/,
      keys: ['z', 'y', 'x', 'w', 'other'],
      values: VALUES,
      word: scoredWord,
    },
  ],
  [
    'names in sorted sets',
    {
      groups: [],
      others: [
        ...[
          'del',
          'zadd',
          'zrem',
          'zrange',
          'zrangestore',
          'zrangebylex',
          'zrevrangebylex',
          'zremrangebylex',
        ],
        ...['zlexcount', 'zpopmin', 'zrank', 'zunionstore', 'zdiffstore'],
      ],
      keys: ['z', 'y', 'x'],
      values: VALUES,
      word: nameWord,
      hasNames: true,
    },
  ],
  [
    'positions',
    {
      groups: ['geo'],
      others: ['del', 'set', 'type', 'zadd', 'zrem', 'geoadd'],
      keys: ['g', 'h', 'other'],
      values: VALUES,
      word: placeWord,
      scores: DISTANCES,
    },
  ],
  [
    'lists',
    {
      groups: ['list'],
      others: ['del', 'set', 'type', 'rename'],
      keys: ['l', 'k', 'm', 'other'],
      values: VALUES,
    },
  ],
  [
    'keys',
    {
      groups: ['generic'],
      others: [...MAKERS, 'swapdb', 'dbsize', 'get', 'lrange', 'zrange', 'hgetall', 'smembers'],
      without: /^(dump|restore)/,
      keys: ['a', 'b', 'c', 'd', 'e', 'f'],
      values: VALUES,
      word: mixedWord,
    },
  ],
  [
    'sorting',
    {
      groups: [],
      others: [
        'sort',
        'sort_ro',
        'sort',
        'sort_ro',
        'rpush',
        'lpop',
        'sadd',
        'srem',
        'zadd',
        'zrem',
        'mset',
        'hset',
        'del',
      ],
      keys: ['l', 's', 'z', 'w_1', 'w_2', 'w_3', 'h_1', 'h_2'],
      values: ['1', '2', '3', '10', '-4', '1.5', 'x', 'y', '', '1\x00b', '1\x00a', '\x00'],
      word: sortWord,
    },
  ],
  [
    'all types',
    {
      groups: [
        'string',
        'list',
        'set',
        'hash',
        'sorted-set',
        'stream',
        'bitmap',
        'hyperloglog',
        'geo',
        'generic',
      ],
      others: ['flushdb', 'flushall', 'dbsize'],
      without: /lex|^(dump|restore|pfdebug)/,
      keys: ['a', 'b', 'c', 'd', 'e', 'f'],
      values: VALUES,
      word: mixedWord,
      scores: DISTANCES,
    },
  ],
  ...(['transactions', 'scripts'] as const).map((wrapping): readonly [string, Family] => [
    wrapping,
    {
      groups: ['string', 'list', 'set', 'hash', 'sorted-set', 'stream', 'bitmap', 'generic'],
      others: ['dbsize'],
      without: /lex|^(dump|restore)/,
      keys: ['a', 'b', 'c', 'd', 'e', 'f'],
      values: VALUES,
      word: mixedWord,
      wrapping,
    },
  ]),
];

/** The words of the family that a command belongs to. */
function mixedWord(random: Random, argument: ArgumentGrammar, command: string): string | undefined {
  if (argument.name === 'destination-db' || argument.name.startsWith('index'))
    return random.pick(['0', '1', '99', 'x']);
  if (/^x/.test(command)) return streamWord(random, argument, command);
  if (/^geo/.test(command)) return placeWord(random, argument);
  if (/^z/.test(command)) return scoredWord(random, argument);
  if (/^bit/.test(command)) return bitWord(random, argument);
  return sortWord(random, argument);
}

/** Patterns of SORT. */
function sortWord(random: Random, { name, type }: ArgumentGrammar): string | undefined {
  if (name === 'by-pattern') return random.pick(['w_*', 'h_*->1', 'nosort', 'none_*', '*', '#']);
  if (name === 'get-pattern') return random.pick(['#', 'w_*', 'h_*->2', 'none']);
  return type === 'double' ? random.pick(['1', '2', '3']) : undefined;
}

/** Scores of which many are equal, and sums that are exact in any order. */
const SCORES = ['0', '1', '1', '2', '3', '-1', '0.5', '2.5', 'inf', '-inf', '1e10', '-0', '(1', '(2', 'nan'];
const NAMES = ['-', '+', '[m', '[m1', '(m2', '(abc', '[', '[1', '(9', '+x', 'm'];

/** Words of sorted sets. */
function scoredWord(random: Random, { name, type }: ArgumentGrammar): string | undefined {
  const isScore = ['min', 'max', 'start', 'stop', 'increment'].includes(name) || type === 'double';
  return isScore && random.integer(3) > 0 ? random.pick(SCORES) : undefined;
}

/** Words of sorted sets with one score. */
function nameWord(random: Random, { name }: ArgumentGrammar): string | undefined {
  if (['score', 'weight'].includes(name)) return '0';
  return ['min', 'max', 'start', 'stop'].includes(name) ? random.pick(NAMES) : undefined;
}

/** Words of positions: places near each other and far apart. */
function placeWord(random: Random, { name }: ArgumentGrammar): string | undefined {
  if (name === 'longitude')
    return random.pick(['0', '13.361389', '15.087269', '-179.9', '180', '181', 'x', '2.5']);
  if (name === 'latitude') return random.pick(['0', '38.115556', '37.502669', '85', '-85.05', '86', '10']);
  // Which of several at the same distance are the nearest is left open.
  if (name === 'count') return '1000';
  if (name === 'num-vertices') return random.pick(['3', '3', '4', '2']);
  if (/^(radius|width|height)$/.test(name)) return random.pick(['0', '1', '200', '5000', '1e7', '-1', 'x']);
  return undefined;
}
