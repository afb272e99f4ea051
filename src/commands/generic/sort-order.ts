/**
 * When two servers with the same data may give the elements of SORT in different orders. Pure. Knows SORT's options,
 * not its result.
 */
import { asciiBytes } from '../../base/bytes.ts';
import type { CommandView, CompareRule } from '../definition.ts';
import { argumentIs } from '../effects/arguments.ts';
import { SHAPE, UNORDERED } from '../shapes.ts';

const BY = asciiBytes('by');
const GET = asciiBytes('get');
const LIMIT = asciiBytes('limit');
const ALPHA = asciiBytes('alpha');
const STORE = asciiBytes('store');
const STAR = 0x2a;

/**
 * `compareWith` of SORT and SORT_RO. Elements of a set come in hash order when BY names no pattern, and elements whose
 * weights are equal as text keep that order (numeric weights fall back to comparing the elements). Texts end at their
 * first zero byte, so elements that have one may be equal as well; with GET the reply does not show them. With LIMIT
 * the order decides which elements there are. A stored result is sorted by the servers themselves in these cases.
 */
export function sortRule(command: CommandView): CompareRule | undefined {
  let isAmbiguous = false;
  let hasWeights = false;
  let isAlphabetic = false;
  let isLimited = false;
  let hasGets = false;
  for (let index = 2; index < command.count; index += 1) {
    if (argumentIs(command, index, ALPHA)) isAlphabetic = true;
    else if (argumentIs(command, index, STORE)) return undefined;
    else if (argumentIs(command, index, GET)) {
      hasGets = true;
      index += 1;
    } else if (argumentIs(command, index, LIMIT)) {
      isLimited = true;
      index += 2;
    } else if (argumentIs(command, index, BY) && index + 1 < command.count) {
      index += 1;
      if (hasStar(command, index)) hasWeights = true;
      else isAmbiguous = true;
    }
  }
  const loose = isLimited ? SHAPE : UNORDERED;
  if (isAmbiguous || (isAlphabetic && (hasWeights || hasGets))) return loose;
  return isAlphabetic ? { rule: 'exact', withZeros: loose } : undefined;
}

function hasStar(command: CommandView, index: number): boolean {
  for (let at = command.spans[2 * index]; at < command.spans[2 * index + 1]; at += 1) {
    if (command.bytes[at] === STAR) return true;
  }
  return false;
}
