/**
 * Texts for commands that are not executed. Cold: errors. As the servers' `commandCheckExistence` (valkey 8.0
 * `server.c`).
 */
import { decodeLatin1 } from '../base/bytes.ts';
import type { CommandContext } from '../commands/context.ts';
import type { CommandView } from '../commands/definition.ts';

const SHOWN = 128;

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
export function missingCommand(command: CommandView, name: string): string {
  return `${unknownCommand(command)}(lockstep: the embedded engine does not have ${name.replace('|', ' ')} yet)`;
}

/** Valkey 9 names the command. */
export function noMulti({ compatibility }: CommandContext, name: string): string {
  const isNamed = compatibility.isValkey && compatibility.level >= 900;
  return `ERR Command ${isNamed ? `'${name}' ` : ''}not allowed inside a transaction`;
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
