/**
 * FUNCTION and FCALL: libraries of all workers. Each worker loads every library into a Lua of its own. Changes are made
 * under the lock of scripts and numbered; they go to the other workers by mail, which carry them out in their order.
 * Worker thread. As valkey 8.0 `functions.c`.
 */
import { copyOf, decodeLatin1 } from '../base/bytes.ts';
import { OperationalError } from '../base/errors.ts';
import { integerAt } from '../commands/arguments.ts';
import type { CommandContext } from '../commands/context.ts';
import type { FunctionPort, RestorePolicy, RunningFunction, ShownLibrary } from '../commands/ports.ts';
import { TYPE_ERROR } from '../resp/constants.ts';
import type { Engine } from './engine.ts';
import { dumpLibraries, readLibraries } from './function-dump.ts';
import { FunctionRuntime } from './lua/function-runtime.ts';
import type { LibraryFunction } from './lua/libraries.ts';
import { FLAG_NAMES, FLAG_NO_WRITES, readLibraryHead } from './lua/script-source.ts';
import { MAIL_FUNCTIONS } from './mail-kinds.ts';
import type { ScriptCalls } from './script-calls.ts';
import { SCRIPT_FUNCTION, type ScriptState } from './script-state.ts';
import { identityOf } from './scripting.ts';

const NO_BYTES = new Uint8Array(0);
const FIRST_KEY = 3;
const CHANGING = 'Libraries are being changed by another client, try again';
/** Kinds of changes. */
const LOADED = 1;
const REMOVED = 2;
const FLUSHED = 3;

interface Change {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

export class Functions implements FunctionPort {
  readonly #engine: Engine;
  readonly #state: ScriptState;
  readonly #calls: ScriptCalls;
  readonly #runtime: FunctionRuntime;
  /** The last change that has been carried out here. */
  #version = 0;
  /** Changes that came before those they follow. */
  readonly #early = new Map<number, Change>();

  /** `libraries` are those that were loaded with the data: every worker begins with them. */
  constructor(engine: Engine, state: ScriptState, calls: ScriptCalls, libraries: readonly Uint8Array[]) {
    this.#engine = engine;
    this.#state = state;
    this.#calls = calls;
    this.#runtime = this.#newRuntime();
    for (const code of libraries) this.#begin(code);
    // Urgent: who changes libraries looks whether others have.
    engine.mailbox.handle(
      MAIL_FUNCTIONS,
      {
        mail: (_from, version, kind, _c, _d, bytes, start, end) =>
          this.#hear(version, { kind, bytes: copyOf(bytes, start, end) }),
      },
      true,
    );
  }

  /** Cold: at start. */
  #begin(code: Uint8Array): void {
    const library = this.#runtime.load(code, false, this.#calls);
    if ('refusal' in library) {
      throw new OperationalError('snapshot_unusable', `a library of functions in it: ${library.refusal}`);
    }
  }

  call(context: CommandContext, isReadOnly: boolean): void {
    this.#calls.announce(context);
    this.#catchUp();
    const entry = this.#runtime.libraries.function(context.text(1));
    if (entry === undefined) {
      context.error('ERR Function not found');
      return;
    }
    const keyCount = integerAt(context, 2, 'ERR Bad number of keys provided');
    if (Number.isNaN(keyCount)) return;
    if (keyCount > context.count - FIRST_KEY) {
      context.error("ERR Number of keys can't be greater than number of args");
    } else if (keyCount < 0) context.error("ERR Number of keys can't be negative");
    else this.#run(context, entry, keyCount, isReadOnly);
  }

  promisesNoWrites(name: string): boolean {
    const entry = this.#runtime.libraries.function(name);
    return entry !== undefined && (entry.flags & FLAG_NO_WRITES) !== 0;
  }

