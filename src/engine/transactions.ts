/**
 * MULTI, EXEC, DISCARD, WATCH and UNWATCH: a transaction is its commands with the locks of all their shards. Worker
 * thread. As valkey 8.0 `multi.c`.
 */
import { copyOf } from '../base/bytes.ts';
import { MODE_MULTI, MODE_RESTRICTED } from '../commands/client-state.ts';
import type { CommandContext } from '../commands/context.ts';
import type { TransactionPort } from '../commands/ports.ts';
import { isSameKey, Key, prepareKey } from '../store/key.ts';
import { findKey } from '../store/keyspace.ts';
import { unwatchKey, watchedChanges, watchKey } from '../store/watch.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { callInner, wantInner } from './inner-commands.ts';
import type { QueuedCommand } from './queued-command.ts';

/** Executed at once, even after MULTI. */
const NOT_QUEUED: ReadonlySet<string> = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);

/** Whether MULTI queues a command. Cold: asked while the table of answers is made. */
export function isQueued(name: string): boolean {
  return !NOT_QUEUED.has(name);
}

export class Transactions implements TransactionPort {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  begin(context: CommandContext): void {
    const client = context.client as EngineClient;
    if ((client.mode & MODE_MULTI) !== 0) {
      context.error('ERR MULTI calls can not be nested');
      return;
    }
    client.mode |= MODE_MULTI;
    context.ok();
  }

  discard(context: CommandContext): void {
    const client = context.client as EngineClient;
    if ((client.mode & MODE_MULTI) === 0) {
      context.error('ERR DISCARD without MULTI');
      return;
    }
    forgetTransaction(this.#engine, client);
    context.ok();
  }

  execute(context: CommandContext): void {
    const client = context.client as EngineClient;
    const engine = this.#engine;
    if ((client.mode & MODE_MULTI) === 0) {
      context.error('ERR EXEC without MULTI');
      return;
    }
    if (client.queueFailed) {
      forgetTransaction(engine, client);
      context.error('EXECABORT Transaction discarded because of previous errors.');
      return;
    }
    const { locks } = engine;
    const { queue, watched } = client;
    for (const { key } of watched) locks.want(key.shard.index);
    for (const command of queue) wantInner(engine, command, locks);
    const isLocked = locks.lock() && (!engine.blocking.isUsed || engine.blocking.widen(locks));
    if (!isLocked) {
      forgetTransaction(engine, client);
      context.error(`EXECABORT Transaction discarded because of: ${engine.scripting.busyText()}`);
      return;
    }
    const isStale = this.#hasChanged(client);
    for (const { key } of watched) unwatchKey(key);
    client.watched = [];
    clearQueue(client);
    client.transaction = queue.length;
    if (isStale) context.nilArray();
    else {
      context.array(queue.length);
      engine.inner.nowMs = context.nowMs;
      for (const command of queue) {
        // Rules may have changed since it was queued, also by a command before it.
        if ((client.mode & MODE_RESTRICTED) !== 0 && !mayExecute(engine, client, command)) continue;
        callInner(engine, engine.inner, client, command.command, command, client.resp);
      }
    }
    // Those who waited get what the transaction has left, not what was there in between.
    if (engine.blocking.hasReady) {
      // Its commands may have taken a while.
      engine.clock.refresh();
      engine.blocking.serve(engine.clock.nowMs);
    }
    client.transaction = 0;
    locks.unlock();
  }

  watch(context: CommandContext): void {
    const client = context.client as EngineClient;
    if ((client.mode & MODE_MULTI) !== 0) {
      context.error('ERR WATCH inside MULTI is not allowed');
      return;
    }
    for (let at = 0; at < context.keyCount; at++) {
      if (this.#watchOne(client, context.keys[at])) continue;
      context.outOfMemory();
      return;
    }
    context.ok();
  }

  unwatch(context: CommandContext): void {
    forgetWatched(this.#engine, context.client as EngineClient);
    context.ok();
  }

  reset(context: CommandContext): void {
    forgetTransaction(this.#engine, context.client as EngineClient);
  }

  #watchOne(client: EngineClient, given: Key): boolean {
    const { store, context } = this.#engine;
    for (const { key } of client.watched) if (isSameKey(key, given)) return true;
    // One whose time has come is gone, and its going is no change for this client.
    findKey(store, given, context.nowMs);
    const changes = watchKey(given);
    if (changes < 0) return false;
    const copy = copyOf(given.bytes, given.start, given.end);
    const key = new Key(given.shard, copy);
    prepareKey(store, key, given.database, copy, 0, copy.length);
    client.watched.push({ key, changes });
    return true;
  }

  #hasChanged(client: EngineClient): boolean {
    const { store, context } = this.#engine;
    let changed = false;
    for (const { key, changes } of client.watched) {
      findKey(store, key, context.nowMs);
      if (watchedChanges(key) !== changes) changed = true;
    }
    return changed;
  }
}

/** If not, the error stands in the command's place. */
function mayExecute(engine: Engine, client: EngineClient, command: QueuedCommand): boolean {
  const { inner } = engine;
  inner.client = client;
  inner.resp = client.resp;
  return engine.access.mayExecute(inner, command.command, command);
}

/** Ends the transaction, if there is one, and all watching. Needs no lock and takes those of watched keys. */
export function forgetTransaction(engine: Engine, client: EngineClient): void {
  clearQueue(client);
  forgetWatched(engine, client);
}

function clearQueue(client: EngineClient): void {
  client.mode &= ~MODE_MULTI;
  client.queueFailed = false;
  if (client.queue.length > 0) client.queue = [];
}

function forgetWatched(engine: Engine, client: EngineClient): void {
  if (client.watched.length === 0) return;
  const { watched } = client;
  client.watched = [];
  for (const { key } of watched) {
    const isOurs = key.shard.locked;
    // A script that never ends may have it.
    if (!isOurs && !engine.store.tryLock(key.shard)) {
      engine.later.unwatchSoon(key);
      continue;
    }
    unwatchKey(key);
    engine.store.leave(key.shard, !isOurs);
  }
}
