/**
 * What scripts find around them: the globals of EVAL, those of functions, and those of a library while it is loaded,
 * every one of them closed against changes. Cold: once per machine. Must not know how scripts are kept or called.
 */
import { pushBitLibrary } from './bit-library.ts';
import type { ScriptDialect } from './dialect.ts';
import { JsonLibrary } from './json-library.ts';
import { GLOBALS_INDEX, type LuaState, TYPE_TABLE } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';
import { pushMessagePackLibrary } from './msgpack-library.ts';
import { ProtectedTables } from './protected-tables.ts';
import type { RandomSequence } from './random-sequence.ts';
import type { RedisLibrary } from './redis-library.ts';
import { handleError } from './script-error.ts';
import { adaptStandardFunctions } from './standard-functions.ts';
import { pushStructLibrary } from './struct-library.ts';

/** What stays of Lua's own globals. */
const FUNCTIONS = (
  'xpcall tostring setmetatable next assert tonumber rawequal collectgarbage getmetatable rawset pcall type select ' +
  'unpack gcinfo pairs rawget loadstring ipairs load error'
).split(' ');
const ENVIRONMENT_FUNCTIONS = ['getfenv', 'setfenv', 'newproxy'];
const TABLES = ['string', 'table', 'math', 'coroutine'];

export class Sandbox {
  readonly tables: ProtectedTables;
  /** The error handler of scripts, in the registry. */
  readonly errorHandler: number;
  /** The real globals, in the registry: KEYS and ARGV are put here. */
  readonly globals: number;
  readonly #machine: LuaMachine;
  readonly #dialect: ScriptDialect;
  /** Raises "nonexistent global variable", as a field of the metatables of globals. */
  readonly #missing: number;
  /** What getmetatable shows of globals, in the registry. */
  readonly #shownMetatable: number;
  /** The globals as scripts see them, in the registry. */
  readonly #standIn: number;

  constructor(machine: LuaMachine, dialect: ScriptDialect, random: RandomSequence, pushRedis: () => void) {
    const { state } = machine;
    this.#machine = machine;
    this.#dialect = dialect;
    this.tables = new ProtectedTables(machine);
    const [missing, handler] = machine.addFunctions([
      (at) => this.#refuseMissing(at),
      (at) => handleError(machine, at),
    ]);
    this.#missing = missing;
    adaptStandardFunctions(machine, state, random);
    this.tables.installGuards(state);
    this.#shownMetatable = this.#makeShownMetatable(state);
    machine.lua.lua_pushcclosure(state, handler, 0);
    this.errorHandler = machine.keep(state);
    this.#pushGlobals(state, pushRedis);
    machine.lua.lua_pushvalue(state, -1);
    machine.lua.lua_pushvalue(state, -1);
    this.globals = machine.keep(state);
    this.#standIn = this.tables.protect(state, this.#shownMetatable);
    machine.lua.lua_setfield(state, -2, machine.constant('_G'));
    machine.lua.lua_settop(state, 0);
  }

  /** Scripts compiled from now on see the globals of EVAL. */
  enterEval(): void {
    this.#machine.pushKept(this.#machine.state, this.#standIn);
    this.#machine.lua.lua_replace(this.#machine.state, GLOBALS_INDEX);
  }

