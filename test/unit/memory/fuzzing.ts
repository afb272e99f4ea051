/** What the random tests of memory structures share: how long they run, and what they put in. */
import type { Random } from '../../../src/base/random.ts';

/** Steps of a random test: a few seconds' worth, or as many as LOCKSTEP_TEST_STEPS says. */
export function fuzzSteps(usual: number): number {
  const given = process.env.LOCKSTEP_TEST_STEPS;
  if (given === undefined || given === '') return usual;
  const steps = Number(given);
  if (!Number.isSafeInteger(steps) || steps < 1) throw new Error(`LOCKSTEP_TEST_STEPS is no count: ${given}`);
  return steps;
}

/** Bytes of a text with one character per byte. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

/** Texts that are no integers in the strict sense, though nearly. */
const almostIntegers = [
  '',
  '-',
  '-0',
  '01',
  '+1',
  ' 1',
  '1 ',
  '1.0',
  '9007199254740992',
  '-9007199254740992',
];

/** Integers around every limit of their encodings. */
function anyInteger(random: Random): number {
  const limit = 2 ** random.integer(54);
  const value = random.integer(2) === 0 ? random.integer(limit) : limit - 1 - random.integer(3);
  return random.integer(2) === 0 ? Math.abs(value) : -Math.abs(value) + 0;
}

function anyLength(random: Random): number {
  const kind = random.integer(1000);
  if (kind < 800) return random.integer(20);
  if (kind < 960) return 110 + random.integer(160);
  if (kind < 999) return random.integer(3000);
  return 65_500 + random.integer(100);
}

/** A text of any bytes: short, long, or a number. */
export function anyText(random: Random): string {
  const kind = random.integer(10);
  if (kind < 3) return String(anyInteger(random));
  if (kind < 4) return random.pick(almostIntegers);
  const length = anyLength(random);
  const first = random.integer(256);
  const filler = String.fromCharCode(97 + random.integer(26)).repeat(Math.max(0, length - 1));
  return length === 0 ? '' : String.fromCharCode(first) + filler;
}
