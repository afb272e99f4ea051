/**
 * MODULE: extensions of the server.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { MAPS } from '../reply-shapes.ts';
import { block, IGNORE, many, manyTokens, optional, since, text, token } from '../shapes.ts';
import { runModuleList, runNoModules } from './run-standalone.ts';

export const moduleList = defineCommand({
  name: 'module|list',
  summary: 'Returns all loaded modules.',
  group: 'server',
  since: since('4.0.0'),
  arity: 2,
  flags: ['admin', 'noscript'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: MAPS,
  run: runModuleList,
  arguments: [],
});

export const moduleLoad = defineCommand({
  name: 'module|load',
  summary: 'Loads a module.',
  group: 'server',
  since: since('4.0.0'),
  arity: -3,
  flags: ['admin', 'noscript', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoModules,
  arguments: [text('path'), optional(many(text('arg')))],
});

export const moduleLoadex = defineCommand({
  name: 'module|loadex',
  summary: 'Loads a module using extended parameters.',
  group: 'server',
  since: since('7.0.0'),
  arity: -3,
  flags: ['admin', 'noscript', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoModules,
  arguments: [
    text('path'),
    optional(manyTokens(token('CONFIG', block('configs', text('name'), text('value'))))),
    optional(many(text('args', 'ARGS'))),
  ],
});

export const moduleUnload = defineCommand({
  name: 'module|unload',
  summary: 'Unloads a module.',
  group: 'server',
  since: since('4.0.0'),
  arity: 3,
  flags: ['admin', 'noscript', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runNoModules,
  arguments: [text('name')],
});

export const moduleHelp = defineCommand({
  name: 'module|help',
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

export const module = defineCommand({
  name: 'module',
  summary: 'A container for module commands.',
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
  subcommands: [moduleList, moduleLoad, moduleLoadex, moduleUnload, moduleHelp],
});

export const serverModulesCommands: readonly CommandDefinition[] = [module];
