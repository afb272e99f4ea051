import { expect, test } from 'vitest';
import { ManualClock, SystemClock } from '../../../src/base/clock.ts';

test('the system clock moves when it is refreshed', async () => {
  const clock = new SystemClock();
  const { nowMs, monotonicMs } = clock;
  expect(Math.abs(nowMs - Date.now())).toBeLessThan(5000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([clock.nowMs, clock.monotonicMs]).toEqual([nowMs, monotonicMs]);
  clock.refresh();
  expect(clock.monotonicMs - monotonicMs).toBeGreaterThan(10);
  expect(clock.nowMs).toBeGreaterThan(nowMs);
});

test('the manual clock moves when it is told to', () => {
  const clock = new ManualClock(1000);
  clock.refresh();
  expect([clock.nowMs, clock.monotonicMs]).toEqual([1000, 0]);
  clock.advance(5);
  expect([clock.nowMs, clock.monotonicMs]).toEqual([1005, 5]);
});
