/**
 * Who the client is, which database and protocol it uses, and whether it is still there.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { HELLO_REPLY } from '../reply-shapes.ts';
import { added, argumentsAt, block, IGNORE, integer, optional, since, text, token } from '../shapes.ts';
import { runAuth, runEcho, runHello, runPing, runQuit, runReset, runSelect } from './run-session.ts';

export const auth = defineCommand({
  name: 'auth',
  summary: 'Authenticates the connection.',
  group: 'connection',
  since: since('1.0.0'),
  arity: -2,
  flags: ['fast', 'noscript', 'loading', 'stale', 'no_auth', 'allow_busy'],
  categories: ['connection', 'fast'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runAuth,
  arguments: [added(since('6.0.0'), optional(text('username'))), text('password')],
});

export const hello = defineCommand({
  name: 'hello',
  summary: 'Handshakes with the server.',
  group: 'connection',
  since: since('6.0.0'),
  arity: -1,
  flags: ['fast', 'noscript', 'loading', 'stale', 'no_auth', 'allow_busy'],
  categories: ['connection', 'fast'],
  keys: [],
  session: 'local',
  compare: {
    rule: 'pairs-unordered',
    ignoreKeys: ['server', 'version', 'id', 'modules', 'availability_zone', 'role', 'mode'],
  },
  mirror: 'none',
  run: runHello,
  resp3: HELLO_REPLY,
  arguments: [
    optional(
      block(
        'arguments',
        integer('protover'),
        optional(token('AUTH', block('auth', text('username'), text('password')))),
        optional(text('clientname', 'SETNAME')),
      ),
    ),
  ],
});

export const select = defineCommand({
  name: 'select',
  summary: 'Changes the selected database.',
  group: 'connection',
  since: since('1.0.0'),
  arity: 2,
  flags: ['fast', 'loading', 'stale'],
  categories: ['connection', 'fast'],
  keys: [],
  databases: argumentsAt(1),
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['allow_busy'] },
  },
  run: runSelect,
  arguments: [integer('index')],
});

export const ping = defineCommand({
  name: 'ping',
  summary: "Returns the server's liveliness response.",
  group: 'connection',
  since: since('1.0.0'),
  arity: -1,
  flags: ['fast'],
  categories: ['connection', 'fast'],
  keys: [],
  request: 'all_shards',
  response: 'all_succeeded',
  cluster: { request: 'any' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runPing,
  arguments: [optional(text('message'))],
});

export const echo = defineCommand({
  name: 'echo',
  summary: 'Returns the given string.',
  group: 'connection',
  since: since('1.0.0'),
  arity: 2,
  flags: ['fast', 'loading', 'stale'],
  categories: ['connection', 'fast'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runEcho,
  arguments: [text('message')],
});

export const reset = defineCommand({
  name: 'reset',
  summary: 'Resets the connection.',
  group: 'connection',
  since: since('6.2.0'),
  arity: 1,
  flags: ['fast', 'noscript', 'loading', 'stale', 'no_auth', 'allow_busy'],
  categories: ['connection', 'fast'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runReset,
  arguments: [],
});

export const quit = defineCommand({
  name: 'quit',
  summary: 'Closes the connection.',
  group: 'connection',
  since: since('1.0.0'),
  arity: -1,
  flags: ['fast', 'noscript', 'loading', 'stale', 'no_auth', 'allow_busy'],
  categories: ['connection', 'fast'],
  keys: [],
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runQuit,
  arguments: [],
});

export const connectionSessionCommands: readonly CommandDefinition[] = [
  auth,
  hello,
  select,
  ping,
  echo,
  reset,
  quit,
];
