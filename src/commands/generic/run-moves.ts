/** What RENAME, COPY, MOVE and SWAPDB do on the engine. Worker thread. As valkey 8.0 `db.c`. */
import { swapDatabases } from '../../store/iterate.ts';
import { isSameKey } from '../../store/key.ts';
import { findKey } from '../../store/keyspace.ts';
import { STAT_DIRTY } from '../../store/statistics.ts';
import { copyValue, moveValue } from '../../store/transfer.ts';
import { touchSwapped } from '../../store/watch.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { DB_INDEX, NO_SUCH_KEY, NOT_INTEGER, SAME_OBJECT } from '../errors.ts';
import { EVENT_GENERIC } from '../key-events.ts';
import { readKey, writeKey } from '../lookup.ts';

const REPLACE = word('replace');
const DB = word('db');
const MAX_INT = 2 ** 31 - 1;
const INT_RANGE = `ERR value is out of range, value must between ${-MAX_INT - 1} and ${MAX_INT}`;

export function runRename(context: CommandContext): void {
  rename(context, false);
}

export function runRenamenx(context: CommandContext): void {
  rename(context, true);
}

function rename(context: CommandContext, onlyNew: boolean): void {
  const source = writeKey(context, 1);
  if (source.record === 0) {
    context.error(NO_SUCH_KEY);
    return;
  }
  const target = context.key(2);
  const isSame = isSameKey(source, target);
  if (!isSame) writeKey(context, 2);
  if (onlyNew && (isSame || target.record !== 0)) {
    context.integer(0);
    return;
  }
  if (!isSame) {
    const had = target.record !== 0;
    if (!moveValue(context.store, source, target)) {
      context.outOfMemory();
      return;
    }
    // The servers remove the old key and make a new one.
    if (had) context.store.events.created(target);
    context.touched(source);
    context.touched(target, 0);
    context.notify(source, EVENT_GENERIC, 'rename_from');
    context.notify(target, EVENT_GENERIC, 'rename_to');
  }
  if (onlyNew) context.integer(1);
  else context.ok();
}

export function runCopy(context: CommandContext): void {
  let replaces = false;
  let database = context.database;
  for (let at = 3; at < context.count; at++) {
    if (isWord(context, at, REPLACE)) replaces = true;
    else if (isWord(context, at, DB) && at + 1 < context.count) {
      at += 1;
      database = databaseAt(context, at);
      if (Number.isNaN(database)) return;
    } else {
      context.syntaxError();
      return;
    }
  }
  const target = context.key(2);
  target.database = database;
  if (isSameKey(context.key(1), target)) {
    context.error(SAME_OBJECT);
    return;
  }
  const source = readKey(context, 1);
  if (source.record === 0 || (findKey(context.store, target, context.nowMs) !== 0 && !replaces)) {
    context.integer(0);
    return;
  }
  const had = target.record !== 0;
  // In another database it is no key of the command.
  context.ports.snapshots.keep(target);
  if (!copyValue(context.store, source, target)) {
    context.outOfMemory();
    return;
  }
  if (had) context.store.events.created(target);
  context.changed(target, EVENT_GENERIC, 'copy_to');
  context.integer(1);
}

export function runMove(context: CommandContext): void {
  const database = databaseAt(context, 2);
  if (Number.isNaN(database)) return;
  if (database === context.database) {
    context.error(SAME_OBJECT);
    return;
  }
  const source = writeKey(context, 1);
  // The same key of the other database: its shard is the same, and locked.
  const target = context.addKey(1);
  target.database = database;
  if (source.record === 0 || findKey(context.store, target, context.nowMs) !== 0) {
    context.integer(0);
    return;
  }
  if (!moveValue(context.store, source, target)) {
    context.outOfMemory();
    return;
  }
  context.changed(source, EVENT_GENERIC, 'move_from');
  context.changed(target, EVENT_GENERIC, 'move_to', 0);
  context.integer(1);
}

export function runSwapdb(context: CommandContext): void {
  const left = indexAt(context, 1, 'ERR invalid first DB index');
  if (Number.isNaN(left)) return;
  const right = indexAt(context, 2, 'ERR invalid second DB index');
  if (Number.isNaN(right)) return;
  const { store, ports } = context;
  if (left < 0 || left >= store.databases || right < 0 || right >= store.databases) {
    context.error(DB_INDEX);
    return;
  }
  if (left !== right) {
    for (const shard of store.shards) {
      touchSwapped(store, shard, left, right, context.nowMs);
      touchSwapped(store, shard, right, left, context.nowMs);
    }
    swapDatabases(store, left, right);
    for (const database of [left, right]) {
      ports.blocking.allReady(database);
      ports.events.allChanged(database, context);
    }
  }
  store.statistics.cells[STAT_DIRTY] += 1;
  context.ok();
}

/** The number of a database at an argument; NaN after an error. */
function databaseAt(context: CommandContext, argument: number): number {
  const database = indexAt(context, argument);
  if (Number.isNaN(database) || (database >= 0 && database < context.store.databases)) return database;
  context.error(DB_INDEX);
  return Number.NaN;
}

/** An `int`; NaN after an error, which is `error` if there is one. */
function indexAt(context: CommandContext, argument: number, error?: string): number {
  const value = integerAt(context, argument, error ?? NOT_INTEGER);
  if (Number.isNaN(value) || (value >= -MAX_INT - 1 && value <= MAX_INT)) return value;
  context.error(error ?? INT_RANGE);
  return Number.NaN;
}
