/**
 * string.format of integers beyond 32 bits. Lua prints them as C's `long`, which has 64 bits on the servers and 32 in
 * this build. What does not fit is printed here and handed to Lua's own format as a text. Runs on the machine's thread.
 */
import { CONTINUE } from './bridge.ts';
import type { LuaState } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';

const PERCENT = 0x25;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const FLAGS = '-+ #0';
const SIGNED = 'di';
const UNSIGNED = 'ouxX';
const TWO_31 = 2 ** 31;
const TWO_32 = 2 ** 32;
const TWO_63 = 2 ** 63;
const TWO_64 = 2 ** 64;

/** Where the letter of the conversion that begins after the '%' at `at` stands. */
function conversionEnd(bytes: Uint8Array, at: number, end: number): number {
  let index = at + 1;
  while (index < end && FLAGS.includes(String.fromCharCode(bytes[index]))) index++;
  while (index < end && isDigit(bytes[index])) index++;
  if (index < end && bytes[index] === DOT) index++;
  while (index < end && isDigit(bytes[index])) index++;
  return index;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** Guard of string.format. */
export function rewriteFormat(machine: LuaMachine, state: LuaState): number {
  const start = machine.stringAt(state, 1);
  if (start === 0) return CONTINUE;
  const end = start + machine.stringLength;
  let position = 1;
  for (let at = start; at < end; at++) {
    if (machine.bytes[at] !== PERCENT) continue;
    if (machine.bytes[at + 1] === PERCENT) {
      at++;
      continue;
    }
    at = conversionEnd(machine.bytes, at, end);
    position++;
    if (needsRewriting(machine, state, position, machine.bytes[at])) return rewriteAll(machine, state);
  }
  return CONTINUE;
}

function needsRewriting(machine: LuaMachine, state: LuaState, position: number, letter: number): boolean {
  const conversion = String.fromCharCode(letter);
  const isSigned = SIGNED.includes(conversion);
  if (!isSigned && !UNSIGNED.includes(conversion)) return false;
  if (machine.lua.lua_isnumber(state, position) === 0) return false;
  const value = machine.lua.lua_tonumber(state, position);
  return isSigned ? !(value > -TWO_31 && value < TWO_31) : !(value >= 0 && value < TWO_32);
}

/** Cold: for formats with a wide integer among their values. */
function rewriteAll(machine: LuaMachine, state: LuaState): number {
  const format = machine.textAt(state, 1);
  let rewritten = '';
  let position = 1;
  let copied = 0;
  const bytes = Buffer.from(format, 'latin1');
  for (let at = 0; at < format.length; at++) {
    if (bytes[at] !== PERCENT) continue;
    if (bytes[at + 1] === PERCENT) {
      at++;
      continue;
    }
    const letterAt = conversionEnd(bytes, at, bytes.length);
    position++;
    const specification = format.slice(at + 1, letterAt);
    if (needsRewriting(machine, state, position, bytes[letterAt]) && isWellFormed(specification)) {
      const text = integerText(specification, format[letterAt], machine.lua.lua_tonumber(state, position));
      machine.pushText(state, text);
      machine.lua.lua_replace(state, position);
      rewritten += `${format.slice(copied, at)}%s`;
      copied = letterAt + 1;
    }
    at = letterAt;
  }
  machine.pushText(state, rewritten + format.slice(copied));
  machine.lua.lua_replace(state, 1);
  return CONTINUE;
}

/** What Lua accepts; it complains itself of anything else. */
function isWellFormed(specification: string): boolean {
  return /^[-+ #0]{0,5}\d{0,2}(\.\d{0,2})?$/.test(specification);
}

/** Cold: for wide integers. As C's printf prints a `long` with these flags, width and precision. */
function integerText(specification: string, letter: string, value: number): string {
  const [, flags, width, precision] = /^([-+ #0]*)(\d*)(?:\.(\d*))?$/.exec(specification) ?? [
    '',
    '',
    '',
    undefined,
  ];
  const isSigned = SIGNED.includes(letter);
  const integer = isSigned ? toLong(value) : toUnsignedLong(value);
  const base = letter === 'o' ? 8 : letter === 'x' || letter === 'X' ? 16 : 10;
  let digits = (integer < 0n ? -integer : integer).toString(base);
  if (precision !== undefined) digits = digits.padStart(Number(precision), '0');
  let prefix = '';
  if (isSigned) prefix = integer < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  else if (flags.includes('#') && base === 16 && integer !== 0n) prefix = '0x';
  else if (flags.includes('#') && base === 8 && !digits.startsWith('0')) digits = `0${digits}`;
  const wanted = Number(width);
  if (flags.includes('0') && !flags.includes('-') && precision === undefined) {
    digits = digits.padStart(wanted - prefix.length, '0');
  }
  const text = prefix + digits;
  const padded = flags.includes('-') ? text.padEnd(wanted) : text.padStart(wanted);
  return letter === 'X' ? padded.toUpperCase() : padded;
}

/** A double as the servers' processors convert it to 64 bits; what does not fit becomes the smallest number. */
export function toLong(value: number): bigint {
  if (!(value > -TWO_63 && value < TWO_63)) return -(1n << 63n);
  return BigInt(Math.trunc(value));
}

export function toUnsignedLong(value: number): bigint {
  if (value >= TWO_64) return 0n;
  if (value >= TWO_63) return BigInt(value);
  return BigInt.asUintN(64, toLong(value));
}
