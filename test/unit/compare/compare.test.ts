import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CompareRule } from '../../../src/commands/definition.ts';
import { compareExpected, compareReplies } from '../../../src/compare/compare.ts';
import { anyForms, array, bulk, decode, replyOf } from './replies.ts';

type Row = readonly [rule: CompareRule, primary: string, shadow: string, expected: string];

const exact: CompareRule = { rule: 'exact' };
const sorted: CompareRule = { rule: 'exact', withZeros: { rule: 'unordered' } };
const sortedPart: CompareRule = { rule: 'exact', withZeros: { rule: 'shape' } };
const unordered: CompareRule = { rule: 'unordered' };
const pairs: CompareRule = { rule: 'pairs-unordered' };
const float: CompareRule = { rule: 'float' };
const ttl: CompareRule = { rule: 'ttl', tolerance: 1 };
const cursor: CompareRule = { rule: 'cursor' };
const shape: CompareRule = { rule: 'shape' };
const errorClass: CompareRule = { rule: 'error-class' };
const ignore: CompareRule = { rule: 'ignore' };
const lag: CompareRule = { rule: 'pairs-unordered', ignoreKeys: ['lag'], optionalKeys: ['active-time'] };
const allRules = [exact, unordered, pairs, float, ttl, cursor, shape, errorClass, ignore, lag];

const ab = '*2\n$1\na\n$1\nb';
const ba = '*2\n$1\nb\n$1\na';

