/**
 * For each alert, series with which it must fire and series with which it must not. `promtool test rules` plays them.
 * One value a minute; `1x5` repeats five times, `0+3x5` adds three each minute, `_` is no sample.
 */

export interface AlertCase {
  readonly alert: string;
  /** What is special about it. */
  readonly name: string;
  readonly series: Readonly<Record<string, string>>;
  /** Minutes after the first value. */
  readonly atMinute: number;
  /** Labels, but alertname and severity, and the summary of every alert that fires. Empty: none does. */
  readonly fires: ReadonlyArray<{
    readonly labels: Readonly<Record<string, string>>;
    readonly summary: string;
  }>;
}

const target = { instance: 'gateway:8379', job: 'caches' };
const at = 'instance="gateway:8379",job="caches"';

type Series = AlertCase['series'];

function fires(
  alert: string,
  name: string,
  atMinute: number,
  series: Series,
  summary: string,
  labels: Readonly<Record<string, string>> = {},
): AlertCase {
  return { alert, name, series, atMinute, fires: [{ labels: { ...target, ...labels }, summary }] };
}

function quiet(alert: string, name: string, atMinute: number, series: Series): AlertCase {
  return { alert, name, series, atMinute, fires: [] };
}

const clientsSuffer: readonly AlertCase[] = [
  fires(
    'LockstepDown',
    'a gateway that was scraped before',
    30,
    { [`up{${at}}`]: '1x10 0x20', [`lockstep_client_connections{${at}}`]: '5x10 _x20' },
    'The gateway gateway:8379 cannot be scraped.',
  ),
  quiet('LockstepDown', 'half a minute is no outage', 11, {
    [`up{${at}}`]: '1x10 0x20',
    [`lockstep_client_connections{${at}}`]: '5x10 _x20',
  }),
  quiet('LockstepDown', 'other targets are none of its business', 30, {
    'up{instance="web:80",job="web"}': '0x30',
    [`up{${at}}`]: '1x30',
    [`lockstep_client_connections{${at}}`]: '5x30',
  }),
  fires(
    'LockstepPrimaryUnreachable',
    'one node of two',
    10,
    {
      [`lockstep_upstream_up{${at},target="primary",node="a:1"}`]: '1x3 0x7',
      [`lockstep_upstream_up{${at},target="primary",node="b:2"}`]: '1x10',
    },
    'gateway:8379 does not reach the primary a:1.',
    { target: 'primary', node: 'a:1' },
  ),
  quiet('LockstepPrimaryUnreachable', 'the shadow may be down', 10, {
    [`lockstep_upstream_up{${at},target="primary",node="a:1"}`]: '1x10',
    [`lockstep_upstream_up{${at},target="shadow",node="s:1"}`]: '0x10',
  }),
  fires(
    'LockstepCommandsFail',
    'one in a hundred, over all commands',
    20,
    {
      [`lockstep_commands_total{${at},command="get",target="primary",result="ok"}`]: '0+5940x20',
      [`lockstep_commands_total{${at},command="set",target="primary",result="failed"}`]: '0+60x20',
    },
    '1% of the commands on gateway:8379 get no reply.',
    { target: 'primary' },
  ),
  quiet('LockstepCommandsFail', 'errors of the primary, and what the shadow does not answer', 20, {
    [`lockstep_commands_total{${at},command="get",target="primary",result="ok"}`]: '0+5940x20',
    [`lockstep_commands_total{${at},command="get",target="primary",result="error"}`]: '0+5940x20',
    [`lockstep_commands_total{${at},command="get",target="shadow",result="failed"}`]: '0+5940x20',
  }),
  fires(
    'LockstepClientsRefused',
    'for longer than five minutes',
    15,
    { [`lockstep_clients_dropped_total{${at},reason="max_clients"}`]: '0+3x15' },
    'gateway:8379 refuses clients: there are as many as limits.maxClients allows.',
    { reason: 'max_clients' },
  ),
  quiet('LockstepClientsRefused', 'idle clients are not refused', 15, {
    [`lockstep_clients_dropped_total{${at},reason="idle"}`]: '0+3x15',
    [`lockstep_clients_dropped_total{${at},reason="max_clients"}`]: '7x15',
  }),
];

