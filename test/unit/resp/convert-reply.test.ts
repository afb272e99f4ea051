/** Replies from one protocol version to the other, by shape. The differential test has the servers' own. */
import { describe, expect, it } from 'vitest';
import { ReplyConverter } from '../../../src/resp/convert-reply.ts';
import { FrameWriter, type RespVersion } from '../../../src/resp/encode.ts';
import { PLAIN_ARRAY, PLAIN_MAP, PLAIN_SET, type ReplyShape } from '../../../src/resp/reply-shape.ts';

/** Line ends are written as `|`. */
function bytesOf(text: string): Uint8Array {
  return Buffer.from(text.replaceAll('|', '\r\n'), 'latin1');
}

function convert(text: string, shape: ReplyShape, to: RespVersion): string {
  const reply = bytesOf(text);
  // Surrounded, to see that offsets count.
  const padded = Buffer.concat([Buffer.from('xx'), reply, Buffer.from('*1\r\n')]);
  const writer = new FrameWriter(1);
  const converter = new ReplyConverter(writer);
  converter.begin(shape, to);
  converter.feed(padded, 2, 2 + reply.length);
  const whole = textOf(writer);
  // In pieces of one byte, and cut in two at every place.
  if (reply.length < 1000)
    for (let cut = 0; cut < reply.length; cut++) expect(inPieces(reply, cut, shape, to)).toBe(whole);
  return whole;
}

/** Converts two pieces, or, for a cut at 0, single bytes. */
function inPieces(reply: Uint8Array, cut: number, shape: ReplyShape, to: RespVersion): string {
  const writer = new FrameWriter(1);
  const converter = new ReplyConverter(writer);
  converter.begin(shape, to);
  const cuts = cut === 0 ? [...reply.keys()].slice(1) : [cut];
  let start = 0;
  for (const end of [...cuts, reply.length]) {
    converter.feed(Buffer.from(reply.slice(start, end)), 0, end - start);
    start = end;
  }
  return textOf(writer);
}

function textOf(writer: FrameWriter): string {
  return Buffer.from(writer.bytes.slice(0, writer.length)).toString('latin1').replaceAll('\r\n', '|');
}

interface Case {
  readonly shape: ReplyShape;
  readonly two: string;
  readonly three: string;
}

/** True in both directions. */
const both: readonly Case[] = [
  { shape: 'plain', two: '+OK|', three: '+OK|' },
  { shape: 'plain', two: '-ERR no|', three: '-ERR no|' },
  { shape: 'plain', two: ':-5|', three: ':-5|' },
  { shape: 'plain', two: '$3|a|c|', three: '$3|a|c|' },
  { shape: 'plain', two: '$-1|', three: '_|' },
  { shape: PLAIN_ARRAY, two: '*-1|', three: '_|' },
  { shape: { array: 'plain', nullIsString: true }, two: '$-1|', three: '_|' },
  { shape: 'plain', two: '*3|$1|a|*2|$-1|:1|$0||', three: '*3|$1|a|*2|_|:1|$0||' },
  { shape: 'double', two: '$4|-inf|', three: ',-inf|' },
  { shape: 'double', two: ':3|', three: ':3|' },
  { shape: 'boolean', two: ':1|', three: '#t|' },
  { shape: 'boolean', two: ':0|', three: '#f|' },
  { shape: 'big-number', two: '$3|123|', three: '(123|' },
  { shape: 'verbatim', two: '$2|hi|', three: '=6|txt:hi|' },
  { shape: 'verbatim', two: '$0||', three: '=4|txt:|' },
  { shape: PLAIN_SET, two: '*2|$1|a|$1|b|', three: '~2|$1|a|$1|b|' },
  { shape: PLAIN_SET, two: '*0|', three: '~0|' },
  { shape: PLAIN_MAP, two: '*4|$1|a|:1|$1|b|$-1|', three: '%2|$1|a|:1|$1|b|_|' },
  { shape: PLAIN_MAP, two: '*0|', three: '%0|' },
  {
    shape: { map: 'plain', fields: { s: PLAIN_SET, d: 'double' } },
    two: '*8|$1|s|*1|$1|x|+d|$1|1|$1|n|*1|$1|x|:7|$1|1|',
    three: '%4|$1|s|~1|$1|x|+d|,1|$1|n|*1|$1|x|:7|$1|1|',
  },
  {
    shape: { pairs: ['plain', 'double'] },
    two: '*4|$1|a|$1|1|$1|b|$3|2.5|',
    three: '*2|*2|$1|a|,1|*2|$1|b|,2.5|',
  },
  { shape: { pairs: ['plain', 'double'] }, two: '*0|', three: '*0|' },
  {
    shape: { entries: ['plain', { array: { tuple: ['plain', PLAIN_ARRAY] } }] },
    two: '*1|*2|$1|x|*2|*2|$3|1-1|*2|$1|f|$1|v|*2|$3|2-1|*-1|',
    three: '%1|$1|x|*2|*2|$3|1-1|*2|$1|f|$1|v|*2|$3|2-1|_|',
  },
  {
    shape: { tuple: ['plain', { array: 'double' }] },
    two: '*4|$1|1|*2|$1|2|$1|3|*1|$1|4|*1|$1|5|',
    three: '*4|$1|1|*2|,2|,3|*1|,4|*1|,5|',
  },
  { shape: { push: 'plain' }, two: '*3|$9|subscribe|$1|c|:1|', three: '>3|$9|subscribe|$1|c|:1|' },
  {
    // Names that every object has are none of the shape's.
    shape: { map: 'plain', fields: { s: PLAIN_SET } },
    two: '*4|$11|constructor|*1|:1|$8|toString|*1|:2|',
    three: '%2|$11|constructor|*1|:1|$8|toString|*1|:2|',
  },
  { shape: { array: PLAIN_MAP }, two: '*2|*2|$1|a|:1|*-1|', three: '*2|%1|$1|a|:1|_|' },
];

