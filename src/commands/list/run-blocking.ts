/** What the commands on lists that wait do on the engine. Worker thread. As valkey 8.0 `t_list.c`. */
import { TYPE_LIST } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { checkType, writeKey, writeTyped } from '../lookup.ts';
import { secondsAt } from '../timeout.ts';
import { frontAt, popOne } from './list-reply.ts';
import { MultiPop, move, parseMultiPop, popFirst } from './run-ends.ts';

/** What the command being executed waits for. */
const wait = { type: TYPE_LIST, firstKey: 1, keyCount: 1 };

export function runBlpop(context: CommandContext): void {
  popWaiting(context, true);
}

export function runBrpop(context: CommandContext): void {
  popWaiting(context, false);
}

function popWaiting(context: CommandContext, atFront: boolean): void {
  const last = context.count - 1;
  const timeoutMs = secondsAt(context, last);
  if (Number.isNaN(timeoutMs)) return;
  for (let argument = 1; argument < last; argument++) {
    const key = writeKey(context, argument);
    if (key.record === 0) continue;
    if (checkType(context, key, TYPE_LIST) === undefined) return;
    context.array(2);
    context.bulk(key.bytes, key.start, key.end);
    popOne(context, key, atFront);
    return;
  }
  if (context.mayBlock) block(context, 1, last - 1, timeoutMs);
  else context.nilArray();
}

function block(context: CommandContext, firstKey: number, keyCount: number, timeoutMs: number): void {
  wait.firstKey = firstKey;
  wait.keyCount = keyCount;
  context.ports.blocking.block(context, wait, timeoutMs);
}

const options = new MultiPop();

export function runBlmpop(context: CommandContext): void {
  if (!parseMultiPop(context, 2, options)) return;
  const timeoutMs = secondsAt(context, 1);
  if (Number.isNaN(timeoutMs) || popFirst(context, options)) return;
  if (context.mayBlock) block(context, options.firstKey, options.keyCount, timeoutMs);
  else context.nilArray();
}

export function runBlmove(context: CommandContext): void {
  const fromFront = frontAt(context, 3);
  if (fromFront === undefined) return;
  const toFront = frontAt(context, 4);
  if (toFront !== undefined) moveWaiting(context, fromFront, toFront, 5);
}

export function runBrpoplpush(context: CommandContext): void {
  moveWaiting(context, false, true, 3);
}

function moveWaiting(
  context: CommandContext,
  fromFront: boolean,
  toFront: boolean,
  timeoutArgument: number,
): void {
  const timeoutMs = secondsAt(context, timeoutArgument);
  if (Number.isNaN(timeoutMs)) return;
  const source = writeTyped(context, 1, TYPE_LIST);
  if (source === undefined) return;
  if (source.record !== 0) move(context, source, fromFront, toFront);
  else if (context.mayBlock) block(context, 1, 1, timeoutMs);
  else context.nil();
}
