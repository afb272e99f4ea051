/**
 * SLOWLOG and COMMANDLOG: commands that were slow or large.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { flag, IGNORE, integer, oneOf, optional, since } from '../shapes.ts';
import {
  runCommandlogGet,
  runCommandlogLen,
  runCommandlogReset,
  runSlowlogGet,
  runSlowlogLen,
  runSlowlogReset,
} from './run-slow-commands.ts';

export const slowlogGet = defineCommand({
  name: 'slowlog|get',
  summary: "Returns the slow log's entries.",
  group: 'server',
  since: since('2.2.12'),
  arity: -2,
  flags: ['admin', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  tips: ['nondeterministic_output'],
  // The gateway leaves out what it has asked itself.
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runSlowlogGet,
  arguments: [optional(integer('count'))],
});

export const slowlogLen = defineCommand({
  name: 'slowlog|len',
  summary: 'Returns the number of entries in the slow log.',
  group: 'server',
  since: since('2.2.12'),
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'agg_sum',
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runSlowlogLen,
  arguments: [],
});

export const slowlogReset = defineCommand({
  name: 'slowlog|reset',
  summary: 'Clears all entries from the slow log.',
  group: 'server',
  since: since('2.2.12'),
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'all_succeeded',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runSlowlogReset,
  arguments: [],
});

export const slowlogHelp = defineCommand({
  name: 'slowlog|help',
  summary: 'Shows helpful text about the different subcommands.',
  group: 'server',
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

export const slowlog = defineCommand({
  name: 'slowlog',
  summary: 'A container for slow log commands.',
  group: 'server',
  since: since('2.2.12'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [slowlogGet, slowlogLen, slowlogReset, slowlogHelp],
});

export const commandlogGet = defineCommand({
  name: 'commandlog|get',
  summary: "Returns the specified command log's entries.",
  group: 'server',
  since: since(null, '8.1.0'),
  arity: 4,
  flags: ['admin', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  tips: ['nondeterministic_output'],
  // The gateway leaves out what it has asked itself.
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runCommandlogGet,
  arguments: [integer('count'), oneOf('type', flag('SLOW'), flag('LARGE-REQUEST'), flag('LARGE-REPLY'))],
});

export const commandlogLen = defineCommand({
  name: 'commandlog|len',
  summary: 'Returns the number of entries in the specified type of command log.',
  group: 'server',
  since: since(null, '8.1.0'),
  arity: 3,
  flags: ['admin', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'agg_sum',
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runCommandlogLen,
  arguments: [oneOf('type', flag('SLOW'), flag('LARGE-REQUEST'), flag('LARGE-REPLY'))],
});

export const commandlogReset = defineCommand({
  name: 'commandlog|reset',
  summary: 'Clears all entries from the specified type of command log.',
  group: 'server',
  since: since(null, '8.1.0'),
  arity: 3,
  flags: ['admin', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'all_succeeded',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runCommandlogReset,
  arguments: [oneOf('type', flag('SLOW'), flag('LARGE-REQUEST'), flag('LARGE-REPLY'))],
});

export const commandlogHelp = defineCommand({
  name: 'commandlog|help',
  summary: 'Shows helpful text about the different subcommands.',
  group: 'server',
  since: since(null, '8.1.0'),
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

export const commandlog = defineCommand({
  name: 'commandlog',
  summary: 'A container for command log commands.',
  group: 'server',
  since: since(null, '8.1.0'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [commandlogGet, commandlogLen, commandlogReset, commandlogHelp],
});

export const slowLogCommands: readonly CommandDefinition[] = [slowlog, commandlog];
