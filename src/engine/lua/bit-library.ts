/**
 * The library `bit` of scripts: operations on 32-bit integers, with the conversions and errors of Mike Pall's library
 * that the servers have. Runs on the machine's thread. Must not know scripts.
 */
import type { HostFunction } from './bridge.ts';
import type { LuaState } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';

/** Added to a number, it leaves the number's lowest 32 bits as the lowest bits of the sum, rounded to even. */
const ROUNDER = 6755399441055744;
const SMALLEST = -(2 ** 31);
const HEX_DIGITS = 8;

const sum = new Float64Array(1);
const sumBits = new Int32Array(sum.buffer);

function argument(machine: LuaMachine, state: LuaState, position: number): number {
  const { lua } = machine;
  sum[0] = lua.lua_tonumber(state, position) + ROUNDER;
  const bits = sumBits[0];
  if (bits === 0 && lua.lua_isnumber(state, position) === 0) {
    lua.luaL_typerror(state, position, machine.constant('number'));
  }
  return bits;
}

type Combine = (left: number, right: number) => number;

/** Of all arguments, the last first. */
function combining(machine: LuaMachine, combine: Combine): HostFunction {
  return (state) => {
    let bits = argument(machine, state, 1);
    for (let position = machine.lua.lua_gettop(state); position > 1; position--) {
      bits = combine(bits, argument(machine, state, position));
    }
    machine.lua.lua_pushnumber(state, bits | 0);
    return 1;
  };
}

function shifting(machine: LuaMachine, shift: Combine): HostFunction {
  return (state) => {
    const bits = argument(machine, state, 1);
    const count = argument(machine, state, 2) & 31;
    machine.lua.lua_pushnumber(state, shift(bits, count) | 0);
    return 1;
  };
}

function converting(machine: LuaMachine, convert: (bits: number) => number): HostFunction {
  return (state) => {
    machine.lua.lua_pushnumber(state, convert(argument(machine, state, 1)) | 0);
    return 1;
  };
}

function swapBytes(bits: number): number {
  return (bits >>> 24) | ((bits >>> 8) & 0xff00) | ((bits & 0xff00) << 8) | (bits << 24);
}

/** Cold: few scripts use it. tohex(number [, digits]): the lowest digits; in capitals when their number is negative. */
function hexText(machine: LuaMachine, state: LuaState): number {
  const bits = argument(machine, state, 1);
  const wanted = machine.lua.lua_gettop(state) < 2 ? HEX_DIGITS : argument(machine, state, 2);
  const count = Math.min(HEX_DIGITS, Math.abs(wanted === SMALLEST ? SMALLEST + 1 : wanted));
  const digits = (bits >>> 0)
    .toString(16)
    .padStart(HEX_DIGITS, '0')
    .slice(HEX_DIGITS - count);
  machine.pushText(state, wanted < 0 ? digits.toUpperCase() : digits);
  return 1;
}

/** Cold: set-up. Pushes the library. */
export function pushBitLibrary(machine: LuaMachine, state: LuaState): void {
  machine.pushLibrary(state, [
    ['tobit', converting(machine, (bits) => bits)],
    ['bnot', converting(machine, (bits) => ~bits)],
    ['band', combining(machine, (left, right) => left & right)],
    ['bor', combining(machine, (left, right) => left | right)],
    ['bxor', combining(machine, (left, right) => left ^ right)],
    ['lshift', shifting(machine, (bits, count) => bits << count)],
    ['rshift', shifting(machine, (bits, count) => bits >>> count)],
    ['arshift', shifting(machine, (bits, count) => bits >> count)],
    ['rol', shifting(machine, (bits, count) => (bits << count) | (bits >>> (32 - count)))],
    ['ror', shifting(machine, (bits, count) => (bits << (32 - count)) | (bits >>> count))],
    ['bswap', converting(machine, swapBytes)],
    ['tohex', (at) => hexText(machine, at)],
  ]);
}
