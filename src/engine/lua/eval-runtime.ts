/**
 * EVAL and its relatives on one thread: compiles scripts, keeps them, runs them. The engine decides which script runs
 * and whether it may; other threads have runtimes of their own. Must not know locks, sockets or clients.
 */
import type { CommandView } from '../../commands/definition.ts';
import type { FrameWriter, RespVersion } from '../../resp/encode.ts';
import { dialectOf } from './dialect.ts';
import { type EvalScript, EvalScripts, newScript } from './eval-scripts.ts';
import { STATUS_OK } from './lua-exports.ts';
import { RandomSequence } from './random-sequence.ts';
import { writeBareError } from './script-error.ts';
import type { ScriptHost } from './script-host.ts';
import { type RuntimeOptions, ScriptRunner } from './script-runner.ts';
import { type Refusal, readScriptHead } from './script-source.ts';
import { LuaPanic } from './system-imports.ts';

const CHUNK_NAME = '@user_script';
/** Place on the stack of an idle machine. */
const HANDLER = 1;
/** Place of the real globals while arguments are put there. */
const GLOBALS = 2;
/** A machine that grew beyond this is replaced when the script that needed it is done. */
const KEEP_MEMORY_BYTES = 128 * 1024 * 1024;

export class EvalRuntime {
  readonly #options: RuntimeOptions;
  readonly #scripts = new EvalScripts();
  #runner: ScriptRunner | undefined;
  /** Of the machine in use: scripts compiled for another one are compiled again. */
  #machineNumber = 0;

  /** Cold: once per thread. */
  constructor(options: RuntimeOptions) {
    this.#options = { random: new RandomSequence(), ...options };
  }

  /** Bytes of memory the machine holds, 0 before the first script. */
  get memoryBytes(): number {
    return this.#runner?.machine.memoryBytes ?? 0;
  }

  /** Bytes that values of scripts use. */
  get usedBytes(): number {
    return this.#runner?.machine.usedBytes ?? 0;
  }

  get scriptCount(): number {
    return this.#scripts.count;
  }

  /** The script with this text, compiled; or why it is none (without ERR). Allocates for texts not known yet. */
  load(bytes: Uint8Array, start: number, end: number): EvalScript | Refusal {
    return this.#scripts.findText(bytes, start, end) ?? this.#loadNew(bytes, start, end);
  }

  /** The script with this digest (lower case), if this thread knows it. */
  find(digest: string): EvalScript | undefined {
    return this.#scripts.findDigest(digest);
  }

  /** The script with this text, if this thread knows it. */
  findText(bytes: Uint8Array, start: number, end: number): EvalScript | undefined {
    return this.#scripts.findText(bytes, start, end);
  }

  /** Cold: once per script and thread. Another thread has compiled it: known from now on, compiled when it is run. */
  adopt(bytes: Uint8Array, start: number, end: number, isPinned: boolean): void {
    const known = this.#scripts.findText(bytes, start, end);
    if (known !== undefined) {
      if (isPinned) this.pin(known);
      return;
    }
    const made = newScript(bytes, start, end, 0, 0);
    const head = readScriptHead(made.body, dialectOf(this.#options.level));
    if ('refusal' in head) return;
    this.#add({ ...made, flags: head.flags, headLength: head.length, isPinned });
  }

  /** SCRIPT LOAD: the script is kept until `flush`. */
  pin(script: EvalScript): void {
    this.#scripts.pin(script);
  }

  /** SCRIPT FLUSH: forgets all scripts and whatever state they left in cjson and math.random stays as it is. */
  flush(): void {
    this.#scripts.clear();
    this.#discard();
  }

  /**
   * Runs a script with the arguments of `command` from `firstKey` on, of which the first `keyCount` are keys. Appends
   * exactly one reply to `writer`.
   */
  run(
    script: EvalScript,
    command: CommandView,
    firstKey: number,
    keyCount: number,
    host: ScriptHost,
    writer: FrameWriter,
    version: RespVersion,
  ): void {
    const start = writer.length;
    try {
      this.#run(script, command, firstKey, keyCount, host, writer, version);
    } catch (error) {
      this.#discard();
      if (!(error instanceof LuaPanic || error instanceof RangeError)) throw error;
      writer.length = start;
      writeBareError(script.digest, error.message, writer, host);
    }
  }

  #run(
    script: EvalScript,
    command: CommandView,
    firstKey: number,
    keyCount: number,
    host: ScriptHost,
    writer: FrameWriter,
    version: RespVersion,
  ): void {
    const runner = this.#ready();
    if (script.machineNumber !== this.#machineNumber) this.#compile(script);
    const { machine } = runner;
    const { lua, state } = machine;
    const firstValue = firstKey + keyCount;
    machine.pushKept(state, runner.sandbox.globals);
    runner.pushList(command, firstKey, firstValue);
    lua.lua_setfield(state, GLOBALS, machine.constant('KEYS'));
    runner.pushList(command, firstValue, command.count);
    lua.lua_setfield(state, GLOBALS, machine.constant('ARGV'));
    lua.lua_settop(state, HANDLER);
    machine.pushKept(state, script.reference);
    runner.call(0, HANDLER, script.digest, host, writer, version);
    if (machine.memoryBytes > KEEP_MEMORY_BYTES) this.#discard();
  }

  /** Cold: once per new script. */
  #loadNew(bytes: Uint8Array, start: number, end: number): EvalScript | Refusal {
    const runner = this.#ready();
    const known = newScript(bytes, start, end, 0, 0);
    const head = readScriptHead(known.body, runner.dialect);
    if ('refusal' in head) return head;
    const script = { ...known, flags: head.flags, headLength: head.length };
    const refusal = this.#compile(script);
    if (refusal) return refusal;
    this.#add(script);
    return script;
  }

  #add(script: EvalScript): void {
    const evicted = this.#scripts.add(script);
    if (evicted) this.#release(evicted);
  }

  #compile(script: EvalScript): Refusal | undefined {
    const { machine } = this.#ready();
    const { state } = machine;
    const status = machine.load(state, script.body, script.headLength, script.body.length, CHUNK_NAME);
    if (status !== STATUS_OK) {
      const text = machine.textAt(state, -1);
      machine.lua.lua_settop(state, -2);
      return { refusal: `Error compiling script (new function): ${text}` };
    }
    script.reference = machine.keep(state);
    script.machineNumber = this.#machineNumber;
    return undefined;
  }

  #release(script: EvalScript): void {
    const machine = this.#runner?.machine;
    if (machine && script.machineNumber === this.#machineNumber) {
      machine.release(machine.state, script.reference);
    }
  }

  #ready(): ScriptRunner {
    this.#runner ??= this.#start();
    return this.#runner;
  }

  #start(): ScriptRunner {
    const runner = new ScriptRunner(this.#options, false);
    const { machine, sandbox } = runner;
    sandbox.nameErrorHandler();
    sandbox.enterEval();
    machine.pushKept(machine.state, sandbox.errorHandler);
    return runner;
  }

  #discard(): void {
    this.#runner = undefined;
    this.#machineNumber++;
  }
}
