/**
 * The library `cjson` of scripts, as a table of functions that share settings. Runs on the machine's thread.
 */
import type { HostFunction } from './bridge.ts';
import { JsonDecoder } from './json-decode.ts';
import { JsonEncoder } from './json-encode.ts';
import { JsonSettings } from './json-settings.ts';
import type { LuaState } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';
import type { ProtectedTables } from './protected-tables.ts';

export class JsonLibrary {
  readonly #machine: LuaMachine;
  readonly #settings: JsonSettings;
  readonly #names: readonly string[];
  readonly #indexes: readonly number[];

  /** Cold: set-up. */
  constructor(machine: LuaMachine, tables: ProtectedTables) {
    this.#machine = machine;
    this.#settings = new JsonSettings(machine);
    const encoder = new JsonEncoder(machine, tables, this.#settings);
    const decoder = new JsonDecoder(machine, this.#settings);
    const settings = this.#settings;
    const functions: Readonly<Record<string, HostFunction>> = {
      encode: (state) => encoder.encode(state),
      decode: (state) => decoder.decode(state),
      encode_sparse_array: (state) => settings.encodeSparseArray(state),
      encode_max_depth: (state) => settings.encodeMaxDepth(state),
      decode_max_depth: (state) => settings.decodeMaxDepth(state),
      encode_number_precision: (state) => settings.encodeNumberPrecision(state),
      encode_keep_buffer: (state) => settings.encodeKeepBuffer(state),
      encode_invalid_numbers: (state) => settings.encodeInvalidNumbers(state),
      decode_invalid_numbers: (state) => settings.decodeInvalidNumbers(state),
      new: (state) => this.pushModule(state),
    };
    this.#names = Object.keys(functions);
    this.#indexes = machine.addFunctions(Object.values(functions));
  }

  /** Pushes a module with settings of its own. */
  pushModule(state: LuaState): number {
    const { lua } = this.#machine;
    lua.lua_createtable(state, 0, 0);
    this.#settings.pushNew(state);
    for (const [position, name] of this.#names.entries()) {
      lua.lua_pushvalue(state, -1);
      lua.lua_pushcclosure(state, this.#indexes[position], 1);
      lua.lua_setfield(state, -3, this.#machine.constant(name));
    }
    lua.lua_settop(state, -2);
    lua.lua_pushlightuserdata(state, 0);
    lua.lua_setfield(state, -2, this.#machine.constant('null'));
    for (const [name, value] of [
      ['_NAME', 'cjson'],
      ['_VERSION', '2.1.0'],
    ]) {
      this.#machine.pushText(state, value);
      lua.lua_setfield(state, -2, this.#machine.constant(name));
    }
    return 1;
  }
}
