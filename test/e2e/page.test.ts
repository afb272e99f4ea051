/** The page at the admin address, in a real browser, on a gateway between real servers. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { isBrowserSkipped, openPage, startBrowser, type WatchedPage } from '../support/browser.ts';
import { temporaryFolder } from '../support/cleanup.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { toolPath } from '../support/server-programs.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

let browser: Browser;
let primary: TestServer;
let shadow: TestServer;
let gateway: TestGateway;
let client: RawClient;
let toolFolder: string;

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

/** Runs a line of the page in a shell, with a redis-cli on the path. */
async function runLine(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line], {
    env: { PATH: `${toolFolder}:${process.env.PATH}` },
    timeout: 60_000,
  });
  return stdout;
}

async function installClient(): Promise<string> {
  const { command, args } = await toolPath('redis-cli');
  const folder = temporaryFolder('redis-cli');
  const script = `#!/bin/sh\nexec '${[command, ...args].join("' '")}' "$@"\n`;
  fs.writeFileSync(path.join(folder, 'redis-cli'), script, { mode: 0o755 });
  return folder;
}

/** In the browser: texts whose contrast with what is behind them is less than 4.5, as WCAG measures it. */
const FAINT_TEXTS = `(() => {
  const channels = (color) => {
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = (color) => {
    const [red, green, blue] = [...channels(color)].slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] === 255) return color;
    }
    return 'white';
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('');
    if (text.trim() === '' || element.getClientRects().length === 0) continue;
    const [one, other] = [getComputedStyle(element).color, behind(element)].map(luminance);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) faint.push(text.trim() + ' ' + contrast.toFixed(2));
  }
  return faint;
})()`;

