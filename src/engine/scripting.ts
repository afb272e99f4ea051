/**
 * EVAL and SCRIPT: scripts of all workers. Each worker has a Lua of its own and knows the texts of all scripts; it
 * compiles those that it runs. A new text goes to the others by mail, ahead of the reply. Worker thread. As valkey 8.0
 * `eval.c`.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import { integerAt } from '../commands/arguments.ts';
import type { Compatibility } from '../commands/compatibility.ts';
import type { CommandContext } from '../commands/context.ts';
import type { CommandView } from '../commands/definition.ts';
import { noScript } from '../commands/errors.ts';
import type { KillAnswer, ScriptPort } from '../commands/ports.ts';
import { promisesNoWrites } from '../commands/scripting/promises.ts';
import { TYPE_ERROR } from '../resp/constants.ts';
import type { Engine } from './engine.ts';
import { Functions } from './functions.ts';
import type { ScriptIdentity } from './lua/dialect.ts';
import { EvalRuntime } from './lua/eval-runtime.ts';
import type { EvalScript } from './lua/eval-scripts.ts';
import { FLAG_COMPATIBLE, FLAG_NO_WRITES, type Refusal } from './lua/script-source.ts';
import { MAIL_SCRIPT, MAIL_SCRIPTS_FLUSHED } from './mail-kinds.ts';
import { busyText } from './refusals.ts';
import { digestAt, ScriptCalls } from './script-calls.ts';
import { KILL_NOTHING, KILL_WROTE, SCRIPT_EVAL, type ScriptState } from './script-state.ts';

const NO_BYTES = new Uint8Array(0);
const DIGEST_LENGTH = 40;
const ARGUMENT_TEXT = 1;
const FIRST_KEY = 3;

export class Scripting implements ScriptPort {
  readonly state: ScriptState;
  readonly calls: ScriptCalls;
  readonly functions: Functions;
  readonly #engine: Engine;
  readonly #runtime: EvalRuntime;

  constructor(engine: Engine, state: ScriptState, libraries: readonly Uint8Array[]) {
    this.#engine = engine;
    this.state = state;
    this.calls = new ScriptCalls(engine, state);
    this.functions = new Functions(engine, state, this.calls, libraries);
    const { compatibility } = engine;
    this.#runtime = new EvalRuntime({ level: compatibility.name, identity: identityOf(compatibility) });
    engine.mailbox.handle(MAIL_SCRIPT, {
      mail: (_from, isPinned, _b, _c, _d, bytes, start, end) =>
        this.#runtime.adopt(bytes, start, end, isPinned === 1),
    });
    engine.mailbox.handle(MAIL_SCRIPTS_FLUSHED, { mail: () => this.#runtime.flush() });
  }

  evaluate(context: CommandContext, byDigest: boolean, isReadOnly: boolean): void {
    this.calls.announce(context);
    if (byDigest && context.length(ARGUMENT_TEXT) !== DIGEST_LENGTH) {
      this.#noScript(context);
      return;
    }
    const keyCount = this.keyCount(context);
    if (keyCount < 0) return;
    const script = byDigest
      ? this.#runtime.find(digestAt(context, ARGUMENT_TEXT))
      : this.#load(context, ARGUMENT_TEXT, false);
    if (script === undefined) this.#noScript(context);
    else if ('refusal' in script) context.error(`ERR ${script.refusal}`);
    else this.#run(context, script, keyCount, isReadOnly);
  }

  /** -1: the error has been written. */
  keyCount(context: CommandContext): number {
    const count = integerAt(context, 2);
    if (Number.isNaN(count)) return -1;
    if (count <= context.count - FIRST_KEY && count >= 0) return count;
    if (count < 0) context.error("ERR Number of keys can't be negative");
    else context.error("ERR Number of keys can't be greater than number of args");
    return -1;
  }

  load(context: CommandContext, argument: number): string | undefined {
    const script = this.#load(context, argument, true);
    if (!('refusal' in script)) return script.digest;
    context.error(`ERR ${script.refusal}`);
    return undefined;
  }

  text(digest: string): Uint8Array | undefined {
    return this.#runtime.find(digest)?.body;
  }

  flush(): void {
    this.#runtime.flush();
    const { mailbox } = this.#engine;
    for (let worker = 0; worker < mailbox.workers; worker++) {
      if (worker !== mailbox.worker) mailbox.send(worker, MAIL_SCRIPTS_FLUSHED, 0, 0, 0, 0, NO_BYTES, 0, 0);
    }
  }

  /** Whether a command runs a script or function that has said that it does not write. */
  promisesNoWrites(id: number, command: CommandView): boolean {
    const { definitions } = this.#engine.plan.table;
    const { bytes, spans, count } = command;
    if (count < 2) return false;
    const [start, end] = [spans[2], spans[3]];
    switch (definitions[id].name) {
      case 'eval':
        return promisesNoWrites(bytes, start, end);
      case 'evalsha': {
        const flags = this.#runtime.find(decodeLatin1(bytes, start, end).toLowerCase())?.flags ?? 0;
        return (flags & (FLAG_COMPATIBLE | FLAG_NO_WRITES)) === FLAG_NO_WRITES;
      }
      case 'fcall':
        return this.functions.promisesNoWrites(decodeLatin1(bytes, start, end));
      default:
        return false;
    }
  }

  kill(isEval: boolean): KillAnswer {
    const { kind } = this.state;
    if (kind !== 0 && (kind === SCRIPT_EVAL) !== isEval) return this.state.hasWritten ? 'wrote' : 'other';
    const answer = this.state.kill();
    if (answer === KILL_NOTHING) return 'nothing';
    return answer === KILL_WROTE ? 'wrote' : 'killed';
  }

  /** Scripts that this worker knows, which are those of all. */
  get count(): number {
    return this.#runtime.scriptCount;
  }

  busyText(): string {
    return busyText(this.#engine, this.state.kind === SCRIPT_EVAL);
  }

  #run(context: CommandContext, script: EvalScript, keyCount: number, isReadOnly: boolean): void {
    const refusal = this.calls.whyNotRun(script.flags, isReadOnly);
    if (refusal !== undefined) {
      context.error(refusal);
      return;
    }
    if (this.calls.lacksMemory(context, script.flags)) return;
    const noWrites = (script.flags & (FLAG_COMPATIBLE | FLAG_NO_WRITES)) === FLAG_NO_WRITES;
    const { writer, resp } = context;
    const start = writer.length;
    this.calls.during(context, SCRIPT_EVAL, script.digest, isReadOnly || noWrites, () =>
      this.#runtime.run(script, context, FIRST_KEY, keyCount, this.calls, writer, resp),
    );
    context.failed = writer.bytes[start] === TYPE_ERROR;
    context.errorText = '';
  }

  #load(context: CommandContext, argument: number, isPinned: boolean): EvalScript | Refusal {
    const start = context.start(argument);
    const end = context.end(argument);
    const known = this.#runtime.findText(context.bytes, start, end);
    if (known !== undefined && (known.isPinned || !isPinned)) return known;
    const script = known ?? this.#runtime.load(context.bytes, start, end);
    if ('refusal' in script) return script;
    if (isPinned) this.#runtime.pin(script);
    const { mailbox } = this.#engine;
    for (let worker = 0; worker < mailbox.workers; worker++) {
      if (worker === mailbox.worker) continue;
      mailbox.send(worker, MAIL_SCRIPT, isPinned ? 1 : 0, 0, 0, 0, context.bytes, start, end);
    }
    return script;
  }

  #noScript(context: CommandContext): void {
    context.error(noScript(context.compatibility));
  }
}

/** The versions that scripts are told. */
export function identityOf({ isValkey, version, redisVersion }: Compatibility): ScriptIdentity {
  return isValkey ? { redisVersion, valkeyVersion: version } : { redisVersion };
}
