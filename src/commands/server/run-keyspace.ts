/** What FLUSHALL, FLUSHDB and DBSIZE do on the engine. Worker thread. As valkey 8.0 `db.c`. */
import { emptyDatabase } from '../../store/iterate.ts';
import { STAT_DIRTY } from '../../store/statistics.ts';
import { touchAllWatched } from '../../store/watch.ts';
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';

const SYNC = word('sync');
const ASYNC = word('async');

export function runDbsize(context: CommandContext): void {
  context.integer(context.store.keyCount(context.database));
}

export function runFlushall(context: CommandContext): void {
  if (!isFlush(context)) return;
  emptyAll(context, isLazy(context));
  context.ok();
}

/** All databases. All shards are locked. */
export function emptyAll(context: CommandContext, isLazy: boolean): void {
  for (let database = 0; database < context.store.databases; database++) empty(context, database, isLazy);
  context.ports.events.allChanged(-1, context);
}

export function runFlushdb(context: CommandContext): void {
  if (!isFlush(context)) return;
  empty(context, context.database, isLazy(context));
  context.ports.events.allChanged(context.database, context);
  context.ok();
}

function isFlush(context: CommandContext): boolean {
  if (context.count === 1) return true;
  if (context.count === 2 && (isWord(context, 1, SYNC) || isWord(context, 1, ASYNC))) return true;
  context.syntaxError();
  return false;
}

function isLazy(context: CommandContext): boolean {
  return context.count === 2 && isWord(context, 1, ASYNC);
}

/** All shards are locked. */
function empty(context: CommandContext, database: number, isLater: boolean): void {
  const { store } = context;
  for (const shard of store.shards) {
    touchAllWatched(store, shard, database);
    store.statistics.cells[STAT_DIRTY] += emptyDatabase(store, shard, database, isLater);
  }
  context.ports.blocking.allReady(database);
  context.ports.snapshots.flushed();
}
