/**
 * Makes the pictures of the page in the documentation, for a person, and measures what the page weighs and how soon
 * it is there: `node --import ./test/support/typescript.mjs test/e2e/draw-page.ts docs/images`. Real servers, a real
 * gateway, a real browser; about a minute, in which the shadow stands still and some keys are made to differ.
 */
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { openPage, startBrowser } from '../support/browser.ts';
import { runCleanups } from '../support/cleanup.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { plantDifferences, Traffic } from './dashboard-traffic.ts';

const LOADS = 10;

async function runStory(gateway: TestGateway, client: RawClient, shadow: TestServer): Promise<void> {
  await sleep(15_000);
  shadow.pause();
  await sleep(2_000);
  shadow.resume();
  await sleep(10_000);
  await plantDifferences(gateway, client, shadow);
  await sleep(15_000);
}

async function show(page: Page, gateway: TestGateway, view: string): Promise<void> {
  await page.goto(`${gateway.adminUrl}/#${view}`);
  await page.locator('main[aria-busy="false"]').waitFor();
  if (view === 'divergences') await page.locator('tbody button').first().click();
  await sleep(1_500);
}

async function draw(page: Page, gateway: TestGateway, folder: string): Promise<void> {
  const save = (name: string): Promise<Buffer> =>
    page.screenshot({ path: path.join(folder, `page-${name}.png`) });
  const paint = async (colorScheme: 'light' | 'dark'): Promise<void> => {
    await page.emulateMedia({ colorScheme });
    await sleep(1_500);
  };
  await page.setViewportSize({ width: 1280, height: 1240 });
  await show(page, gateway, 'overview');
  await save('light');
  await paint('dark');
  await save('dark');
  await page.setViewportSize({ width: 1280, height: 640 });
  await show(page, gateway, 'divergences');
  await save('divergences-dark');
  await paint('light');
  await save('divergences');
  await page.mouse.move(0, 0);
  await page.setViewportSize({ width: 390, height: 844 });
  await show(page, gateway, 'overview');
  await save('phone');
}

interface Measured {
  readonly bytes: number;
  readonly paintMs: number;
}

/** In the browser: bytes over the wire of everything the page is made of, and when it was first painted. */
const MEASURE = `(() => {
  const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  const files = loaded.filter((entry) => !entry.name.includes('/api/'));
  return {
    bytes: files.reduce((sum, entry) => sum + entry.transferSize, 0),
    paintMs: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  };
})()`;

async function measure(browser: Browser, gateway: TestGateway): Promise<void> {
  const all: (Measured & { readonly answersMs: number })[] = [];
  for (let load = 0; load < LOADS; load++) {
    const { page } = await openPage(browser);
    await page.goto(`${gateway.adminUrl}/`);
    await page.getByRole('heading', { name: 'Does the shadow agree?' }).waitFor();
    const answersMs = (await page.evaluate('performance.now()')) as number;
    all.push({ ...((await page.evaluate(MEASURE)) as Measured), answersMs });
    await page.context().close();
  }
  const median = (read: (one: (typeof all)[number]) => number): number =>
    Math.round(all.map(read).sort((one, other) => one - other)[LOADS / 2]!);
  console.log(
    `page weight ${median((one) => one.bytes)} bytes with headers; of ${LOADS} loads without cache, the median: ` +
      `first contentful paint ${median((one) => one.paintMs)} ms, answers ${median((one) => one.answersMs)} ms`,
  );
}

async function main(folder: string | undefined): Promise<void> {
  if (folder === undefined) throw new Error('name the folder for the pictures');
  const [primary, shadow] = [await startServer('redis-7.0'), await startServer('valkey-9.1')];
  const gateway = await startGateway({
    primary: primary.url,
    shadow: shadow.url,
    config: { compare: { divergences: { showKeys: true, showValues: true } } },
  });
  const clients = [await gateway.client(), await gateway.client(), await gateway.client()];
  const traffic = clients.map(() => new Traffic());
  traffic.forEach((one, index) => {
    one.start(clients[index]!);
  });
  const browser = await startBrowser();
  const { page } = await openPage(browser);
  await show(page, gateway, 'overview');
  await runStory(gateway, clients[0]!, shadow);
  await draw(page, gateway, folder);
  await measure(browser, gateway);
  for (const one of traffic) await one.stop();
}

main(process.argv[2])
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(runCleanups);
