/**
 * What running scripts get from the engine: their commands, with the caller's rights and on its data. Worker thread. As
 * valkey 8.0 `script.c`.
 *
 * The shards of the keys that the script's command has declared are locked. When a script touches anything else, all
 * other shards are locked as well and stay so until it ends (`ShardLocks.reachAll`).
 */

import { ALLOWED } from '../acl/denial.ts';
import { decodeLatin1 } from '../base/bytes.ts';
import { MODE_RESTRICTED } from '../commands/client-state.ts';
import type { CommandContext } from '../commands/context.ts';
import type { CommandDefinition, CommandView } from '../commands/definition.ts';
import { OUT_OF_MEMORY } from '../commands/errors.ts';
import type { FrameWriter, RespVersion } from '../resp/encode.ts';
import { STAT_ERRORS } from '../store/statistics.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { callInner } from './inner-commands.ts';
import { dialectOf, type ScriptTexts } from './lua/dialect.ts';
import {
  COMMAND_ALLOWED,
  COMMAND_DENIED,
  COMMAND_UNKNOWN,
  GO_ON,
  KILLED,
  LOG_WARNING,
  type ScriptHost,
} from './lua/script-host.ts';
import { FLAG_ALLOW_OOM, FLAG_COMPATIBLE, FLAG_NO_WRITES } from './lua/script-source.ts';
import { unknownSubcommand, whyNoWrites } from './refusals.ts';
import { SCRIPT_EVAL, type ScriptState } from './script-state.ts';
import { SETTING_BUSY } from './settings.ts';

/** Refusals that are not about scripts. */
const HAS_CODE = /^(?:NOREPLICAS|OOM|MISCONF) /;
const MAY_RUN_WITHOUT_MEMORY = FLAG_ALLOW_OOM | FLAG_NO_WRITES | FLAG_COMPATIBLE;
const WRITES_ON_READ_ONLY = 'ERR Can not execute a script with write flag using *_ro command.';

export class ScriptCalls implements ScriptHost {
  readonly #engine: Engine;
  readonly #state: ScriptState;
  readonly #texts: ScriptTexts;
  readonly #noScript: Uint8Array;
  /** Log lines go nowhere: what scripts say may be a client's values. */
  readonly leastLogLevel = LOG_WARNING + 1;
  #client: EngineClient | undefined = undefined;
  #isReadOnly = false;
  /** `allow-oom`: it may go on without memory. */
  #allowsOom = false;
  #name = '';
  #command: CommandContext | undefined = undefined;
  #kind = 0;

  constructor(engine: Engine, state: ScriptState) {
    this.#engine = engine;
    this.#state = state;
    const { table } = engine.plan;
    this.#texts = dialectOf(engine.compatibility.name).texts;
    this.#noScript = Uint8Array.from(table.definitions, (one) => (isForbidden(engine, one) ? 1 : 0));
  }

  /** A script runs on this worker. */
  get isRunning(): boolean {
    return this.#client !== undefined;
  }

  /** MONITOR shows the script's own command ahead of those that it calls. */
  announce(context: CommandContext): void {
    const { monitors } = this.#engine;
    if (monitors.isOn) monitors.feedScript(context.client as EngineClient, context);
  }

  /**
   * Runs `script` for the context's client. `name` is what others get to know of it. Whatever database it selects, the
   * client's stays.
   */
  during(context: CommandContext, kind: number, name: string, isReadOnly: boolean, script: () => void): void {
    const { scripted } = this.#engine;
    const client = context.client as EngineClient;
    const { database } = client;
    this.#client = client;
    this.#isReadOnly = isReadOnly;
    this.#name = name;
    this.#command = context;
    this.#kind = kind;
    scripted.nowMs = context.nowMs;
    this.#state.begin(kind, Date.now());
    try {
      script();
    } finally {
      this.#state.end();
      this.#client = undefined;
      this.#command = undefined;
      client.database = database;
    }
  }

