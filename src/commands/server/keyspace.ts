/**
 * Whole databases.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { swappedDatabases } from '../effects/deadline.ts';
import { runSwapdb } from '../generic/run-moves.ts';
import { added, argumentsAt, EXACT, flag, integer, oneOf, optional, since } from '../shapes.ts';
import { runFlushall, runFlushdb } from './run-keyspace.ts';

export const flushall = defineCommand({
  name: 'flushall',
  summary: 'Removes all keys from all databases.',
  group: 'server',
  since: since('1.0.0'),
  arity: -1,
  flags: ['write'],
  categories: ['write', 'keyspace', 'dangerous', 'slow'],
  keys: [],
  scope: 'keyspace',
  request: 'all_shards',
  response: 'all_succeeded',
  emptiesServer: true,
  databases: 'all',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runFlushall,
  locks: 'all',
  arguments: [
    optional(oneOf('flush-type', added(since('4.0.0'), flag('ASYNC')), added(since('6.2.0'), flag('SYNC')))),
  ],
});

export const flushdb = defineCommand({
  name: 'flushdb',
  summary: 'Removes all keys from the current database.',
  group: 'server',
  since: since('1.0.0'),
  arity: -1,
  flags: ['write'],
  categories: ['write', 'keyspace', 'dangerous', 'slow'],
  keys: [],
  scope: 'database',
  request: 'all_shards',
  response: 'all_succeeded',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runFlushdb,
  locks: 'all',
  arguments: [
    optional(oneOf('flush-type', added(since('4.0.0'), flag('ASYNC')), added(since('6.2.0'), flag('SYNC')))),
  ],
});

export const swapdb = defineCommand({
  name: 'swapdb',
  summary: 'Swaps two databases.',
  group: 'server',
  since: since('4.0.0'),
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['write', 'keyspace', 'dangerous', 'fast'],
  keys: [],
  scope: 'keyspace',
  databases: argumentsAt(1, 2),
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  swapsDatabases: swappedDatabases,
  run: runSwapdb,
  locks: 'all',
  arguments: [integer('index1'), integer('index2')],
});

export const serverKeyspaceCommands: readonly CommandDefinition[] = [flushall, flushdb, swapdb];
