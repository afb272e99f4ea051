/**
 * Strings that hold numbers.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { double, EXACT, integer, key, keyAt, since } from '../shapes.ts';
import { runDecr, runDecrby, runIncr, runIncrby } from './run-counters.ts';
import { runIncrbyfloat } from './run-floats.ts';

export const incr = defineCommand({
  name: 'incr',
  summary: "Increments the integer value of a key by one. Uses 0 as initial value if the key doesn't exist.",
  group: 'string',
  since: since('1.0.0'),
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runIncr,
  arguments: [key()],
});

export const decr = defineCommand({
  name: 'decr',
  summary: "Decrements the integer value of a key by one. Uses 0 as initial value if the key doesn't exist.",
  group: 'string',
  since: since('1.0.0'),
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runDecr,
  arguments: [key()],
});

export const incrby = defineCommand({
  name: 'incrby',
  summary:
    "Increments the integer value of a key by a number. Uses 0 as initial value if the key doesn't exist.",
  group: 'string',
  since: since('1.0.0'),
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runIncrby,
  arguments: [key(), integer('increment')],
});

export const decrby = defineCommand({
  name: 'decrby',
  summary:
    "Decrements the integer value of a key by a number. Uses 0 as initial value if the key doesn't exist.",
  group: 'string',
  since: since('1.0.0'),
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runDecrby,
  arguments: [key(), integer('decrement')],
});

export const incrbyfloat = defineCommand({
  name: 'incrbyfloat',
  summary: 'Increments the floating point value of a key by a number.',
  group: 'string',
  since: since('2.6.0'),
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'string', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: { rule: 'float', tolerance: 1e-15 },
  mirror: 'verbatim',
  run: runIncrbyfloat,
  arguments: [key(), double('increment')],
});

export const stringCountersCommands: readonly CommandDefinition[] = [incr, decr, incrby, decrby, incrbyfloat];
