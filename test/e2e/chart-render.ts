/** Renders the Helm chart for its tests. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ChartTemplates } from './chart-template.ts';

export const chartFolder = path.resolve(import.meta.dirname, '../../helm/lockstep');

/** Manifests are free-form: whatever the YAML reader gives, and a wrong path fails the test. */
export type Tree = ReturnType<typeof parse>;

export function readChart(file: string): string {
  return fs.readFileSync(path.join(chartFolder, file), 'utf8');
}

export const chart: Tree = parse(readChart('Chart.yaml'));
export const defaults: Tree = parse(readChart('values.yaml'));
export const templateFiles = fs.readdirSync(path.join(chartFolder, 'templates'));

/** Values over others, map by map, as Helm lays a user's over the chart's. */
function laid(over: Tree, under: Tree): Tree {
  const isMap = (value: Tree): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(over) || !isMap(under)) return over;
  const names = Object.keys({ ...under, ...over });
  return Object.fromEntries(
    names.map((name) => [name, name in over ? laid(over[name], under[name]) : under[name]]),
  );
}

/** The values that templates see. */
export function effectiveValues(values: Tree): Tree {
  return laid({ existingSecret: 'gateway', ...values }, defaults);
}

export function renderFiles(values: Tree, release = 'shop'): Map<string, string> {
  const templates = new ChartTemplates(readChart);
  templates.load(readChart('templates/_helpers.tpl'));
  const root = {
    Values: effectiveValues(values),
    Chart: { Name: chart.name, Version: chart.version, AppVersion: chart.appVersion },
    Release: { Name: release, Namespace: 'caches', Service: 'Helm' },
  };
  const rendered = new Map<string, string>();
  for (const file of templateFiles) {
    if (file === '_helpers.tpl') continue;
    rendered.set(file, templates.render(templates.load(readChart(`templates/${file}`)), root));
  }
  return rendered;
}

/** The manifests by kind. */
export function render(values: Tree = {}, release?: string): Record<string, Tree> {
  const manifests: Record<string, Tree> = {};
  for (const [file, text] of renderFiles(values, release)) {
    if (!file.endsWith('.yaml')) continue;
    for (const document of parseAllDocuments(text)) {
      expect(document.errors, `${file}:\n${text}`).toEqual([]);
      const manifest: Tree = document.toJS();
      if (manifest !== null) manifests[manifest.kind] = manifest;
    }
  }
  return manifests;
}
