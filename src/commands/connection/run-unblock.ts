/** What CLIENT UNBLOCK does on the engine. All shards are locked. Worker thread. As valkey 8.0 `networking.c`. */
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';

const TIMEOUT = word('timeout');
const ERROR = word('error');

export function runClientUnblock(context: CommandContext): void {
  const { compatibility, count } = context;
  // Valkey 9 passes over what is too much.
  if (count > 4 && !(compatibility.isValkey && compatibility.level >= 900)) {
    const text = "unknown subcommand or wrong number of arguments for '";
    context.error(`ERR ${text}${context.shown(1)}'. Try CLIENT HELP.`);
    return;
  }
  let asError = false;
  if (count === 4) {
    asError = isWord(context, 3, ERROR);
    if (!asError && !isWord(context, 3, TIMEOUT)) {
      context.error('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
      return;
    }
  }
  const id = integerAt(context, 2);
  if (!Number.isNaN(id)) context.integer(context.ports.blocking.unblock(id, asError) ? 1 : 0);
}
