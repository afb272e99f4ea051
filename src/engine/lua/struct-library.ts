/**
 * The library `struct` of scripts: packing values as C lays them out on the servers' machines (little-endian, 64 bits),
 * with the formats, checks and errors of Roberto Ierusalimschy's library. Runs on the machine's thread. Must not know
 * scripts.
 */
import { toLong, toUnsignedLong } from './format-integers.ts';
import type { LuaState } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';

const MOST_INTEGER_BYTES = 32;
const WORD_BYTES = 8;
const INT_BYTES = 4;
const DEFAULT_ALIGNMENT = 8;
const MOST_INT = 2 ** 31 - 1;
/** A negative offset or size is a huge one in C. */
const HUGE = 2 ** 63;

const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  b: 1,
  H: 2,
  h: 2,
  L: 8,
  l: 8,
  T: 8,
  f: 4,
  d: 8,
  x: 1,
};
const INTEGERS = 'bBhHlLTiI';

const bytesOf8 = new Uint8Array(8);
const view = new DataView(bytesOf8.buffer);

/** Goes through a format and keeps what its control characters set. One call at a time uses it. */
class FormatReader {
  readonly #machine: LuaMachine;
  #at = 0;
  isLittle = true;
  alignment = 1;
  /** Of the option that `next` found: its character and the bytes it takes. */
  option = '';
  size = 0;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** Starts with the format at argument 1, which stays on the stack. */
  start(state: LuaState): void {
    this.#at = this.#machine.checkString(state, 1);
    this.isLittle = true;
    this.alignment = 1;
  }

  /** False at the end of the format, which a NUL is too. */
  next(state: LuaState): boolean {
    const byte = this.#machine.bytes[this.#at];
    if (byte === 0) return false;
    this.#at++;
    this.option = String.fromCharCode(byte);
    this.size = this.#sizeOf(state);
    return true;
  }

  /** Bytes to leave out so that the option's value is aligned. */
  padding(position: number): number {
    if (this.size === 0 || this.option === 'c') return 0;
    const unit = Math.min(this.size, this.alignment);
    return (unit - (position & (unit - 1))) & (unit - 1);
  }

  /** Carries out what is no value. */
  control(state: LuaState): void {
    if (this.option === ' ') return;
    if (this.option === '>' || this.option === '<') {
      this.isLittle = this.option === '<';
    } else if (this.option === '!') {
      const alignment = this.#number(state, DEFAULT_ALIGNMENT);
      if (alignment <= 0 || (alignment & (alignment - 1)) !== 0) {
        this.#machine.fail(state, `alignment ${alignment} is not a power of 2`);
      }
      this.alignment = alignment;
    } else {
      this.#machine.argumentErrorText(state, 1, `invalid format option '${this.option}'`);
    }
  }

  #sizeOf(state: LuaState): number {
    if (this.option === 'c') return this.#number(state, 1);
    if (this.option !== 'i' && this.option !== 'I') return SIZES[this.option] ?? 0;
    const size = this.#number(state, INT_BYTES);
    if (size > MOST_INTEGER_BYTES) {
      const limit = `larger than limit of ${MOST_INTEGER_BYTES}`;
      this.#machine.fail(state, `integral size ${size} is ${limit}`);
    }
    return size;
  }

  #number(state: LuaState, fallback: number): number {
    let digit = this.#machine.bytes[this.#at] - 0x30;
    if (!(digit >= 0 && digit <= 9)) return fallback;
    let value = 0;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      if (value > MOST_INT) this.#machine.fail(state, 'integral size overflow');
      this.#at++;
      digit = this.#machine.bytes[this.#at] - 0x30;
    }
    return value;
  }
}

