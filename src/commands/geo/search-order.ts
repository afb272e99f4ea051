/**
 * How far two servers with the same data agree on the elements of a geographic search. Pure. Knows the options of
 * GEOSEARCH and GEORADIUS, not their results.
 */
import { asciiBytes } from '../../base/bytes.ts';
import type { CommandView, CompareRule } from '../definition.ts';
import { findArgument } from '../effects/arguments.ts';
import { FLOAT, SHAPE, UNORDERED } from '../shapes.ts';

const ANY = asciiBytes('any');
const ASC = asciiBytes('asc');
const COUNT = asciiBytes('count');
const DESC = asciiBytes('desc');
const STORE = asciiBytes('store');
const STOREDIST = asciiBytes('storedist');
const WITHCOORD = asciiBytes('withcoord');
/** No option stands before this argument in any of the commands. */
const FIRST_OPTION = 3;

/**
 * `compareWith` of the searches. COUNT … ANY takes whichever are found first; coordinates are printed with different
 * precision by different versions; without a sorting option the order is that of the search.
 */
export function geoSearchRule(command: CommandView): CompareRule | undefined {
  if (has(command, STORE) || has(command, STOREDIST)) return undefined;
  if (has(command, ANY)) return SHAPE;
  if (has(command, WITHCOORD)) return FLOAT;
  // COUNT sorts, too.
  return has(command, ASC) || has(command, DESC) || has(command, COUNT) ? undefined : UNORDERED;
}

function has(command: CommandView, option: Uint8Array): boolean {
  return findArgument(command, option, FIRST_OPTION) !== -1;
}
