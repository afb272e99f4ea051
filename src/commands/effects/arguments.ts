/**
 * Reading a command's arguments and copying them into another command, for the effect builders of this folder.
 * Any thread; allocates only where said. It must not know any command.
 */
import { equalsIgnoreCase, parseInteger } from '../../base/bytes.ts';
import type { FrameWriter } from '../../resp/encode.ts';
import type { CommandView, Expectation } from '../definition.ts';

const LARGEST_INT64 = 9223372036854775807n;

/** The usual expectations, shared so that builders create none. */
export const EXPECT_PRIMARY: Expectation = { kind: 'primary' };
export const EXPECT_ANY: Expectation = { kind: 'any' };
export const EXPECT_NOTHING: Expectation = { kind: 'parts', parts: [] };

/** Whether the argument is this word, in any case. `word` is lower-case ASCII. */
export function argumentIs(command: CommandView, index: number, word: Uint8Array): boolean {
  const spans = command.spans;
  return equalsIgnoreCase(command.bytes, spans[2 * index], spans[2 * index + 1], word);
}

/**
 * Whether the command's name has this lower-case letter at `position`, in any case. Tells commands apart that share a
 * builder, whatever spelling the client chose.
 */
export function nameHasLetter(command: CommandView, position: number, letter: string): boolean {
  return (command.bytes[command.spans[0] + position] | 0x20) === letter.charCodeAt(0);
}

/** Index of the first argument at or after `from` that is this word; -1 if there is none. */
export function findArgument(command: CommandView, word: Uint8Array, from: number): number {
  for (let index = from; index < command.count; index += 1) {
    if (argumentIs(command, index, word)) return index;
  }
  return -1;
}

/** The argument as an integer; NaN if it is none or does not fit 2^53. */
export function argumentInteger(command: CommandView, index: number): number {
  return parseInteger(command.bytes, command.spans[2 * index], command.spans[2 * index + 1]);
}

/** Whether the argument is 0 or starts with a minus sign: no positive number, whatever its size. */
export function argumentIsNotPositive(command: CommandView, index: number): boolean {
  const start = command.spans[2 * index];
  const length = command.spans[2 * index + 1] - start;
  const first = command.bytes[start];
  return first === 0x2d || (first === 0x30 && length === 1);
}

/** Writes the arguments `from` to `to` (excluded) as they are. */
export function copyArguments(command: CommandView, from: number, to: number, writer: FrameWriter): void {
  const spans = command.spans;
  for (let index = from; index < to; index += 1) {
    writer.bulk(command.bytes, spans[2 * index], spans[2 * index + 1]);
  }
}

/**
 * Absolute unix time in ms of a relative expiry given as argument `index`, in units of `unitMs`. May be inexact
 * above 2^53 and is never above 2^63: for deciding, not for sending.
 */
export function absoluteTimeMs(
  command: CommandView,
  index: number,
  unitMs: number,
  sentAtMs: number,
): number {
  const relative = argumentInteger(command, index);
  return sentAtMs + (Number.isNaN(relative) ? Number.MAX_SAFE_INTEGER : relative * unitMs);
}

/**
 * Writes the absolute unix time in ms of a relative expiry given as argument `index`, in units of `unitMs`.
 * Exact for every integer a server accepts; allocates only above 2^53.
 */
export function writeAbsoluteTime(
  command: CommandView,
  index: number,
  unitMs: number,
  sentAtMs: number,
  writer: FrameWriter,
): void {
  const absolute = sentAtMs + argumentInteger(command, index) * unitMs;
  if (Number.isSafeInteger(absolute)) {
    writer.number(absolute);
    return;
  }
  const exact = largeInteger(command, index) * BigInt(unitMs) + BigInt(sentAtMs);
  writer.text(String(exact > LARGEST_INT64 ? LARGEST_INT64 : exact));
}

function largeInteger(command: CommandView, index: number): bigint {
  let value = 0n;
  const end = command.spans[2 * index + 1];
  for (let at = command.spans[2 * index]; at < end; at += 1) {
    const digit = command.bytes[at] - 0x30;
    if (digit >= 0 && digit <= 9) value = value * 10n + BigInt(digit);
  }
  return value;
}
