import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../../src/resp/limits.ts';
import {
  CommandReader,
  CommandScanner,
  SCAN_COMPLETE,
  SCAN_ERROR,
  SCAN_INCOMPLETE,
} from '../../../src/resp/scan-command.ts';
import { encodeCommand } from '../../support/raw-client.ts';
import { testSeed } from '../../support/seed.ts';
import { protocolCases } from './protocol-cases.ts';
import { argumentsOf, bytesOf, readCommands, splittings } from './reading.ts';

const seed = testSeed('scan-command');

function describeInput(input: string): string {
  const shown = JSON.stringify(input);
  return shown.length > 60 ? `${shown.slice(0, 40)}… of ${input.length}` : shown;
}

describe('answers as servers do', () => {
  test.each(protocolCases.map((item) => [describeInput(item.input), item] as const))('%s', (_name, item) => {
    for (const [name, how] of splittings(seed)) {
      const read = readCommands(bytesOf(item.input), how, { authenticated: !item.unauthenticated });
      expect(read.commands, name).toEqual(item.commands);
      expect(read.error, name).toBe(item.error);
    }
  });
});

describe('reading', () => {
  test('a mixed pipeline, however it is cut', () => {
    const commands = [
      ['PING'],
      ['SET', 'key', 'v'.repeat(20_000)],
      ['MSET', ...Array.from({ length: 2000 }, (_, index) => `item:${index}`)],
      ['ECHO', ''],
      ['ECHO', '\r\n*1\r\n$4\r\nPING\r\n'],
    ];
    const parts = commands.map((args) => encodeCommand(args).toString('latin1'));
    const input = bytesOf(`${parts.join('*0\r\n\r\n')}GET "a b"\r\n`);
    for (const [name, how] of splittings(seed)) {
      const read = readCommands(input, how);
      expect(read.commands, name).toEqual([...commands, ['GET', 'a b']]);
      expect(read.bufferedBytes, name).toBe(0);
    }
  });

  test('a frame inside the lent chunk is not copied', () => {
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const scanner = new CommandScanner();
    const chunk = bytesOf('*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$1\r\na\r\n*1\r\n');
    reader.feed(chunk, 0, chunk.length);
    expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    expect(scanner.bytes).toBe(chunk);
    expect([scanner.frameStart, scanner.frameEnd, scanner.canonical]).toEqual([0, 14, true]);
    expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    expect(scanner.bytes).toBe(chunk);
    expect([scanner.frameStart, scanner.frameEnd]).toEqual([14, 35]);
    expect(reader.next(scanner)).toBe(SCAN_INCOMPLETE);
    expect(reader.bufferedBytes).toBe(4);
  });

  test('a command in the lent chunk survives release', () => {
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const scanner = new CommandScanner();
    const chunk = bytesOf('*2\r\n$4\r\nECHO\r\n$1\r\na\r\n');
    reader.feed(chunk, 0, chunk.length);
    expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    reader.release();
    expect(argumentsOf(scanner)).toEqual(['ECHO', 'a']);
  });

  test('what lies behind the chunk is not looked at', () => {
    const scanner = new CommandScanner();
    const bytes = bytesOf('*2\r\n$4\r\nECHO\r\n$11\r\nhello world\r\n');
    for (let end = 1; end < bytes.length; end++) {
      const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
      reader.feed(bytes, 0, end);
      expect(reader.next(scanner), `${end}`).toBe(SCAN_INCOMPLETE);
      reader.release();
      reader.feed(bytes, end, bytes.length);
      expect(reader.next(scanner), `${end}`).toBe(SCAN_COMPLETE);
      expect(argumentsOf(scanner)).toEqual(['ECHO', 'hello world']);
    }
  });

  test('after the frame that spans two chunks, the rest of the second is not copied', () => {
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const scanner = new CommandScanner();
    const first = bytesOf('*2\r\n$4\r\nECHO\r\n$1');
    reader.feed(first, 0, first.length);
    expect(reader.next(scanner)).toBe(SCAN_INCOMPLETE);
    reader.release();
    const second = bytesOf('1\r\nhello world\r\n*1\r\n$4\r\nPING\r\n');
    reader.feed(second, 0, second.length);
    expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    expect(argumentsOf(scanner)).toEqual(['ECHO', 'hello world']);
    expect(scanner.bytes).not.toBe(second);
    expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    expect(scanner.bytes).toBe(second);
  });

  test('an inline command is rebuilt in scratch memory', () => {
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const scanner = new CommandScanner();
    const chunk = bytesOf('GET a\r\n*1\r\n$4\r\nPING\r\n');
    reader.feed(chunk, 0, chunk.length);
    expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    expect(scanner.canonical).toBe(false);
    expect(argumentsOf(scanner)).toEqual(['GET', 'a']);
    expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    expect(scanner.canonical).toBe(true);
  });

  test('several readers share one scanner', () => {
    const scanner = new CommandScanner();
    const random = createRandom(seed);
    const readers = Array.from({ length: 5 }, (_, index) => {
      const commands = Array.from({ length: 20 }, (_item, number) => [
        `C${index}`,
        'x'.repeat(random.integer(40)),
        `${number}`,
      ]);
      const input = bytesOf(commands.map((args) => encodeCommand(args).toString('latin1')).join(''));
      return {
        reader: new CommandReader({ ...DEFAULT_REQUEST_LIMITS }),
        commands,
        input,
        at: 0,
        got: [] as string[][],
      };
    });
    while (readers.some((item) => item.at < item.input.length)) {
      const item = random.pick(readers);
      const end = Math.min(item.input.length, item.at + 1 + random.integer(30));
      item.reader.feed(item.input.slice(item.at, end), 0, end - item.at);
      item.at = end;
      while (item.reader.next(scanner) === SCAN_COMPLETE) item.got.push(argumentsOf(scanner));
      item.reader.release();
    }
    for (const item of readers) expect(item.got).toEqual(item.commands);
  });
});

