/**
 * COMMAND: what the server knows of its commands.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { COMMAND_DOCS, COMMAND_LIST, KEYS_AND_FLAGS } from '../reply-shapes.ts';
import { IGNORE, many, oneOf, optional, pattern, since, text, token } from '../shapes.ts';
import {
  runCommand,
  runCommandCount,
  runCommandDocs,
  runCommandGetkeys,
  runCommandGetkeysandflags,
  runCommandInfo,
  runCommandList,
} from './run-command.ts';

export const commandCount = defineCommand({
  name: 'command|count',
  summary: 'Returns a count of commands.',
  group: 'server',
  since: since('2.8.13'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runCommandCount,
  arguments: [],
});

export const commandDocs = defineCommand({
  name: 'command|docs',
  summary: 'Returns documentary information about one, multiple or all commands.',
  group: 'server',
  since: since('7.0.0'),
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: COMMAND_DOCS,
  run: runCommandDocs,
  arguments: [optional(many(text('command-name')))],
});

export const commandGetkeys = defineCommand({
  name: 'command|getkeys',
  summary: 'Extracts the key names from an arbitrary command.',
  group: 'server',
  since: since('2.8.13'),
  arity: -3,
  flags: ['loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'redis-7.0': { arity: -4 },
  },
  run: runCommandGetkeys,
  arguments: [text('command'), optional(many(text('arg')))],
});

export const commandGetkeysandflags = defineCommand({
  name: 'command|getkeysandflags',
  summary: 'Extracts the key names and access flags for an arbitrary command.',
  group: 'server',
  since: since('7.0.0'),
  arity: -3,
  flags: ['loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'redis-7.0': { arity: -4 },
  },
  resp3: KEYS_AND_FLAGS,
  run: runCommandGetkeysandflags,
  arguments: [text('command'), optional(many(text('arg')))],
});

export const commandInfo = defineCommand({
  name: 'command|info',
  summary: 'Returns information about one, multiple or all commands.',
  group: 'server',
  since: since('2.8.13'),
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: COMMAND_LIST,
  run: runCommandInfo,
  arguments: [optional(many(text('command-name')))],
});

export const commandList = defineCommand({
  name: 'command|list',
  summary: 'Returns a list of command names.',
  group: 'server',
  since: since('7.0.0'),
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runCommandList,
  arguments: [
    optional(
      token(
        'FILTERBY',
        oneOf(
          'filterby',
          text('module-name', 'MODULE'),
          text('category', 'ACLCAT'),
          pattern('pattern', 'PATTERN'),
        ),
      ),
    ),
  ],
});

export const commandHelp = defineCommand({
  name: 'command|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'server',
  since: since('5.0.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runHelp,
  arguments: [],
});

export const command = defineCommand({
  name: 'command',
  summary: 'Returns detailed information about all commands.',
  group: 'server',
  since: since('2.8.13'),
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: COMMAND_LIST,
  run: runCommand,
  arguments: [],
  subcommands: [
    commandCount,
    commandDocs,
    commandGetkeys,
    commandGetkeysandflags,
    commandInfo,
    commandList,
    commandHelp,
  ],
});

export const commandIntrospectionCommands: readonly CommandDefinition[] = [command];
