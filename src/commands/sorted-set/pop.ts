/**
 * Taking members with the lowest or highest scores.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { servedMultiPop, servedSortedSetPop } from '../effects/pop.ts';
import { KEY_AND_SCORED, POPPED_SCORED, SCORED, SCORED_MEMBER, withMoreThan } from '../reply-shapes.ts';
import {
  double,
  FLOAT,
  flag,
  integer,
  key,
  keyAt,
  keyRange,
  many,
  numKeysAt,
  oneOf,
  optional,
  since,
} from '../shapes.ts';
import { runBzmpop, runBzpopmax, runBzpopmin, runZmpop, runZpopmax, runZpopmin } from './run-pop.ts';

export const zpopmin = defineCommand({
  name: 'zpopmin',
  summary: 'Returns the lowest-scoring members from a sorted set after removing them.',
  group: 'sorted-set',
  since: since('5.0.0'),
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['write', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  session: 'none',
  compare: FLOAT,
  mirror: 'verbatim',
  resp3: withMoreThan(2, SCORED, SCORED_MEMBER),
  arguments: [key(), optional(integer('count'))],
  run: runZpopmin,
});

export const zpopmax = defineCommand({
  name: 'zpopmax',
  summary: 'Returns the highest-scoring members from a sorted set after removing them.',
  group: 'sorted-set',
  since: since('5.0.0'),
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['write', 'sortedset', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  session: 'none',
  compare: FLOAT,
  mirror: 'verbatim',
  resp3: withMoreThan(2, SCORED, SCORED_MEMBER),
  arguments: [key(), optional(integer('count'))],
  run: runZpopmax,
});

export const zmpop = defineCommand({
  name: 'zmpop',
  summary: 'Returns the highest- or lowest-scoring members from one or more sorted sets after removing them.',
  group: 'sorted-set',
  since: since('7.0.0'),
  arity: -4,
  flags: ['write', 'movablekeys'],
  categories: ['write', 'sortedset', 'slow'],
  keys: [numKeysAt(1, 1, 'RW', 'access', 'delete')],
  session: 'none',
  compare: FLOAT,
  mirror: 'verbatim',
  resp3: POPPED_SCORED,
  arguments: [
    integer('numkeys'),
    many(key()),
    oneOf('where', flag('MIN'), flag('MAX')),
    optional(integer('count', 'COUNT')),
  ],
  run: runZmpop,
});

export const bzpopmin = defineCommand({
  name: 'bzpopmin',
  summary: 'Removes and returns the member with the lowest score from one or more sorted sets.',
  group: 'sorted-set',
  since: since('5.0.0'),
  arity: -3,
  flags: ['write', 'blocking', 'fast'],
  categories: ['write', 'sortedset', 'blocking', 'fast'],
  keys: [keyRange(1, -2, 1, 'RW', 'access', 'delete')],
  session: 'blocking',
  compare: FLOAT,
  mirror: { effect: servedSortedSetPop },
  variants: {
    'redis-7.0': { addFlags: ['noscript'] },
  },
  resp3: KEY_AND_SCORED,
  arguments: [many(key()), double('timeout')],
  run: runBzpopmin,
});

export const bzpopmax = defineCommand({
  name: 'bzpopmax',
  summary: 'Removes and returns the member with the highest score from one or more sorted sets.',
  group: 'sorted-set',
  since: since('5.0.0'),
  arity: -3,
  flags: ['write', 'blocking', 'fast'],
  categories: ['write', 'sortedset', 'blocking', 'fast'],
  keys: [keyRange(1, -2, 1, 'RW', 'access', 'delete')],
  session: 'blocking',
  compare: FLOAT,
  mirror: { effect: servedSortedSetPop },
  variants: {
    'redis-7.0': { addFlags: ['noscript'] },
  },
  resp3: KEY_AND_SCORED,
  arguments: [many(key()), double('timeout')],
  run: runBzpopmax,
});

export const bzmpop = defineCommand({
  name: 'bzmpop',
  summary: 'Removes and returns a member by score from one or more sorted sets.',
  group: 'sorted-set',
  since: since('7.0.0'),
  arity: -5,
  flags: ['write', 'blocking', 'movablekeys'],
  categories: ['write', 'sortedset', 'blocking', 'slow'],
  keys: [numKeysAt(2, 1, 'RW', 'access', 'delete')],
  session: 'blocking',
  compare: FLOAT,
  mirror: { effect: servedMultiPop },
  resp3: POPPED_SCORED,
  arguments: [
    double('timeout'),
    integer('numkeys'),
    many(key()),
    oneOf('where', flag('MIN'), flag('MAX')),
    optional(integer('count', 'COUNT')),
  ],
  run: runBzmpop,
});

export const sortedSetPopCommands: readonly CommandDefinition[] = [
  zpopmin,
  zpopmax,
  zmpop,
  bzpopmin,
  bzpopmax,
  bzmpop,
];