const rows: readonly Row[] = [
  [exact, '$1\na', '$1\na', 'equal'],
  [exact, '$1\na', '$1\nb', 'value '],
  [exact, '$1\na', ':1', 'type '],
  [sorted, '*2\n$1\na\n$1\nb', '*2\n$1\nb\n$1\na', 'order [0]'],
  [sorted, '*2\n$2\na\0\n$2\nab', '*2\n$2\nab\n$2\na\0', 'equal'],
  [sortedPart, '*1\n$1\na', '*1\n$2\na\0', 'equal'],
  [exact, '+OK', '$2\nOK', 'type '],
  [exact, '$1\na', '$-1', 'missing '],
  [exact, '*-1', '_', 'equal'],
  [exact, '*0', '*-1', 'missing '],
  [exact, '-ERR a', '$1\na', 'error '],
  [exact, '-ERR a', '-ERR b', 'error '],
  [exact, '-ERR a', '!5\nERR a', 'equal'],
  [exact, ab, ba, 'order [0]'],
  [exact, ab, '*2\n$1\na\n$1\nc', 'value [1]'],
  [exact, ab, '*1\n$1\na', 'length '],
  [exact, ab, '~2\n$1\na\n$1\nb', 'equal'],
  [exact, ab, '%1\n$1\na\n$1\nb', 'equal'],
  [exact, '~2\n$1\na\n$1\nb', '%1\n$1\na\n$1\nb', 'type '],
  [exact, '*1\n*2\n$1\na\n$1\nb', '%1\n$1\na\n$1\nb', 'equal'],
  [exact, '*1\n*2\n$1\na\n$1\nb', '*1\n*2\n$1\na\n$1\nc', 'value [0][1]'],
  [exact, `*2\n*1\n${ab}\n$1\nx`, `*2\n*1\n${ba}\n$1\nx`, 'order [0][0][0]'],
  [exact, '*2\n*1\n:1\n*1\n:2', '*2\n*1\n:2\n*1\n:1', 'order [0]'],
  [exact, '%1\n$1\na\n$1\nb', '%1\n$1\na\n$1\nc', 'value {0}'],
  [exact, '*1\n-ERR a', '*1\n:1', 'error [0]'],
  [exact, ',0.1', '$3\n0.1', 'equal'],
  [exact, ',0.1', ',0.10000000000000001', 'equal'],
  [exact, '$3\n0.1', '$19\n0.10000000000000001', 'value '],
  [exact, '(12', ':12', 'equal'],
  [exact, '=6\ntxt:ab', '$2\nab', 'equal'],
  [exact, '#t', ':1', 'equal'],
  [exact, '#f', ':1', 'value '],
  [exact, '#f', '#t', 'value '],
  [unordered, ab, ba, 'equal'],
  [unordered, ab, '~2\n$1\nb\n$1\na', 'equal'],
  [unordered, '*2\n$1\na\n$1\na', '*2\n$1\na\n$1\nb', 'value [1]'],
  [unordered, ab, '*3\n$1\na\n$1\nb\n$1\nb', 'length '],
  [unordered, '*2\n:1\n*2\n$1\na\n$1\nb', '*2\n*2\n$1\nb\n$1\na\n:1', 'equal'],
  [unordered, '$1\na', '$1\nb', 'value '],
  [unordered, '%2\n:1\n:2\n:3\n:4', '*4\n:3\n:4\n:1\n:2', 'equal'],
  [unordered, '%2\n:1\n:2\n:3\n:4', '%2\n:1\n:4\n:3\n:2', 'value {0}'],
  [pairs, '*4\n$1\na\n:1\n$1\nb\n:2', '*4\n$1\nb\n:2\n$1\na\n:1', 'equal'],
  [pairs, '*4\n$1\na\n:1\n$1\nb\n:2', '%2\n$1\nb\n:2\n$1\na\n:1', 'equal'],
  [pairs, '*4\n$1\na\n:1\n$1\nb\n:2', '*2\n*2\n$1\nb\n:2\n*2\n$1\na\n:1', 'equal'],
  [pairs, '*4\n$1\na\n:1\n$1\nb\n:2', '*4\n$1\nb\n:3\n$1\na\n:1', 'value {1}'],
  [pairs, '*4\n$1\na\n:1\n$1\nb\n:2', '*2\n$1\na\n:1', 'missing {1}'],
  [pairs, '*2\n$1\na\n:1', '*4\n$1\na\n:1\n$1\nb\n:2', 'missing {+1}'],
  [pairs, '*2\n$1\na\n:1', '*2\n$1\na\n$-1', 'missing {0}'],
  [pairs, '*4\n$1\na\n:1\n$1\na\n:2', '*4\n$1\na\n:2\n$1\na\n:1', 'equal'],
  [pairs, '*4\n$1\na\n:1\n$1\na\n:1', '*4\n$1\na\n:2\n$1\na\n:1', 'value {1}'],
  [lag, '*4\n$1\na\n:1\n$3\nlag\n:2', '*4\n$3\nlag\n:9\n$1\na\n:1', 'equal'],
  [lag, '*4\n$1\na\n:1\n$3\nlag\n:2', '*2\n$1\na\n:1', 'equal'],
  [lag, '*4\n$1\na\n:1\n$11\nactive-time\n:2', '*2\n$1\na\n:1', 'equal'],
  [lag, '*4\n$1\na\n:1\n$11\nactive-time\n:2', '*4\n$11\nactive-time\n:3\n$1\na\n:1', 'value {1}'],
  [lag, '*2\n$1\nx\n*1\n*2\n$3\nlag\n:1', '*2\n$1\nx\n*1\n*2\n$3\nlag\n:2', 'equal'],
  [
    lag,
    '*2\n$1\nx\n*1\n*4\n$3\nlag\n:1\n:5\n:6',
    '*2\n$1\nx\n*1\n*4\n$3\nlag\n:2\n:5\n:7',
    'value {0}[0]{1}',
  ],
  [{ ...lag, each: true }, '*1\n*2\n$3\nlag\n:1', '*1\n*2\n$3\nlag\n:2', 'equal'],
  [{ ...pairs, each: true }, '*1\n*2\n$3\nlag\n:1', '*1\n*2\n$3\nlag\n:2', 'value [0]{0}'],
  [{ ...pairs, each: true }, '*1\n*2\n$3\nlag\n:1', '*0', 'length '],
  [{ ...pairs, optionalKeys: ['*'] }, '*2\n$1\na\n:1', '*2\n$1\nb\n:1', 'equal'],
  [float, '$3\n0.1', '$19\n0.10000000000000001', 'equal'],
  [float, '$5\n1e+17', '$18\n100000000000000000', 'equal'],
  [float, ',0.1', '$19\n0.10000000000000001', 'equal'],
  [float, '$3\ninf', ',inf', 'equal'],
  [float, '$20\n13.36138933897018433', '$18\n13.361389338970184', 'equal'],
  [float, '$3\n0.1', '$3\n0.2', 'value '],
  [float, '$3\n007', '$1\n7', 'value '],
  [float, '$3\n1.0', '$1\n1', 'value '],
  [float, '*2\n$1\na\n$3\n0.1', '*2\n$1\na\n$19\n0.10000000000000001', 'equal'],
  [{ ...float, tolerance: 0.5 }, '$3\n0.1', '$3\n0.4', 'equal'],
  [{ ...float, tolerance: 0.5 }, ':1', ':2', 'value '],
  [ttl, ':10', ':11', 'equal'],
  [ttl, ':10', ':12', 'ttl '],
  [ttl, ':-1', ':-2', 'ttl '],
  [ttl, ':-1', ':0', 'ttl '],
  [ttl, ':-2', ':-2', 'equal'],
  [{ ...ttl, each: true }, '*2\n:1\n:-2', '*2\n:2\n:-2', 'equal'],
  [ttl, '*2\n:1\n:-2', '*2\n:2\n:-1', 'ttl [1]'],
  [ttl, '-ERR a', ':1', 'error '],
  [cursor, '*2\n$1\n0\n*1\n$1\na', '*2\n$2\n17\n*0', 'equal'],
  [cursor, '*2\n$1\n0\n*1\n$1\na', '*0', 'type '],
  [cursor, '-ERR a', '*2\n$2\n17\n*0', 'error '],
  [shape, '$1\na', '$5\nabcde', 'equal'],
  [shape, '$1\na', '$-1', 'missing '],
  [shape, ':5', '$1\na', 'type '],
  [shape, '*1\n:1', '~0', 'equal'],
  [shape, '+OK', '$2\nab', 'equal'],
  [errorClass, '-ERR a', '-ERR b', 'equal'],
  [errorClass, '-ERR a', '-OOM b', 'error '],
  [errorClass, '+OK', '$2\nno', 'value '],
  [errorClass, '$3\nyes', '$2\nno', 'equal'],
  [errorClass, ':1', ':2', 'equal'],
  [ignore, ':1', '-ERR a', 'equal'],
];

