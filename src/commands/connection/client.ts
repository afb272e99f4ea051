/**
 * CLIENT: the connections of other clients, and the container.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { added, flag, IGNORE, integer, many, oneOf, optional, since, text, token } from '../shapes.ts';
import {
  clientCaching,
  clientCapa,
  clientGetname,
  clientGetredir,
  clientId,
  clientImportSource,
  clientInfo,
  clientNoEvict,
  clientNoTouch,
  clientReply,
  clientSetinfo,
  clientSetname,
  clientTracking,
  clientTrackinginfo,
} from './client-state.ts';
import { runClientKill, runClientList } from './run-client-list.ts';
import { runClientPause, runClientUnpause } from './run-client-state.ts';

import { runClientUnblock } from './run-unblock.ts';

export const clientList = defineCommand({
  name: 'client|list',
  summary: 'Lists open connections.',
  group: 'connection',
  since: since('2.4.0'),
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection', 'admin', 'dangerous', 'slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  resp3: 'verbatim',
  run: runClientList,
  arguments: [
    added(
      since('5.0.0'),
      optional(
        token('TYPE', oneOf('client-type', flag('NORMAL'), flag('MASTER'), flag('REPLICA'), flag('PUBSUB'))),
      ),
    ),
    added(since('6.2.0'), optional(many(integer('client-id', 'ID')))),
    added(since(null, '8.1.0'), optional(text('username', 'USER'))),
    added(since(null, '8.1.0'), optional(text('addr', 'ADDR'))),
    added(since(null, '8.1.0'), optional(text('laddr', 'LADDR'))),
    added(since(null, '8.1.0'), optional(token('SKIPME', oneOf('skipme', flag('YES'), flag('NO'))))),
    added(since(null, '8.1.0'), optional(integer('maxage', 'MAXAGE'))),
    added(since(null, '9.0.0'), optional(text('name', 'NAME'))),
    added(since(null, '9.0.0'), optional(integer('idle', 'IDLE'))),
    added(since(null, '9.0.0'), optional(text('flags', 'FLAGS'))),
    added(since(null, '9.0.0'), optional(text('lib-name', 'LIB-NAME'))),
    added(since(null, '9.0.0'), optional(text('lib-ver', 'LIB-VER'))),
    added(since(null, '9.0.0'), optional(integer('db', 'DB'))),
    added(since(null, '9.0.0'), optional(text('capa', 'CAPA'))),
    added(since(null, '9.0.0'), optional(text('ip', 'IP'))),
    added(
      since(null, '9.0.0'),
      optional(
        token(
          'NOT-TYPE',
          oneOf('not-client-type', flag('NORMAL'), flag('MASTER'), flag('REPLICA'), flag('PUBSUB')),
        ),
      ),
    ),
    added(since(null, '9.0.0'), optional(many(integer('not-client-id', 'NOT-ID')))),
    added(since(null, '9.0.0'), optional(text('not-username', 'NOT-USER'))),
    added(since(null, '9.0.0'), optional(text('not-addr', 'NOT-ADDR'))),
    added(since(null, '9.0.0'), optional(text('not-laddr', 'NOT-LADDR'))),
    added(since(null, '9.0.0'), optional(text('not-name', 'NOT-NAME'))),
    added(since(null, '9.0.0'), optional(text('not-flags', 'NOT-FLAGS'))),
    added(since(null, '9.0.0'), optional(text('not-lib-name', 'NOT-LIB-NAME'))),
    added(since(null, '9.0.0'), optional(text('not-lib-ver', 'NOT-LIB-VER'))),
    added(since(null, '9.0.0'), optional(integer('not-db', 'NOT-DB'))),
    added(since(null, '9.0.0'), optional(text('not-capa', 'NOT-CAPA'))),
    added(since(null, '9.0.0'), optional(text('not-ip', 'NOT-IP'))),
  ],
});

export const clientKill = defineCommand({
  name: 'client|kill',
  summary: 'Terminates open connections.',
  group: 'connection',
  since: since('2.4.0'),
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection', 'admin', 'dangerous', 'slow'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runClientKill,
  arguments: [
    oneOf(
      'filter',
      text('old-format'),
      many(
        oneOf(
          'new-format',
          added(since('2.8.12'), optional(many(integer('client-id', 'ID')))),
          added(
            since('2.8.12'),
            optional(
              token(
                'TYPE',
                oneOf(
                  'client-type',
                  flag('NORMAL'),
                  added(since('3.2.0'), flag('MASTER')),
                  added(since(null, '8.0.0'), flag('PRIMARY')),
                  flag('SLAVE'),
                  added(since('5.0.0'), flag('REPLICA')),
                  flag('PUBSUB'),
                ),
              ),
            ),
          ),
          optional(text('username', 'USER')),
          optional(text('addr', 'ADDR')),
          added(since('6.2.0'), optional(text('laddr', 'LADDR'))),
          optional(token('SKIPME', oneOf('skipme', flag('YES'), flag('NO')))),
          added(since('7.4.0', '8.0.0'), optional(integer('maxage', 'MAXAGE'))),
          added(since(null, '9.0.0'), optional(text('name', 'NAME'))),
          added(since(null, '9.0.0'), optional(integer('idle', 'IDLE'))),
          added(since(null, '9.0.0'), optional(text('flags', 'FLAGS'))),
          added(since(null, '9.0.0'), optional(text('lib-name', 'LIB-NAME'))),
          added(since(null, '9.0.0'), optional(text('lib-ver', 'LIB-VER'))),
          added(since(null, '9.0.0'), optional(integer('db', 'DB'))),
          added(since(null, '9.0.0'), optional(text('capa', 'CAPA'))),
          added(since(null, '9.0.0'), optional(text('ip', 'IP'))),
          added(
            since(null, '9.0.0'),
            optional(
              token(
                'NOT-TYPE',
                oneOf(
                  'not-client-type',
                  flag('NORMAL'),
                  flag('MASTER'),
                  flag('PRIMARY'),
                  flag('SLAVE'),
                  flag('REPLICA'),
                  flag('PUBSUB'),
                ),
              ),
            ),
          ),
          added(since(null, '9.0.0'), optional(many(integer('not-client-id', 'NOT-ID')))),
          added(since(null, '9.0.0'), optional(text('not-username', 'NOT-USER'))),
          added(since(null, '9.0.0'), optional(text('not-addr', 'NOT-ADDR'))),
          added(since(null, '9.0.0'), optional(text('not-laddr', 'NOT-LADDR'))),
          added(since(null, '9.0.0'), optional(text('not-name', 'NOT-NAME'))),
          added(since(null, '9.0.0'), optional(text('not-flags', 'NOT-FLAGS'))),
          added(since(null, '9.0.0'), optional(text('not-lib-name', 'NOT-LIB-NAME'))),
          added(since(null, '9.0.0'), optional(text('not-lib-ver', 'NOT-LIB-VER'))),
          added(since(null, '9.0.0'), optional(integer('not-db', 'NOT-DB'))),
          added(since(null, '9.0.0'), optional(text('not-capa', 'NOT-CAPA'))),
          added(since(null, '9.0.0'), optional(text('not-ip', 'NOT-IP'))),
        ),
      ),
    ),
  ],
});

export const clientPause = defineCommand({
  name: 'client|pause',
  summary: 'Suspends commands processing.',
  group: 'connection',
  since: since('3.0.0'),
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection', 'admin', 'dangerous', 'slow'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runClientPause,
  arguments: [integer('timeout'), added(since('6.2.0'), optional(oneOf('mode', flag('WRITE'), flag('ALL'))))],
});

export const clientUnpause = defineCommand({
  name: 'client|unpause',
  summary: 'Resumes processing commands from paused clients.',
  group: 'connection',
  since: since('6.2.0'),
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection', 'admin', 'dangerous', 'slow'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runClientUnpause,
  arguments: [],
});

export const clientUnblock = defineCommand({
  name: 'client|unblock',
  summary: 'Unblocks a client blocked by a blocking command from a different connection.',
  group: 'connection',
  since: since('5.0.0'),
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection', 'admin', 'dangerous', 'slow'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  arguments: [integer('client-id'), optional(oneOf('unblock-type', flag('TIMEOUT'), flag('ERROR')))],
  locks: 'all',
  run: runClientUnblock,
});

export const clientHelp = defineCommand({
  name: 'client|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'connection',
  since: since('5.0.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runHelp,
  arguments: [],
});

export const client = defineCommand({
  name: 'client',
  summary: 'A container for client connection commands.',
  group: 'connection',
  since: since('2.4.0'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [
    clientSetname,
    clientGetname,
    clientSetinfo,
    clientId,
    clientInfo,
    clientReply,
    clientTracking,
    clientTrackinginfo,
    clientCaching,
    clientGetredir,
    clientNoEvict,
    clientNoTouch,
    clientCapa,
    clientImportSource,
    clientList,
    clientKill,
    clientPause,
    clientUnpause,
    clientUnblock,
    clientHelp,
  ],
});

export const connectionClientCommands: readonly CommandDefinition[] = [client];
