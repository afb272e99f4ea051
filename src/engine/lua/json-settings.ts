/**
 * The settings of one cjson module, changed by its own functions (cjson.encode_max_depth and so on) and kept from
 * script to script, as on the servers. They lie in a userdata of Lua's, so that modules made by cjson.new go when
 * nobody has them. Runs on the machine's thread.
 */
import { type LuaState, TYPE_BOOLEAN, TYPE_NIL, upvalueIndex } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';

const MOST = 2 ** 31 - 1;
export const DEFAULT_PRECISION = 14;

/** Which word of the userdata holds which setting. */
const SPARSE_CONVERT = 0;
const SPARSE_RATIO = 1;
const SPARSE_SAFE = 2;
const ENCODE_DEPTH = 3;
const DECODE_DEPTH = 4;
const ENCODE_INVALID = 5;
const DECODE_INVALID = 6;
const KEEP_BUFFER = 7;
const PRECISION = 8;
const DEFAULTS = [0, 2, 10, 1000, 1000, 0, 1, 1, DEFAULT_PRECISION];

const OFF_ON = ['off', 'on'];
const OFF_ON_NULL = ['off', 'on', 'null'];

/** What to do with numbers that JSON has no form for. */
export const INVALID_FAILS = 0;
export const INVALID_AS_IS = 1;

export class JsonSettings {
  readonly #machine: LuaMachine;
  /** Of the settings in use, as an index into the machine's words. */
  #base = 0;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** Cold: once per module. Pushes the userdata with the settings as they are at first. */
  pushNew(state: LuaState): void {
    const pointer = this.#machine.lua.lua_newuserdata(state, DEFAULTS.length * 4);
    this.#machine.words.set(DEFAULTS, pointer >> 2);
  }

  /** Uses the settings that the running function was made with. */
  use(state: LuaState): void {
    this.#base = this.#machine.lua.lua_touserdata(state, upvalueIndex(1)) >> 2;
  }

  get sparseConvert(): number {
    return this.#machine.words[this.#base + SPARSE_CONVERT];
  }
  get sparseRatio(): number {
    return this.#machine.words[this.#base + SPARSE_RATIO];
  }
  get sparseSafe(): number {
    return this.#machine.words[this.#base + SPARSE_SAFE];
  }
  get encodeDepth(): number {
    return this.#machine.words[this.#base + ENCODE_DEPTH];
  }
  get decodeDepth(): number {
    return this.#machine.words[this.#base + DECODE_DEPTH];
  }
  get encodeInvalid(): number {
    return this.#machine.words[this.#base + ENCODE_INVALID];
  }
  get decodeInvalid(): number {
    return this.#machine.words[this.#base + DECODE_INVALID];
  }
  get precision(): number {
    return this.#machine.words[this.#base + PRECISION];
  }

  encodeSparseArray(state: LuaState): number {
    this.#start(state, 3);
    this.#choice(state, 1, SPARSE_CONVERT, OFF_ON);
    this.#number(state, 2, SPARSE_RATIO, 0, MOST);
    this.#number(state, 3, SPARSE_SAFE, 0, MOST);
    return 3;
  }

  encodeMaxDepth(state: LuaState): number {
    this.#start(state, 1);
    return this.#number(state, 1, ENCODE_DEPTH, 1, MOST);
  }

  decodeMaxDepth(state: LuaState): number {
    this.#start(state, 1);
    return this.#number(state, 1, DECODE_DEPTH, 1, MOST);
  }

  encodeNumberPrecision(state: LuaState): number {
    this.#start(state, 1);
    return this.#number(state, 1, PRECISION, 1, DEFAULT_PRECISION);
  }

  encodeKeepBuffer(state: LuaState): number {
    this.#start(state, 1);
    return this.#choice(state, 1, KEEP_BUFFER, OFF_ON);
  }

  encodeInvalidNumbers(state: LuaState): number {
    this.#start(state, 1);
    return this.#choice(state, 1, ENCODE_INVALID, OFF_ON_NULL);
  }

  decodeInvalidNumbers(state: LuaState): number {
    this.#start(state, 1);
    return this.#choice(state, 1, DECODE_INVALID, OFF_ON);
  }

  /** Checks the number of arguments and adds those that are missing. */
  #start(state: LuaState, most: number): void {
    const { lua } = this.#machine;
    if (lua.lua_gettop(state) > most) {
      this.#machine.argumentError(state, most + 1, 'found too many arguments');
    }
    lua.lua_settop(state, most);
    this.use(state);
  }

  /** Sets a number if one is given; pushes what holds now. */
  #number(state: LuaState, position: number, setting: number, least: number, most: number): number {
    const { lua } = this.#machine;
    if (lua.lua_type(state, position) !== TYPE_NIL) {
      const value = this.#machine.checkInteger(state, position);
      if (value < least || value > most) {
        this.#machine.argumentErrorText(state, 1, `expected integer between ${least} and ${most}`);
      }
      this.#machine.words[this.#base + setting] = value;
    }
    lua.lua_pushnumber(state, this.#machine.words[this.#base + setting]);
    return 1;
  }

  /** Sets one of `options` (or a boolean, for the first two) if given; pushes what holds now. */
  #choice(state: LuaState, position: number, setting: number, options: readonly string[]): number {
    const { lua } = this.#machine;
    const type = lua.lua_type(state, position);
    if (type === TYPE_BOOLEAN) {
      this.#machine.words[this.#base + setting] = lua.lua_toboolean(state, position);
    } else if (type !== TYPE_NIL) {
      const start = this.#machine.checkString(state, position);
      const name = this.#machine.cText(start);
      const chosen = options.indexOf(name);
      if (chosen < 0) this.#machine.argumentErrorText(state, position, `invalid option '${name}'`);
      this.#machine.words[this.#base + setting] = chosen;
    }
    const value = this.#machine.words[this.#base + setting];
    if (value <= 1) lua.lua_pushboolean(state, value);
    else this.#machine.pushText(state, options[value]);
    return 1;
  }
}
