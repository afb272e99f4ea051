/**
 * Primaries and replicas.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { block, flag, IGNORE, integer, oneOf, optional, since, text, token } from '../shapes.ts';
import { runFailover, runNotReplicated, runReplicaof } from './run-standalone.ts';

export const replicaof = defineCommand({
  name: 'replicaof',
  summary: 'Configures a server as replica of another, or promotes it to a primary.',
  group: 'server',
  since: since('5.0.0'),
  arity: 3,
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runReplicaof,
  arguments: [
    oneOf(
      'args',
      block('host-port', text('host'), integer('port')),
      block('no-one', flag('NO'), flag('ONE')),
    ),
  ],
});

export const slaveof = defineCommand({
  name: 'slaveof',
  summary: 'Sets a server as a replica of another, or promotes it to being a primary.',
  group: 'server',
  since: since('1.0.0'),
  arity: 3,
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runReplicaof,
  arguments: [
    oneOf(
      'args',
      block('host-port', text('host'), integer('port')),
      block('no-one', flag('NO'), flag('ONE')),
    ),
  ],
});

export const failover = defineCommand({
  name: 'failover',
  summary: 'Starts a coordinated failover from a server to one of its replicas.',
  group: 'server',
  since: since('6.2.0'),
  arity: -1,
  flags: ['admin', 'noscript', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runFailover,
  arguments: [
    optional(token('TO', block('target', text('host'), integer('port'), optional(flag('FORCE'))))),
    optional(flag('ABORT')),
    optional(integer('milliseconds', 'TIMEOUT')),
  ],
});

export const psync = defineCommand({
  name: 'psync',
  summary: 'An internal command used in replication.',
  group: 'server',
  since: since('2.8.0'),
  arity: -3,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'stream',
  compare: IGNORE,
  mirror: 'none',
  run: runNotReplicated,
  arguments: [text('replicationid'), integer('offset')],
});

export const sync = defineCommand({
  name: 'sync',
  summary: 'An internal command used in replication.',
  group: 'server',
  since: since('1.0.0'),
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'stream',
  compare: IGNORE,
  mirror: 'none',
  run: runNotReplicated,
  arguments: [],
});

export const replconf = defineCommand({
  name: 'replconf',
  summary: 'An internal command for configuring the replication stream.',
  group: 'server',
  since: since('3.0.0'),
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'allow_busy'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'stream',
  compare: IGNORE,
  mirror: 'none',
  run: runNotReplicated,
  arguments: [],
});

export const serverReplicationCommands: readonly CommandDefinition[] = [
  replicaof,
  slaveof,
  failover,
  psync,
  sync,
  replconf,
];
