/**
 * MEMORY: where memory goes.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { MEMORY_STATS } from '../reply-shapes.ts';
import { IGNORE, integer, key, keyAt, optional, SHAPE, since } from '../shapes.ts';
import {
  runMemoryDoctor,
  runMemoryMallocStats,
  runMemoryPurge,
  runMemoryStats,
  runMemoryUsage,
} from './run-memory.ts';

export const memoryDoctor = defineCommand({
  name: 'memory|doctor',
  summary: 'Outputs a memory problems report.',
  group: 'server',
  since: since('4.0.0'),
  arity: 2,
  flags: [],
  categories: ['slow'],
  keys: [],
  request: 'all_shards',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { merge: 'texts' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: 'verbatim',
  run: runMemoryDoctor,
  arguments: [],
});

export const memoryMallocStats = defineCommand({
  name: 'memory|malloc-stats',
  summary: 'Returns the allocator statistics.',
  group: 'server',
  since: since('4.0.0'),
  arity: 2,
  flags: [],
  categories: ['slow'],
  keys: [],
  request: 'all_shards',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { merge: 'texts' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['loading'] },
  },
  resp3: 'verbatim',
  run: runMemoryMallocStats,
  arguments: [],
});

export const memoryPurge = defineCommand({
  name: 'memory|purge',
  summary: 'Asks the allocator to release memory.',
  group: 'server',
  since: since('4.0.0'),
  arity: 2,
  flags: [],
  categories: ['slow'],
  keys: [],
  request: 'all_shards',
  response: 'all_succeeded',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['loading'] },
  },
  run: runMemoryPurge,
  arguments: [],
});

export const memoryStats = defineCommand({
  name: 'memory|stats',
  summary: 'Returns details about memory usage.',
  group: 'server',
  since: since('4.0.0'),
  arity: 2,
  flags: [],
  categories: ['slow'],
  keys: [],
  request: 'all_shards',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { request: 'any' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: MEMORY_STATS,
  run: runMemoryStats,
  locks: 'self',
  arguments: [],
});

export const memoryUsage = defineCommand({
  name: 'memory|usage',
  summary: 'Estimates the memory usage of a key.',
  group: 'server',
  since: since('4.0.0'),
  arity: -3,
  flags: ['readonly'],
  categories: ['read', 'slow'],
  keys: [keyAt(2, 'RO')],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  run: runMemoryUsage,
  arguments: [key(), optional(integer('count', 'SAMPLES'))],
});

export const memoryHelp = defineCommand({
  name: 'memory|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'server',
  since: since('4.0.0'),
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

export const memory = defineCommand({
  name: 'memory',
  summary: 'A container for memory diagnostics commands.',
  group: 'server',
  since: since('4.0.0'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [memoryDoctor, memoryMallocStats, memoryPurge, memoryStats, memoryUsage, memoryHelp],
});

export const serverMemoryCommands: readonly CommandDefinition[] = [memory];
