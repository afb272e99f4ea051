import { describe, expect, test } from 'vitest';
import {
  decodeReply,
  errorCode,
  formatReply,
  isError,
  type Reply,
  replyInteger,
  replyText,
} from '../../../src/resp/reply.ts';
import { bytesOf, textOf } from './reading.ts';
import { type Meaning, replyCases } from './reply-cases.ts';

function meaningOf(reply: Reply): Meaning {
  if (reply.isNull) return null;
  if ('*%~>'.includes(String.fromCharCode(reply.type))) return reply.items.map(meaningOf);
  return textOf(reply.bytes, reply.valueStart, reply.valueEnd);
}

function decode(wire: string): Reply {
  const bytes = bytesOf(`<<${wire}>>`);
  return decodeReply(bytes, 2, 2 + wire.length);
}

describe('decodes', () => {
  test.each(replyCases)('$wire', ({ wire, type, value }) => {
    const reply = decode(wire);
    expect(String.fromCharCode(reply.type)).toBe(type);
    expect(meaningOf(reply)).toEqual(value);
  });

  test('spans of the whole value, without attributes before it', () => {
    const reply = decode('|1\r\n+a\r\n+b\r\n*2\r\n$1\r\nx\r\n|1\r\n+c\r\n+d\r\n:5\r\n');
    expect(textOf(reply.bytes, reply.start, reply.end)).toBe('*2\r\n$1\r\nx\r\n|1\r\n+c\r\n+d\r\n:5\r\n');
    expect(reply.items.map((item) => textOf(item.bytes, item.start, item.end))).toEqual([
      '$1\r\nx\r\n',
      ':5\r\n',
    ]);
  });

  test('a streamed string as the bulk string it means', () => {
    const [first] = decode('*?\r\n$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n.\r\n').items;
    expect(textOf(first!.bytes, first!.start, first!.end)).toBe('$3\r\nabc\r\n');
  });

  test('what is nested too deeply to walk stays a string of its wire form', () => {
    const deep = `${'*1\r\n'.repeat(7995)}:1\r\n`;
    const wire = `*3\r\n${deep}:2\r\n*1\r\n:3\r\n`;
    let reply = decode(wire);
    expect(meaningOf(reply.items[1]!)).toBe('2');
    expect(meaningOf(reply.items[2]!)).toEqual(['3']);
    let depth = 0;
    for (; reply.items.length > 0; depth++) reply = reply.items[0]!;
    expect(depth).toBe(128);
    expect(String.fromCharCode(reply.type)).toBe('$');
    expect(textOf(reply.bytes, reply.valueStart, reply.valueEnd)).toBe(
      `${'*1\r\n'.repeat(7995 - 127)}:1\r\n`,
    );
    expect(() => formatReply(bytesOf(wire), 0, wire.length, 100_000, true)).not.toThrow();
  });

  test('only what the scanner found', () => {
    for (const wire of ['', '*2\r\n:1\r\n', '$5\r\nab', '+OK', '$?\r\n;2\r\nab\r\n']) {
      expect(() => decode(wire), JSON.stringify(wire)).toThrow('bug:');
    }
  });
});

describe('questions', () => {
  test('errors and their codes', () => {
    expect(isError(decode('-ERR x\r\n'))).toBe(true);
    expect(isError(decode('!5\r\nERR x\r\n'))).toBe(true);
    expect(isError(decode('+OK\r\n'))).toBe(false);
    expect(errorCode(decode('-MOVED 1 a:1\r\n'))).toBe('MOVED');
    expect(errorCode(decode('-ERR\r\n'))).toBe('ERR');
    expect(errorCode(decode('!10\r\nSYNTAX bad\r\n'))).toBe('SYNTAX');
    expect(errorCode(decode('+ERR no\r\n'))).toBe('');
  });

  test('integers', () => {
    const wires = [
      ':12\r\n',
      '$2\r\n-7\r\n',
      '#t\r\n',
      '#f\r\n',
      ':9007199254740991\r\n',
      ':9007199254740992\r\n',
      '$3\r\n1.5\r\n',
      '*1\r\n:1\r\n',
      '_\r\n',
    ];
    const values = [12, -7, 1, 0, Number.MAX_SAFE_INTEGER, Number.NaN, Number.NaN, Number.NaN, Number.NaN];
    expect(wires.map((wire) => replyInteger(decode(wire)))).toEqual(values);
  });

  test('texts', () => {
    expect(replyText(decode('$2\r\n\xc3\xa9\r\n'))).toBe('é');
    expect(replyText(decode('=7\r\ntxt:abc\r\n'))).toBe('abc');
    expect(replyText(decode('$-1\r\n'))).toBe('');
    expect(replyText(decode('*1\r\n:1\r\n'))).toBe('');
  });
});

describe('shows', () => {
  test.each(replyCases)('$wire', ({ wire, shown, redacted }) => {
    const bytes = bytesOf(`<<${wire}>>`);
    expect(formatReply(bytes, 2, 2 + wire.length, 1000, false)).toBe(shown);
    expect(formatReply(bytes, 2, 2 + wire.length, 1000, true)).toBe(redacted);
  });

  test.each(replyCases)('no more than asked of $wire', ({ wire, shown, redacted }) => {
    const bytes = bytesOf(wire);
    for (let limit = 0; limit < 70; limit++) {
      for (const [isRedacted, full] of [
        [false, shown],
        [true, redacted],
      ] as const) {
        const text = formatReply(bytes, 0, bytes.length, limit, isRedacted);
        expect(text.length).toBeLessThanOrEqual(limit);
        if (full.length <= limit) expect(text).toBe(full);
        else if (limit >= 3) expect(text).toBe(`${full.slice(0, limit - 3)}...`);
      }
    }
  });

  test('no value where values are redacted', () => {
    const secrets = [
      '$6\r\nS3CRET\r\n',
      '+S3CRET\r\n',
      '-ERR S3CRET\r\n',
      '-S3CRET: x\r\n',
      '!10\r\nERR S3CRET\r\n',
      '=10\r\ntxt:S3CRET\r\n',
      '$?\r\n;6\r\nS3CRET\r\n;0\r\n',
    ];
    for (const wire of [
      ...secrets,
      `*${secrets.length}\r\n${secrets.join('')}`,
      `|1\r\n${secrets[0]}${secrets[1]}:1\r\n`,
    ]) {
      const bytes = bytesOf(wire);
      const text = formatReply(bytes, 0, bytes.length, 10_000, true);
      expect(text).not.toContain('S3CRET');
    }
  });
});
