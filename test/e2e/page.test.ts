/** The page at the admin address, in a real browser, on a gateway between real servers. */
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { isBrowserSkipped, openPage, startBrowser, type WatchedPage } from '../support/browser.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

let browser: Browser;
let primary: TestServer;
let shadow: TestServer;
let gateway: TestGateway;
let client: RawClient;

const TOKEN = 'a token <of> "the" page';

async function open(view = ''): Promise<WatchedPage> {
  const watched = await openPage(browser);
  await watched.page.goto(`${gateway.adminUrl}/${view}`);
  return watched;
}

async function giveToken(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Open' }).click();
}

/** What one of the answers at the top says. */
function answer(page: Page, question: string): Promise<string | null> {
  return page.getByRole('link', { name: question }).locator('.verdict').textContent();
}

describe.skipIf(isBrowserSkipped)('the page', () => {
  beforeAll(async () => {
    [primary, shadow, browser] = await Promise.all([
      startServer('redis-7.0'),
      startServer('valkey-9.1'),
      startBrowser(),
    ]);
    gateway = await startGateway({
      primary: primary.url,
      shadow: shadow.url,
      config: { compare: { confirm: { delayMs: 1 }, divergences: { showKeys: true, showValues: true } } },
    });
    client = await gateway.client();
  });

  it('answers what somebody on call asks, live', async () => {
    const { page, problems, requests } = await open();
    await page.getByRole('heading', { name: 'Does the shadow agree?' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await client.pipeline(Array.from({ length: 200 }, (_, turn) => ['SET', `page:${turn % 7}`, turn]));
    await waitUntil(async () => (await answer(page, 'Does the shadow agree?')) === '✓Yes', 'agreement');
    await waitUntil(async () => (await answer(page, 'Is the primary healthy?')) === '✓Yes', 'health');
    await gateway.shadowIdle();
    const direct = await shadow.client();
    await direct.call('SET', 'page:1', 'something else');
    await client.call('GET', 'page:1');
    await gateway.shadowIdle();
    const says = async (): Promise<boolean> =>
      /1 reply differs/.test((await answer(page, 'Does the shadow agree?')) ?? '');
    await waitUntil(says, 'the difference');
    const link = page.getByRole('region').or(page.locator('section')).getByRole('link', { name: 'get' });
    expect(await link.first().getAttribute('href')).toBe('#divergences?command=get');
    expect(await page.title()).toContain('1 reply differs');
    expect(await page.locator('canvas').count()).toBe(4);
    expect(problems).toEqual([]);
    const elsewhere = requests.filter((address) => !address.startsWith(`${gateway.adminUrl}/`));
    expect(elsewhere).toEqual([]);
    direct.close();
    await page.context().close();
  });

  it('asks for the token where there is one, and keeps it for the tab', async () => {
    const guarded = await startGateway({
      primary: primary.url,
      workers: 1,
      env: { LOCKSTEP_ADMIN_TOKEN: TOKEN },
    });
    const { page } = await openPage(browser);
    await page.goto(`${guarded.adminUrl}/`);
    await giveToken(page, 'wrong');
    await page.getByText('This is not the token.').waitFor();
    await giveToken(page, TOKEN);
    await page.getByRole('heading', { name: 'Is the primary healthy?' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Is the primary healthy?' }).waitFor();
    expect(await page.getByLabel('Token').count()).toBe(0);
    await guarded.stop();
    await page.getByText('Connection lost, trying again').waitFor();
    await page.context().close();
  });

  it('says so when it hears nothing, and goes on when it does', async () => {
    const { page } = await openPage(browser);
    await page.route('**/api/v1/live', (route) => route.abort('connectionrefused'));
    await page.goto(`${gateway.adminUrl}/`);
    await page.getByText('Connection lost, trying again').waitFor();
    await page.unroute('**/api/v1/live');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.context().close();
  });
});
