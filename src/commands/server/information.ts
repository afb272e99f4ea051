/**
 * What the server tells about itself.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { debugShape } from '../reply-shapes.ts';
import { IGNORE, integer, many, optional, SHAPE, since, text } from '../shapes.ts';
import { debugLocks, runDebug, runLolwut } from './run-debug.ts';
import { runInfo } from './run-info.ts';
import { runDbsize } from './run-keyspace.ts';
import { runMonitor, runRole, runTime } from './run-monitor.ts';
import { runLastsave } from './run-persistence.ts';

export const info = defineCommand({
  name: 'info',
  summary: 'Returns information and statistics about the server.',
  group: 'server',
  since: since('1.0.0'),
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['dangerous', 'slow'],
  keys: [],
  request: 'all_shards',
  response: 'special',
  tips: ['nondeterministic_output'],
  // It tells how many clients there are.
  cluster: { merge: 'server-info' },
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  resp3: 'verbatim',
  run: runInfo,
  arguments: [optional(many(text('section')))],
});

export const dbsize = defineCommand({
  name: 'dbsize',
  summary: 'Returns the number of keys in the database.',
  group: 'server',
  since: since('1.0.0'),
  arity: 1,
  flags: ['readonly', 'fast'],
  categories: ['read', 'keyspace', 'fast'],
  keys: [],
  request: 'all_shards',
  response: 'agg_sum',
  session: 'none',
  // Keys of all slots, and expired ones that were not reaped yet.
  compare: SHAPE,
  mirror: 'verbatim',
  run: runDbsize,
  locks: 'all',
  arguments: [],
});

export const time = defineCommand({
  name: 'time',
  summary: 'Returns the server time.',
  group: 'server',
  since: since('2.6.0'),
  arity: 1,
  flags: ['fast', 'loading', 'stale'],
  categories: ['fast'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runTime,
  arguments: [],
});

export const lastsave = defineCommand({
  name: 'lastsave',
  summary: 'Returns the Unix timestamp of the last successful save to disk.',
  group: 'server',
  since: since('1.0.0'),
  arity: 1,
  flags: ['fast', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'fast'],
  keys: [],
  tips: ['nondeterministic_output'],
  cluster: { request: 'all_shards', merge: 'agg_min' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runLastsave,
  arguments: [],
});

export const role = defineCommand({
  name: 'role',
  summary: 'Returns the replication role.',
  group: 'server',
  since: since('2.8.12'),
  arity: 1,
  flags: ['fast', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'fast'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runRole,
  arguments: [],
});

export const lolwut = defineCommand({
  name: 'lolwut',
  summary: 'Displays computer art and the server version.',
  group: 'server',
  since: since('5.0.0'),
  arity: -1,
  flags: ['readonly', 'fast'],
  categories: ['read', 'fast'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: 'verbatim',
  run: runLolwut,
  arguments: [optional(integer('version', 'VERSION'))],
});

export const monitor = defineCommand({
  name: 'monitor',
  summary: 'Listens for all requests received by the server in real-time.',
  group: 'server',
  since: since('1.0.0'),
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'stream',
  compare: IGNORE,
  mirror: 'none',
  run: runMonitor,
  arguments: [],
});

export const debug = defineCommand({
  name: 'debug',
  summary: 'A container for debugging commands.',
  group: 'server',
  since: since('1.0.0'),
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: debugShape,
  run: runDebug,
  locks: debugLocks,
  arguments: [],
});

export const serverInformationCommands: readonly CommandDefinition[] = [
  info,
  dbsize,
  time,
  lastsave,
  role,
  lolwut,
  monitor,
  debug,
];
