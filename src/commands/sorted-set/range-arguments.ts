/** Bounds of ranges by score and by name, as arguments give them. Worker thread. As valkey 8.0 `t_zset.c`. */
import {
  AFTER_ALL,
  AT_NAME,
  BEFORE_ALL,
  type NameBound,
  NameRange,
  ScoreRange,
} from '../../store/sorted-set-range.ts';
import { hasX, parseDouble } from '../arguments.ts';
import type { CommandContext } from '../context.ts';

const OPEN = 0x28;
const CLOSED = 0x5b;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What a command's arguments say. One command at a time is under way in a thread. */
export const scoreRange: ScoreRange = new ScoreRange();
export const nameRange: NameRange = new NameRange();

/** Fills `scoreRange`. False after an error. */
export function parseScoreRange(context: CommandContext, minAt: number, maxAt: number): boolean {
  scoreRange.withoutMin = isOpen(context, minAt);
  scoreRange.withoutMax = isOpen(context, maxAt);
  scoreRange.min = boundAt(context, minAt, scoreRange.withoutMin);
  scoreRange.max = boundAt(context, maxAt, scoreRange.withoutMax);
  if (!Number.isNaN(scoreRange.min) && !Number.isNaN(scoreRange.max)) return true;
  context.error('ERR min or max is not a float');
  return false;
}

function isOpen(context: CommandContext, argument: number): boolean {
  return context.length(argument) > 0 && context.bytes[context.start(argument)] === OPEN;
}

/** NaN: it is none. */
function boundAt(context: CommandContext, argument: number, open: boolean): number {
  const start = context.start(argument) + (open ? 1 : 0);
  const score = parseDouble(context.bytes, start, context.end(argument));
  const { isValkey, level } = context.compatibility;
  const isStrict = level >= (isValkey ? 900 : 800);
  if (Number.isNaN(score)) return oddBound(context.text(argument), open, isStrict);
  return isStrict && hasX(context, argument) ? Number.NaN : score;
}

/**
 * Cold: what servers take here besides: nothing at all, numbers that a double does not hold, and those that read by
 * `strtod` spaces before the number.
 */
function oddBound(argument: string, open: boolean, isStrict: boolean): number {
  const text = open ? argument.slice(1) : argument;
  if (text === '' || text[0] === '\0') return 0;
  const number = isStrict ? text : text.replace(/^[ \t-\r]+/, '');
  if (DECIMAL.test(number)) return Number(number);
  const bytes = Buffer.from(number, 'latin1');
  return parseDouble(bytes, 0, bytes.length);
}

/** Fills `nameRange`. False after an error. */
export function parseNameRange(context: CommandContext, minAt: number, maxAt: number): boolean {
  nameRange.bytes = context.bytes;
  if (parseName(context, minAt, nameRange.min) && parseName(context, maxAt, nameRange.max)) return true;
  context.error('ERR min or max not valid string range item');
  return false;
}

function parseName(context: CommandContext, argument: number, bound: NameBound): boolean {
  const start = context.start(argument);
  const length = context.length(argument);
  const first = length === 0 ? 0 : context.bytes[start];
  bound.start = start + 1;
  bound.end = start + length;
  bound.isOpen = first !== CLOSED;
  bound.kind = AT_NAME;
  if (first === OPEN || first === CLOSED) return true;
  bound.kind = first === PLUS ? AFTER_ALL : BEFORE_ALL;
  return length === 1 && (first === PLUS || first === MINUS);
}
