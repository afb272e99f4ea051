/**
 * Names of CONFIG parameters that not every server has, with the releases that have them. Data; any thread. Observed
 * on Redis 7.0 and 8.0, Valkey 8.0 and 9.1; a release in between is taken to be like the older of its neighbours.
 */
import type { Since } from './definition.ts';

/** Gone again in `until`, where it is given. */
export interface SettingName {
  readonly name: string;
  readonly since: Since;
  readonly until?: Since;
}

const EVERYWHERE_SINCE_7_2: Since = { redis: '7.2.0', valkey: '7.2.0' };
const SINCE_REDIS_8: Since = { redis: '8.0.0', valkey: '8.0.0' };
const VALKEY_8: Since = { redis: null, valkey: '8.0.0' };
const VALKEY_9: Since = { redis: null, valkey: '9.0.0' };
const FROM_THE_START: Since = { redis: '1.0.0', valkey: '7.2.0' };

function names(since: Since, list: string): SettingName[] {
  return list
    .trim()
    .split(/\s+/)
    .map((name) => ({ name, since }));
}

export const settingNames: readonly SettingName[] = [
  ...names(
    EVERYWHERE_SINCE_7_2,
    `aof-rewrite-cpulist bgsave-cpulist bio-cpulist cluster-announce-human-nodename locale-collate
     max-new-connections-per-cycle max-new-tls-connections-per-cycle server-cpulist
     set-max-listpack-entries set-max-listpack-value`,
  ),
  ...names(SINCE_REDIS_8, 'hide-user-data-from-log'),
  ...names(
    VALKEY_8,
    `availability-zone cluster-announce-client-ipv4 cluster-announce-client-ipv6 cluster-blacklist-ttl
     cluster-slot-stats-enabled dual-channel-replication-enabled extended-redis-compatibility
     prefetch-batch-max-size primaryauth primaryuser unixsocketgroup`,
  ),
  ...names(
    VALKEY_9,
    `active-defrag-cycle-us cluster-announce-client-port cluster-announce-client-tls-port
     cluster-config-save-behavior cluster-databases cluster-manual-failover-timeout
     cluster-slot-migration-log-max-len commandlog-execution-slower-than commandlog-large-reply-max-len
     commandlog-large-request-max-len commandlog-reply-larger-than commandlog-request-larger-than
     commandlog-slow-execution-max-len hash-seed import-mode log-format log-timestamp-format mptcp
     rdb-version-check repl-mptcp slot-migration-max-failover-repl-bytes tls-auth-clients-user
     tls-auto-reload-interval`,
  ),
  ...names(
    { redis: '8.0.0', valkey: null },
    'cluster-compatibility-sample-ratio replica-full-sync-buffer-limit',
  ),
  { name: 'dynamic-hz', since: FROM_THE_START, until: { redis: null, valkey: '9.0.0' } },
  { name: 'sanitize-dump-payload', since: FROM_THE_START, until: { redis: null, valkey: '9.0.0' } },
];
