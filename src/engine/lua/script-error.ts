/**
 * What becomes of an error that ends a script: the handler that notes where it happened, and the reply. Runs on the
 * machine's thread, once per failed script. Must not know what failed.
 */
import type { FrameWriter } from '../../resp/encode.ts';
import type { ScriptDialect } from './dialect.ts';
import { COUNTED_MARK } from './error-values.ts';
import {
  DEBUG_CURRENT_LINE,
  DEBUG_SOURCE,
  DEBUG_WHAT,
  GLOBALS_INDEX,
  type LuaState,
  TYPE_BOOLEAN,
  TYPE_TABLE,
} from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';
import type { ScriptHost } from './script-host.ts';

/** How much of an error is shown that came without a place. */
const BARE_MESSAGE_LENGTH = 100;

/**
 * Message handler of a script: makes a table of the error and notes source and line of the script's function that
 * failed, or called what failed.
 */
export function handleError(machine: LuaMachine, state: LuaState): number {
  const { lua } = machine;
  lua.lua_settop(state, 1);
  if (lua.lua_type(state, 1) !== TYPE_TABLE) {
    lua.lua_createtable(state, 0, 0);
    pushMessage(machine, state);
    lua.lua_setfield(state, 2, machine.constant('err'));
    lua.lua_replace(state, 1);
  }
  if (!findPlace(machine, state)) return 1;
  lua.lua_pushlstring(state, machine.words[(machine.debug + DEBUG_SOURCE) >> 2], sourceLength(machine));
  lua.lua_setfield(state, 1, machine.constant('source'));
  lua.lua_pushnumber(state, machine.words[(machine.debug + DEBUG_CURRENT_LINE) >> 2]);
  lua.lua_setfield(state, 1, machine.constant('line'));
  return 1;
}

/** Pushes 'ERR ' and the error at 1 as tostring shows it. */
function pushMessage(machine: LuaMachine, state: LuaState): void {
  const { lua } = machine;
  machine.pushText(state, 'ERR ');
  if (lua.lua_isstring(state, 1) !== 0) {
    lua.lua_pushvalue(state, 1);
  } else {
    lua.lua_getfield(state, GLOBALS_INDEX, machine.constant('tostring'));
    lua.lua_pushvalue(state, 1);
    lua.lua_call(state, 1, 1);
  }
  lua.lua_concat(state, 2);
}

/** Fills `machine.debug` with the function that raised the error, or its caller where that is a C function. */
function findPlace(machine: LuaMachine, state: LuaState): boolean {
  for (const level of [1, 2]) {
    if (machine.lua.lua_getstack(state, level, machine.debug) === 0) return false;
    machine.lua.lua_getinfo(state, machine.constant('nSl'), machine.debug);
    if (machine.cText(machine.words[(machine.debug + DEBUG_WHAT) >> 2]) !== 'C') break;
  }
  return true;
}

function sourceLength(machine: LuaMachine): number {
  const start = machine.words[(machine.debug + DEBUG_SOURCE) >> 2];
  return machine.bytes.indexOf(0, start) - start;
}

/**
 * Writes the error on top of the stack, which ended the script or function `name`, as the script's reply, and takes it
 * off.
 */
export function writeError(
  machine: LuaMachine,
  state: LuaState,
  dialect: ScriptDialect,
  name: string,
  writer: FrameWriter,
  host: ScriptHost,
): void {
  const { lua } = machine;
  if (lua.lua_type(state, -1) !== TYPE_TABLE) {
    const message =
      lua.lua_isstring(state, -1) !== 0 ? cText(machine.textAt(state, -1)) : 'execution failure';
    lua.lua_settop(state, -2);
    writeBareError(name, message, writer, host);
    return;
  }
  const message = textField(machine, state, 'err') ?? 'ERR unknown error';
  const source = textField(machine, state, 'source');
  const line = textField(machine, state, 'line');
  lua.lua_getfield(state, -1, machine.constant(COUNTED_MARK));
  const isCounted = lua.lua_type(state, -1) === TYPE_BOOLEAN && lua.lua_toboolean(state, -1) !== 0;
  lua.lua_settop(state, -3);
  const place =
    source !== undefined && line !== undefined
      ? ` script: ${dialect.namesScriptInErrors ? `${name}, ` : ''}on ${source}:${line}.`
      : '';
  writer.error(message + place);
  if (!isCounted) host.countError(message);
}

/** Writes an error that has no place: Lua was out of memory, or failed while it handled another error. */
export function writeBareError(name: string, message: string, writer: FrameWriter, host: ScriptHost): void {
  const text = `ERR Error running script ${name}, ${message.slice(0, BARE_MESSAGE_LENGTH)}`;
  writer.error(text);
  host.countError(text);
}

/** A text or number in a field of the table on top of the stack. */
export function textField(machine: LuaMachine, state: LuaState, name: string): string | undefined {
  const { lua } = machine;
  lua.lua_getfield(state, -1, machine.constant(name));
  const text = lua.lua_isstring(state, -1) !== 0 ? cText(machine.textAt(state, -1)) : undefined;
  lua.lua_settop(state, -2);
  return text;
}

/** A C string ends at a NUL. */
function cText(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