describe('keeping', () => {
  const frame = encodeCommand(['ECHO', 'some value']);

  test('complete commands that a paused session did not take', () => {
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const scanner = new CommandScanner();
    const chunk = Uint8Array.from(Buffer.concat(Array.from({ length: 1000 }, () => frame)));
    reader.feed(chunk, 0, chunk.length - 5);
    for (let index = 0; index < 10; index++) expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    reader.release();
    const tail = chunk.slice(chunk.length - 5);
    chunk.fill(0);
    expect(reader.bufferedBytes).toBe(990 * frame.length - 5);
    let count = 0;
    for (let turn = 0; turn < 100; turn++) {
      for (let index = 0; index < 5 && reader.next(scanner) === SCAN_COMPLETE; index++, count++) {
        expect(argumentsOf(scanner)).toEqual(['ECHO', 'some value']);
      }
      reader.release();
    }
    expect(count).toBe(500);
    reader.feed(tail, 0, tail.length);
    while (reader.next(scanner) === SCAN_COMPLETE) count++;
    expect(count).toBe(990);
    expect(reader.bufferedBytes).toBe(0);
  });

  test('a deep backlog, of which a little is taken at a time while more arrives', () => {
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const scanner = new CommandScanner();
    const total = 20_000;
    const chunk = Uint8Array.from(Buffer.concat(Array.from({ length: total }, () => frame)));
    reader.feed(chunk, 0, chunk.length);
    reader.release();
    let count = 0;
    while (reader.next(scanner) === SCAN_COMPLETE) {
      if (++count % 2 !== 0) continue;
      reader.release();
      reader.feed(frame, 0, count < total ? frame.length : 0);
    }
    expect(count).toBe(total + total / 2 - 1);
    expect(reader.bufferedBytes).toBe(0);
  });

  test('room for a large argument, once', () => {
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const scanner = new CommandScanner();
    const size = 300_000_000;
    const before = process.memoryUsage().arrayBuffers;
    const reserved = (): number => process.memoryUsage().arrayBuffers - before;
    const chunk = bytesOf(`*2\r\n$4\r\nECHO\r\n$${size}\r\nxxxx`);
    for (const start of [0, chunk.length - 4, chunk.length - 4]) {
      reader.feed(chunk, start, chunk.length);
      expect(reader.next(scanner)).toBe(SCAN_INCOMPLETE);
      reader.release();
      expect(Math.round(reserved() / size)).toBe(1);
    }
    reader.reset();
  });

  test('the query buffer limit ends in an error without a text', () => {
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS, maxQueryBytes: 100 });
    const scanner = new CommandScanner();
    const chunk = bytesOf(`*1\r\n$1000\r\n${'x'.repeat(60)}`);
    reader.feed(chunk, 0, chunk.length);
    expect(reader.next(scanner)).toBe(SCAN_INCOMPLETE);
    reader.release();
    expect(reader.next(scanner)).toBe(SCAN_INCOMPLETE);
    reader.feed(chunk, 11, chunk.length);
    expect(reader.next(scanner)).toBe(SCAN_INCOMPLETE);
    reader.release();
    expect(reader.next(scanner)).toBe(SCAN_ERROR);
    expect(scanner.error).toBe('');
  });

  test('a client that has yet to log in may keep one mebibyte', () => {
    const limits = { ...DEFAULT_REQUEST_LIMITS, authenticated: false };
    const reader = new CommandReader(limits);
    const scanner = new CommandScanner();
    const chunk = Uint8Array.from(Buffer.concat(Array.from({ length: 40_000 }, () => frame)));
    reader.feed(chunk, 0, chunk.length);
    expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    limits.authenticated = true;
    reader.release();
    expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    limits.authenticated = false;
    reader.release();
    expect(reader.next(scanner)).toBe(SCAN_ERROR);
  });

  test('reset makes it new', () => {
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const scanner = new CommandScanner();
    const broken = bytesOf('*2\r\n$4\r\nECHO\r\n:');
    reader.feed(broken, 0, broken.length);
    expect(reader.next(scanner)).toBe(SCAN_INCOMPLETE);
    reader.release();
    reader.reset();
    expect(reader.bufferedBytes).toBe(0);
    const wrong = bytesOf('*x\r\n');
    reader.feed(wrong, 0, wrong.length);
    expect(reader.next(scanner)).toBe(SCAN_ERROR);
    expect(reader.next(scanner)).toBe(SCAN_ERROR);
    reader.reset();
    reader.feed(frame, 0, frame.length);
    expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
    expect(argumentsOf(scanner)).toEqual(['ECHO', 'some value']);
  });

  test('spans shrink after a command with very many arguments', () => {
    const scanner = new CommandScanner();
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const many = Uint8Array.from(encodeCommand(Array.from({ length: 100_000 }, () => 'a')));
    for (const at of [many.length, 1000]) {
      reader.feed(many, 0, at);
      if (at < many.length) expect(reader.next(scanner)).toBe(SCAN_INCOMPLETE);
      if (at < many.length) reader.feed(many, at, many.length);
      expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
      expect(scanner.count).toBe(100_000);
      reader.release();
      reader.feed(frame, 0, frame.length);
      expect(reader.next(scanner)).toBe(SCAN_COMPLETE);
      expect(scanner.spans.length).toBeLessThan(1000);
    }
  });
});
