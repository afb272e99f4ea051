import { expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';

test('one seed, one sequence', () => {
  const first = createRandom(42);
  const second = createRandom(42);
  const sequence = Array.from({ length: 100 }, () => first.next());
  expect(Array.from({ length: 100 }, () => second.next())).toEqual(sequence);
  expect(createRandom(43).next()).not.toBe(sequence[0]);
  expect(first.seed).toBe(42);
  expect(new Set(sequence).size).toBe(100);
});

test('numbers stay in their range and fill it', () => {
  const random = createRandom(7);
  const counts = new Array<number>(10).fill(0);
  for (let index = 0; index < 10_000; index++) counts[random.integer(10)]!++;
  expect(counts.reduce((sum, count) => sum + count)).toBe(10_000);
  expect(Math.min(...counts)).toBeGreaterThan(850);
  for (let index = 0; index < 1000; index++) expect(random.integer(1)).toBe(0);
  const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])));
  expect([...picked].sort()).toEqual(['a', 'b', 'c']);
});
