/**
 * XINFO: streams, groups and consumers as the server sees them.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { whenOption } from '../options.ts';
import { MAPS, STREAM_INFO } from '../reply-shapes.ts';
import { block, flag, IGNORE, integer, key, keyAt, optional, SHAPE, since, text } from '../shapes.ts';
import { runXinfoConsumers, runXinfoGroups, runXinfoStream } from './run-information.ts';

export const xinfoConsumers = defineCommand({
  name: 'xinfo|consumers',
  summary: 'Returns a list of the consumers in a consumer group.',
  group: 'stream',
  since: since('5.0.0'),
  arity: 4,
  flags: ['readonly'],
  categories: ['read', 'stream', 'slow'],
  keys: [keyAt(2, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: { rule: 'pairs-unordered', each: true, ignoreKeys: ['idle', 'inactive'] },
  mirror: 'verbatim',
  resp3: MAPS,
  arguments: [key(), text('group')],
  run: runXinfoConsumers,
});

export const xinfoGroups = defineCommand({
  name: 'xinfo|groups',
  summary: 'Returns a list of the consumer groups of a stream.',
  group: 'stream',
  since: since('5.0.0'),
  arity: 3,
  flags: ['readonly'],
  categories: ['read', 'stream', 'slow'],
  keys: [keyAt(2, 'RO', 'access')],
  session: 'none',
  compare: { rule: 'pairs-unordered', each: true, ignoreKeys: ['lag'] },
  mirror: 'verbatim',
  resp3: MAPS,
  arguments: [key()],
  run: runXinfoGroups,
});

export const xinfoStream = defineCommand({
  name: 'xinfo|stream',
  summary: 'Returns information about a stream.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -3,
  flags: ['readonly'],
  categories: ['read', 'stream', 'slow'],
  keys: [keyAt(2, 'RO', 'access')],
  session: 'none',
  compare: {
    rule: 'pairs-unordered',
    ignoreKeys: ['radix-tree-keys', 'radix-tree-nodes'],
    optionalKeys: [
      'idmp-duration',
      'idmp-maxsize',
      'pids-tracked',
      'iids-tracked',
      'iids-added',
      'iids-duplicates',
    ],
  },
  compareWith: whenOption('FULL', 3, SHAPE),
  mirror: 'verbatim',
  resp3: STREAM_INFO,
  arguments: [key(), optional(block('full-block', flag('FULL'), optional(integer('count', 'COUNT'))))],
  run: runXinfoStream,
});

export const xinfoHelp = defineCommand({
  name: 'xinfo|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'stream',
  since: since('5.0.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['stream', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  run: runHelp,
});

export const xinfo = defineCommand({
  name: 'xinfo',
  summary: 'A container for stream introspection commands.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [xinfoConsumers, xinfoGroups, xinfoStream, xinfoHelp],
});

export const streamInformationCommands: readonly CommandDefinition[] = [xinfo];
