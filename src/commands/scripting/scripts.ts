/**
 * Lua scripts sent by clients.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import {
  added,
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
import { scriptRule } from './determinism.ts';
import {
  runEval,
  runEvalRo,
  runEvalSha,
  runEvalShaRo,
  runScriptDebug,
  runScriptExists,
  runScriptFlush,
  runScriptKill,
  runScriptLoad,
  runScriptShow,
} from './run-scripts.ts';

export const evalCommand = defineCommand({
  name: 'eval',
  summary: 'Executes a server-side Lua script.',
  group: 'scripting',
  since: since('2.6.0'),
  arity: -3,
  flags: ['noscript', 'stale', 'no_mandatory_keys', 'movablekeys', 'skip_monitor'],
  categories: ['scripting', 'slow'],
  keys: [numKeysAt(2, 1, 'RW', 'access', 'update')],
  script: { kind: 'text', argument: 1 },
  session: 'none',
  compare: EXACT,
  compareWith: scriptRule,
  mirror: 'verbatim',
  arguments: [text('script'), integer('numkeys'), optional(many(key())), optional(many(text('arg')))],
  run: runEval,
  locks: 'script',
});

export const evalRo = defineCommand({
  name: 'eval_ro',
  summary: 'Executes a read-only server-side Lua script.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: -3,
  flags: ['readonly', 'noscript', 'stale', 'no_mandatory_keys', 'movablekeys', 'skip_monitor'],
  categories: ['scripting', 'slow'],
  keys: [numKeysAt(2, 1, 'RO', 'access')],
  script: { kind: 'text', argument: 1 },
  session: 'none',
  compare: EXACT,
  compareWith: scriptRule,
  mirror: 'verbatim',
  arguments: [text('script'), integer('numkeys'), optional(many(key())), optional(many(text('arg')))],
  run: runEvalRo,
  locks: 'script',
});

export const evalsha = defineCommand({
  name: 'evalsha',
  summary: 'Executes a server-side Lua script by SHA1 digest.',
  group: 'scripting',
  since: since('2.6.0'),
  arity: -3,
  flags: ['noscript', 'stale', 'no_mandatory_keys', 'movablekeys', 'skip_monitor'],
  categories: ['scripting', 'slow'],
  keys: [numKeysAt(2, 1, 'RW', 'access', 'update')],
  script: { kind: 'digest', withText: 'eval' },
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  arguments: [text('sha1'), integer('numkeys'), optional(many(key())), optional(many(text('arg')))],
  run: runEvalSha,
  locks: 'script',
});

export const evalshaRo = defineCommand({
  name: 'evalsha_ro',
  summary: 'Executes a read-only server-side Lua script by SHA1 digest.',
  group: 'scripting',
  since: since('7.0.0'),
  arity: -3,
  flags: ['readonly', 'noscript', 'stale', 'no_mandatory_keys', 'movablekeys', 'skip_monitor'],
  categories: ['scripting', 'slow'],
  keys: [numKeysAt(2, 1, 'RO', 'access')],
  script: { kind: 'digest', withText: 'eval_ro' },
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  arguments: [text('sha1'), integer('numkeys'), optional(many(key())), optional(many(text('arg')))],
  run: runEvalShaRo,
  locks: 'script',
});

export const scriptLoad = defineCommand({
  name: 'script|load',
  summary: 'Loads a server-side Lua script to the script cache.',
  group: 'scripting',
  since: since('2.6.0'),
  arity: 3,
  flags: ['noscript', 'stale'],
  categories: ['scripting', 'slow'],
  keys: [],
  scope: 'scripts',
  request: 'all_nodes',
  response: 'all_succeeded',
  script: { kind: 'text', argument: 2 },
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [text('script')],
  run: runScriptLoad,
});

export const scriptExists = defineCommand({
  name: 'script|exists',
  summary: 'Determines whether server-side Lua scripts exist in the script cache.',
  group: 'scripting',
  since: since('2.6.0'),
  arity: -3,
  flags: ['noscript'],
  categories: ['scripting', 'slow'],
  keys: [],
  request: 'all_shards',
  response: 'agg_logical_and',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['stale'] },
  },
  arguments: [many(text('sha1'))],
  run: runScriptExists,
});

export const scriptFlush = defineCommand({
  name: 'script|flush',
  summary: 'Removes all server-side Lua scripts from the script cache.',
  group: 'scripting',
  since: since('2.6.0'),
  arity: -2,
  flags: ['noscript'],
  categories: ['scripting', 'slow'],
  keys: [],
  scope: 'scripts',
  request: 'all_nodes',
  response: 'all_succeeded',
  script: { kind: 'forget' },
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  variants: {
    'valkey-9.1': { addFlags: ['stale'] },
  },
  arguments: [added(since('6.2.0'), optional(oneOf('flush-type', flag('ASYNC'), flag('SYNC'))))],
  run: runScriptFlush,
});

export const scriptKill = defineCommand({
  name: 'script|kill',
  summary: 'Terminates a server-side Lua script during execution.',
  group: 'scripting',
  since: since('2.6.0'),
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
  run: runScriptKill,
});

export const scriptDebug = defineCommand({
  name: 'script|debug',
  summary: 'Sets the debug mode of server-side Lua scripts.',
  group: 'scripting',
  since: since('3.2.0'),
  arity: 3,
  flags: ['noscript'],
  categories: ['scripting', 'slow'],
  keys: [],
  session: 'stream',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { arity: -3 },
  },
  arguments: [
    oneOf('mode', flag('YES'), flag('SYNC'), flag('NO')),
    added(since(null, '9.1.0'), optional(text('engine'))),
  ],
  run: runScriptDebug,
});

export const scriptShow = defineCommand({
  name: 'script|show',
  summary: 'Returns the text of a script.',
  group: 'scripting',
  since: since(null, '8.0.0'),
  arity: 3,
  flags: ['noscript', 'stale'],
  categories: ['scripting', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-8.0': { removeFlags: ['stale'] },
  },
  arguments: [text('sha1')],
  run: runScriptShow,
});

export const scriptHelp = defineCommand({
  name: 'script|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'scripting',
  since: since('5.0.0'),
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

export const script = defineCommand({
  name: 'script',
  summary: 'A container for Lua scripts management commands.',
  group: 'scripting',
  since: since('2.6.0'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [scriptLoad, scriptExists, scriptFlush, scriptKill, scriptDebug, scriptShow, scriptHelp],
});

export const scriptCommands: readonly CommandDefinition[] = [evalCommand, evalRo, evalsha, evalshaRo, script];
