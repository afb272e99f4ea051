/**
 * Libraries of functions kept by the server.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { FUNCTION_LIST, FUNCTION_STATS } from '../reply-shapes.ts';
import {
  EXACT,
  flag,
  IGNORE,
  integer,
  key,
  many,
  numKeysAt,
  oneOf,
  optional,
  SHAPE,
  since,
  text,
} from '../shapes.ts';
import {
  runFcall,
  runFcallRo,
  runFunctionDelete,
  runFunctionFlush,
  runFunctionList,
  runFunctionLoad,
  runFunctionStats,
} from './run-functions.ts';
import { runFunctionKill } from './run-scripts.ts';

export const fcall = defineCommand({
  name: 'fcall',
  summary: 'Invokes a function.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: -3,
  flags: ['noscript', 'stale', 'no_mandatory_keys', 'movablekeys', 'skip_monitor'],
  categories: ['scripting', 'slow'],
  keys: [numKeysAt(2, 1, 'RW', 'access', 'update')],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  arguments: [text('function'), integer('numkeys'), optional(many(key())), optional(many(text('arg')))],
  run: runFcall,
  locks: 'script',
});

export const fcallRo = defineCommand({
  name: 'fcall_ro',
  summary: 'Invokes a read-only function.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: -3,
  flags: ['readonly', 'noscript', 'stale', 'no_mandatory_keys', 'movablekeys', 'skip_monitor'],
  categories: ['scripting', 'slow'],
  keys: [numKeysAt(2, 1, 'RO', 'access')],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  arguments: [text('function'), integer('numkeys'), optional(many(key())), optional(many(text('arg')))],
  run: runFcallRo,
  locks: 'script',
});

export const functionLoad = defineCommand({
  name: 'function|load',
  summary: 'Creates a library.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  categories: ['write', 'scripting', 'slow'],
  keys: [],
  scope: 'scripts',
  request: 'all_shards',
  response: 'all_succeeded',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [optional(flag('REPLACE')), text('function-code')],
  run: runFunctionLoad,
  locks: 'script',
});

export const functionDelete = defineCommand({
  name: 'function|delete',
  summary: 'Deletes a library and its functions.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: 3,
  flags: ['write', 'noscript'],
  categories: ['write', 'scripting', 'slow'],
  keys: [],
  scope: 'scripts',
  request: 'all_shards',
  response: 'all_succeeded',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [text('library-name')],
  run: runFunctionDelete,
  locks: 'script',
});

export const functionFlush = defineCommand({
  name: 'function|flush',
  summary: 'Deletes all libraries and functions.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: -2,
  flags: ['write', 'noscript'],
  categories: ['write', 'scripting', 'slow'],
  keys: [],
  scope: 'scripts',
  request: 'all_shards',
  response: 'all_succeeded',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [optional(oneOf('flush-type', flag('ASYNC'), flag('SYNC')))],
  run: runFunctionFlush,
  locks: 'script',
});

export const functionList = defineCommand({
  name: 'function|list',
  summary: 'Returns information about all libraries.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: -2,
  flags: ['noscript'],
  categories: ['scripting', 'slow'],
  keys: [],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  resp3: FUNCTION_LIST,
  arguments: [optional(text('library-name-pattern', 'LIBRARYNAME')), optional(flag('WITHCODE'))],
  run: runFunctionList,
});

export const functionDump = defineCommand({
  name: 'function|dump',
  summary: 'Dumps all libraries into a serialized binary payload.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: 2,
  flags: ['noscript'],
  categories: ['scripting', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
});

export const functionRestore = defineCommand({
  name: 'function|restore',
  summary: 'Restores all libraries from a payload.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  categories: ['write', 'scripting', 'slow'],
  keys: [],
  scope: 'scripts',
  request: 'all_shards',
  response: 'all_succeeded',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    text('serialized-value'),
    optional(oneOf('policy', flag('FLUSH'), flag('APPEND'), flag('REPLACE'))),
  ],
});

export const functionStats = defineCommand({
  name: 'function|stats',
  summary: 'Returns information about a function during execution.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  categories: ['scripting', 'slow'],
  keys: [],
  request: 'all_shards',
  response: 'special',
  tips: ['nondeterministic_output'],
  cluster: { merge: 'running' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: FUNCTION_STATS,
  arguments: [],
  run: runFunctionStats,
});

export const functionKill = defineCommand({
  name: 'function|kill',
  summary: 'Terminates a function during execution.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  categories: ['scripting', 'slow'],
  keys: [],
  request: 'all_shards',
  response: 'one_succeeded',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  run: runFunctionKill,
});

export const functionHelp = defineCommand({
  name: 'function|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['scripting', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  run: runHelp,
});

export const functionCommand = defineCommand({
  name: 'function',
  summary: 'A container for function commands.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [
    functionLoad,
    functionDelete,
    functionFlush,
    functionList,
    functionDump,
    functionRestore,
    functionStats,
    functionKill,
    functionHelp,
  ],
});

export const functionCommands: readonly CommandDefinition[] = [fcall, fcallRo, functionCommand];
