/**
 * Single string values: reading, setting, appending, comparing.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { getexDeadline, setDeadline, setexDeadline } from '../effects/deadline.ts';
import { absoluteGetex, absoluteSet, absoluteSetex } from '../effects/expiry.ts';
import { PLAIN_MAP } from '../reply-shapes.ts';
import {
  added,
  EXACT,
  flag,
  integer,
  key,
  keyAt,
  keyRange,
  oneOf,
  optional,
  since,
  text,
  unixTime,
} from '../shapes.ts';
import { setKeyFlags } from './key-flags.ts';
import { runLcs } from './run-lcs.ts';
import { runDelifeq, runGetrange, runSetrange } from './run-parts.ts';
import {
  runAppend,
  runGet,
  runGetdel,
  runGetex,
  runGetset,
  runPsetex,
  runSet,
  runSetex,
  runSetnx,
  runStrlen,
} from './run-values.ts';

export const get = defineCommand({
  name: 'get',
  summary: 'Returns the string value of a key.',
  group: 'string',
  since: since('1.0.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'string', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runGet,
  arguments: [key()],
});

export const set = defineCommand({
  name: 'set',
  summary: "Sets the string value of a key, ignoring its type. The key is created if it doesn't exist.",
  group: 'string',
  since: since('1.0.0'),
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['write', 'string', 'slow'],
  keys: [keyAt(1, 'RW', 'access', 'update', 'variable_flags')],
  variableFlags: setKeyFlags,
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteSet },
  deadline: setDeadline,
  run: runSet,
  arguments: [
    key(),
    text('value'),
    optional(
      oneOf(
        'condition',
        added(since('2.6.12'), flag('NX')),
        added(since('2.6.12'), flag('XX')),
        added(since('8.4.0', '8.1.0'), text('comparison-value', 'IFEQ')),
      ),
    ),
    added(since('6.2.0'), optional(flag('GET'))),
    optional(
      oneOf(
        'expiration',
        added(since('2.6.12'), integer('seconds', 'EX')),
        added(since('2.6.12'), integer('milliseconds', 'PX')),
        added(since('6.2.0'), unixTime('unix-time-seconds', 'EXAT')),
        added(since('6.2.0'), unixTime('unix-time-milliseconds', 'PXAT')),
        added(since('6.0.0'), flag('KEEPTTL')),
      ),
    ),
  ],
});

export const getex = defineCommand({
  name: 'getex',
  summary: 'Returns the string value of a key after setting its expiration time.',
  group: 'string',
  since: since('6.2.0'),
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteGetex },
  deadline: getexDeadline,
  run: runGetex,
  arguments: [
    key(),
    optional(
      oneOf(
        'expiration',
        integer('seconds', 'EX'),
        integer('milliseconds', 'PX'),
        unixTime('unix-time-seconds', 'EXAT'),
        unixTime('unix-time-milliseconds', 'PXAT'),
        flag('PERSIST'),
      ),
    ),
  ],
});

export const getdel = defineCommand({
  name: 'getdel',
  summary: 'Returns the string value of a key after deleting the key.',
  group: 'string',
  since: since('6.2.0'),
  arity: 2,
  flags: ['write', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runGetdel,
  arguments: [key()],
});

export const getset = defineCommand({
  name: 'getset',
  summary: 'Returns the previous string value of a key after setting it to a new value.',
  group: 'string',
  since: since('1.0.0'),
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runGetset,
  arguments: [key(), text('value')],
});

export const setnx = defineCommand({
  name: 'setnx',
  summary: "Sets the string value of a key only when the key doesn't exist.",
  group: 'string',
  since: since('1.0.0'),
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'OW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runSetnx,
  arguments: [key(), text('value')],
});

export const setex = defineCommand({
  name: 'setex',
  summary: "Sets the string value and expiration time of a key. Creates the key if it doesn't exist.",
  group: 'string',
  since: since('2.0.0'),
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['write', 'string', 'slow'],
  keys: [keyAt(1, 'OW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteSetex },
  deadline: setexDeadline,
  run: runSetex,
  arguments: [key(), integer('seconds'), text('value')],
});

export const psetex = defineCommand({
  name: 'psetex',
  summary: 'Sets both string value and expiration time in milliseconds of a key.',
  group: 'string',
  since: since('2.6.0'),
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['write', 'string', 'slow'],
  keys: [keyAt(1, 'OW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteSetex },
  deadline: setexDeadline,
  run: runPsetex,
  arguments: [key(), integer('milliseconds'), text('value')],
});

export const append = defineCommand({
  name: 'append',
  summary: "Appends a string to the value of a key. Creates the key if it doesn't exist.",
  group: 'string',
  since: since('2.0.0'),
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runAppend,
  arguments: [key(), text('value')],
});

export const strlen = defineCommand({
  name: 'strlen',
  summary: 'Returns the length of a string value.',
  group: 'string',
  since: since('2.2.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'string', 'fast'],
  keys: [keyAt(1, 'RO')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runStrlen,
  arguments: [key()],
});

export const getrange = defineCommand({
  name: 'getrange',
  summary: 'Returns a substring of the string stored at a key.',
  group: 'string',
  since: since('2.4.0'),
  arity: 4,
  flags: ['readonly'],
  categories: ['read', 'string', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runGetrange,
  arguments: [key(), integer('start'), integer('end')],
});

export const substr = defineCommand({
  name: 'substr',
  summary: 'Returns a substring from a string value.',
  group: 'string',
  since: since('1.0.0'),
  arity: 4,
  flags: ['readonly'],
  categories: ['read', 'string', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runGetrange,
  arguments: [key(), integer('start'), integer('end')],
});

export const setrange = defineCommand({
  name: 'setrange',
  summary:
    "Overwrites a part of a string value with another by an offset. Creates the key if it doesn't exist.",
  group: 'string',
  since: since('2.2.0'),
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['write', 'string', 'slow'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runSetrange,
  arguments: [key(), integer('offset'), text('value')],
});

export const lcs = defineCommand({
  name: 'lcs',
  summary: 'Finds the longest common substring.',
  group: 'string',
  since: since('7.0.0'),
  arity: -3,
  flags: ['readonly'],
  categories: ['read', 'string', 'slow'],
  keys: [keyRange(1, 1, 1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  resp3: PLAIN_MAP,
  run: runLcs,
  arguments: [
    key('key1'),
    key('key2'),
    optional(flag('LEN')),
    optional(flag('IDX')),
    optional(integer('min-match-len', 'MINMATCHLEN')),
    optional(flag('WITHMATCHLEN')),
  ],
});

export const delifeq = defineCommand({
  name: 'delifeq',
  summary: 'Deletes a key if its value is the given string.',
  group: 'string',
  since: since(null, '9.0.0'),
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'RM', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runDelifeq,
  arguments: [key(), text('value')],
});

export const stringValuesCommands: readonly CommandDefinition[] = [
  get,
  set,
  getex,
  getdel,
  getset,
  setnx,
  setex,
  psetex,
  append,
  strlen,
  getrange,
  substr,
  setrange,
  lcs,
  delifeq,
];
