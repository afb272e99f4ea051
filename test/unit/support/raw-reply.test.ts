/** The referee's decoder against the examples of the RESP specification. */
import { describe, expect, it } from 'vitest';
import { MetricsPage } from '../../support/metrics-text.ts';
import { decodeRaw, MalformedReply, type PlainReply, plain } from '../../support/raw-reply.ts';

const cases: readonly (readonly [string, PlainReply])[] = [
  ['+OK\r\n', 'OK'],
  ['-ERR bad\r\n', { error: 'ERR bad' }],
  [':-42\r\n', -42],
  [':9223372036854775807\r\n', 9_223_372_036_854_775_807n],
  ['$5\r\nh\r\nlo\r\n', 'h\r\nlo'],
  ['$0\r\n\r\n', ''],
  ['$-1\r\n', null],
  ['*-1\r\n', null],
  ['_\r\n', null],
  ['#t\r\n', true],
  [',-inf\r\n', { double: '-inf' }],
  [
    '(3492890328409238509324850943850943825024385\r\n',
    { bigNumber: '3492890328409238509324850943850943825024385' },
  ],
  ['!21\r\nSYNTAX invalid syntax\r\n', { error: 'SYNTAX invalid syntax' }],
  ['=7\r\ntxt:abc\r\n', { verbatim: 'abc' }],
  ['*2\r\n*1\r\n:1\r\n*0\r\n', [[1], []]],
  ['~2\r\n+a\r\n+b\r\n', { set: ['a', 'b'] }],
  ['%1\r\n+k\r\n$1\r\nv\r\n', { map: [['k', 'v']] }],
  ['>2\r\n+message\r\n+x\r\n', { push: ['message', 'x'] }],
  ['|1\r\n+ttl\r\n:3600\r\n$1\r\nv\r\n', 'v'],
  ['$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n', 'Hello'],
  ['*?\r\n:1\r\n:2\r\n.\r\n', [1, 2]],
  ['%?\r\n+a\r\n:1\r\n.\r\n', { map: [['a', 1]] }],
];

describe('decodeRaw', () => {
  it.each(cases)('%j', (text, expected) => {
    const bytes = Buffer.from(`${text}+next\r\n`);
    const decoded = decodeRaw(bytes, 0);
    expect(decoded && plain(decoded.reply)).toEqual(expected);
    expect(decoded?.end).toBe(text.length);
    for (let length = 0; length < text.length; length += 1) {
      expect(decodeRaw(bytes.subarray(0, length), 0), `first ${length} bytes`).toBeUndefined();
    }
  });

  it.each(['?\r\n', ':x\r\n', '$-2\r\n', '#y\r\n', '_x\r\n', '$1\r\nabc\r\n'])('refuses %j', (text) => {
    expect(() => decodeRaw(Buffer.from(text), 0)).toThrow(MalformedReply);
  });
});

describe('MetricsPage', () => {
  it('reads names, labels and values', () => {
    const page = new MetricsPage(
      '# HELP lockstep_x help\nlockstep_x{a="1",b="q\\"\\n"} 2\nlockstep_x{a="2",b=""} 3e1\nlockstep_y +Inf\nz 4 \n',
    );
    expect(page.sum('x')).toBe(32);
    expect(page.sum('lockstep_x', { a: '1', b: 'q"\n' })).toBe(2);
    expect(page.sum('y')).toBe(Number.POSITIVE_INFINITY);
    expect(page.sum('none')).toBe(0);
  });
});
