import { describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import type { CommandStream } from '../../../src/resp/command-stream.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../../src/resp/limits.ts';
import { CommandReader, CommandScanner, SCAN_COMPLETE, SCAN_ERROR } from '../../../src/resp/scan-command.ts';
import { encodeCommand } from '../../support/raw-client.ts';
import { testSeed } from '../../support/seed.ts';
import { protocolCases } from './protocol-cases.ts';
import { argumentsOf, bytesOf, cuts, readCommands, splittings, textOf } from './reading.ts';

const seed = testSeed('command-stream');

/** Reads as `readCommands` does, but hands over every command that stops inside of an argument. */
class StreamingReader {
  readonly commands: string[][] = [];
  error: string | undefined = undefined;
  /** Arguments that were whole when a command was handed over. */
  readonly heads: string[][] = [];
  readonly #reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
  readonly #scanner = new CommandScanner();
  #stream: CommandStream | undefined = undefined;
  #passed = '';

  feed(bytes: Uint8Array): void {
    const start = this.#stream === undefined ? 0 : this.#pass(bytes);
    if (this.error !== undefined) return;
    this.#reader.feed(bytes, start, bytes.length);
    let result = this.#reader.next(this.#scanner);
    for (; result === SCAN_COMPLETE; result = this.#reader.next(this.#scanner))
      this.commands.push(argumentsOf(this.#scanner));
    if (result === SCAN_ERROR) this.error = this.#scanner.error;
    else if (this.#reader.pendingBulkBytes > 0) this.#handOver();
    this.#reader.release();
  }

  #handOver(): void {
    const scanner = this.#scanner;
    this.#reader.peek(scanner);
    const { bytes, spans } = scanner;
    this.heads.push(
      Array.from({ length: scanner.count }, (_, at) => textOf(bytes, spans[2 * at], spans[2 * at + 1])),
    );
    this.#passed = textOf(bytes, scanner.frameStart, scanner.frameEnd);
    this.#stream = this.#reader.handOver();
    expect(this.#reader.bufferedBytes).toBe(0);
    if (this.#stream.error !== '') this.error = this.#stream.error;
  }

  #pass(bytes: Uint8Array): number {
    const stream = this.#stream as CommandStream;
    const end = stream.read(bytes, 0, bytes.length);
    if (end < 0) {
      this.error = stream.error;
      return 0;
    }
    this.#passed += textOf(bytes, 0, end);
    if (!stream.isOver) return end;
    this.#stream = undefined;
    const whole = readCommands(bytesOf(this.#passed), 'whole');
    expect([whole.commands.length, whole.error, whole.bufferedBytes]).toEqual([1, undefined, 0]);
    this.commands.push(whole.commands[0] as string[]);
    return end;
  }
}

function readStreaming(input: Uint8Array, how: 'whole' | 'bytes' | Random): StreamingReader {
  const reader = new StreamingReader();
  let start = 0;
  for (const end of cuts(input.length, how)) {
    reader.feed(input.slice(start, end));
    if (reader.error !== undefined) break;
    start = end;
  }
  return reader;
}

describe('a command handed over inside of an argument', () => {
  test('is read as it would have been, whatever it is', () => {
    for (const item of protocolCases) {
      if (item.unauthenticated) continue;
      for (const [name, how] of splittings(seed)) {
        const read = readStreaming(bytesOf(item.input), how);
        const about = `${JSON.stringify(item.input).slice(0, 80)} ${name}`;
        expect(read.commands, about).toEqual(item.commands);
        expect(read.error, about).toBe(item.error);
      }
    }
  });

  test('ends where it ends, and its first arguments are known', () => {
    const random = createRandom(seed);
    for (let run = 0; run < 200; run++) {
      const commands = Array.from({ length: 1 + random.integer(4) }, () =>
        Array.from({ length: 1 + random.integer(6) }, () => 'v'.repeat(random.integer(50))),
      );
      const input = bytesOf(commands.map((args) => encodeCommand(args).toString('latin1')).join(''));
      const read = readStreaming(input, random);
      expect(read.commands).toEqual(commands);
      for (const head of read.heads) {
        const fits = commands.some(
          (args) => JSON.stringify(args.slice(0, head.length)) === JSON.stringify(head),
        );
        expect(fits).toBe(true);
      }
    }
  });

  test('says how much of its argument is to come', () => {
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const scanner = new CommandScanner();
    const start = bytesOf('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000\r\n12345');
    reader.feed(start, 0, start.length);
    reader.next(scanner);
    expect(reader.pendingBulkBytes).toBe(1000);
    reader.peek(scanner);
    expect(scanner.count).toBe(2);
    expect(reader.handOver().expectedBytes).toBe(995);
    expect(reader.pendingBulkBytes).toBe(0);
  });
});
