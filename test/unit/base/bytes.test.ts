import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  asciiBytes,
  copyBytes,
  decodeLatin1,
  decodeText,
  equalBytes,
  equalsIgnoreCase,
  hashBytes,
  isInteger64,
  keyHashText,
  parseInteger,
} from '../../../src/base/bytes.ts';
import { testSeed } from '../../support/seed.ts';

const seed = testSeed('bytes');

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

test('copyBytes copies exactly the range, short or long', () => {
  for (const length of [0, 1, 47, 48, 49, 1000]) {
    const source = Uint8Array.from({ length: length + 10 }, (_, index) => index % 251);
    const target = new Uint8Array(length + 20).fill(255);
    copyBytes(source, 5, 5 + length, target, 7);
    expect([...target]).toEqual([
      ...Array(7).fill(255),
      ...source.slice(5, 5 + length),
      ...Array(13).fill(255),
    ]);
  }
});

test('equalBytes', () => {
  const left = bytesOf('xxabcx');
  const right = bytesOf('abcabd');
  expect(equalBytes(left, 2, 5, right, 0, 3)).toBe(true);
  expect(equalBytes(left, 2, 5, right, 3, 6)).toBe(false);
  expect(equalBytes(left, 2, 5, right, 0, 2)).toBe(false);
  expect(equalBytes(left, 3, 3, right, 1, 1)).toBe(true);
});

test('equalBytes sees each byte of ranges of any length, also in shared memory', () => {
  for (const length of [1, 16, 47, 48, 49, 200, 5000]) {
    const left = new Uint8Array(length + 3).fill(7);
    const right = new Uint8Array(new SharedArrayBuffer(length + 9)).fill(7);
    expect(equalBytes(left, 1, length + 1, right, 5, length + 5)).toBe(true);
    for (const at of [0, length >> 1, length - 1]) {
      right[5 + at] = 8;
      expect(equalBytes(left, 1, length + 1, right, 5, length + 5)).toBe(false);
      expect(equalBytes(right, 5, length + 5, left, 1, length + 1)).toBe(false);
      right[5 + at] = 7;
    }
    left[0] = right[4] = 9;
    expect(equalBytes(left, 1, length + 1, right, 5, length + 5)).toBe(true);
  }
});

test('equalsIgnoreCase folds letters of ASCII only', () => {
  const get = asciiBytes('get');
  for (const text of ['get', 'GET', 'gEt'])
    expect(equalsIgnoreCase(bytesOf(`x${text}x`), 1, 4, get)).toBe(true);
  for (const text of ['ge', 'gets', 'gat', 'ge\x14'])
    expect(equalsIgnoreCase(bytesOf(text), 0, text.length, get)).toBe(false);
  // Characters that differ from each other by the bit that tells the cases of letters apart.
  expect(equalsIgnoreCase(bytesOf('[@'), 0, 2, asciiBytes('{`'))).toBe(false);
});

test('parseInteger takes what string2ll takes', () => {
  const good = ['0', '1', '-1', '10', '9007199254740991', '-9007199254740991'];
  for (const text of good) expect(parseInteger(bytesOf(`9${text}9`), 1, 1 + text.length)).toBe(Number(text));
  const bad = [
    '',
    '-',
    '+1',
    '01',
    '-0',
    '-01',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '0x1',
    'a',
    '9007199254740992',
    '1'.repeat(17),
  ];
  for (const text of bad) expect(parseInteger(bytesOf(text), 0, text.length), text).toBeNaN();
});

test('parseInteger and isInteger64 agree with BigInt', () => {
  const text = fc.oneof(
    fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
    fc.bigInt({ min: 2n ** 63n - 3n, max: 2n ** 63n + 3n }).map(String),
    fc.bigInt({ min: -(2n ** 63n) - 3n, max: -(2n ** 63n) + 3n }).map(String),
    fc.string({ unit: fc.constantFrom('0', '1', '9', '-', '+', ' ', 'a'), maxLength: 20 }),
  );
  fc.assert(
    fc.property(text, (value) => {
      const isCanonical = /^(0|-?[1-9][0-9]*)$/.test(value);
      const number = isCanonical ? BigInt(value) : 0n;
      const bytes = bytesOf(value);
      expect(isInteger64(bytes, 0, bytes.length)).toBe(isCanonical && BigInt.asIntN(64, number) === number);
      const isSafe =
        isCanonical && number <= BigInt(Number.MAX_SAFE_INTEGER) && number >= BigInt(Number.MIN_SAFE_INTEGER);
      expect(parseInteger(bytes, 0, bytes.length)).toBe(isSafe ? Number(number) : Number.NaN);
    }),
    { seed, numRuns: 2000 },
  );
});

test('texts for people and for the wire', () => {
  for (const text of ['', 'abc', 'é', '€'.repeat(40), 'a'.repeat(100)]) {
    const bytes = Uint8Array.from(Buffer.from(`<${text}>`));
    expect(decodeText(bytes, 1, bytes.length - 1)).toBe(text);
  }
  expect(decodeText(bytesOf('a\xff'), 0, 2)).toBe('a\ufffd');
  const all = Uint8Array.from({ length: 256 }, (_, index) => index);
  expect(asciiBytes(decodeLatin1(all, 0, 256))).toEqual(all);
  expect(decodeLatin1(all.subarray(10), 1, 3)).toBe('\x0b\x0c');
});

test('shared memory can be read', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(100));
  shared.set(bytesOf('\xc3\xa9'));
  expect(decodeText(shared, 0, 2)).toBe('é');
  expect(decodeLatin1(shared, 0, 2)).toBe('\xc3\xa9');
  expect(keyHashText(shared, 0, 2)).toBe(keyHashText(bytesOf('\xc3\xa9'), 0, 2));
});

test('hashBytes is stable, depends on the range alone, and spreads', () => {
  expect(hashBytes(bytesOf('key:1'), 0, 5)).toBe(hashBytes(bytesOf('<key:1>'), 1, 6));
  expect([hashBytes(bytesOf(''), 0, 0), hashBytes(bytesOf('key:1'), 0, 5)]).toMatchInlineSnapshot(`
    [
      2872998923,
      3610013009,
    ]
  `);
  const buckets = new Array<number>(64).fill(0);
  for (let index = 0; index < 64_000; index++) {
    const key = bytesOf(`key:${index}`);
    const hash = hashBytes(key, 0, key.length);
    expect(hash >= 0 && hash <= 0xffffffff && Number.isInteger(hash)).toBe(true);
    buckets[hash % 64]!++;
  }
  expect(Math.min(...buckets)).toBeGreaterThan(850);
  expect(Math.max(...buckets)).toBeLessThan(1150);
});

test('keyHashText', () => {
  expect(keyHashText(bytesOf('xkey'), 1, 4)).toBe('2c70e12b7a0646f9');
});
