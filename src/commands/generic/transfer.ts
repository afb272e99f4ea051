/**
 * Keys as serialised values, between servers.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { restoreDeadline } from '../effects/deadline.ts';
import { absoluteRestore } from '../effects/expiry.ts';
import {
  added,
  block,
  EXACT,
  flag,
  IGNORE,
  integer,
  key,
  keyAt,
  keysAfter,
  many,
  oneOf,
  optional,
  SHAPE,
  shownAs,
  since,
  text,
  token,
} from '../shapes.ts';
import { runMigrate } from './run-migrate.ts';
import { runDump, runRestore } from './run-transfer.ts';

export const dump = defineCommand({
  name: 'dump',
  summary: 'Returns a serialized representation of the value stored at a key.',
  group: 'generic',
  since: since('2.6.0'),
  arity: 2,
  flags: ['readonly'],
  categories: ['read', 'keyspace', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  session: 'none',
  compare: SHAPE,
  mirror: 'verbatim',
  run: runDump,
  arguments: [key()],
});

export const restore = defineCommand({
  name: 'restore',
  summary: 'Creates a key from the serialized representation of a value.',
  group: 'generic',
  since: since('2.6.0'),
  arity: -4,
  flags: ['write', 'denyoom'],
  categories: ['write', 'keyspace', 'dangerous', 'slow'],
  keys: [keyAt(1, 'OW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteRestore },
  deadline: restoreDeadline,
  run: runRestore,
  arguments: [
    key(),
    integer('ttl'),
    text('serialized-value'),
    added(since('3.0.0'), optional(flag('REPLACE'))),
    added(since('5.0.0'), optional(flag('ABSTTL'))),
    added(since('5.0.0'), optional(integer('seconds', 'IDLETIME'))),
    added(since('5.0.0'), optional(integer('frequency', 'FREQ'))),
  ],
});

export const restoreAsking = defineCommand({
  name: 'restore-asking',
  summary: 'An internal command for migrating keys in a cluster.',
  group: 'server',
  since: since('3.0.0'),
  arity: -4,
  flags: ['write', 'denyoom', 'asking'],
  categories: ['write', 'keyspace', 'dangerous', 'slow'],
  keys: [keyAt(1, 'OW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: { effect: absoluteRestore },
  deadline: restoreDeadline,
  run: runRestore,
  arguments: [
    key(),
    integer('ttl'),
    text('serialized-value'),
    added(since('3.0.0'), optional(flag('REPLACE'))),
    added(since('5.0.0'), optional(flag('ABSTTL'))),
    added(since('5.0.0'), optional(integer('seconds', 'IDLETIME'))),
    added(since('5.0.0'), optional(integer('frequency', 'FREQ'))),
  ],
});

export const migrate = defineCommand({
  name: 'migrate',
  summary: 'Atomically transfers a key from one instance to another.',
  group: 'generic',
  since: since('2.6.0'),
  arity: -6,
  flags: ['write', 'movablekeys'],
  categories: ['write', 'keyspace', 'dangerous', 'slow'],
  keys: [
    keyAt(3, 'RW', 'access', 'delete'),
    keysAfter('KEYS', -2, 0, 'RW', 'access', 'delete', 'incomplete'),
  ],
  keySearch: 'migrate',
  tips: ['nondeterministic_output'],
  session: 'none',
  // Its effect depends on a third server.
  compare: IGNORE,
  mirror: 'none',
  run: runMigrate,
  arguments: [
    text('host'),
    integer('port'),
    oneOf('key-selector', key(), flag('', 'empty-string')),
    integer('destination-db'),
    integer('timeout'),
    added(since('3.0.0'), optional(flag('COPY'))),
    added(since('3.0.0'), optional(flag('REPLACE'))),
    optional(
      oneOf(
        'authentication',
        added(since('4.0.7'), shownAs('password', text('auth', 'AUTH'))),
        added(since('6.0.0'), token('AUTH2', block('auth2', text('username'), text('password')))),
      ),
    ),
    added(since('3.0.6'), optional(many(shownAs('key', key('keys', 1, 'KEYS'))))),
  ],
});

export const genericTransferCommands: readonly CommandDefinition[] = [dump, restore, restoreAsking, migrate];
