/**
 * CLUSTER: slots, their owners and their keys.
 * Definitions only: data that every thread loads once.
 */
import { defineCommand } from '../definition.ts';
import { CLUSTER_SLOTS, MAPS, SLOT_STATS } from '../reply-shapes.ts';
import { runClusterKeyslot, runNoCluster } from '../server/run-standalone.ts';
import {
  added,
  block,
  flag,
  IGNORE,
  integer,
  many,
  oneOf,
  optional,
  shownAs,
  since,
  text,
  token,
} from '../shapes.ts';

export const clusterSlots = defineCommand({
  name: 'cluster|slots',
  summary: 'Returns the mapping of cluster slots to nodes.',
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
  },
  resp3: CLUSTER_SLOTS,
  run: runNoCluster,
  arguments: [],
});

export const clusterSlotStats = defineCommand({
  name: 'cluster|slot-stats',
  summary: 'Return an array of slot usage statistics for slots assigned to the current node.',
  group: 'cluster',
  since: since('8.2.0', '8.0.0'),
  arity: -4,
  flags: ['loading', 'stale'],
  categories: ['slow'],
  keys: [],
  request: 'all_shards',
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: SLOT_STATS,
  run: runNoCluster,
  arguments: [
    oneOf(
      'filter',
      token('SLOTSRANGE', block('slotsrange', integer('start-slot'), integer('end-slot'))),
      token(
        'ORDERBY',
        block(
          'orderby',
          text('metric'),
          optional(integer('limit', 'LIMIT')),
          optional(oneOf('order', flag('ASC'), flag('DESC'))),
        ),
      ),
    ),
  ],
});

export const clusterKeyslot = defineCommand({
  name: 'cluster|keyslot',
  summary: 'Returns the hash slot for a key.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 3,
  flags: ['stale'],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runClusterKeyslot,
  arguments: [text('key')],
});

export const clusterCountkeysinslot = defineCommand({
  name: 'cluster|countkeysinslot',
  summary: 'Returns the number of keys in a hash slot.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 3,
  flags: ['stale'],
  categories: ['slow'],
  keys: [],
  cluster: { slotArgument: 2 },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [integer('slot')],
});

export const clusterGetkeysinslot = defineCommand({
  name: 'cluster|getkeysinslot',
  summary: 'Returns the key names in a hash slot.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: 4,
  flags: ['stale'],
  categories: ['slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  cluster: { slotArgument: 2 },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [integer('slot'), integer('count')],
});

export const clusterAddslots = defineCommand({
  name: 'cluster|addslots',
  summary: 'Assigns new hash slots to a node.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: -3,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [many(integer('slot'))],
});

export const clusterAddslotsrange = defineCommand({
  name: 'cluster|addslotsrange',
  summary: 'Assigns new hash slot ranges to a node.',
  group: 'cluster',
  since: since('7.0.0'),
  arity: -4,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [many(block('range', integer('start-slot'), integer('end-slot')))],
});

export const clusterDelslots = defineCommand({
  name: 'cluster|delslots',
  summary: 'Sets hash slots as unbound for a node.',
  group: 'cluster',
  since: since('3.0.0'),
  arity: -3,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [many(integer('slot'))],
});

export const clusterDelslotsrange = defineCommand({
  name: 'cluster|delslotsrange',
  summary: 'Sets hash slot ranges as unbound for a node.',
  group: 'cluster',
  since: since('7.0.0'),
  arity: -4,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [many(block('range', integer('start-slot'), integer('end-slot')))],
});

export const clusterSetslot = defineCommand({
  name: 'cluster|setslot',
  summary: 'Binds a hash slot to a node.',
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
  arguments: [
    integer('slot'),
    oneOf(
      'subcommand',
      shownAs('node-id', text('importing', 'IMPORTING')),
      shownAs('node-id', text('migrating', 'MIGRATING')),
      shownAs('node-id', text('node', 'NODE')),
      flag('STABLE'),
    ),
    added(since(null, '8.0.0'), optional(integer('timeout', 'TIMEOUT'))),
  ],
});

export const clusterFlushslot = defineCommand({
  name: 'cluster|flushslot',
  summary: 'Removes all keys from the target slot.',
  group: 'cluster',
  since: since(null, '9.0.0'),
  arity: -3,
  flags: ['write', 'admin', 'no_async_loading'],
  categories: ['write', 'keyspace', 'admin', 'dangerous', 'slow'],
  keys: [],
  scope: 'keyspace',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [integer('slot'), optional(oneOf('flush-type', flag('ASYNC'), flag('SYNC')))],
});

export const clusterFlushslots = defineCommand({
  name: 'cluster|flushslots',
  summary: 'Deletes all slots information from a node.',
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

export const clusterMigrateslots = defineCommand({
  name: 'cluster|migrateslots',
  summary: 'Migrate the given slots from this node to the specified nodes.',
  group: 'cluster',
  since: since(null, '9.0.0'),
  arity: -4,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  databases: 'all',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [
    many(
      block(
        'migration-group',
        flag('SLOTSRANGE', 'slotsrange-token'),
        many(block('range', integer('start-slot'), integer('end-slot'))),
        flag('NODE', 'node-token'),
        text('node-id'),
      ),
    ),
  ],
});

export const clusterCancelslotmigrations = defineCommand({
  name: 'cluster|cancelslotmigrations',
  summary: 'Cancel all current ongoing slot migration operations.',
  group: 'cluster',
  since: since(null, '9.0.0'),
  arity: 2,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  databases: 'all',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [],
});

export const clusterGetslotmigrations = defineCommand({
  name: 'cluster|getslotmigrations',
  summary: 'Gets the status of ongoing and recently finished slot import and export operations.',
  group: 'cluster',
  since: since(null, '9.0.0'),
  arity: 2,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: MAPS,
  run: runNoCluster,
  arguments: [],
});

export const clusterSyncslots = defineCommand({
  name: 'cluster|syncslots',
  summary: 'A container for internal slot migration commands.',
  group: 'cluster',
  since: since(null, '9.0.0'),
  arity: -3,
  flags: ['admin', 'stale', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'stream',
  compare: IGNORE,
  mirror: 'none',
  run: runNoCluster,
  arguments: [],
});
