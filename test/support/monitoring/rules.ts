/** Recording rules and the format of all rules: the file that Prometheus loads, which the chart carries as well. */
import { stringify } from 'yaml';
import { alerts } from './alerts.ts';
import type { Expression, Vector } from './queries.ts';
import { quantile, rate, Selectors, share, sumWithout } from './queries.ts';

const every = new Selectors();
const WINDOW = '5m';

export interface RecordingRule {
  /** Level, metric and operation, as Prometheus asks for. */
  readonly record: string;
  readonly query: Expression;
}

function commands(result?: 'error' | 'failed'): Vector<'target' | 'instance' | 'job'> {
  const filters = result === undefined ? {} : { result };
  return sumWithout(rate(every.counter('lockstep_commands_total', filters), WINDOW), ['command', 'result']);
}

function comparisons(verdict?: 'divergent'): Vector<'instance' | 'job'> {
  const filters = verdict === undefined ? {} : { verdict };
  return sumWithout(rate(every.counter('lockstep_comparisons_total', filters), WINDOW), [
    'command',
    'verdict',
  ]);
}

export const recordingRules: readonly RecordingRule[] = [
  { record: 'instance:lockstep_commands:rate5m', query: commands() },
  { record: 'instance:lockstep_commands_failed:ratio_rate5m', query: share(commands('failed'), commands()) },
  { record: 'instance:lockstep_commands_error:ratio_rate5m', query: share(commands('error'), commands()) },
  {
    record: 'instance:lockstep_comparisons_divergent:ratio_rate5m',
    query: share(comparisons('divergent'), comparisons()),
  },
  {
    record: 'instance:lockstep_command_duration_seconds:p99_rate5m',
    query: quantile(0.99, rate(every.buckets('lockstep_command_duration_seconds'), WINDOW)),
  },
  {
    record: 'instance_worker:lockstep_worker_busy:rate5m',
    query: rate(every.counter('lockstep_worker_busy_seconds_total'), WINDOW),
  },
];

/** A series that a recording rule makes. */
export type Recorded = (typeof recordingRules)[number]['record'];

export const RUNBOOK = 'docs/runbook.md';

/** GitHub's and everybody's name of a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

export function renderRules(): string {
  const groups = [
    {
      name: 'lockstep.recording',
      rules: recordingRules.map(({ record, query }) => ({ record, expr: query.text })),
    },
    {
      name: 'lockstep.alerts',
      rules: alerts.map(({ name, query, forAtLeast, severity, summary, description }) => ({
        alert: name,
        expr: query.text,
        for: forAtLeast,
        labels: { severity },
        annotations: { summary, description, runbook_url: `${RUNBOOK}#${anchorOf(name)}` },
      })),
    },
  ];
  const head = '# Rules for Prometheus, made by test/support/monitoring/rules.ts; not to be edited.\n';
  return head + stringify({ groups }, { lineWidth: 0 });
}
