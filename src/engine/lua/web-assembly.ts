/**
 * The part of WebAssembly this folder uses, typed: the compiler's library for Node lacks it. Any thread. Knows nothing
 * of Lua.
 */

/** A compiled module; can be given to another thread as workerData. */
export type WasmModule = { readonly wasmModule: never };

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Pages of 64 KiB. Throws a RangeError beyond the maximum; the old buffer is detached. */
  grow(pages: number): number;
}

export interface WasmTable {
  readonly length: number;
  get(index: number): (...values: number[]) => number;
  set(index: number, value: unknown): void;
  grow(count: number): number;
}

export type WasmImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface WebAssemblyNamespace {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: unknown };
}

declare const WebAssembly: WebAssemblyNamespace;

/** Cold: once per process and module. Throws when the bytes are no valid module. */
export function compileModule(bytes: Uint8Array): WasmModule {
  return new WebAssembly.Module(bytes);
}

/** Cold: once per machine. The exports are whatever the module exports; the caller knows. */
export function instantiate(module: WasmModule, imports: WasmImports): unknown {
  return new WebAssembly.Instance(module, imports).exports;
}
