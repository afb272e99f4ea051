/**
 * Settings of what the engine does not have: an append-only file, a cluster, TLS of its own, threads of a server's
 * kind. Tuning of such things is taken and shown like a hint; what would switch them on is refused. Data.
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
  SINCE_REDIS_7_2,
  shown,
  size,
  whole,
  words,
  yesNo,
} from './setting-kinds.ts';
import { memorySize } from './setting-values.ts';

const MOST_PORT = 65_535;
const ONLY_REDIS_8: SettingDetails = { since: { redis: '8.0.0', valkey: null } };

export const APPEND_ONLY_SETTINGS: readonly SettingDefinition[] = [
  ...[fixed('appendonly', 'no'), immutable('appendfilename', 'appendonly.aof')],
  ...[immutable('appenddirname', 'appendonlydir'), immutable('aof_rewrite_cpulist', '')],
  choice('appendfsync', 'everysec', ['everysec', 'always', 'no']),
  ...[yesNo('no-appendfsync-on-rewrite', 'no'), yesNo('aof-rewrite-incremental-fsync', 'yes')],
  ...[yesNo('aof-load-truncated', 'yes'), yesNo('aof-use-rdb-preamble', 'yes')],
  ...[yesNo('aof-timestamp-enabled', 'no'), yesNo('aof-disable-auto-gc', 'no', { isHidden: true })],
  whole('auto-aof-rewrite-percentage', 100, 0, MOST_INT),
  size('auto-aof-rewrite-min-size', 64 * 1024 * 1024),
];

function address(name: string, version: 4 | 6): SettingDefinition {
  return words(name, '', ON_VALKEY, (text) =>
    text === '' || isAddress(text, version) ? undefined : `Invalid IPv${version} address`,
  );
}

function isAddress(text: string, version: 4 | 6): boolean {
  if (version === 6) return URL.canParse(`http://[${text}]/`);
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}

function hostName(text: string): string | undefined {
  if (text.length >= 256) return 'Hostnames must be less than 256 characters';
  return /^[A-Za-z0-9.-]*$/.test(text)
    ? undefined
    : 'Hostnames may only contain alphanumeric characters, hyphens or dots';
}

export const CLUSTER_SETTINGS: readonly SettingDefinition[] = [
  ...[immutable('cluster-enabled', 'no'), immutable('cluster-config-file', 'nodes.conf')],
  ...[immutable('cluster-port', '0'), immutable('cluster-databases', '1', ON_VALKEY_9)],
  ...[yesNo('cluster-require-full-coverage', 'yes'), yesNo('cluster-replica-no-failover', 'no')],
  ...[yesNo('cluster-allow-reads-when-down', 'no'), yesNo('cluster-allow-pubsubshard-when-down', 'yes')],
  ...[yesNo('cluster-allow-replica-migration', 'yes'), whole('cluster-node-timeout', 15_000)],
  whole('cluster-replica-validity-factor', 10, 0, MOST_INT),
  ...[whole('cluster-migration-barrier', 1, 0, MOST_INT), size('cluster-link-sendbuf-limit', 0)],
  choice('cluster-preferred-endpoint-type', 'ip', ['ip', 'hostname', 'unknown-endpoint']),
  ...['port', 'bus-port', 'tls-port'].map((name) => whole(`cluster-announce-${name}`, 0, 0, MOST_PORT)),
  ...[words('cluster-announce-ip', ''), words('cluster-announce-hostname', '', {}, hostName)],
  words('cluster-announce-human-nodename', '', SINCE_REDIS_7_2),
  ...[address('cluster-announce-client-ipv4', 4), address('cluster-announce-client-ipv6', 6)],
  whole('cluster-announce-client-port', 0, 0, MOST_PORT, ON_VALKEY_9),
  whole('cluster-announce-client-tls-port', 0, 0, MOST_PORT, ON_VALKEY_9),
  ...[
    whole('cluster-blacklist-ttl', 60, Number.MIN_SAFE_INTEGER, undefined, ON_VALKEY),
    yesNo('cluster-slot-stats-enabled', 'no', ON_VALKEY),
  ],
  choice('cluster-config-save-behavior', 'sync', ['sync', 'best-effort'], ON_VALKEY_9),
  whole('cluster-manual-failover-timeout', 5000, 1, MOST_INT, ON_VALKEY_9),
  whole('cluster-slot-migration-log-max-len', 1000, 0, undefined, ON_VALKEY_9),
  // -1: no limit.
  {
    ...size('slot-migration-max-failover-repl-bytes', 0, 0, ON_VALKEY_9),
    parse: (text) => (text === '-1' ? -1 : memorySize(text)),
  },
  whole('cluster-compatibility-sample-ratio', 0, 0, 100, ONLY_REDIS_8),
];

/** TLS is the listener's, and its certificates are none of the engine's business. */
export const TLS_SETTINGS: readonly SettingDefinition[] = [
  ...['cert-file', 'key-file', 'key-file-pass', 'client-cert-file', 'client-key-file'].map((name) =>
    shown(`tls-${name}`, ''),
  ),
  ...['client-key-file-pass', 'dh-params-file', 'ca-cert-file', 'ca-cert-dir'].map((name) =>
    shown(`tls-${name}`, ''),
  ),
  ...['protocols', 'ciphers', 'ciphersuites'].map((name) => shown(`tls-${name}`, '')),
  ...[shown('tls-port', '0'), shown('tls-auth-clients', 'yes'), shown('tls-cluster', 'no')],
  ...[shown('tls-replication', 'no'), shown('tls-prefer-server-ciphers', 'no')],
  ...[shown('tls-session-caching', 'yes'), shown('tls-session-cache-size', '20480')],
  shown('tls-session-cache-timeout', '300'),
  ...[
    shown('tls-auth-clients-user', 'off', ON_VALKEY_9),
    shown('tls-auto-reload-interval', '0', ON_VALKEY_9),
  ],
];

export const OTHER_ABSENT_SETTINGS: readonly SettingDefinition[] = [
  ...[fixed('activedefrag', 'no'), fixed('import-mode', 'no', undefined, ON_VALKEY_9)],
  ...[immutable('io-threads', '1', BEFORE_VALKEY_9), shown('io-threads', '1', ON_VALKEY_9)],
  ...[immutable('hash-seed', '', ON_VALKEY_9)],
  immutable('io-threads-do-reads', 'no', {
    since: { redis: '7.0.0', valkey: '8.0.0' },
    until: { redis: '8.0.0', valkey: '9.0.0' },
    initialOfValkey: 'yes',
  }),
  fixed('locale-collate', '', 'Invalid locale name', SINCE_REDIS_7_2),
  ...[
    immutable('rdma-bind', '', ON_VALKEY_9, 'No RDMA building support.'),
    shown('rdma-port', '0', ON_VALKEY_9),
  ],
  ...[
    immutable('rdma-completion-vector', '-1', ON_VALKEY_9),
    immutable('rdma-rx-size', '1048576', ON_VALKEY_9),
  ],
];
