/**
 * Seeds of random tests. They stay the same from run to run, so that a run judges the change and not the draw; with
 * LOCKSTEP_TEST_SEED=random each run draws others, and LOCKSTEP_TEST_SEED=N repeats one.
 */

const LIMIT = 2 ** 31;

/** FNV-1a. Which number it is does not matter, as long as each test has its own. */
function seedOf(label: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(label)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % LIMIT;
}

/** A 31-bit seed. Prints `[seed] label: N`, so that a failure can be repeated with LOCKSTEP_TEST_SEED=N. */
export function testSeed(label: string): number {
  const given = process.env.LOCKSTEP_TEST_SEED ?? '';
  let seed = Number(given);
  if (given === '') seed = seedOf(label);
  else if (given === 'random') seed = Math.floor(Math.random() * LIMIT);
  if (!Number.isSafeInteger(seed))
    throw new Error(`LOCKSTEP_TEST_SEED is neither an integer nor random: ${given}`);
  console.log(`[seed] ${label}: ${seed}`);
  return seed;
}