  /** There was more than `maxmemory` when the script's command began, and the script has not written yet. */
  get #isOutOfMemory(): boolean {
    return this.#engine.eviction.isOver && !this.#state.hasWritten;
  }

  /** Whether a script with such flags may not run for want of memory; the error is written then. */
  lacksMemory(context: CommandContext, flags: number): boolean {
    this.#allowsOom = (flags & FLAG_ALLOW_OOM) !== 0;
    const isRefused = this.#engine.eviction.isOver && (flags & MAY_RUN_WITHOUT_MEMORY) === 0;
    if (isRefused) context.error(OUT_OF_MEMORY);
    return isRefused;
  }

  /** Why a script that has said by flags what it does may not run. Undefined for one that has said nothing. */
  whyNotRun(flags: number, isReadOnly: boolean): string | undefined {
    if ((flags & (FLAG_COMPATIBLE | FLAG_NO_WRITES)) !== 0) return undefined;
    if (isReadOnly) return WRITES_ON_READ_ONLY;
    return whyNoWrites(this.#engine);
  }

  call(command: CommandView, reply: FrameWriter, version: RespVersion): void {
    const engine = this.#engine;
    const { table } = engine.plan;
    const id = table.lookup(command.bytes, command.spans, command.count);
    const refusal = this.#refusal(id, command);
    if (refusal !== undefined) {
      const text = HAS_CODE.test(refusal) ? refusal : `ERR ${refusal}`;
      engine.store.statistics.cells[STAT_ERRORS] += 1;
      engine.statistics.failed(id, this.#countedAs(text), false);
      reply.error(text);
      return;
    }
    const { scripted } = engine;
    scripted.writer = reply;
    callInner(engine, scripted, this.#client!, id, command, version);
  }

  /** Valkey 9 tells a script that its user may not, and counts the refusal as it counts those of other clients. */
  #countedAs(text: string): string {
    const { isValkey, level } = this.#engine.compatibility;
    return isValkey && level >= 900 && text.startsWith('ERR ACL failure') ? 'NOPERM' : text;
  }

  mayRun(command: CommandView): typeof COMMAND_ALLOWED | typeof COMMAND_DENIED | typeof COMMAND_UNKNOWN {
    const { table, known } = this.#engine.plan;
    const id = table.lookup(command.bytes, command.spans, command.count);
    if (id < 0 || known[id] === 0) return COMMAND_UNKNOWN;
    const client = this.#client!;
    if ((client.mode & MODE_RESTRICTED) === 0) return COMMAND_ALLOWED;
    return this.#engine.access.check(client, id, command) === ALLOWED ? COMMAND_ALLOWED : COMMAND_DENIED;
  }

  /** The command is about to run: what it needs is locked. */
  reach(context: CommandContext, needsAll: boolean): void {
    const { locks } = this.#engine;
    if (locks.hasAll) return;
    let isLocked = !needsAll;
    for (let at = 0; at < context.keyCount && isLocked; at++) isLocked = context.keys[at].shard.locked;
    if (!isLocked) locks.reachAll();
  }

  /** Whose keys a client that tracks has read by the command: in Redis 7.0 those that the script has declared. */
  trackedContext(context: CommandContext): CommandContext {
    return this.#engine.compatibility.level < 702 ? this.#command! : context;
  }

  log(): void {}

  /** Nothing is replicated. */
  setReplication(): void {}

  countError(text: string): void {
    const { store, statistics } = this.#engine;
    store.statistics.cells[STAT_ERRORS] += 1;
    statistics.failed(-1, text, true);
  }

  interrupted(): typeof GO_ON | typeof KILLED {
    const { locks, settings } = this.#engine;
    const state = this.#state;
    if (state.isKilled) return KILLED;
    if (!state.isLong && this.#command !== undefined) state.setLong(this.#name, this.#command);
    if (Date.now() - state.startedMs < settings.numbers[SETTING_BUSY]) return GO_ON;
    if (state.busyKind === 0) state.setBusy(this.#kind);
    locks.wake();
    this.#engine.whileBusy.turn?.();
    return state.isKilled ? KILLED : GO_ON;
  }

  #refusal(id: number, command: CommandView): string | undefined {
    const texts = this.#texts;
    const { plan } = this.#engine;
    if (id < 0 || plan.known[id] === 0 || plan.runs[id] === undefined) {
      return this.#whyUnknown(id, command);
    }
    const arity = plan.arity[id];
    if (arity >= 0 ? command.count !== arity : command.count < -arity) return texts.wrongArity;
    if (this.#noScript[id] === 1 && !this.#engine.switches.anyScript) return texts.notAllowed;
    const client = this.#client!;
    if ((client.mode & MODE_RESTRICTED) !== 0) {
      const refusal = this.#engine.access.scriptRefusal(client, id, command);
      if (refusal !== undefined) return refusal;
    }
    if (this.#isReadOnly && plan.isWrite[id] === 1) return texts.readOnly;
    if (!this.#allowsOom && plan.deniesOom[id] === 1 && this.#isOutOfMemory) return OUT_OF_MEMORY;
    if (plan.writes[id] === 0) return undefined;
    // What has begun to write goes on.
    const refused = this.#state.hasWritten ? undefined : whyNoWrites(this.#engine);
    if (refused !== undefined) return refused;
    return this.#state.writes() ? undefined : this.#killText;
  }

  get #killText(): string {
    const { killTexts } = dialectOf(this.#engine.compatibility.name);
    return this.#kind === SCRIPT_EVAL ? killTexts.script : killTexts.function;
  }

  /** Valkey 9 tells of a wrong subcommand as it does outside of scripts. */
  #whyUnknown(id: number, command: CommandView): string {
    const { compatibility, plan } = this.#engine;
    const isContainer = id >= 0 && plan.table.definitions[id].subcommands !== undefined;
    if (!isContainer) return this.#texts.unknownCommand;
    if (command.count < 2) return this.#texts.wrongArity;
    const isNamed = compatibility.isValkey && compatibility.level >= 900;
    return isNamed ? unknownSubcommand(command).slice('ERR '.length) : this.#texts.unknownCommand;
  }
}

/** Whether scripts may not call a command. Redis 7.0 forbids those that wait, which its successor lets through. */
function isForbidden({ compatibility, plan }: Engine, { flags, variants }: CommandDefinition): boolean {
  if (flags.includes('noscript')) return true;
  return compatibility.level < 702 && variants?.[plan.server]?.addFlags?.includes('noscript') === true;
}

/** A digest as an argument gives it, in lower case. */
export function digestAt(context: CommandContext, argument: number): string {
  return decodeLatin1(context.bytes, context.start(argument), context.end(argument)).toLowerCase();
}
