/** For whoever looks first: does the shadow agree, is the primary healthy, does the gateway keep up. */
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { chosen, type Dashboard, WINDOW } from './dashboard.ts';
import { lines, stat } from './panels.ts';
import { aggregate, not, promql, rate, top } from './queries.ts';
import {
  commandsPerSecond,
  dirtySlots,
  dirtySlotsOverTime,
  divergentReplies,
  dropped,
  equalReplies,
  latency,
  processMemory,
  TARGET_COLORS,
  verdicts,
  workerLoad,
} from './shared-panels.ts';

function glance(): Panel[] {
  return [
    divergentReplies(),
    equalReplies(),
    commandsPerSecond(),
    stat({
      title: 'Shadow lag',
      description: 'Age of the oldest command that the shadow has not answered.',
      unit: 's',
      query: aggregate('max', chosen.gauge('lockstep_shadow_lag_seconds')),
      limits: [1, 10],
    }),
    dirtySlots(),
    stat({
      title: 'Breaker',
      description: 'Open: mirroring has stopped because the shadow is down.',
      query: aggregate('max', chosen.gauge('lockstep_shadow_breaker_open')),
      limits: [0.5, 1],
      texts: { 0: 'closed', 1: 'OPEN' },
    }),
  ];
}

function denied(): Panel {
  return lines({
    title: 'Denied to users by reason',
    description: 'By the rules of the gateway itself (acl), and logins that failed.',
    unit: 'ops',
    queries: [
      [aggregate('sum', rate(chosen.counter('lockstep_acl_denied_total'), WINDOW), ['reason']), '{{reason}}'],
    ],
  });
}

function traffic(): Panel[] {
  const all = chosen.counter('lockstep_commands_total');
  const primary = chosen.counter('lockstep_commands_total', { target: 'primary' });
  const failed = chosen.counter('lockstep_commands_total', { result: not('ok') });
  return [
    lines({
      title: 'Commands by server',
      description: 'Commands per second that each side answered, or should have.',
      unit: 'ops',
      queries: [[aggregate('sum', rate(all, WINDOW), ['target']), '{{target}}']],
      colors: TARGET_COLORS,
    }),
    lines({
      title: 'Commands by name',
      description: 'The ten that are sent most often.',
      unit: 'ops',
      queries: [[top(10, aggregate('sum', rate(primary, WINDOW), ['command'])), '{{command}}']],
    }),
    lines({
      title: 'Errors',
      description: 'error: the server answered with an error. failed: no reply came.',
      unit: 'ops',
      queries: [[aggregate('sum', rate(failed, WINDOW), ['target', 'result']), '{{target}} {{result}}']],
    }),
    lines({
      title: 'Clients',
      description: 'Open client connections.',
      queries: [
        [aggregate('sum', chosen.gauge('lockstep_client_connections'), ['instance']), '{{instance}}'],
      ],
    }),
    lines({
      title: 'Clients dropped by reason',
      description: 'Refused or disconnected for a setting of limits.',
      unit: 'ops',
      queries: [
        [
          aggregate('sum', rate(chosen.counter('lockstep_clients_dropped_total'), WINDOW), ['reason']),
          '{{reason}}',
        ],
      ],
    }),
    denied(),
    lines({
      title: 'Client bytes',
      description: 'From clients (in) and to clients (out).',
      unit: 'Bps',
      queries: [
        [
          aggregate('sum', rate(chosen.counter('lockstep_client_bytes_total'), WINDOW), ['direction']),
          '{{direction}}',
        ],
      ],
    }),
  ];
}

function mirror(): Panel[] {
  return [
    lines({
      title: 'Queue',
      description: 'Commands accepted for the shadow and not yet compared. 0: it has caught up.',
      queries: [[aggregate('sum', chosen.gauge('lockstep_shadow_queue_commands')), 'commands']],
    }),
    lines({
      title: 'Queue, bytes',
      description: 'Bytes of those commands and of the replies kept for them.',
      unit: 'bytes',
      queries: [[aggregate('sum', chosen.gauge('lockstep_shadow_queue_bytes')), 'bytes']],
    }),
    lines({
      title: 'Lag',
      description: 'Age of the oldest command in the queue.',
      unit: 's',
      queries: [
        [aggregate('max', chosen.gauge('lockstep_shadow_lag_seconds'), ['instance']), '{{instance}}'],
      ],
    }),
    dropped(),
    dirtySlotsOverTime(),
    lines({
      title: 'Breaker open',
      description: '1 while mirroring is stopped because the shadow is down.',
      max: 1,
      steps: true,
      queries: [
        [aggregate('max', chosen.gauge('lockstep_shadow_breaker_open'), ['instance']), '{{instance}}'],
      ],
    }),
  ];
}

function gateway(): Panel[] {
  const expiry = chosen.gauge('lockstep_certificate_expiry_timestamp_seconds');
  return [
    workerLoad(),
    lines({
      title: 'Processor',
      description: 'Processors that the process uses.',
      queries: [[rate(chosen.processor(), WINDOW), '{{instance}}']],
    }),
    processMemory(),
    lines({
      title: 'Control thread delay',
      description: 'How late the main thread is; it serves the admin API and no clients.',
      unit: 's',
      queries: [[chosen.process('nodejs_eventloop_lag_p99_seconds'), '{{instance}}']],
    }),
    lines({
      title: 'Certificates',
      description: 'Days until the certificates of a setting expire. Empty without TLS.',
      unit: 'd',
      queries: [[promql`(${expiry} - time()) / 86400`, '{{instance}} {{setting}}']],
    }),
    lines({
      title: 'Spans of traces',
      description:
        'By what has become of them. Failed: the collector did not take them. Dropped: there was no room.',
      unit: 'ops',
      queries: [
        [
          aggregate('sum', rate(chosen.counter('lockstep_trace_spans_total'), WINDOW), ['result']),
          '{{result}}',
        ],
      ],
    }),
    lines({
      title: 'Servers up',
      description: '1 while a node answers. More in the dashboard of the nodes.',
      max: 1,
      steps: true,
      queries: [
        [aggregate('min', chosen.gauge('lockstep_upstream_up'), ['target', 'node']), '{{target}} {{node}}'],
      ],
    }),
  ];
}

export const overview: Dashboard = {
  name: 'overview',
  title: 'Lockstep / Overview',
  description:
    "Traffic through the Lockstep gateway, and where the shadow's replies differ from the primary's.",
  rows: [
    { title: 'At a glance', panels: glance() },
    { title: 'Traffic', panels: traffic() },
    {
      title: 'Latency of primary against shadow',
      panels: [
        latency('Time to reply, median', 0.5),
        latency('Time to reply, 99 %', 0.99),
        latency('Time to reply, 99.9 %', 0.999),
      ],
    },
    { title: 'Verdicts', panels: [{ ...verdicts(), gridPos: { x: 0, y: 0, w: 24, h: 8 } }] },
    { title: 'Shadow stream', panels: mirror() },
    { title: 'Gateway', panels: gateway() },
  ],
};