  load(context: CommandContext, argument: number, replaces: boolean): string | undefined {
    if (!this.#isCurrent(context)) return undefined;
    const code = copyOf(context.bytes, context.start(argument), context.end(argument));
    const library = this.#runtime.load(code, replaces, this.#calls);
    if ('refusal' in library) {
      context.error(`ERR ${library.refusal}`);
      return undefined;
    }
    this.#tell(LOADED, code);
    return library.name;
  }

  remove(context: CommandContext, name: string): void {
    if (!this.#isCurrent(context)) return;
    if (!this.#runtime.remove(name)) {
      context.error('ERR Library not found');
      return;
    }
    this.#tell(REMOVED, Buffer.from(name, 'latin1'));
    context.ok();
  }

  flush(context: CommandContext): void {
    if (!this.#isCurrent(context)) return;
    this.#runtime.flush();
    this.#tell(FLUSHED, NO_BYTES);
    context.ok();
  }

  /** Cold: for DEBUG RELOAD. No libraries are left. */
  drop(): void {
    this.#runtime.flush();
    this.#tell(FLUSHED, NO_BYTES);
  }

  /** Cold: for DEBUG RELOAD. Libraries that have come with data; why one of them cannot be loaded. */
  add(codes: readonly Uint8Array[], replaces: boolean): string | undefined {
    if (codes.length > 0 && !this.#isUpToDate()) return CHANGING;
    for (const code of codes) {
      const library = this.#runtime.load(code, replaces, this.#calls);
      if ('refusal' in library) return library.refusal;
      this.#tell(LOADED, code);
    }
    return undefined;
  }

  /** Cold: for administration. */
  dump(): Uint8Array {
    const codes = Array.from(this.#runtime.libraries.all(), ({ code }) => code);
    return dumpLibraries(codes, this.#engine.compatibility.name);
  }

  restore(context: CommandContext, argument: number, policy: RestorePolicy): void {
    if (!this.#isCurrent(context)) return;
    const payload = Buffer.from(copyOf(context.bytes, context.start(argument), context.end(argument)));
    const codes = readLibraries(payload, this.#engine.compatibility.name);
    const refusal = 'refusal' in codes ? codes.refusal : this.#whyNot(codes, policy);
    if (refusal !== undefined || 'refusal' in codes) {
      context.error(`ERR ${refusal}`);
      return;
    }
    if (policy === 'flush') {
      this.#runtime.flush();
      this.#tell(FLUSHED, NO_BYTES);
    }
    for (const code of codes) {
      this.#runtime.load(code, true, this.#calls);
      this.#tell(LOADED, code);
    }
    context.ok();
  }

  /** Loads them by themselves first: either all of them come in, or none. */
  #whyNot(codes: readonly Uint8Array[], policy: RestorePolicy): string | undefined {
    const trial = this.#newRuntime();
    if (policy !== 'flush') {
      for (const { code } of this.#runtime.libraries.all()) trial.load(code, true, this.#calls);
    }
    const seen = new Set<string>();
    for (const code of codes) {
      const head = readLibraryHead(code);
      const replaces = policy === 'replace' && !('refusal' in head) && !seen.has(head.name);
      const library = trial.load(code, replaces, this.#calls);
      if ('refusal' in library)
        return library.refusal.replace(/^Library '(.*)' already/, 'Library $1 already');
      seen.add(library.name);
    }
    return undefined;
  }

  /** Cold: for administration. */
  libraries(): ShownLibrary[] {
    return Array.from(this.#runtime.libraries.all(), ({ name, code, functions }) => ({
      name,
      code,
      functions: Array.from(functions.values(), (entry) => ({
        name: entry.name,
        description: entry.description,
        flags: FLAG_NAMES.filter(([, flag]) => (entry.flags & flag) !== 0).map(([flag]) => flag),
      })),
    }));
  }

  #newRuntime(): FunctionRuntime {
    const { compatibility } = this.#engine;
    return new FunctionRuntime({ level: compatibility.name, identity: identityOf(compatibility) });
  }

  running(): RunningFunction | undefined {
    return this.#state.running();
  }

  #run(context: CommandContext, entry: LibraryFunction, keyCount: number, isReadOnly: boolean): void {
    const refusal = this.#calls.whyNotRun(entry.flags, isReadOnly);
    if (refusal !== undefined) {
      context.error(refusal);
      return;
    }
    if (this.#calls.lacksMemory(context, entry.flags)) return;
    const noWrites = (entry.flags & FLAG_NO_WRITES) !== 0;
    const { writer, resp } = context;
    const start = writer.length;
    this.#calls.during(context, SCRIPT_FUNCTION, entry.name, noWrites, () =>
      this.#runtime.call(entry, context, FIRST_KEY, keyCount, this.#calls, writer, resp),
    );
    context.failed = writer.bytes[start] === TYPE_ERROR;
    context.errorText = '';
  }

  /** The lock of scripts is held, so nobody else changes libraries; all that others have done must have arrived. */
  #isCurrent(context: CommandContext): boolean {
    if (this.#isUpToDate()) return true;
    context.error(`ERR ${CHANGING}`);
    return false;
  }

  #isUpToDate(): boolean {
    this.#engine.mailbox.receiveUrgent();
    this.#catchUp();
    return this.#version === this.#state.libraryVersion;
  }

  /** A change has been made here. */
  #tell(kind: number, bytes: Uint8Array): void {
    const { mailbox } = this.#engine;
    this.#version = this.#state.nextLibraryVersion();
    for (let worker = 0; worker < mailbox.workers; worker++) {
      if (worker === mailbox.worker) continue;
      mailbox.send(worker, MAIL_FUNCTIONS, this.#version, kind, 0, 0, bytes, 0, bytes.length);
    }
  }

  #hear(version: number, change: Change): void {
    // One from before all were dropped here.
    if (version <= this.#version) return;
    this.#early.set(version, change);
    // Not into a Lua that runs.
    if (!this.#calls.isRunning) this.#catchUp();
  }

  #catchUp(): void {
    while (this.#early.size > 0) {
      const next = this.#early.get(this.#version + 1);
      if (next === undefined) return;
      this.#version += 1;
      this.#early.delete(this.#version);
      this.#carryOut(next);
    }
  }

  #carryOut({ kind, bytes }: Change): void {
    if (kind === LOADED) this.#runtime.load(bytes, true, this.#calls);
    else if (kind === REMOVED) this.#runtime.remove(decodeLatin1(bytes, 0, bytes.length));
    else this.#runtime.flush();
  }
}
