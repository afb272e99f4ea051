/** Every server behind the gateways by itself: of a cluster its nodes, of a Sentinel group its master. */
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { chosen, type Dashboard } from './dashboard.ts';
import { labelVariable, lines, stat } from './panels.ts';
import { aggregate, promql, Selectors } from './queries.ts';

const filters = { target: /$target/, node: /$node/ };
const up = chosen.gauge('lockstep_upstream_up', filters);
const connections = chosen.gauge('lockstep_upstream_connections', filters);
const ping = chosen.gauge('lockstep_upstream_ping_seconds', filters);

function glance(): Panel[] {
  return [
    stat({
      title: 'Nodes',
      description: 'Servers that the gateways know of.',
      width: 6,
      query: aggregate('count', aggregate('min', up, ['target', 'node'])),
    }),
    stat({
      title: 'Nodes down',
      description: 'Servers that some gateway cannot reach, or that do not answer.',
      width: 6,
      query: promql`count(${aggregate('min', up, ['target', 'node'])} == 0) or vector(0)`,
      limits: [1, 2],
    }),
    stat({
      title: 'Connections',
      description: 'To all of them.',
      width: 6,
      query: aggregate('sum', connections),
    }),
    stat({
      title: 'Slowest answer',
      description: 'To the last PING of a gateway.',
      width: 6,
      unit: 's',
      query: aggregate('max', ping),
      limits: [0.05, 0.5],
    }),
  ];
}

function nodes(): Panel[] {
  const legend = '{{target}} {{node}}';
  return [
    lines({
      title: 'Up',
      description: '1 while all gateways reach the node and it answers.',
      width: 12,
      max: 1,
      steps: true,
      queries: [[aggregate('min', up, ['target', 'node']), legend]],
    }),
    lines({
      title: 'Time to answer a PING',
      description: 'The slowest of the gateways. Beside the load of the node it has the network in it.',
      width: 12,
      unit: 's',
      queries: [[aggregate('max', ping, ['target', 'node']), legend]],
    }),
    lines({
      title: 'Connections by node',
      description: 'Of all gateways together.',
      width: 12,
      queries: [[aggregate('sum', connections, ['target', 'node']), legend]],
    }),
    lines({
      title: 'Connections by gateway',
      description: 'To all nodes that were chosen.',
      width: 12,
      queries: [[aggregate('sum', connections, ['instance', 'target']), '{{instance}} {{target}}']],
    }),
  ];
}

const every = new Selectors();

export const nodesDashboard: Dashboard = {
  name: 'nodes',
  title: 'Lockstep / Nodes',
  description: 'Each server of primary and shadow: whether it answers, how fast, and the connections to it.',
  variables: [
    labelVariable('target', 'Side', every.gauge('lockstep_upstream_up')),
    labelVariable('node', 'Node', every.gauge('lockstep_upstream_up')),
  ],
  rows: [
    { title: 'At a glance', panels: glance() },
    { title: 'By node', panels: nodes() },
  ],
};
