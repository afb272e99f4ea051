/**
 * Listening to channels.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { CONFIRMATION } from '../reply-shapes.ts';
import { IGNORE, keysFrom, many, optional, pattern, since, text } from '../shapes.ts';
import {
  runPsubscribe,
  runPunsubscribe,
  runSsubscribe,
  runSubscribe,
  runSunsubscribe,
  runUnsubscribe,
} from './run-subscriptions.ts';

export const subscribe = defineCommand({
  name: 'subscribe',
  summary: 'Listens for messages published to channels.',
  group: 'pubsub',
  since: since('2.0.0'),
  arity: -2,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [],
  channels: 'all',
  session: 'subscribe',
  compare: IGNORE,
  mirror: 'none',
  resp3: CONFIRMATION,
  run: runSubscribe,
  arguments: [many(text('channel'))],
});

export const unsubscribe = defineCommand({
  name: 'unsubscribe',
  summary: 'Stops listening to messages posted to channels.',
  group: 'pubsub',
  since: since('2.0.0'),
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [],
  session: 'subscribe',
  compare: IGNORE,
  mirror: 'none',
  resp3: CONFIRMATION,
  run: runUnsubscribe,
  arguments: [optional(many(text('channel')))],
});

export const psubscribe = defineCommand({
  name: 'psubscribe',
  summary: 'Listens for messages published to channels that match one or more patterns.',
  group: 'pubsub',
  since: since('2.0.0'),
  arity: -2,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [],
  channels: 'patterns',
  session: 'subscribe',
  compare: IGNORE,
  mirror: 'none',
  resp3: CONFIRMATION,
  run: runPsubscribe,
  arguments: [many(pattern('pattern'))],
});

export const punsubscribe = defineCommand({
  name: 'punsubscribe',
  summary: 'Stops listening to messages published to channels that match one or more patterns.',
  group: 'pubsub',
  since: since('2.0.0'),
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [],
  session: 'subscribe',
  compare: IGNORE,
  mirror: 'none',
  resp3: CONFIRMATION,
  run: runPunsubscribe,
  arguments: [optional(many(pattern('pattern')))],
});

export const ssubscribe = defineCommand({
  name: 'ssubscribe',
  summary: 'Listens for messages published to shard channels.',
  group: 'pubsub',
  since: since('7.0.0'),
  arity: -2,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [keysFrom(1, 'not_key')],
  channels: 'all',
  session: 'subscribe',
  compare: IGNORE,
  mirror: 'none',
  resp3: CONFIRMATION,
  run: runSsubscribe,
  arguments: [many(text('shardchannel'))],
});

export const sunsubscribe = defineCommand({
  name: 'sunsubscribe',
  summary: 'Stops listening to messages posted to shard channels.',
  group: 'pubsub',
  since: since('7.0.0'),
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  categories: ['pubsub', 'slow'],
  keys: [keysFrom(1, 'not_key')],
  session: 'subscribe',
  compare: IGNORE,
  mirror: 'none',
  resp3: CONFIRMATION,
  run: runSunsubscribe,
  arguments: [optional(many(text('shardchannel')))],
});

export const subscriptionCommands: readonly CommandDefinition[] = [
  subscribe,
  unsubscribe,
  psubscribe,
  punsubscribe,
  ssubscribe,
  sunsubscribe,
];
