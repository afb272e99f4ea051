/**
 * Strings as bits and as integers of any width.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import {
  added,
  block,
  EXACT,
  flag,
  integer,
  key,
  keyAt,
  keysFrom,
  many,
  manyTokens,
  oneOf,
  optional,
  since,
  text,
  token,
} from '../shapes.ts';
import { bitfieldKeyFlags } from './key-flags.ts';
import { runBitfield, runBitfieldRo } from './run-bitfield.ts';
import { runBitcount, runBitop, runBitpos, runGetbit, runSetbit } from './run-bits.ts';

export const getbit = defineCommand({
  name: 'getbit',
  summary: 'Returns a bit value by offset.',
  group: 'bitmap',
  since: since('2.2.0'),
  arity: 3,
  flags: ['readonly', 'fast'],
  categories: ['read', 'bitmap', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runGetbit,
  arguments: [key(), integer('offset')],
});

export const setbit = defineCommand({
  name: 'setbit',
  summary: "Sets or clears the bit at offset of the string value. Creates the key if it doesn't exist.",
  group: 'bitmap',
  since: since('2.2.0'),
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['write', 'bitmap', 'slow'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runSetbit,
  arguments: [key(), integer('offset'), integer('value')],
});

export const bitcount = defineCommand({
  name: 'bitcount',
  summary: 'Counts the number of set bits (population counting) in a string.',
  group: 'bitmap',
  since: since('2.6.0'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'bitmap', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runBitcount,
  arguments: [
    key(),
    optional(
      block(
        'range',
        integer('start'),
        optional(
          block(
            'end-unit-block',
            integer('end'),
            added(since('7.0.0'), optional(oneOf('unit', flag('BYTE'), flag('BIT')))),
          ),
        ),
      ),
    ),
  ],
});

export const bitpos = defineCommand({
  name: 'bitpos',
  summary: 'Finds the first set (1) or clear (0) bit in a string.',
  group: 'bitmap',
  since: since('2.8.7'),
  arity: -3,
  flags: ['readonly'],
  categories: ['read', 'bitmap', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runBitpos,
  arguments: [
    key(),
    integer('bit'),
    optional(
      block(
        'range',
        integer('start'),
        optional(
          block(
            'end-unit-block',
            integer('end'),
            added(since('7.0.0'), optional(oneOf('unit', flag('BYTE'), flag('BIT')))),
          ),
        ),
      ),
    ),
  ],
});

export const bitop = defineCommand({
  name: 'bitop',
  summary: 'Performs bitwise operations on multiple strings, and stores the result.',
  group: 'bitmap',
  since: since('2.6.0'),
  arity: -4,
  flags: ['write', 'denyoom'],
  categories: ['write', 'bitmap', 'slow'],
  keys: [keyAt(2, 'OW', 'update'), keysFrom(3, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runBitop,
  arguments: [
    oneOf('operation', flag('AND'), flag('OR'), flag('XOR'), flag('NOT')),
    key('destkey'),
    many(key('key', 1)),
  ],
});

export const bitfield = defineCommand({
  name: 'bitfield',
  summary: 'Performs arbitrary bitfield integer operations on strings.',
  group: 'bitmap',
  since: since('3.2.0'),
  arity: -2,
  flags: ['write', 'denyoom'],
  categories: ['write', 'bitmap', 'slow'],
  keys: [keyAt(1, 'RW', 'access', 'update', 'variable_flags')],
  variableFlags: bitfieldKeyFlags,
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runBitfield,
  arguments: [
    key(),
    optional(
      many(
        oneOf(
          'operation',
          token('GET', block('get-block', text('encoding'), integer('offset'))),
          block(
            'write',
            optional(token('OVERFLOW', oneOf('overflow-block', flag('WRAP'), flag('SAT'), flag('FAIL')))),
            oneOf(
              'write-operation',
              token('SET', block('set-block', text('encoding'), integer('offset'), integer('value'))),
              token(
                'INCRBY',
                block('incrby-block', text('encoding'), integer('offset'), integer('increment')),
              ),
            ),
          ),
        ),
      ),
    ),
  ],
});

export const bitfieldRo = defineCommand({
  name: 'bitfield_ro',
  summary: 'Performs arbitrary read-only bitfield integer operations on strings.',
  group: 'bitmap',
  since: since('6.0.0'),
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'bitmap', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runBitfieldRo,
  arguments: [
    key(),
    optional(manyTokens(token('GET', block('get-block', text('encoding'), integer('offset'))))),
  ],
});

export const bitmapBitsCommands: readonly CommandDefinition[] = [
  getbit,
  setbit,
  bitcount,
  bitpos,
  bitop,
  bitfield,
  bitfieldRo,
];
