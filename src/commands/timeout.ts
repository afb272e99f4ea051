/** How long commands are to wait, as valkey 8.0 `getTimeoutFromObjectOrReply`. Worker thread. */
import { doubleAt, integerAt } from './arguments.ts';
import type { CommandContext } from './context.ts';

const NEGATIVE = 'ERR timeout is negative';
const OUT_OF_RANGE = 'ERR timeout is out of range';
/** Times are 64-bit integers. */
const LIMIT_MS = 2 ** 63;

/** A timeout in seconds with a fraction, in milliseconds; 0 is for ever. NaN: the error has been written. */
export function secondsAt(context: CommandContext, argument: number): number {
  const seconds = doubleAt(context, argument, 'ERR timeout is not a float or out of range');
  if (Number.isNaN(seconds)) return seconds;
  const timeoutMs = seconds * 1000;
  if (timeoutMs >= LIMIT_MS) return refuse(context, OUT_OF_RANGE);
  return checked(context, Math.ceil(timeoutMs));
}

/** A timeout in whole milliseconds. */
export function millisecondsAt(context: CommandContext, argument: number): number {
  const timeoutMs = integerAt(context, argument, 'ERR timeout is not an integer or out of range');
  return Number.isNaN(timeoutMs) ? timeoutMs : checked(context, timeoutMs);
}

function checked(context: CommandContext, timeoutMs: number): number {
  if (timeoutMs < 0) return refuse(context, NEGATIVE);
  // The end of the wait is an integer as well.
  if (timeoutMs + context.nowMs >= LIMIT_MS) return refuse(context, OUT_OF_RANGE);
  return timeoutMs + 0;
}

function refuse(context: CommandContext, error: string): number {
  context.error(error);
  return Number.NaN;
}
