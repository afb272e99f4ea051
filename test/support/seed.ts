/** Seeds of random tests: another one in each run, always printed, and repeatable by LOCKSTEP_TEST_SEED. */

/** A 31-bit seed. Prints `[seed] label: N`, so that a failure can be repeated with LOCKSTEP_TEST_SEED=N. */
export function testSeed(label: string): number {
  const given = process.env.LOCKSTEP_TEST_SEED;
  const seed = given === undefined || given === '' ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`LOCKSTEP_TEST_SEED is not an integer: ${given}`);
  console.log(`[seed] ${label}: ${seed}`);
  return seed;
}
