/**
 * The C interface of Lua 5.1 as the WebAssembly module exports it: names, types and constants of lua.h and lauxlib.h.
 * Pointers are byte offsets into the machine's memory. Declarations only.
 */
import type { WasmMemory, WasmTable } from './web-assembly.ts';

/** `lua_State *`: the main thread of a state or one of its coroutines. */
export type LuaState = number;

export const REGISTRY_INDEX = -10000;
export const GLOBALS_INDEX = -10002;
/** Pseudo index of the n-th value a C function was made with, from 1. */
export function upvalueIndex(position: number): number {
  return GLOBALS_INDEX - position;
}

export const TYPE_NONE = -1;
export const TYPE_NIL = 0;
export const TYPE_BOOLEAN = 1;
export const TYPE_LIGHT_USERDATA = 2;
export const TYPE_NUMBER = 3;
export const TYPE_STRING = 4;
export const TYPE_TABLE = 5;
export const TYPE_FUNCTION = 6;
export const TYPE_USERDATA = 7;

export const STATUS_OK = 0;
export const STATUS_RUNTIME_ERROR = 2;
export const STATUS_SYNTAX_ERROR = 3;
export const STATUS_OUT_OF_MEMORY = 4;

export const MULTIPLE_RESULTS = -1;
export const MASK_LINE = 4;
export const MASK_COUNT = 8;
export const GC_COUNT_KB = 3;
export const GC_STEP = 5;

/** Offsets of the fields of `lua_Debug`. */
export const DEBUG_WHAT = 12;
export const DEBUG_SOURCE = 16;
export const DEBUG_CURRENT_LINE = 20;
export const DEBUG_SIZE = 100;

/**
 * Functions that may raise a Lua error (or run out of memory) leave by a JavaScript exception when they do: called from
 * a host function that is right, for Lua catches it further out.
 */
export interface LuaExports {
  readonly memory: WasmMemory;
  readonly __indirect_function_table: WasmTable;
  readonly __wasm_call_ctors: () => void;
  readonly emscripten_stack_init: () => void;
  readonly stackSave: () => number;
  readonly stackRestore: (pointer: number) => void;
  readonly setThrew: (threw: number, value: number) => void;
  readonly malloc: (sizeBytes: number) => number;
  readonly realloc: (pointer: number, sizeBytes: number) => number;
  readonly free: (pointer: number) => void;

  readonly luaL_newstate: () => LuaState;
  readonly lua_close: (state: LuaState) => void;
  readonly lua_atpanic: (state: LuaState, functionIndex: number) => number;
  readonly luaL_openlibs: (state: LuaState) => void;
  readonly luaL_loadbuffer: (state: LuaState, bytes: number, length: number, chunkName: number) => number;
  readonly luaL_ref: (state: LuaState, table: number) => number;
  readonly luaL_unref: (state: LuaState, table: number, reference: number) => void;
  readonly luaL_error: (state: LuaState, format: number, values: number) => number;
  readonly luaL_argerror: (state: LuaState, position: number, message: number) => number;
  readonly luaL_typerror: (state: LuaState, position: number, typeName: number) => number;
  readonly luaL_checklstring: (state: LuaState, position: number, lengthPointer: number) => number;
  readonly luaL_checknumber: (state: LuaState, position: number) => number;
  readonly luaL_checktype: (state: LuaState, position: number, type: number) => void;
  readonly luaL_checkany: (state: LuaState, position: number) => void;
  readonly luaL_checkstack: (state: LuaState, extra: number, message: number) => void;
  readonly luaL_where: (state: LuaState, level: number) => void;

  readonly lua_gettop: (state: LuaState) => number;
  readonly lua_settop: (state: LuaState, index: number) => void;
  readonly lua_pushvalue: (state: LuaState, index: number) => void;
  readonly lua_remove: (state: LuaState, index: number) => void;
  readonly lua_insert: (state: LuaState, index: number) => void;
  readonly lua_replace: (state: LuaState, index: number) => void;
  readonly lua_checkstack: (state: LuaState, extra: number) => number;
  readonly lua_type: (state: LuaState, index: number) => number;
  readonly lua_typename: (state: LuaState, type: number) => number;
  readonly lua_isnumber: (state: LuaState, index: number) => number;
  readonly lua_isstring: (state: LuaState, index: number) => number;
  readonly lua_iscfunction: (state: LuaState, index: number) => number;
  readonly lua_tonumber: (state: LuaState, index: number) => number;
  readonly lua_toboolean: (state: LuaState, index: number) => number;
  /** 0 for what is neither string nor number; a number on the stack becomes a string. */
  readonly lua_tolstring: (state: LuaState, index: number, lengthPointer: number) => number;
  readonly lua_tocfunction: (state: LuaState, index: number) => number;
  readonly lua_touserdata: (state: LuaState, index: number) => number;
  readonly lua_topointer: (state: LuaState, index: number) => number;
  readonly lua_objlen: (state: LuaState, index: number) => number;

  readonly lua_pushnil: (state: LuaState) => void;
  readonly lua_pushnumber: (state: LuaState, value: number) => void;
  readonly lua_pushboolean: (state: LuaState, value: number) => void;
  readonly lua_pushlstring: (state: LuaState, bytes: number, length: number) => void;
  readonly lua_pushcclosure: (state: LuaState, functionIndex: number, upvalues: number) => void;
  readonly lua_pushlightuserdata: (state: LuaState, pointer: number) => void;
  readonly lua_newuserdata: (state: LuaState, sizeBytes: number) => number;
  readonly lua_createtable: (state: LuaState, listSize: number, recordSize: number) => void;
  readonly lua_gettable: (state: LuaState, index: number) => void;
  readonly lua_settable: (state: LuaState, index: number) => void;
  readonly lua_getfield: (state: LuaState, index: number, name: number) => void;
  readonly lua_setfield: (state: LuaState, index: number, name: number) => void;
  readonly lua_rawget: (state: LuaState, index: number) => void;
  readonly lua_rawset: (state: LuaState, index: number) => void;
  readonly lua_rawgeti: (state: LuaState, index: number, key: number) => void;
  readonly lua_rawseti: (state: LuaState, index: number, key: number) => void;
  readonly lua_next: (state: LuaState, index: number) => number;
  readonly lua_getmetatable: (state: LuaState, index: number) => number;
  readonly lua_setmetatable: (state: LuaState, index: number) => number;
  readonly lua_concat: (state: LuaState, count: number) => void;

  readonly lua_call: (state: LuaState, values: number, results: number) => void;
  readonly lua_pcall: (state: LuaState, values: number, results: number, handler: number) => number;
  readonly lua_error: (state: LuaState) => number;
  readonly lua_gc: (state: LuaState, what: number, data: number) => number;
  readonly lua_sethook: (state: LuaState, functionIndex: number, mask: number, count: number) => number;
  readonly lua_getstack: (state: LuaState, level: number, debug: number) => number;
  readonly lua_getinfo: (state: LuaState, what: number, debug: number) => number;
}
