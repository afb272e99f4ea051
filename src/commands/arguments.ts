/**
 * Reading a command's arguments as numbers and words, with the servers' errors. Functions that can fail write the error
 * and return NaN; the command then just returns. Worker thread.
 */
import { asciiBytes, decodeLatin1, equalsIgnoreCase, isInteger64, parseInteger } from '../base/bytes.ts';
import type { CommandContext } from './context.ts';
import { NOT_FLOAT, NOT_INTEGER } from './errors.ts';

/**
 * A 64-bit integer. Beyond 2^53 it is the nearest double: enough to compare and to refuse; commands that calculate with
 * such numbers use `bigIntegerAt`.
 */
export function integerAt(
  context: Pick<CommandContext, 'bytes' | 'spans' | 'text' | 'error'>,
  argument: number,
  error = NOT_INTEGER,
): number {
  const start = context.spans[2 * argument];
  const end = context.spans[2 * argument + 1];
  const value = parseInteger(context.bytes, start, end);
  if (!Number.isNaN(value)) return value;
  if (isInteger64(context.bytes, start, end)) return Number(context.text(argument));
  context.error(error);
  return Number.NaN;
}

/** As `integerAt` within [min, max]; `error` is for those outside as well. */
export function integerWithin(
  context: CommandContext,
  argument: number,
  min: number,
  max: number,
  error: string,
): number {
  const value = integerAt(context, argument, error);
  if (Number.isNaN(value) || (value >= min && value <= max)) return value;
  context.error(error);
  return Number.NaN;
}

/** The exact 64-bit integer; undefined, and no reply, when the argument is none. Allocates: for rare large numbers. */
export function bigIntegerAt(context: CommandContext, argument: number): bigint | undefined {
  const isInteger = isInteger64(context.bytes, context.start(argument), context.end(argument));
  return isInteger ? BigInt(context.text(argument)) : undefined;
}

/** A double as `getDoubleFromObject` reads it: everything `strtod` takes but NaN, the whole argument, no spaces. */
export function doubleAt(context: CommandContext, argument: number, error = NOT_FLOAT): number {
  const value = parseDouble(context.bytes, context.start(argument), context.end(argument));
  if (Number.isNaN(value)) context.error(error);
  return value;
}

/**
 * As `doubleAt`, for what Valkey 9 reads without `strtod`: scores, weights, coordinates. Then there is no hexadecimal.
 */
export function scoreAt(context: CommandContext, argument: number, error = NOT_FLOAT): number {
  const value = doubleAt(context, argument, error);
  const { isValkey, level } = context.compatibility;
  if (!isValkey || level < 900 || Number.isNaN(value) || !hasX(context, argument)) return value;
  context.error(error);
  return Number.NaN;
}

/** Whether a number is a hexadecimal one. */
export function hasX(context: CommandContext, argument: number): boolean {
  const end = context.end(argument);
  for (let at = context.start(argument); at < end; at++) if ((context.bytes[at] | 0x20) === 0x78) return true;
  return false;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** Longer than any number that somebody means. */
const MOST_DIGITS = 5 * 1024;

/** NaN when it is no number. Short whole numbers are read in place. */
export function parseDouble(bytes: Uint8Array, start: number, end: number): number {
  const whole = parseInteger(bytes, start, end);
  if (!Number.isNaN(whole)) return whole;
  if (end - start > MOST_DIGITS) return Number.NaN;
  const text = decodeLatin1(bytes, start, end);
  if (DECIMAL.test(text)) {
    const value = Number(text);
    const isTooSmall = value === 0 && /^[+-]?[0.]*[1-9]/.test(text);
    return Number.isFinite(value) && !isTooSmall ? value : Number.NaN;
  }
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  return parseHexadecimal(text);
}

function parseHexadecimal(text: string): number {
  const parts = HEXADECIMAL.exec(text);
  if (parts === null) return Number.NaN;
  const [, sign, whole, fraction = '', exponent = '0'] = parts;
  if (whole === '' && fraction === '') return Number.NaN;
  const digits = Number.parseInt(whole + fraction, 16);
  const value = digits * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -value : value;
}

/** Lower-case bytes of a word, for `isWord`. Cold: constants of a module. */
export function word(text: string): Uint8Array {
  return asciiBytes(text.toLowerCase());
}

/** Whether the argument is the word, in any case. */
export function isWord(
  context: Pick<CommandContext, 'bytes' | 'spans'>,
  argument: number,
  lowerCase: Uint8Array,
): boolean {
  return equalsIgnoreCase(
    context.bytes,
    context.spans[2 * argument],
    context.spans[2 * argument + 1],
    lowerCase,
  );
}
