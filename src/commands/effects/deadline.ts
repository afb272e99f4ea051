/**
 * When what a command wrote to its first key expires: for definitions' `deadline`. Worker thread; reads arguments and
 * the primary's reply, changes nothing. It must not know who asks.
 *
 * Relative expiry starts at the gateway's clock. A deadline that is given although the command set none costs a
 * comparison around that time; a missing one may cost a false divergence: doubt is resolved in favour of a deadline.
 */
import { replyInteger } from '../../resp/reply.ts';
import type { CommandView, EffectInput } from '../definition.ts';
import {
  absoluteTimeMs,
  argumentInteger,
  argumentIsNotPositive,
  findArgument,
  nameHasLetter,
} from './arguments.ts';
import { absoluteUnit, findExpiryOption, multiSetOptions, relativeUnit, unitOfName } from './options.ts';
import { ABSTTL, DB, GET, NX } from './words.ts';

/** SET with EX, PX, EXAT or PXAT. */
export function setDeadline(input: EffectInput): number | undefined {
  const optionAt = findExpiryOption(input, 3, 0);
  if (optionAt === -1) return undefined;
  // With GET the reply is the old value: null means set under NX, not set under XX; else it tells nothing.
  const returnsOldValue = findArgument(input, GET, 3) !== -1;
  if (!returnsOldValue && input.reply.isNull) return undefined;
  if (returnsOldValue && !input.reply.isNull && findArgument(input, NX, 3) !== -1) return undefined;
  return optionTime(input, optionAt);
}

/** SETEX and PSETEX. */
export function setexDeadline(input: EffectInput): number | undefined {
  return absoluteTimeMs(input, 2, unitOfName(input, 0), input.sentAtMs);
}

/** EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT that were applied. A key they deleted has no deadline. */
export function expireDeadline(input: EffectInput): number | undefined {
  if (replyInteger(input.reply) !== 1 || argumentIsNotPositive(input, 2)) return undefined;
  const unitMs = unitOfName(input, 0);
  return isAbsoluteName(input)
    ? argumentTimeMs(input, 2, unitMs)
    : absoluteTimeMs(input, 2, unitMs, input.sentAtMs);
}

/** GETEX with EX, PX, EXAT or PXAT on a key that exists. */
export function getexDeadline(input: EffectInput): number | undefined {
  return input.reply.isNull ? undefined : optionDeadline(input, 2, 0);
}

/** MSETEX with EX, PX, EXAT or PXAT that was applied. Its other keys have the same deadline. */
export function msetexDeadline(input: EffectInput): number | undefined {
  return replyInteger(input.reply) === 1 ? optionDeadline(input, multiSetOptions(input), 0) : undefined;
}

/** RESTORE with a time to live. */
export function restoreDeadline(input: EffectInput): number | undefined {
  if (argumentIsNotPositive(input, 2)) return undefined;
  const isAbsolute = findArgument(input, ABSTTL, 4) !== -1;
  return isAbsolute ? argumentTimeMs(input, 2, 1) : absoluteTimeMs(input, 2, 1, input.sentAtMs);
}

/** HEXPIRE, HPEXPIRE, HEXPIREAT and HPEXPIREAT that were applied to at least one field. */
export function hashExpireDeadline(input: EffectInput): number | undefined {
  let applied = false;
  for (const result of input.reply.items) applied ||= replyInteger(result) === 1;
  if (!applied) return undefined;
  const unitMs = unitOfName(input, 1);
  return isAbsoluteName(input)
    ? argumentTimeMs(input, 2, unitMs)
    : absoluteTimeMs(input, 2, unitMs, input.sentAtMs);
}

/** HSETEX with an expiry that was applied. */
export function hashSetexDeadline(input: EffectInput): number | undefined {
  return replyInteger(input.reply) === 1 ? optionDeadline(input, 2, 2) : undefined;
}

/** HGETEX with an expiry that found at least one field. */
export function hashGetexDeadline(input: EffectInput): number | undefined {
  for (const value of input.reply.items) {
    if (!value.isNull) return optionDeadline(input, 2, 1);
  }
  return undefined;
}

/** RENAME and RENAMENX, for `expiryGoesTo`. */
export function sameDatabase(_command: CommandView, database: number): number {
  return database;
}

/** COPY. */
export function copyDatabase(command: CommandView, database: number): number {
  const optionAt = findArgument(command, DB, 3);
  return optionAt === -1 ? database : argumentInteger(command, optionAt + 1);
}

/** MOVE. */
export function moveDatabase(command: CommandView): number {
  return argumentInteger(command, 2);
}

/** SWAPDB, for `swapsDatabases`. */
export function swappedDatabases(command: CommandView): readonly [number, number] {
  return [argumentInteger(command, 1), argumentInteger(command, 2)];
}

function optionDeadline(input: EffectInput, from: number, fieldWidth: number): number | undefined {
  const optionAt = findExpiryOption(input, from, fieldWidth);
  return optionAt === -1 ? undefined : optionTime(input, optionAt);
}

function optionTime(input: EffectInput, optionAt: number): number {
  const unitMs = relativeUnit(input, optionAt);
  if (unitMs !== 0) return absoluteTimeMs(input, optionAt + 1, unitMs, input.sentAtMs);
  return argumentTimeMs(input, optionAt + 1, absoluteUnit(input, optionAt));
}

function argumentTimeMs(command: CommandView, index: number, unitMs: number): number {
  return absoluteTimeMs(command, index, unitMs, 0);
}

/** EXPIREAT and its kind, told from EXPIRE by the last two letters. */
function isAbsoluteName(command: CommandView): boolean {
  const length = command.spans[1] - command.spans[0];
  return nameHasLetter(command, length - 2, 'a') && nameHasLetter(command, length - 1, 't');
}