describe('both ways', () => {
  it.each(both)('$two as $three', ({ shape, two, three }) => {
    expect(convert(two, shape, 3)).toBe(three);
    expect(convert(three, shape, 2)).toBe(two);
  });
  it.each(both)('$three stays RESP3, $two stays RESP2', ({ shape, two, three }) => {
    expect(convert(three, shape, 3)).toBe(three);
    expect(convert(two, shape, 2)).toBe(two);
  });
});

describe('to RESP2, by type alone', () => {
  const alone: readonly (readonly [string, string])[] = [
    ['%2|+a|~1|:1|+b|#t|', '*4|+a|*1|:1|+b|:1|'],
    ['*2|,1.5|(99|', '*2|$3|1.5|$2|99|'],
    ['!5|ERR x|', '-ERR x|'],
    ['=8|mkd:abcd|', '$4|abcd|'],
    ['*2|>2|$10|invalidate|*1|$1|k|:1|:2|', '*2|:1|:2|'],
    ['*2|>3|$9|subscribe|$1|c|:1|:2|', '*2|*3|$9|subscribe|$1|c|:1|:2|'],
    ['*?|:1|~2|:2|:3|.|', '*2|:1|*2|:2|:3|'],
    ['%?|+a|:1|+b|:2|.|', '*4|+a|:1|+b|:2|'],
    ['$?|;3|abc|;1|d|;0|', '$4|abcd|'],
    ['*2|$?|;1|x|;0|*?|.|', '*2|$1|x|*0|'],
  ];
  it.each(alone)('%s', (three, two) => expect(convert(three, 'plain', 2)).toBe(two));

  it('drops attributes', () => {
    const attribute = '\u007c1\r\n+ttl\r\n:3\r\n';
    const reply = Buffer.from(`*2\r\n${attribute}:1\r\n:2\r\n`);
    const writer = new FrameWriter();
    const converter = new ReplyConverter(writer);
    converter.begin('plain', 2);
    converter.feed(reply, 0, reply.length);
    expect(Buffer.from(writer.bytes.slice(0, writer.length)).toString()).toBe('*2\r\n:1\r\n:2\r\n');
  });
});

describe('a shape that does not fit leaves what it finds', () => {
  const cases: readonly (readonly [ReplyShape, string, string])[] = [
    [PLAIN_MAP, '*3|:1|:2|$-1|', '*3|:1|:2|_|'],
    [PLAIN_MAP, '$1|x|', '$1|x|'],
    [PLAIN_SET, ':1|', ':1|'],
    ['double', '*1|$1|1|', '*1|$1|1|'],
    ['boolean', '$1|1|', '$1|1|'],
    [{ pairs: ['plain', 'double'] }, '*3|$1|a|$1|1|$1|b|', '*3|$1|a|,1|$1|b|'],
  ];
  it.each(cases)('%j of %s', (shape, two, three) => expect(convert(two, shape, 3)).toBe(three));
});

it('walks deep replies without a deep stack', () => {
  const depth = 10_000;
  const two = `${'*1|'.repeat(depth)}$-1|`;
  expect(convert(two, 'plain', 3)).toBe(`${'*1|'.repeat(depth)}_|`);
  expect(convert(`${'~1|'.repeat(depth)}_|`, PLAIN_ARRAY, 2)).toBe(two);
});

describe('pushes', () => {
  it.each([
    ['*3|$7|message|$1|c|$1|m|', '>3|$7|message|$1|c|$1|m|'],
    ['*3|$7|message|$20|__redis__:invalidate|$-1|', '>3|$7|message|$20|__redis__:invalidate|_|'],
    ['*3|$11|unsubscribe|$-1|:0|', '>3|$11|unsubscribe|_|:0|'],
  ])('%s', (two, three) => {
    for (const [from, wanted, to] of [
      [two, three, 3],
      [three, two, 2],
    ] as const) {
      const reply = bytesOf(from);
      const writer = new FrameWriter();
      const converter = new ReplyConverter(writer);
      converter.beginPush(to);
      converter.feed(reply, 0, reply.length);
      expect(Buffer.from(writer.bytes.slice(0, writer.length))).toEqual(Buffer.from(bytesOf(wanted)));
    }
  });
});
