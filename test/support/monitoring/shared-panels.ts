/** Panels that stand in more than one dashboard. */
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { chosen, WINDOW } from './dashboard.ts';
import { lines, stat } from './panels.ts';
import { aggregate, promql, quantile, rate, share, sinceStart } from './queries.ts';

/** The same colours as on the page at the admin address. */
export const VERDICT_COLORS = {
  match: 'green',
  expected: 'blue',
  unconfirmed: 'yellow',
  skipped: 'text',
  divergent: 'red',
};
export const TARGET_COLORS = { primary: 'green', shadow: 'orange' };

export function divergentReplies(): Panel {
  const all = aggregate('sum', sinceStart(chosen.counter('lockstep_divergent_replies_total')));
  return stat({
    title: 'Divergent replies',
    description: 'Confirmed differences between the two servers since the gateways began.',
    query: promql`${all} or vector(0)`,
    limits: [1, 100],
  });
}

export function equalReplies(): Panel {
  const comparisons = (verdicts: RegExp) =>
    aggregate('sum', sinceStart(chosen.counter('lockstep_comparisons_total', { verdict: verdicts })));
  return stat({
    title: 'Equal replies',
    description: 'Share of compared replies that were equal or differ as these products are known to.',
    unit: 'percentunit',
    decimals: 3,
    query: share(comparisons(/match|expected/), comparisons(/match|expected|divergent/)),
    least: [0.99, 0.9999],
  });
}

export function dirtySlots(): Panel {
  return stat({
    title: 'Slots that are dirty',
    description: 'Hash slots a write to which was not mirrored. Replies about their keys are not compared.',
    query: aggregate('max', chosen.gauge('lockstep_shadow_dirty_slots')),
    limits: [1, 1000],
  });
}

export function dirtySlotsOverTime(): Panel {
  return lines({
    title: 'Dirty slots',
    description: 'Hash slots a write to which was not mirrored. They stay until the shadow is filled anew.',
    queries: [[aggregate('max', chosen.gauge('lockstep_shadow_dirty_slots'), ['instance']), '{{instance}}']],
  });
}

export function slotsDirtied(): Panel {
  const counted = rate(chosen.counter('lockstep_shadow_slots_dirtied_total'), WINDOW);
  return lines({
    title: 'Slots that became dirty, by cause',
    description: 'Clean hash slots that became dirty per second, by what came first.',
    unit: 'ops',
    queries: [[aggregate('sum', counted, ['cause']), '{{cause}}']],
  });
}

export function verdicts(): Panel {
  const counted = rate(chosen.counter('lockstep_comparisons_total'), WINDOW);
  return lines({
    title: 'Comparisons by verdict',
    description:
      'Pairs of replies per second. unconfirmed: equal when read again; skipped: the rule says so.',
    unit: 'ops',
    stacked: true,
    queries: [[aggregate('sum', counted, ['verdict']), '{{verdict}}']],
    colors: VERDICT_COLORS,
  });
}

export function dropped(): Panel {
  const counted = rate(chosen.counter('lockstep_shadow_dropped_total'), WINDOW);
  return lines({
    title: 'Dropped commands by reason',
    description: 'Commands that were not mirrored. Writes among them leave dirty slots behind.',
    unit: 'ops',
    queries: [[aggregate('sum', counted, ['reason']), '{{reason}}']],
  });
}

/** `title` begins with what `of` is in words. */
export function latency(title: string, of: number): Panel {
  const counted = rate(chosen.buckets('lockstep_command_duration_seconds'), WINDOW);
  return lines({
    title,
    description: 'From sending a command to the end of its reply: the servers and the network to them.',
    unit: 's',
    queries: [[quantile(of, aggregate('sum', counted, ['le', 'target'])), '{{target}}']],
    colors: TARGET_COLORS,
  });
}

export function workerLoad(): Panel {
  return lines({
    title: 'Worker load',
    description: 'Share of its time that a worker works. Near 1 it is full: add workers or gateways.',
    unit: 'percentunit',
    max: 1,
    queries: [
      [rate(chosen.counter('lockstep_worker_busy_seconds_total'), WINDOW), '{{instance}} worker {{worker}}'],
    ],
  });
}

export function processMemory(): Panel {
  return lines({
    title: 'Memory',
    description: 'Resident memory of the process, and what it may use.',
    unit: 'bytes',
    queries: [
      [chosen.process('process_resident_memory_bytes'), '{{instance}}'],
      [chosen.gauge('lockstep_memory_limit_bytes'), '{{instance}} limit'],
    ],
  });
}

export function commandsPerSecond(): Panel {
  const counted = rate(chosen.counter('lockstep_commands_total', { target: 'primary' }), WINDOW);
  return stat({
    title: 'Commands per second',
    description: 'Commands that the primary answered.',
    unit: 'ops',
    query: aggregate('sum', counted),
  });
}
