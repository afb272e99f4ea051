/** Runs once before all tests: makes the real servers available, or fails naming the missing ones. */
import { allServerNames } from './server-catalogue.ts';
import { ensurePrograms } from './server-programs.ts';

/** Tools are fetched by the tests that use them. */
export async function setup(): Promise<void> {
  if (process.env.LOCKSTEP_TEST_UNIT_ONLY === '1') return;
  await ensurePrograms(allServerNames, (line) => console.log(`[servers] ${line}`));
}
