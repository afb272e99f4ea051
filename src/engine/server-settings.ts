/**
 * Settings of a server's surroundings: of replication, which are taken and shown as by a server that has no replicas,
 * and those that say how this process is run, which CONFIG only shows. Data.
 */
import {
  BEFORE_VALKEY_9,
  choice,
  fixed,
  immutable,
  MOST_INT,
  ON_VALKEY,
  ON_VALKEY_9,
  type SettingDefinition,
  type SettingDetails,
  shown,
  size,
  whole,
  words,
  yesNo,
} from './setting-kinds.ts';

const ON_REDIS_8: SettingDetails = { since: { redis: '8.0.0', valkey: null } };

const LOADS = ['disabled', 'on-empty-db', 'swapdb'];

export const REPLICATION_SETTINGS: readonly SettingDefinition[] = [
  size('repl-backlog-size', 1024 * 1024, 1, { initialOfValkey: 10 * 1024 * 1024 }),
  ...[whole('repl-backlog-ttl', 3600), whole('repl-diskless-sync-delay', 5, 0, MOST_INT)],
  whole('repl-diskless-sync-max-replicas', 0, 0, MOST_INT),
  whole('repl-ping-replica-period', 10, 1, MOST_INT),
  ...[whole('repl-timeout', 60, 1, MOST_INT), whole('replica-priority', 100, 0, MOST_INT)],
  ...[yesNo('repl-disable-tcp-nodelay', 'no'), yesNo('repl-diskless-sync', 'yes')],
  choice('repl-diskless-load', 'disabled', LOADS, BEFORE_VALKEY_9),
  choice('repl-diskless-load', 'disabled', [...LOADS, 'flush-before-load'], ON_VALKEY_9),
  ...[yesNo('replica-announced', 'yes'), yesNo('replica-ignore-maxmemory', 'yes')],
  ...[whole('min-replicas-max-lag', 10, 0, MOST_INT), yesNo('replica-serve-stale-data', 'yes')],
  ...[yesNo('replica-read-only', 'yes'), yesNo('replica-ignore-disk-write-errors', 'no')],
  ...[words('replica-announce-ip', ''), whole('replica-announce-port', 0, 0, 65_535)],
  ...[words('masterauth', ''), words('masteruser', ''), immutable('replicaof', '')],
  choice('propagation-error-behavior', 'ignore', ['ignore', 'panic', 'panic-on-replicas']),
  ...[yesNo('dual-channel-replication-enabled', 'no', ON_VALKEY), immutable('repl-mptcp', 'no', ON_VALKEY_9)],
  size('replica-full-sync-buffer-limit', 0, 0, ON_REDIS_8),
];

/** The servers cannot be told another port either when that is taken. */
const OTHER_PORT = "Unable to listen on this port: lockstep: it is set in the gateway's configuration";

export const PLACE_SETTINGS: readonly SettingDefinition[] = [
  ...[fixed('port', '0', OTHER_PORT), shown('bind', ''), shown('maxclients', '0')],
  ...[immutable('databases', '16'), shown('protected-mode', 'yes'), shown('bind-source-addr', '')],
  ...[immutable('tcp-backlog', '511'), immutable('unixsocket', ''), immutable('unixsocketperm', '0')],
  immutable('unixsocketgroup', '', ON_VALKEY),
  ...[immutable('daemonize', 'no'), immutable('supervised', 'no'), immutable('pidfile', '')],
  ...[immutable('logfile', ''), immutable('set-proc-title', 'no'), immutable('always-show-logo', 'no')],
  ...[immutable('syslog-enabled', 'no'), immutable('syslog-facility', 'local0')],
  immutable('syslog-ident', 'redis', { initialOfValkey: 'valkey' }),
  ...[
    immutable('disable-thp', 'no'),
    immutable('socket-mark-id', '0'),
    immutable('mptcp', 'no', ON_VALKEY_9),
  ],
  ...['server', 'bio', 'bgsave'].map((name) => immutable(`${name}_cpulist`, '')),
  // The engine takes DEBUG of everybody whose user may, and what is protected of nobody.
  ...[immutable('enable-debug-command', 'yes'), immutable('enable-protected-configs', 'no')],
  ...[immutable('enable-module-command', 'no'), words('availability-zone', '', ON_VALKEY)],
];
