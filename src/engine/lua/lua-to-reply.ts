/**
 * Turns what a script returns into a reply: RESP2 and RESP3, with every table form that has a meaning (err, ok, double,
 * big_number, verbatim_string, map, set; anything else is an array up to its first nil). Goes down nested tables
 * without recursion: scripts can nest as deep as Lua's stack allows. Runs on the machine's thread, once per script.
 */
import { generalText } from '../../base/double-text.ts';
import { TYPE_ARRAY, TYPE_BIG_NUMBER, TYPE_MAP, TYPE_SET, TYPE_VERBATIM } from '../../resp/constants.ts';
import type { FrameWriter, RespVersion } from '../../resp/encode.ts';
import type { ScriptDialect } from './dialect.ts';
import { COUNTED_MARK } from './error-values.ts';
import { toLong } from './format-integers.ts';
import {
  TYPE_BOOLEAN as LUA_BOOLEAN,
  type LuaState,
  TYPE_NIL,
  TYPE_NUMBER,
  TYPE_STRING,
  TYPE_TABLE,
} from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';
import type { ScriptHost } from './script-host.ts';

const AGGREGATE_ARRAY = 0;
const AGGREGATE_MAP = 1;
const AGGREGATE_SET = 2;
const STEPS_OF_MAP = 2;
/** The head of an aggregate, but for the digits of its length. */
const HEAD_BYTES = 3;
const VERBATIM_FORMAT = 3;

/** An aggregate that is being written. Its table is on the Lua stack, for maps and sets with the current key above. */
interface Aggregate {
  kind: number;
  /** Where its head will stand. */
  headAt: number;
  headRoom: number;
  count: number;
  /** Of a map: whether the value of the current key is next. */
  isAtValue: boolean;
}

export class ReplyBuilder {
  readonly #machine: LuaMachine;
  readonly #dialect: ScriptDialect;
  readonly #open: Aggregate[] = [];
  #depth = 0;
  #writer!: FrameWriter;
  #host!: ScriptHost;
  /** Of the client that gets the reply. */
  #version: RespVersion = 2;
  /** What the script chose with redis.setresp. */
  #scriptVersion: RespVersion = 2;

  constructor(machine: LuaMachine, dialect: ScriptDialect) {
    this.#machine = machine;
    this.#dialect = dialect;
  }

  /** Writes the value on top of the stack and takes it off. `scriptVersion`: what the script chose. */
  write(
    state: LuaState,
    writer: FrameWriter,
    version: RespVersion,
    scriptVersion: RespVersion,
    host: ScriptHost,
  ): void {
    this.#host = host;
    this.#writer = writer;
    this.#version = version;
    this.#scriptVersion = scriptVersion;
    this.#depth = 0;
    this.#value(state);
    while (this.#depth > 0) this.#step(state);
  }

  /** Writes the value on top of the stack and takes it off, or opens it. */
  #value(state: LuaState): void {
    const { lua } = this.#machine;
    if (lua.lua_checkstack(state, 4) === 0) {
      this.#writer.error('ERR reached lua stack limit');
      lua.lua_settop(state, -2);
      return;
    }
    const type = lua.lua_type(state, -1);
    if (type === TYPE_TABLE) {
      this.#table(state);
      return;
    }
    if (type === TYPE_STRING) this.#bulk(state);
    else if (type === TYPE_NUMBER) this.#integer(lua.lua_tonumber(state, -1));
    else if (type === LUA_BOOLEAN) this.#boolean(lua.lua_toboolean(state, -1) !== 0);
    else this.#writer.nullReply(this.#version);
    lua.lua_settop(state, -2);
  }

