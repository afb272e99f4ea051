/** What the page makes of a divergence: the first difference, and a command line that is safe to paste. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markDifference } from '../../../src/page/difference.ts';
import { clientOptions, quoteForShell, reproduce } from '../../../src/page/reproduce.ts';
import { flatten } from '../../../src/page/settings.ts';
import { testSeed } from '../../support/seed.ts';
import { makeDivergence } from '../admin/fake-gateway.ts';

function show(primary: string, shadow: string): string[] {
  const { primary: one, shadow: other } = markDifference(primary, shadow);
  return [one, other].map(({ before, marked, after }) => `${before}<${marked}>${after}`);
}

describe('the first difference', () => {
  test.each([
    ['"one"', '"other"', '<"one">', '<"other">'],
    ['["a","b"]', '["a","b","c"]', '["a","b"<>]', '["a","b"<,"c">]'],
    ['["a","x","c"]', '["a","y","d"]', '["a",<"x">,"c"]', '["a",<"y">,"d"]'],
    ['array(0)[]', 'array(2)[string(4),string(3)]', '<array(0)>[]', '<array(2)>[string(4),string(3)]'],
    ['(nil)', '"a"', '<(nil)>', '<"a">'],
    ['["a,]\\"b"]', '["a,]\\"c"]', '[<"a,]\\"b">]', '[<"a,]\\"c">]'],
    [`"${'x'.repeat(30)}1"`, `"${'x'.repeat(30)}2"`, `"${'x'.repeat(30)}<1">`, `"${'x'.repeat(30)}<2">`],
  ])('%s and %s', (primary, shadow, one, other) => {
    expect(show(primary, shadow)).toEqual([one, other]);
    expect(markDifference(primary, shadow).isHidden).toBe(false);
  });

  test('is not seen where values are redacted', () => {
    expect(markDifference('string(5)', 'string(5)').isHidden).toBe(true);
  });

  test('leaves no character out, whatever the replies are', () => {
    const seed = testSeed('page-difference');
    const reply = fc.string({ unit: fc.constantFrom(...'ab",[]{}=>\\ (nil)') });
    const check = (primary: string, shadow: string): void => {
      const found = markDifference(primary, shadow);
      for (const [part, text] of [
        [found.primary, primary],
        [found.shadow, shadow],
      ] as const)
        expect(part.before + part.marked + part.after).toBe(text);
      if (primary !== shadow) expect(found.primary.marked === found.shadow.marked).toBe(false);
    };
    fc.assert(fc.property(reply, reply, check), { seed, numRuns: 500 });
  });
});

describe('options of redis-cli', () => {
  test.each([
    ['redis://127.0.0.1:7000', '', '-h 127.0.0.1 -p 7000'],
    ['valkey://host', '', '-h host -p 6379'],
    ['redis://u:***@h:1/3', '', '-h h -p 1 --user u --askpass'],
    ['redis://:***@h:1', '', '-h h -p 1 --askpass'],
    ['rediss://[::1]:7000', '', '-h ::1 -p 7000 --tls'],
    ['redis+cluster://a:1,b:2', 'b:2', '-h b -p 2 -c'],
    ['redis+sentinel://a:1,b:2/name', '10.0.0.1:6379', '-h 10.0.0.1 -p 6379'],
    ['unix:///run/a b.sock', '', "-s '/run/a b.sock'"],
  ])('%s (%s)', (url, node, wanted) => {
    expect(clientOptions(url, node)).toBe(wanted);
  });
});

describe('the command line', () => {
  const url = 'redis://h:1';

  test('is the command on record where there is one', () => {
    expect(reproduce(makeDivergence(1, { request: 'LRANGE k 0 -1' }), url, '')).toEqual({
      line: 'redis-cli -h h -p 1 LRANGE k 0 -1',
      note: '',
    });
  });

  test('says what is missing', () => {
    const keyed = reproduce(makeDivergence(1, { command: 'xinfo|stream', key: 'k' }), url, '');
    expect(keyed.line).toBe('redis-cli -h h -p 1 XINFO STREAM k');
    expect(keyed.note).toContain('showValues');
    const hashed = reproduce(makeDivergence(1), url, '');
    expect(hashed.line).toBe('redis-cli -h h -p 1 GET KEY');
    expect(hashed.note).toContain('00112233445566aa');
    expect(reproduce(makeDivergence(1, { key: 'x…' }), url, '').note).toContain('only in part');
  });

  test('gives a shell exactly its words, whatever they hold', () => {
    const seed = testSeed('page-shell');
    const hostile = fc.string({ unit: fc.constantFrom(...'a\'"\\$`!*;&|<>(){}~# \t-'), minLength: 1 });
    const check = (words: readonly string[]): void => {
      const line = `printf '[%s]' ${words.map(quoteForShell).join(' ')}`;
      const text = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' });
      expect(text).toBe(words.map((word) => `[${word}]`).join(''));
    };
    fc.assert(fc.property(fc.array(hostile, { minLength: 1, maxLength: 5 }), check), { seed, numRuns: 30 });
  });

  test('holds no control character, whatever the key is', () => {
    const seed = testSeed('page-key');
    const check = (key: string): void => {
      const { line } = reproduce(makeDivergence(1, { key }), url, '');
      expect(line).toMatch(/^[\x20-\x7e]+$/);
    };
    const codes = fc.array(fc.nat(0xffff), { maxLength: 20 });
    fc.assert(
      fc.property(
        codes.map((all) => String.fromCharCode(...all)),
        check,
      ),
      { seed },
    );
  });
});

test('a configuration is a list of settings', () => {
  const config = {
    listen: [{ address: 'a', tls: null }],
    list: ['x', 1],
    empty: {},
    deep: { er: { key: true } },
  };
  expect(flatten(config)).toEqual([
    ['listen[0].address', 'a'],
    ['listen[0].tls', 'null'],
    ['list', '["x",1]'],
    ['empty', '{}'],
    ['deep.er.key', 'true'],
  ]);
});
