/** For gateways that serve from the embedded engine: what it holds, what it loses, how full it is. */
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { chosen, type Dashboard, WINDOW } from './dashboard.ts';
import { lines, stat } from './panels.ts';
import { aggregate, promql, rate, share, top } from './queries.ts';
import { commandsPerSecond, processMemory, workerLoad } from './shared-panels.ts';

const memory = chosen.gauge('lockstep_engine_memory_bytes');
const limit = chosen.gauge('lockstep_engine_memory_limit_bytes');
const lookups = chosen.counter('lockstep_engine_lookups_total');
const hits = chosen.counter('lockstep_engine_lookups_total', { result: 'hit' });

function glance(): Panel[] {
  return [
    stat({
      title: 'Keys',
      description: 'In all databases.',
      query: aggregate('sum', chosen.gauge('lockstep_engine_keys')),
    }),
    stat({
      title: 'Memory used',
      description: 'By what is stored, without the rest of the process.',
      unit: 'bytes',
      query: aggregate('sum', memory),
    }),
    stat({
      title: 'Share of maxmemory',
      description: 'Of the fullest engine; 0 where there is no limit.',
      unit: 'percentunit',
      query: promql`max(${memory} / ${limit} < Inf) or vector(0)`,
      limits: [0.8, 0.95],
    }),
    stat({
      title: 'Hits',
      description: 'Share of reads that found their key.',
      unit: 'percentunit',
      query: share(aggregate('sum', rate(hits, WINDOW)), aggregate('sum', rate(lookups, WINDOW))),
    }),
    commandsPerSecond(),
    stat({
      title: 'Clients that wait',
      description: 'For a key, as BLPOP does.',
      query: aggregate('sum', chosen.gauge('lockstep_engine_blocked_clients')),
    }),
  ];
}

function data(): Panel[] {
  const removed = rate(chosen.counter('lockstep_engine_removed_keys_total'), WINDOW);
  return [
    lines({
      title: 'Keys by database',
      description: 'Keys, expired ones that nobody has noticed included.',
      stacked: true,
      queries: [[aggregate('sum', chosen.gauge('lockstep_engine_keys'), ['db']), 'db {{db}}']],
    }),
    lines({
      title: 'Memory of the data',
      description: 'What is stored, and `maxmemory` where there is one.',
      unit: 'bytes',
      queries: [
        [memory, '{{instance}}'],
        [promql`${limit} > 0`, '{{instance}} maxmemory'],
      ],
    }),
    lines({
      title: 'Keys removed by the engine',
      description: 'expired: their time had come. evicted: there was more than `maxmemory`.',
      unit: 'ops',
      queries: [[aggregate('sum', removed, ['reason']), '{{reason}}']],
    }),
    lines({
      title: 'Lookups',
      description: 'Keys that reads looked for.',
      unit: 'ops',
      stacked: true,
      queries: [[aggregate('sum', rate(lookups, WINDOW), ['result']), '{{result}}']],
      colors: { hit: 'green', miss: 'orange' },
    }),
    lines({
      title: 'Clients that wait for a key',
      description: 'Blocked clients by gateway.',
      queries: [[chosen.gauge('lockstep_engine_blocked_clients'), '{{instance}}']],
    }),
    lines({
      title: 'Commands by name',
      description: 'The ten that are sent most often.',
      unit: 'ops',
      queries: [
        [
          top(
            10,
            aggregate('sum', rate(chosen.counter('lockstep_commands_total', { target: 'primary' }), WINDOW), [
              'command',
            ]),
          ),
          '{{command}}',
        ],
      ],
    }),
  ];
}

export const engine: Dashboard = {
  name: 'engine',
  title: 'Lockstep / Engine',
  description: 'The embedded engine: keys, memory, evictions, hits, and the workers it runs on.',
  rows: [
    { title: 'At a glance', panels: glance() },
    { title: 'Data', panels: data() },
    {
      title: 'Process',
      panels: [workerLoad(), processMemory()].map((panel) => ({
        ...panel,
        gridPos: { x: 0, y: 0, w: 12, h: 8 },
      })),
    },
  ],
};
