/**
 * cmsgpack.pack: Lua values as MessagePack, with the choices of the servers' library: whole numbers as integers, other
 * numbers as floats where nothing is lost, tables with keys 1 to n as arrays. Runs on the machine's thread.
 */
import { type LuaState, TYPE_BOOLEAN, TYPE_NUMBER, TYPE_STRING, TYPE_TABLE } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';
import { MachineBuffer } from './machine-buffer.ts';
import type { ProtectedTables } from './protected-tables.ts';

const MOST_NESTING = 16;
const TWO_32 = 2 ** 32;
const TWO_63 = 2 ** 63;

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const FLOAT_32 = 0xca;
const FLOAT_64 = 0xcb;
const UNSIGNED_8 = 0xcc;
const UNSIGNED_16 = 0xcd;
const UNSIGNED_32 = 0xce;
const UNSIGNED_64 = 0xcf;
const SIGNED_8 = 0xd0;
const SIGNED_16 = 0xd1;
const SIGNED_32 = 0xd2;
const SIGNED_64 = 0xd3;
const SHORT_TEXT = 0xa0;
const TEXT_8 = 0xd9;
const TEXT_16 = 0xda;
const TEXT_32 = 0xdb;
const SHORT_ARRAY = 0x90;
const ARRAY_16 = 0xdc;
const SHORT_MAP = 0x80;
const MAP_16 = 0xde;

const bytesOf8 = new Uint8Array(8);
const view = new DataView(bytesOf8.buffer);

export class MessagePacker {
  readonly #machine: LuaMachine;
  readonly #tables: ProtectedTables;
  readonly #out: MachineBuffer;

  constructor(machine: LuaMachine, tables: ProtectedTables) {
    this.#machine = machine;
    this.#tables = tables;
    this.#out = new MachineBuffer(machine);
  }

  /** pack(...): all arguments in a row. */
  pack(state: LuaState): number {
    const { lua } = this.#machine;
    const count = lua.lua_gettop(state);
    if (count === 0) this.#machine.argumentError(state, 0, 'MessagePack pack needs input.');
    if (lua.lua_checkstack(state, count) === 0) {
      this.#machine.argumentError(state, 0, 'Too many arguments for MessagePack pack.');
    }
    this.#out.reset();
    for (let position = 1; position <= count; position++) {
      lua.luaL_checkstack(state, 1, this.#machine.constant('in function mp_check'));
      lua.lua_pushvalue(state, position);
      this.#value(state, 0);
    }
    this.#out.push(state);
    return 1;
  }

  /** Packs the value on top of the stack and takes it off. */
  #value(state: LuaState, level: number): void {
    const { lua } = this.#machine;
    const type = lua.lua_type(state, -1);
    if (type === TYPE_STRING) this.#text(state);
    else if (type === TYPE_NUMBER) this.#number(state);
    else if (type === TYPE_BOOLEAN) this.#out.byte(state, lua.lua_toboolean(state, -1) !== 0 ? TRUE : FALSE);
    else if (type === TYPE_TABLE && level < MOST_NESTING) this.#table(state, level);
    else this.#out.byte(state, NIL);
    lua.lua_settop(state, -2);
  }

