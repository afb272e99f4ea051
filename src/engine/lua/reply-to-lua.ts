/**
 * Turns the reply of a command into Lua values, as scripts get them from redis.call: RESP2 and RESP3. Runs on the
 * machine's thread, once per redis.call. Must not know commands. Replies are the engine's own and well formed.
 */
import { parseInteger } from '../../base/bytes.ts';
import {
  TYPE_ARRAY,
  TYPE_ATTRIBUTE,
  TYPE_BIG_NUMBER,
  TYPE_BOOLEAN,
  TYPE_BULK,
  TYPE_DOUBLE,
  TYPE_ERROR,
  TYPE_INTEGER,
  TYPE_MAP,
  TYPE_NULL,
  TYPE_SET,
  TYPE_SIMPLE,
  TYPE_VERBATIM,
} from '../../resp/constants.ts';
import { COUNTED_MARK, pushErrorReply } from './error-values.ts';
import type { LuaState } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';
import { MachineBuffer } from './machine-buffer.ts';
import { LuaPanic } from './system-imports.ts';

const CR = 0x0d;
/** `xxx:` before the text of a verbatim string. */
const FORMAT_LENGTH = 3;

export class ReplyReader {
  readonly #machine: LuaMachine;
  readonly #sizesLists: boolean;
  /** The reply lies here while it is read, so that Lua takes its strings without another copy. */
  readonly #buffer: MachineBuffer;
  #at = 0;

  /** `sizesLists`: lists are made with room for their elements. */
  constructor(machine: LuaMachine, sizesLists: boolean) {
    this.#machine = machine;
    this.#sizesLists = sizesLists;
    this.#buffer = new MachineBuffer(machine);
  }

  /** Pushes the value of the one reply in `bytes[start, end)`. */
  push(state: LuaState, bytes: Uint8Array, start: number, end: number): void {
    this.#buffer.reset();
    this.#buffer.append(state, bytes, start, end);
    this.#at = this.#buffer.pointer;
    this.#value(state);
  }