  #bulk(state: LuaState): void {
    const start = this.#machine.stringAt(state, -1);
    this.#writer.bulk(this.#machine.bytes, start, start + this.#machine.stringLength);
  }

  #integer(value: number): void {
    const whole = Math.trunc(value);
    if (Number.isSafeInteger(whole)) this.#writer.integer(whole);
    else this.#line(`:${toLong(value)}`);
  }

  #boolean(value: boolean): void {
    if (this.#scriptVersion === 3) this.#writer.boolean(value, this.#version);
    else if (value) this.#writer.integer(1);
    else this.#writer.nullReply(this.#version);
  }

  #table(state: LuaState): void {
    if (!this.#machine.hasFields(state, -1)) {
      this.#openAggregate(state, AGGREGATE_ARRAY);
    } else if (this.#isWritten(state)) {
      this.#machine.lua.lua_settop(state, -2);
    } else if (this.#pushRaw(state, 'map', TYPE_TABLE)) {
      this.#openKeyed(state, AGGREGATE_MAP);
    } else if (this.#pushRaw(state, 'set', TYPE_TABLE)) {
      this.#openKeyed(state, AGGREGATE_SET);
    } else {
      this.#openAggregate(state, AGGREGATE_ARRAY);
    }
  }

  /** Writes the table on top of the stack if it stands for a single value; says whether it does. */
  #isWritten(state: LuaState): boolean {
    const { lua } = this.#machine;
    if (this.#pushRaw(state, 'err', TYPE_STRING)) {
      this.#error(state);
    } else if (this.#pushRaw(state, 'ok', TYPE_STRING)) {
      this.#writer.simple(this.#cTextAt(state));
    } else if (this.#pushRaw(state, 'double', TYPE_NUMBER)) {
      this.#double(state, lua.lua_tonumber(state, -1));
    } else if (this.#pushRaw(state, 'big_number', TYPE_STRING)) {
      this.#bigNumber(this.#dialect.cutsBigNumbers ? this.#cTextAt(state) : this.#machine.textAt(state, -1));
    } else if (this.#pushRaw(state, 'verbatim_string', TYPE_TABLE)) {
      const isVerbatim = this.#isVerbatim(state);
      lua.lua_settop(state, -2);
      return isVerbatim;
    } else {
      return false;
    }
    lua.lua_settop(state, -2);
    return true;
  }

  /** Pushes a field of the table on top of the stack if it has the type; says whether it did. */
  #pushRaw(state: LuaState, name: string, type: number): boolean {
    const { lua } = this.#machine;
    lua.lua_pushlstring(state, this.#machine.constant(name), name.length);
    lua.lua_rawget(state, -2);
    if (lua.lua_type(state, -1) === type) return true;
    lua.lua_settop(state, -2);
    return false;
  }

  /** Cold: for errors and the like. A C string: it ends at a NUL. */
  #cTextAt(state: LuaState): string {
    const text = this.#machine.textAt(state, -1);
    const end = text.indexOf('\0');
    return end < 0 ? text : text.slice(0, end);
  }

  #error(state: LuaState): void {
    const text = this.#cTextAt(state).replace(/[\r\n]+$/, '');
    this.#writer.error(text);
    const { lua } = this.#machine;
    lua.lua_pushlstring(state, this.#machine.constant(COUNTED_MARK), COUNTED_MARK.length);
    lua.lua_rawget(state, -3);
    if (lua.lua_toboolean(state, -1) === 0) this.#host.countError(text);
    lua.lua_settop(state, -2);
  }

  #double(state: LuaState, value: number): void {
    if (!this.#dialect.printsSeventeenDigits) {
      this.#writer.double(value, this.#version);
      return;
    }
    // Only Lua knows the sign of what is not a number.
    const text = Number.isNaN(value) ? this.#machine.textAt(state, -1) : generalText(value, 17);
    if (this.#version === 3) this.#line(`,${text}`);
    else this.#writer.bulkText(text);
  }

  #bigNumber(text: string): void {
    const line = text.replace(/[\r\n]/g, ' ');
    if (this.#version === 3) this.#line(String.fromCharCode(TYPE_BIG_NUMBER) + line);
    else this.#bulkBytes(line);
  }

  #bulkBytes(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.#writer.bulk(bytes, 0, bytes.length);
  }

  #line(text: string): void {
    const bytes = Buffer.from(`${text}\r\n`, 'latin1');
    this.#writer.raw(bytes, 0, bytes.length);
  }

  /** Writes the verbatim string that the table on top of the stack describes, if it does. */
  #isVerbatim(state: LuaState): boolean {
    const { lua } = this.#machine;
    if (!this.#pushRaw(state, 'format', TYPE_STRING)) return false;
    const format = this.#cTextAt(state).slice(0, VERBATIM_FORMAT).padEnd(VERBATIM_FORMAT);
    lua.lua_settop(state, -2);
    if (!this.#pushRaw(state, 'string', TYPE_STRING)) return false;
    if (this.#version === 2) {
      this.#bulk(state);
    } else {
      const start = this.#machine.stringAt(state, -1);
      const length = this.#machine.stringLength;
      this.#writer.header(TYPE_VERBATIM, length + VERBATIM_FORMAT + 1);
      const head = Buffer.from(`${format}:`, 'latin1');
      this.#writer.raw(head, 0, head.length);
      this.#writer.raw(this.#machine.bytes, start, start + length);
      this.#writer.newline();
    }
    lua.lua_settop(state, -2);
    return true;
  }

  /** The table to go through is on top of the stack, above the one it is a field of: both stay, as on the servers. */
  #openKeyed(state: LuaState, kind: number): void {
    this.#openAggregate(state, kind);
    this.#machine.lua.lua_pushnil(state);
  }

  /** The table is on top of the stack. The room left for the head is right when the table has as many as it seems. */
  #openAggregate(state: LuaState, kind: number): void {
    const writer = this.#writer;
    const guess = this.#machine.lua.lua_objlen(state, -1);
    const headRoom = HEAD_BYTES + digitsOf(guess);
    writer.reserve(headRoom);
    const headAt = writer.length;
    writer.length += headRoom;
    const known = this.#open[this.#depth];
    if (known) {
      known.kind = kind;
      known.headAt = headAt;
      known.headRoom = headRoom;
      known.count = 0;
      known.isAtValue = false;
    } else {
      this.#open.push({ kind, headAt, headRoom, count: 0, isAtValue: false });
    }
    this.#depth++;
  }

  /** Goes on with the innermost aggregate. */
  #step(state: LuaState): void {
    const { lua } = this.#machine;
    const aggregate = this.#open[this.#depth - 1];
    if (aggregate.kind === AGGREGATE_ARRAY) {
      lua.lua_rawgeti(state, -1, aggregate.count + 1);
      if (lua.lua_type(state, -1) === TYPE_NIL) {
        lua.lua_settop(state, -3);
        this.#close(aggregate);
        return;
      }
      aggregate.count++;
      this.#value(state);
      return;
    }
    if (aggregate.isAtValue) {
      aggregate.isAtValue = false;
      // Above the key stands its value.
      this.#value(state);
      return;
    }
    if (lua.lua_next(state, -2) === 0) {
      lua.lua_settop(state, -3);
      this.#close(aggregate);
      return;
    }
    aggregate.count++;
    if (aggregate.kind === AGGREGATE_SET) lua.lua_settop(state, -2);
    else aggregate.isAtValue = true;
    lua.lua_pushvalue(state, aggregate.kind === AGGREGATE_SET ? -1 : -2);
    this.#value(state);
  }

  /** Writes the head, now that the length is known, and moves what follows up to it. */
  #close(aggregate: Aggregate): void {
    this.#depth--;
    const writer = this.#writer;
    const end = writer.length;
    writer.length = aggregate.headAt;
    writer.header(this.#headType(aggregate.kind), this.#headCount(aggregate));
    const contentAt = aggregate.headAt + aggregate.headRoom;
    const contentLength = end - contentAt;
    if (writer.length !== contentAt && contentLength > 0) {
      writer.reserve(contentLength);
      writer.bytes.copyWithin(writer.length, contentAt, end);
    }
    writer.length += contentLength;
  }

  #headType(kind: number): number {
    if (this.#version === 2 || kind === AGGREGATE_ARRAY) return TYPE_ARRAY;
    return kind === AGGREGATE_MAP ? TYPE_MAP : TYPE_SET;
  }

  #headCount(aggregate: Aggregate): number {
    const isFlat = aggregate.kind === AGGREGATE_MAP && this.#version === 2;
    return isFlat ? aggregate.count * STEPS_OF_MAP : aggregate.count;
  }
}

function digitsOf(count: number): number {
  let digits = 1;
  for (let rest = count; rest >= 10; rest /= 10) digits++;
  return digits;
}
