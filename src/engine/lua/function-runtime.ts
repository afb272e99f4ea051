/**
 * Functions on one thread: loads libraries, keeps them, calls their functions. The engine tells every thread which
 * libraries there are and decides whether a function may run. What a library keeps in its own variables is kept for
 * each thread separately. Must not know locks, sockets or clients.
 */

import { copyOf } from '../../base/bytes.ts';
import type { CommandView } from '../../commands/definition.ts';
import type { FrameWriter, RespVersion } from '../../resp/encode.ts';
import { FunctionRegistration } from './function-registration.ts';
import { Libraries, type LibraryFunction, type ScriptLibrary } from './libraries.ts';
import { type LuaState, STATUS_OK, TYPE_TABLE } from './lua-exports.ts';
import { RandomSequence } from './random-sequence.ts';
import { textField, writeBareError } from './script-error.ts';
import type { ScriptHost } from './script-host.ts';
import { type RuntimeOptions, ScriptRunner } from './script-runner.ts';
import { type Refusal, readLibraryHead } from './script-source.ts';
import { LuaPanic } from './system-imports.ts';

const CHUNK_NAME = '@user_function';
/** Place on the stack of an idle machine. */
const HANDLER = 1;
/** Loading a library may take this long; it should only register functions. */
const LOAD_TIMEOUT_MS = 500;
const TIMEOUT_TEXT = 'FUNCTION LOAD timeout';

/** A machine made ready for functions. */
interface Stage {
  readonly runner: ScriptRunner;
  readonly registration: FunctionRegistration;
  /** The metatable of the functions' globals, and what they can read from. Kept values. */
  readonly globalsMetatable: number;
  readonly loadingGlobals: number;
}

export class FunctionRuntime {
  readonly #options: RuntimeOptions;
  readonly #libraries = new Libraries();
  #stage: Stage | undefined;

  /** Cold: once per thread. */
  constructor(options: RuntimeOptions) {
    this.#options = { random: new RandomSequence(), ...options };
  }

  get libraries(): Libraries {
    return this.#libraries;
  }

  get memoryBytes(): number {
    return this.#stage?.runner.machine.memoryBytes ?? 0;
  }

  get usedBytes(): number {
    return this.#stage?.runner.machine.usedBytes ?? 0;
  }

  /**
   * FUNCTION LOAD: runs the code and adds the library, in place of one with its name if `replaces`. Returns it, or why
   * it was refused (without ERR), and nothing has changed then. `host` is asked for nothing but `log`.
   */
  load(code: Uint8Array, replaces: boolean, host: ScriptHost): ScriptLibrary | Refusal {
    const head = readLibraryHead(code);
    if ('refusal' in head) return head;
    const old = this.#libraries.get(head.name);
    if (old && !replaces) return { refusal: `Library '${head.name}' already exists` };
    const functions = this.#register(code, head.length, host);
    if ('refusal' in functions) return functions;
    const library = { name: head.name, code: copyOf(code, 0, code.length), functions };
    const refusal =
      functions.size === 0 ? { refusal: 'No functions registered' } : this.#libraries.put(library);
    if (refusal) {
      this.#release(functions);
      return refusal;
    }
    if (old) this.#release(old.functions);
    return library;
  }

  /** FUNCTION DELETE; false when there is no such library. */
  remove(name: string): boolean {
    const library = this.#libraries.remove(name);
    if (!library) return false;
    this.#release(library.functions);
    return true;
  }

  /** FUNCTION FLUSH. */
  flush(): void {
    this.#libraries.clear();
    this.#stage = undefined;
  }

