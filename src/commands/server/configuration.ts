/**
 * CONFIG: settings of the server.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { PLAIN_MAP } from '../reply-shapes.ts';
import { block, IGNORE, many, since, text } from '../shapes.ts';
import { runConfigGet, runConfigResetstat, runConfigRewrite, runConfigSet } from './run-config.ts';

export const configGet = defineCommand({
  name: 'config|get',
  summary: 'Returns the effective values of configuration parameters.',
  group: 'server',
  since: since('2.0.0'),
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: { rule: 'pairs-unordered', optionalKeys: ['*'] },
  mirror: 'none',
  resp3: PLAIN_MAP,
  run: runConfigGet,
  arguments: [many(text('parameter'))],
});

export const configSet = defineCommand({
  name: 'config|set',
  summary: 'Sets configuration parameters in-flight.',
  group: 'server',
  since: since('2.0.0'),
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'all_succeeded',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runConfigSet,
  arguments: [many(block('data', text('parameter'), text('value')))],
});

export const configResetstat = defineCommand({
  name: 'config|resetstat',
  summary: "Resets the server's statistics.",
  group: 'server',
  since: since('2.0.0'),
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'all_succeeded',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runConfigResetstat,
  arguments: [],
});

export const configRewrite = defineCommand({
  name: 'config|rewrite',
  summary: 'Persists the effective configuration to file.',
  group: 'server',
  since: since('2.8.0'),
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'all_succeeded',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runConfigRewrite,
  arguments: [],
});

export const configHelp = defineCommand({
  name: 'config|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'server',
  since: since('5.0.0'),
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

export const config = defineCommand({
  name: 'config',
  summary: 'A container for server configuration commands.',
  group: 'server',
  since: since('2.0.0'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [configGet, configSet, configResetstat, configRewrite, configHelp],
});

export const serverConfigurationCommands: readonly CommandDefinition[] = [config];
