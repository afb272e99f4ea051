/**
 * Elements of lists.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { PLAIN_ARRAY, withMoreThan } from '../reply-shapes.ts';
import {
  added,
  EXACT,
  flag,
  integer,
  key,
  keyAt,
  many,
  numKeysAt,
  oneOf,
  optional,
  since,
  text,
} from '../shapes.ts';

export const lpush = defineCommand({
  name: 'lpush',
  summary: "Prepends one or more elements to a list. Creates the key if it doesn't exist.",
  group: 'list',
  since: since('1.0.0'),
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'list', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('element'))],
});

export const rpush = defineCommand({
  name: 'rpush',
  summary: "Appends one or more elements to a list. Creates the key if it doesn't exist.",
  group: 'list',
  since: since('1.0.0'),
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'list', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('element'))],
});

export const lpushx = defineCommand({
  name: 'lpushx',
  summary: 'Prepends one or more elements to a list only when the list exists.',
  group: 'list',
  since: since('2.2.0'),
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'list', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('element'))],
});

export const rpushx = defineCommand({
  name: 'rpushx',
  summary: 'Appends one or more elements to a list only when the list exists.',
  group: 'list',
  since: since('2.2.0'),
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'list', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('element'))],
});

export const lpop = defineCommand({
  name: 'lpop',
  summary: 'Returns and removes one or more elements from the beginning of a list.',
  group: 'list',
  since: since('1.0.0'),
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['write', 'list', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  resp3: withMoreThan(2, PLAIN_ARRAY),
  arguments: [key(), added(since('6.2.0'), optional(integer('count')))],
});

export const rpop = defineCommand({
  name: 'rpop',
  summary: 'Returns and removes one or more elements from the end of a list.',
  group: 'list',
  since: since('1.0.0'),
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['write', 'list', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  resp3: withMoreThan(2, PLAIN_ARRAY),
  arguments: [key(), added(since('6.2.0'), optional(integer('count')))],
});

export const lmpop = defineCommand({
  name: 'lmpop',
  summary: 'Returns multiple elements from a list after removing them.',
  group: 'list',
  since: since('7.0.0'),
  arity: -4,
  flags: ['write', 'movablekeys'],
  categories: ['write', 'list', 'slow'],
  keys: [numKeysAt(1, 1, 'RW', 'access', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  resp3: PLAIN_ARRAY,
  arguments: [
    integer('numkeys'),
    many(key()),
    oneOf('where', flag('LEFT'), flag('RIGHT')),
    optional(integer('count', 'COUNT')),
  ],
});

export const llen = defineCommand({
  name: 'llen',
  summary: 'Returns the length of a list.',
  group: 'list',
  since: since('1.0.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'list', 'fast'],
  keys: [keyAt(1, 'RO')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key()],
});

export const lindex = defineCommand({
  name: 'lindex',
  summary: 'Returns an element from a list by its index.',
  group: 'list',
  since: since('1.0.0'),
  arity: 3,
  flags: ['readonly'],
  categories: ['read', 'list', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), integer('index')],
});

export const lrange = defineCommand({
  name: 'lrange',
  summary: 'Returns a range of elements from a list.',
  group: 'list',
  since: since('1.0.0'),
  arity: 4,
  flags: ['readonly'],
  categories: ['read', 'list', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), integer('start'), integer('stop')],
});

export const lset = defineCommand({
  name: 'lset',
  summary: 'Sets the value of an element in a list by its index.',
  group: 'list',
  since: since('1.0.0'),
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['write', 'list', 'slow'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), integer('index'), text('element')],
});

export const linsert = defineCommand({
  name: 'linsert',
  summary: 'Inserts an element before or after another element in a list.',
  group: 'list',
  since: since('2.2.0'),
  arity: 5,
  flags: ['write', 'denyoom'],
  categories: ['write', 'list', 'slow'],
  keys: [keyAt(1, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), oneOf('where', flag('BEFORE'), flag('AFTER')), text('pivot'), text('element')],
});

export const lrem = defineCommand({
  name: 'lrem',
  summary: 'Removes elements from a list. Deletes the list if the last element was removed.',
  group: 'list',
  since: since('1.0.0'),
  arity: 4,
  flags: ['write'],
  categories: ['write', 'list', 'slow'],
  keys: [keyAt(1, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), integer('count'), text('element')],
});

export const ltrim = defineCommand({
  name: 'ltrim',
  summary: 'Removes elements from both ends of a list. Deletes the list if all elements were trimmed.',
  group: 'list',
  since: since('1.0.0'),
  arity: 4,
  flags: ['write'],
  categories: ['write', 'list', 'slow'],
  keys: [keyAt(1, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), integer('start'), integer('stop')],
});

export const lpos = defineCommand({
  name: 'lpos',
  summary: 'Returns the index of matching elements in a list.',
  group: 'list',
  since: since('6.0.6'),
  arity: -3,
  flags: ['readonly'],
  categories: ['read', 'list', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key(),
    text('element'),
    optional(integer('rank', 'RANK')),
    optional(integer('num-matches', 'COUNT')),
    optional(integer('len', 'MAXLEN')),
  ],
});

export const lmove = defineCommand({
  name: 'lmove',
  summary: 'Returns an element after popping it from one list and pushing it to another.',
  group: 'list',
  since: since('6.2.0'),
  arity: 5,
  flags: ['write', 'denyoom'],
  categories: ['write', 'list', 'slow'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key('source'),
    key('destination', 1),
    oneOf('wherefrom', flag('LEFT'), flag('RIGHT')),
    oneOf('whereto', flag('LEFT'), flag('RIGHT')),
  ],
});

export const rpoplpush = defineCommand({
  name: 'rpoplpush',
  summary: 'Returns the last element of a list after removing and pushing it to another list.',
  group: 'list',
  since: since('1.2.0'),
  arity: 3,
  flags: ['write', 'denyoom'],
  categories: ['write', 'list', 'slow'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key('source'), key('destination', 1)],
});

export const listElementsCommands: readonly CommandDefinition[] = [
  lpush,
  rpush,
  lpushx,
  rpushx,
  lpop,
  rpop,
  lmpop,
  llen,
  lindex,
  lrange,
  lset,
  linsert,
  lrem,
  ltrim,
  lpos,
  lmove,
  rpoplpush,
];
