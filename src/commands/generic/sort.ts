/**
 * Sorting the elements of a list, set or sorted set.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import {
  block,
  EXACT,
  flag,
  integer,
  key,
  keyAt,
  keyPattern,
  manyTokens,
  oneOf,
  optional,
  shownAs,
  since,
  token,
  unknownKeys,
} from '../shapes.ts';
import { runSort, runSortRo } from './run-sort.ts';
import { sortLocks } from './sort-options.ts';
import { sortRule } from './sort-order.ts';

export const sort = defineCommand({
  name: 'sort',
  summary: 'Sorts the elements in a list, a set, or a sorted set, optionally storing the result.',
  group: 'generic',
  since: since('1.0.0'),
  arity: -2,
  flags: ['write', 'denyoom', 'movablekeys'],
  categories: ['write', 'list', 'set', 'sortedset', 'dangerous', 'slow'],
  keys: [keyAt(1, 'RO', 'access'), unknownKeys('RO', 'access'), unknownKeys('OW', 'update')],
  keySearch: 'sort-store',
  session: 'none',
  compare: EXACT,
  compareWith: sortRule,
  mirror: 'verbatim',
  run: runSort,
  locks: sortLocks,
  arguments: [
    key(),
    optional(shownAs('pattern', keyPattern('by-pattern', 1, 'BY'))),
    optional(token('LIMIT', block('limit', integer('offset'), integer('count')))),
    optional(manyTokens(shownAs('pattern', keyPattern('get-pattern', 1, 'GET')))),
    optional(oneOf('order', flag('ASC'), flag('DESC'))),
    optional(flag('ALPHA', 'sorting')),
    optional(key('destination', 2, 'STORE')),
  ],
});

export const sortRo = defineCommand({
  name: 'sort_ro',
  summary: 'Returns the sorted elements of a list, a set, or a sorted set.',
  group: 'generic',
  since: since('7.0.0'),
  arity: -2,
  flags: ['readonly', 'movablekeys'],
  categories: ['read', 'list', 'set', 'sortedset', 'dangerous', 'slow'],
  keys: [keyAt(1, 'RO', 'access'), unknownKeys('RO', 'access')],
  keySearch: 'first',
  session: 'none',
  compare: EXACT,
  compareWith: sortRule,
  mirror: 'verbatim',
  run: runSortRo,
  locks: sortLocks,
  arguments: [
    key(),
    optional(shownAs('pattern', keyPattern('by-pattern', 1, 'BY'))),
    optional(token('LIMIT', block('limit', integer('offset'), integer('count')))),
    optional(manyTokens(shownAs('pattern', keyPattern('get-pattern', 1, 'GET')))),
    optional(oneOf('order', flag('ASC'), flag('DESC'))),
    optional(flag('ALPHA', 'sorting')),
  ],
});

export const genericSortCommands: readonly CommandDefinition[] = [sort, sortRo];
