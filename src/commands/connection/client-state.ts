/**
 * CLIENT: the state of the connection that sends it.
 * Definitions only: data that every thread loads once.
 */
import { defineCommand } from '../definition.ts';
import { PLAIN_SET } from '../reply-shapes.ts';
import { flag, IGNORE, integer, many, manyTokens, oneOf, optional, since, text } from '../shapes.ts';
import {
  runClientGetname,
  runClientId,
  runClientReply,
  runClientSetinfo,
  runClientSetname,
} from './run-client.ts';
import { runClientInfo } from './run-client-list.ts';
import {
  runClientCapa,
  runClientImportSource,
  runClientNoEvict,
  runClientNoTouch,
} from './run-client-state.ts';
import {
  runClientCaching,
  runClientGetredir,
  runClientTracking,
  runClientTrackinginfo,
} from './run-client-tracking.ts';

export const clientSetname = defineCommand({
  name: 'client|setname',
  summary: 'Sets the connection name.',
  group: 'connection',
  since: since('2.6.9'),
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'all_succeeded',
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['allow_busy'] },
  },
  run: runClientSetname,
  arguments: [text('connection-name')],
});

export const clientGetname = defineCommand({
  name: 'client|getname',
  summary: 'Returns the name of the connection.',
  group: 'connection',
  since: since('2.6.9'),
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['allow_busy'] },
  },
  run: runClientGetname,
  arguments: [],
});

export const clientSetinfo = defineCommand({
  name: 'client|setinfo',
  summary: 'Sets information specific to the client or connection.',
  group: 'connection',
  since: since('7.2.0'),
  arity: 4,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'all_succeeded',
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['allow_busy'] },
  },
  run: runClientSetinfo,
  arguments: [oneOf('attr', text('libname', 'LIB-NAME'), text('libver', 'LIB-VER'))],
});

export const clientId = defineCommand({
  name: 'client|id',
  summary: 'Returns the unique client ID of the connection.',
  group: 'connection',
  since: since('5.0.0'),
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['allow_busy'] },
  },
  run: runClientId,
  arguments: [],
});

export const clientInfo = defineCommand({
  name: 'client|info',
  summary: 'Returns information about the connection.',
  group: 'connection',
  since: since('6.2.0'),
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  tips: ['nondeterministic_output'],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  resp3: 'verbatim',
  run: runClientInfo,
  arguments: [],
});

export const clientReply = defineCommand({
  name: 'client|reply',
  summary: 'Instructs the server whether to reply to commands.',
  group: 'connection',
  since: since('3.2.0'),
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['no_multi', 'allow_busy'] },
  },
  run: runClientReply,
  arguments: [oneOf('action', flag('ON'), flag('OFF'), flag('SKIP'))],
});

export const clientTracking = defineCommand({
  name: 'client|tracking',
  summary: 'Controls server-assisted client-side caching for the connection.',
  group: 'connection',
  since: since('6.0.0'),
  arity: -3,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runClientTracking,
  arguments: [
    oneOf('status', flag('ON'), flag('OFF')),
    optional(integer('client-id', 'REDIRECT')),
    optional(manyTokens(text('prefix', 'PREFIX'))),
    optional(flag('BCAST')),
    optional(flag('OPTIN')),
    optional(flag('OPTOUT')),
    optional(flag('NOLOOP')),
  ],
});

export const clientTrackinginfo = defineCommand({
  name: 'client|trackinginfo',
  summary: 'Returns information about server-assisted client-side caching for the connection.',
  group: 'connection',
  since: since('6.2.0'),
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  resp3: { map: 'plain', fields: { flags: PLAIN_SET } },
  run: runClientTrackinginfo,
  arguments: [],
});

export const clientCaching = defineCommand({
  name: 'client|caching',
  summary: 'Instructs the server whether to track the keys in the next request.',
  group: 'connection',
  since: since('6.0.0'),
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['allow_busy'] },
  },
  run: runClientCaching,
  arguments: [oneOf('mode', flag('YES'), flag('NO'))],
});

export const clientGetredir = defineCommand({
  name: 'client|getredir',
  summary: "Returns the client ID to which the connection's tracking notifications are redirected.",
  group: 'connection',
  since: since('6.0.0'),
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['allow_busy'] },
  },
  run: runClientGetredir,
  arguments: [],
});

export const clientNoEvict = defineCommand({
  name: 'client|no-evict',
  summary: 'Sets the client eviction mode of the connection.',
  group: 'connection',
  since: since('7.0.0'),
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection', 'admin', 'dangerous', 'slow'],
  keys: [],
  session: 'pin',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['allow_busy'] },
  },
  run: runClientNoEvict,
  arguments: [oneOf('enabled', flag('ON'), flag('OFF'))],
});

export const clientNoTouch = defineCommand({
  name: 'client|no-touch',
  summary: 'Controls whether commands sent by the client affect the LRU/LFU of accessed keys.',
  group: 'connection',
  since: since('7.2.0'),
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'pin',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['allow_busy'] },
  },
  run: runClientNoTouch,
  arguments: [oneOf('enabled', flag('ON'), flag('OFF'))],
});

export const clientCapa = defineCommand({
  name: 'client|capa',
  summary: 'A client claims its capability.',
  group: 'connection',
  since: since(null, '8.0.0'),
  arity: -3,
  flags: ['noscript', 'loading', 'stale', 'allow_busy'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'pin',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-8.0': { removeFlags: ['allow_busy'] },
  },
  run: runClientCapa,
  arguments: [many(text('capability'))],
});

export const clientImportSource = defineCommand({
  name: 'client|import-source',
  summary: 'Marks this client as an import source when the server is in import mode.',
  group: 'connection',
  since: since(null, '8.1.0'),
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection', 'slow'],
  keys: [],
  session: 'pin',
  compare: IGNORE,
  mirror: 'none',
  run: runClientImportSource,
  arguments: [oneOf('enabled', flag('ON'), flag('OFF'))],
});
