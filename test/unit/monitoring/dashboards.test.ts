/**
 * The dashboards are what the code makes of the metric table, and can be imported.
 * `npx vitest run test/unit/monitoring -u` writes them anew.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, test } from 'vitest';
import { metricTable } from '../../../src/telemetry/metric-table.ts';
import { renderDashboard } from '../../support/monitoring/dashboard.ts';
import { dashboards } from '../../support/monitoring/dashboards.ts';

const folder = path.resolve(import.meta.dirname, '../../../dashboards');

interface Made extends Omit<Dashboard, 'panels'> {
  readonly panels: Array<{
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly datasource?: { readonly uid: string };
    readonly targets?: Array<{ readonly expr: string; readonly datasource: { readonly uid: string } }>;
  }>;
}

const made = dashboards.map((dashboard) => ({
  name: dashboard.name,
  text: renderDashboard(dashboard),
  model: JSON.parse(renderDashboard(dashboard)) as Made,
}));

test('every metric is in one of them', () => {
  const asked = made.flatMap(({ text }) => text.match(/\blockstep_\w+/g) ?? []);
  const names = new Set(asked.map((name) => name.replace(/_bucket$/, '')));
  expect([...names].sort()).toEqual(Object.keys(metricTable).sort());
});

describe.each(made)('$name', ({ name, text, model }) => {
  const panels = model.panels.filter((panel) => panel.type !== 'row');

  test('is current', async () => {
    await expect(text).toMatchFileSnapshot(path.join(folder, `${name}.json`));
  });

  test('belongs to no installation of Grafana', () => {
    expect(model).not.toHaveProperty('uid');
    expect(model).not.toHaveProperty('id');
    expect(model.title).toMatch(/^Lockstep \/ /);
    const used = [...text.matchAll(/"uid": "([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(used)).toEqual(new Set(['$datasource']));
    const variables = model.templating?.list?.map((variable) => variable.name);
    expect(variables?.slice(0, 2)).toEqual(['datasource', 'instance']);
  });

  test('says of every panel what it shows, and follows the choice of gateways in all of them', () => {
    for (const panel of panels) {
      expect(panel.description, panel.title).toMatch(/^.+\.$/);
      expect(panel.targets?.length, panel.title).toBeGreaterThan(0);
      for (const { expr } of panel.targets ?? []) expect(expr).toContain('instance=~"$instance"');
    }
  });

  test('has no panels on top of each other, and no title twice', () => {
    expect(new Set(model.panels.map((panel) => panel.id)).size).toBe(model.panels.length);
    expect(new Set(model.panels.map((panel) => panel.title)).size).toBe(model.panels.length);
    const taken = new Set<string>();
    for (const { gridPos, title } of model.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x}:${y}`), `${title} lies on another panel`).toBe(false);
          taken.add(`${x}:${y}`);
        }
      }
    }
  });
});

test('no file of the folder is anything else', () => {
  expect(fs.readdirSync(folder).sort()).toEqual(made.map(({ name }) => `${name}.json`).sort());
});
