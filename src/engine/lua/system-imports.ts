/**
 * What the Lua module imports from its surroundings, as its compiler (emscripten) defines it: memory growth and the
 * jumps that Lua's errors are made of. Everything that would reach files, time zones or processes answers with an
 * error, so that a script can do nothing the host does not offer. Runs on the machine's thread. Knows nothing of Lua.
 */
import type { LuaExports } from './lua-exports.ts';
import type { WasmImports, WasmMemory } from './web-assembly.ts';

/** What C's longjmp throws. A number, so that no stack trace is collected. */
const LONG_JUMP = Number.POSITIVE_INFINITY;
const NOT_IMPLEMENTED = -52;
const PAGE_BYTES = 65536;

/** The machine is in no state to go on: an error where nothing catches errors. */
export class LuaPanic extends Error {}

export interface SystemHost {
  readonly maxMemoryBytes: number;
  /** Called after the memory grew, when all views of it are stale. */
  memoryGrew(): void;
}

/** Set once the instance exists: the imports are made before it. */
export interface SystemLink {
  lua: LuaExports | undefined;
}

/** Cold: once per machine. */
export function systemImports(host: SystemHost, link: SystemLink): WasmImports {
  const refuse = (): number => NOT_IMPLEMENTED;
  const nothing = (): number => 0;
  return {
    env: {
      invoke_vii: makeInvoke(link),
      _emscripten_throw_longjmp(): never {
        throw LONG_JUMP;
      },
      emscripten_resize_heap: (wanted: number) => (grow(host, exportsOf(link).memory, wanted >>> 0) ? 1 : 0),
      emscripten_memcpy_js(target: number, source: number, count: number): void {
        new Uint8Array(exportsOf(link).memory.buffer).copyWithin(target, source, source + count);
      },
      exit(code: number): never {
        throw new LuaPanic(`exit ${code}`);
      },
      emscripten_date_now: () => Date.now(),
      _emscripten_get_now_is_monotonic: () => 1,
      _emscripten_system: refuse,
      __syscall_openat: refuse,
      __syscall_fcntl64: refuse,
      __syscall_ioctl: refuse,
      __syscall_dup3: refuse,
      __syscall_unlinkat: refuse,
      __syscall_rmdir: refuse,
      __syscall_renameat: refuse,
      __syscall_readlinkat: refuse,
      strftime: nothing,
      _tzset_js: nothing,
      _mktime_js: nothing,
      _localtime_js: nothing,
      _gmtime_js: nothing,
    },
    wasi_snapshot_preview1: {
      fd_write: refuse,
      fd_read: refuse,
      fd_close: refuse,
      fd_seek: refuse,
      environ_sizes_get: nothing,
      environ_get: nothing,
    },
  };
}

function exportsOf(link: SystemLink): LuaExports {
  if (!link.lua) throw new LuaPanic('used before it was made');
  return link.lua;
}

/** Calls a function of the table as C's setjmp does: a jump thrown inside ends here, anything else goes on. */
function makeInvoke(link: SystemLink): (index: number, first: number, second: number) => void {
  const functions: ((first: number, second: number) => void)[] = [];
  return (index, first, second) => {
    const lua = exportsOf(link);
    functions[index] ??= lua.__indirect_function_table.get(index);
    const stack = lua.stackSave();
    try {
      functions[index](first, second);
    } catch (thrown) {
      if (thrown !== LONG_JUMP) throw thrown;
      lua.stackRestore(stack);
      lua.setThrew(1, 0);
    }
  };
}

/** Grows by half, to grow seldom, within the limit; false leaves the memory as it was. */
function grow(host: SystemHost, memory: WasmMemory, wanted: number): boolean {
  const size = memory.buffer.byteLength;
  if (wanted > host.maxMemoryBytes) return false;
  const generous = Math.min(host.maxMemoryBytes, Math.max(wanted, size * 1.5));
  try {
    memory.grow(Math.ceil((generous - size) / PAGE_BYTES));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
  host.memoryGrew();
  return true;
}
