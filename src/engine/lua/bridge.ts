/**
 * Makes JavaScript functions callable from Lua: a table of C functions holds WebAssembly functions only, so that each
 * host function gets a small one of its own, written here byte by byte. A guard is one that stands before a C function
 * of Lua itself and asks the host only where its condition holds, so that ordinary calls stay as fast as they were.
 * Cold: once per machine. Knows nothing of what the functions do.
 */
import type { LuaExports, LuaState } from './lua-exports.ts';
import { compileModule, instantiate, type WasmModule } from './web-assembly.ts';

/** Returns how many results it pushed. */
export type HostFunction = (state: LuaState) => number;

/** Called by Lua between instructions, see `lua_sethook`. */
export type HookFunction = (state: LuaState, debug: number) => void;

/** A guard's host function returns this to let the original go on, with the values that now stand on the stack. */
export const CONTINUE = -1;

/** When a guard asks its host function. */
export type GuardCondition =
  | { readonly when: 'always' }
  /** The value at `position` has a metatable. */
  | { readonly when: 'metatable'; readonly position: number }
  | { readonly when: 'type'; readonly position: number; readonly type: number }
  /** A value at one of the positions is, as a number, not within 32 bits (or not a number at all). */
  | { readonly when: 'wide'; readonly positions: readonly number[] };

export type BridgeEntry =
  | { readonly kind: 'function'; readonly host: HostFunction }
  | { readonly kind: 'hook'; readonly host: HookFunction }
  | {
      readonly kind: 'guard';
      readonly host: HostFunction;
      readonly condition: GuardCondition;
      /** Index of the guarded C function in the machine's table. */
      readonly original: number;
    };

const I32 = 0x7f;
const F64 = 0x7c;
/** Signatures, by their index in the type section. */
const SIGNATURES: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[I32], [I32]],
  [[I32, I32], []],
  [[I32, I32], [I32]],
  [[I32, I32], [F64]],
];
const FUNCTION_SIGNATURE = 0;
const HOOK_SIGNATURE = 1;

/** What guards call of Lua: signature and, by position, the index of the imported function. */
const LUA_IMPORTS = [
  ['lua_getmetatable', 2],
  ['lua_settop', 1],
  ['lua_type', 2],
  ['lua_tonumber', 3],
] as const;
const CALL_GET_METATABLE = [0x10, 0];
const CALL_SET_TOP = [0x10, 1];
const CALL_TYPE = [0x10, 2];
const CALL_TO_NUMBER = [0x10, 3];

const LOCAL_GET_STATE = [0x20, 0];
const IF = [0x04, 0x40];
const END = 0x0b;
const WIDE = 2147483648;

/** Modules of the same shape differ only in what is imported, and are compiled once per thread. */
const compiledShapes = new Map<string, WasmModule>();

/** Adds one table entry for each of `entries`; returns their indexes in order. */
export function addToTable(lua: LuaExports, entries: readonly BridgeEntry[]): number[] {
  const bytes = moduleBytes(entries);
  const shape = Buffer.from(bytes).toString('latin1');
  let module = compiledShapes.get(shape);
  if (!module) {
    module = compileModule(bytes);
    compiledShapes.set(shape, module);
  }
  const host: Record<string, unknown> = {};
  for (const [index, entry] of entries.entries()) host[String(index)] = entry.host;
  const table = lua.__indirect_function_table;
  const exports = instantiate(module, { lua: { ...lua, table }, host }) as Record<string, unknown>;
  const first = table.grow(entries.length);
  return entries.map((_, index) => {
    table.set(first + index, exports[String(index)]);
    return first + index;
  });
}

function moduleBytes(entries: readonly BridgeEntry[]): Uint8Array {
  const hostSignatures = entries.map((entry) =>
    entry.kind === 'hook' ? HOOK_SIGNATURE : FUNCTION_SIGNATURE,
  );
  const imported = LUA_IMPORTS.length + entries.length;
  const types = SIGNATURES.map(([from, to]) => [0x60, ...list(from.map(one)), ...list(to.map(one))]);
  const imports = [
    ...LUA_IMPORTS.map(([name, signature]) => [...nameOf('lua'), ...nameOf(name), 0, signature]),
    ...hostSignatures.map((signature, index) => [...nameOf('host'), ...nameOf(String(index)), 0, signature]),
    [...nameOf('lua'), ...nameOf('table'), 1, 0x70, 0, 0],
  ];
  const exports = entries.map((_, index) => [...nameOf(String(index)), 0, ...unsigned(imported + index)]);
  const bodies = entries.map((entry, index) => {
    const body = bodyOf(entry, LUA_IMPORTS.length + index);
    return [...unsigned(body.length), ...body];
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list(imports)),
    ...section(3, list(hostSignatures.map(one))),
    ...section(7, list(exports)),
    ...section(10, list(bodies)),
  ]);
}

/** Code of one function: the state is parameter 0; guards keep the host's answer in local 1. */
function bodyOf(entry: BridgeEntry, hostIndex: number): number[] {
  const callHost = [0x10, ...unsigned(hostIndex)];
  if (entry.kind === 'hook') return [0, ...LOCAL_GET_STATE, 0x20, 1, ...callHost, END];
  if (entry.kind === 'function') return [0, ...LOCAL_GET_STATE, ...callHost, END];
  const ask = [
    ...[...LOCAL_GET_STATE, ...callHost, 0x22, 1, ...constant(0), 0x4e],
    ...[...IF, 0x20, 1, 0x0f, END],
  ];
  return [
    ...[1, 1, I32],
    ...guarded(entry.condition, ask),
    ...[...LOCAL_GET_STATE, ...constant(entry.original), 0x11, FUNCTION_SIGNATURE, 0],
    END,
  ];
}

function guarded(condition: GuardCondition, ask: readonly number[]): number[] {
  switch (condition.when) {
    case 'always':
      return [...ask];
    case 'metatable': {
      const found = [...LOCAL_GET_STATE, ...constant(condition.position), ...CALL_GET_METATABLE];
      const drop = [...LOCAL_GET_STATE, ...constant(-2), ...CALL_SET_TOP];
      return [...found, ...IF, ...drop, ...ask, END];
    }
    case 'type': {
      const type = [...LOCAL_GET_STATE, ...constant(condition.position), ...CALL_TYPE];
      return [...type, ...constant(condition.type), 0x46, ...IF, ...ask, END];
    }
    case 'wide': {
      const narrow = condition.positions.flatMap((position, index) => [
        ...[...LOCAL_GET_STATE, ...constant(position), ...CALL_TO_NUMBER, 0x99],
        ...[0x44, ...new Uint8Array(new Float64Array([WIDE]).buffer), 0x63],
        ...(index > 0 ? [0x71] : []),
      ]);
      return [...narrow, 0x45, ...IF, ...ask, END];
    }
  }
}

function one(value: number): number[] {
  return [value];
}

function constant(value: number): number[] {
  return [0x41, ...signed(value)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function nameOf(text: string): number[] {
  return list([...Buffer.from(text)].map(one));
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}
