/**
 * Fields of hashes.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { FIELD_PAIRS, PLAIN_MAP, withWord } from '../reply-shapes.ts';
import {
  added,
  block,
  CURSOR,
  double,
  EXACT,
  flag,
  integer,
  key,
  keyAt,
  many,
  optional,
  PAIRS,
  pattern,
  SHAPE,
  since,
  text,
  UNORDERED,
} from '../shapes.ts';

export const hget = defineCommand({
  name: 'hget',
  summary: 'Returns the value of a field in a hash.',
  group: 'hash',
  since: since('2.0.0'),
  arity: 3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'hash', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('field')],
});

export const hset = defineCommand({
  name: 'hset',
  summary: 'Creates or modifies the value of a field in a hash.',
  group: 'hash',
  since: since('2.0.0'),
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(block('data', text('field'), text('value')))],
});

export const hmget = defineCommand({
  name: 'hmget',
  summary: 'Returns the values of all fields in a hash.',
  group: 'hash',
  since: since('2.0.0'),
  arity: -3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'hash', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('field'))],
});

export const hmset = defineCommand({
  name: 'hmset',
  summary: 'Sets the values of multiple fields.',
  group: 'hash',
  since: since('2.0.0'),
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(block('data', text('field'), text('value')))],
});

export const hgetall = defineCommand({
  name: 'hgetall',
  summary: 'Returns all fields and values in a hash.',
  group: 'hash',
  since: since('2.0.0'),
  arity: 2,
  flags: ['readonly'],
  categories: ['read', 'hash', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: PAIRS,
  mirror: 'verbatim',
  resp3: PLAIN_MAP,
  arguments: [key()],
});

export const hkeys = defineCommand({
  name: 'hkeys',
  summary: 'Returns all fields in a hash.',
  group: 'hash',
  since: since('2.0.0'),
  arity: 2,
  flags: ['readonly'],
  categories: ['read', 'hash', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: UNORDERED,
  mirror: 'verbatim',
  arguments: [key()],
});

export const hvals = defineCommand({
  name: 'hvals',
  summary: 'Returns all values in a hash.',
  group: 'hash',
  since: since('2.0.0'),
  arity: 2,
  flags: ['readonly'],
  categories: ['read', 'hash', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: UNORDERED,
  mirror: 'verbatim',
  arguments: [key()],
});

export const hlen = defineCommand({
  name: 'hlen',
  summary: 'Returns the number of fields in a hash.',
  group: 'hash',
  since: since('2.0.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'hash', 'fast'],
  keys: [keyAt(1, 'RO')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key()],
});

export const hexists = defineCommand({
  name: 'hexists',
  summary: 'Determines whether a field exists in a hash.',
  group: 'hash',
  since: since('2.0.0'),
  arity: 3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'hash', 'fast'],
  keys: [keyAt(1, 'RO')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('field')],
});

export const hstrlen = defineCommand({
  name: 'hstrlen',
  summary: 'Returns the length of the value of a field.',
  group: 'hash',
  since: since('3.2.0'),
  arity: 3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'hash', 'fast'],
  keys: [keyAt(1, 'RO')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('field')],
});

export const hsetnx = defineCommand({
  name: 'hsetnx',
  summary: "Sets the value of a field in a hash only when the field doesn't exist.",
  group: 'hash',
  since: since('2.0.0'),
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('field'), text('value')],
});

export const hdel = defineCommand({
  name: 'hdel',
  summary: 'Deletes one or more fields and their values from a hash. Deletes the hash if no fields remain.',
  group: 'hash',
  since: since('2.0.0'),
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('field'))],
});

export const hincrby = defineCommand({
  name: 'hincrby',
  summary: 'Increments the integer value of a field in a hash by a number.',
  group: 'hash',
  since: since('2.0.0'),
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('field'), integer('increment')],
});

export const hincrbyfloat = defineCommand({
  name: 'hincrbyfloat',
  summary: 'Increments the floating point value of a field by a number.',
  group: 'hash',
  since: since('2.6.0'),
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: { rule: 'float', tolerance: 1e-15 },
  mirror: 'verbatim',
  arguments: [key(), text('field'), double('increment')],
});

export const hrandfield = defineCommand({
  name: 'hrandfield',
  summary: 'Returns one or more random fields from a hash.',
  group: 'hash',
  since: since('6.2.0'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'hash', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  resp3: withWord('withvalues', 3, FIELD_PAIRS),
  arguments: [key(), optional(block('options', integer('count'), optional(flag('WITHVALUES'))))],
});

export const hscan = defineCommand({
  name: 'hscan',
  summary: 'Iterates over fields and values of a hash.',
  group: 'hash',
  since: since('2.8.0'),
  arity: -3,
  flags: ['readonly'],
  categories: ['read', 'hash', 'slow'],
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
    added(since('7.4.0', '8.0.0'), optional(flag('NOVALUES'))),
  ],
});

export const hashFieldsCommands: readonly CommandDefinition[] = [
  hget,
  hset,
  hmget,
  hmset,
  hgetall,
  hkeys,
  hvals,
  hlen,
  hexists,
  hstrlen,
  hsetnx,
  hdel,
  hincrby,
  hincrbyfloat,
  hrandfield,
  hscan,
];