class StructLibrary {
  readonly #machine: LuaMachine;
  readonly #format: FormatReader;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
    this.#format = new FormatReader(machine);
  }

  pack(state: LuaState): number {
    const format = this.#format;
    const { scratch } = this.#machine;
    let position = 2;
    format.start(state);
    // As in the library, whose errors tell of a missing value as nil.
    this.#machine.lua.lua_pushnil(state);
    scratch.reset();
    while (format.next(state)) {
      for (let pad = format.padding(scratch.length); pad > 0; pad--) scratch.byte(state, 0);
      const { option } = format;
      if (INTEGERS.includes(option)) this.#packInteger(state, position++);
      else if (option === 'x') scratch.byte(state, 0);
      else if (option === 'f' || option === 'd') this.#packFloat(state, position++);
      else if (option === 'c' || option === 's') this.#packString(state, position++);
      else format.control(state);
    }
    scratch.push(state);
    return 1;
  }

  #packInteger(state: LuaState, position: number): void {
    const { size, isLittle } = this.#format;
    const number = this.#machine.lua.luaL_checknumber(state, position);
    view.setBigUint64(0, number < 0 ? BigInt.asUintN(64, toLong(number)) : toUnsignedLong(number), true);
    for (let index = 0; index < size; index++) {
      const place = isLittle ? index : size - 1 - index;
      this.#machine.scratch.byte(state, place < WORD_BYTES ? bytesOf8[place] : 0);
    }
  }

  #packFloat(state: LuaState, position: number): void {
    const { size, isLittle } = this.#format;
    const number = this.#machine.lua.luaL_checknumber(state, position);
    if (size === WORD_BYTES) view.setFloat64(0, number, isLittle);
    else view.setFloat32(0, number, isLittle);
    if (Number.isNaN(number) && this.#machine.isNegativeNan(state, position)) {
      bytesOf8[isLittle ? size - 1 : 0] |= 0x80;
    }
    for (let index = 0; index < size; index++) this.#machine.scratch.byte(state, bytesOf8[index]);
  }

  #packString(state: LuaState, position: number): void {
    const start = this.#machine.checkString(state, position);
    const length = this.#machine.stringLength;
    const size = this.#format.size === 0 ? length : this.#format.size;
    // The library counts the argument as done before it complains.
    if (length < size) this.#machine.argumentError(state, position + 1, 'string too short');
    this.#machine.scratch.appendOwn(state, start, size);
    if (this.#format.option === 's') this.#machine.scratch.byte(state, 0);
  }

  unpack(state: LuaState): number {
    const { lua } = this.#machine;
    const format = this.#format;
    format.start(state);
    const data = this.#machine.checkString(state, 2);
    const length = this.#machine.stringLength;
    const first = lua.lua_type(state, 3) <= 0 ? 1 : Math.trunc(lua.luaL_checknumber(state, 3));
    if (first === 0) this.#machine.argumentError(state, 3, 'offset must be 1 or greater');
    let at = (first > 0 ? first : HUGE) - 1;
    let results = 0;
    while (format.next(state)) {
      if (at < HUGE) at += format.padding(at);
      this.#checkLeft(state, at, format.size, length);
      lua.luaL_checkstack(state, 2, this.#machine.constant('too many results'));
      const { option } = format;
      let { size } = format;
      if (option === 's') size = this.#unpackText(state, data + at, length - at);
      else if (option === 'c' && size === 0) size = this.#unpackCounted(state, data, at, length, results--);
      else if (option === 'c') lua.lua_pushlstring(state, data + at, size);
      else if (INTEGERS.includes(option)) lua.lua_pushnumber(state, this.#integerAt(data + at, size));
      else if (option === 'f' || option === 'd') this.#unpackFloat(state, data + at, size);
      else if (option !== 'x') {
        format.control(state);
        continue;
      }
      if (option !== 'x') results++;
      at += size;
    }
    lua.lua_pushnumber(state, at + 1);
    return results + 1;
  }

  #checkLeft(state: LuaState, at: number, size: number, length: number): void {
    if (size > length || at > length - size) this.#machine.argumentError(state, 2, 'data string too short');
  }

  #integerAt(start: number, size: number): number {
    const { bytes } = this.#machine;
    bytesOf8.fill(0);
    // Of more than eight bytes the lowest eight count.
    for (let index = 0; index < Math.min(size, WORD_BYTES); index++) {
      bytesOf8[index] = bytes[this.#format.isLittle ? start + index : start + size - 1 - index];
    }
    const { option } = this.#format;
    const isSigned = option === option.toLowerCase();
    if (!isSigned) return Number(view.getBigUint64(0, true));
    if (size > 0 && size < WORD_BYTES && bytesOf8[size - 1] >= 0x80) bytesOf8.fill(0xff, size);
    return Number(view.getBigInt64(0, true));
  }

  #unpackFloat(state: LuaState, start: number, size: number): void {
    for (let index = 0; index < size; index++) bytesOf8[index] = this.#machine.bytes[start + index];
    const { isLittle } = this.#format;
    const value = size === WORD_BYTES ? view.getFloat64(0, isLittle) : view.getFloat32(0, isLittle);
    this.#machine.pushDouble(state, value, (bytesOf8[isLittle ? size - 1 : 0] & 0x80) !== 0);
  }

  /** A text up to its NUL; returns the bytes taken. */
  #unpackText(state: LuaState, start: number, left: number): number {
    const end = this.#machine.bytes.indexOf(0, start);
    if (end >= start + left) this.#machine.fail(state, 'unfinished string in data');
    this.#machine.lua.lua_pushlstring(state, start, end - start);
    return end - start + 1;
  }

  /** c0: as many bytes as the number before says, which is no result then. */
  #unpackCounted(state: LuaState, data: number, at: number, length: number, results: number): number {
    const { lua } = this.#machine;
    if (results === 0 || lua.lua_isnumber(state, -1) === 0) {
      this.#machine.fail(state, "format 'c0' needs a previous size");
    }
    const number = Math.trunc(lua.lua_tonumber(state, -1));
    const size = number >= 0 && number < HUGE ? number : HUGE;
    lua.lua_settop(state, -2);
    this.#checkLeft(state, at, size, length);
    lua.lua_pushlstring(state, data + at, size);
    return size;
  }

  size(state: LuaState): number {
    const format = this.#format;
    let position = 0;
    format.start(state);
    while (format.next(state)) {
      position += format.padding(position);
      if (format.option === 's') this.#machine.argumentError(state, 1, "option 's' has no fixed size");
      if (format.option === 'c' && format.size === 0) {
        this.#machine.argumentError(state, 1, "option 'c0' has no fixed size");
      }
      if (!/[0-9A-Za-z]/.test(format.option)) format.control(state);
      position += format.size;
    }
    this.#machine.lua.lua_pushnumber(state, position);
    return 1;
  }
}

/** Cold: set-up. Pushes the library. */
export function pushStructLibrary(machine: LuaMachine, state: LuaState): void {
  const library = new StructLibrary(machine);
  machine.pushLibrary(state, [
    ['pack', (at) => library.pack(at)],
    ['unpack', (at) => library.unpack(at)],
    ['size', (at) => library.size(at)],
  ]);
}
