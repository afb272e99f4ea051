/**
 * Functions of Lua's own libraries that behave differently in a 32-bit build, or that the servers replace: widths of
 * integers, precompiled code, pcall, math.random, os.clock. Runs on the machine's thread. Must not know commands.
 */
import { type BridgeEntry, CONTINUE, type GuardCondition, type HostFunction } from './bridge.ts';
import { rewriteFormat } from './format-integers.ts';
import {
  GLOBALS_INDEX,
  type LuaState,
  MULTIPLE_RESULTS,
  STATUS_OK,
  TYPE_FUNCTION,
  TYPE_LIGHT_USERDATA,
  TYPE_NUMBER,
  TYPE_STRING,
  TYPE_TABLE,
  upvalueIndex,
} from './lua-exports.ts';
import { type LuaMachine, toInt32 } from './machine.ts';
import { guardFunction } from './protected-tables.ts';
import type { RandomSequence } from './random-sequence.ts';

const LARGEST = 2 ** 31 - 1;
const SMALLEST = -(2 ** 31);
const PRECOMPILED = 0x1b;

interface Guard {
  readonly table: string;
  readonly name: string;
  readonly condition: GuardCondition;
  readonly host: HostFunction;
}

/** Cold: set-up, while the libraries are globals still. `random` may be shared by the machines of a thread. */
export function adaptStandardFunctions(machine: LuaMachine, state: LuaState, random: RandomSequence): void {
  const clampSecondAndThird = (at: LuaState): number => clamp(machine, at, 2, 3);
  const [reader] = machine.addFunctions([(at) => readPiece(machine, at)]);
  const guards: readonly Guard[] = [
    { table: 'string', name: 'sub', condition: wideAt(2, 3), host: clampSecondAndThird },
    { table: 'string', name: 'byte', condition: wideAt(2, 3), host: clampSecondAndThird },
    { table: 'string', name: 'find', condition: wideAt(3), host: (at) => clamp(machine, at, 3, 3) },
    { table: 'string', name: 'match', condition: wideAt(3), host: (at) => clamp(machine, at, 3, 3) },
    { table: 'string', name: 'rep', condition: wideAt(2), host: (at) => truncate(machine, at, 2) },
    { table: 'string', name: 'format', condition: always, host: (at) => rewriteFormat(machine, at) },
    { table: '', name: 'tonumber', condition: numberAt(2), host: (at) => numberInBase(machine, at) },
    { table: '', name: 'tostring', condition: nullAt(1), host: (at) => nullText(machine, at) },
    { table: '', name: 'loadstring', condition: stringAt(1), host: (at) => refusePrecompiled(machine, at) },
    { table: '', name: 'load', condition: functionAt(1), host: (at) => watchPieces(machine, at, reader) },
  ];
  for (const guard of guards) {
    const make = (original: number): BridgeEntry => ({ kind: 'guard', original, ...guard });
    guardFunction(machine, state, guard.table, guard.name, make);
  }
  replace(machine, state, '', 'pcall', (at) => protectedCall(machine, at));
  replace(machine, state, 'os', 'clock', (at) => clock(machine, at));
  replace(machine, state, 'math', 'random', (at) => randomNumber(machine, random, at));
  replace(machine, state, 'math', 'randomseed', (at) => {
    random.seed(machine.checkInteger(at, 1));
    return 0;
  });
}

const always: GuardCondition = { when: 'always' };
const wideAt = (...positions: number[]): GuardCondition => ({ when: 'wide', positions });
const stringAt = (position: number): GuardCondition => ({ when: 'type', position, type: TYPE_STRING });
const functionAt = (position: number): GuardCondition => ({ when: 'type', position, type: TYPE_FUNCTION });
const numberAt = (position: number): GuardCondition => ({ when: 'type', position, type: TYPE_NUMBER });
const nullAt = (position: number): GuardCondition => ({ when: 'type', position, type: TYPE_LIGHT_USERDATA });

/** Cold: set-up. Sets a field of a global table ('' for the globals themselves) to a function of the host. */
export function replace(
  machine: LuaMachine,
  state: LuaState,
  table: string,
  name: string,
  host: HostFunction,
): void {
  const { lua } = machine;
  if (table === '') lua.lua_pushvalue(state, GLOBALS_INDEX);
  else lua.lua_getfield(state, GLOBALS_INDEX, machine.constant(table));
  lua.lua_pushcclosure(state, machine.addFunctions([host])[0], 0);
  lua.lua_setfield(state, -2, machine.constant(name));
  lua.lua_settop(state, -2);
}

/** Positions in strings have 64 bits on the servers: what is beyond 32 is beyond every string. */
function clamp(machine: LuaMachine, state: LuaState, first: number, last: number): number {
  const { lua } = machine;
  for (let position = first; position <= last; position++) {
    if (lua.lua_isnumber(state, position) === 0) continue;
    const value = lua.lua_tonumber(state, position);
    if (value > SMALLEST && value <= LARGEST) continue;
    lua.lua_pushnumber(state, value > LARGEST && value < 2 ** 63 ? LARGEST : SMALLEST);
    lua.lua_replace(state, position);
  }
  return CONTINUE;
}

function truncate(machine: LuaMachine, state: LuaState, position: number): number {
  const { lua } = machine;
  if (lua.lua_isnumber(state, position) === 0) return CONTINUE;
  lua.lua_pushnumber(state, toInt32(lua.lua_tonumber(state, position)));
  lua.lua_replace(state, position);
  return CONTINUE;
}

