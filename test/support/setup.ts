/** Runs in every test process before each test file: ends what the file's helpers started. */
import { afterAll } from 'vitest';
import { runCleanups } from './cleanup.ts';

afterAll(runCleanups, 60_000);
