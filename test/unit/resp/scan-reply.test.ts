import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { REPLY_CONTINUES, REPLY_INVALID, ReplyScanner } from '../../../src/resp/scan-reply.ts';
import { testSeed } from '../../support/seed.ts';
import { bytesOf, readReplies, splittings } from './reading.ts';
import { malformedReplies, replyCases } from './reply-cases.ts';

const seed = testSeed('scan-reply');

describe('finds the end of', () => {
  test.each(replyCases)('$wire', ({ wire, type }) => {
    const input = bytesOf(wire + wire);
    for (const [name, how] of splittings(seed)) {
      expect(readReplies(input, how), name).toEqual({
        replies: [
          { type, start: 0, end: wire.length },
          { type, start: wire.length, end: 2 * wire.length },
        ],
        error: undefined,
        isInside: false,
      });
    }
  });

  test('all of them in a row', () => {
    const random = createRandom(seed);
    const wires = Array.from({ length: 200 }, () => random.pick(replyCases));
    const input = bytesOf(wires.map((item) => item.wire).join(''));
    for (const [name, how] of splittings(seed)) {
      const read = readReplies(input, how);
      expect(read.error, name).toBe(undefined);
      expect(
        read.replies.map((reply) => reply.type),
        name,
      ).toEqual(wires.map((item) => item.type));
      expect(
        read.replies.map((reply) => reply.end - reply.start),
        name,
      ).toEqual(wires.map((item) => item.wire.length));
    }
  });

  test('an array as deep as scripts can make it', () => {
    const wire = bytesOf(`${'*1\r\n'.repeat(7995)}-ERR reached lua stack limit\r\n`);
    for (const [name, how] of splittings(seed)) expect(readReplies(wire, how).replies.length, name).toBe(1);
  });
});

describe('no prefix of a reply is one', () => {
  test.each(replyCases)('$wire', ({ wire }) => {
    const input = bytesOf(wire);
    for (let end = 1; end < input.length; end++) {
      const scanner = new ReplyScanner();
      expect(scanner.scan(input, 0, end)).toBe(REPLY_CONTINUES);
      expect(scanner.isInside).toBe(true);
    }
  });
});

describe('refuses', () => {
  test.each(
    malformedReplies.map(([wire, error]) => [JSON.stringify(wire).slice(0, 40), wire, error] as const),
  )('%s', (_name, wire, error) => {
    for (const [name, how] of splittings(seed)) {
      const read = readReplies(bytesOf(`:1\r\n${wire}`), how);
      expect(read.replies.length, name).toBe(1);
      expect(read.error, name).toContain(error);
    }
  });

  test('until it is reset', () => {
    const scanner = new ReplyScanner();
    const good = bytesOf('+OK\r\n');
    expect(scanner.scan(bytesOf('*2\r\nx'), 0, 5)).toBe(REPLY_INVALID);
    expect(scanner.scan(good, 0, 5)).toBe(REPLY_INVALID);
    scanner.reset();
    expect(scanner.scan(good, 0, 5)).toBe(5);
    expect(scanner.error).toBe('');
  });
});

test('an empty chunk changes nothing', () => {
  const scanner = new ReplyScanner();
  const bytes = bytesOf('$3\r\nabc\r\n');
  expect(scanner.scan(bytes, 0, 0)).toBe(REPLY_CONTINUES);
  expect(scanner.isInside).toBe(false);
  expect(scanner.scan(bytes, 0, 6)).toBe(REPLY_CONTINUES);
  expect(scanner.type).toBe('$'.charCodeAt(0));
  expect(scanner.scan(bytes, 6, 6)).toBe(REPLY_CONTINUES);
  expect(scanner.scan(bytes, 6, bytes.length)).toBe(bytes.length);
});
