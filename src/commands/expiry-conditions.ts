/** NX, XX, GT and LT of EXPIRE, HEXPIRE and their like. Worker thread. As valkey 8.0 `expire.c`. */
import { isWord, word } from './arguments.ts';
import type { CommandContext } from './context.ts';

const NX = word('nx');
const XX = word('xx');
const GT = word('gt');
const LT = word('lt');

const IF_NONE = 1;
const IF_ANY = 2;
const IF_LATER = 4;
const IF_SOONER = 8;

/** The bit of the condition at an argument; 0 where there is none. */
export function conditionAt(context: CommandContext, at: number): number {
  if (isWord(context, at, NX)) return IF_NONE;
  if (isWord(context, at, XX)) return IF_ANY;
  if (isWord(context, at, GT)) return IF_LATER;
  return isWord(context, at, LT) ? IF_SOONER : 0;
}

/** The bits of all conditions from argument 3 on, up to `end`; -1 after an error. */
export function parseConditions(context: CommandContext, end: number): number {
  let conditions = 0;
  for (let at = 3; at < end; at++) {
    const condition = conditionAt(context, at);
    if (condition === 0) {
      context.error(`ERR Unsupported option ${context.shown(at)}`);
      return -1;
    }
    conditions |= condition;
  }
  if ((conditions & IF_NONE) !== 0 && conditions !== IF_NONE) {
    context.error('ERR NX and XX, GT or LT options at the same time are not compatible');
    return -1;
  }
  if ((conditions & IF_LATER) !== 0 && (conditions & IF_SOONER) !== 0) {
    context.error('ERR GT and LT options at the same time are not compatible');
    return -1;
  }
  return conditions;
}

/** `currentMs` is 0 where there is no expiry, which is later than any time. Unix times in ms. */
export function allowsExpiry(conditions: number, currentMs: number, atMs: number): boolean {
  if ((conditions & IF_NONE) !== 0 && currentMs !== 0) return false;
  if ((conditions & IF_ANY) !== 0 && currentMs === 0) return false;
  if ((conditions & IF_LATER) !== 0 && (currentMs === 0 || atMs <= currentMs)) return false;
  return (conditions & IF_SOONER) === 0 || currentMs === 0 || atMs < currentMs;
}
