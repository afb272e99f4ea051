/**
 * Approximate counts of distinct elements.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { EXACT, IGNORE, key, keyAt, keysFrom, many, optional, since, text } from '../shapes.ts';
import { runPfadd, runPfcount, runPfmerge } from './run-counts.ts';
import { runPfdebug, runPfselftest } from './run-debug.ts';

export const pfadd = defineCommand({
  name: 'pfadd',
  summary: "Adds elements to a HyperLogLog key. Creates the key if it doesn't exist.",
  group: 'hyperloglog',
  since: since('2.8.9'),
  arity: -2,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'hyperloglog', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runPfadd,
  arguments: [key(), optional(many(text('element')))],
});

export const pfcount = defineCommand({
  name: 'pfcount',
  summary: 'Returns the approximated cardinality of the set(s) observed by the HyperLogLog key(s).',
  group: 'hyperloglog',
  since: since('2.8.9'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'hyperloglog', 'slow'],
  keys: [keysFrom(1, 'RW', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runPfcount,
  arguments: [many(key())],
});

export const pfmerge = defineCommand({
  name: 'pfmerge',
  summary: 'Merges one or more HyperLogLog values into a single key.',
  group: 'hyperloglog',
  since: since('2.8.9'),
  arity: -2,
  flags: ['write', 'denyoom'],
  categories: ['write', 'hyperloglog', 'slow'],
  keys: [keyAt(1, 'RW', 'access', 'insert'), keysFrom(2, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runPfmerge,
  arguments: [key('destkey'), optional(many(key('sourcekey', 1)))],
});

export const pfdebug = defineCommand({
  name: 'pfdebug',
  summary: 'Internal commands for debugging HyperLogLog values.',
  group: 'hyperloglog',
  since: since('2.8.9'),
  arity: 3,
  flags: ['write', 'denyoom', 'admin'],
  categories: ['write', 'hyperloglog', 'admin', 'dangerous', 'slow'],
  keys: [keyAt(2, 'RW', 'access')],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runPfdebug,
  arguments: [text('subcommand'), key()],
});

export const pfselftest = defineCommand({
  name: 'pfselftest',
  summary: 'An internal command for testing HyperLogLog values.',
  group: 'hyperloglog',
  since: since('2.8.9'),
  arity: 1,
  flags: ['admin'],
  categories: ['hyperloglog', 'admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runPfselftest,
  arguments: [],
});

export const hyperloglogCountsCommands: readonly CommandDefinition[] = [
  pfadd,
  pfcount,
  pfmerge,
  pfdebug,
  pfselftest,
];
