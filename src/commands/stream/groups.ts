/**
 * Consumer groups: reading, acknowledging, claiming.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { claimed, readGroup } from '../effects/stream.ts';
import { runHelp } from '../help.ts';
import { whenMoreThan } from '../options.ts';
import { PLAIN_ARRAY, STREAMS } from '../reply-shapes.ts';
import {
  added,
  block,
  EXACT,
  flag,
  IGNORE,
  integer,
  key,
  keyAt,
  keysAfter,
  many,
  oneOf,
  optional,
  SHAPE,
  shownAs,
  since,
  text,
  token,
  unixTime,
} from '../shapes.ts';
import {
  runXack,
  runXgroupCreate,
  runXgroupCreateconsumer,
  runXgroupDelconsumer,
  runXgroupDestroy,
  runXgroupSetid,
} from './run-groups.ts';
import { runXautoclaim, runXclaim, runXpending } from './run-pending.ts';
import { runXreadgroup } from './run-read.ts';
import { waitsForEntries } from './waiting.ts';

export const xreadgroup = defineCommand({
  name: 'xreadgroup',
  summary: 'Returns new or historical messages from a stream for a consumer in a group.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -7,
  flags: ['write', 'blocking', 'movablekeys'],
  categories: ['write', 'stream', 'blocking', 'slow'],
  keys: [keysAfter('STREAMS', 4, 2, 'RO', 'access')],
  session: 'blocking',
  blocks: waitsForEntries,
  compare: EXACT,
  mirror: { effect: readGroup },
  resp3: STREAMS,
  arguments: [
    token('GROUP', block('group-block', text('group'), text('consumer'))),
    optional(integer('count', 'COUNT')),
    optional(integer('milliseconds', 'BLOCK')),
    optional(flag('NOACK')),
    token('STREAMS', block('streams', many(key()), many(text('id')))),
  ],
  run: runXreadgroup,
});

export const xack = defineCommand({
  name: 'xack',
  summary: 'Returns how many entries a consumer group acknowledged.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -4,
  flags: ['write', 'fast'],
  categories: ['write', 'stream', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('group'), many(text('id'))],
  run: runXack,
});

export const xpending = defineCommand({
  name: 'xpending',
  summary: "Returns the information and entries from a stream consumer group's pending entries list.",
  group: 'stream',
  since: since('5.0.0'),
  arity: -3,
  flags: ['readonly'],
  categories: ['read', 'stream', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: EXACT,
  compareWith: whenMoreThan(3, SHAPE),
  mirror: 'verbatim',
  resp3: { tuple: ['plain', 'plain', 'plain', PLAIN_ARRAY] },
  arguments: [
    key(),
    text('group'),
    optional(
      block(
        'filters',
        added(since('6.2.0'), optional(integer('min-idle-time', 'IDLE'))),
        text('start'),
        text('end'),
        integer('count'),
        optional(text('consumer')),
      ),
    ),
  ],
  run: runXpending,
});

export const xclaim = defineCommand({
  name: 'xclaim',
  summary: 'Changes which consumer of a group owns pending entries.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['write', 'stream', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: EXACT,
  mirror: { effect: claimed },
  arguments: [
    key(),
    text('group'),
    text('consumer'),
    text('min-idle-time'),
    many(text('id')),
    optional(integer('ms', 'IDLE')),
    optional(unixTime('unix-time-milliseconds', 'TIME')),
    optional(integer('count', 'RETRYCOUNT')),
    optional(flag('FORCE')),
    optional(flag('JUSTID')),
    optional(text('lastid', 'LASTID')),
  ],
  run: runXclaim,
});

export const xautoclaim = defineCommand({
  name: 'xautoclaim',
  summary: 'Finds pending entries that were idle for long, and changes which consumer owns them.',
  group: 'stream',
  since: since('6.2.0'),
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['write', 'stream', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: EXACT,
  mirror: { effect: claimed },
  arguments: [
    key(),
    text('group'),
    text('consumer'),
    text('min-idle-time'),
    text('start'),
    optional(integer('count', 'COUNT')),
    optional(flag('JUSTID')),
  ],
  run: runXautoclaim,
});

export const xgroupCreate = defineCommand({
  name: 'xgroup|create',
  summary: 'Creates a consumer group.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -5,
  flags: ['write', 'denyoom'],
  categories: ['write', 'stream', 'slow'],
  keys: [keyAt(2, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key(),
    text('group'),
    oneOf('id-selector', text('id'), flag('$', 'new-id')),
    optional(flag('MKSTREAM')),
    optional(shownAs('entries-read', integer('entriesread', 'ENTRIESREAD'))),
  ],
  run: runXgroupCreate,
});

export const xgroupCreateconsumer = defineCommand({
  name: 'xgroup|createconsumer',
  summary: 'Creates a consumer in a consumer group.',
  group: 'stream',
  since: since('6.2.0'),
  arity: 5,
  flags: ['write', 'denyoom'],
  categories: ['write', 'stream', 'slow'],
  keys: [keyAt(2, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('group'), text('consumer')],
  run: runXgroupCreateconsumer,
});

export const xgroupDelconsumer = defineCommand({
  name: 'xgroup|delconsumer',
  summary: 'Deletes a consumer from a consumer group.',
  group: 'stream',
  since: since('5.0.0'),
  arity: 5,
  flags: ['write'],
  categories: ['write', 'stream', 'slow'],
  keys: [keyAt(2, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('group'), text('consumer')],
  run: runXgroupDelconsumer,
});

export const xgroupDestroy = defineCommand({
  name: 'xgroup|destroy',
  summary: 'Destroys a consumer group.',
  group: 'stream',
  since: since('5.0.0'),
  arity: 4,
  flags: ['write'],
  categories: ['write', 'stream', 'slow'],
  keys: [keyAt(2, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('group')],
  run: runXgroupDestroy,
});

export const xgroupSetid = defineCommand({
  name: 'xgroup|setid',
  summary: 'Sets the last-delivered ID of a consumer group.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -5,
  flags: ['write'],
  categories: ['write', 'stream', 'slow'],
  keys: [keyAt(2, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key(),
    text('group'),
    oneOf('id-selector', text('id'), flag('$', 'new-id')),
    optional(shownAs('entries-read', integer('entriesread', 'ENTRIESREAD'))),
  ],
  run: runXgroupSetid,
});

export const xgroupHelp = defineCommand({
  name: 'xgroup|help',
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

export const xgroup = defineCommand({
  name: 'xgroup',
  summary: 'A container for consumer groups commands.',
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
  subcommands: [
    xgroupCreate,
    xgroupCreateconsumer,
    xgroupDelconsumer,
    xgroupDestroy,
    xgroupSetid,
    xgroupHelp,
  ],
});

export const streamGroupsCommands: readonly CommandDefinition[] = [
  xreadgroup,
  xack,
  xpending,
  xclaim,
  xautoclaim,
  xgroup,
];
