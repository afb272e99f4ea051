/**
 * cjson.encode: Lua values as JSON, with the limits, numbers, escapes and errors of the servers' library. Runs on the
 * machine's thread.
 */
import { generalText } from '../../base/double-text.ts';
import { DEFAULT_PRECISION, INVALID_AS_IS, INVALID_FAILS, type JsonSettings } from './json-settings.ts';
import {
  type LuaState,
  TYPE_BOOLEAN,
  TYPE_LIGHT_USERDATA,
  TYPE_NIL,
  TYPE_NUMBER,
  TYPE_STRING,
  TYPE_TABLE,
} from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';
import { MachineBuffer } from './machine-buffer.ts';
import type { ProtectedTables } from './protected-tables.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const TWO_31 = 2 ** 31;

/** Cold: made once. By byte: what stands for it in a string, '' where it stands for itself. */
const ESCAPES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const short: Readonly<Record<number, string>> = {
    8: '\\b',
    9: '\\t',
    10: '\\n',
    12: '\\f',
    13: '\\r',
    34: '\\"',
    47: '\\/',
    92: '\\\\',
  };
  if (byte in short) return short[byte];
  return byte < 0x20 || byte === 0x7f ? `\\u${byte.toString(16).padStart(4, '0')}` : '';
});

export class JsonEncoder {
  readonly #machine: LuaMachine;
  readonly #tables: ProtectedTables;
  readonly #settings: JsonSettings;
  readonly #out: MachineBuffer;

  constructor(machine: LuaMachine, tables: ProtectedTables, settings: JsonSettings) {
    this.#machine = machine;
    this.#tables = tables;
    this.#settings = settings;
    this.#out = new MachineBuffer(machine);
  }

  encode(state: LuaState): number {
    if (this.#machine.lua.lua_gettop(state) !== 1) {
      this.#machine.argumentError(state, 1, 'expected 1 argument');
    }
    this.#settings.use(state);
    this.#out.reset();
    this.#value(state, 0);
    this.#out.push(state);
    return 1;
  }

