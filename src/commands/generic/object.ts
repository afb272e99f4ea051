/**
 * OBJECT: how the server holds a value.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { IGNORE, key, keyAt, SHAPE, since } from '../shapes.ts';
import { runObjectEncoding, runObjectFreq, runObjectIdletime, runObjectRefcount } from './run-object.ts';

export const objectEncoding = defineCommand({
  name: 'object|encoding',
  summary: 'Returns the internal encoding of an object.',
  group: 'generic',
  since: since('2.2.3'),
  arity: 3,
  flags: ['readonly'],
  categories: ['read', 'keyspace', 'slow'],
  keys: [keyAt(2, 'RO')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  run: runObjectEncoding,
  arguments: [key()],
});

export const objectFreq = defineCommand({
  name: 'object|freq',
  summary: 'Returns the logarithmic access frequency counter of an object.',
  group: 'generic',
  since: since('4.0.0'),
  arity: 3,
  flags: ['readonly'],
  categories: ['read', 'keyspace', 'slow'],
  keys: [keyAt(2, 'RO')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: SHAPE,
  cluster: { isForPrimary: true },
  mirror: 'verbatim',
  run: runObjectFreq,
  arguments: [key()],
});

export const objectIdletime = defineCommand({
  name: 'object|idletime',
  summary: 'Returns the time since the last access to an object.',
  group: 'generic',
  since: since('2.2.3'),
  arity: 3,
  flags: ['readonly'],
  categories: ['read', 'keyspace', 'slow'],
  keys: [keyAt(2, 'RO')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: SHAPE,
  cluster: { isForPrimary: true },
  mirror: 'verbatim',
  run: runObjectIdletime,
  arguments: [key()],
});

export const objectRefcount = defineCommand({
  name: 'object|refcount',
  summary: 'Returns the reference count of a value of a key.',
  group: 'generic',
  since: since('2.2.3'),
  arity: 3,
  flags: ['readonly'],
  categories: ['read', 'keyspace', 'slow'],
  keys: [keyAt(2, 'RO')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  run: runObjectRefcount,
  arguments: [key()],
});

export const objectHelp = defineCommand({
  name: 'object|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'generic',
  since: since('6.2.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['keyspace', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runHelp,
  arguments: [],
});

export const object = defineCommand({
  name: 'object',
  summary: 'A container for object introspection commands.',
  group: 'generic',
  since: since('2.2.3'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [objectEncoding, objectFreq, objectIdletime, objectRefcount, objectHelp],
});

export const genericObjectCommands: readonly CommandDefinition[] = [object];
