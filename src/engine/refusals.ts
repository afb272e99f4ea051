/**
 * Texts for commands that are not executed. Cold: errors. As the servers' `commandCheckExistence` (valkey 8.0
 * `server.c`).
 */

import { ALLOWED, NO_LOGIN } from '../acl/denial.ts';
import { decodeLatin1 } from '../base/bytes.ts';
import {
  type ClientState,
  MODE_MONITOR,
  MODE_MULTI,
  MODE_RESTRICTED,
  MODE_SUBSCRIBED,
  MODE_UNAUTHENTICATED,
} from '../commands/client-state.ts';
import { isCalledRedis } from '../commands/compatibility.ts';
import type { CommandContext } from '../commands/context.ts';
import type { CommandView } from '../commands/definition.ts';
import { OUT_OF_MEMORY, wrongArity } from '../commands/errors.ts';
import { BIT_NO_AUTH } from '../commands/table.ts';
import type { EngineClient } from './client.ts';
import type { CommandPlan } from './command-plan.ts';
import type { Engine } from './engine.ts';
import { SETTING_MIN_REPLICAS } from './settings.ts';

const SHOWN = 128;
/** `min-replicas-to-write` is above 0: an engine has no replicas. */
export const NO_REPLICAS = 'NOREPLICAS Not enough good replicas to write.';

/** Why a command is not one that the engine can execute. */
function whyUnknown(context: CommandContext, plan: CommandPlan, id: number): string {
  if (hidesErrors(context, plan, id)) return NO_LOGIN;
  if (id < 0) return unknownCommand(context);
  const definition = plan.table.definitions[id];
  if (definition.subcommands !== undefined && plan.known[id] === 1) {
    return context.count > 1 ? unknownSubcommand(context) : wrongArity(definition.name);
  }
  if (plan.known[id] === 1) return missingCommand(context, definition.name);
  return definition.name.includes('|') ? unknownSubcommand(context) : unknownCommand(context);
}

/** Why a command is not executed; undefined: it is. In the servers' order. */
export function whyRefused(engine: Engine, client: EngineClient, id: number): string | undefined {
  const { context, plan, eviction, scriptState } = engine;
  if (id < 0 || plan.known[id] === 0 || plan.runs[id] === undefined) return whyUnknown(context, plan, id);
  if (!plan.isRightArity(id, context.count)) return whyWrongArity(context, plan, id);
  const refusal = client.mode === 0 ? undefined : whyNotNow(engine, client, id);
  if (refusal !== undefined) return refusal;
  if (scriptState.busyKind !== 0) {
    // Nothing is evicted meanwhile.
    if (plan.allowsBusy[id] === 0) return engine.scripting.busyText();
  } else if (eviction.limitBytes !== 0 && !eviction.admits(client, id)) return OUT_OF_MEMORY;
  if (!mayRefuseWrites(engine)) return undefined;
  const refused = whyNoWrites(engine);
  if (refused === undefined || writesAnything(client, plan, id)) return refused;
  return plan.table.definitions[id].name === 'ping' && refused !== NO_REPLICAS ? refused : undefined;
}

/** A look that costs little. */
function mayRefuseWrites({ settings, snapshots }: Engine): boolean {
  return settings.numbers[SETTING_MIN_REPLICAS] !== 0 || !snapshots.isLastGood;
}

/** Why nobody may write now. Cold: in rare states. */
export function whyNoWrites(engine: Engine): string | undefined {
  if (engine.snapshots.refusesWrites) return snapshotFailedText(engine);
  return engine.settings.numbers[SETTING_MIN_REPLICAS] > 0 ? NO_REPLICAS : undefined;
}

function snapshotFailedText({ compatibility, settings }: Engine): string {
  const name = isCalledRedis(compatibility, settings) ? 'Redis' : 'Valkey';
  return (
    `MISCONF ${name} is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands ` +
    'that may modify the data set are disabled, because this instance is configured to report errors during writes ' +
    'if RDB snapshotting fails (stop-writes-on-bgsave-error option). ' +
    `Please check the ${name} logs for details about the RDB error.`
  );
}

