/**
 * When keys expire.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { expireDeadline } from '../effects/deadline.ts';
import { absoluteExpire } from '../effects/expiry.ts';
import {
  added,
  EXACT,
  flag,
  integer,
  key,
  keyAt,
  oneOf,
  optional,
  since,
  TTL_MILLISECONDS,
  TTL_SECONDS,
  unixTime,
} from '../shapes.ts';
import {
  runExpire,
  runExpireat,
  runExpiretime,
  runPersist,
  runPexpire,
  runPexpireat,
  runPexpiretime,
  runPttl,
  runTtl,
} from './run-expiry.ts';

export const expire = defineCommand({
  name: 'expire',
  summary: 'Sets the expiration time of a key in seconds.',
  group: 'generic',
  since: since('1.0.0'),
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['write', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteExpire },
  deadline: expireDeadline,
  run: runExpire,
  arguments: [
    key(),
    integer('seconds'),
    added(since('7.0.0'), optional(oneOf('condition', flag('NX'), flag('XX'), flag('GT'), flag('LT')))),
  ],
});

export const pexpire = defineCommand({
  name: 'pexpire',
  summary: 'Sets the expiration time of a key in milliseconds.',
  group: 'generic',
  since: since('2.6.0'),
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['write', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteExpire },
  deadline: expireDeadline,
  run: runPexpire,
  arguments: [
    key(),
    integer('milliseconds'),
    added(since('7.0.0'), optional(oneOf('condition', flag('NX'), flag('XX'), flag('GT'), flag('LT')))),
  ],
});

export const expireat = defineCommand({
  name: 'expireat',
  summary: 'Sets the expiration time of a key to a Unix timestamp.',
  group: 'generic',
  since: since('1.2.0'),
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['write', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  deadline: expireDeadline,
  run: runExpireat,
  arguments: [
    key(),
    unixTime('unix-time-seconds'),
    added(since('7.0.0'), optional(oneOf('condition', flag('NX'), flag('XX'), flag('GT'), flag('LT')))),
  ],
});

export const pexpireat = defineCommand({
  name: 'pexpireat',
  summary: 'Sets the expiration time of a key to a Unix milliseconds timestamp.',
  group: 'generic',
  since: since('2.6.0'),
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['write', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  deadline: expireDeadline,
  run: runPexpireat,
  arguments: [
    key(),
    unixTime('unix-time-milliseconds'),
    added(since('7.0.0'), optional(oneOf('condition', flag('NX'), flag('XX'), flag('GT'), flag('LT')))),
  ],
});

export const ttl = defineCommand({
  name: 'ttl',
  summary: 'Returns the expiration time in seconds of a key.',
  group: 'generic',
  since: since('1.0.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: TTL_SECONDS,
  mirror: 'verbatim',
  run: runTtl,
  arguments: [key()],
});

export const pttl = defineCommand({
  name: 'pttl',
  summary: 'Returns the expiration time in milliseconds of a key.',
  group: 'generic',
  since: since('2.6.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: TTL_MILLISECONDS,
  mirror: 'verbatim',
  run: runPttl,
  arguments: [key()],
});

export const expiretime = defineCommand({
  name: 'expiretime',
  summary: 'Returns the expiration time of a key as a Unix timestamp.',
  group: 'generic',
  since: since('7.0.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: TTL_SECONDS,
  mirror: 'verbatim',
  run: runExpiretime,
  arguments: [key()],
});

export const pexpiretime = defineCommand({
  name: 'pexpiretime',
  summary: 'Returns the expiration time of a key as a Unix milliseconds timestamp.',
  group: 'generic',
  since: since('7.0.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: TTL_MILLISECONDS,
  mirror: 'verbatim',
  run: runPexpiretime,
  arguments: [key()],
});

export const persist = defineCommand({
  name: 'persist',
  summary: 'Removes the expiration time of a key.',
  group: 'generic',
  since: since('2.2.0'),
  arity: 2,
  flags: ['write', 'fast'],
  categories: ['write', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runPersist,
  arguments: [key()],
});

export const genericExpiryCommands: readonly CommandDefinition[] = [
  expire,
  pexpire,
  expireat,
  pexpireat,
  ttl,
  pttl,
  expiretime,
  pexpiretime,
  persist,
];
