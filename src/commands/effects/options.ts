/**
 * Where a command carries its expiry: shared by the builders of `expiry.ts` and the deadlines of `deadline.ts`.
 * Any thread; allocates nothing.
 */
import type { CommandView } from '../definition.ts';
import { argumentInteger, argumentIs, nameHasLetter } from './arguments.ts';
import { EX, EXAT, FIELDS, IFDEQ, IFDNE, IFEQ, IFNE, NX, PX, PXAT, XX } from './words.ts';

export const SECOND_MS = 1000;

/** Milliseconds in the unit of a relative EX or PX option, 0 if the argument is neither. */
export function relativeUnit(command: CommandView, index: number): number {
  if (argumentIs(command, index, EX)) return SECOND_MS;
  return argumentIs(command, index, PX) ? 1 : 0;
}

/** Milliseconds in the unit of an absolute EXAT or PXAT option, 0 if the argument is neither. */
export function absoluteUnit(command: CommandView, index: number): number {
  if (argumentIs(command, index, EXAT)) return SECOND_MS;
  return argumentIs(command, index, PXAT) ? 1 : 0;
}

/**
 * Index of the EX, PX, EXAT or PXAT option at or after `from`, -1 if there is none. Values of other options are not
 * mistaken for options. `fieldWidth` is the number of arguments per field in a FIELDS block.
 */
export function findExpiryOption(command: CommandView, from: number, fieldWidth: number): number {
  const last = command.count - 1;
  for (let index = from; index < last; index += 1) {
    if (relativeUnit(command, index) !== 0 || absoluteUnit(command, index) !== 0) return index;
    if (takesComparand(command, index)) {
      index += 1;
    } else if (fieldWidth > 0 && argumentIs(command, index, FIELDS)) {
      const fieldCount = argumentInteger(command, index + 1);
      if (!(fieldCount >= 0)) return -1;
      index += 1 + fieldCount * fieldWidth;
    }
  }
  return -1;
}

/** Index of the option as `findExpiryOption`, but only if it is a relative one (EX or PX). */
export function findRelativeExpiry(command: CommandView, from: number, fieldWidth: number): number {
  const index = findExpiryOption(command, from, fieldWidth);
  return index !== -1 && relativeUnit(command, index) !== 0 ? index : -1;
}

/** MSETEX: where its options begin, after the keys and values. */
export function multiSetOptions(command: CommandView): number {
  const keyCount = argumentInteger(command, 1);
  return keyCount > 0 ? 2 + 2 * keyCount : command.count;
}

/** MSETEX with NX or XX: all keys decide about all. */
export function multiSetHasCondition(command: CommandView): boolean {
  for (let index = multiSetOptions(command); index < command.count; index += 1) {
    if (argumentIs(command, index, NX) || argumentIs(command, index, XX)) return true;
  }
  return false;
}

/** Unit in ms of a command whose name has a `p` at `position` when it counts milliseconds (PEXPIRE, HPEXPIRE). */
export function unitOfName(command: CommandView, position: number): number {
  return nameHasLetter(command, position, 'p') ? 1 : SECOND_MS;
}

function takesComparand(command: CommandView, index: number): boolean {
  return (
    argumentIs(command, index, IFEQ) ||
    argumentIs(command, index, IFNE) ||
    argumentIs(command, index, IFDEQ) ||
    argumentIs(command, index, IFDNE)
  );
}
