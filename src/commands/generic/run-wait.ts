/**
 * What WAIT and WAITAOF do on an engine, which has neither replicas nor an append-only file: what a server alone does.
 * Worker thread. As valkey 8.0 `replication.c`.
 */
import { integerAt, integerWithin } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { NOT_POSITIVE } from '../errors.ts';
import type { WaitFor } from '../ports.ts';
import { millisecondsAt } from '../timeout.ts';

/** No key is of this type: it waits until its time is up. */
const FOR_NOTHING: WaitFor = { type: -1, firstKey: 1, keyCount: 1 };

export function runWait(context: CommandContext): void {
  const replicas = integerAt(context, 1);
  if (Number.isNaN(replicas)) return;
  const timeoutMs = millisecondsAt(context, 2);
  if (Number.isNaN(timeoutMs)) return;
  if (replicas <= 0 || !context.mayBlock) writeNoReplicas(context);
  else waitForNothing(context, timeoutMs);
}

export function writeNoReplicas(context: CommandContext): void {
  context.integer(0);
}

export function runWaitaof(context: CommandContext): void {
  const local = integerAt(context, 1);
  if (Number.isNaN(local)) return;
  if (local < 0 || local > 1) {
    context.error('ERR value is out of range, value must between 0 and 1');
    return;
  }
  const replicas = integerWithin(context, 2, 0, Number.POSITIVE_INFINITY, NOT_POSITIVE);
  if (Number.isNaN(replicas)) return;
  const timeoutMs = millisecondsAt(context, 3);
  if (Number.isNaN(timeoutMs)) return;
  if (local > 0) context.error('ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.');
  else if (replicas === 0 || !context.mayBlock) writeNoFiles(context);
  else waitForNothing(context, timeoutMs);
}

export function writeNoFiles(context: CommandContext): void {
  context.array(2);
  context.integer(0);
  context.integer(0);
}

/** The client stands among those that wait, under a key of a database that there is not. */
function waitForNothing(context: CommandContext, timeoutMs: number): void {
  const { store, database } = context;
  context.database = store.databases;
  const { shard } = context.addKey(1);
  const entered = store.enter(shard);
  context.ports.blocking.block(context, FOR_NOTHING, timeoutMs);
  store.leave(shard, entered);
  context.database = database;
}