  /** The names of the error handler are globals of EVAL alone. */
  nameErrorHandler(): void {
    const { lua, state } = this.#machine;
    this.#machine.pushKept(state, this.globals);
    for (const name of this.#dialect.errorHandlers) {
      this.#machine.pushKept(state, this.errorHandler);
      lua.lua_setfield(state, -2, this.#machine.constant(name));
    }
    lua.lua_settop(state, 0);
  }

  /**
   * Functions get globals of their own: an empty table that reads from the real ones, or, while a library is loaded,
   * from what libraries find then. Returns its metatable, in the registry, for `readFrom`.
   */
  enterFunctions(): number {
    const { lua, state } = this.#machine;
    this.#machine.pushKept(state, this.globals);
    this.tables.protect(state, this.#shownMetatable);
    lua.lua_getmetatable(state, -1);
    const metatable = this.#machine.keep(state);
    lua.lua_replace(state, GLOBALS_INDEX);
    lua.lua_settop(state, 0);
    return metatable;
  }

  /** Cold: once per library that is loaded. Makes the globals of functions read from the kept table `source`. */
  readFrom(metatable: number, source: number): void {
    const { lua, state } = this.#machine;
    this.#machine.pushKept(state, metatable);
    this.#machine.pushKept(state, source);
    lua.lua_setfield(state, -2, this.#machine.constant('__index'));
    lua.lua_settop(state, -2);
  }

  /** What a library finds while it is loaded: `redis` with a few functions, nothing else. Returns a kept table. */
  makeLoadingGlobals(redis: RedisLibrary, register: (state: LuaState) => number): number {
    const { lua, state } = this.#machine;
    redis.pushForLoading(state, register);
    this.#refuseMissingIn(state);
    const standIn = this.tables.protect(state, this.#shownMetatable);
    lua.lua_createtable(state, 0, 0);
    this.#refuseMissingIn(state);
    for (const name of this.#apiNames()) {
      this.#machine.pushKept(state, standIn);
      lua.lua_setfield(state, -2, this.#machine.constant(name));
    }
    const globals = this.#machine.keep(state);
    lua.lua_settop(state, 0);
    return globals;
  }

  #apiNames(): string[] {
    return this.#dialect.hasServerTable ? ['redis', 'server'] : ['redis'];
  }

  #pushGlobals(state: LuaState, pushRedis: () => void): void {
    const machine = this.#machine;
    const { lua } = machine;
    lua.lua_createtable(state, 0, 0);
    const names = this.#dialect.hasEnvironmentFunctions
      ? [...FUNCTIONS, ...ENVIRONMENT_FUNCTIONS]
      : FUNCTIONS;
    for (const name of [...names, ...TABLES, '_VERSION']) {
      lua.lua_getfield(state, GLOBALS_INDEX, machine.constant(name));
      this.#setProtected(state, name);
    }
    if (this.#dialect.hasOsTable) this.#pushClock(state);
    const json = new JsonLibrary(machine, this.tables);
    const libraries: readonly (readonly [string, () => void])[] = [
      ['cjson', () => json.pushModule(state)],
      ['struct', () => pushStructLibrary(machine, state)],
      ['cmsgpack', () => pushMessagePackLibrary(machine, state, this.tables, this.#dialect)],
      ['bit', () => pushBitLibrary(machine, state)],
    ];
    for (const [name, push] of libraries) {
      push();
      this.#setProtected(state, name);
    }
    pushRedis();
    const redis = this.tables.protect(state);
    lua.lua_settop(state, -2);
    for (const name of this.#apiNames()) {
      machine.pushKept(state, redis);
      lua.lua_setfield(state, -2, machine.constant(name));
    }
    this.#showStringMetatable(state);
    this.#refuseMissingIn(state);
  }

  /** Sets a field of the table below the value on top of the stack, which becomes a stand-in if it is a table. */
  #setProtected(state: LuaState, name: string): void {
    if (this.#machine.lua.lua_type(state, -1) === TYPE_TABLE) this.tables.protect(state);
    this.#machine.lua.lua_setfield(state, -2, this.#machine.constant(name));
  }

  /** Of the table `os` scripts get nothing but `clock`. */
  #pushClock(state: LuaState): void {
    const { lua } = this.#machine;
    lua.lua_createtable(state, 0, 0);
    lua.lua_getfield(state, GLOBALS_INDEX, this.#machine.constant('os'));
    lua.lua_getfield(state, -1, this.#machine.constant('clock'));
    lua.lua_remove(state, -2);
    lua.lua_setfield(state, -2, this.#machine.constant('clock'));
    this.#setProtected(state, 'os');
  }

  /** getmetatable('') shows a table that leads to the `string` scripts see; the globals are on top of the stack. */
  #showStringMetatable(state: LuaState): void {
    const { lua } = this.#machine;
    lua.lua_createtable(state, 0, 0);
    lua.lua_getfield(state, -2, this.#machine.constant('string'));
    lua.lua_setfield(state, -2, this.#machine.constant('__index'));
    this.tables.protect(state);
    this.tables.showStringMetatable(state);
  }

  /** Gives the table on top of the stack a metatable that raises an error for what it does not have. */
  #refuseMissingIn(state: LuaState): void {
    this.#pushMissingMetatable(state);
    this.#machine.lua.lua_setmetatable(state, -2);
  }

  #pushMissingMetatable(state: LuaState): void {
    const { lua } = this.#machine;
    lua.lua_createtable(state, 0, 1);
    lua.lua_pushcclosure(state, this.#missing, 0);
    lua.lua_setfield(state, -2, this.#machine.constant('__index'));
  }

  #makeShownMetatable(state: LuaState): number {
    this.#pushMissingMetatable(state);
    const kept = this.tables.protect(state);
    this.#machine.lua.lua_settop(state, -2);
    return kept;
  }

  #refuseMissing(state: LuaState): number {
    const { lua } = this.#machine;
    if (lua.lua_gettop(state) !== 2) {
      this.#machine.fail(state, 'Wrong number of arguments to luaProtectedTableError');
    }
    if (lua.lua_isstring(state, 2) === 0) {
      this.#machine.fail(state, 'Second argument to luaProtectedTableError must be a string or number');
    }
    const name = this.#machine.cText(this.#machine.stringAt(state, 2));
    return this.#machine.fail(state, `Script attempted to access nonexistent global variable '${name}'`);
  }
}
