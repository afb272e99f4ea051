/**
 * cmsgpack.unpack and its relatives: MessagePack to Lua values, with the checks and errors of the servers' library.
 * Runs on the machine's thread.
 */
import type { LuaState } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';

const ALL = 2 ** 31 - 1;
const NONE = 0;
const TOO_SHORT = 1;
const BAD_FORMAT = 2;
const TOO_MANY = 'too many return values at once; use unpack_one or unpack_limit instead.';

const bytesOf8 = new Uint8Array(8);
const view = new DataView(bytesOf8.buffer);

export class MessageUnpacker {
  readonly #machine: LuaMachine;
  /** The packed bytes that are left: they lie in the machine's memory, held by a string on the stack. */
  #at = 0;
  #end = 0;
  #error = NONE;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** unpack(text): everything in it. */
  unpack(state: LuaState): number {
    return this.#several(state, 0, 0);
  }

  /** unpack_one(text [, offset]): the next offset (-1 at the end) and one value. */
  unpackOne(state: LuaState): number {
    const offset = this.#optionalInteger(state, 2);
    this.#machine.lua.lua_settop(state, 1);
    return this.#several(state, 1, offset);
  }

  /** unpack_limit(text, limit [, offset]): the next offset and up to `limit` values. */
  unpackLimit(state: LuaState): number {
    const limit = Math.trunc(this.#machine.lua.luaL_checknumber(state, 2));
    const offset = this.#optionalInteger(state, 3);
    this.#machine.lua.lua_settop(state, 1);
    return this.#several(state, limit, offset);
  }

  #optionalInteger(state: LuaState, position: number): number {
    const { lua } = this.#machine;
    return lua.lua_type(state, position) <= 0 ? 0 : Math.trunc(lua.luaL_checknumber(state, position));
  }

  #several(state: LuaState, wanted: number, offset: number): number {
    const { lua } = this.#machine;
    const takesAll = wanted === 0 && offset === 0;
    const start = this.#machine.checkString(state, 1);
    const length = this.#machine.stringLength;
    if (offset < 0 || wanted < 0) {
      const place = `offset of ${offset | 0} and limit of ${length}`;
      this.#machine.fail(state, `Invalid request to unpack with ${place}.`);
    }
    if (offset > length) {
      this.#machine.fail(state, `Start offset ${offset | 0} greater than input length ${length}.`);
    }
    this.#at = start + offset;
    this.#end = start + length;
    this.#error = NONE;
    const limit = takesAll ? ALL : wanted;
    let count = 0;
    for (; this.#at < this.#end && count < limit; count++) {
      this.#value(state);
      if (this.#error === TOO_SHORT) this.#machine.fail(state, 'Missing bytes in input.');
      if (this.#error === BAD_FORMAT) this.#machine.fail(state, 'Bad data format in input.');
    }
    if (takesAll) return count;
    lua.luaL_checkstack(state, 1, this.#machine.constant('in function mp_unpack_full'));
    lua.lua_pushnumber(state, this.#at === this.#end ? -1 : this.#at - start);
    lua.lua_insert(state, 2);
    return count + 1;
  }

  /** Whether `count` bytes are left; otherwise notes the error. */
  #has(count: number): boolean {
    if (this.#end - this.#at >= count) return true;
    this.#error = TOO_SHORT;
    return false;
  }

  /** Pushes the next value, or notes an error and pushes nothing (or an unfinished table). */
  #value(state: LuaState): void {
    if (!this.#has(1)) return;
    const { lua } = this.#machine;
    lua.luaL_checkstack(state, 1, this.#machine.constant(TOO_MANY));
    const type = this.#machine.bytes[this.#at];
    if (type < 0x80) this.#fixed(state, type);
    else if (type < 0x90) this.#map(state, type & 0xf, 1);
    else if (type < 0xa0) this.#array(state, type & 0xf, 1);
    else if (type < 0xc0) this.#text(state, type & 0x1f, 1);
    else if (type >= 0xe0) this.#fixed(state, type - 0x100);
    else if (type === 0xc0 || type === 0xc2 || type === 0xc3) this.#simple(state, type);
    else if (type >= 0xca && type <= 0xd3) this.#number(state, type);
    else if (type >= 0xd9) this.#sized(state, type);
    else this.#error = BAD_FORMAT;
  }

  #fixed(state: LuaState, value: number): void {
    this.#machine.lua.lua_pushnumber(state, value);
    this.#at++;
  }

  #simple(state: LuaState, type: number): void {
    if (type === 0xc0) this.#machine.lua.lua_pushnil(state);
    else this.#machine.lua.lua_pushboolean(state, type & 1);
    this.#at++;
  }

  #number(state: LuaState, type: number): void {
    // Floats of 4 and 8 bytes, then unsigned and signed integers of 1 to 8 bytes.
    const size = type < 0xcc ? 4 << (type & 1) : 1 << (type & 3);
    if (!this.#has(size + 1)) return;
    for (let index = 0; index < size; index++) bytesOf8[index] = this.#machine.bytes[this.#at + 1 + index];
    this.#at += size + 1;
    this.#machine.pushDouble(state, numberOf(type), (bytesOf8[0] & 0x80) !== 0);
  }

  #sized(state: LuaState, type: number): void {
    // Texts with a length of 1, 2 or 4 bytes; arrays and maps with one of 2 or 4.
    const size = type <= 0xdb ? 1 << (type - 0xd9) : 2 << ((type - 0xdc) & 1);
    if (!this.#has(size + 1)) return;
    let length = 0;
    for (let index = 1; index <= size; index++) length = length * 256 + this.#machine.bytes[this.#at + index];
    if (type <= 0xdb) this.#text(state, length, size + 1);
    else if (type <= 0xdd) this.#array(state, length, size + 1);
    else this.#map(state, length, size + 1);
  }

  #text(state: LuaState, length: number, head: number): void {
    if (!this.#has(head + length)) return;
    this.#machine.lua.lua_pushlstring(state, this.#at + head, length);
    this.#at += head + length;
  }

  #array(state: LuaState, count: number, head: number): void {
    const { lua } = this.#machine;
    this.#at += head;
    lua.lua_createtable(state, 0, 0);
    lua.luaL_checkstack(state, 1, this.#machine.constant('in function mp_decode_to_lua_array'));
    for (let index = 1; index <= count; index++) {
      lua.lua_pushnumber(state, index);
      this.#value(state);
      if (this.#error !== NONE) return;
      lua.lua_settable(state, -3);
    }
  }

  #map(state: LuaState, count: number, head: number): void {
    const { lua } = this.#machine;
    this.#at += head;
    lua.lua_createtable(state, 0, 0);
    for (let index = 0; index < count; index++) {
      this.#value(state);
      if (this.#error !== NONE) return;
      this.#value(state);
      if (this.#error !== NONE) return;
      lua.lua_settable(state, -3);
    }
  }
}

/** The number in `bytesOf8`, highest byte first. Unsigned integers of 64 bits are signed on the servers. */
function numberOf(type: number): number {
  switch (type) {
    case 0xca:
      return view.getFloat32(0);
    case 0xcb:
      return view.getFloat64(0);
    case 0xcc:
      return view.getUint8(0);
    case 0xcd:
      return view.getUint16(0);
    case 0xce:
      return view.getUint32(0);
    case 0xd0:
      return view.getInt8(0);
    case 0xd1:
      return view.getInt16(0);
    case 0xd2:
      return view.getInt32(0);
    default:
      return Number(view.getBigInt64(0));
  }
}
