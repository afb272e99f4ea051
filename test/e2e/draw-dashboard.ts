/**
 * Makes the picture of the dashboard in the documentation, for a person:
 * `node --import ./test/support/typescript.mjs test/e2e/draw-dashboard.ts docs/images/dashboard.svg`.
 * Real servers, a real gateway, a real Prometheus; a bit more than a minute in which the shadow pauses, dies and
 * comes back.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCleanups } from '../support/cleanup.ts';
import { startGateway } from '../support/gateway.ts';
import { startServer } from '../support/servers.ts';
import { type DrawnPanel, drawDashboard } from './dashboard-picture.ts';
import { plantDifferences, Traffic } from './dashboard-traffic.ts';
import { Prometheus } from './prometheus.ts';

const SECONDS = 70;
const dashboardFile = path.resolve(import.meta.dirname, '../../dashboards/overview.json');

async function main(target: string | undefined): Promise<void> {
  if (target === undefined) throw new Error('name the file to write');
  const primary = await startServer('redis-7.0');
  const shadow = await startServer('valkey-9.1');
  const gateway = await startGateway({ primary: primary.url, shadow: shadow.url });
  const prometheus = await Prometheus.start([new URL(gateway.adminUrl).host]);
  const first = await gateway.client();
  const traffic: Traffic[] = [];
  for (const client of [first, await gateway.client(), await gateway.client()]) {
    const one = new Traffic();
    one.start(client);
    traffic.push(one);
  }
  await sleep(20_000);
  await plantDifferences(gateway, first, shadow);
  await sleep(10_000);
  shadow.pause();
  await sleep(3_000);
  shadow.resume();
  await sleep(15_000);
  await shadow.stop('SIGKILL');
  await sleep(5_000);
  await shadow.restart();
  await sleep(15_000);
  const { panels } = JSON.parse(fs.readFileSync(dashboardFile, 'utf8')) as { panels: DrawnPanel[] };
  const ask = prometheus.query.bind(prometheus);
  const caption =
    `Drawn by test/e2e/draw-dashboard.ts from what the panels' queries returned: primary Redis ${primary.version}, ` +
    `shadow Valkey ${shadow.version}. Grafana draws it in its own way.`;
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, await drawDashboard(panels, ask, SECONDS, caption));
  for (const one of traffic) await one.stop();
}

main(process.argv[2])
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(runCleanups);
