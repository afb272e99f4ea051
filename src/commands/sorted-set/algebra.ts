/**
 * Unions, intersections and differences of sorted sets.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { whenOption } from '../options.ts';
import { SCORED, withWordAfterKeys } from '../reply-shapes.ts';
import {
  EXACT,
  FLOAT,
  flag,
  integer,
  key,
  keyAt,
  many,
  numKeysAt,
  oneOf,
  optional,
  since,
  token,
} from '../shapes.ts';
import {
  runZdiff,
  runZdiffstore,
  runZinter,
  runZintercard,
  runZinterstore,
  runZunion,
  runZunionstore,
} from './run-algebra.ts';

export const zunion = defineCommand({
  name: 'zunion',
  summary: 'Returns the union of multiple sorted sets.',
  group: 'sorted-set',
  since: since('6.2.0'),
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [numKeysAt(1, 1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: whenOption('WITHSCORES', 3, FLOAT),
  mirror: 'verbatim',
  resp3: withWordAfterKeys('withscores', SCORED),
  arguments: [
    integer('numkeys'),
    many(key()),
    optional(many(integer('weight', 'WEIGHTS'))),
    optional(token('AGGREGATE', oneOf('aggregate', flag('SUM'), flag('MIN'), flag('MAX')))),
    optional(flag('WITHSCORES')),
  ],
  run: runZunion,
});

export const zunionstore = defineCommand({
  name: 'zunionstore',
  summary: 'Stores the union of multiple sorted sets in a key.',
  group: 'sorted-set',
  since: since('2.0.0'),
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  categories: ['write', 'sortedset', 'slow'],
  keys: [keyAt(1, 'OW', 'update'), numKeysAt(2, 1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key('destination'),
    integer('numkeys'),
    many(key('key', 1)),
    optional(many(integer('weight', 'WEIGHTS'))),
    optional(token('AGGREGATE', oneOf('aggregate', flag('SUM'), flag('MIN'), flag('MAX')))),
  ],
  run: runZunionstore,
});

export const zinter = defineCommand({
  name: 'zinter',
  summary: 'Returns the intersect of multiple sorted sets.',
  group: 'sorted-set',
  since: since('6.2.0'),
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [numKeysAt(1, 1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: whenOption('WITHSCORES', 3, FLOAT),
  mirror: 'verbatim',
  resp3: withWordAfterKeys('withscores', SCORED),
  arguments: [
    integer('numkeys'),
    many(key()),
    optional(many(integer('weight', 'WEIGHTS'))),
    optional(token('AGGREGATE', oneOf('aggregate', flag('SUM'), flag('MIN'), flag('MAX')))),
    optional(flag('WITHSCORES')),
  ],
  run: runZinter,
});

export const zinterstore = defineCommand({
  name: 'zinterstore',
  summary: 'Stores the intersect of multiple sorted sets in a key.',
  group: 'sorted-set',
  since: since('2.0.0'),
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  categories: ['write', 'sortedset', 'slow'],
  keys: [keyAt(1, 'OW', 'update'), numKeysAt(2, 1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key('destination'),
    integer('numkeys'),
    many(key('key', 1)),
    optional(many(integer('weight', 'WEIGHTS'))),
    optional(token('AGGREGATE', oneOf('aggregate', flag('SUM'), flag('MIN'), flag('MAX')))),
  ],
  run: runZinterstore,
});

export const zintercard = defineCommand({
  name: 'zintercard',
  summary: 'Returns the number of members of the intersect of multiple sorted sets.',
  group: 'sorted-set',
  since: since('7.0.0'),
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [numKeysAt(1, 1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [integer('numkeys'), many(key()), optional(integer('limit', 'LIMIT'))],
  run: runZintercard,
});

export const zdiff = defineCommand({
  name: 'zdiff',
  summary: 'Returns the difference between multiple sorted sets.',
  group: 'sorted-set',
  since: since('6.2.0'),
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [numKeysAt(1, 1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: whenOption('WITHSCORES', 3, FLOAT),
  mirror: 'verbatim',
  resp3: withWordAfterKeys('withscores', SCORED),
  arguments: [integer('numkeys'), many(key()), optional(flag('WITHSCORES'))],
  run: runZdiff,
});

export const zdiffstore = defineCommand({
  name: 'zdiffstore',
  summary: 'Stores the difference of multiple sorted sets in a key.',
  group: 'sorted-set',
  since: since('6.2.0'),
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  categories: ['write', 'sortedset', 'slow'],
  keys: [keyAt(1, 'OW', 'update'), numKeysAt(2, 1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key('destination'), integer('numkeys'), many(key('key', 1))],
  run: runZdiffstore,
});

export const sortedSetAlgebraCommands: readonly CommandDefinition[] = [
  zunion,
  zunionstore,
  zinter,
  zinterstore,
  zintercard,
  zdiff,
  zdiffstore,
];
