/** What BITFIELD does with its key, which depends on its operations. Pure. */
import { asciiBytes } from '../../base/bytes.ts';
import type { CommandView, KeyFlag } from '../definition.ts';
import { argumentIs } from '../effects/arguments.ts';

const GET = asciiBytes('get');
const OVERFLOW = asciiBytes('overflow');
const READS: readonly KeyFlag[] = ['RO', 'access'];
const READS_AND_WRITES: readonly KeyFlag[] = ['RW', 'access', 'update'];

/** BITFIELD with nothing but GET only reads (valkey 8.0 `bitfieldGetKeys`). */
export function bitfieldKeyFlags(command: CommandView): readonly KeyFlag[] {
  let index = 2;
  while (index < command.count) {
    const rest = command.count - index - 1;
    if (argumentIs(command, index, GET) && rest >= 2) index += 3;
    else if (argumentIs(command, index, OVERFLOW) && rest >= 1) index += 2;
    else return READS_AND_WRITES;
  }
  return READS;
}
