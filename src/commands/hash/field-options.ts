/**
 * The options of the commands with fields that expire: FIELDS and its count, times, conditions. The two products read
 * them in another order and have other errors. Parsed into one object per thread, used again. Worker thread.
 */
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { invalidExpireTime, SYNTAX, wrongArity } from '../errors.ts';

const FIELDS = word('fields');
const EX = word('ex');
const PX = word('px');
const EXAT = word('exat');
const PXAT = word('pxat');
const PERSIST = word('persist');
const KEEPTTL = word('keepttl');
const NX = word('nx');
const XX = word('xx');
const FNX = word('fnx');
const FXX = word('fxx');

const NOT_THERE = 'ERR Mandatory argument FIELDS is missing or not at the right position';
const NOT_MATCHING = 'ERR The `numfields` parameter must match the number of arguments';
export const NOT_POSITIVE = 'ERR Number of fields must be a positive integer';
const MOST_32 = 2 ** 31 - 1;
export const NUMFIELDS = 'ERR numfields should be greater than 0 and match the provided number of fields';
const ONE_TIME = 'ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified';
const ONE_CONDITION = 'ERR Only one of FXX or FNX arguments can be specified';

/** Redis keeps times of fields in 46 bits. */
const MAX_REDIS_MS = 2 ** 46 - 1;
const MOST_64 = 2n ** 63n - 1n;
/** The latest time that Valkey's fields can have here: the largest double below 2^63. */
const MAX_VALKEY_MS = 2 ** 63 - 1024;

export const TIME_NONE = 0;
export const TIME_EX = 1;
export const TIME_PX = 2;
export const TIME_EXAT = 3;
export const TIME_PXAT = 4;
export const TIME_PERSIST = 5;
export const TIME_KEEP = 6;

export class FieldOptions {
  /** Argument of the first field, and how many fields there are. */
  first = 0;
  count = 0;
  /** TIME_…, and the argument with the time. */
  unit = TIME_NONE;
  time = 0;
  /** Unix time in ms, when `unit` has a time. */
  atMs = 0;
  keyMustBeNew = false;
  keyMustExist = false;
  fieldsMustBeNew = false;
  fieldsMustExist = false;

  clear(): void {
    this.first = 0;
    this.count = 0;
    this.unit = TIME_NONE;
    this.time = 0;
    this.atMs = 0;
    this.keyMustBeNew = false;
    this.keyMustExist = false;
    this.fieldsMustBeNew = false;
    this.fieldsMustExist = false;
  }
}

/** FIELDS at an argument, its count, and the fields, as Redis reads them. False after an error. */
export function redisFields(
  context: CommandContext,
  options: FieldOptions,
  at: number,
  notPositive: string,
): boolean {
  if (at >= context.count || !isWord(context, at, FIELDS)) {
    context.error(NOT_THERE);
    return false;
  }
  if (at + 1 === context.count) {
    context.error(wrongArity(context.table.definitions[context.command].name));
    return false;
  }
  const count = integerAt(context, at + 1, notPositive);
  if (Number.isNaN(count)) return false;
  if (count < 1) {
    context.error(notPositive);
    return false;
  }
  if (count !== context.count - at - 2) {
    context.error(NOT_MATCHING);
    return false;
  }
  options.first = at + 2;
  options.count = count;
  return true;
}

/** Argument with FIELDS, from `from` on, which something follows; 0 where there is none. */
export function findFields(context: CommandContext, from: number): number {
  for (let at = from; at + 1 < context.count; at++) if (isWord(context, at, FIELDS)) return at;
  return 0;
}

/** As Valkey reads them. `each` is how many arguments belong to a field. */
export function valkeyFields(
  context: CommandContext,
  options: FieldOptions,
  at: number,
  each: number,
  error: string,
): boolean {
  if (at === 0 || at + 1 >= context.count) {
    context.error(error);
    return false;
  }
  const count = integerAt(context, at + 1);
  if (Number.isNaN(count)) return false;
  if (count < 1 || count * each !== context.count - at - 2) {
    context.error(error);
    return false;
  }
  options.first = at + 2;
  options.count = count;
  return true;
}

/** FIELDS at argument 2 and nothing else: HTTL, HPERSIST, HGETDEL of Valkey. */
export function valkeyOnlyFields(context: CommandContext, options: FieldOptions, error: string): boolean {
  if (!isWord(context, 2, FIELDS)) {
    context.error(SYNTAX);
    return false;
  }
  return valkeyFields(context, options, 2, 1, error);
}

/** The unix time in ms that an argument stands for; NaN after an error. */
export function fieldTimeAt(
  context: CommandContext,
  argument: number,
  unitMs: number,
  baseMs: number,
  name: string,
): number {
  const value = integerAt(context, argument);
  if (Number.isNaN(value)) return value;
  const { isValkey } = context.compatibility;
  const at = value * unitMs + baseMs;
  if (at >= Number.MAX_SAFE_INTEGER && isValkey) return hugeTime(context, argument, unitMs, baseMs, name);
  if (value < 0 && !isValkey) {
    context.error('ERR invalid expire time, must be >= 0');
    return Number.NaN;
  }
  if (value >= 0 && (isValkey || at <= MAX_REDIS_MS)) return at;
  context.error(invalidExpireTime(name));
  return Number.NaN;
}

