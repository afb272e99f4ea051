/**
 * Runs in every test process before each test file: fixes the seed of properties, ends what the file's helpers started.
 */
import * as fc from 'fast-check';
import { afterAll } from 'vitest';
import { runCleanups } from './cleanup.ts';

/** As `testSeed` does, but without a line for each file: fast-check prints the seed of what fails by itself. */
const given = process.env.LOCKSTEP_TEST_SEED ?? '';
if (given !== 'random') fc.configureGlobal({ seed: given === '' ? 1 : Number(given) });

afterAll(runCleanups, 60_000);
