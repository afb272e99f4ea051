/**
 * Entries of streams.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { explicitStreamId } from '../effects/stream.ts';
import { verbatimUnless, whenOption } from '../options.ts';
import { PLAIN_ARRAY, STREAMS } from '../reply-shapes.ts';
import {
  added,
  block,
  EXACT,
  flag,
  integer,
  key,
  keyAt,
  keysAfter,
  many,
  oneOf,
  optional,
  SHAPE,
  since,
  text,
  token,
} from '../shapes.ts';
import { runXadd, runXdel, runXlen, runXrange, runXrevrange, runXsetid, runXtrim } from './run-entries.ts';
import { runXread } from './run-read.ts';
import { waitsForEntries } from './waiting.ts';

export const xadd = defineCommand({
  name: 'xadd',
  summary: "Appends a new message to a stream. Creates the key if it doesn't exist.",
  group: 'stream',
  since: since('5.0.0'),
  arity: -5,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'stream', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: EXACT,
  mirror: { effect: explicitStreamId },
  arguments: [
    key(),
    added(since('6.2.0'), optional(flag('NOMKSTREAM'))),
    optional(
      block(
        'trim',
        oneOf('strategy', flag('MAXLEN'), added(since('6.2.0'), flag('MINID'))),
        optional(oneOf('operator', flag('=', 'equal'), flag('~', 'approximately'))),
        text('threshold'),
        added(since('6.2.0'), optional(integer('count', 'LIMIT'))),
      ),
    ),
    oneOf('id-selector', flag('*', 'auto-id'), text('id')),
    many(block('data', text('field'), text('value'))),
  ],
  run: runXadd,
});

export const xlen = defineCommand({
  name: 'xlen',
  summary: 'Returns the number of messages in a stream.',
  group: 'stream',
  since: since('5.0.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'stream', 'fast'],
  keys: [keyAt(1, 'RO')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key()],
  run: runXlen,
});

export const xrange = defineCommand({
  name: 'xrange',
  summary: 'Returns the messages from a stream within a range of IDs.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -4,
  flags: ['readonly'],
  categories: ['read', 'stream', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  resp3: PLAIN_ARRAY,
  arguments: [key(), text('start'), text('end'), optional(integer('count', 'COUNT'))],
  run: runXrange,
});

export const xrevrange = defineCommand({
  name: 'xrevrange',
  summary: 'Returns the messages from a stream within a range of IDs in reverse order.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -4,
  flags: ['readonly'],
  categories: ['read', 'stream', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  resp3: PLAIN_ARRAY,
  arguments: [key(), text('end'), text('start'), optional(integer('count', 'COUNT'))],
  run: runXrevrange,
});

export const xread = defineCommand({
  name: 'xread',
  summary: 'Returns messages from multiple streams with IDs greater than the ones requested.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -4,
  flags: ['readonly', 'blocking', 'movablekeys'],
  categories: ['read', 'stream', 'blocking', 'slow'],
  keys: [keysAfter('STREAMS', 1, 2, 'RO', 'access')],
  session: 'blocking',
  blocks: waitsForEntries,
  compare: EXACT,
  mirror: verbatimUnless(waitsForEntries),
  resp3: STREAMS,
  arguments: [
    optional(integer('count', 'COUNT')),
    optional(integer('milliseconds', 'BLOCK')),
    token('STREAMS', block('streams', many(key()), many(text('id')))),
  ],
  run: runXread,
});

export const xdel = defineCommand({
  name: 'xdel',
  summary: 'Returns the number of messages after removing them from a stream.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['write', 'stream', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('id'))],
  run: runXdel,
});

export const xtrim = defineCommand({
  name: 'xtrim',
  summary: 'Deletes messages from the beginning of a stream.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -4,
  flags: ['write'],
  categories: ['write', 'stream', 'slow'],
  keys: [keyAt(1, 'RW', 'delete')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: EXACT,
  compareWith: whenOption('~', 3, SHAPE),
  mirror: 'verbatim',
  arguments: [
    key(),
    block(
      'trim',
      oneOf('strategy', flag('MAXLEN'), added(since('6.2.0'), flag('MINID'))),
      optional(oneOf('operator', flag('=', 'equal'), flag('~', 'approximately'))),
      text('threshold'),
      added(since('6.2.0'), optional(integer('count', 'LIMIT'))),
    ),
  ],
  run: runXtrim,
});

export const xsetid = defineCommand({
  name: 'xsetid',
  summary: 'An internal command for replicating stream values.',
  group: 'stream',
  since: since('5.0.0'),
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'stream', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key(),
    text('last-id'),
    added(since('7.0.0'), optional(integer('entries-added', 'ENTRIESADDED'))),
    added(since('7.0.0'), optional(text('max-deleted-id', 'MAXDELETEDID'))),
  ],
  run: runXsetid,
});

export const streamEntriesCommands: readonly CommandDefinition[] = [
  xadd,
  xlen,
  xrange,
  xrevrange,
  xread,
  xdel,
  xtrim,
  xsetid,
];
