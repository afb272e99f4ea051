import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSampled } from '../../../src/shadow/sampler.ts';

const hash = fc.integer({ min: 0, max: 0xffffffff });
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('isSampled', () => {
  test('takes none at 0 and all at 1', () => {
    fc.assert(
      fc.property(hash, (value) => {
        expect(isSampled(value, 0)).toBe(false);
        expect(isSampled(value, 1)).toBe(true);
      }),
    );
  });

  test('does not care whether the hash is signed', () => {
    fc.assert(
      fc.property(hash, share, (value, sample) => isSampled(value, sample) === isSampled(value | 0, sample)),
    );
  });

  test('keeps every key when the share grows', () => {
    fc.assert(
      fc.property(hash, share, share, (value, one, other) => {
        const smaller = isSampled(value, Math.min(one, other));
        return !smaller || isSampled(value, Math.max(one, other));
      }),
    );
  });

  test('takes about the share asked for', () => {
    let taken = 0;
    for (let index = 0; index < 100_000; index += 1) {
      if (isSampled(Math.imul(index, 2654435761), 0.05)) taken += 1;
    }
    expect(taken).toBeGreaterThan(4_900);
    expect(taken).toBeLessThan(5_100);
  });

  test('takes none for a share that is not a number', () => {
    expect(isSampled(0, Number.NaN)).toBe(false);
  });
});
