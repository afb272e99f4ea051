/**
 * One Lua 5.1 in its own WebAssembly memory, with the small helpers everything else here is written with. It owns the
 * instance, the views of its memory and one Lua state. Runs on the thread that made it, synchronously. Must not know
 * servers, commands or sandboxes.
 *
 * Whoever keeps `bytes`, `words` or `doubles` across a call into Lua keeps a stale view: memory may have grown.
 */
import { addToTable, type BridgeEntry, type HostFunction } from './bridge.ts';
import {
  DEBUG_SIZE,
  GC_COUNT_KB,
  type LuaExports,
  type LuaState,
  REGISTRY_INDEX,
  STATUS_OK,
} from './lua-exports.ts';
import { luaModule } from './lua-module.ts';
import { MachineBuffer } from './machine-buffer.ts';
import { LuaPanic, type SystemLink, systemImports } from './system-imports.ts';
import { instantiate } from './web-assembly.ts';

/** The largest memory the module allows. */
export const MOST_MEMORY_BYTES = 2 ** 31;

/** A field of a library that scripts find. Characters of texts are bytes. */
export type LibraryField = readonly [name: string, value: string | number | HostFunction];

/** Offset of the pointer to the part of a table that is no list. */
const TABLE_NODES = 16;

export class LuaMachine {
  readonly lua: LuaExports;
  /** The main thread of the state. Host functions are given the state they were called from: often a coroutine. */
  readonly state: LuaState;
  /** The whole memory; replaced when it grows. */
  bytes!: Uint8Array;
  words!: Int32Array;
  doubles!: Float64Array;
  /** For whatever one host function puts together; nothing may be kept in it across calls. */
  readonly scratch: MachineBuffer;
  /** A `lua_Debug`. */
  readonly debug: number;
  /** Where `lua_tolstring` puts lengths. */
  readonly #lengthPointer: number;
  readonly #constants = new Map<string, number>();
  /** What the node pointer of a table without any holds; never true when the layout is not as expected. */
  #noNodes = -1;
  #negativeNan = 0;
  #positiveNan = 0;

