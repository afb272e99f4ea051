/**
 * Taking elements from lists that may have to fill first.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { servedListPop, servedMove, servedMultiPop } from '../effects/pop.ts';
import { PLAIN_ARRAY } from '../reply-shapes.ts';
import {
  double,
  EXACT,
  flag,
  integer,
  key,
  keyAt,
  keyRange,
  many,
  numKeysAt,
  oneOf,
  optional,
  since,
} from '../shapes.ts';
import { runBlmove, runBlmpop, runBlpop, runBrpop, runBrpoplpush } from './run-blocking.ts';

export const blpop = defineCommand({
  name: 'blpop',
  summary: 'Removes and returns the first element in a list. Blocks until an element is available otherwise.',
  group: 'list',
  since: since('2.0.0'),
  arity: -3,
  flags: ['write', 'blocking'],
  categories: ['write', 'list', 'blocking', 'slow'],
  keys: [keyRange(1, -2, 1, 'RW', 'access', 'delete')],
  session: 'blocking',
  compare: EXACT,
  mirror: { effect: servedListPop },
  variants: {
    'redis-7.0': { addFlags: ['noscript'] },
  },
  resp3: PLAIN_ARRAY,
  arguments: [many(key()), double('timeout')],
  run: runBlpop,
});

export const brpop = defineCommand({
  name: 'brpop',
  summary: 'Removes and returns the last element in a list. Blocks until an element is available otherwise.',
  group: 'list',
  since: since('2.0.0'),
  arity: -3,
  flags: ['write', 'blocking'],
  categories: ['write', 'list', 'blocking', 'slow'],
  keys: [keyRange(1, -2, 1, 'RW', 'access', 'delete')],
  session: 'blocking',
  compare: EXACT,
  mirror: { effect: servedListPop },
  variants: {
    'redis-7.0': { addFlags: ['noscript'] },
  },
  resp3: PLAIN_ARRAY,
  arguments: [many(key()), double('timeout')],
  run: runBrpop,
});

export const blmpop = defineCommand({
  name: 'blmpop',
  summary:
    'Pops the first element from one of multiple lists. Blocks until an element is available otherwise.',
  group: 'list',
  since: since('7.0.0'),
  arity: -5,
  flags: ['write', 'blocking', 'movablekeys'],
  categories: ['write', 'list', 'blocking', 'slow'],
  keys: [numKeysAt(2, 1, 'RW', 'access', 'delete')],
  session: 'blocking',
  compare: EXACT,
  mirror: { effect: servedMultiPop },
  resp3: PLAIN_ARRAY,
  arguments: [
    double('timeout'),
    integer('numkeys'),
    many(key()),
    oneOf('where', flag('LEFT'), flag('RIGHT')),
    optional(integer('count', 'COUNT')),
  ],
  run: runBlmpop,
});

export const blmove = defineCommand({
  name: 'blmove',
  summary: 'Pops an element from a list, pushes it to another list and returns it.',
  group: 'list',
  since: since('6.2.0'),
  arity: 6,
  flags: ['write', 'denyoom', 'blocking'],
  categories: ['write', 'list', 'blocking', 'slow'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'RW', 'insert')],
  session: 'blocking',
  compare: EXACT,
  mirror: { effect: servedMove },
  variants: {
    'redis-7.0': { addFlags: ['noscript'] },
  },
  resp3: PLAIN_ARRAY,
  // Its null is a string where it cannot block.
  resp3InTransaction: 'plain',
  arguments: [
    key('source'),
    key('destination', 1),
    oneOf('wherefrom', flag('LEFT'), flag('RIGHT')),
    oneOf('whereto', flag('LEFT'), flag('RIGHT')),
    double('timeout'),
  ],
  run: runBlmove,
});

export const brpoplpush = defineCommand({
  name: 'brpoplpush',
  summary: 'Pops an element from a list, pushes it to another list and returns it.',
  group: 'list',
  since: since('2.2.0'),
  arity: 4,
  flags: ['write', 'denyoom', 'blocking'],
  categories: ['write', 'list', 'blocking', 'slow'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'RW', 'insert')],
  session: 'blocking',
  compare: EXACT,
  mirror: { effect: servedMove },
  variants: {
    'redis-7.0': { addFlags: ['noscript'] },
  },
  resp3: PLAIN_ARRAY,
  // Its null is a string where it cannot block.
  resp3InTransaction: 'plain',
  arguments: [key('source'), key('destination', 1), double('timeout')],
  run: runBrpoplpush,
});

export const listBlockingCommands: readonly CommandDefinition[] = [blpop, brpop, blmpop, blmove, brpoplpush];
