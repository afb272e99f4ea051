/**
 * Saving, and ending the server.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { added, block, flag, IGNORE, oneOf, optional, since } from '../shapes.ts';
import { runBgrewriteaof, runBgsave, runSave } from './run-persistence.ts';
import { runShutdown } from './run-shutdown.ts';

export const save = defineCommand({
  name: 'save',
  summary: 'Synchronously saves the database(s) to disk.',
  group: 'server',
  since: since('1.0.0'),
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  cluster: { request: 'all_shards', merge: 'all_succeeded' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runSave,
  locks: 'all',
  arguments: [],
});

export const bgsave = defineCommand({
  name: 'bgsave',
  summary: 'Asynchronously saves the database(s) to disk.',
  group: 'server',
  since: since('1.0.0'),
  arity: -1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  cluster: { request: 'all_shards', merge: 'all_succeeded' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runBgsave,
  locks: 'all',
  arguments: [
    optional(
      oneOf(
        'operation',
        added(since('3.2.2'), flag('SCHEDULE')),
        added(since(null, '8.1.0'), flag('CANCEL')),
      ),
    ),
  ],
});

export const bgrewriteaof = defineCommand({
  name: 'bgrewriteaof',
  summary: 'Asynchronously rewrites the append-only file to disk.',
  group: 'server',
  since: since('1.0.0'),
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  cluster: { request: 'all_shards', merge: 'all_succeeded' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runBgrewriteaof,
  arguments: [],
});

export const shutdown = defineCommand({
  name: 'shutdown',
  summary: 'Synchronously saves the database(s) to disk and shuts down the server.',
  group: 'server',
  since: since('1.0.0'),
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  // Refused, unless `upstream.allowShutdown` says otherwise.
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runShutdown,
  arguments: [
    optional(
      oneOf(
        'abort-selector',
        block(
          'save-selector-block',
          optional(oneOf('save-selector', flag('NOSAVE'), flag('SAVE'))),
          added(since('7.0.0'), optional(flag('NOW'))),
          added(since('7.0.0'), optional(flag('FORCE'))),
          added(since(null, '9.0.0'), optional(flag('SAFE'))),
          added(since(null, '9.0.0'), optional(flag('FAILOVER'))),
        ),
        added(since('7.0.0'), flag('ABORT')),
      ),
    ),
  ],
});

export const serverPersistenceCommands: readonly CommandDefinition[] = [save, bgsave, bgrewriteaof, shutdown];
