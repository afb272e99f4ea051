/**
 * The alerts: what a person has to do something about, and nothing else. Each has a section of its name in
 * `docs/runbook.md` and cases in `test/unit/monitoring/alert-cases.ts`.
 */
import type { Expression } from './queries.ts';
import { delta, increase, promql, rate, Selectors, share, sumWithout } from './queries.ts';

export interface Alert {
  readonly name: string;
  readonly query: Expression;
  /** How long the query must have a result before somebody is told. */
  readonly forAtLeast: string;
  /** critical: clients suffer, wake somebody. warning: look at it in working hours. */
  readonly severity: 'critical' | 'warning';
  /** One line; `{{ $labels.… }}` and `{{ $value }}` are filled in. */
  readonly summary: string;
  readonly description: string;
}

const every = new Selectors();
const isLockstep = every.gauge('lockstep_client_connections');
const startedAt = every.process('process_start_time_seconds');
const WEEK_SECONDS = 7 * 86_400;

const clientsSuffer: readonly Alert[] = [
  {
    name: 'LockstepDown',
    // Whatever its job is called: a target that was a gateway within a day.
    query: promql`up == 0 and on (job, instance) present_over_time(${isLockstep}[1d])`,
    forAtLeast: '1m',
    severity: 'critical',
    summary: 'The gateway {{ $labels.instance }} cannot be scraped.',
    description:
      'It is gone, stuck, or its admin address cannot be reached. Its clients may be without a server.',
  },
  {
    name: 'LockstepPrimaryUnreachable',
    query: promql`${every.gauge('lockstep_upstream_up', { target: 'primary' })} == 0`,
    forAtLeast: '1m',
    severity: 'critical',
    summary: '{{ $labels.instance }} does not reach the primary {{ $labels.node }}.',
    description:
      'Clients get errors for what is on this server, or wait as long as primary.waitWhenDownMs lets them.',
  },
  {
    name: 'LockstepCommandsFail',
    query: promql`${share(
      sumWithout(
        rate(every.counter('lockstep_commands_total', { target: 'primary', result: 'failed' }), '5m'),
        ['command', 'result'],
      ),
      sumWithout(rate(every.counter('lockstep_commands_total', { target: 'primary' }), '5m'), [
        'command',
        'result',
      ]),
    )} > 0.001`,
    forAtLeast: '5m',
    severity: 'critical',
    summary: '{{ $value | humanizePercentage }} of the commands on {{ $labels.instance }} get no reply.',
    description:
      'Errors that the gateway adds to those of the primary: connections to it break or cannot be made. What the ' +
      'primary itself refuses is not counted here.',
  },
  {
    name: 'LockstepClientsRefused',
    query: promql`${increase(
      every.counter('lockstep_clients_dropped_total', { reason: 'max_clients' }),
      '10m',
    )} > 0`,
    forAtLeast: '5m',
    severity: 'critical',
    summary: '{{ $labels.instance }} refuses clients: there are as many as limits.maxClients allows.',
    description: 'New connections are answered with an error and closed.',
  },
];

