/**
 * The dashboards and rules show something: a real Prometheus scrapes gateways under load, one with planted differences
 * and a shadow that dies and comes back, one that serves from the engine, and every query must return series.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { alerts } from '../support/monitoring/alerts.ts';
import { dashboards } from '../support/monitoring/dashboards.ts';
import { recordingRules } from '../support/monitoring/rules.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';
import { plantDifferences, Traffic } from './dashboard-traffic.ts';
import { type PanelQuery, Prometheus, type RuleState } from './prometheus.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** What may show nothing: it cannot be brought about at will, or all is well. The query must be valid all the same. */
const mayBeEmpty = [
  'Differed at first, by command',
  'Nodes down',
  'instance:lockstep_commands_failed:ratio_rate5m',
];

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: ReadonlyArray<{ readonly expr: string; readonly instant?: boolean }>;
}

function panelQueries(name: string): PanelQuery[] {
  const text = fs.readFileSync(path.join(root, 'dashboards', `${name}.json`), 'utf8');
  const { panels } = JSON.parse(text) as { panels: readonly Panel[] };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, instant = false }) => ({ panel: title, expression: expr, instant })),
  );
}

let shadow: TestServer;
let mirrored: TestGateway;
let engine: TestGateway;
let prometheus: Prometheus;

function isEvaluated({ health }: RuleState): boolean {
  return health !== 'unknown';
}

function host(gateway: TestGateway): string {
  return new URL(gateway.adminUrl).host;
}

/** Asks until every query has series with values, and names those that have none. */
async function expectSeries(all: readonly PanelQuery[]): Promise<void> {
  let empty = all;
  const areFound = async (): Promise<boolean> => {
    const left: PanelQuery[] = [];
    for (const query of empty) if ((await prometheus.query(query, 20)).length === 0) left.push(query);
    empty = left;
    return empty.every(({ panel }) => mayBeEmpty.includes(panel));
  };
  await waitUntil(areFound, 'every query to have series').catch((error: Error) => {
    const names = empty.map(({ panel, expression }) => `${panel}: ${expression}`);
    throw new Error([error.message, ...names].join('\n'));
  });
}

/** Alerts whose query has a result. They are told of much later. */
async function raised(): Promise<string[]> {
  const rules = await prometheus.rules();
  return rules.filter(({ state }) => state === 'pending' || state === 'firing').map(({ name }) => name);
}

async function raisedAre(names: readonly string[]): Promise<void> {
  const areRaised = async (): Promise<boolean> => {
    const now = await raised();
    return names.every((name) => now.includes(name));
  };
  await waitUntil(areRaised, `${names.join(' and ')} to be raised`);
}

/** The greatest latest value of a panel of the overview; NaN when there are none. */
async function latest(title: string): Promise<number> {
  const found = panelQueries('overview').find(({ panel }) => panel === title);
  if (found === undefined) throw new Error(`no panel is called ${title}`);
  const series = await prometheus.query({ ...found, instant: true }, 0);
  return series.length === 0 ? Number.NaN : Math.max(...series.map((one) => one.points.at(-1)![1]));
}

beforeAll(async () => {
  const [primary, other] = await Promise.all([startServer('redis-7.0'), startServer('valkey-9.1')]);
  shadow = other;
  const { certificate, key } = makeCertificates().server;
  mirrored = await startGateway({
    primary: primary.url,
    shadow: shadow.url,
    config: {
      compare: { confirm: { attempts: 1, delayMs: 5 }, maxReplyBytes: 1024 },
      shadow: { breaker: { openMs: 300 } },
    },
  });
  engine = await startGateway({
    config: {
      listen: [{ address: '127.0.0.1:0' }, { address: '127.0.0.1:0', tls: { certificate, key } }],
    },
  });
  const rules = path.join(root, 'alerts/lockstep.yaml');
  prometheus = await Prometheus.start([host(mirrored), host(engine)], [rules]);
  for (const gateway of [mirrored, engine]) {
    const client = await gateway.client();
    if (gateway === mirrored) await plantDifferences(gateway, client, shadow);
    else await client.call('CONFIG', 'SET', 'maxmemory', '64mb');
    const traffic = new Traffic();
    traffic.start(client);
    onCleanup(() => traffic.stop());
  }
});

describe('on a real Prometheus', () => {
  test.each(dashboards.map(({ name }) => name))('every query of %s returns series', async (name) => {
    await expectSeries(panelQueries(name));
  });

  test('every rule is evaluated, and records something', async () => {
    await waitUntil(async () => {
      const rules = await prometheus.rules();
      return rules.length === recordingRules.length + alerts.length && rules.every(isEvaluated);
    }, 'the rules to be evaluated');
    expect((await prometheus.rules()).filter(({ health }) => health !== 'ok')).toEqual([]);
    await expectSeries(
      recordingRules.map(({ record }) => ({ panel: record, expression: record, instant: true })),
    );
  });

  test('alerts see what is wrong here, and not what is well however slow the machine is', async () => {
    await raisedAre(['LockstepCertificateExpires', 'LockstepDivergence']);
    const well = ['LockstepClientsRefused', 'LockstepEngineFull', 'LockstepRestarts'];
    expect((await raised()).filter((name) => well.includes(name))).toEqual([]);
  });

  test('the variables have values', async () => {
    const gateways = await prometheus.labelValues('lockstep_client_connections', 'instance');
    expect(gateways.sort()).toEqual([host(mirrored), host(engine)].sort());
    expect(await prometheus.labelValues('lockstep_upstream_up', 'target')).toEqual(['primary', 'shadow']);
    expect(await prometheus.labelValues('lockstep_upstream_up', 'node')).toContain(new URL(shadow.url).host);
  });

  test('the overview follows a shadow that dies and comes back', async () => {
    expect(await latest('Divergent replies')).toBeGreaterThan(0);
    expect(await latest('Breaker open')).toBe(0);
    expect(await latest('Dirty slots')).toBe(0);
    await shadow.stop('SIGKILL');
    await waitUntil(async () => (await latest('Breaker open')) === 1, 'the breaker to show');
    await waitUntil(async () => (await latest('Dropped commands by reason')) > 0, 'the drops to show');
    await waitUntil(async () => (await latest('Dirty slots')) > 0, 'the dirty slots to show');
    await raisedAre(['LockstepDirtySlotsGrow', 'LockstepShadowDown']);
    await shadow.restart();
    await waitUntil(async () => (await latest('Breaker open')) === 0, 'the breaker to close');
  });
});
