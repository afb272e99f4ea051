/**
 * Feeds bytes to the scanners the way sockets do: in chunks whose memory is reused as soon as they are released.
 */
import { createRandom, type Random } from '../../../src/base/random.ts';
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from '../../../src/resp/limits.ts';
import { CommandReader, CommandScanner, SCAN_COMPLETE, SCAN_ERROR } from '../../../src/resp/scan-command.ts';
import { ReplyScanner } from '../../../src/resp/scan-reply.ts';
import { encodeCommand } from '../../support/raw-client.ts';

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

export function textOf(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** Offsets at which `length` bytes are cut, the end included. */
export function cuts(length: number, how: 'whole' | 'bytes' | Random): number[] {
  const ends: number[] = [];
  let at = 0;
  while (at < length) {
    if (how === 'whole') at = length;
    else if (how === 'bytes') at += 1;
    else at = Math.min(length, at + 1 + how.integer(how.next() < 0.5 ? 4 : 40));
    ends.push(at);
  }
  return ends;
}

/** The three ways that every decoder case runs: whole, byte by byte, and split at random. */
export function splittings(seed: number): readonly (readonly [string, 'whole' | 'bytes' | Random])[] {
  return [
    ['whole', 'whole'],
    ['byte by byte', 'bytes'],
    [`split with seed ${seed}`, createRandom(seed)],
  ];
}

export interface ReadCommands {
  /** Arguments as one character per byte. */
  readonly commands: string[][];
  /** The protocol error, undefined while there is none. */
  readonly error: string | undefined;
  readonly bufferedBytes: number;
}

/** The arguments of the command in `scanner`. Throws where its spans and its frame do not tell the same. */
export function argumentsOf(scanner: CommandScanner): string[] {
  const args: string[] = [];
  for (let index = 0; index < scanner.count; index++) {
    args.push(textOf(scanner.bytes, scanner.spans[2 * index], scanner.spans[2 * index + 1]));
  }
  const frame = textOf(scanner.bytes, scanner.frameStart, scanner.frameEnd);
  const expected = encodeCommand(args.map((arg) => bytesOf(arg))).toString('latin1');
  if (frame !== expected)
    throw new Error(`frame ${JSON.stringify(frame)} is not ${JSON.stringify(expected)}`);
  return args;
}

/** Reads all of it, or up to a protocol error. Chunks lie in the middle of a buffer and are wiped on release. */
export function readCommands(
  input: Uint8Array,
  how: 'whole' | 'bytes' | Random,
  limits: Partial<RequestLimits> = {},
): ReadCommands {
  const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS, ...limits });
  const scanner = new CommandScanner();
  const commands: string[][] = [];
  let start = 0;
  for (const end of cuts(input.length, how)) {
    const memory = new Uint8Array(end - start + 14).fill(0x39);
    memory.set(input.subarray(start, end), 7);
    reader.feed(memory, 7, memory.length - 7);
    let result = reader.next(scanner);
    for (; result === SCAN_COMPLETE; result = reader.next(scanner)) commands.push(argumentsOf(scanner));
    if (result === SCAN_ERROR) {
      return { commands, error: scanner.error, bufferedBytes: reader.bufferedBytes };
    }
    reader.release();
    memory.fill(0x2a);
    start = end;
  }
  return { commands, error: undefined, bufferedBytes: reader.bufferedBytes };
}

export interface ReadReplies {
  /** Type character and length of each reply that ended. */
  readonly replies: { readonly type: string; readonly start: number; readonly end: number }[];
  readonly error: string | undefined;
  readonly isInside: boolean;
}

export function readReplies(input: Uint8Array, how: 'whole' | 'bytes' | Random): ReadReplies {
  const scanner = new ReplyScanner();
  const replies: { type: string; start: number; end: number }[] = [];
  let replyStart = 0;
  let at = 0;
  for (const end of cuts(input.length, how)) {
    while (at < end) {
      const result = scanner.scan(input, at, end);
      if (result === -2) return { replies, error: scanner.error, isInside: scanner.isInside };
      if (result === -1) {
        at = end;
        break;
      }
      if (result <= at || result > end) throw new Error(`scan(${at}, ${end}) returned ${result}`);
      at = result;
      replies.push({ type: String.fromCharCode(scanner.type), start: replyStart, end: at });
      replyStart = at;
    }
  }
  return { replies, error: undefined, isInside: scanner.isInside };
}
