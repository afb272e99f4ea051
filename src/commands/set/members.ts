/**
 * Members of sets.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { removePopped } from '../effects/pop.ts';
import { PLAIN_SET, SET_OR_MEMBER } from '../reply-shapes.ts';
import {
  added,
  CURSOR,
  EXACT,
  integer,
  key,
  keyAt,
  many,
  optional,
  pattern,
  SHAPE,
  since,
  text,
  UNORDERED,
} from '../shapes.ts';
import {
  runSadd,
  runScard,
  runSismember,
  runSmembers,
  runSmismember,
  runSmove,
  runSrem,
} from './run-members.ts';
import { runSpop, runSrandmember, runSscan } from './run-random.ts';

export const sadd = defineCommand({
  name: 'sadd',
  summary: "Adds one or more members to a set. Creates the key if it doesn't exist.",
  group: 'set',
  since: since('1.0.0'),
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'set', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('member'))],
  run: runSadd,
});

export const srem = defineCommand({
  name: 'srem',
  summary: 'Removes one or more members from a set. Deletes the set if the last member was removed.',
  group: 'set',
  since: since('1.0.0'),
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['write', 'set', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('member'))],
  run: runSrem,
});

export const smembers = defineCommand({
  name: 'smembers',
  summary: 'Returns all members of a set.',
  group: 'set',
  since: since('1.0.0'),
  arity: 2,
  flags: ['readonly'],
  categories: ['read', 'set', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  session: 'none',
  compare: UNORDERED,
  mirror: 'verbatim',
  resp3: PLAIN_SET,
  arguments: [key()],
  run: runSmembers,
});

export const sismember = defineCommand({
  name: 'sismember',
  summary: 'Determines whether a member belongs to a set.',
  group: 'set',
  since: since('1.0.0'),
  arity: 3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'set', 'fast'],
  keys: [keyAt(1, 'RO')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), text('member')],
  run: runSismember,
});

export const smismember = defineCommand({
  name: 'smismember',
  summary: 'Determines whether multiple members belong to a set.',
  group: 'set',
  since: since('6.2.0'),
  arity: -3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'set', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), many(text('member'))],
  run: runSmismember,
});

export const scard = defineCommand({
  name: 'scard',
  summary: 'Returns the number of members in a set.',
  group: 'set',
  since: since('1.0.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'set', 'fast'],
  keys: [keyAt(1, 'RO')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key()],
  run: runScard,
});

export const smove = defineCommand({
  name: 'smove',
  summary: 'Moves a member from one set to another.',
  group: 'set',
  since: since('1.0.0'),
  arity: 4,
  flags: ['write', 'fast'],
  categories: ['write', 'set', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key('source'), key('destination', 1), text('member')],
  run: runSmove,
});

export const spop = defineCommand({
  name: 'spop',
  summary: 'Returns one or more random members from a set after removing them.',
  group: 'set',
  since: since('1.0.0'),
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['write', 'set', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: SHAPE,
  mirror: { effect: removePopped },
  resp3: SET_OR_MEMBER,
  arguments: [key(), added(since('3.2.0'), optional(integer('count')))],
  run: runSpop,
});

export const srandmember = defineCommand({
  name: 'srandmember',
  summary: 'Gets one or multiple random members from a set.',
  group: 'set',
  since: since('1.0.0'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'set', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  arguments: [key(), added(since('2.6.0'), optional(integer('count')))],
  run: runSrandmember,
});

export const sscan = defineCommand({
  name: 'sscan',
  summary: 'Iterates over members of a set.',
  group: 'set',
  since: since('2.8.0'),
  arity: -3,
  flags: ['readonly'],
  categories: ['read', 'set', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: CURSOR,
  mirror: 'verbatim',
  arguments: [
    key(),
    integer('cursor'),
    optional(pattern('pattern', 'MATCH')),
    optional(integer('count', 'COUNT')),
  ],
  run: runSscan,
});

export const setMembersCommands: readonly CommandDefinition[] = [
  sadd,
  srem,
  smembers,
  sismember,
  smismember,
  scard,
  smove,
  spop,
  srandmember,
  sscan,
];