function outcome(rule: CompareRule, primary: string, shadow: string): string {
  const difference = compareReplies(rule, replyOf(primary), replyOf(shadow));
  return difference === undefined ? 'equal' : `${difference.kind} ${difference.path}`;
}

describe('compareReplies', () => {
  it.each(rows.map((row) => [`${row[0].rule}: ${row[1]} / ${row[2]}`.replaceAll('\n', ' '), row] as const))(
    '%s',
    (_title, [rule, primary, shadow, expected]) => {
      expect(outcome(rule, primary, shadow)).toBe(expected);
    },
  );

  it('finds every reply equal to itself, under every rule', () => {
    fc.assert(
      fc.property(anyForms, fc.constantFrom(...allRules), (forms, rule) => {
        expect(compareReplies(rule, decode(forms.two), decode(` ${forms.two}`.slice(1)))).toBeUndefined();
        const inner = { ...rule, each: true };
        expect(compareReplies(inner, decode(forms.three), decode(forms.three))).toBeUndefined();
      }),
    );
  });

  it('finds the RESP2 and RESP3 forms of a value equal', () => {
    const rules = fc.constantFrom(exact, unordered, pairs, float, ttl, shape);
    fc.assert(
      fc.property(anyForms, rules, (forms, rule) => {
        expect(compareReplies(rule, decode(forms.two), decode(forms.three))).toBeUndefined();
        expect(compareReplies(rule, decode(forms.three), decode(forms.two))).toBeUndefined();
      }),
    );
  });

  it('finds a difference in any one place, under exact', () => {
    fc.assert(
      fc.property(anyForms, (forms) => {
        expect(compareReplies(exact, decode(forms.two), decode(forms.mutated))).toBeDefined();
        expect(compareReplies(exact, decode(forms.three), decode(forms.mutated))).toBeDefined();
      }),
    );
  });

  it('finds permutations equal under unordered, and tells them from differences under exact', () => {
    const items = fc.array(anyForms, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(items, fc.infiniteStream(fc.nat()), (forms, random) => {
        const shuffled = forms
          .map((form) => ({ form, rank: random.next().value as number }))
          .sort((left, right) => left.rank - right.rank)
          .map(({ form }) => form);
        const left = array(forms.map((form) => form.two));
        const right = array(
          shuffled.map((form) => form.two),
          '~',
        );
        expect(compareReplies(unordered, decode(left), decode(right))).toBeUndefined();
        const difference = compareReplies(exact, decode(left), decode(right));
        if (difference !== undefined) expect(difference.kind).toBe('order');
      }),
    );
  });

  // Comparing each with each would be ten thousand million comparisons, far beyond the time limit of a test.
  it('compares long replies in linear time', () => {
    const members = Array.from({ length: 100_000 }, (_value, index) => bulk(`member ${index}`));
    const left = decode(array(members));
    const reversed = decode(array([...members].reverse()));
    const long = bulk('x'.repeat(1 << 20));
    expect(compareReplies(unordered, left, reversed)).toBeUndefined();
    expect(compareReplies(pairs, left, reversed)?.kind).toBe('missing');
    expect(compareReplies(exact, left, reversed)?.kind).toBe('order');
    expect(compareReplies(float, decode(long), decode(bulk(`${'x'.repeat((1 << 20) - 1)}y`)))?.kind).toBe(
      'value',
    );
  });

  it('bounds the path and the depth', () => {
    const nest = (inner: string): string => `${'*1\r\n'.repeat(5_000)}${inner}`;
    const difference = compareReplies(exact, decode(nest(':1\r\n')), decode(nest(':2\r\n')));
    expect(difference?.kind).toBe('value');
    expect(difference?.path.length).toBeLessThanOrEqual(120);
  });
});

