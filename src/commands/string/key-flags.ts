/** What SET does with its key, which depends on its options. Pure. */
import { asciiBytes } from '../../base/bytes.ts';
import type { CommandView, KeyFlag } from '../definition.ts';
import { findArgument } from '../effects/arguments.ts';

const GET = asciiBytes('get');
const WRITES: readonly KeyFlag[] = ['OW', 'update'];
const READS_AND_WRITES: readonly KeyFlag[] = ['RW', 'access', 'update'];

/** SET reads the key only with GET (valkey 8.0 `setGetKeys`). */
export function setKeyFlags(command: CommandView): readonly KeyFlag[] {
  return findArgument(command, GET, 3) === -1 ? WRITES : READS_AND_WRITES;
}
