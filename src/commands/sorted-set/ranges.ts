/**
 * Ranges of sorted sets by rank, score or name.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { whenOption } from '../options.ts';
import { SCORED, withWord } from '../reply-shapes.ts';
import {
  added,
  block,
  double,
  EXACT,
  FLOAT,
  flag,
  integer,
  key,
  keyAt,
  oneOf,
  optional,
  since,
  text,
  token,
} from '../shapes.ts';
import {
  runZrange,
  runZrangebylex,
  runZrangebyscore,
  runZrangestore,
  runZremrangebylex,
  runZremrangebyrank,
  runZremrangebyscore,
  runZrevrange,
  runZrevrangebylex,
  runZrevrangebyscore,
} from './run-ranges.ts';

export const zrange = defineCommand({
  name: 'zrange',
  summary: 'Returns members in a sorted set within a range of indexes.',
  group: 'sorted-set',
  since: since('1.2.0'),
  arity: -4,
  flags: ['readonly'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: whenOption('WITHSCORES', 4, FLOAT),
  mirror: 'verbatim',
  resp3: withWord('withscores', 4, SCORED),
  arguments: [
    key(),
    text('start'),
    text('stop'),
    added(since('6.2.0'), optional(oneOf('sortby', flag('BYSCORE'), flag('BYLEX')))),
    added(since('6.2.0'), optional(flag('REV'))),
    added(since('6.2.0'), optional(token('LIMIT', block('limit', integer('offset'), integer('count'))))),
    optional(flag('WITHSCORES')),
  ],
  run: runZrange,
});

export const zrangestore = defineCommand({
  name: 'zrangestore',
  summary: 'Stores a range of members from sorted set in a key.',
  group: 'sorted-set',
  since: since('6.2.0'),
  arity: -5,
  flags: ['write', 'denyoom'],
  categories: ['write', 'sortedset', 'slow'],
  keys: [keyAt(1, 'OW', 'update'), keyAt(2, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key('dst'),
    key('src', 1),
    text('min'),
    text('max'),
    optional(oneOf('sortby', flag('BYSCORE'), flag('BYLEX'))),
    optional(flag('REV')),
    optional(token('LIMIT', block('limit', integer('offset'), integer('count')))),
  ],
  run: runZrangestore,
});

export const zrangebyscore = defineCommand({
  name: 'zrangebyscore',
  summary: 'Returns members in a sorted set within a range of scores.',
  group: 'sorted-set',
  since: since('1.0.5'),
  arity: -4,
  flags: ['readonly'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: whenOption('WITHSCORES', 4, FLOAT),
  mirror: 'verbatim',
  resp3: withWord('withscores', 4, SCORED),
  arguments: [
    key(),
    double('min'),
    double('max'),
    added(since('2.0.0'), optional(flag('WITHSCORES'))),
    optional(token('LIMIT', block('limit', integer('offset'), integer('count')))),
  ],
  run: runZrangebyscore,
});

export const zrangebylex = defineCommand({
  name: 'zrangebylex',
  summary: 'Returns members in a sorted set within a lexicographical range.',
  group: 'sorted-set',
  since: since('2.8.9'),
  arity: -4,
  flags: ['readonly'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key(),
    text('min'),
    text('max'),
    optional(token('LIMIT', block('limit', integer('offset'), integer('count')))),
  ],
  run: runZrangebylex,
});

export const zrevrange = defineCommand({
  name: 'zrevrange',
  summary: 'Returns members in a sorted set within a range of indexes in reverse order.',
  group: 'sorted-set',
  since: since('1.2.0'),
  arity: -4,
  flags: ['readonly'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: whenOption('WITHSCORES', 4, FLOAT),
  mirror: 'verbatim',
  resp3: withWord('withscores', 4, SCORED),
  arguments: [key(), integer('start'), integer('stop'), optional(flag('WITHSCORES'))],
  run: runZrevrange,
});

export const zrevrangebyscore = defineCommand({
  name: 'zrevrangebyscore',
  summary: 'Returns members in a sorted set within a range of scores in reverse order.',
  group: 'sorted-set',
  since: since('2.2.0'),
  arity: -4,
  flags: ['readonly'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: whenOption('WITHSCORES', 4, FLOAT),
  mirror: 'verbatim',
  resp3: withWord('withscores', 4, SCORED),
  arguments: [
    key(),
    double('max'),
    double('min'),
    optional(flag('WITHSCORES')),
    optional(token('LIMIT', block('limit', integer('offset'), integer('count')))),
  ],
  run: runZrevrangebyscore,
});

export const zrevrangebylex = defineCommand({
  name: 'zrevrangebylex',
  summary: 'Returns members in a sorted set within a lexicographical range in reverse order.',
  group: 'sorted-set',
  since: since('2.8.9'),
  arity: -4,
  flags: ['readonly'],
  categories: ['read', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key(),
    text('max'),
    text('min'),
    optional(token('LIMIT', block('limit', integer('offset'), integer('count')))),
  ],
  run: runZrevrangebylex,
});

export const zremrangebyrank = defineCommand({
  name: 'zremrangebyrank',
  summary: 'Removes members in a sorted set within a range of indexes.',
  group: 'sorted-set',
  since: since('2.0.0'),
  arity: 4,
  flags: ['write'],
  categories: ['write', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), integer('start'), integer('stop')],
  run: runZremrangebyrank,
});

export const zremrangebyscore = defineCommand({
  name: 'zremrangebyscore',
  summary: 'Removes members in a sorted set within a range of scores.',
  group: 'sorted-set',
  since: since('1.2.0'),
  arity: 4,
  flags: ['write'],
  categories: ['write', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), double('min'), double('max')],
  run: runZremrangebyscore,
});

export const zremrangebylex = defineCommand({
  name: 'zremrangebylex',
  summary: 'Removes members in a sorted set within a lexicographical range.',
  group: 'sorted-set',
  since: since('2.8.9'),
  arity: 4,
  flags: ['write'],
  categories: ['write', 'sortedset', 'slow'],
  keys: [keyAt(1, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('min'), text('max')],
  run: runZremrangebylex,
});

export const sortedSetRangesCommands: readonly CommandDefinition[] = [
  zrange,
  zrangestore,
  zrangebyscore,
  zrangebylex,
  zrevrange,
  zrevrangebyscore,
  zrevrangebylex,
  zremrangebyrank,
  zremrangebyscore,
  zremrangebylex,
];
