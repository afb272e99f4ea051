/**
 * Several string values at once.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { msetexDeadline } from '../effects/deadline.ts';
import { absoluteMsetex } from '../effects/expiry.ts';
import { multiSetHasCondition } from '../effects/options.ts';
import {
  block,
  EXACT,
  flag,
  integer,
  key,
  keyRange,
  keysFrom,
  many,
  numKeysAt,
  oneOf,
  optional,
  since,
  text,
  unixTime,
} from '../shapes.ts';
import { runMget, runMset, runMsetex, runMsetnx } from './run-batches.ts';

export const mget = defineCommand({
  name: 'mget',
  summary: 'Atomically returns the string values of one or more keys.',
  group: 'string',
  since: since('1.0.0'),
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'string', 'fast'],
  keys: [keysFrom(1, 'RO', 'access')],
  request: 'multi_shard',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runMget,
  arguments: [many(key())],
});

export const mset = defineCommand({
  name: 'mset',
  summary: 'Atomically creates or modifies the string values of one or more keys.',
  group: 'string',
  since: since('1.0.1'),
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['write', 'string', 'slow'],
  keys: [keyRange(1, -1, 2, 'OW', 'update')],
  request: 'multi_shard',
  response: 'all_succeeded',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runMset,
  arguments: [many(block('data', key(), text('value')))],
});

export const msetnx = defineCommand({
  name: 'msetnx',
  summary: "Atomically modifies the string values of one or more keys only when all keys don't exist.",
  group: 'string',
  since: since('1.0.1'),
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['write', 'string', 'slow'],
  keys: [keyRange(1, -1, 2, 'OW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runMsetnx,
  arguments: [many(block('data', key(), text('value')))],
});

export const msetex = defineCommand({
  name: 'msetex',
  summary: 'Sets the string values of one or more keys, and optionally their expiration.',
  group: 'string',
  since: since('8.4.0', '9.1.0'),
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  categories: ['write', 'string', 'slow'],
  keys: [numKeysAt(1, 2, 'OW', 'update')],
  request: 'multi_shard',
  response: 'all_succeeded',
  cluster: { isWhole: multiSetHasCondition },
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteMsetex },
  deadline: msetexDeadline,
  run: runMsetex,
  arguments: [
    integer('numkeys'),
    many(block('data', key(), text('value'))),
    optional(oneOf('condition', flag('NX'), flag('XX'))),
    optional(
      oneOf(
        'expiration',
        integer('seconds', 'EX'),
        integer('milliseconds', 'PX'),
        unixTime('unix-time-seconds', 'EXAT'),
        unixTime('unix-time-milliseconds', 'PXAT'),
        flag('KEEPTTL'),
      ),
    ),
  ],
});

export const stringBatchCommands: readonly CommandDefinition[] = [mget, mset, msetnx, msetex];
