/**
 * cjson.decode: JSON to Lua values, with the leniencies, limits and errors of the servers' library: numbers as C's
 * strtod reads them, a NUL as the end of the text. Runs on the machine's thread.
 */
import type { JsonSettings } from './json-settings.ts';
import type { LuaState } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';

/** Tokens by the names that errors show. */
const OBJECT_BEGIN = 'T_OBJ_BEGIN';
const OBJECT_END = 'T_OBJ_END';
const ARRAY_BEGIN = 'T_ARR_BEGIN';
const ARRAY_END = 'T_ARR_END';
const TEXT = 'T_STRING';
const NUMBER = 'T_NUMBER';
const BOOLEAN = 'T_BOOLEAN';
const NULL = 'T_NULL';
const COLON = 'T_COLON';
const COMMA = 'T_COMMA';
const END = 'T_END';
const ERROR = 'T_ERROR';

const SINGLE_TOKENS: Readonly<Record<string, string>> = {
  '{': OBJECT_BEGIN,
  '}': OBJECT_END,
  '[': ARRAY_BEGIN,
  ']': ARRAY_END,
  ',': COMMA,
  ':': COLON,
  '\0': END,
};
/** By byte: the token, '' for what needs a closer look, undefined for what begins no token. */
const TOKEN_OF_BYTE = Array.from({ length: 256 }, (_, byte): string | undefined => {
  const character = String.fromCharCode(byte);
  return SINGLE_TOKENS[character] ?? (/[fiInNt"+\-0-9]/.test(character) ? '' : undefined);
});
const ESCAPED: Readonly<Record<number, number>> = {
  34: 0x22,
  92: 0x5c,
  47: 0x2f,
  98: 8,
  102: 12,
  110: 10,
  114: 13,
  116: 9,
};
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const MINUS = 0x2d;
const POINT = 0x2e;
/** Digits that a double surely holds. */
const EXACT_DIGITS = 15;

const HEXADECIMAL = '0x(?:[0-9a-f]+\\.?[0-9a-f]*|\\.[0-9a-f]+)(?:p[-+]?\\d+)?';
const DECIMAL = '(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?';
const NO_NUMBER = 'inf(?:inity)?|nan(?:\\(\\w*\\))?';
/** What C's strtod reads from the beginning of a text. */
const NUMBER_FORM = new RegExp(`^[-+]?(?:${HEXADECIMAL}|${DECIMAL}|${NO_NUMBER})`, 'i');
const LONGEST_SPECIAL = 64;

export class JsonDecoder {
  readonly #machine: LuaMachine;
  readonly #settings: JsonSettings;
  #start = 0;
  #at = 0;
  #depth = 0;
  /** The last token: where it began, and what it holds. */
  #tokenAt = 0;
  #error = '';
  #number = 0;
  #isNegative = false;
  #boolean = 0;
  #textStart = 0;
  #textLength = 0;

  constructor(machine: LuaMachine, settings: JsonSettings) {
    this.#machine = machine;
    this.#settings = settings;
  }

  decode(state: LuaState): number {
    if (this.#machine.lua.lua_gettop(state) !== 1) {
      this.#machine.argumentError(state, 1, 'expected 1 argument');
    }
    this.#settings.use(state);
    this.#start = this.#machine.checkString(state, 1);
    const length = this.#machine.stringLength;
    this.#at = this.#start;
    this.#depth = 0;
    const { bytes } = this.#machine;
    if (length >= 2 && (bytes[this.#start] === 0 || bytes[this.#start + 1] === 0)) {
      this.#machine.fail(state, 'JSON parser does not support UTF-16 or UTF-32');
    }
    this.#value(state, this.#next(state));
    const last = this.#next(state);
    if (last !== END) this.#refuse(state, 'the end', last);
    return 1;
  }

  #refuse(state: LuaState, expected: string, token: string): never {
    const found = token === ERROR ? this.#error : token;
    const place = this.#tokenAt - this.#start + 1;
    return this.#machine.fail(state, `Expected ${expected} but found ${found} at character ${place}`);
  }

  #fault(text: string): string {
    this.#tokenAt = this.#at;
    this.#error = text;
    return ERROR;
  }

  /** Pushes the value that begins with the token. */
  #value(state: LuaState, token: string): void {
    const { lua } = this.#machine;
    if (token === TEXT) lua.lua_pushlstring(state, this.#textStart, this.#textLength);
    else if (token === NUMBER) this.#machine.pushDouble(state, this.#number, this.#isNegative);
    else if (token === BOOLEAN) lua.lua_pushboolean(state, this.#boolean);
    else if (token === OBJECT_BEGIN) this.#object(state);
    else if (token === ARRAY_BEGIN) this.#array(state);
    else if (token === NULL) lua.lua_pushlightuserdata(state, 0);
    else this.#refuse(state, 'value', token);
  }

  #descend(state: LuaState, slots: number): void {
    this.#depth++;
    if (this.#depth <= this.#settings.decodeDepth && this.#machine.lua.lua_checkstack(state, slots) !== 0) {
      return;
    }
    const place = `(${this.#depth}) at character ${this.#at - this.#start}`;
    this.#machine.fail(state, `Found too many nested data structures ${place}`);
  }

  #object(state: LuaState): void {
    const { lua } = this.#machine;
    this.#descend(state, 3);
    lua.lua_createtable(state, 0, 0);
    let token = this.#next(state);
    while (token !== OBJECT_END) {
      if (token !== TEXT) this.#refuse(state, 'object key string', token);
      lua.lua_pushlstring(state, this.#textStart, this.#textLength);
      token = this.#next(state);
      if (token !== COLON) this.#refuse(state, 'colon', token);
      this.#value(state, this.#next(state));
      lua.lua_rawset(state, -3);
      token = this.#next(state);
      if (token === OBJECT_END) break;
      if (token !== COMMA) this.#refuse(state, 'comma or object end', token);
      token = this.#next(state);
      // After a comma an end is no end.
      if (token === OBJECT_END) this.#refuse(state, 'object key string', token);
    }
    this.#depth--;
  }

  #array(state: LuaState): void {
    const { lua } = this.#machine;
    this.#descend(state, 2);
    lua.lua_createtable(state, 0, 0);
    let token = this.#next(state);
    if (token !== ARRAY_END) {
      for (let index = 1; ; index++) {
        this.#value(state, token);
        lua.lua_rawseti(state, -2, index);
        token = this.#next(state);
        if (token === ARRAY_END) break;
        if (token !== COMMA) this.#refuse(state, 'comma or array end', token);
        token = this.#next(state);
      }
    }
    this.#depth--;
  }

  #next(state: LuaState): string {
    const { bytes } = this.#machine;
    let byte = bytes[this.#at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d) byte = bytes[++this.#at];
    this.#tokenAt = this.#at;
    const token = TOKEN_OF_BYTE[byte];
    if (token === undefined) return this.#fault('invalid token');
    if (token === END) return END;
    if (token !== '') {
      this.#at++;
      return token;
    }
    if (byte === QUOTE) return this.#text(state);
    if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) {
      if (this.#settings.decodeInvalid === 0 && this.#isInvalidNumber()) return this.#fault('invalid number');
      return this.#readNumber(state);
    }
    return this.#word(state);
  }

  #word(state: LuaState): string {
    if (this.#take('true')) {
      this.#boolean = 1;
      return BOOLEAN;
    }
    if (this.#take('false')) {
      this.#boolean = 0;
      return BOOLEAN;
    }
    if (this.#take('null')) return NULL;
    if (this.#settings.decodeInvalid !== 0 && this.#isInvalidNumber()) return this.#readNumber(state);
    return this.#fault('invalid token');
  }

  #take(word: string): boolean {
    for (let index = 0; index < word.length; index++) {
      if (this.#machine.bytes[this.#at + index] !== word.charCodeAt(index)) return false;
    }
    this.#at += word.length;
    return true;
  }

  /** Numbers that strtod takes and JSON does not have. */
  #isInvalidNumber(): boolean {
    return /^(\+|-?(0[x0-9]|inf|nan))/i.test(this.#machine.textOf(this.#at, 4));
  }

  /** Plain decimals here; everything else as Lua reads it, which is as strtod does. */
  #readNumber(state: LuaState): string {
    const { bytes } = this.#machine;
    let at = this.#at;
    this.#isNegative = bytes[at] === MINUS;
    if (this.#isNegative) at++;
    const first = at;
    let value = 0;
    while (bytes[at] >= 0x30 && bytes[at] <= 0x39) value = value * 10 + bytes[at++] - 0x30;
    const digits = at - first;
    const after = bytes[at] | 0x20;
    // Neither point, exponent nor hexadecimal mark follows.
    if (digits > 0 && digits <= EXACT_DIGITS && bytes[at] !== POINT && after !== 0x65 && after !== 0x78) {
      this.#number = this.#isNegative ? -value : value;
      this.#at = at;
      return NUMBER;
    }
    return this.#readAnyNumber(state, at);
  }

  #readAnyNumber(state: LuaState, digitsEnd: number): string {
    const { bytes } = this.#machine;
    let end = digitsEnd;
    while (isNumberByte(bytes[end]) || (end - this.#at < LONGEST_SPECIAL && isWordByte(bytes[end]))) end++;
    const found = NUMBER_FORM.exec(this.#machine.textOf(this.#at, end - this.#at))?.[0];
    if (found === undefined) return this.#fault('invalid number');
    this.#machine.pushText(state, found);
    this.#number = this.#machine.lua.lua_tonumber(state, -1);
    this.#machine.lua.lua_settop(state, -2);
    this.#at += found.length;
    return NUMBER;
  }

  #text(state: LuaState): string {
    const { bytes } = this.#machine;
    this.#at++;
    this.#textStart = this.#at;
    let byte = bytes[this.#at];
    while (byte !== QUOTE && byte !== BACKSLASH && byte !== 0) byte = bytes[++this.#at];
    if (byte === BACKSLASH) return this.#escapedText(state);
    if (byte === 0) return this.#fault('unexpected end of string');
    this.#textLength = this.#at - this.#textStart;
    this.#at++;
    return TEXT;
  }

  /** A text with escapes is put together in the scratch buffer, from which it is taken before the next token. */
  #escapedText(state: LuaState): string {
    const { scratch } = this.#machine;
    scratch.reset();
    scratch.appendOwn(state, this.#textStart, this.#at - this.#textStart);
    for (;;) {
      const byte = this.#machine.bytes[this.#at];
      if (byte === QUOTE) break;
      if (byte === 0) return this.#fault('unexpected end of string');
      if (byte !== BACKSLASH) {
        scratch.byte(state, byte);
        this.#at++;
        continue;
      }
      const escaped = this.#machine.bytes[this.#at + 1];
      if (escaped === LETTER_U) {
        if (!this.#unicode(state)) return this.#fault('invalid unicode escape code');
        continue;
      }
      const character = ESCAPED[escaped];
      if (character === undefined) return this.#fault('invalid escape code');
      scratch.byte(state, character);
      this.#at += 2;
    }
    this.#at++;
    this.#textStart = scratch.pointer;
    this.#textLength = scratch.length;
    return TEXT;
  }

  /** A \u escape, or two that are a pair of surrogates; false where that is not right. */
  #unicode(state: LuaState): boolean {
    let code = this.#hex4(this.#at + 2);
    let length = 6;
    if (code < 0) return false;
    if ((code & 0xf800) === 0xd800) {
      const { bytes } = this.#machine;
      if ((code & 0x400) !== 0) return false;
      if (bytes[this.#at + 6] !== BACKSLASH || bytes[this.#at + 7] !== LETTER_U) return false;
      const low = this.#hex4(this.#at + 8);
      if (low < 0 || (low & 0xfc00) !== 0xdc00) return false;
      code = (((code & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000;
      length = 12;
    }
    this.#appendUtf8(state, code);
    this.#at += length;
    return true;
  }

  #hex4(start: number): number {
    const digits = this.#machine.textOf(start, 4);
    return /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : -1;
  }

  #appendUtf8(state: LuaState, code: number): void {
    const { scratch } = this.#machine;
    if (code <= 0x7f) {
      scratch.byte(state, code);
      return;
    }
    if (code <= 0x7ff) {
      scratch.byte(state, (code >> 6) | 0xc0);
    } else {
      if (code <= 0xffff) {
        scratch.byte(state, (code >> 12) | 0xe0);
      } else {
        scratch.byte(state, (code >> 18) | 0xf0);
        scratch.byte(state, ((code >> 12) & 0x3f) | 0x80);
      }
      scratch.byte(state, ((code >> 6) & 0x3f) | 0x80);
    }
    scratch.byte(state, (code & 0x3f) | 0x80);
  }
}

/** Digits, signs, point and the letters of exponents: however many there are. */
function isNumberByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    byte === POINT ||
    byte === MINUS ||
    byte === 0x2b ||
    (byte | 0x20) === 0x65
  );
}

/** What else strtod may take: hexadecimal digits, inf, nan(…). */
function isWordByte(byte: number): boolean {
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || byte === 0x28 || byte === 0x29 || byte === 0x5f;
}
