/**
 * Tables that scripts can read but not change. The servers' Lua has a flag for that; plain Lua 5.1 has not, so a script
 * is given an empty stand-in whose metatable reads from the real table and refuses writes. The functions of Lua that
 * look at a table without its metatable (next, rawget, rawset, getmetatable, setmetatable, table.insert and foreach)
 * get a guard that knows stand-ins. Runs on the machine's thread. Must not know what the tables hold.
 */
import { type BridgeEntry, CONTINUE, type HostFunction } from './bridge.ts';
import { GLOBALS_INDEX as GLOBALS, type LuaState, TYPE_NIL, TYPE_STRING, TYPE_TABLE } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';

export const READ_ONLY = 'Attempt to modify a readonly table';

interface StandIn {
  /** The real table, in the registry. */
  readonly real: number;
  /** What getmetatable shows: a value in the registry, or 0 for nil. */
  readonly metatable: number;
}

export class ProtectedTables {
  readonly #machine: LuaMachine;
  /** By the address of the stand-in, which the registry keeps alive. */
  readonly #standIns = new Map<number, StandIn>();
  /** What getmetatable shows of strings, in the registry. */
  #stringMetatable = 0;
  readonly #refuse: number;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
    [this.#refuse] = machine.addFunctions([(state) => machine.fail(state, READ_ONLY)]);
  }

  /**
   * Cold: set-up. Replaces the table on top of the stack by a stand-in. `metatable`: what getmetatable shows, a kept
   * value or 0. Returns the kept stand-in.
   */
  protect(state: LuaState, metatable = 0): number {
    const { lua } = this.#machine;
    const real = this.#machine.keep(state);
    lua.lua_createtable(state, 0, 0);
    lua.lua_createtable(state, 0, 2);
    this.#machine.pushKept(state, real);
    lua.lua_setfield(state, -2, this.#machine.constant('__index'));
    lua.lua_pushcclosure(state, this.#refuse, 0);
    lua.lua_setfield(state, -2, this.#machine.constant('__newindex'));
    lua.lua_setmetatable(state, -2);
    this.#standIns.set(lua.lua_topointer(state, -1), { real, metatable });
    lua.lua_pushvalue(state, -1);
    return this.#machine.keep(state);
  }

  /** Cold: set-up. The value on top of the stack is what getmetatable shows of strings; it is taken off. */
  showStringMetatable(state: LuaState): void {
    this.#stringMetatable = this.#machine.keep(state);
  }

  /** Pushes the real table when the table at `index` stands in for one; says whether it does. */
  pushReal(state: LuaState, index: number): boolean {
    const standIn = this.#standIns.get(this.#machine.lua.lua_topointer(state, index));
    if (!standIn) return false;
    this.#machine.pushKept(state, standIn.real);
    return true;
  }

  /** Cold: set-up. Puts the guards in place of Lua's own functions, which are globals still. */
  installGuards(state: LuaState): void {
    const { lua } = this.#machine;
    const first = { when: 'metatable', position: 1 } as const;
    const guards: [table: string, name: string, host: HostFunction][] = [
      ['', 'next', (at) => this.#lookInside(at)],
      ['', 'rawget', (at) => this.#lookInside(at)],
      ['table', 'foreach', (at) => this.#lookInside(at)],
      ['', 'rawset', (at) => this.#refuseWrite(at, lua.lua_gettop(at) >= 3)],
      ['', 'setmetatable', (at) => this.#refuseWrite(at, isTableOrNil(lua.lua_type(at, 2)))],
      ['', 'getmetatable', (at) => this.#metatableOf(at)],
      ['table', 'insert', (at) => this.#refuseWrite(at, this.#isInsertable(at))],
    ];
    for (const [table, name, host] of guards) {
      guardFunction(this.#machine, state, table, name, (original) => ({
        kind: 'guard',
        host,
        condition: first,
        original,
      }));
    }
    this.#guardPairs(state);
  }

  /** pairs hands out the `next` it was made with: it is made again, with the guarded one. */
  #guardPairs(state: LuaState): void {
    const { lua } = this.#machine;
    const pairs = this.#machine.constant('pairs');
    lua.lua_getfield(state, GLOBALS, pairs);
    const original = lua.lua_tocfunction(state, -1);
    lua.lua_getfield(state, GLOBALS, this.#machine.constant('next'));
    lua.lua_pushcclosure(state, original, 1);
    lua.lua_setfield(state, GLOBALS, pairs);
    lua.lua_settop(state, -2);
  }

  #lookInside(state: LuaState): number {
    if (this.pushReal(state, 1)) this.#machine.lua.lua_replace(state, 1);
    return CONTINUE;
  }

  /** `isValid`: the call would not fail for another reason first. */
  #refuseWrite(state: LuaState, isValid: boolean): number {
    if (!isValid || !this.pushReal(state, 1)) return CONTINUE;
    return this.#machine.raiseText(state, READ_ONLY);
  }

  #isInsertable(state: LuaState): boolean {
    const { lua } = this.#machine;
    const count = lua.lua_gettop(state);
    return count === 2 || (count === 3 && lua.lua_isnumber(state, 2) !== 0);
  }

  #metatableOf(state: LuaState): number {
    const { lua } = this.#machine;
    const type = lua.lua_type(state, 1);
    if (type === TYPE_STRING) {
      this.#machine.pushKept(state, this.#stringMetatable);
      return 1;
    }
    const standIn = type === TYPE_TABLE ? this.#standIns.get(lua.lua_topointer(state, 1)) : undefined;
    if (!standIn) return CONTINUE;
    if (standIn.metatable === 0) lua.lua_pushnil(state);
    else this.#machine.pushKept(state, standIn.metatable);
    return 1;
  }
}

function isTableOrNil(type: number): boolean {
  return type === TYPE_TABLE || type === TYPE_NIL;
}

/**
 * Cold: set-up. Replaces the C function `name` of the global table `table` ('' for the globals themselves) by a guard,
 * made of the index of the original.
 */
export function guardFunction(
  machine: LuaMachine,
  state: LuaState,
  table: string,
  name: string,
  makeGuard: (original: number) => BridgeEntry,
): void {
  const { lua } = machine;
  if (table === '') lua.lua_pushvalue(state, GLOBALS);
  else lua.lua_getfield(state, GLOBALS, machine.constant(table));
  lua.lua_getfield(state, -1, machine.constant(name));
  const [index] = machine.addEntries([makeGuard(lua.lua_tocfunction(state, -1))]);
  lua.lua_pushcclosure(state, index, 0);
  lua.lua_setfield(state, -3, machine.constant(name));
  lua.lua_settop(state, -3);
}
