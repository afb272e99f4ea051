/**
 * Finds and compiles the Lua 5.1 that scripts run on: the WebAssembly file of the package `wasmoon-lua5.1`, whose own
 * JavaScript is not used. Runs once per process or thread, before any script. Must not know scripts or servers.
 */
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { compileModule, type WasmModule } from './web-assembly.ts';

const FILE = 'wasmoon-lua5.1/dist/liblua5.1.wasm';

/**
 * How `luaS_newlstr` computes which characters of a string its hash skips: `length >> 5`, compared with the length.
 * The servers' Lua hashes every character, and the order of `pairs` (and so of cjson.encode) follows from the hash.
 */
const HASH_STEP = [0x20, 0x02, 0x41, 0x05, 0x76, 0x22, 0x05, 0x4b, 0x04, 0x40];
const SHIFT_AT = 3;
/** `length >> 31` is 0: no character is skipped. */
const NO_SKIP = 31;

let compiled: WasmModule | undefined;

/** The compiled module, made at the first call. It may be handed to other threads, see `useLuaModule`. */
export function luaModule(): WasmModule {
  compiled ??= compileModule(withFullHash(fs.readFileSync(createRequire(import.meta.url).resolve(FILE))));
  return compiled;
}

/** Cold: at the start of a thread that was given the module compiled by another one. */
export function useLuaModule(module: WasmModule): void {
  compiled = module;
}

/** Cold: once. Throws when the file is not the one this was written for: its version is pinned in package.json. */
function withFullHash(bytes: Uint8Array): Uint8Array {
  const buffer = Buffer.from(bytes);
  const at = buffer.indexOf(Buffer.from(HASH_STEP));
  if (at < 0 || buffer.indexOf(Buffer.from(HASH_STEP), at + 1) >= 0) {
    throw new Error(`${FILE} is not the version this program was made for`);
  }
  buffer[at + SHIFT_AT] = NO_SKIP;
  return buffer;
}