/** Whether the command is a write, or EXEC of one. */
function writesAnything(client: EngineClient, plan: CommandPlan, id: number): boolean {
  if (!plan.isExec(id)) return plan.writes[id] === 1;
  for (const { command } of client.queue) if (plan.writes[command] === 1) return true;
  return false;
}

function whyWrongArity(context: CommandContext, plan: CommandPlan, id: number): string {
  return hidesErrors(context, plan, id) ? NO_LOGIN : wrongArity(plan.table.definitions[id].name);
}

/** Valkey 9 tells nothing to who has yet to log in. */
function hidesErrors({ client, compatibility }: CommandContext, plan: CommandPlan, id: number): boolean {
  const { isValkey, level } = compatibility;
  if ((client.mode & MODE_UNAUTHENTICATED) === 0 || !isValkey || level < 900) return false;
  return id < 0 || (plan.table.bits[id] & BIT_NO_AUTH) === 0;
}

/** Why a client in a special mode may not run a command now. */
function whyNotNow({ context, plan, access }: Engine, client: EngineClient, id: number): string | undefined {
  const { bits, labels } = plan.table;
  if ((client.mode & MODE_UNAUTHENTICATED) !== 0 && (bits[id] & BIT_NO_AUTH) === 0) return NO_LOGIN;
  if ((client.mode & MODE_MULTI) !== 0 && plan.noMulti[id] !== 0) return noMulti(context, labels[id]);
  if ((client.mode & MODE_RESTRICTED) !== 0) {
    const denied = access.check(client, id, context);
    if (denied !== ALLOWED) return access.refusal(client, denied, id, context);
  }
  return whyNotWhileListening(plan, client, id);
}

/** Why a client that monitors, or that is subscribed in RESP2, may not run a command. */
function whyNotWhileListening(plan: CommandPlan, client: ClientState, id: number): string | undefined {
  if ((client.mode & MODE_MONITOR) !== 0 && plan.touchesKeys[id] === 1) {
    return "ERR Replica can't interact with the keyspace";
  }
  if ((client.mode & MODE_SUBSCRIBED) === 0 || client.resp === 3) return undefined;
  return plan.whileSubscribed[id] === 1 ? undefined : notWhileSubscribed(plan.table.definitions[id].name);
}

export function unknownCommand(command: CommandView): string {
  let shown = '';
  for (let at = 1; at < command.count && shown.length < SHOWN; at++) {
    shown += `'${argument(command, at, SHOWN - shown.length)}' `;
  }
  return `ERR unknown command '${argument(command, 0, SHOWN)}', with args beginning with: ${shown}`;
}

export function unknownSubcommand(command: CommandView): string {
  const container = argument(command, 0, Number.POSITIVE_INFINITY).toUpperCase();
  return `ERR unknown subcommand '${argument(command, 1, SHOWN)}'. Try ${container} HELP.`;
}

/** What the product has and the engine does not: a client takes it for an unknown command, a person sees why. */
function missingCommand(command: CommandView, name: string): string {
  return `${unknownCommand(command)}(lockstep: the embedded engine does not have ${name.replace('|', ' ')} yet)`;
}

/** Valkey 9 names the command. */
export function noMulti({ compatibility }: Pick<CommandContext, 'compatibility'>, name: string): string {
  const isNamed = compatibility.isValkey && compatibility.level >= 900;
  return `ERR Command ${isNamed ? `'${name}' ` : ''}not allowed inside a transaction`;
}

/** A script or function has been running for too long. */
export function busyText({ compatibility, settings }: Engine, isEval: boolean): string {
  const name = isCalledRedis(compatibility, settings) ? 'Redis' : 'Valkey';
  const kill = isEval ? 'SCRIPT KILL' : 'FUNCTION KILL';
  return `BUSY ${name} is busy running a script. You can only call ${kill} or SHUTDOWN NOSAVE.`;
}

export function notWhileSubscribed(name: string): string {
  return (
    `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this ` +
    'context'
  );
}

/** Up to its first zero byte, as C prints it. */
function argument({ bytes, spans }: CommandView, index: number, most: number): string {
  const start = spans[2 * index];
  const end = Math.min(spans[2 * index + 1], start + most);
  const zero = bytes.indexOf(0, start);
  return decodeLatin1(bytes, start, zero >= 0 && zero < end ? zero : end);
}
