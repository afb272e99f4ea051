/**
 * Settings about how a server goes about its work, which make no difference to replies: the engine takes every value
 * that the servers take, shows it, and has no use for it. Data. Cold: once.
 */
import {
  BEFORE_VALKEY_9,
  choice,
  MOST_INT,
  ON_VALKEY,
  ON_VALKEY_9,
  ONLY_REDIS_7_0,
  type SettingDefinition,
  type SettingDetails,
  SINCE_REDIS_7_2,
  SINCE_REDIS_8,
  size,
  whole,
  words,
  yesNo,
} from './setting-kinds.ts';

const LAZY: SettingDetails = { initialOfValkey: 'yes' };
const HIDDEN: SettingDetails = { isHidden: true };

const LEVELS = ['debug', 'verbose', 'notice', 'warning'];
const ENDINGS = ['default', 'save', 'nosave', 'now', 'force'];

export const HINTS: readonly SettingDefinition[] = [
  // How often a server looks after its keys and clients; the engine does ten times a second.
  ...[whole('hz', 10, 0, MOST_INT), yesNo('dynamic-hz', 'yes', BEFORE_VALKEY_9)],
  whole('active-expire-effort', 1, 1, 10),
  // Chunks of lists are never compressed.
  whole('list-compress-depth', 0, 0, MOST_INT),
  // Large values go in the caller's time or in slices, whoever removes them.
  ...[yesNo('lazyfree-lazy-eviction', 'no', LAZY), yesNo('lazyfree-lazy-expire', 'no', LAZY)],
  ...[yesNo('lazyfree-lazy-server-del', 'no', LAZY), yesNo('lazyfree-lazy-user-del', 'no', LAZY)],
  ...[yesNo('lazyfree-lazy-user-flush', 'no', LAZY), yesNo('replica-lazy-flush', 'no', LAZY)],
  // Tables grow and shrink with each change, and memory is defragmented by nobody (`activedefrag` is fixed).
  ...[yesNo('activerehashing', 'yes'), yesNo('jemalloc-bg-thread', 'yes')],
  ...[whole('active-defrag-cycle-min', 1, 1, 99), whole('active-defrag-cycle-max', 25, 1, 99)],
  ...[
    whole('active-defrag-threshold-lower', 10, 0, 1000),
    whole('active-defrag-threshold-upper', 100, 0, 1000),
  ],
  ...[
    size('active-defrag-ignore-bytes', 100 * 1024 * 1024, 1),
    whole('active-defrag-max-scan-fields', 1000, 1),
  ],
  whole('active-defrag-cycle-us', 500, 0, 100_000, ON_VALKEY_9),
  // How many workers there are says the gateway's configuration.
  ...[whole('events-per-io-thread', 2, 0, MOST_INT, { ...ON_VALKEY, ...BEFORE_VALKEY_9 })],
  whole('prefetch-batch-max-size', 16, 0, 128, ON_VALKEY),
  // Connections: each worker takes what has come, and they are kept alive every 300 seconds.
  ...[
    whole('max-new-connections-per-cycle', 10, 1, 1000, SINCE_REDIS_8),
    whole('tcp-keepalive', 300, 0, MOST_INT),
  ],
  whole('max-new-tls-connections-per-cycle', 1, 1, 1000, SINCE_REDIS_8),
  // The gateway's log has a level and a form of its own, and never shows what users store.
  choice('loglevel', 'notice', LEVELS, ONLY_REDIS_7_0),
  choice('loglevel', 'notice', [...LEVELS, 'nothing'], SINCE_REDIS_7_2),
  choice('log-format', 'legacy', ['legacy', 'logfmt', 'json'], ON_VALKEY_9),
  choice('log-timestamp-format', 'legacy', ['legacy', 'iso8601', 'milliseconds'], ON_VALKEY_9),
  yesNo('hide-user-data-from-log', 'no', { ...SINCE_REDIS_8, ...LAZY }),
  ...[
    yesNo('crash-log-enabled', 'yes'),
    yesNo('crash-memcheck-enabled', 'yes'),
    words('ignore-warnings', ''),
  ],
  words('proc-title-template', '{title} {listen-addr} {server-mode}'),
  choice('oom-score-adj', 'no', ['no', 'yes', 'relative', 'absolute']),
  words('oom-score-adj-values', '0 200 800', {}, (text) =>
    /^-?\d{1,4} -?\d{1,4} -?\d{1,4}$/.test(text) ? undefined : 'wrong number of arguments',
  ),
  // Loading ends before the first client comes. Every dump is checked.
  ...[
    whole('key-load-delay', 0, -MOST_INT - 1, MOST_INT, HIDDEN),
    whole('watchdog-period', 0, 0, MOST_INT, HIDDEN),
  ],
  whole('loading-process-events-interval-bytes', 2 * 1024 * 1024, 1024, MOST_INT, HIDDEN),
  choice('sanitize-dump-payload', 'no', ['no', 'yes', 'clients'], BEFORE_VALKEY_9),
  choice('rdb-version-check', 'strict', ['strict', 'relaxed'], ON_VALKEY_9),
  ...[yesNo('rdb-save-incremental-fsync', 'yes'), yesNo('rdb-del-sync-files', 'no')],
  // How the process ends is the gateway's affair.
  ...['shutdown-on-sigint', 'shutdown-on-sigterm'].flatMap((name) => [
    choice(name, 'default', ENDINGS, BEFORE_VALKEY_9),
    choice(name, 'default', [...ENDINGS, 'safe', 'failover'], ON_VALKEY_9),
  ]),
  whole('shutdown-timeout', 10, 0, MOST_INT),
];
