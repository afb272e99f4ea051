/**
 * Keys of any type: existence, names, copies, deletion.
 * Definitions only: data that every thread loads once.
 */
import { word } from '../arguments.ts';
import { type CommandDefinition, type CommandView, defineCommand } from '../definition.ts';
import { argumentIs } from '../effects/arguments.ts';
import { copyDatabase, moveDatabase, sameDatabase } from '../effects/deadline.ts';
import { argumentsAt, EXACT, flag, integer, key, keyAt, keysFrom, many, optional, since } from '../shapes.ts';
import { runDel, runExists, runTouch, runType, runUnlink } from './run-keys.ts';
import { runCopy, runMove, runRename, runRenamenx } from './run-moves.ts';

const DB = word('db');

export const del = defineCommand({
  name: 'del',
  summary: 'Deletes one or more keys.',
  group: 'generic',
  since: since('1.0.0'),
  arity: -2,
  flags: ['write'],
  categories: ['write', 'keyspace', 'slow'],
  keys: [keysFrom(1, 'RM', 'delete')],
  request: 'multi_shard',
  response: 'agg_sum',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runDel,
  arguments: [many(key())],
});

export const unlink = defineCommand({
  name: 'unlink',
  summary: 'Asynchronously deletes one or more keys.',
  group: 'generic',
  since: since('4.0.0'),
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['write', 'keyspace', 'fast'],
  keys: [keysFrom(1, 'RM', 'delete')],
  request: 'multi_shard',
  response: 'agg_sum',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runUnlink,
  arguments: [many(key())],
});

export const exists = defineCommand({
  name: 'exists',
  summary: 'Determines whether one or more keys exist.',
  group: 'generic',
  since: since('1.0.0'),
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'keyspace', 'fast'],
  keys: [keysFrom(1, 'RO')],
  request: 'multi_shard',
  response: 'agg_sum',
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runExists,
  arguments: [many(key())],
});

export const touch = defineCommand({
  name: 'touch',
  summary: 'Returns how many of the given keys exist, after updating when they were last accessed.',
  group: 'generic',
  since: since('3.2.1'),
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'keyspace', 'fast'],
  keys: [keysFrom(1, 'RO')],
  request: 'multi_shard',
  response: 'agg_sum',
  cluster: { isForPrimary: true },
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runTouch,
  arguments: [many(key())],
});

export const type = defineCommand({
  name: 'type',
  summary: 'Determines the type of value stored at a key.',
  group: 'generic',
  since: since('1.0.0'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['read', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RO')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  run: runType,
  arguments: [key()],
});

export const rename = defineCommand({
  name: 'rename',
  summary: 'Renames a key and overwrites the destination.',
  group: 'generic',
  since: since('1.0.0'),
  arity: 3,
  flags: ['write'],
  categories: ['write', 'keyspace', 'slow'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'OW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  expiryGoesTo: sameDatabase,
  run: runRename,
  arguments: [key(), key('newkey', 1)],
});

export const renamenx = defineCommand({
  name: 'renamenx',
  summary: "Renames a key only when the target key name doesn't exist.",
  group: 'generic',
  since: since('1.0.0'),
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['write', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'OW', 'insert')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  expiryGoesTo: sameDatabase,
  run: runRenamenx,
  arguments: [key(), key('newkey', 1)],
});

export const copy = defineCommand({
  name: 'copy',
  summary: 'Copies the value of a key to a new key.',
  group: 'generic',
  since: since('6.2.0'),
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['write', 'keyspace', 'slow'],
  keys: [keyAt(1, 'RO', 'access'), keyAt(2, 'OW', 'update')],
  databases: copyDatabases,
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  expiryGoesTo: copyDatabase,
  run: runCopy,
  arguments: [
    key('source'),
    key('destination', 1),
    optional(integer('destination-db', 'DB')),
    optional(flag('REPLACE')),
  ],
});

export const move = defineCommand({
  name: 'move',
  summary: 'Moves a key to another database.',
  group: 'generic',
  since: since('1.0.0'),
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['write', 'keyspace', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  databases: argumentsAt(2),
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  expiryGoesTo: moveDatabase,
  run: runMove,
  arguments: [key(), integer('db')],
});

/** What follows each DB: COPY takes the last, and users need a right to all. */
function copyDatabases(command: CommandView): readonly number[] {
  const places: number[] = [];
  for (let at = 3; at + 1 < command.count; at++) {
    if (!argumentIs(command, at, DB)) continue;
    at += 1;
    places.push(at);
  }
  return places;
}

export const genericKeysCommands: readonly CommandDefinition[] = [
  del,
  unlink,
  exists,
  touch,
  type,
  rename,
  renamenx,
  copy,
  move,
];
