/**
 * CLUSTER: nodes and their roles.
 * Definitions only: data that every thread loads once.
 */
import { defineCommand } from '../definition.ts';
import { CLUSTER_SHARDS, MAPS } from '../reply-shapes.ts';
import { runNoCluster } from '../server/run-standalone.ts';
import { added, block, flag, IGNORE, integer, oneOf, optional, since, text } from '../shapes.ts';

export const clusterMyid = defineCommand({
  name: 'cluster|myid',
  summary: 'Returns the ID of a node.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'redis-7.0': { removeFlags: ['loading'] },
    'redis-8.0': { removeFlags: ['loading'] },
  },
  run: runNoCluster,
  arguments: [],
});

export const clusterMyshardid = defineCommand({
  name: 'cluster|myshardid',
  summary: 'Returns the shard ID of a node.',
  group: 'cluster',
  since: since('7.2.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'redis-8.0': { removeFlags: ['loading'] },
  },
  run: runNoCluster,
  arguments: [],
});

export const clusterNodes = defineCommand({
  name: 'cluster|nodes',
  summary: 'Returns the cluster configuration for a node.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'redis-7.0': { removeFlags: ['loading'] },
    'redis-8.0': { removeFlags: ['loading'] },
  },
  resp3: 'verbatim',
  run: runNoCluster,
  arguments: [],
});

export const clusterReplicas = defineCommand({
  name: 'cluster|replicas',
  summary: 'Lists the replica nodes of a primary node.',
  group: 'cluster',
  since: since('5.0.0'),
  arity: 3,
  flags: ['admin', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [text('node-id')],
});

export const clusterSlaves = defineCommand({
  name: 'cluster|slaves',
  summary: 'Lists the replica nodes of a primary node.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 3,
  flags: ['admin', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [text('node-id')],
});

export const clusterInfo = defineCommand({
  name: 'cluster|info',
  summary: 'Returns information about the state of a node.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'redis-7.0': { removeFlags: ['loading'] },
    'redis-8.0': { removeFlags: ['loading'] },
  },
  resp3: 'verbatim',
  run: runNoCluster,
  arguments: [],
});

export const clusterLinks = defineCommand({
  name: 'cluster|links',
  summary: 'Returns a list of all TCP links to and from peer nodes.',
  group: 'cluster',
  since: since('7.0.0'),
  arity: 2,
  flags: ['stale'],
  categories: ['slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: MAPS,
  run: runNoCluster,
  arguments: [],
});

export const clusterShards = defineCommand({
  name: 'cluster|shards',
  summary: 'Returns the mapping of cluster slots to shards.',
  group: 'cluster',
  since: since('7.0.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'redis-7.0': { removeFlags: ['loading'] },
  },
  resp3: CLUSTER_SHARDS,
  run: runNoCluster,
  arguments: [],
});

export const clusterMeet = defineCommand({
  name: 'cluster|meet',
  summary: 'Forces a node to handshake with another node.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: -4,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [text('ip'), integer('port'), added(since('4.0.0'), optional(integer('cluster-bus-port')))],
});

export const clusterForget = defineCommand({
  name: 'cluster|forget',
  summary: 'Removes a node from the nodes table.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 3,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [text('node-id')],
});

export const clusterReplicate = defineCommand({
  name: 'cluster|replicate',
  summary: 'Configures a node as replica of a primary node or detaches a replica from its primary.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 3,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { arity: -3 },
  },
  run: runNoCluster,
  arguments: [
    oneOf('args', text('node-id'), added(since(null, '9.0.0'), block('no-one', flag('NO'), flag('ONE')))),
  ],
});

export const clusterFailover = defineCommand({
  name: 'cluster|failover',
  summary: 'Forces a replica to perform a manual failover of its primary.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: -2,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [optional(oneOf('options', flag('FORCE'), flag('TAKEOVER')))],
});

export const clusterReset = defineCommand({
  name: 'cluster|reset',
  summary: 'Resets a node.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: -2,
  flags: ['admin', 'noscript', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [optional(oneOf('reset-type', flag('HARD'), flag('SOFT')))],
});

export const clusterSaveconfig = defineCommand({
  name: 'cluster|saveconfig',
  summary: 'Forces a node to save the cluster configuration to disk.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 2,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [],
});

export const clusterBumpepoch = defineCommand({
  name: 'cluster|bumpepoch',
  summary: 'Advances the cluster config epoch.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 2,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [],
});

export const clusterSetConfigEpoch = defineCommand({
  name: 'cluster|set-config-epoch',
  summary: 'Sets the configuration epoch for a new node.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 3,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [integer('config-epoch')],
});

export const clusterCountFailureReports = defineCommand({
  name: 'cluster|count-failure-reports',
  summary: 'Returns the number of active failure reports for a node.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 3,
  flags: ['admin', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [text('node-id')],
});
