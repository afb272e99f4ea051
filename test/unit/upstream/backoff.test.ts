import { describe, expect, it } from 'vitest';
import { Backoff } from '../../../src/upstream/backoff.ts';

/** The range that the next delay is from, by many tries with as many failures before it. */
function rangeAfter(failures: number, minMs: number, maxMs: number): { least: number; most: number } {
  const delays: number[] = [];
  for (let attempt = 0; attempt < 300; attempt++) {
    const backoff = new Backoff(minMs, maxMs);
    for (let count = 0; count < failures; count++) backoff.failed();
    delays.push(backoff.failed());
  }
  return { least: Math.min(...delays), most: Math.max(...delays) };
}

describe('Backoff', () => {
  it('doubles the delay with each failure, with jitter over the upper half, up to the maximum', () => {
    for (const [failures, ceiling] of [
      [0, 100],
      [1, 200],
      [3, 800],
      [4, 1000],
      [2000, 1000],
    ] as const) {
      const { least, most } = rangeAfter(failures, 100, 1000);
      expect(least).toBeGreaterThanOrEqual(ceiling / 2);
      expect(most).toBeLessThanOrEqual(ceiling);
      // Not all gateways at the same time.
      expect(most - least).toBeGreaterThan(ceiling / 10);
    }
  });

  it('never gives less than a millisecond, and begins anew after a success', () => {
    expect(rangeAfter(0, 0, 0)).toEqual({ least: 1, most: 1 });
    const backoff = new Backoff(1, 1024);
    for (let count = 1; count <= 10; count++) {
      backoff.failed();
      expect(backoff.failures).toBe(count);
    }
    backoff.succeeded();
    expect(backoff.failures).toBe(0);
    expect(backoff.failed()).toBe(1);
  });
});
