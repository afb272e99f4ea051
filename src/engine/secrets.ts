/** Which arguments of commands are secrets, that neither MONITOR nor a log shows. Cold: for administration. */
import type { CommandContext } from '../commands/context.ts';

/** False for passwords. */
export function shownArgument(context: CommandContext, argument: number): boolean {
  const { name } = context.table.definitions[context.command];
  if (name === 'auth') return argument === 0;
  const before = (distance: number): string =>
    argument > distance ? context.text(argument - distance).toLowerCase() : '';
  if (name === 'hello') return before(1) !== 'auth' && before(2) !== 'auth';
  if (name !== 'migrate') return true;
  return before(1) !== 'auth' && before(1) !== 'auth2' && before(2) !== 'auth2';
}
