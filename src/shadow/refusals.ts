/**
 * Errors by which a server speaks of itself and not of the command: it is read-only, busy, out of memory, the user may
 * not. The other server, asked the same, would run the command, so such a failure is not repeated there. Pure.
 */
import { asciiBytes, equalBytes } from '../base/bytes.ts';
import { clusterRefusal } from '../compare/cluster-refusals.ts';
import { decodeReply } from '../resp/reply.ts';
import { isErrorAt } from './effect-input.ts';
import type { MirrorItem } from './mirror-item.ts';

/** The command itself succeeded or failed. */
export const ON_ITS_MERITS = 0;
/** Nothing has happened. */
export const NOT_RUN = 1;
/** A script was stopped by one of its own commands, and those before it have run. */
export const RUN_IN_PART = 2;

/** Where a server is busy with a script or with loading its data, it says so in the first word of the error. */
const WHILE_BUSY = ['BUSY', 'LOADING'].map((code) => asciiBytes(`-${code} `));
const OF_THE_SERVER = [
  'BUSY',
  'LOADING',
  'NOSCRIPT',
  'MASTERDOWN',
  'NOAUTH',
  'UNBLOCKED',
  'EXECABORT',
  'MOVED',
  'ASK',
  'TRYAGAIN',
  'CLUSTERDOWN',
  'CROSSSLOT',
  'READONLY',
].map((code) => asciiBytes(`-${code} `));
/** A script may meet these on its way. */
const OF_ITS_LIMITS = ['NOPERM', 'OOM', 'MISCONF', 'NOREPLICAS'].map((code) => asciiBytes(`-${code} `));
const MINUS = 0x2d;
/** SCRIPT KILL and FUNCTION KILL only stop what has not written. */
const KILLED = asciiBytes('killed by user');
/** Of a command inside a script, whatever the error's first word. */
const DENIED = asciiBytes('ACL failure in script');

/** Whether the server was too busy to run the command. */
export function isBusy(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[start] === MINUS && beginsWithAny(WHILE_BUSY, bytes, start, end);
}

/** What the primary's answer, kept in the item, says of whether the command has run. */
export function outcomeOf(item: MirrorItem): number {
  if (!isErrorAt(item)) return ON_ITS_MERITS;
  const { answer, answerStart, answerEnd, definition } = item;
  const { bytes } = answer!;
  if (beginsWithAny(OF_THE_SERVER, bytes, answerStart, answerEnd)) return NOT_RUN;
  const refusal = clusterRefusal(decodeReply(bytes, answerStart, answerEnd));
  if (refusal !== undefined) return refusal === 'refused' ? NOT_RUN : RUN_IN_PART;
  const runsScript = definition.group === 'scripting' && definition.scope === undefined;
  if (beginsWithAny(OF_ITS_LIMITS, bytes, answerStart, answerEnd)) return runsScript ? RUN_IN_PART : NOT_RUN;
  if (!runsScript) return ON_ITS_MERITS;
  if (contains(DENIED, bytes, answerStart, answerEnd)) return RUN_IN_PART;
  return contains(KILLED, bytes, answerStart, answerEnd) ? NOT_RUN : ON_ITS_MERITS;
}

function beginsWithAny(
  beginnings: readonly Uint8Array[],
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  for (const beginning of beginnings) {
    const stop = start + beginning.length;
    if (stop <= end && equalBytes(beginning, 0, beginning.length, bytes, start, stop)) return true;
  }
  return false;
}

function contains(part: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + part.length <= end; at++) {
    if (equalBytes(part, 0, part.length, bytes, at, at + part.length)) return true;
  }
  return false;
}

/** Why a command was lost to which the shadow gave no reply, but this error. */
export function lossOf(text: string, isUp: boolean): 'cross_slot' | 'connection_lost' | 'breaker_open' {
  if (text.startsWith('CROSSSLOT ')) return 'cross_slot';
  return isUp ? 'connection_lost' : 'breaker_open';
}