/** Cold: times beyond 2^53, which are compared exactly and kept to the nearest 1024 ms. */
function hugeTime(
  context: CommandContext,
  argument: number,
  unitMs: number,
  baseMs: number,
  name: string,
): number {
  const at = BigInt(context.text(argument)) * BigInt(unitMs) + BigInt(baseMs);
  if (at <= MOST_64) return Math.min(Number(at), MAX_VALKEY_MS);
  context.error(invalidExpireTime(name));
  return Number.NaN;
}

/** Reads the time of the options. False after an error. */
export function readTime(context: CommandContext, options: FieldOptions, name: string): boolean {
  const { unit } = options;
  if (unit < TIME_EX || unit > TIME_PXAT) return true;
  const unitMs = unit === TIME_EX || unit === TIME_EXAT ? 1000 : 1;
  const baseMs = unit === TIME_EX || unit === TIME_PX ? context.nowMs : 0;
  options.atMs = fieldTimeAt(context, options.time, unitMs, baseMs, name);
  return !Number.isNaN(options.atMs);
}

function timeUnit(context: CommandContext, at: number): number {
  if (isWord(context, at, EX)) return TIME_EX;
  if (isWord(context, at, PX)) return TIME_PX;
  if (isWord(context, at, EXAT)) return TIME_EXAT;
  return isWord(context, at, PXAT) ? TIME_PXAT : TIME_NONE;
}

/** Of HGETEX, on Redis: one option, then FIELDS. */
export function parseRedisGet(context: CommandContext, options: FieldOptions): boolean {
  options.clear();
  let at = 2;
  const unit = timeUnit(context, at);
  if (unit !== TIME_NONE) {
    options.unit = unit;
    options.time = at + 1;
    at += 2;
    if (!readTime(context, options, 'hgetex')) return false;
  } else if (isWord(context, at, PERSIST)) {
    options.unit = TIME_PERSIST;
    at += 1;
  }
  return redisFields(context, options, at, NOT_POSITIVE);
}

/** Of HSETEX, on Redis: one option after another, each with its own error; FIELDS ends them. */
export function parseRedisSet(context: CommandContext, options: FieldOptions): boolean {
  options.clear();
  for (let at = 2; at < context.count; at++) {
    const unit = timeUnit(context, at);
    if (unit !== TIME_NONE || isWord(context, at, KEEPTTL)) {
      if (options.unit !== TIME_NONE) return fail(context, ONE_TIME);
      options.unit = unit === TIME_NONE ? TIME_KEEP : unit;
      if (unit === TIME_NONE) continue;
      at += 1;
      if (at === context.count) return fail(context, SYNTAX);
      options.time = at;
      if (!readTime(context, options, 'hsetex')) return false;
    } else if (isWord(context, at, FNX) || isWord(context, at, FXX)) {
      if (options.fieldsMustBeNew || options.fieldsMustExist) return fail(context, ONE_CONDITION);
      if (isWord(context, at, FNX)) options.fieldsMustBeNew = true;
      else options.fieldsMustExist = true;
    } else if (isWord(context, at, FIELDS)) return redisPairs(context, options, at);
    else return fail(context, `ERR unknown argument: ${context.shown(at)}`);
  }
  return fail(context, NOT_THERE);
}

function redisPairs(context: CommandContext, options: FieldOptions, at: number): boolean {
  if (at + 3 >= context.count) return fail(context, wrongArity('hsetex'));
  const count = integerAt(context, at + 1, 'ERR invalid number of fields');
  if (Number.isNaN(count)) return false;
  if (count < 1 || count > MOST_32) return fail(context, 'ERR invalid number of fields');
  if (2 * count !== context.count - at - 2) return fail(context, wrongArity('hsetex'));
  options.first = at + 2;
  options.count = count;
  return true;
}

function fail(context: CommandContext, error: string): false {
  context.error(error);
  return false;
}

/** Of HGETEX and HSETEX, on Valkey: what stands before FIELDS, then that. Times are read by `readTime`. */
export function parseValkey(context: CommandContext, options: FieldOptions, isSet: boolean): boolean {
  options.clear();
  // A key with that name is taken for it.
  const fields = findFields(context, 1);
  for (let at = 2; at < fields; at++) {
    if (!isSet && isWord(context, at, PERSIST) && takesUnit(options, TIME_PERSIST)) continue;
    if (isSet && isWord(context, at, KEEPTTL) && takesUnit(options, TIME_KEEP)) continue;
    if (isSet && takesCondition(context, options, at)) continue;
    const unit = timeUnit(context, at);
    if (unit === TIME_NONE || at + 1 === fields || !takesUnit(options, unit)) return fail(context, SYNTAX);
    at += 1;
    options.time = at;
  }
  return valkeyFields(context, options, fields, isSet ? 2 : 1, NUMFIELDS);
}

/** A unit may be given again, and then its last time counts; another unit may not. */
function takesUnit(options: FieldOptions, unit: number): boolean {
  if (options.unit !== TIME_NONE && options.unit !== unit) return false;
  options.unit = unit;
  return true;
}

function takesCondition(context: CommandContext, options: FieldOptions, at: number): boolean {
  if (isWord(context, at, NX) && !options.keyMustExist) options.keyMustBeNew = true;
  else if (isWord(context, at, XX) && !options.keyMustBeNew) options.keyMustExist = true;
  else if (isWord(context, at, FNX) && !options.fieldsMustExist) options.fieldsMustBeNew = true;
  else if (isWord(context, at, FXX) && !options.fieldsMustBeNew) options.fieldsMustExist = true;
  else return false;
  return true;
}
