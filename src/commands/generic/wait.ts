/**
 * Waiting for replicas and for the append-only file.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { integer, SHAPE, since } from '../shapes.ts';
import { runWait, runWaitaof, writeNoFiles, writeNoReplicas } from './run-wait.ts';

export const wait = defineCommand({
  name: 'wait',
  summary: 'Blocks until replicas acknowledge the preceding writes of the connection.',
  group: 'generic',
  since: since('3.0.0'),
  arity: 3,
  flags: ['blocking'],
  categories: ['connection', 'blocking', 'slow'],
  keys: [],
  request: 'all_shards',
  response: 'agg_min',
  session: 'blocking',
  awaitsWrites: true,
  compare: SHAPE,
  mirror: 'none',
  variants: {
    'redis-7.0': { addFlags: ['noscript'], removeFlags: ['blocking'], categories: ['connection', 'slow'] },
  },
  run: runWait,
  timedOut: writeNoReplicas,
  locks: 'self',
  arguments: [integer('numreplicas'), integer('timeout')],
});

export const waitaof = defineCommand({
  name: 'waitaof',
  summary: 'Blocks until the preceding writes of the connection are in the append-only files.',
  group: 'generic',
  since: since('7.2.0'),
  arity: 4,
  flags: ['blocking'],
  categories: ['connection', 'blocking', 'slow'],
  keys: [],
  request: 'all_shards',
  response: 'agg_min',
  session: 'blocking',
  awaitsWrites: true,
  compare: SHAPE,
  mirror: 'none',
  run: runWaitaof,
  timedOut: writeNoFiles,
  locks: 'self',
  arguments: [integer('numlocal'), integer('numreplicas'), integer('timeout')],
});

export const genericWaitCommands: readonly CommandDefinition[] = [wait, waitaof];
