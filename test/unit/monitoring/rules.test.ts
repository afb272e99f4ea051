/**
 * The rules are what the code makes of the metric table, promtool takes them, each alert fires and keeps quiet as its
 * cases say, and each has its section in the runbook. `npx vitest run test/unit/monitoring -u` writes them anew.
 */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { temporaryFolder } from '../../support/cleanup.ts';
import { alerts } from '../../support/monitoring/alerts.ts';
import { anchorOf, RUNBOOK, renderRules } from '../../support/monitoring/rules.ts';
import { toolPath } from '../../support/servers.ts';
import { type AlertCase, alertCases } from './alert-cases.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../../..');
const folder = temporaryFolder('rules');
const rulesFile = path.join(folder, 'rules.yaml');
fs.writeFileSync(rulesFile, renderRules());

async function promtool(...args: string[]): Promise<string> {
  const { command, args: first } = await toolPath('promtool');
  const { stdout, stderr } = await run(command, [...first, ...args]);
  return stdout + stderr;
}

describe('files', () => {
  test('alerts/lockstep.yaml is current', async () => {
    await expect(renderRules()).toMatchFileSnapshot(path.join(root, 'alerts/lockstep.yaml'));
  });

  test('the chart has the same rules', async () => {
    await expect(renderRules()).toMatchFileSnapshot(path.join(root, 'helm/lockstep/files/rules.yaml'));
  });
});

describe('runbook', () => {
  const text = fs.readFileSync(path.join(root, RUNBOOK), 'utf8');
  const sections = text.split(/^## /m).slice(1);

  test('has a section for each alert, in their order, and none besides', () => {
    const headings = sections.map((section) => section.split('\n', 1)[0]);
    expect(headings).toEqual(alerts.map(({ name }) => name));
  });

  test('says of each what it means, where to look and what to do', () => {
    for (const section of sections) {
      for (const part of ['**Meaning.**', '**Look.**', '**Act.**']) expect(section).toContain(part);
    }
    for (const [at, { severity }] of alerts.entries()) expect(sections[at]).toContain(`\`${severity}\``);
  });

  test('is where the rules say it is', () => {
    const anchors = sections.map((section) => anchorOf(section.split('\n', 1)[0]!));
    const urls = [...renderRules().matchAll(/runbook_url: (\S+)/g)].map((match) => match[1]);
    expect(urls).toEqual(anchors.map((anchor) => `${RUNBOOK}#${anchor}`));
  });
});

/** A test as promtool reads it. It wants all annotations, so those without templates come from the rule. */
function promtoolTest({ alert: name, series, atMinute, fires, name: what }: AlertCase): object {
  const alert = alerts.find((one) => one.name === name);
  if (alert === undefined) throw new Error(`there is no alert ${name}`);
  const { severity, description } = alert;
  return {
    name: `${name}: ${what}`,
    interval: '1m',
    input_series: Object.entries(series).map(([selector, values]) => ({ series: selector, values })),
    alert_rule_test: [
      {
        eval_time: `${atMinute}m`,
        alertname: name,
        exp_alerts: fires.map(({ labels, summary }) => ({
          exp_labels: { ...labels, severity },
          exp_annotations: { summary, description, runbook_url: `${RUNBOOK}#${anchorOf(name)}` },
        })),
      },
    ],
  };
}

describe('alerts', () => {
  test('each has a case in which it fires and one in which it does not', () => {
    for (const { name } of alerts) {
      const cases = alertCases.filter(({ alert }) => alert === name);
      expect(
        cases.some(({ fires }) => fires.length > 0),
        name,
      ).toBe(true);
      expect(
        cases.some(({ fires }) => fires.length === 0),
        name,
      ).toBe(true);
    }
  });

  test('promtool takes the rules', async () => {
    expect(await promtool('check', 'rules', rulesFile)).toContain('SUCCESS');
  });

  test('promtool finds every case as it should be', async () => {
    const file = path.join(folder, 'tests.yaml');
    const tests = alertCases.map(promtoolTest);
    fs.writeFileSync(file, stringify({ rule_files: [rulesFile], evaluation_interval: '1m', tests }));
    expect(await promtool('test', 'rules', file)).toContain('SUCCESS');
  });
});
