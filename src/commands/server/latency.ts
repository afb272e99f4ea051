/**
 * LATENCY: events that took long.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { LATENCY_HISTOGRAM } from '../reply-shapes.ts';
import { IGNORE, many, optional, since, text } from '../shapes.ts';
import {
  runLatencyDoctor,
  runLatencyGraph,
  runLatencyHistogram,
  runLatencyHistory,
  runLatencyLatest,
  runLatencyReset,
} from './run-latency.ts';

export const latencyDoctor = defineCommand({
  name: 'latency|doctor',
  summary: 'Returns a human-readable latency analysis report.',
  group: 'server',
  since: since('2.8.13'),
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { merge: 'texts' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: 'verbatim',
  run: runLatencyDoctor,
  arguments: [],
});

export const latencyGraph = defineCommand({
  name: 'latency|graph',
  summary: 'Returns a latency graph for an event.',
  group: 'server',
  since: since('2.8.13'),
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { request: 'any' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: 'verbatim',
  run: runLatencyGraph,
  arguments: [text('event')],
});

export const latencyHistogram = defineCommand({
  name: 'latency|histogram',
  summary: 'Returns the cumulative distribution of latencies of a subset or all commands.',
  group: 'server',
  since: since('7.0.0'),
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { request: 'any' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: LATENCY_HISTOGRAM,
  run: runLatencyHistogram,
  arguments: [optional(many(text('command')))],
});

export const latencyHistory = defineCommand({
  name: 'latency|history',
  summary: 'Returns timestamp-latency samples for an event.',
  group: 'server',
  since: since('2.8.13'),
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { merge: 'concatenate' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runLatencyHistory,
  arguments: [text('event')],
});

export const latencyLatest = defineCommand({
  name: 'latency|latest',
  summary: 'Returns the latest latency samples for all events.',
  group: 'server',
  since: since('2.8.13'),
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { merge: 'concatenate' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runLatencyLatest,
  arguments: [],
});

export const latencyReset = defineCommand({
  name: 'latency|reset',
  summary: 'Resets the latency data for one or more events.',
  group: 'server',
  since: since('2.8.13'),
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'agg_sum',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runLatencyReset,
  arguments: [optional(many(text('event')))],
});

export const latencyHelp = defineCommand({
  name: 'latency|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'server',
  since: since('2.8.13'),
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

export const latency = defineCommand({
  name: 'latency',
  summary: 'A container for latency diagnostics commands.',
  group: 'server',
  since: since('2.8.13'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [
    latencyDoctor,
    latencyGraph,
    latencyHistogram,
    latencyHistory,
    latencyLatest,
    latencyReset,
    latencyHelp,
  ],
});

export const serverLatencyCommands: readonly CommandDefinition[] = [latency];
