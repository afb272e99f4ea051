/**
 * Publishing and asking who listens.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { IGNORE, keyAt, many, optional, pattern, SHAPE, since, text } from '../shapes.ts';
import {
  runPublish,
  runPubsubChannels,
  runPubsubNumpat,
  runPubsubNumsub,
  runPubsubShardchannels,
  runPubsubShardnumsub,
  runSpublish,
} from './run-messages.ts';

export const publish = defineCommand({
  name: 'publish',
  summary: 'Posts a message to a channel.',
  group: 'pubsub',
  since: since('2.0.0'),
  arity: 3,
  flags: ['pubsub', 'fast', 'loading', 'stale'],
  categories: ['pubsub', 'fast'],
  keys: [],
  channels: 'first',
  session: 'none',
  compare: SHAPE,
  mirror: 'none',
  run: runPublish,
  arguments: [text('channel'), text('message')],
});

export const spublish = defineCommand({
  name: 'spublish',
  summary: 'Posts a message to a shard channel.',
  group: 'pubsub',
  since: since('7.0.0'),
  arity: 3,
  flags: ['pubsub', 'fast', 'loading', 'stale'],
  categories: ['pubsub', 'fast'],
  keys: [keyAt(1, 'not_key')],
  channels: 'first',
  session: 'none',
  compare: SHAPE,
  mirror: 'none',
  run: runSpublish,
  arguments: [text('shardchannel'), text('message')],
});

export const pubsubChannels = defineCommand({
  name: 'pubsub|channels',
  summary: 'Returns the active channels.',
  group: 'pubsub',
  since: since('2.8.0'),
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [],
  cluster: { request: 'all_nodes', merge: 'union' },
  session: 'none',
  compare: SHAPE,
  mirror: 'none',
  run: runPubsubChannels,
  arguments: [optional(pattern('pattern'))],
});

export const pubsubNumpat = defineCommand({
  name: 'pubsub|numpat',
  summary: 'Returns a count of unique pattern subscriptions.',
  group: 'pubsub',
  since: since('2.8.0'),
  arity: 2,
  flags: ['pubsub', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [],
  cluster: { request: 'all_nodes', merge: 'agg_sum' },
  session: 'none',
  compare: SHAPE,
  mirror: 'none',
  run: runPubsubNumpat,
  arguments: [],
});

export const pubsubNumsub = defineCommand({
  name: 'pubsub|numsub',
  summary: 'Returns a count of subscribers to channels.',
  group: 'pubsub',
  since: since('2.8.0'),
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [],
  cluster: { request: 'all_nodes', merge: 'agg_sum' },
  session: 'none',
  compare: SHAPE,
  mirror: 'none',
  run: runPubsubNumsub,
  arguments: [optional(many(text('channel')))],
});

export const pubsubShardchannels = defineCommand({
  name: 'pubsub|shardchannels',
  summary: 'Returns the active shard channels.',
  group: 'pubsub',
  since: since('7.0.0'),
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [],
  cluster: { request: 'all_nodes', merge: 'union' },
  session: 'none',
  compare: SHAPE,
  mirror: 'none',
  run: runPubsubShardchannels,
  arguments: [optional(pattern('pattern'))],
});

export const pubsubShardnumsub = defineCommand({
  name: 'pubsub|shardnumsub',
  summary: 'Returns the count of subscribers of shard channels.',
  group: 'pubsub',
  since: since('7.0.0'),
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [],
  cluster: { request: 'all_nodes', merge: 'agg_sum' },
  session: 'none',
  compare: SHAPE,
  mirror: 'none',
  run: runPubsubShardnumsub,
  arguments: [optional(many(text('shardchannel')))],
});

export const pubsubHelp = defineCommand({
  name: 'pubsub|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'pubsub',
  since: since('6.2.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runHelp,
  arguments: [],
});

export const pubsub = defineCommand({
  name: 'pubsub',
  summary: 'A container for Pub/Sub commands.',
  group: 'pubsub',
  since: since('2.8.0'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [
    pubsubChannels,
    pubsubNumpat,
    pubsubNumsub,
    pubsubShardchannels,
    pubsubShardnumsub,
    pubsubHelp,
  ],
});

export const publishCommands: readonly CommandDefinition[] = [publish, spublish, pubsub];
