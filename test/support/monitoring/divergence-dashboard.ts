/** For whoever follows a divergence: which commands, in which way, since when, and what was not compared at all. */
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { chosen, type Dashboard, WINDOW } from './dashboard.ts';
import { lines, stat, table } from './panels.ts';
import { aggregate, increase, promql, rate, share, sinceStart, top } from './queries.ts';
import {
  dirtySlots,
  dirtySlotsOverTime,
  divergentReplies,
  dropped,
  equalReplies,
  slotsDirtied,
  verdicts,
} from './shared-panels.ts';

function withVerdict(verdict: string) {
  return chosen.counter('lockstep_comparisons_total', { verdict });
}

const compared = chosen.counter('lockstep_comparisons_total');
const divergent = chosen.counter('lockstep_divergent_replies_total');

function glance(): Panel[] {
  const last = (verdict: string) => aggregate('sum', sinceStart(withVerdict(verdict)));
  return [
    divergentReplies(),
    equalReplies(),
    stat({
      title: 'In the last hour',
      description: 'Divergent replies in the last hour.',
      query: promql`${aggregate('sum', increase(divergent, '1h'))} or vector(0)`,
      decimals: 0,
      limits: [1, 100],
    }),
    stat({
      title: 'Expected',
      description: 'Differences these products or versions are known to have.',
      query: promql`${last('expected')} or vector(0)`,
    }),
    stat({
      title: 'Not compared',
      description: 'Skipped: the rule says so, the reply is too long, or its slot is dirty.',
      query: promql`${last('skipped')} or vector(0)`,
    }),
    dirtySlots(),
  ];
}

function differences(): Panel[] {
  const byBoth = aggregate('sum', sinceStart(divergent), ['command', 'kind']);
  return [
    lines({
      title: 'Divergent replies by kind',
      description: 'Since the gateways began, by what differs.',
      queries: [[aggregate('sum', sinceStart(divergent), ['kind']), '{{kind}}']],
    }),
    lines({
      title: 'Divergent replies per second by command',
      description: 'The ten commands that differ most often at the moment.',
      unit: 'ops',
      queries: [[top(10, aggregate('sum', rate(divergent, WINDOW), ['command'])), '{{command}}']],
    }),
    table({
      title: 'Divergent replies by command and kind',
      description: 'Since the gateways began. The replies themselves are in the log at the admin address.',
      query: promql`sort_desc(${byBoth})`,
      columns: { command: 'Command', kind: 'Kind' },
      value: 'Replies',
    }),
    lines({
      title: 'Share of replies that diverge',
      description: 'Of all comparisons. The alert LockstepDivergence watches this.',
      unit: 'percentunit',
      queries: [
        [
          share(
            aggregate('sum', rate(withVerdict('divergent'), WINDOW)),
            aggregate('sum', rate(compared, WINDOW)),
          ),
          'divergent',
        ],
      ],
    }),
    lines({
      title: 'Differed at first, by command',
      description: 'unconfirmed: equal when it was read again. Much of it means writes past the gateway.',
      unit: 'ops',
      queries: [
        [top(10, aggregate('sum', rate(withVerdict('unconfirmed'), WINDOW), ['command'])), '{{command}}'],
      ],
    }),
    lines({
      title: 'Expected differences by command',
      description: 'What these products or versions are known to answer differently.',
      unit: 'ops',
      queries: [
        [top(10, aggregate('sum', rate(withVerdict('expected'), WINDOW), ['command'])), '{{command}}'],
      ],
    }),
  ];
}

function uncompared(): Panel[] {
  const skipped = rate(withVerdict('skipped'), WINDOW);
  return [
    lines({
      title: 'Skipped by command',
      description: 'Not compared: the rule says so, the reply is too long, or its slot is dirty.',
      unit: 'ops',
      queries: [[top(10, aggregate('sum', skipped, ['command'])), '{{command}}']],
    }),
    dropped(),
    dirtySlotsOverTime(),
    slotsDirtied(),
  ].map((panel) => ({ ...panel, gridPos: { x: 0, y: 0, w: 6, h: 8 } }));
}

export const divergence: Dashboard = {
  name: 'divergence',
  title: 'Lockstep / Divergence',
  description: 'Which commands the shadow answers differently, in which way, and what was not compared.',
  rows: [
    { title: 'At a glance', panels: glance() },
    { title: 'Verdicts', panels: [{ ...verdicts(), gridPos: { x: 0, y: 0, w: 24, h: 8 } }] },
    { title: 'What differs', panels: differences() },
    { title: 'What was not compared', panels: uncompared() },
  ],
};
