import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { workerCount } from '../../../src/gateway/settings.ts';

async function workersOf(environment: Readonly<Record<string, string>>): Promise<number> {
  return workerCount((await loadConfig({ environment, overrides: {} })).config);
}

it('has one worker for pinned sessions unless it is told otherwise', async () => {
  const LOCKSTEP_PRIMARY_URL = 'redis://127.0.0.1:6379';
  const pinned = { LOCKSTEP_PRIMARY_URL, LOCKSTEP_UPSTREAM_SESSIONS: 'pinned' };
  expect(await workersOf(pinned)).toBe(1);
  expect(await workersOf({ ...pinned, LOCKSTEP_WORKERS: '3' })).toBe(3);
  expect(await workersOf({ LOCKSTEP_PRIMARY_URL })).toBe(availableParallelism());
  // The engine runs commands where they come in.
  expect(await workersOf({ LOCKSTEP_UPSTREAM_SESSIONS: 'pinned' })).toBe(availableParallelism());
});
