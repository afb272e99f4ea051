/** The cursor and options of SSCAN, HSCAN and ZSCAN. Worker thread. As `scanGenericCommand` (valkey 8.0 `db.c`). */
import { parseInteger } from '../base/bytes.ts';
import { globMatches } from '../base/glob.ts';
import type { FrameWriter } from '../resp/encode.ts';
import { integerAt, isWord, word } from './arguments.ts';
import type { CommandContext } from './context.ts';

const MATCH = word('match');
const COUNT = word('count');
const NOVALUES = word('novalues');
const NOSCORES = word('noscores');

/** Parsed into one object per family and thread, used again. */
export class ScanOptions {
  count = 10;
  /** Argument with the pattern, 0 without one. */
  pattern = 0;
  /** Or scores. */
  noValues = false;
}

/** The cursor at an argument; NaN after an error. Exact below 2^53: no cursor of this engine is larger. */
export function cursorAt(context: CommandContext, argument: number): number {
  const value = parseInteger(context.bytes, context.start(argument), context.end(argument));
  if (value >= 0) return value;
  const { isValkey, level } = context.compatibility;
  const odd = oddCursor(context.shown(argument), !isValkey && level < 704);
  if (Number.isNaN(odd)) context.error('ERR invalid cursor');
  return odd;
}

const AS_STRTOULL = /^[ \t-\r]*([+-]?)(\d+)$/;

/** Cold: what `strtoull` takes besides plain numbers. Redis 7.2 (`isLoose`) takes all of it, later servers most. */
function oddCursor(text: string, isLoose: boolean): number {
  if (isLoose && (text === '' || /^[ \t-\r]/.test(text))) return text === '' ? 0 : Number.NaN;
  const parts = AS_STRTOULL.exec(text);
  if (parts === null) return Number.NaN;
  const value = BigInt(parts[2]);
  const isNegative = !isLoose && /^-[1-9]/.test(text) && value <= 2n ** 63n;
  if (isNegative || value >= 2n ** 64n) return Number.NaN;
  return Number(parts[1] === '-' ? BigInt.asUintN(64, -value) : value);
}

/**
 * The options behind the cursor. False after an error. `withFields`: the collection has values to leave out;
 * `withScores`: it has scores.
 */
export function parseScanOptions(
  context: CommandContext,
  options: ScanOptions,
  withFields: boolean,
  withScores = false,
): boolean {
  options.count = 10;
  options.pattern = 0;
  options.noValues = false;
  const { level, isValkey } = context.compatibility;
  for (let at = 3; at < context.count; at++) {
    const isLast = at + 1 === context.count;
    if (isWord(context, at, COUNT) && !isLast) {
      at += 1;
      options.count = integerAt(context, at);
      if (Number.isNaN(options.count)) return false;
      if (options.count < 1) {
        context.syntaxError();
        return false;
      }
    } else if (isWord(context, at, MATCH) && !isLast) {
      at += 1;
      options.pattern = at;
    } else if (level >= 704 && isWord(context, at, NOVALUES)) {
      if (!withFields) {
        context.error('ERR NOVALUES option can only be used in HSCAN');
        return false;
      }
      options.noValues = true;
    } else if (isValkey && isWord(context, at, NOSCORES)) {
      if (!withScores) {
        context.error('ERR NOSCORES option can only be used in ZSCAN');
        return false;
      }
      options.noValues = true;
    } else {
      context.syntaxError();
      return false;
    }
  }
  return true;
}

/** Whether a member or field is among those asked for. */
export function isScanned(
  context: CommandContext,
  options: ScanOptions,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const { pattern } = options;
  if (pattern === 0) return true;
  const from = context.start(pattern);
  const to = context.end(pattern);
  if (to - from === 1 && context.bytes[from] === 0x2a) return true;
  return globMatches(context.bytes, from, to, bytes, start, end);
}

/** The reply of a SCAN: the next cursor, and `count` elements. */
export function replyPage(context: CommandContext, next: number, count: number, elements: FrameWriter): void {
  context.array(2);
  context.writer.number(next);
  context.array(count);
  context.writer.raw(elements.bytes, 0, elements.length);
}