describe.skipIf(isBrowserSkipped)('the page', () => {
  beforeAll(async () => {
    [primary, shadow, browser, toolFolder] = await Promise.all([
      startServer('redis-7.0'),
      startServer('valkey-9.1'),
      startBrowser(),
      installClient(),
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
    await waitUntil(async () => (await page.title()).includes('1 reply differs'), 'the title');
    expect(await page.locator('canvas').count()).toBe(4);
    expect(problems).toEqual([]);
    const elsewhere = requests.filter((address) => !address.startsWith(`${gateway.adminUrl}/`));
    expect(elsewhere).toEqual([]);
    direct.close();
    await page.context().close();
  });

  it('shows what differs as text, marked, with commands that show it again', async () => {
    const key = `<img src=x onerror=alert(1)> it's $(reboot) "q" \\\n\u00e9`;
    const [one, other] = ['<script>alert(2)</script> one', '<b onclick="alert(3)">other</b>'];
    await client.call('SET', key, one);
    await gateway.shadowIdle();
    const direct = await shadow.client();
    await direct.call('SET', key, other);
    direct.close();
    await client.call('GET', key);
    await gateway.shadowIdle();
    const { page, problems } = await open('#divergences');
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.getByLabel('Text').fill('onerror');
    await page.getByText('1 divergence of the newest').waitFor();
    await page.getByRole('button', { name: 'get' }).press('Enter');
    const details = page.getByRole('region', { name: 'Selected divergence' });
    await details.waitFor();
    expect(await details.locator('dd').first().textContent()).toBe(key);
    expect(await details.locator('pre').allTextContents()).toEqual([
      `"${one}"`,
      `"${other.replaceAll('"', '\\"')}"`,
    ]);
    expect(await details.locator('mark').allTextContents()).toEqual([
      `script>alert(2)</script> one"`,
      `b onclick=\\"alert(3)\\">other</b>"`,
    ]);
    const lines = await details.locator('code').allTextContents();
    expect(await Promise.all(lines.map(runLine))).toEqual([`${one}\n`, `${other}\n`]);
    expect(await page.locator('#page img:not([src="/page/icon.svg"]), #page script, #page b').count()).toBe(
      0,
    );
    expect([dialogs, problems]).toEqual([[], []]);
    await page.getByLabel('Kind').selectOption('ttl');
    await page.getByText('No divergence fits').waitFor();
    expect(new URL(page.url()).hash).toBe('#divergences?kind=ttl&text=onerror');
    await page.context().close();
  });

  it('shows neither keys nor values where they are hidden, and goes through the list by keyboard', async () => {
    await gateway.admin('/api/v1/divergences', 'DELETE');
    gateway.writeConfig({ compare: { divergences: { showKeys: false, showValues: false } } });
    await gateway.admin('/api/v1/config/reload', 'POST');
    const direct = await shadow.client();
    for (const key of ['hidden:1', 'hidden:2']) {
      await client.call('SET', key, 'confidential');
      await gateway.shadowIdle();
      await direct.call('SET', key, 'differential');
      await client.call('GET', key);
      await gateway.shadowIdle();
    }
    direct.close();
    const { page, problems } = await open('#divergences');
    await page.getByText('2 divergences', { exact: true }).waitFor();
    const rows = page.getByRole('button', { name: 'get' });
    await rows.first().press('Enter');
    await rows.first().press('ArrowDown');
    await page.locator('tr.selected:nth-child(2)').waitFor();
    const details = page.getByRole('region', { name: 'Selected divergence' });
    expect(await details.locator('pre').allTextContents()).toEqual(['string(12)', 'string(12)']);
    const text = await details.innerText();
    expect(text).toContain('Both look the same because values are redacted');
    expect(text).toContain(`redis-cli -h 127.0.0.1 -p ${primary.port} GET KEY`);
    expect(await page.content()).not.toMatch(/hidden:|confidential|differential/);
    await details.getByRole('button', { name: 'Close' }).click();
    await details.waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    gateway.writeConfig({ compare: { divergences: { showKeys: true, showValues: true } } });
    await gateway.admin('/api/v1/config/reload', 'POST');
    await page.context().close();
  });

  it('shows both servers, what waits, who works, and the configuration', async () => {
    const { page, problems } = await open('#servers');
    await page.getByRole('heading', { name: 'Primary' }).waitFor();
    const text = await page.locator('main').innerText();
    for (const wanted of [
      `redis ${primary.version}`,
      `valkey ${shadow.version}`,
      `127.0.0.1:${primary.port}`,
      'No slot is dirty',
      gateway.listen[0]!,
    ])
      expect(text).toContain(wanted);
    expect(await page.locator('meter').count()).toBe(2);
    await page.getByRole('link', { name: 'Configuration' }).click();
    await page.getByLabel('Setting or value').fill('confirm.delayms');
    await page.getByText('1 setting', { exact: true }).waitFor();
    expect(await page.getByRole('row').innerText()).toMatch(/compare\.confirm\.delayMs\s+1$/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('tells what a server to move to lacks or answers differently', async () => {
    await client.call('ZADD', 'scores', '0.1', 'a');
    await client.call('ZRANK', 'scores', 'a', 'WITHSCORE');
    await client.call('WAITAOF', '0', '0', '1');
    const { page, problems } = await open('#compatibility');
    await page.getByText(`From redis ${primary.version} to valkey-9`).waitFor();
    await page.getByLabel('Move to').selectOption('redis-7.0');
    const lacking = page.getByRole('row').filter({ hasText: 'ZRANK … WITHSCORE' });
    await lacking.getByText('ZSCORE key member').waitFor();
    expect(new URL(page.url()).hash).toBe('#compatibility?target=redis-7.0');
    expect(await page.getByRole('row').filter({ hasText: 'waitaof' }).innerText()).toContain('WAIT 0 1');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('can be used by keyboard, on a phone, in light and dark', async () => {
    const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
    const { page } = await openPage(browser, phone);
    await page.goto(`${gateway.adminUrl}/`);
    await page.getByRole('heading', { name: 'Does the shadow agree?' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    for (const view of ['overview', 'divergences', 'servers', 'compatibility', 'configuration']) {
      await page.goto(`${gateway.adminUrl}/#${view}`);
      await page.locator('main h1', { hasText: new RegExp(`^${view}$`, 'i') }).waitFor({ state: 'attached' });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect([view, colorScheme, await page.evaluate(FAINT_TEXTS)]).toEqual([view, colorScheme, []]);
      }
    }
    await page.getByRole('button', { name: 'Theme: auto' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).waitFor();
    expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('light');
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
