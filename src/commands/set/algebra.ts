/**
 * Unions, intersections and differences of sets.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { PLAIN_SET } from '../reply-shapes.ts';
import {
  EXACT,
  integer,
  key,
  keyAt,
  keysFrom,
  many,
  numKeysAt,
  optional,
  since,
  UNORDERED,
} from '../shapes.ts';
import {
  runSdiff,
  runSdiffstore,
  runSinter,
  runSintercard,
  runSinterstore,
  runSunion,
  runSunionstore,
} from './run-algebra.ts';

export const sunion = defineCommand({
  name: 'sunion',
  summary: 'Returns the union of multiple sets.',
  group: 'set',
  since: since('1.0.0'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'set', 'slow'],
  keys: [keysFrom(1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: UNORDERED,
  mirror: 'verbatim',
  resp3: PLAIN_SET,
  arguments: [many(key())],
  run: runSunion,
});

export const sunionstore = defineCommand({
  name: 'sunionstore',
  summary: 'Stores the union of multiple sets in a key.',
  group: 'set',
  since: since('1.0.0'),
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['write', 'set', 'slow'],
  keys: [keyAt(1, 'OW', 'update'), keysFrom(2, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key('destination'), many(key('key', 1))],
  run: runSunionstore,
});

export const sinter = defineCommand({
  name: 'sinter',
  summary: 'Returns the intersect of multiple sets.',
  group: 'set',
  since: since('1.0.0'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'set', 'slow'],
  keys: [keysFrom(1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: UNORDERED,
  mirror: 'verbatim',
  resp3: PLAIN_SET,
  arguments: [many(key())],
  run: runSinter,
});

export const sinterstore = defineCommand({
  name: 'sinterstore',
  summary: 'Stores the intersect of multiple sets in a key.',
  group: 'set',
  since: since('1.0.0'),
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['write', 'set', 'slow'],
  keys: [keyAt(1, 'OW', 'update'), keysFrom(2, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  variants: {
    'redis-7.0': { keys: [keyAt(1, 'RW', 'update'), keysFrom(2, 'RO', 'access')] },
  },
  arguments: [key('destination'), many(key('key', 1))],
  run: runSinterstore,
});

export const sintercard = defineCommand({
  name: 'sintercard',
  summary: 'Returns the number of members of the intersect of multiple sets.',
  group: 'set',
  since: since('7.0.0'),
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  categories: ['read', 'set', 'slow'],
  keys: [numKeysAt(1, 1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [integer('numkeys'), many(key()), optional(integer('limit', 'LIMIT'))],
  run: runSintercard,
});

export const sdiff = defineCommand({
  name: 'sdiff',
  summary: 'Returns the difference of multiple sets.',
  group: 'set',
  since: since('1.0.0'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'set', 'slow'],
  keys: [keysFrom(1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: UNORDERED,
  mirror: 'verbatim',
  resp3: PLAIN_SET,
  arguments: [many(key())],
  run: runSdiff,
});

export const sdiffstore = defineCommand({
  name: 'sdiffstore',
  summary: 'Stores the difference of multiple sets in a key.',
  group: 'set',
  since: since('1.0.0'),
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['write', 'set', 'slow'],
  keys: [keyAt(1, 'OW', 'update'), keysFrom(2, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key('destination'), many(key('key', 1))],
  run: runSdiffstore,
});

export const setAlgebraCommands: readonly CommandDefinition[] = [
  sunion,
  sunionstore,
  sinter,
  sinterstore,
  sintercard,
  sdiff,
  sdiffstore,
];
