/**
 * Names, types, labels and help texts of every metric of Lockstep: the one table the exporter registers and
 * `docs/metrics.md` is made from. Names are a contract with dashboards and alerts. Main thread.
 */

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricDefinition {
  readonly type: MetricType;
  readonly labels: readonly string[];
  readonly help: string;
}

export const metricTable = {
  lockstep_commands_total: {
    type: 'counter',
    labels: ['command', 'target', 'result'],
    help: 'Commands by target and result: ok, error (an error reply) or failed (no reply).',
  },
  lockstep_command_duration_seconds: {
    type: 'histogram',
    labels: ['target'],
    help: 'Time from sending a command to a target to the end of its reply.',
  },
  lockstep_comparisons_total: {
    type: 'counter',
    labels: ['command', 'verdict'],
    help: 'Pairs of replies compared, by verdict: match, divergent, expected, unconfirmed or skipped.',
  },
  lockstep_divergent_replies_total: {
    type: 'counter',
    labels: ['command', 'kind'],
    help: 'Confirmed divergences by kind: type, value, order, length, error, missing or ttl.',
  },
  lockstep_shadow_queue_commands: {
    type: 'gauge',
    labels: [],
    help: 'Commands accepted for the shadow and not yet compared or dropped. 0: the shadow has caught up.',
  },
  lockstep_shadow_queue_bytes: {
    type: 'gauge',
    labels: [],
    help: 'Bytes of the commands in the shadow queue and the replies kept for them.',
  },
  lockstep_shadow_lag_seconds: {
    type: 'gauge',
    labels: [],
    help: 'Age of the oldest command in the shadow queue.',
  },
  lockstep_shadow_dropped_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Commands that were not mirrored, by reason. Their slots are dirty if they write.',
  },
  lockstep_shadow_dirty_slots: {
    type: 'gauge',
    labels: [],
    help: 'Hash slots whose keys may differ on the shadow because a write was not mirrored.',
  },
  lockstep_shadow_slots_dirtied_total: {
    type: 'counter',
    labels: ['cause'],
    help: 'Times that a clean hash slot became dirty, by what came first.',
  },
  lockstep_shadow_breaker_open: {
    type: 'gauge',
    labels: [],
    help: '1 while mirroring is stopped because the shadow is down.',
  },
  lockstep_client_connections: { type: 'gauge', labels: [], help: 'Open client connections.' },
  lockstep_client_bytes_total: {
    type: 'counter',
    labels: ['direction'],
    help: 'Bytes from clients (in) and to clients (out).',
  },
  lockstep_clients_dropped_total: {
    type: 'counter',
    labels: ['reason'],
    help:
      'Clients that were refused (max_clients, protected_mode) or disconnected (idle, query_buffer, output_buffer, ' +
      'client_memory) for a setting of limits.',
  },
  lockstep_acl_denied_total: {
    type: 'counter',
    labels: ['reason'],
    help:
      'What users of the gateway itself (acl) were denied, as ACL LOG counts it, by reason: command, key, channel, ' +
      'database, or auth (a login that failed).',
  },
  lockstep_upstream_connections: {
    type: 'gauge',
    labels: ['target', 'node'],
    help: 'Open connections to a node of a target.',
  },
  lockstep_upstream_up: {
    type: 'gauge',
    labels: ['target', 'node'],
    help: '1 while a node of a target can be reached.',
  },
  lockstep_upstream_ping_seconds: {
    type: 'gauge',
    labels: ['target', 'node'],
    help: "Time a node of a target took to answer the gateway's last PING: the slowest of the workers.",
  },
  lockstep_engine_keys: { type: 'gauge', labels: ['db'], help: 'Keys in a database of the embedded engine.' },
  lockstep_engine_memory_bytes: { type: 'gauge', labels: [], help: 'Memory used by the embedded engine.' },
  lockstep_engine_memory_limit_bytes: {
    type: 'gauge',
    labels: [],
    help: 'The `maxmemory` of the embedded engine. 0: there is no limit.',
  },
  lockstep_engine_lookups_total: {
    type: 'counter',
    labels: ['result'],
    help: 'Keys that reads looked for in the embedded engine: hit or miss. CONFIG RESETSTAT begins at 0 again.',
  },
  lockstep_engine_removed_keys_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Keys the embedded engine removed by itself: expired or evicted. CONFIG RESETSTAT begins at 0 again.',
  },
  lockstep_engine_blocked_clients: {
    type: 'gauge',
    labels: [],
    help: 'Clients of the embedded engine that wait for a key.',
  },
  lockstep_worker_busy_seconds_total: {
    type: 'counter',
    labels: ['worker'],
    help: 'Time a worker, or an engine beside the workers, spent working rather than waiting for events.',
  },
  lockstep_trace_spans_total: {
    type: 'counter',
    labels: ['result'],
    help: 'Spans of traces: exported, failed (the collector did not take them) or dropped (there was no room).',
  },
  lockstep_memory_limit_bytes: {
    type: 'gauge',
    labels: [],
    help: "Memory that the process may use: the limit of its control group, or the machine's memory.",
  },
  lockstep_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    labels: ['setting'],
    help: 'When the certificates that a setting names expire: the first of them, in Unix time.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metricTable;
