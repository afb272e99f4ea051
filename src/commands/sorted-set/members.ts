/**
 * Members and scores of sorted sets.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { whenMoreThan, whenOption } from '../options.ts';
import { DOUBLES, SCORED, SCORED_MEMBER, withWord } from '../reply-shapes.ts';
import {
  added,
  block,
  CURSOR,
  double,
  EXACT,
  FLOAT,
  flag,
  integer,
  key,
  keyAt,
  many,
  oneOf,
  optional,
  pattern,
  SHAPE,
  since,
  text,
} from '../shapes.ts';
import {
  runZadd,
  runZcard,
  runZincrby,
  runZmscore,
  runZrank,
  runZrem,
  runZrevrank,
  runZscore,
} from './run-members.ts';
import { runZrandmember, runZscan } from './run-random.ts';
import { runZcount, runZlexcount } from './run-ranges.ts';

export const zadd = defineCommand({
  name: 'zadd',
  summary: 'Adds one or more members to a sorted set, or updates their scores.',
  group: 'sorted-set',
  since: since('1.2.0'),
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  compareWith: whenOption('INCR', 2, FLOAT),
  mirror: 'verbatim',
  resp3: 'double',
  arguments: [
    key(),
    added(since('3.0.2'), optional(oneOf('condition', flag('NX'), flag('XX')))),
    added(since('6.2.0'), optional(oneOf('comparison', flag('GT'), flag('LT')))),
    added(since('3.0.2'), optional(flag('CH', 'change'))),
    added(since('3.0.2'), optional(flag('INCR', 'increment'))),
    many(block('data', double('score'), text('member'))),
  ],
  run: runZadd,
});

export const zincrby = defineCommand({
  name: 'zincrby',
  summary: 'Increments the score of a member in a sorted set.',
  group: 'sorted-set',
  since: since('1.2.0'),
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: FLOAT,
  mirror: 'verbatim',
  resp3: 'double',
  arguments: [key(), integer('increment'), text('member')],
  run: runZincrby,
});

export const zrem = defineCommand({
  name: 'zrem',
  summary:
    'Removes one or more members from a sorted set. Deletes the sorted set if all members were removed.',
  group: 'sorted-set',
  since: since('1.2.0'),
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['write', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('member'))],
  run: runZrem,
});

export const zscore = defineCommand({
  name: 'zscore',
  summary: 'Returns the score of a member in a sorted set.',
  group: 'sorted-set',
  since: since('1.2.0'),
  arity: 3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: FLOAT,
  mirror: 'verbatim',
  resp3: 'double',
  arguments: [key(), text('member')],
  run: runZscore,
});

export const zmscore = defineCommand({
  name: 'zmscore',
  summary: 'Returns the score of one or more members in a sorted set.',
  group: 'sorted-set',
  since: since('6.2.0'),
  arity: -3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: FLOAT,
  mirror: 'verbatim',
  resp3: DOUBLES,
  arguments: [key(), many(text('member'))],
  run: runZmscore,
});

export const zcard = defineCommand({
  name: 'zcard',
  summary: 'Returns the number of members in a sorted set.',
  group: 'sorted-set',
  since: since('1.2.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RO')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key()],
  run: runZcard,
});

export const zcount = defineCommand({
  name: 'zcount',
  summary: 'Returns the count of members in a sorted set that have scores within a range.',
  group: 'sorted-set',
  since: since('2.0.0'),
  arity: 4,
  flags: ['readonly', 'fast'],
  categories: ['read', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), double('min'), double('max')],
  run: runZcount,
});

export const zlexcount = defineCommand({
  name: 'zlexcount',
  summary: 'Returns the number of members in a sorted set within a lexicographical range.',
  group: 'sorted-set',
  since: since('2.8.9'),
  arity: 4,
  flags: ['readonly', 'fast'],
  categories: ['read', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('min'), text('max')],
  run: runZlexcount,
});

export const zrank = defineCommand({
  name: 'zrank',
  summary: 'Returns the index of a member in a sorted set ordered by ascending scores.',
  group: 'sorted-set',
  since: since('2.0.0'),
  arity: -3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: whenMoreThan(3, FLOAT),
  mirror: 'verbatim',
  variants: {
    'redis-7.0': { arity: 3 },
  },
  resp3: withWord('withscore', 3, SCORED_MEMBER),
  arguments: [key(), text('member'), added(since('7.2.0'), optional(flag('WITHSCORE')))],
  run: runZrank,
});

export const zrevrank = defineCommand({
  name: 'zrevrank',
  summary: 'Returns the index of a member in a sorted set ordered by descending scores.',
  group: 'sorted-set',
  since: since('2.0.0'),
  arity: -3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: whenMoreThan(3, FLOAT),
  mirror: 'verbatim',
  variants: {
    'redis-7.0': { arity: 3 },
  },
  resp3: withWord('withscore', 3, SCORED_MEMBER),
  arguments: [key(), text('member'), added(since('7.2.0'), optional(flag('WITHSCORE')))],
  run: runZrevrank,
});

export const zrandmember = defineCommand({
  name: 'zrandmember',
  summary: 'Returns one or more random members from a sorted set.',
  group: 'sorted-set',
  since: since('6.2.0'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  resp3: withWord('withscores', 3, SCORED),
  arguments: [key(), optional(block('options', integer('count'), optional(flag('WITHSCORES'))))],
  run: runZrandmember,
});

export const zscan = defineCommand({
  name: 'zscan',
  summary: 'Iterates over members and scores of a sorted set.',
  group: 'sorted-set',
  since: since('2.8.0'),
  arity: -3,
  flags: ['readonly'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: CURSOR,
  mirror: 'verbatim',
  arguments: [
    key(),
    integer('cursor'),
    optional(pattern('pattern', 'MATCH')),
    optional(integer('count', 'COUNT')),
    added(since(null, '8.0.0'), optional(flag('NOSCORES'))),
  ],
  run: runZscan,
});

export const sortedSetMembersCommands: readonly CommandDefinition[] = [
  zadd,
  zincrby,
  zrem,
  zscore,
  zmscore,
  zcard,
  zcount,
  zlexcount,
  zrank,
  zrevrank,
  zrandmember,
  zscan,
];