const mirrorSuffers: readonly Alert[] = [
  {
    name: 'LockstepDivergence',
    query: promql`${share(
      sumWithout(rate(every.counter('lockstep_comparisons_total', { verdict: 'divergent' }), '5m'), [
        'command',
        'verdict',
      ]),
      sumWithout(rate(every.counter('lockstep_comparisons_total'), '5m'), ['command', 'verdict']),
    )} > 0.001`,
    forAtLeast: '10m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of the replies on {{ $labels.instance }} diverge.',
    description: 'The shadow answers differently, and did so again when it was asked again.',
  },
  {
    name: 'LockstepShadowDown',
    query: promql`${every.gauge('lockstep_shadow_breaker_open')} == 1`,
    forAtLeast: '5m',
    severity: 'warning',
    summary: '{{ $labels.instance }} does not mirror: the shadow is down.',
    description: 'Clients do not notice. Every write that is not mirrored makes its slot dirty.',
  },
  {
    name: 'LockstepShadowLags',
    query: promql`${every.gauge('lockstep_shadow_lag_seconds')} > 5`,
    forAtLeast: '5m',
    severity: 'warning',
    summary: 'The shadow of {{ $labels.instance }} is {{ $value | humanizeDuration }} behind.',
    description: 'It is slower than the primary. When its queue is full, commands are dropped.',
  },
  {
    name: 'LockstepShadowDrops',
    query: promql`${sumWithout(
      increase(
        every.counter('lockstep_shadow_dropped_total', {
          reason: /queue_commands|queue_bytes|queue_age|connection_lost|not_mirrorable/,
        }),
        '10m',
      ),
      ['reason'],
    )} > 0`,
    forAtLeast: '5m',
    severity: 'warning',
    summary:
      '{{ $labels.instance }} drops commands for the shadow, {{ $value | printf "%.0f" }} in ten minutes.',
    description:
      'The shadow misses writes, and the slots of these are dirty: they are not compared any more.',
  },
  {
    name: 'LockstepDirtySlotsGrow',
    query: promql`${delta(every.gauge('lockstep_shadow_dirty_slots'), '30m')} > 0`,
    forAtLeast: '10m',
    severity: 'warning',
    summary:
      '{{ $value | printf "%.0f" }} more slots of {{ $labels.instance }} are dirty than half an hour ago.',
    description: 'Less and less of the traffic is compared. They stay dirty until the shadow is filled anew.',
  },
];

const gatewaySuffers: readonly Alert[] = [
  {
    name: 'LockstepWorkerBusy',
    query: promql`${rate(every.counter('lockstep_worker_busy_seconds_total'), '5m')} > 0.9`,
    forAtLeast: '10m',
    severity: 'warning',
    summary:
      'Worker {{ $labels.worker }} of {{ $labels.instance }} is busy {{ $value | humanizePercentage }}.',
    description: 'It has no room for more, and what its clients send begins to wait.',
  },
  {
    name: 'LockstepMemoryHigh',
    query: promql`${share(
      every.process('process_resident_memory_bytes'),
      every.gauge('lockstep_memory_limit_bytes'),
    )} > 0.9`,
    forAtLeast: '5m',
    severity: 'warning',
    summary: '{{ $labels.instance }} uses {{ $value | humanizePercentage }} of the memory that it may use.',
    description: 'Above the limit the system ends the process, and its clients lose their connections.',
  },
  {
    name: 'LockstepEngineFull',
    // Where it may evict, it is full all the time and that is as it should be.
    query: promql`${share(
      every.gauge('lockstep_engine_memory_bytes'),
      promql`(${every.gauge('lockstep_engine_memory_limit_bytes')} > 0)`,
    )} > 0.95 unless on (job, instance) ${increase(
      every.counter('lockstep_engine_removed_keys_total', { reason: 'evicted' }),
      '10m',
    )} > 0`,
    forAtLeast: '5m',
    severity: 'warning',
    summary: 'The engine of {{ $labels.instance }} holds {{ $value | humanizePercentage }} of its maxmemory.',
    description: 'It evicts nothing. At the limit it refuses writes with an OOM error.',
  },
  {
    name: 'LockstepRestarts',
    query: promql`changes(${startedAt}[30m]) > 1 and on (job, instance) ${isLockstep}`,
    forAtLeast: '0m',
    severity: 'warning',
    summary: '{{ $labels.instance }} has started {{ $value }} times within half an hour.',
    description:
      'A worker that dies ends the process, and somebody starts it again: it crashes or is killed.',
  },
  {
    name: 'LockstepCertificateExpires',
    query: promql`${every.gauge('lockstep_certificate_expiry_timestamp_seconds')} - time() < ${WEEK_SECONDS}`,
    forAtLeast: '10m',
    severity: 'warning',
    summary: '{{ $labels.setting }} of {{ $labels.instance }} expires in {{ $value | humanizeDuration }}.',
    description: 'After that TLS connections fail.',
  },
];

export const alerts: readonly Alert[] = [...clientsSuffer, ...mirrorSuffers, ...gatewaySuffers];
