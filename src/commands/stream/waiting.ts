/** When XREAD and XREADGROUP wait for entries. Pure. Knows their options, not sessions. */
import { asciiBytes } from '../../base/bytes.ts';
import type { CommandView } from '../definition.ts';
import { argumentIs } from '../effects/arguments.ts';

const BLOCK = asciiBytes('block');
const COUNT = asciiBytes('count');
const GROUP = asciiBytes('group');
const STREAMS = asciiBytes('streams');

/** Whether XREAD or XREADGROUP has the BLOCK option; values of other options are not mistaken for it. */
export function waitsForEntries(command: CommandView): boolean {
  for (let index = 1; index < command.count; index += 1) {
    if (argumentIs(command, index, STREAMS)) return false;
    if (argumentIs(command, index, BLOCK)) return true;
    if (argumentIs(command, index, COUNT)) index += 1;
    else if (argumentIs(command, index, GROUP)) index += 2;
  }
  return false;
}
