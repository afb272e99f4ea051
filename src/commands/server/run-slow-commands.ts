/** What SLOWLOG and COMMANDLOG do on the engine. Worker thread. Cold: administration. As valkey 8.1 `commandlog.c`. */
import { integerWithin, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { type CommandLogKind, LOG_LARGE_REPLY, LOG_LARGE_REQUEST, LOG_SLOW } from '../ports.ts';

const BAD_COUNT = 'ERR count should be greater than or equal to -1';
const BAD_TYPE = 'ERR type should be one of the following: slow, large-request, large-reply';
const USUAL_COUNT = 10;
const KINDS: readonly (readonly [name: Uint8Array, kind: CommandLogKind])[] = [
  [word('slow'), LOG_SLOW],
  [word('large-request'), LOG_LARGE_REQUEST],
  [word('large-reply'), LOG_LARGE_REPLY],
];

export function runSlowlogGet(context: CommandContext): void {
  if (context.count > 3) context.error(unknownForm(context));
  else writeEntries(context, LOG_SLOW);
}

export function runSlowlogLen(context: CommandContext): void {
  context.integer(context.ports.commandLog.length(LOG_SLOW));
}

export function runSlowlogReset(context: CommandContext): void {
  context.ports.commandLog.reset(LOG_SLOW);
  context.ok();
}

export function runCommandlogGet(context: CommandContext): void {
  const kind = kindAt(context, 3);
  if (kind !== undefined) writeEntries(context, kind);
}

export function runCommandlogLen(context: CommandContext): void {
  const kind = kindAt(context, 2);
  if (kind !== undefined) context.integer(context.ports.commandLog.length(kind));
}

export function runCommandlogReset(context: CommandContext): void {
  const kind = kindAt(context, 2);
  if (kind === undefined) return;
  context.ports.commandLog.reset(kind);
  context.ok();
}

function writeEntries(context: CommandContext, kind: CommandLogKind): void {
  const count =
    context.count === 2 ? USUAL_COUNT : integerWithin(context, 2, -1, Number.POSITIVE_INFINITY, BAD_COUNT);
  if (Number.isNaN(count)) return;
  context.ports.commandLog.write(kind, context.writer, count === -1 ? Number.POSITIVE_INFINITY : count);
}

/** Undefined: the error has been written. */
function kindAt(context: CommandContext, argument: number): CommandLogKind | undefined {
  for (const [name, kind] of KINDS) if (isWord(context, argument, name)) return kind;
  context.error(BAD_TYPE);
  return undefined;
}

function unknownForm(context: CommandContext): string {
  const name = context.text(1).slice(0, 128);
  return `ERR unknown subcommand or wrong number of arguments for '${name}'. Try SLOWLOG HELP.`;
}