  /** Attributes are not for scripts. */
  #passOver(state: LuaState, count: number): void {
    const { lua } = this.#machine;
    const top = lua.lua_gettop(state);
    for (let at = 0; at < count; at++) this.#value(state);
    lua.lua_settop(state, top);
  }

  #value(state: LuaState): void {
    const { lua } = this.#machine;
    lua.lua_checkstack(state, 5);
    const type = this.#machine.bytes[this.#at];
    const lineStart = this.#at + 1;
    const lineEnd = this.#lineEnd(lineStart);
    this.#at = lineEnd + 2;
    switch (type) {
      case TYPE_BULK:
        this.#bulk(state, this.#integer(lineStart, lineEnd));
        break;
      case TYPE_INTEGER:
        lua.lua_pushnumber(state, this.#integer(lineStart, lineEnd));
        break;
      case TYPE_SIMPLE:
        this.#field(state, 'ok', lineStart, lineEnd);
        break;
      case TYPE_ERROR:
        this.#error(state, lineStart, lineEnd);
        break;
      case TYPE_ARRAY:
        this.#array(state, this.#integer(lineStart, lineEnd));
        break;
      case TYPE_MAP:
        this.#map(state, this.#integer(lineStart, lineEnd));
        break;
      case TYPE_SET:
        this.#set(state, this.#integer(lineStart, lineEnd));
        break;
      case TYPE_NULL:
        lua.lua_pushnil(state);
        break;
      case TYPE_BOOLEAN:
        lua.lua_pushboolean(state, this.#machine.bytes[lineStart] === 0x74 ? 1 : 0);
        break;
      case TYPE_DOUBLE:
        this.#double(state, lineStart, lineEnd);
        break;
      case TYPE_BIG_NUMBER:
        this.#field(state, 'big_number', lineStart, lineEnd);
        break;
      case TYPE_VERBATIM:
        this.#verbatim(state, this.#integer(lineStart, lineEnd));
        break;
      case TYPE_ATTRIBUTE:
        this.#passOver(state, 2 * this.#integer(lineStart, lineEnd));
        this.#value(state);
        break;
      default:
        throw new LuaPanic(`a reply of type ${type}`);
    }
  }

  #lineEnd(start: number): number {
    const { bytes } = this.#machine;
    let at = start;
    while (bytes[at] !== CR) at++;
    return at;
  }

  #integer(start: number, end: number): number {
    const value = parseInteger(this.#machine.bytes, start, end);
    return Number.isNaN(value) ? Number(this.#machine.textOf(start, end - start)) : value;
  }

  #bulk(state: LuaState, length: number): void {
    if (length < 0) {
      this.#machine.lua.lua_pushboolean(state, 0);
      return;
    }
    this.#machine.lua.lua_pushlstring(state, this.#at, length);
    this.#at += length + 2;
  }

  /** `{name = text}`. */
  #field(state: LuaState, name: string, start: number, end: number): void {
    const { lua } = this.#machine;
    lua.lua_createtable(state, 0, 0);
    lua.lua_pushlstring(state, start, end - start);
    lua.lua_setfield(state, -2, this.#machine.constant(name));
  }

  #error(state: LuaState, start: number, end: number): void {
    const { lua } = this.#machine;
    pushErrorReply(this.#machine, state, this.#machine.textOf(start, end - start));
    lua.lua_pushboolean(state, 1);
    lua.lua_setfield(state, -2, this.#machine.constant(COUNTED_MARK));
  }

  /** Tables grow as the servers' do, on which the length of a table with holes depends. */
  #array(state: LuaState, count: number): void {
    const { lua } = this.#machine;
    if (count < 0) {
      lua.lua_pushboolean(state, 0);
      return;
    }
    lua.lua_createtable(state, this.#sizesLists ? count : 0, 0);
    for (let index = 1; index <= count; index++) {
      this.#value(state);
      lua.lua_rawseti(state, -2, index);
    }
  }

  #map(state: LuaState, count: number): void {
    const { lua } = this.#machine;
    lua.lua_createtable(state, 0, 0);
    lua.lua_createtable(state, 0, 0);
    for (let index = 0; index < count; index++) {
      this.#value(state);
      this.#value(state);
      lua.lua_rawset(state, -3);
    }
    lua.lua_setfield(state, -2, this.#machine.constant('map'));
  }

  #set(state: LuaState, count: number): void {
    const { lua } = this.#machine;
    lua.lua_createtable(state, 0, 0);
    lua.lua_createtable(state, 0, 0);
    for (let index = 0; index < count; index++) {
      this.#value(state);
      lua.lua_pushboolean(state, 1);
      lua.lua_rawset(state, -3);
    }
    lua.lua_setfield(state, -2, this.#machine.constant('set'));
  }

  #double(state: LuaState, start: number, end: number): void {
    const { lua } = this.#machine;
    const text = this.#machine.textOf(start, end - start);
    const infinite = text === 'inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    lua.lua_createtable(state, 0, 0);
    lua.lua_pushnumber(state, text.endsWith('inf') ? infinite : Number(text));
    lua.lua_setfield(state, -2, this.#machine.constant('double'));
  }

  #verbatim(state: LuaState, length: number): void {
    const { lua } = this.#machine;
    lua.lua_createtable(state, 0, 0);
    lua.lua_createtable(state, 0, 0);
    lua.lua_pushlstring(state, this.#at + FORMAT_LENGTH + 1, length - FORMAT_LENGTH - 1);
    lua.lua_setfield(state, -2, this.#machine.constant('string'));
    lua.lua_pushlstring(state, this.#at, FORMAT_LENGTH);
    lua.lua_setfield(state, -2, this.#machine.constant('format'));
    lua.lua_setfield(state, -2, this.#machine.constant('verbatim_string'));
    this.#at += length + 2;
  }
}
