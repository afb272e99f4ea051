/** What a command does to the regime of the session that sends it. Pure; worker thread. */
import type { CommandDefinition } from '../commands/definition.ts';
import { BIT_BLOCKING, BIT_PIN, BIT_STREAM, BIT_SUBSCRIBE, BIT_TRANSACTION } from '../commands/table.ts';
import type { Frame } from './ports.ts';

/** May need a connection of the session's own. */
export const OWN_CONNECTION = BIT_TRANSACTION | BIT_SUBSCRIBE | BIT_PIN | BIT_BLOCKING | BIT_STREAM;

/** Whether a well-formed command leaves state on its connection or may park it. */
export function changesState(
  definition: CommandDefinition,
  bits: number,
  frame: Frame,
  ownConnection: boolean,
): boolean {
  const { name, blocks } = definition;
  if ((bits & BIT_BLOCKING) !== 0) return blocks === undefined || blocks(frame);
  // EXEC, DISCARD and UNWATCH mean nothing without MULTI or WATCH before them.
  if ((bits & BIT_TRANSACTION) !== 0) return ownConnection || name === 'multi' || name === 'watch';
  return (bits & (BIT_SUBSCRIBE | BIT_PIN | BIT_STREAM)) !== 0;
}
