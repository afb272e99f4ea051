/** Doubles as text: values whose text was read off the servers, and against C's rules for random ones. */
import { describe, expect, it } from 'vitest';
import { generalText, shortestText } from '../../../src/base/double-text.ts';
import { createRandom } from '../../../src/base/random.ts';
import { testSeed } from '../../support/seed.ts';

describe('shortestText', () => {
  it.each([
    [0.1, '0.1'],
    [-0, '-0'],
    [1 / 3, '0.3333333333333333'],
    [1e-7, '1e-7'],
    [123456789.12345679, '1.2345678912345679e+8'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [1e20, '1e+20'],
    [1e22, '1e+22'],
    [2 ** 63, '9223372036854776000'],
    [-(2 ** 63), '-9223372036854776000'],
    // Fewer digits would do, which the servers' method does not find.
    [8115093006632000000, '8115093006631999000'],
    [1234567.875, '1234567.875'],
    [0.0001, '0.0001'],
    [0.000123456789, '1.23456789e-4'],
    [1e7, '10000000'],
    [1e8, '1e+8'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ])('prints %d as %s', (value, text) => {
    expect(shortestText(value)).toBe(text);
  });

  it('leads back to the value', () => {
    const random = createRandom(testSeed('double text'));
    const bits = new Uint32Array(2);
    const doubles = new Float64Array(bits.buffer);
    for (let round = 0; round < 20_000; round++) {
      bits[0] = random.integer(2 ** 32);
      bits[1] = random.integer(2 ** 32);
      if (!Number.isFinite(doubles[0])) continue;
      expect(Number(shortestText(doubles[0] as number))).toBe(doubles[0]);
    }
  });
});

describe('generalText', () => {
  it.each([
    [0.1, 17, '0.10000000000000001'],
    [1e17, 17, '1e+17'],
    [1e15, 17, '1000000000000000'],
    [1e15, 14, '1e+15'],
    [1e-5, 14, '1e-05'],
    [1234567890123.25, 14, '1234567890123.2'],
    [1234567890123.75, 14, '1234567890123.8'],
    [0.5, 1, '0.5'],
    [2.5, 1, '2'],
    [3.5, 1, '4'],
    [99999999999999.5, 14, '1e+14'],
    [-0, 14, '-0'],
    [100, 14, '100'],
    [5e-324, 17, '4.9406564584124654e-324'],
    [Number.NEGATIVE_INFINITY, 14, '-inf'],
  ])('prints %d with %d digits as %s', (value, precision, text) => {
    expect(generalText(value, precision)).toBe(text);
  });
});
