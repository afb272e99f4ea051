/**
 * The files made from the schema, the metric table and the error table are current, and say the truth.
 * `npx vitest run test/unit/config -u` writes them anew.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { CompareRuleName } from '../../../src/commands/definition.ts';
import { COMPARE_RULES, configSchema } from '../../../src/config/schema.ts';
import { formatPath, settings } from '../../../src/config/settings.ts';
import { renderErrors, renderJsonSchema, renderMetrics, renderSettings, renderYaml } from './render.ts';

const root = resolve(import.meta.dirname, '../../..');
const yamlFile = resolve(root, 'config/lockstep.yaml');

function withTable(file: string, table: string): string {
  const text = readFileSync(file, 'utf8');
  return text.replace(/(?<=<!-- table -->\n)[\s\S]*(?=<!-- \/table -->)/, () => `${table}\n`);
}

test('config/lockstep.yaml is current', async () => {
  await expect(renderYaml()).toMatchFileSnapshot(yamlFile);
});

test('config/lockstep.yaml is exactly the defaults and names every key', () => {
  const text = readFileSync(yamlFile, 'utf8');
  expect(configSchema.parse(parse(text))).toEqual(configSchema.parse({}));
  const uncommented = text.replace(/^( +)# tls:\n((?: +# .*\n)+)/m, (_all, indent: string, lines: string) => {
    return `${indent}tls:\n${lines.replaceAll(/^( +)# {3}/gm, '$1  ')}`;
  });
  const document = parse(uncommented.replace(/^ +tls: null\n/m, '')) as Record<string, unknown>;
  for (const setting of settings) {
    let value: unknown = document;
    for (const key of setting.path) {
      expect(value, formatPath(setting.path)).toBeInstanceOf(Object);
      const part = value as Record<string, unknown>;
      if (key !== '[]') expect(part, formatPath(setting.path)).toHaveProperty(key);
      value = key === '[]' ? (value as unknown[])[0] : part[key];
    }
  }
});

test('every setting has a description', () => {
  expect(settings.filter((setting) => !/^[A-Za-z].*[.]$/.test(setting.description))).toEqual([]);
});

test('config/lockstep.schema.json is current', async () => {
  await expect(renderJsonSchema()).toMatchFileSnapshot(resolve(root, 'config/lockstep.schema.json'));
});

test('docs/configuration.md has the table of all settings', async () => {
  const file = resolve(root, 'docs/configuration.md');
  await expect(withTable(file, renderSettings())).toMatchFileSnapshot(file);
});

test('docs/metrics.md has the table of all metrics', async () => {
  const file = resolve(root, 'docs/metrics.md');
  await expect(withTable(file, renderMetrics())).toMatchFileSnapshot(file);
});

test('docs/errors.md explains every operational error and no other', () => {
  const text = readFileSync(resolve(root, 'docs/errors.md'), 'utf8');
  const headings = text.match(/^## .*$/gm) ?? [];
  const wanted = renderErrors();
  expect(headings.sort()).toEqual(wanted.map(([heading]) => heading).sort());
  for (const [heading, meaning] of wanted) expect(text).toContain(`${heading}\n\n${meaning}\n\n`);
});

test('the compare rules are those of the catalogue', () => {
  const rules: readonly CompareRuleName[] = COMPARE_RULES;
  const all: Record<CompareRuleName, true> = {
    exact: true,
    unordered: true,
    'pairs-unordered': true,
    float: true,
    ttl: true,
    cursor: true,
    'error-class': true,
    shape: true,
    ignore: true,
  };
  expect([...rules].sort()).toEqual(Object.keys(all).sort());
});