  /** Encodes the value on top of the stack and leaves it there. */
  #value(state: LuaState, depth: number): void {
    const { lua } = this.#machine;
    switch (lua.lua_type(state, -1)) {
      case TYPE_STRING:
        this.#text(state, -1);
        break;
      case TYPE_NUMBER:
        this.#number(state, -1);
        break;
      case TYPE_BOOLEAN:
        this.#out.text(state, lua.lua_toboolean(state, -1) !== 0 ? 'true' : 'false');
        break;
      case TYPE_TABLE:
        this.#table(state, depth + 1);
        break;
      case TYPE_NIL:
        this.#out.text(state, 'null');
        break;
      case TYPE_LIGHT_USERDATA:
        if (lua.lua_touserdata(state, -1) !== 0) this.#refuse(state, -1, 'type not supported');
        this.#out.text(state, 'null');
        break;
      default:
        this.#refuse(state, -1, 'type not supported');
    }
  }

  #refuse(state: LuaState, index: number, reason: string): never {
    const { lua } = this.#machine;
    const name = this.#machine.cText(lua.lua_typename(state, lua.lua_type(state, index)));
    return this.#machine.fail(state, `Cannot serialise ${name}: ${reason}`);
  }

  #text(state: LuaState, index: number): void {
    const start = this.#machine.stringAt(state, index);
    const end = start + this.#machine.stringLength;
    const out = this.#out;
    out.reserve(state, end - start + 2);
    out.byte(state, QUOTE);
    let copied = start;
    for (let at = start; at < end; at++) {
      const replacement = ESCAPES[this.#machine.bytes[at]];
      if (replacement === '') continue;
      out.appendOwn(state, copied, at - copied);
      out.text(state, replacement);
      copied = at + 1;
    }
    out.appendOwn(state, copied, end - copied);
    out.byte(state, QUOTE);
  }

  #number(state: LuaState, index: number): void {
    const value = this.#machine.lua.lua_tonumber(state, index);
    const { precision } = this.#settings;
    if (!Number.isFinite(value)) {
      this.#invalid(state, index, value);
    } else if (Number.isInteger(value) && Math.abs(value) < 10 ** precision && !Object.is(value, -0)) {
      this.#out.text(state, String(value));
    } else if (precision === DEFAULT_PRECISION) {
      // As Lua itself prints numbers.
      this.#machine.lua.lua_pushvalue(state, index);
      const start = this.#machine.stringAt(state, -1);
      this.#out.appendOwn(state, start, this.#machine.stringLength);
      this.#machine.lua.lua_settop(state, -2);
    } else {
      this.#out.text(state, generalText(value, precision));
    }
  }

  #invalid(state: LuaState, index: number, value: number): void {
    const { encodeInvalid } = this.#settings;
    if (encodeInvalid === INVALID_FAILS) this.#refuse(state, index, 'must not be NaN or Inf');
    this.#out.text(state, encodeInvalid === INVALID_AS_IS ? generalText(value, DEFAULT_PRECISION) : 'null');
  }

  #table(state: LuaState, depth: number): void {
    const { lua } = this.#machine;
    if (depth > this.#settings.encodeDepth || lua.lua_checkstack(state, 3) === 0) {
      this.#machine.fail(state, `Cannot serialise, excessive nesting (${depth})`);
    }
    const isStandIn = this.#tables.pushReal(state, -1);
    const length = this.#arrayLength(state);
    if (length > 0) this.#array(state, length, depth);
    else this.#object(state, depth);
    if (isStandIn) lua.lua_settop(state, -2);
  }

  /** The largest key of a table that has only whole keys from 1 on; -1 for other tables and for very sparse ones. */
  #arrayLength(state: LuaState): number {
    const { lua } = this.#machine;
    let most = 0;
    let count = 0;
    lua.lua_pushnil(state);
    while (lua.lua_next(state, -2) !== 0) {
      const key = lua.lua_type(state, -2) === TYPE_NUMBER ? lua.lua_tonumber(state, -2) : 0;
      if (!(key >= 1) || Math.floor(key) !== key) {
        lua.lua_settop(state, -3);
        return -1;
      }
      // What does not fit an int becomes the smallest one.
      if (key > most) most = key < TWO_31 ? key : -TWO_31;
      count++;
      lua.lua_settop(state, -2);
    }
    const { sparseRatio, sparseSafe, sparseConvert } = this.#settings;
    if (sparseRatio <= 0 || most <= Math.imul(count, sparseRatio) || most <= sparseSafe) return most;
    if (sparseConvert === 0) this.#refuse(state, -1, 'excessively sparse array');
    return -1;
  }

  #array(state: LuaState, length: number, depth: number): void {
    const { lua } = this.#machine;
    this.#out.byte(state, 0x5b);
    for (let index = 1; index <= length; index++) {
      if (index > 1) this.#out.byte(state, COMMA);
      lua.lua_rawgeti(state, -1, index);
      this.#value(state, depth);
      lua.lua_settop(state, -2);
    }
    this.#out.byte(state, 0x5d);
  }

  #object(state: LuaState, depth: number): void {
    const { lua } = this.#machine;
    const out = this.#out;
    let isFirst = true;
    out.byte(state, 0x7b);
    lua.lua_pushnil(state);
    while (lua.lua_next(state, -2) !== 0) {
      if (!isFirst) out.byte(state, COMMA);
      isFirst = false;
      this.#key(state);
      out.byte(state, COLON);
      this.#value(state, depth);
      lua.lua_settop(state, -2);
    }
    out.byte(state, 0x7d);
  }

  #key(state: LuaState): void {
    const type = this.#machine.lua.lua_type(state, -2);
    if (type === TYPE_STRING) {
      this.#text(state, -2);
    } else if (type === TYPE_NUMBER) {
      this.#out.byte(state, QUOTE);
      this.#number(state, -2);
      this.#out.byte(state, QUOTE);
    } else {
      this.#refuse(state, -2, 'table key must be a number or string');
    }
  }
}