const mirrorSuffers: readonly AlertCase[] = [
  fires(
    'LockstepDivergence',
    'one reply in fifty',
    30,
    {
      [`lockstep_comparisons_total{${at},command="get",verdict="match"}`]: '0+980x30',
      [`lockstep_comparisons_total{${at},command="hgetall",verdict="divergent"}`]: '0+20x30',
    },
    '2% of the replies on gateway:8379 diverge.',
  ),
  quiet('LockstepDivergence', 'what is expected or not confirmed', 30, {
    [`lockstep_comparisons_total{${at},command="get",verdict="match"}`]: '0+9800x30',
    [`lockstep_comparisons_total{${at},command="get",verdict="expected"}`]: '0+980x30',
    [`lockstep_comparisons_total{${at},command="get",verdict="unconfirmed"}`]: '0+980x30',
    [`lockstep_comparisons_total{${at},command="get",verdict="divergent"}`]: '0+1x30',
  }),
  fires(
    'LockstepShadowDown',
    'after five minutes',
    10,
    { [`lockstep_shadow_breaker_open{${at}}`]: '0x2 1x8' },
    'gateway:8379 does not mirror: the shadow is down.',
  ),
  quiet('LockstepShadowDown', 'a short restart', 10, {
    [`lockstep_shadow_breaker_open{${at}}`]: '0x2 1x2 0x6',
  }),
  fires(
    'LockstepShadowLags',
    'after five minutes',
    10,
    { [`lockstep_shadow_lag_seconds{${at}}`]: '0.01x2 90x8' },
    'The shadow of gateway:8379 is 1m 30s behind.',
  ),
  quiet('LockstepShadowLags', 'a peak that it works off', 10, {
    [`lockstep_shadow_lag_seconds{${at}}`]: '90x3 0.2x7',
  }),
  fires(
    'LockstepShadowDrops',
    'a full queue',
    20,
    {
      [`lockstep_shadow_dropped_total{${at},reason="queue_commands"}`]: '0+10x20',
      [`lockstep_shadow_dropped_total{${at},reason="queue_age"}`]: '0+2x20',
    },
    'gateway:8379 drops commands for the shadow, 120 in ten minutes.',
  ),
  quiet('LockstepShadowDrops', 'what settings leave out, and what another alert is about', 20, {
    [`lockstep_shadow_dropped_total{${at},reason="disabled"}`]: '0+10x20',
    [`lockstep_shadow_dropped_total{${at},reason="sampled_split"}`]: '0+10x20',
    [`lockstep_shadow_dropped_total{${at},reason="breaker_open"}`]: '0+10x20',
    [`lockstep_shadow_dropped_total{${at},reason="queue_age"}`]: '55x20',
  }),
  fires(
    'LockstepDirtySlotsGrow',
    'three more each minute',
    60,
    { [`lockstep_shadow_dirty_slots{${at}}`]: '0+3x60' },
    '90 more slots of gateway:8379 are dirty than half an hour ago.',
  ),
  quiet('LockstepDirtySlotsGrow', 'many, but no more than before', 60, {
    [`lockstep_shadow_dirty_slots{${at}}`]: '900x60',
  }),
];

const gatewaySuffers: readonly AlertCase[] = [
  fires(
    'LockstepWorkerBusy',
    'one worker of two',
    30,
    {
      [`lockstep_worker_busy_seconds_total{${at},worker="0"}`]: '0+57x30',
      [`lockstep_worker_busy_seconds_total{${at},worker="1"}`]: '0+30x30',
    },
    'Worker 0 of gateway:8379 is busy 95%.',
    { worker: '0' },
  ),
  quiet('LockstepWorkerBusy', 'four fifths', 30, {
    [`lockstep_worker_busy_seconds_total{${at},worker="0"}`]: '0+48x30',
  }),
  fires(
    'LockstepMemoryHigh',
    'near the limit',
    10,
    { [`process_resident_memory_bytes{${at}}`]: '950x10', [`lockstep_memory_limit_bytes{${at}}`]: '1000x10' },
    'gateway:8379 uses 95% of the memory that it may use.',
  ),
  quiet('LockstepMemoryHigh', 'far from it, and another process', 10, {
    [`process_resident_memory_bytes{${at}}`]: '500x10',
    [`lockstep_memory_limit_bytes{${at}}`]: '1000x10',
    'process_resident_memory_bytes{instance="web:80",job="web"}': '990x10',
  }),
  fires(
    'LockstepEngineFull',
    'without evictions',
    20,
    {
      [`lockstep_engine_memory_bytes{${at}}`]: '98x20',
      [`lockstep_engine_memory_limit_bytes{${at}}`]: '100x20',
      [`lockstep_engine_removed_keys_total{${at},reason="evicted"}`]: '0x20',
      [`lockstep_engine_removed_keys_total{${at},reason="expired"}`]: '0+5x20',
    },
    'The engine of gateway:8379 holds 98% of its maxmemory.',
  ),
  quiet('LockstepEngineFull', 'a cache that evicts', 20, {
    [`lockstep_engine_memory_bytes{${at}}`]: '98x20',
    [`lockstep_engine_memory_limit_bytes{${at}}`]: '100x20',
    [`lockstep_engine_removed_keys_total{${at},reason="evicted"}`]: '0+5x20',
  }),
  quiet('LockstepEngineFull', 'no limit', 20, {
    [`lockstep_engine_memory_bytes{${at}}`]: '98x20',
    [`lockstep_engine_memory_limit_bytes{${at}}`]: '0x20',
  }),
  fires(
    'LockstepRestarts',
    'twice',
    20,
    {
      [`process_start_time_seconds{${at}}`]: '100x5 400x5 700x10',
      [`lockstep_client_connections{${at}}`]: '5x20',
    },
    'gateway:8379 has started 2 times within half an hour.',
  ),
  quiet('LockstepRestarts', 'once, and another process often', 20, {
    [`process_start_time_seconds{${at}}`]: '100x5 400x15',
    [`lockstep_client_connections{${at}}`]: '5x20',
    'process_start_time_seconds{instance="web:80",job="web"}': '0+60x20',
  }),
  fires(
    'LockstepCertificateExpires',
    'in two days',
    20,
    {
      [`lockstep_certificate_expiry_timestamp_seconds{${at},setting="listen[0].tls.certificate"}`]:
        '174000x20',
    },
    'listen[0].tls.certificate of gateway:8379 expires in 2d 0h 0m 0s.',
    { setting: 'listen[0].tls.certificate' },
  ),
  quiet('LockstepCertificateExpires', 'in eight days', 20, {
    [`lockstep_certificate_expiry_timestamp_seconds{${at},setting="listen[0].tls.certificate"}`]: '692400x20',
  }),
];

export const alertCases: readonly AlertCase[] = [...clientsSuffer, ...mirrorSuffers, ...gatewaySuffers];