describe('compareExpected', () => {
  const primary = replyOf('*3\n$1\nk\n$1\nm\n$1\n1');

  it('compares a part, parts, an integer, or nothing', () => {
    const [, member, score] = primary.items;
    const parts = { kind: 'parts', parts: [member, score] } as const;
    expect(compareExpected({ kind: 'any' }, exact, primary, replyOf('-ERR a'))).toBeUndefined();
    expect(compareExpected({ kind: 'part', part: member }, exact, primary, replyOf('$1\nm'))).toBeUndefined();
    expect(compareExpected(parts, float, primary, replyOf('*2\n$1\nm\n,1'))).toBeUndefined();
    expect(compareExpected(parts, exact, primary, replyOf('*2\n$1\nm\n,2'))?.path).toBe('[1]');
    expect(compareExpected(parts, exact, primary, replyOf('-ERR a'))?.kind).toBe('error');
    expect(compareExpected({ kind: 'parts', parts: [] }, exact, primary, replyOf('*0'))).toBeUndefined();
    expect(compareExpected({ kind: 'integer', value: 2 }, shape, primary, replyOf(':2'))).toBeUndefined();
    expect(compareExpected({ kind: 'integer', value: 2 }, shape, primary, replyOf(':1'))?.kind).toBe('value');
    expect(compareExpected({ kind: 'integer', value: 2 }, ignore, primary, replyOf(':1'))).toBeUndefined();
    expect(compareExpected({ kind: 'primary' }, exact, primary, replyOf('$-1'))?.kind).toBe('missing');
  });
});