  /** Opens Lua's own libraries. `maxMemoryBytes`: scripts fail with "not enough memory" beyond it. */
  constructor(maxMemoryBytes = MOST_MEMORY_BYTES) {
    const link: SystemLink = { lua: undefined };
    const host = { maxMemoryBytes, memoryGrew: () => this.#renew() };
    this.lua = instantiate(luaModule(), systemImports(host, link)) as LuaExports;
    link.lua = this.lua;
    this.#renew();
    this.lua.__wasm_call_ctors();
    this.scratch = new MachineBuffer(this);
    this.debug = this.lua.malloc(DEBUG_SIZE);
    this.#lengthPointer = this.lua.malloc(8);
    this.state = this.lua.luaL_newstate();
    const [panic] = this.addFunctions([(state) => this.#panic(state)]);
    this.lua.lua_atpanic(this.state, panic);
    this.lua.luaL_openlibs(this.state);
    this.lua.lua_settop(this.state, 0);
    this.#learnTables();
    this.#keepNans();
  }

  /** Only Lua can make numbers that are none with either sign. */
  #keepNans(): void {
    this.runOwn('return 0/0, -(0/0)', 2);
    const isSecondNegative = this.isNegativeNan(this.state, 2);
    const second = this.keep(this.state);
    const first = this.keep(this.state);
    this.#negativeNan = isSecondNegative ? second : first;
    this.#positiveNan = isSecondNegative ? first : second;
  }

  /** Compares an empty table with one that has a field, before `hasFields` relies on where they differ. */
  #learnTables(): void {
    this.lua.lua_createtable(this.state, 0, 0);
    this.lua.lua_createtable(this.state, 1, 0);
    this.lua.lua_createtable(this.state, 0, 1);
    const [empty, list, fields] = [1, 2, 3].map(
      (index) => this.words[(this.lua.lua_topointer(this.state, index) + TABLE_NODES) >> 2],
    );
    if (empty === list && empty !== fields) this.#noNodes = empty;
    this.lua.lua_settop(this.state, 0);
  }

  /** Bytes of memory the machine holds. */
  get memoryBytes(): number {
    return this.bytes.length;
  }

  /** Bytes that Lua's values use. */
  get usedBytes(): number {
    return this.lua.lua_gc(this.state, GC_COUNT_KB, 0) * 1024;
  }

  /** Cold: while the machine is set up. Indexes for `lua_pushcclosure`, in order. */
  addFunctions(hosts: readonly HostFunction[]): number[] {
    return this.addEntries(hosts.map((host) => ({ kind: 'function', host })));
  }

  /** Cold: while the machine is set up. */
  addEntries(entries: readonly BridgeEntry[]): number[] {
    return addToTable(this.lua, entries);
  }

  /** The text as a C string that stays: for names and messages written in this program, not for what users send. */
  constant(text: string): number {
    const known = this.#constants.get(text);
    if (known !== undefined) return known;
    const encoded = Buffer.from(text, 'latin1');
    const pointer = this.lua.malloc(encoded.length + 1);
    this.bytes.set(encoded, pointer);
    this.bytes[pointer + encoded.length] = 0;
    this.#constants.set(text, pointer);
    return pointer;
  }

  /** Pushes a string; characters are bytes. Uses the scratch buffer. */
  pushText(state: LuaState, text: string): void {
    this.scratch.reset();
    this.scratch.text(state, text);
    this.scratch.push(state);
  }

  /** Pushes bytes that lie outside the machine. Uses the scratch buffer. */
  pushBytes(state: LuaState, source: Uint8Array, start: number, end: number): void {
    this.scratch.reset();
    this.scratch.append(state, source, start, end);
    this.scratch.push(state);
  }

  /**
   * Where the bytes of the string (or number, which becomes a string) at `index` begin; their number is `stringLength`
   * until the next call. 0 for other values. Lua keeps the bytes there as long as the value is on the stack.
   */
  stringAt(state: LuaState, index: number): number {
    return this.lua.lua_tolstring(state, index, this.#lengthPointer);
  }

  /** Length of what `stringAt` or `checkString` found last. */
  get stringLength(): number {
    return this.words[this.#lengthPointer >> 2];
  }

  /** As `stringAt`, raising Lua's "bad argument" for other values. */
  checkString(state: LuaState, position: number): number {
    return this.lua.luaL_checklstring(state, position, this.#lengthPointer);
  }

  /** Cold: for messages and tests. The string or number at `index` with one character for each byte, else ''. */
  textAt(state: LuaState, index: number): string {
    const start = this.stringAt(state, index);
    return start === 0 ? '' : this.textOf(start, this.stringLength);
  }

  /** Cold: for messages. Characters are bytes. */
  textOf(start: number, length: number): string {
    return Buffer.from(this.bytes.buffer, start, length).toString('latin1');
  }

  /** Cold: for messages. The C string at `pointer`. */
  cText(pointer: number): string {
    return this.textOf(pointer, this.bytes.indexOf(0, pointer) - pointer);
  }

  /** As C converts the argument to `int` on the servers: 64 bits first, of which the low 32 are kept. */
  checkInteger(state: LuaState, position: number): number {
    return toInt32(this.lua.luaL_checknumber(state, position));
  }

  /** `luaL_error`: an error with the place of the running Lua function before it. */
  fail(state: LuaState, text: string): never {
    this.lua.luaL_where(state, 1);
    this.pushText(state, text);
    this.lua.lua_concat(state, 2);
    return this.raise(state);
  }

  /** Raises the text as it is. */
  raiseText(state: LuaState, text: string): never {
    this.lua.lua_pushlstring(state, this.constant(text), text.length);
    return this.raise(state);
  }

  /** Raises the value on top of the stack. */
  raise(state: LuaState): never {
    this.lua.lua_error(state);
    throw new LuaPanic('an error did not leave');
  }

  /** "bad argument #… to '…' (text)". `text` is a constant of this program. */
  argumentError(state: LuaState, position: number, text: string): never {
    this.lua.luaL_argerror(state, position, this.constant(text));
    throw new LuaPanic('an error did not leave');
  }

  /** As `argumentError`, of a text made at run time; characters are bytes. */
  argumentErrorText(state: LuaState, position: number, text: string): never {
    this.pushText(state, text);
    this.lua.luaL_argerror(state, position, this.stringAt(state, -1));
    throw new LuaPanic('an error did not leave');
  }

  /** Whether the number at `index`, which is not a number, has its sign set: JavaScript cannot tell. */
  isNegativeNan(state: LuaState, index: number): boolean {
    this.lua.lua_pushvalue(state, index);
    const isNegative = this.textAt(state, -1).startsWith('-');
    this.lua.lua_settop(state, -2);
    return isNegative;
  }

  /** Pushes a number; of one that is not a number, with the sign that JavaScript may have lost. */
  pushDouble(state: LuaState, value: number, isNegative: boolean): void {
    if (!Number.isNaN(value)) this.lua.lua_pushnumber(state, value);
    else this.pushKept(state, isNegative ? this.#negativeNan : this.#positiveNan);
  }

  /** Cold: set-up. Pushes a table of functions and constants, in this order. */
  pushLibrary(state: LuaState, fields: readonly LibraryField[]): void {
    const hosts = fields.flatMap(([, value]) => (typeof value === 'function' ? [value] : []));
    const indexes = this.addFunctions(hosts);
    this.lua.lua_createtable(state, 0, 0);
    for (const [name, value] of fields) {
      if (typeof value === 'function') this.lua.lua_pushcclosure(state, indexes[hosts.indexOf(value)], 0);
      else if (typeof value === 'number') this.lua.lua_pushnumber(state, value);
      else this.pushText(state, value);
      this.lua.lua_setfield(state, -2, this.constant(name));
    }
  }

  /** Compiles Lua; pushes a function, or an error text when the status is not 0. `name` as in `luaL_loadbuffer`. */
  load(state: LuaState, source: Uint8Array, start: number, end: number, name: string): number {
    return this.loadAs(state, source, start, end, this.constant(name));
  }

  /** As `load`, with the name as a C string. */
  loadAs(state: LuaState, source: Uint8Array, start: number, end: number, name: number): number {
    this.scratch.reset();
    // Precompiled code is not accepted: a space before its mark makes it the syntax error it is on the servers.
    if (source[start] === 0x1b) this.scratch.byte(state, 0x20);
    this.scratch.append(state, source, start, end);
    return this.lua.luaL_loadbuffer(state, this.scratch.pointer, this.scratch.length, name);
  }

  /** Cold: runs Lua of this program; leaves its results. Throws when it fails. */
  runOwn(source: string, results: number): void {
    const encoded = Buffer.from(source, 'latin1');
    const status =
      this.load(this.state, encoded, 0, encoded.length, '=own') ||
      this.lua.lua_pcall(this.state, 0, results, 0);
    if (status !== STATUS_OK) throw new LuaPanic(this.textAt(this.state, -1));
  }

  /** Whether the table at `index` may hold anything beside a list: most tables that scripts return do not. */
  hasFields(state: LuaState, index: number): boolean {
    return this.words[(this.lua.lua_topointer(state, index) + TABLE_NODES) >> 2] !== this.#noNodes;
  }

  /** Takes the value on top of the stack into the registry. */
  keep(state: LuaState): number {
    return this.lua.luaL_ref(state, REGISTRY_INDEX);
  }

  /** Gives a kept value up. */
  release(state: LuaState, reference: number): void {
    this.lua.luaL_unref(state, REGISTRY_INDEX, reference);
  }

  /** Pushes a kept value. */
  pushKept(state: LuaState, reference: number): void {
    this.lua.lua_rawgeti(state, REGISTRY_INDEX, reference);
  }

  #renew(): void {
    const buffer = this.lua.memory.buffer;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  #panic(state: LuaState): never {
    throw new LuaPanic(this.textAt(state, -1));
  }
}

/** A C `int` made of a double as the servers' compilers do on 64 bits. */
export function toInt32(value: number): number {
  if (value === (value | 0)) return value;
  // Beyond 64 bits (and not a number) the processor gives the smallest 64-bit number, whose low half is 0.
  if (!(value > -(2 ** 63) && value < 2 ** 63)) return 0;
  return Number(BigInt.asIntN(32, BigInt(Math.trunc(value))));
}
