/**
 * When fields of hashes expire.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { hashExpireDeadline, hashGetexDeadline, hashSetexDeadline } from '../effects/deadline.ts';
import { absoluteHashExpire, absoluteHashGetex, absoluteHashSetex } from '../effects/expiry.ts';
import {
  added,
  block,
  EXACT,
  eachElement,
  flag,
  integer,
  key,
  keyAt,
  many,
  oneOf,
  optional,
  since,
  TTL_MILLISECONDS,
  TTL_SECONDS,
  text,
  token,
  unixTime,
} from '../shapes.ts';
import {
  runHexpire,
  runHexpireat,
  runHexpiretime,
  runHpersist,
  runHpexpire,
  runHpexpireat,
  runHpexpiretime,
  runHpttl,
  runHttl,
} from './run-expiry.ts';
import { runHgetdel, runHgetex, runHsetex } from './run-field-values.ts';

export const hexpire = defineCommand({
  name: 'hexpire',
  summary: 'Sets the time to live of hash fields in seconds.',
  group: 'hash',
  since: since('7.4.0', '9.0.0'),
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteHashExpire },
  deadline: hashExpireDeadline,
  arguments: [
    key(),
    integer('seconds'),
    optional(oneOf('condition', flag('NX'), flag('XX'), flag('GT'), flag('LT'))),
    token('FIELDS', block('fields', integer('numfields'), many(text('field')))),
  ],
  run: runHexpire,
});

export const hpexpire = defineCommand({
  name: 'hpexpire',
  summary: 'Sets the time to live of hash fields in milliseconds.',
  group: 'hash',
  since: since('7.4.0', '9.0.0'),
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteHashExpire },
  deadline: hashExpireDeadline,
  arguments: [
    key(),
    integer('milliseconds'),
    optional(oneOf('condition', flag('NX'), flag('XX'), flag('GT'), flag('LT'))),
    token('FIELDS', block('fields', integer('numfields'), many(text('field')))),
  ],
  run: runHpexpire,
});

export const hexpireat = defineCommand({
  name: 'hexpireat',
  summary: 'Sets when hash fields expire, as a Unix timestamp in seconds.',
  group: 'hash',
  since: since('7.4.0', '9.0.0'),
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  deadline: hashExpireDeadline,
  arguments: [
    key(),
    integer('unix-time-seconds'),
    optional(oneOf('condition', flag('NX'), flag('XX'), flag('GT'), flag('LT'))),
    token('FIELDS', block('fields', integer('numfields'), many(text('field')))),
  ],
  run: runHexpireat,
});

export const hpexpireat = defineCommand({
  name: 'hpexpireat',
  summary: 'Sets when hash fields expire, as a Unix timestamp in milliseconds.',
  group: 'hash',
  since: since('7.4.0', '9.0.0'),
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  deadline: hashExpireDeadline,
  arguments: [
    key(),
    integer('unix-time-milliseconds'),
    optional(oneOf('condition', flag('NX'), flag('XX'), flag('GT'), flag('LT'))),
    token('FIELDS', block('fields', integer('numfields'), many(text('field')))),
  ],
  run: runHpexpireat,
});

export const httl = defineCommand({
  name: 'httl',
  summary: 'Returns the remaining time to live of hash fields in seconds.',
  group: 'hash',
  since: since('7.4.0', '9.0.0'),
  arity: -5,
  flags: ['readonly', 'fast'],
  categories: ['read', 'hash', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: eachElement(TTL_SECONDS),
  mirror: 'verbatim',
  arguments: [key(), token('FIELDS', block('fields', integer('numfields'), many(text('field'))))],
  run: runHttl,
});

export const hpttl = defineCommand({
  name: 'hpttl',
  summary: 'Returns the remaining time to live of hash fields in milliseconds.',
  group: 'hash',
  since: since('7.4.0', '9.0.0'),
  arity: -5,
  flags: ['readonly', 'fast'],
  categories: ['read', 'hash', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: eachElement(TTL_MILLISECONDS),
  mirror: 'verbatim',
  arguments: [key(), token('FIELDS', block('fields', integer('numfields'), many(text('field'))))],
  run: runHpttl,
});

export const hexpiretime = defineCommand({
  name: 'hexpiretime',
  summary: 'Returns when hash fields expire, as a Unix timestamp in seconds.',
  group: 'hash',
  since: since('7.4.0', '9.0.0'),
  arity: -5,
  flags: ['readonly', 'fast'],
  categories: ['read', 'hash', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: eachElement(TTL_SECONDS),
  mirror: 'verbatim',
  arguments: [key(), token('FIELDS', block('fields', integer('numfields'), many(text('field'))))],
  run: runHexpiretime,
});

export const hpexpiretime = defineCommand({
  name: 'hpexpiretime',
  summary: 'Returns when hash fields expire, as a Unix timestamp in milliseconds.',
  group: 'hash',
  since: since('7.4.0', '9.0.0'),
  arity: -5,
  flags: ['readonly', 'fast'],
  categories: ['read', 'hash', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: eachElement(TTL_MILLISECONDS),
  mirror: 'verbatim',
  arguments: [key(), token('FIELDS', block('fields', integer('numfields'), many(text('field'))))],
  run: runHpexpiretime,
});

export const hpersist = defineCommand({
  name: 'hpersist',
  summary: 'Removes the expiration of hash fields.',
  group: 'hash',
  since: since('7.4.0', '9.0.0'),
  arity: -5,
  flags: ['write', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), token('FIELDS', block('fields', integer('numfields'), many(text('field'))))],
  run: runHpersist,
});

export const hgetex = defineCommand({
  name: 'hgetex',
  summary: 'Returns the values of hash fields, and optionally sets when they expire.',
  group: 'hash',
  since: since('8.0.0', '9.0.0'),
  arity: -5,
  flags: ['write', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteHashGetex },
  deadline: hashGetexDeadline,
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
    token('FIELDS', block('fields', integer('numfields'), many(text('field')))),
  ],
  run: runHgetex,
});

export const hsetex = defineCommand({
  name: 'hsetex',
  summary: 'Sets the values of hash fields, and optionally when they expire.',
  group: 'hash',
  since: since('8.0.0', '9.0.0'),
  arity: -6,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteHashSetex },
  deadline: hashSetexDeadline,
  variants: {
    'redis-8.0': { keys: [keyAt(1, 'RW', 'update')] },
  },
  arguments: [
    key(),
    added(since(null, '9.1.0'), optional(oneOf('key-condition', flag('NX'), flag('XX')))),
    optional(oneOf('fields-condition', flag('FNX'), flag('FXX'))),
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
    token('FIELDS', block('fields', integer('numfields'), many(block('data', text('field'), text('value'))))),
  ],
  run: runHsetex,
});

export const hgetdel = defineCommand({
  name: 'hgetdel',
  summary: 'Returns the values of hash fields and deletes the fields.',
  group: 'hash',
  since: since('8.0.0', '9.1.0'),
  arity: -5,
  flags: ['write', 'fast'],
  categories: ['write', 'hash', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), token('FIELDS', block('fields', integer('numfields'), many(text('field'))))],
  run: runHgetdel,
});

export const hashExpiryCommands: readonly CommandDefinition[] = [
  hexpire,
  hpexpire,
  hexpireat,
  hpexpireat,
  httl,
  hpttl,
  hexpiretime,
  hpexpiretime,
  hpersist,
  hgetex,
  hsetex,
  hgetdel,
];
