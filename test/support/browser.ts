/**
 * A real Chromium without a window, for tests of the page. It is Debian's `chromium`, or what LOCKSTEP_TEST_SERVERS
 * holds as `chromium/chromium`; nothing is downloaded. It talks to loopback only.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onCleanup } from './cleanup.ts';
import { skippedGroups } from './server-catalogue.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
/** Limits end what hangs; they say nothing of speed. */
const LIMIT_MS = 120_000;

/** LOCKSTEP_TEST_SKIP names `chromium`: there is none on this machine, and tests of the page are left out. */
export const isBrowserSkipped: boolean = skippedGroups().has('chromium');

function browserProgram(): string {
  const given = process.env.LOCKSTEP_TEST_SERVERS;
  const places = (process.env.PATH ?? '')
    .split(':')
    .flatMap((folder) => PROGRAMS.map((name) => path.join(folder, name)));
  if (given) places.unshift(path.resolve(given, 'chromium/chromium'));
  const found = places.find((place) => fs.existsSync(place));
  if (found !== undefined) return found;
  throw new Error(
    'missing for the tests: chromium. Install it (apt-get install chromium), put it into LOCKSTEP_TEST_SERVERS as ' +
      'chromium/chromium, or list chromium in LOCKSTEP_TEST_SKIP.',
  );
}

/** Starts the browser; it ends with the test file. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: browserProgram(),
    timeout: LIMIT_MS,
    // Tests run as root in containers, where the sandbox of Chromium cannot be set up and /dev/shm is small.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking'],
  });
  onCleanup(() => browser.close());
  return browser;
}

export interface WatchedPage {
  readonly page: Page;
  /** What went wrong in the page: errors of scripts, and complaints in the console. */
  readonly problems: readonly string[];
  /** Addresses that the page asked for. */
  readonly requests: readonly string[];
}

/** A page in a profile of its own, looked after from its first request on. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('request', (request) => requests.push(request.url()));
  return { page, problems, requests };
}
