/**
 * A machine with its sandbox, ready to run scripts or functions one at a time: arguments in, reply out, errors, kills,
 * garbage. Runs on its owner's thread. Must not know how scripts are found, nor what commands do.
 */
import type { CommandView } from '../../commands/definition.ts';
import type { FrameWriter, RespVersion } from '../../resp/encode.ts';
import { dialectOf, type ScriptDialect, type ScriptIdentity, type ScriptLevel } from './dialect.ts';
import { raiseError } from './error-values.ts';
import { GC_STEP, type LuaState, MASK_COUNT, MASK_LINE, STATUS_OK } from './lua-exports.ts';
import { ReplyBuilder } from './lua-to-reply.ts';
import { LuaMachine, MOST_MEMORY_BYTES } from './machine.ts';
import { MachineBuffer } from './machine-buffer.ts';
import { RandomSequence } from './random-sequence.ts';
import { RedisLibrary } from './redis-library.ts';
import { Sandbox } from './sandbox.ts';
import { writeError } from './script-error.ts';
import { KILLED, type ScriptHost } from './script-host.ts';

/** Instructions between two questions whether the script shall stop. */
const INSTRUCTIONS_PER_CHECK = 100_000;
/** Garbage is collected a step further after this many scripts. */
const SCRIPTS_PER_STEP = 50;

export interface RuntimeOptions {
  readonly level: ScriptLevel;
  readonly identity: ScriptIdentity;
  /** Scripts fail with "not enough memory" when their machine would need more. */
  readonly maxMemoryBytes?: number;
  /** The sequence of math.random goes on across runtimes that share it. */
  readonly random?: RandomSequence;
}

export class ScriptRunner {
  readonly machine: LuaMachine;
  readonly dialect: ScriptDialect;
  readonly redis: RedisLibrary;
  readonly sandbox: Sandbox;
  readonly #builder: ReplyBuilder;
  readonly #values: MachineBuffer;
  readonly #hook: number;
  /** What the hook does between instructions; another function while a library is loaded. */
  #interrupt: (state: LuaState) => void;
  readonly #killText: string;
  #wasKilled = false;
  #scriptsSinceStep = 0;

  /** Cold: once per machine. `isForFunctions` chooses what `redis` holds. */
  constructor(options: RuntimeOptions, isForFunctions: boolean) {
    this.dialect = dialectOf(options.level);
    this.#killText = this.dialect.killTexts[isForFunctions ? 'function' : 'script'];
    this.machine = new LuaMachine(options.maxMemoryBytes ?? MOST_MEMORY_BYTES);
    const { machine } = this;
    this.redis = new RedisLibrary(machine, this.dialect, options.identity);
    this.#builder = new ReplyBuilder(machine, this.dialect);
    this.#values = new MachineBuffer(machine);
    this.#interrupt = (state) => this.#askHost(state);
    this.sandbox = new Sandbox(machine, this.dialect, options.random ?? new RandomSequence(), () =>
      isForFunctions ? this.redis.pushForFunctions(machine.state) : this.redis.pushForEval(machine.state),
    );
    [this.#hook] = machine.addEntries([{ kind: 'hook', host: (state) => this.#interrupt(state) }]);
    this.#watch();
  }

  /** Pushes a list of the arguments `[first, end)`. */
  pushList(command: CommandView, first: number, end: number): void {
    const { machine } = this;
    const { lua, state } = machine;
    lua.lua_createtable(state, this.dialect.makesListsToSize ? end - first : 0, 0);
    if (first >= end) return;
    const { bytes, spans } = command;
    const from = spans[first * 2];
    // The arguments stand one after the other in the command, so that one copy brings all of them.
    this.#values.reset();
    this.#values.append(state, bytes, from, spans[end * 2 - 1]);
    const { pointer } = this.#values;
    for (let index = first; index < end; index++) {
      const start = spans[index * 2];
      lua.lua_pushlstring(state, pointer + start - from, spans[index * 2 + 1] - start);
      lua.lua_rawseti(state, -2, index - first + 1);
    }
  }

  /**
   * Calls the function that stands on the stack below its `count` arguments; the error handler is at `handler`. Writes
   * the one reply and leaves the stack without function and arguments. `name` is what errors call the script.
   */
  call(
    count: number,
    handler: number,
    name: string,
    host: ScriptHost,
    writer: FrameWriter,
    version: RespVersion,
  ): void {
    const { machine, redis } = this;
    redis.host = host;
    redis.version = 2;
    try {
      const status = machine.lua.lua_pcall(machine.state, count, 1, handler);
      if (status === STATUS_OK) this.#builder.write(machine.state, writer, version, redis.version, host);
      else writeError(machine, machine.state, this.dialect, name, writer, host);
    } finally {
      redis.host = undefined;
    }
    if (this.#wasKilled) this.#watch();
    if (++this.#scriptsSinceStep >= SCRIPTS_PER_STEP) {
      this.#scriptsSinceStep = 0;
      machine.lua.lua_gc(machine.state, GC_STEP, SCRIPTS_PER_STEP);
    }
  }

  /** Cold: once per library that is loaded. Runs `action` with another answer to "shall the script stop?". */
  withInterrupt<Result>(interrupt: (state: LuaState) => void, action: () => Result): Result {
    const usual = this.#interrupt;
    this.#interrupt = interrupt;
    try {
      return action();
    } finally {
      this.#interrupt = usual;
      this.#watch();
    }
  }

  /** Ends the running script, also if it catches the error: it is raised again at every line. */
  kill(state: LuaState, text: string): never {
    this.#wasKilled = true;
    this.machine.lua.lua_sethook(state, this.#hook, MASK_LINE, 0);
    return raiseError(this.machine, state, text);
  }

  #askHost(state: LuaState): void {
    if (this.redis.host?.interrupted() === KILLED) this.kill(state, this.#killText);
  }

  #watch(): void {
    this.#wasKilled = false;
    this.machine.lua.lua_sethook(this.machine.state, this.#hook, MASK_COUNT, INSTRUCTIONS_PER_CHECK);
  }
}
