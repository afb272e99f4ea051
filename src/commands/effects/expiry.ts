/**
 * Relative expiry as absolute time, so that both servers forget a key at the same moment however late the shadow
 * hears of it. Runs where the mirror stream is built (worker thread). It must not know servers or connections.
 *
 * The absolute time starts at the gateway's clock, read before the primary ran the command: it is early by the
 * transit time. Conditions that compare expiry times (GT, LT) could turn out differently over that, so they are not
 * sent: the primary's reply tells what they decided. PXAT needs Redis 6.2, as every server we mirror to has.
 */
import { replyInteger } from '../../resp/reply.ts';
import type { CommandView, EffectBuilder, EffectInput, EffectOutput, Expectation } from '../definition.ts';
import {
  absoluteTimeMs,
  argumentIs,
  argumentIsNotPositive,
  copyArguments,
  EXPECT_ANY,
  EXPECT_PRIMARY,
  findArgument,
  writeAbsoluteTime,
} from './arguments.ts';
import { findRelativeExpiry, multiSetOptions, relativeUnit, unitOfName } from './options.ts';
import { ABSTTL, FIELDS, GT, LT } from './words.ts';

/** A field expiry shorter than this may be over when the shadow hears of it, which its reply then tells. */
const SHORT_EXPIRY_MS = 60_000;
const SET_OPTIONS = 3;

/** SET key value … EX|PX n: the same with PXAT. */
export function absoluteSet(command: CommandView): EffectBuilder | undefined {
  return findRelativeExpiry(command, SET_OPTIONS, 0) === -1 ? undefined : buildSet;
}

function buildSet(input: EffectInput, output: EffectOutput): void {
  writeWithAbsoluteOption(input, output, findRelativeExpiry(input, SET_OPTIONS, 0));
}

/** SETEX and PSETEX: SET key value PXAT ms. */
export function absoluteSetex(_command: CommandView): EffectBuilder | undefined {
  return buildSetex;
}

function buildSetex(input: EffectInput, output: EffectOutput): void {
  const writer = output.command(5, EXPECT_PRIMARY);
  writer.text('SET');
  copyArguments(input, 1, 2, writer);
  copyArguments(input, 3, 4, writer);
  writer.text('PXAT');
  writeAbsoluteTime(input, 2, unitOfName(input, 0), input.sentAtMs, writer);
}

/** EXPIRE and PEXPIRE: PEXPIREAT. A time that is not in the future deletes the key and goes as it is. */
export function absoluteExpire(command: CommandView): EffectBuilder | undefined {
  return argumentIsNotPositive(command, 2) ? undefined : buildExpire;
}

function buildExpire(input: EffectInput, output: EffectOutput): void {
  const applied = replyInteger(input.reply) === 1;
  let kept = 0;
  for (let index = 3; index < input.count; index += 1) {
    if (!comparesExpiry(input, index)) kept += 1;
    else if (!applied) return;
  }
  const writer = output.command(3 + kept, EXPECT_PRIMARY);
  writer.text('PEXPIREAT');
  copyArguments(input, 1, 2, writer);
  writeAbsoluteTime(input, 2, unitOfName(input, 0), input.sentAtMs, writer);
  for (let index = 3; index < input.count; index += 1) {
    if (!comparesExpiry(input, index)) copyArguments(input, index, index + 1, writer);
  }
}

/** GETEX key EX|PX n: the same with PXAT. */
export function absoluteGetex(command: CommandView): EffectBuilder | undefined {
  return findRelativeExpiry(command, 2, 0) === -1 ? undefined : buildGetex;
}

function buildGetex(input: EffectInput, output: EffectOutput): void {
  writeWithAbsoluteOption(input, output, findRelativeExpiry(input, 2, 0));
}

/** HGETEX key EX|PX n FIELDS …: the same with PXAT. */
export function absoluteHashGetex(command: CommandView): EffectBuilder | undefined {
  return findRelativeExpiry(command, 2, 1) === -1 ? undefined : buildHashGetex;
}

function buildHashGetex(input: EffectInput, output: EffectOutput): void {
  writeWithAbsoluteOption(input, output, findRelativeExpiry(input, 2, 1));
}

