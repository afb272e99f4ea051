/**
 * Commands that look for keys rather than name them.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { added, CURSOR, IGNORE, integer, optional, pattern, SHAPE, since, text } from '../shapes.ts';
import { runKeys, runScan } from './run-iteration.ts';
import { runRandomkey } from './run-keys.ts';

export const keys = defineCommand({
  name: 'keys',
  summary: 'Returns all key names that match a pattern.',
  group: 'generic',
  since: since('1.0.0'),
  arity: 2,
  flags: ['readonly'],
  categories: ['read', 'keyspace', 'dangerous', 'slow'],
  keys: [],
  request: 'all_shards',
  tips: ['nondeterministic_output_order'],
  session: 'none',
  // Keys of other slots come and go while both servers answer.
  compare: SHAPE,
  mirror: 'verbatim',
  run: runKeys,
  locks: 'self',
  arguments: [pattern('pattern')],
});

export const scan = defineCommand({
  name: 'scan',
  summary: 'Iterates over the key names in the database.',
  group: 'generic',
  since: since('2.8.0'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'keyspace', 'slow'],
  keys: [],
  request: 'special',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { request: 'scan' },
  session: 'none',
  compare: CURSOR,
  mirror: 'verbatim',
  run: runScan,
  locks: 'self',
  arguments: [
    integer('cursor'),
    optional(pattern('pattern', 'MATCH')),
    optional(integer('count', 'COUNT')),
    added(since('6.0.0'), optional(text('type', 'TYPE'))),
  ],
});

export const randomkey = defineCommand({
  name: 'randomkey',
  summary: 'Returns a random key name from the database.',
  group: 'generic',
  since: since('1.0.0'),
  arity: 1,
  flags: ['readonly'],
  categories: ['read', 'keyspace', 'slow'],
  keys: [],
  request: 'all_shards',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { merge: 'random' },
  session: 'none',
  // Random, and null or not by keys of any slot.
  compare: IGNORE,
  mirror: 'none',
  run: runRandomkey,
  locks: 'all',
  arguments: [],
});

export const genericIterationCommands: readonly CommandDefinition[] = [keys, scan, randomkey];
