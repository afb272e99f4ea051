/**
 * The options of SET and GETEX: conditions and expiry. Parsed into one object per thread, used again by every command.
 * Worker thread. As `parseExtendedStringArgumentsOrReply` (valkey 8.0 `t_string.c`).
 */
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { invalidExpireTime } from '../errors.ts';

const NX = word('nx');
const XX = word('xx');
const GET = word('get');
const IFEQ = word('ifeq');
const KEEPTTL = word('keepttl');
const PERSIST = word('persist');
const EX = word('ex');
const PX = word('px');
const EXAT = word('exat');
const PXAT = word('pxat');

export const UNIT_NONE = 0;
export const UNIT_EX = 1;
export const UNIT_PX = 2;
export const UNIT_EXAT = 3;
export const UNIT_PXAT = 4;

/** Most seconds that fit 64 bits as milliseconds. */
const MAX_SECONDS = Math.floor(2 ** 63 / 1000);
const MAX_MS = 2 ** 63;

export class SetOptions {
  nx = false;
  xx = false;
  get = false;
  keepTtl = false;
  persist = false;
  /** Argument of IFEQ's value, 0 without it. */
  ifEqual = 0;
  unit = UNIT_NONE;
  /** Argument with the time. */
  time = 0;

  clear(): void {
    this.nx = false;
    this.xx = false;
    this.get = false;
    this.keepTtl = false;
    this.persist = false;
    this.ifEqual = 0;
    this.unit = UNIT_NONE;
    this.time = 0;
  }
}

/** Valkey has IFEQ since 8.1. */
function hasIfEqual(context: CommandContext): boolean {
  return context.compatibility.isValkey && context.compatibility.level >= 801;
}

/** Of SET, from argument `first` on. False after a syntax error. */
export function parseSet(context: CommandContext, options: SetOptions, first: number): boolean {
  options.clear();
  for (let at = first; at < context.count; at++) {
    const length = context.length(at);
    const isLast = at + 1 === context.count;
    if (length === 2 && isWord(context, at, NX) && !options.xx && options.ifEqual === 0) options.nx = true;
    else if (length === 2 && isWord(context, at, XX) && !options.nx && options.ifEqual === 0)
      options.xx = true;
    else if (isWord(context, at, GET)) options.get = true;
    else if (isWord(context, at, KEEPTTL) && options.unit === UNIT_NONE) options.keepTtl = true;
    else if (isWord(context, at, IFEQ) && !isLast && mayCompare(context, options)) {
      at += 1;
      options.ifEqual = at;
    } else if (!options.keepTtl && !isLast && takeTime(context, options, at)) at += 1;
    else {
      context.syntaxError();
      return false;
    }
  }
  return true;
}

function mayCompare(context: CommandContext, options: SetOptions): boolean {
  return hasIfEqual(context) && !options.nx && !options.xx && options.ifEqual === 0;
}

/** Of GETEX, from argument 2 on. */
export function parseGetex(context: CommandContext, options: SetOptions): boolean {
  options.clear();
  for (let at = 2; at < context.count; at++) {
    const isLast = at + 1 === context.count;
    if (isWord(context, at, PERSIST) && options.unit === UNIT_NONE) options.persist = true;
    else if (!options.persist && !isLast && takeTime(context, options, at)) at += 1;
    else {
      context.syntaxError();
      return false;
    }
  }
  return true;
}

/** A unit may be given again, and then its last value counts; another unit may not. */
function takeTime(context: CommandContext, options: SetOptions, at: number): boolean {
  let unit = UNIT_NONE;
  if (isWord(context, at, EX)) unit = UNIT_EX;
  else if (isWord(context, at, PX)) unit = UNIT_PX;
  else if (isWord(context, at, EXAT)) unit = UNIT_EXAT;
  else if (isWord(context, at, PXAT)) unit = UNIT_PXAT;
  if (unit === UNIT_NONE || (options.unit !== UNIT_NONE && options.unit !== unit)) return false;
  options.unit = unit;
  options.time = at + 1;
  return true;
}

/** The unix time in ms that an argument stands for; NaN after an error. `name` is the command's, for the error. */
export function expiryAt(context: CommandContext, argument: number, unit: number, name: string): number {
  const value = integerAt(context, argument);
  if (Number.isNaN(value)) return value;
  const isSeconds = unit === UNIT_EX || unit === UNIT_EXAT;
  if (value <= 0 || (isSeconds && value > MAX_SECONDS)) return refuse(context, name);
  const ms = isSeconds ? value * 1000 : value;
  const at = unit === UNIT_EX || unit === UNIT_PX ? ms + context.nowMs : ms;
  return at >= MAX_MS ? refuse(context, name) : at;
}

function refuse(context: CommandContext, name: string): number {
  context.error(invalidExpireTime(name));
  return Number.NaN;
}