/** HSETEX key … EX|PX n FIELDS …: the same with PXAT. */
export function absoluteHashSetex(command: CommandView): EffectBuilder | undefined {
  return findRelativeExpiry(command, 2, 2) === -1 ? undefined : buildHashSetex;
}

function buildHashSetex(input: EffectInput, output: EffectOutput): void {
  writeWithAbsoluteOption(input, output, findRelativeExpiry(input, 2, 2));
}

/** MSETEX numkeys key value … EX|PX n: the same with PXAT. */
export function absoluteMsetex(command: CommandView): EffectBuilder | undefined {
  return findRelativeExpiry(command, multiSetOptions(command), 0) === -1 ? undefined : buildMsetex;
}

function buildMsetex(input: EffectInput, output: EffectOutput): void {
  writeWithAbsoluteOption(input, output, findRelativeExpiry(input, multiSetOptions(input), 0));
}

/** RESTORE key ttl payload …: the same with the expiry's time and ABSTTL, unless it has one or there is no expiry. */
export function absoluteRestore(command: CommandView): EffectBuilder | undefined {
  if (command.count < 4 || argumentIsNotPositive(command, 2)) return undefined;
  return findArgument(command, ABSTTL, 4) === -1 ? buildRestore : undefined;
}

function buildRestore(input: EffectInput, output: EffectOutput): void {
  const writer = output.command(input.count + 1, EXPECT_PRIMARY);
  copyArguments(input, 0, 2, writer);
  writeAbsoluteTime(input, 2, 1, input.sentAtMs, writer);
  copyArguments(input, 3, input.count, writer);
  writer.text('ABSTTL');
}

/**
 * HEXPIRE and HPEXPIRE: HPEXPIREAT. With GT or LT only the fields that the primary set are sent, without condition.
 * A time of 0 deletes the fields and goes as it is.
 */
export function absoluteHashExpire(command: CommandView): EffectBuilder | undefined {
  return argumentIsNotPositive(command, 2) ? undefined : buildHashExpire;
}

function buildHashExpire(input: EffectInput, output: EffectOutput): void {
  const unitMs = unitOfName(input, 1);
  const isShort = absoluteTimeMs(input, 2, unitMs, 0) < SHORT_EXPIRY_MS;
  const fieldsAt = findArgument(input, FIELDS, 3);
  if (fieldsAt > 3 && comparesExpiry(input, 3)) {
    buildAppliedHashExpire(input, output, fieldsAt + 2, unitMs, isShort);
    return;
  }
  const writer = output.command(input.count, isShort ? EXPECT_ANY : EXPECT_PRIMARY);
  writer.text('HPEXPIREAT');
  copyArguments(input, 1, 2, writer);
  writeAbsoluteTime(input, 2, unitMs, input.sentAtMs, writer);
  copyArguments(input, 3, input.count, writer);
}

function buildAppliedHashExpire(
  input: EffectInput,
  output: EffectOutput,
  firstField: number,
  unitMs: number,
  isShort: boolean,
): void {
  const results = input.reply.items;
  const applied = results.filter(isApplied);
  if (applied.length === 0) return;
  const expectation: Expectation = isShort ? EXPECT_ANY : { kind: 'parts', parts: applied };
  const writer = output.command(5 + applied.length, expectation);
  writer.text('HPEXPIREAT');
  copyArguments(input, 1, 2, writer);
  writeAbsoluteTime(input, 2, unitMs, input.sentAtMs, writer);
  writer.text('FIELDS');
  writer.number(applied.length);
  for (let index = 0; index < results.length; index += 1) {
    const field = firstField + index;
    if (isApplied(results[index])) copyArguments(input, field, field + 1, writer);
  }
}

function isApplied(result: EffectInput['reply']): boolean {
  return replyInteger(result) === 1;
}

function comparesExpiry(command: CommandView, index: number): boolean {
  return argumentIs(command, index, GT) || argumentIs(command, index, LT);
}

function writeWithAbsoluteOption(input: EffectInput, output: EffectOutput, optionAt: number): void {
  const writer = output.command(input.count, EXPECT_PRIMARY);
  copyArguments(input, 0, optionAt, writer);
  writer.text('PXAT');
  writeAbsoluteTime(input, optionAt + 1, relativeUnit(input, optionAt), input.sentAtMs, writer);
  copyArguments(input, optionAt + 2, input.count, writer);
}
