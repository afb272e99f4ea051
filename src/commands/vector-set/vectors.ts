/**
 * Sets of vectors (a module of Redis 8).
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { DOUBLES_OR_NULL, PLAIN_MAP, withWord } from '../reply-shapes.ts';
import {
  block,
  double,
  EXACT,
  flag,
  integer,
  key,
  keyAt,
  many,
  oneOf,
  optional,
  SHAPE,
  since,
  text,
  token,
} from '../shapes.ts';

export const vadd = defineCommand({
  name: 'vadd',
  summary: 'Adds an element with its vector to a vector set.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['write', 'denyoom', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  resp3: 'boolean',
  arguments: [
    key(),
    optional(integer('dimension', 'REDUCE')),
    oneOf(
      'vector',
      text('fp32', 'FP32'),
      token('VALUES', block('values', integer('count'), many(double('component')))),
    ),
    text('element'),
    optional(flag('CAS')),
    optional(oneOf('quantization', flag('NOQUANT'), flag('BIN'), flag('Q8'))),
    optional(integer('build-exploration-factor', 'EF')),
    optional(text('attributes', 'SETATTR')),
    optional(integer('numlinks', 'M')),
  ],
});

export const vrem = defineCommand({
  name: 'vrem',
  summary: 'Removes an element from a vector set.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['write', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  resp3: 'boolean',
  arguments: [key(), text('element')],
});

export const vcard = defineCommand({
  name: 'vcard',
  summary: 'Returns the number of elements of a vector set.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['readonly', 'fast', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key()],
});

export const vdim = defineCommand({
  name: 'vdim',
  summary: 'Returns the dimension of the vectors of a vector set.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['readonly', 'fast', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key()],
});

export const vemb = defineCommand({
  name: 'vemb',
  summary: 'Returns the approximate vector of an element.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['readonly', 'fast', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: { rule: 'float', tolerance: 1e-6 },
  mirror: 'verbatim',
  resp3: withWord('raw', 3, { tuple: ['plain', 'plain', 'double'], nullIsString: true }, DOUBLES_OR_NULL),
  arguments: [key(), text('element'), optional(flag('RAW'))],
});

export const vgetattr = defineCommand({
  name: 'vgetattr',
  summary: 'Returns the attributes of an element as JSON.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['readonly', 'fast', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('element')],
});

export const vsetattr = defineCommand({
  name: 'vsetattr',
  summary: 'Sets or removes the attributes of an element.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['write', 'fast', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  resp3: 'boolean',
  arguments: [key(), text('element'), text('attributes')],
});

export const vinfo = defineCommand({
  name: 'vinfo',
  summary: 'Returns the size and structure of a vector set.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['readonly', 'fast', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: { rule: 'pairs-unordered', ignoreKeys: ['max-level', 'vset-uid', 'hnsw-max-node-uid'] },
  mirror: 'verbatim',
  resp3: PLAIN_MAP,
  arguments: [key()],
});

export const vismember = defineCommand({
  name: 'vismember',
  summary: 'Determines whether an element belongs to a vector set.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['readonly', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  resp3: 'boolean',
  arguments: [key(), text('element')],
});

export const vlinks = defineCommand({
  name: 'vlinks',
  summary: 'Returns the neighbours of an element in the graph.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['readonly', 'fast', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  resp3: withWord('withscores', 3, { array: { map: 'double' }, nullIsString: true }),
  arguments: [key(), text('element'), optional(flag('WITHSCORES'))],
});

export const vrandmember = defineCommand({
  name: 'vrandmember',
  summary: 'Returns one or more random elements of a vector set.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['readonly', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  arguments: [key(), optional(integer('count'))],
});

export const vsim = defineCommand({
  name: 'vsim',
  summary: 'Returns the elements most similar to a vector or to an element.',
  group: 'vector-set',
  since: since('8.0.0', null),
  arity: -1,
  flags: ['readonly', 'module'],
  categories: [],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  resp3: withWord('withscores', 4, { map: 'double' }),
  arguments: [
    key(),
    oneOf(
      'query',
      text('element', 'ELE'),
      text('fp32', 'FP32'),
      token('VALUES', block('values', integer('count'), many(double('component')))),
    ),
    optional(flag('WITHSCORES')),
    optional(integer('count', 'COUNT')),
    optional(double('max-distance', 'EPSILON')),
    optional(integer('search-exploration-factor', 'EF')),
    optional(text('expression', 'FILTER')),
    optional(integer('max-filtering-effort', 'FILTER-EF')),
    optional(flag('TRUTH')),
    optional(flag('NOTHREAD')),
  ],
});

export const vectorSetCommands: readonly CommandDefinition[] = [
  vadd,
  vrem,
  vcard,
  vdim,
  vemb,
  vgetattr,
  vsetattr,
  vinfo,
  vismember,
  vlinks,
  vrandmember,
  vsim,
];