/** tonumber(text, base): 64 bits, as C's strtoul. */
function numberInBase(machine: LuaMachine, state: LuaState): number {
  const base = machine.lua.lua_tonumber(state, 2);
  if (base === 10 || !(base >= 2 && base <= 36) || machine.lua.lua_isstring(state, 1) === 0) return CONTINUE;
  const text = machine.textAt(state, 1);
  const value = parseInBase(text, Math.trunc(base));
  if (value === undefined) machine.lua.lua_pushnil(state);
  else machine.lua.lua_pushnumber(state, Number(value));
  return 1;
}

function parseInBase(text: string, base: number): bigint | undefined {
  const parts = /^[ \t-\r]*([-+]?)(.*?)[ \t-\r]*(\0.*)?$/s.exec(text);
  if (!parts) return undefined;
  const [, sign, rest] = parts;
  const digits = base === 16 && /^0x[0-9a-f]/i.test(rest) ? rest.slice(2) : rest;
  if (digits === '') return undefined;
  let value = 0n;
  for (const character of digits) {
    const digit = /[0-9a-z]/i.test(character) ? Number.parseInt(character, 36) : base;
    if (digit >= base) return undefined;
    value = value * BigInt(base) + BigInt(digit);
  }
  const most = (1n << 64n) - 1n;
  if (value > most) return most;
  return sign === '-' ? BigInt.asUintN(64, -value) : value;
}

/** cjson.null and its like: the C library of the servers prints a null pointer as "(nil)". */
function nullText(machine: LuaMachine, state: LuaState): number {
  if (machine.lua.lua_touserdata(state, 1) !== 0) return CONTINUE;
  machine.pushText(state, 'userdata: (nil)');
  return 1;
}

/** See `LuaMachine.load`: the mark of precompiled code gets a space before it. */
function refusePrecompiled(machine: LuaMachine, state: LuaState): number {
  const { lua } = machine;
  const start = machine.stringAt(state, 1);
  const length = machine.stringLength;
  if (length === 0 || machine.bytes[start] !== PRECOMPILED) return CONTINUE;
  if (lua.lua_gettop(state) === 1) lua.lua_pushvalue(state, 1);
  machine.scratch.reset();
  machine.scratch.byte(state, 0x20);
  machine.scratch.appendOwn(state, start, length);
  machine.scratch.push(state);
  lua.lua_replace(state, 1);
  return CONTINUE;
}

/** load(function [, name]): the function is asked for pieces by `readPiece`, which is called in its place. */
function watchPieces(machine: LuaMachine, state: LuaState, reader: number): number {
  const { lua } = machine;
  lua.lua_pushvalue(state, 1);
  lua.lua_pushboolean(state, 1);
  lua.lua_pushcclosure(state, reader, 2);
  lua.lua_replace(state, 1);
  return CONTINUE;
}

/** See `LuaMachine.load`. Its values: the script's function, and whether no piece has come yet. */
function readPiece(machine: LuaMachine, state: LuaState): number {
  const { lua } = machine;
  lua.lua_pushvalue(state, upvalueIndex(1));
  lua.lua_call(state, 0, 1);
  const isFirst = lua.lua_toboolean(state, upvalueIndex(2)) !== 0;
  if (!isFirst || lua.lua_type(state, -1) !== TYPE_STRING) return 1;
  lua.lua_pushboolean(state, 0);
  lua.lua_replace(state, upvalueIndex(2));
  const start = machine.stringAt(state, -1);
  if (machine.stringLength > 0 && machine.bytes[start] === PRECOMPILED) {
    machine.pushText(state, ' ');
    lua.lua_insert(state, -2);
    lua.lua_concat(state, 2);
  }
  return 1;
}

/**
 * pcall as the servers have it: of an error that is a table with a text in `err` (that is what redis.call raises) the
 * text alone is given, as it was when such errors were texts.
 */
function protectedCall(machine: LuaMachine, state: LuaState): number {
  const { lua } = machine;
  const count = lua.lua_gettop(state);
  if (count === 0) return callNothing(machine, state);
  lua.lua_pushboolean(state, 1);
  lua.lua_insert(state, 1);
  if (lua.lua_pcall(state, count - 1, MULTIPLE_RESULTS, 0) === STATUS_OK) return lua.lua_gettop(state);
  lua.lua_remove(state, 1);
  if (lua.lua_type(state, -1) === TYPE_TABLE) {
    lua.lua_getfield(state, -1, machine.constant('err'));
    if (lua.lua_isstring(state, -1) !== 0) lua.lua_replace(state, -2);
  }
  lua.lua_pushboolean(state, 0);
  lua.lua_insert(state, 1);
  return lua.lua_gettop(state);
}

/** pcall(): the servers call the placeholder of their result. */
function callNothing(machine: LuaMachine, state: LuaState): number {
  machine.lua.lua_pushboolean(state, 0);
  machine.pushText(state, 'attempt to call a boolean value');
  return 2;
}

function clock(machine: LuaMachine, state: LuaState): number {
  const used = process.cpuUsage();
  machine.lua.lua_pushnumber(state, (used.user + used.system) / 1e6);
  return 1;
}

function randomNumber(machine: LuaMachine, random: RandomSequence, state: LuaState): number {
  const { lua } = machine;
  const fraction = random.next();
  const count = lua.lua_gettop(state);
  if (count > 2) machine.fail(state, 'wrong number of arguments');
  if (count === 0) {
    lua.lua_pushnumber(state, fraction);
    return 1;
  }
  const least = count === 1 ? 1 : machine.checkInteger(state, 1);
  const most = machine.checkInteger(state, count);
  if (least > most) machine.argumentError(state, count, 'interval is empty');
  lua.lua_pushnumber(state, Math.floor(fraction * toInt32(most - least + 1)) + least);
  return 1;
}
