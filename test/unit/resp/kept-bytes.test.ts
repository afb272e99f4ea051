import { expect, test, vi } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { KeptBytes } from '../../../src/resp/kept-bytes.ts';
import { testSeed } from '../../support/seed.ts';
import { bytesOf, textOf } from './reading.ts';

const pooled = 16 * 1024;

test('what is expected is reserved exactly, and once', () => {
  const kept = new KeptBytes();
  const source = new Uint8Array(50_000);
  kept.append(source, 0, 50_000, 950_000);
  expect(kept.bytes.length).toBe(1_000_000);
  const reserved = kept.bytes;
  for (let index = 1; index < 20; index++) kept.append(source, 0, 50_000, 950_000 - index * 50_000);
  expect(kept.bytes).toBe(reserved);
  expect(kept.end - kept.start).toBe(1_000_000);
});

test('small contents use one pooled buffer, which the next connection gets', () => {
  const first = new KeptBytes();
  first.append(bytesOf('abc'), 0, 3, 0);
  expect(first.bytes.length).toBe(pooled);
  const buffer = first.bytes;
  first.recycle();
  expect(first.bytes).toBe(buffer);
  first.start = first.end;
  first.recycle();
  expect(first.bytes.length).toBe(0);
  const second = new KeptBytes();
  second.append(bytesOf('xyz'), 1, 3, 0);
  expect(second.bytes).toBe(buffer);
  expect(textOf(second.bytes, second.start, second.end)).toBe('yz');
  second.clear();
});

test('a large buffer that is mostly unused is replaced', () => {
  const kept = new KeptBytes();
  kept.append(new Uint8Array(1_000_000).fill(7), 0, 1_000_000, 0);
  kept.start = 999_000;
  kept.shrink();
  expect(kept.bytes.length).toBe(pooled);
  expect([kept.start, kept.end]).toEqual([0, 1000]);
  expect(kept.bytes[999]).toBe(7);
});

test('each byte is moved about once, however deep the queue is', () => {
  const kept = new KeptBytes();
  const chunk = new Uint8Array(1000);
  kept.append(new Uint8Array(1_000_000), 0, 1_000_000, 10_000);
  const move = vi.spyOn(Uint8Array.prototype, 'copyWithin');
  const copy = vi.spyOn(Uint8Array.prototype, 'set');
  let added = 1_000_000;
  for (; added < 11_000_000; added += 1000) {
    kept.append(chunk, 0, 1000, 0);
    kept.start += 1000;
  }
  const moved = move.mock.calls.map(([, start, end]) => (end ?? 0) - (start ?? 0));
  const copied = copy.mock.calls.map(([source]) => source.length);
  vi.restoreAllMocks();
  expect(copied.length).toBeGreaterThanOrEqual(10_000);
  expect([...moved, ...copied].reduce((sum, length) => sum + length)).toBeLessThan(3 * added);
  expect(kept.bytes.length).toBeLessThanOrEqual(4_000_000);
});

test('a queue under random use', () => {
  const random = createRandom(testSeed('kept-bytes'));
  const kept = new KeptBytes();
  const other = new KeptBytes();
  let expected = '';
  for (let step = 0; step < 5000; step++) {
    const choice = random.next();
    if (choice < 0.45) {
      const text = String.fromCharCode(97 + random.integer(26)).repeat(
        random.integer(random.next() < 0.05 ? 30_000 : 60),
      );
      kept.append(bytesOf(`__${text}`), 2, 2 + text.length, random.integer(50));
      expected += text;
    } else if (choice < 0.9) {
      const taken = random.integer(Math.min(expected.length, 200) + 1);
      kept.start += taken;
      expected = expected.slice(taken);
    } else if (choice < 0.95) {
      kept.recycle();
      kept.shrink();
    } else {
      // Another connection takes from the same pool.
      other.append(new Uint8Array(100).fill(1), 0, 100, 0);
      other.clear();
    }
    expect(kept.end - kept.start).toBe(expected.length);
    if (step % 50 === 0) expect(textOf(kept.bytes, kept.start, kept.end)).toBe(expected);
  }
  expect(textOf(kept.bytes, kept.start, kept.end)).toBe(expected);
});
