/**
 * The dashboard shows something: a real Prometheus scrapes a gateway under load, with planted differences and a shadow
 * that dies and comes back, and every query of every panel must return series.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { metricTable } from '../../src/telemetry/metric-table.ts';
import { startGateway } from '../support/gateway.ts';
import { startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';
import { plantDifferences, Traffic } from './dashboard-traffic.ts';
import { type PanelQuery, Prometheus } from './prometheus.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: ReadonlyArray<{
    readonly refId: string;
    readonly expr: string;
    readonly instant: boolean;
  }>;
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: ReadonlyArray<{ readonly name: string; readonly definition?: string }>;
  };
}

const file = path.resolve(import.meta.dirname, '../../dashboards/lockstep.json');
const dashboard = JSON.parse(fs.readFileSync(file, 'utf8')) as Dashboard;
const panels = dashboard.panels.filter((panel) => panel.type !== 'row');
const queries: PanelQuery[] = panels.flatMap((panel) =>
  (panel.targets ?? []).map(({ expr, instant }) => ({ panel: panel.title, expression: expr, instant })),
);

describe('dashboard', () => {
  test('asks only for metrics there are, and for all of them but those of the engine', () => {
    const text = queries.map((query) => query.expression).join('\n');
    const names = [...text.matchAll(/\blockstep_\w+/g)].map((match) => match[0].replace(/_bucket$/, ''));
    const known = Object.keys(metricTable);
    for (const name of names) expect(known).toContain(name);
    const missing = known.filter((name) => !names.includes(name) && !name.startsWith('lockstep_engine_'));
    expect(missing).toEqual([]);
  });

  test('groups and filters only by labels that the metric has', () => {
    for (const { expression } of queries) {
      const name = /\blockstep_\w+/.exec(expression)?.[0].replace(/_bucket$/, '');
      if (name === undefined) continue;
      const labels: readonly string[] = metricTable[name as keyof typeof metricTable].labels;
      const used = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap((match) => match[1]!.split(', '));
      const filtered = [...expression.matchAll(/(\w+)(?:=~|!=|=)"/g)].map((match) => match[1]!);
      for (const label of [...used, ...filtered]) {
        expect([...labels, 'instance', 'le'], expression).toContain(label);
      }
      expect(filtered, `${expression} does not follow the choice of gateway`).toContain('instance');
    }
  });

  test('is laid out without gaps in its ids and without panels on top of each other', () => {
    expect(new Set(dashboard.panels.map((panel) => panel.id)).size).toBe(dashboard.panels.length);
    const taken = new Set<string>();
    for (const { gridPos, title } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x}:${y}`), `${title} lies on another panel`).toBe(false);
          taken.add(`${x}:${y}`);
        }
      }
    }
    for (const panel of panels) expect(panel.description, panel.title).toBeTruthy();
  });
});

describe('dashboard on a real Prometheus', () => {
  test('every query of every panel returns series', async () => {
    const [primary, shadow] = await Promise.all([startServer('valkey-8.0'), startServer('valkey-8.0')]);
    const gateway = await startGateway({
      primary: primary.url,
      shadow: shadow.url,
      config: { compare: { confirm: { attempts: 1, delayMs: 5 } }, shadow: { breaker: { openMs: 300 } } },
    });
    const prometheus = await Prometheus.start(new URL(gateway.adminUrl).host);
    const client = await gateway.client();
    await plantDifferences(gateway, client, shadow);
    const traffic = new Traffic();
    traffic.start(client);
    await sleep(4_000);
    await expectSeries(prometheus, queries);
    const values = await prometheus.labelValues('lockstep_client_connections', 'instance');
    expect(values).toEqual([new URL(gateway.adminUrl).host]);
    expect(await latest(prometheus, 'Divergent replies by kind')).toBeGreaterThan(0);
    expect(await latest(prometheus, 'Breaker open')).toBe(0);
    expect(await latest(prometheus, 'Dirty slots')).toBe(0);

    await shadow.stop('SIGKILL');
    await waitUntil(async () => (await latest(prometheus, 'Breaker open')) === 1, 'the breaker to show');
    await waitUntil(
      async () => (await latest(prometheus, 'Dropped commands by reason')) > 0,
      'the drops to show',
    );
    expect(await latest(prometheus, 'Dirty slots')).toBeGreaterThan(0);
    await shadow.restart();
    await waitUntil(async () => (await latest(prometheus, 'Breaker open')) === 0, 'the breaker to close');
    await traffic.stop();
    client.close();
  });
});

/** Asks until every query has series with values, and names those that have none. */
async function expectSeries(prometheus: Prometheus, all: readonly PanelQuery[]): Promise<void> {
  let empty = [...all];
  const deadline = Date.now() + 20_000;
  while (empty.length > 0 && Date.now() < deadline) {
    const left: PanelQuery[] = [];
    for (const query of empty) if ((await prometheus.query(query, 20)).length === 0) left.push(query);
    empty = left;
    if (empty.length > 0) await sleep(500);
  }
  expect(empty.map((query) => `${query.panel}: ${query.expression}`)).toEqual([]);
}

/** The greatest latest value among the series of a time series panel; NaN when there are none. */
async function latest(prometheus: Prometheus, title: string): Promise<number> {
  const found = dashboard.panels.find((panel) => panel.title === title && panel.type === 'timeseries');
  const target = found?.targets?.[0];
  if (target === undefined) throw new Error(`no panel is called ${title}`);
  const query = { panel: title, expression: target.expr, instant: true };
  const series = await prometheus.query(query, 0);
  return series.length === 0 ? Number.NaN : Math.max(...series.map((one) => one.points.at(-1)![1]));
}
