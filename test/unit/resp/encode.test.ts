import { describe, expect, test } from 'vitest';
import { decodeLatin1 } from '../../../src/base/bytes.ts';
import { EMPTY_ARRAY, NIL2, OK } from '../../../src/resp/constants.ts';
import { FrameWriter, formatDouble } from '../../../src/resp/encode.ts';
import { bytesOf, readCommands, readReplies, textOf } from './reading.ts';

function written(write: (writer: FrameWriter) => void): string {
  const writer = new FrameWriter(1);
  write(writer);
  return textOf(writer.bytes, 0, writer.length);
}

describe('writes', () => {
  const cases: readonly (readonly [string, (writer: FrameWriter) => void])[] = [
    ['*3\r\n', (writer) => writer.array(3)],
    ['$3\r\nbcd\r\n', (writer) => writer.bulk(bytesOf('abcde'), 1, 4)],
    ['$0\r\n\r\n', (writer) => writer.bulk(bytesOf(''), 0, 0)],
    ['$3\r\nabc\r\n', (writer) => writer.text('abc')],
    ['$5\r\n\xc3\xa9abc\r\n', (writer) => writer.text('éabc')],
    ['$4\r\n\xf0\x9f\x98\x80\r\n', (writer) => writer.bulkText('😀')],
    ['$3\r\n\xef\xbf\xbd\r\n', (writer) => writer.text('\ud800')],
    [`$82\r\n${'x'.repeat(80)}\xc3\xa9\r\n`, (writer) => writer.text(`${'x'.repeat(80)}é`)],
    ['$1\r\n0\r\n', (writer) => writer.number(0)],
    ['$2\r\n-7\r\n', (writer) => writer.number(-7)],
    ['$16\r\n9007199254740991\r\n', (writer) => writer.number(Number.MAX_SAFE_INTEGER)],
    ['$17\r\n-9007199254740991\r\n', (writer) => writer.number(Number.MIN_SAFE_INTEGER)],
    [':1000000\r\n', (writer) => writer.integer(1_000_000)],
    [':-10\r\n', (writer) => writer.integer(-10)],
    ['+OK\r\n', (writer) => writer.simple('OK')],
    ['-ERR no  such\xff\r\n', (writer) => writer.error('ERR no\r\nsuch\xff')],
    ['-ERR \xe2\x82\xac \r\n', (writer) => writer.error('ERR €\n')],
    ['$-1\r\n', (writer) => writer.nullReply(2)],
    ['_\r\n', (writer) => writer.nullReply(3)],
    ['*-1\r\n', (writer) => writer.nullArray(2)],
    ['_\r\n', (writer) => writer.nullArray(3)],
    ['*4\r\n', (writer) => writer.map(2, 2)],
    ['%2\r\n', (writer) => writer.map(2, 3)],
    ['*2\r\n', (writer) => writer.setHeader(2, 2)],
    ['~2\r\n', (writer) => writer.setHeader(2, 3)],
    ['*2\r\n', (writer) => writer.push(2, 2)],
    ['>2\r\n', (writer) => writer.push(2, 3)],
    ['$3\r\n1.5\r\n', (writer) => writer.double(1.5, 2)],
    [',1.5\r\n', (writer) => writer.double(1.5, 3)],
    [':1\r\n', (writer) => writer.boolean(true, 2)],
    ['#f\r\n', (writer) => writer.boolean(false, 3)],
    ['$2\r\nhi\r\n', (writer) => writer.verbatim('hi', 2)],
    ['=6\r\ntxt:hi\r\n', (writer) => writer.verbatim('hi', 3)],
    [
      '+OK\r\n$-1\r\n*0\r\n',
      (writer) =>
        [OK, NIL2, EMPTY_ARRAY].forEach((bytes) => {
          writer.constant(bytes);
        }),
    ],
    ['bc', (writer) => writer.raw(bytesOf('abcd'), 1, 3)],
  ];

  test.each(cases)('%j', (wire, write) => {
    expect(written(write)).toBe(wire);
    // The same behind what has been written already, in a buffer that need not grow.
    const writer = new FrameWriter(10_000);
    writer.raw(bytesOf('before'), 0, 6);
    write(writer);
    expect(textOf(writer.bytes, 0, writer.length)).toBe(`before${wire}`);
  });

  test('commands that the scanner reads', () => {
    const wire = written((writer) => {
      writer.array(3);
      writer.text('SET');
      writer.bulk(new Uint8Array(5000).fill(0x61), 0, 5000);
      writer.number(-12);
    });
    expect(readCommands(bytesOf(wire), 'whole').commands).toEqual([['SET', 'a'.repeat(5000), '-12']]);
  });

  test('error texts byte for byte', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const wire = written((writer) => writer.error(`ERR ${decodeLatin1(bytes, 0, 256)}`));
    const expected = textOf(bytes).replace(/[\r\n]/g, ' ');
    expect(wire).toBe(`-ERR ${expected}\r\n`);
    expect(readReplies(bytesOf(wire), 'whole').replies.length).toBe(1);
  });
});

test('reset forgets the contents, and a buffer that has become large', () => {
  const writer = new FrameWriter(100);
  writer.text('x'.repeat(1000));
  const { bytes } = writer;
  writer.reset();
  expect(writer.length).toBe(0);
  expect(writer.bytes).toBe(bytes);
  writer.text(`${'x'.repeat(2_000_000)}é`);
  writer.reset();
  expect(writer.bytes.length).toBe(100);
  writer.text('é');
  expect(textOf(writer.bytes, 0, writer.length)).toBe('$2\r\n\xc3\xa9\r\n');
});

test('doubles as servers print them', () => {
  const values = [0, -0, 1, 0.1, 1e17, 5e-324, Infinity, -Infinity, Number.NaN, 3.0000000000000004];
  const texts = [
    '0',
    '-0',
    '1',
    '0.1',
    '100000000000000000',
    '5e-324',
    'inf',
    '-inf',
    'nan',
    '3.0000000000000004',
  ];
  expect(values.map(formatDouble)).toEqual(texts);
});

test('bulk strings of memory that was lent are as others, also while the buffer grows', () => {
  const source = new Uint8Array(4096).map((_, index) => (index * 7) & 0xff);
  const [writer, plain] = [new FrameWriter(1), new FrameWriter(1)];
  writer.lend(source, new DataView(source.buffer));
  for (let length = 0; length < 700; length += 1) {
    writer.bulk(source, length & 7, (length & 7) + length);
    plain.bulk(source, length & 7, (length & 7) + length);
  }
  expect(Buffer.compare(writer.bytes.slice(0, writer.length), plain.bytes.slice(0, plain.length))).toBe(0);
});
