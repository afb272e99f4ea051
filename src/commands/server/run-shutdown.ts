/**
 * What SHUTDOWN does on the engine: the whole process ends as after SIGTERM, where the configuration allows it to
 * clients. Worker thread. Cold: once. As valkey 8.0 `db.c`.
 */
import type { CommandContext } from '../context.ts';
import { SYNTAX } from '../errors.ts';

const OPTIONS: ReadonlySet<string> = new Set(['nosave', 'save', 'now', 'force', 'abort']);
const NOT_ALLOWED = 'ERR lockstep: SHUTDOWN is not available through the gateway';

export function runShutdown(context: CommandContext): void {
  const { shutdown, scripts } = context.ports;
  if (!shutdown.isAllowed) {
    context.error(NOT_ALLOWED);
    return;
  }
  const options = new Set<string>();
  for (let at = 1; at < context.count; at++) options.add(context.text(at).toLowerCase());
  const isWrong = [...options].some((option) => !OPTIONS.has(option));
  const isOdd = (options.has('abort') && options.size > 1) || (options.has('save') && options.has('nosave'));
  if (isWrong || isOdd) context.error(SYNTAX);
  // It ends at once, so there is never one under way.
  else if (options.has('abort')) context.error('ERR No shutdown in progress.');
  else if (!options.has('nosave') && shutdown.isBusy) context.error(scripts.busyText());
  // Nothing is saved to files, and who wants that is told so.
  else if (options.has('save') && !options.has('force'))
    context.error('ERR Errors trying to SHUTDOWN. Check logs.');
  else {
    context.client.closing = true;
    shutdown.begin();
  }
}