  /**
   * Calls a function with the arguments of `command` from `firstKey` on, of which the first `keyCount` are keys.
   * Appends exactly one reply to `writer`.
   */
  call(
    called: LibraryFunction,
    command: CommandView,
    firstKey: number,
    keyCount: number,
    host: ScriptHost,
    writer: FrameWriter,
    version: RespVersion,
  ): void {
    const start = writer.length;
    try {
      const { runner } = this.#ready(host);
      // The machine may have been made again since the caller looked the function up.
      const { reference } = this.#libraries.function(called.name) ?? called;
      const firstValue = firstKey + keyCount;
      runner.machine.pushKept(runner.machine.state, reference);
      runner.pushList(command, firstKey, firstValue);
      runner.pushList(command, firstValue, command.count);
      runner.call(2, HANDLER, called.name, host, writer, version);
    } catch (error) {
      this.#stage = undefined;
      if (!(error instanceof LuaPanic || error instanceof RangeError)) throw error;
      writer.length = start;
      writeBareError(called.name, error.message, writer, host);
    }
  }

  /** Runs the code of a library; its functions, or why there are none. */
  #register(code: Uint8Array, headLength: number, host: ScriptHost): Map<string, LibraryFunction> | Refusal {
    const stage = this.#ready(host);
    const { runner, registration, globalsMetatable, loadingGlobals } = stage;
    const functions = new Map<string, LibraryFunction>();
    const deadline = performance.now() + LOAD_TIMEOUT_MS;
    const interrupt = (state: LuaState): void => {
      if (performance.now() > deadline) runner.kill(state, TIMEOUT_TEXT);
    };
    registration.functions = functions;
    registration.lateRefusal = undefined;
    runner.redis.host = host;
    runner.sandbox.readFrom(globalsMetatable, loadingGlobals);
    try {
      const refusal = runner.withInterrupt(interrupt, () => this.#run(runner, code, headLength));
      const refusals = refusal ?? registration.lateRefusal;
      if (refusals === undefined) return functions;
      this.#release(functions);
      return { refusal: refusals };
    } catch (error) {
      this.#stage = undefined;
      if (!(error instanceof LuaPanic || error instanceof RangeError)) throw error;
      return { refusal: `Error registering functions: ERR ${error.message}` };
    } finally {
      registration.functions = undefined;
      runner.redis.host = undefined;
      runner.sandbox.readFrom(globalsMetatable, runner.sandbox.globals);
    }
  }

  #run(runner: ScriptRunner, code: Uint8Array, headLength: number): string | undefined {
    const { machine } = runner;
    const { lua, state } = machine;
    let refusal: string | undefined;
    if (machine.load(state, code, headLength, code.length, CHUNK_NAME) !== STATUS_OK) {
      refusal = `Error compiling function: ${machine.textAt(state, -1)}`;
    } else if (lua.lua_pcall(state, 0, 0, 0) !== STATUS_OK) {
      const isTable = lua.lua_type(state, -1) === TYPE_TABLE;
      const text = isTable ? textField(machine, state, 'err') : `ERR ${machine.textAt(state, -1)}`;
      refusal = `Error registering functions: ${text ?? 'ERR unknown error'}`;
    }
    lua.lua_settop(state, HANDLER);
    return refusal;
  }

  #release(functions: ReadonlyMap<string, LibraryFunction>): void {
    const machine = this.#stage?.runner.machine;
    if (!machine) return;
    for (const { reference } of functions.values()) machine.release(machine.state, reference);
  }

  #ready(host: ScriptHost): Stage {
    if (this.#stage) return this.#stage;
    this.#stage = this.#start();
    this.#restore(host);
    return this.#stage;
  }

  #start(): Stage {
    const runner = new ScriptRunner(this.#options, true);
    const { machine, sandbox } = runner;
    const registration = new FunctionRegistration(machine, runner.dialect);
    const loadingGlobals = sandbox.makeLoadingGlobals(runner.redis, (state) => registration.register(state));
    const globalsMetatable = sandbox.enterFunctions();
    machine.pushKept(machine.state, sandbox.errorHandler);
    return { runner, registration, globalsMetatable, loadingGlobals };
  }

  /** Loads the libraries that a machine had which is no more. */
  #restore(host: ScriptHost): void {
    const codes = Array.from(this.#libraries.all(), ({ code }) => code);
    this.#libraries.clear();
    for (const code of codes) this.load(code, false, host);
  }
}