  #text(state: LuaState): void {
    const start = this.#machine.stringAt(state, -1);
    const length = this.#machine.stringLength;
    if (length < 32) this.#out.byte(state, SHORT_TEXT | length);
    else if (length <= 0xff) this.#sized(state, TEXT_8, length, 1);
    else if (length <= 0xffff) this.#sized(state, TEXT_16, length, 2);
    else this.#sized(state, TEXT_32, length, 4);
    this.#out.appendOwn(state, start, length);
  }

  /** A type and the lowest `size` bytes of an integer within 32 bits, the highest first. */
  #sized(state: LuaState, type: number, value: number, size: number): void {
    this.#out.byte(state, type);
    for (let shift = size * 8 - 8; shift >= 0; shift -= 8) this.#out.byte(state, (value >>> shift) & 0xff);
  }

  #number(state: LuaState): void {
    const value = this.#machine.lua.lua_tonumber(state, -1);
    if (Math.trunc(value) === value && value >= -TWO_63 && value < TWO_63) this.#integer(state, value);
    else this.#float(state, value);
  }

  #integer(state: LuaState, value: number): void {
    if (value >= 0) {
      if (value <= 0x7f) this.#out.byte(state, value);
      else if (value <= 0xff) this.#sized(state, UNSIGNED_8, value, 1);
      else if (value <= 0xffff) this.#sized(state, UNSIGNED_16, value, 2);
      else if (value < TWO_32) this.#sized(state, UNSIGNED_32, value, 4);
      else this.#integer64(state, UNSIGNED_64, value);
    } else if (value >= -32) this.#out.byte(state, value & 0xff);
    else if (value >= -0x80) this.#sized(state, SIGNED_8, value, 1);
    else if (value >= -0x8000) this.#sized(state, SIGNED_16, value, 2);
    else if (value >= -0x80000000) this.#sized(state, SIGNED_32, value, 4);
    else this.#integer64(state, SIGNED_64, value);
  }

  #integer64(state: LuaState, type: number, value: number): void {
    view.setBigInt64(0, BigInt(value));
    this.#raw(state, type, 8);
  }

  #raw(state: LuaState, type: number, size: number): void {
    this.#out.byte(state, type);
    for (let index = 0; index < size; index++) this.#out.byte(state, bytesOf8[index]);
  }

  #float(state: LuaState, value: number): void {
    if (Math.fround(value) === value) {
      view.setFloat32(0, value);
      this.#raw(state, FLOAT_32, 4);
      return;
    }
    view.setFloat64(0, value);
    if (Number.isNaN(value) && this.#machine.isNegativeNan(state, -1)) bytesOf8[0] |= 0x80;
    this.#raw(state, FLOAT_64, 8);
  }

  #table(state: LuaState, level: number): void {
    const { lua } = this.#machine;
    if (this.#tables.pushReal(state, -1)) lua.lua_replace(state, -2);
    if (this.#isArray(state)) this.#array(state, level);
    else this.#map(state, level);
  }

  /** Whether the keys of the table on top of the stack are exactly 1 to their number. */
  #isArray(state: LuaState): boolean {
    const { lua } = this.#machine;
    let most = 0;
    let count = 0;
    lua.luaL_checkstack(state, 2, this.#machine.constant('in function table_is_an_array'));
    lua.lua_pushnil(state);
    while (lua.lua_next(state, -2) !== 0) {
      lua.lua_settop(state, -2);
      const key = lua.lua_type(state, -1) === TYPE_NUMBER ? lua.lua_tonumber(state, -1) : 0;
      if (!(key > 0) || key !== (key | 0)) {
        lua.lua_settop(state, -2);
        return false;
      }
      most = Math.max(most, key);
      count++;
    }
    return most === count;
  }

  #head(state: LuaState, count: number, short: number, long: number): void {
    if (count <= 15) this.#out.byte(state, short | count);
    else if (count <= 0xffff) this.#sized(state, long, count, 2);
    else this.#sized(state, long + 1, count, 4);
  }

  #array(state: LuaState, level: number): void {
    const { lua } = this.#machine;
    const count = lua.lua_objlen(state, -1);
    this.#head(state, count, SHORT_ARRAY, ARRAY_16);
    lua.luaL_checkstack(state, 1, this.#machine.constant('in function mp_encode_lua_table_as_array'));
    for (let index = 1; index <= count; index++) {
      lua.lua_pushnumber(state, index);
      lua.lua_gettable(state, -2);
      this.#value(state, level + 1);
    }
  }

  #map(state: LuaState, level: number): void {
    const { lua } = this.#machine;
    let count = 0;
    lua.luaL_checkstack(state, 3, this.#machine.constant('in function mp_encode_lua_table_as_map'));
    lua.lua_pushnil(state);
    while (lua.lua_next(state, -2) !== 0) {
      lua.lua_settop(state, -2);
      count++;
    }
    this.#head(state, count, SHORT_MAP, MAP_16);
    lua.lua_pushnil(state);
    while (lua.lua_next(state, -2) !== 0) {
      lua.lua_pushvalue(state, -2);
      this.#value(state, level + 1);
      this.#value(state, level + 1);
    }
  }
}
