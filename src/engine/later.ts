/**
 * What is done when no command is being executed: the rest of long commands, and going on with clients that have
 * waited. Worker thread.
 */
import type { CommandContext } from '../commands/context.ts';
import type { Continuation } from '../commands/ports.ts';
import { FrameWriter } from '../resp/encode.ts';
import { freeDiscarded, hasDiscarded } from '../store/discarded.ts';
import type { Key } from '../store/key.ts';
import { unwatchKey } from '../store/watch.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { QueuedCommand } from './queued-command.ts';

export class LaterWork {
  readonly #engine: Engine;
  /** Clients with the rest of a long command. */
  #continuing: EngineClient[] = [];
  /** Clients that have waited, whose next commands may be executed. */
  #resumed: EngineClient[] = [];
  /** Clients that are gone, but still wait for something. */
  readonly #abandoned: EngineClient[] = [];
  /** Long commands whose clients are gone. */
  #dropped: Continuation[] = [];
  /** Keys that are not watched any more, in shards that somebody had. */
  #unwatched: Key[] = [];
  readonly #writer = new FrameWriter();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** There are long commands under way, or there is something to free. */
  get isBusy(): boolean {
    return this.#continuing.length > 0 || this.#dropped.length > 0 || hasDiscarded();
  }

  /** The command being executed has a rest. */
  park(client: EngineClient): void {
    const { context } = this.#engine;
    client.continuation = context.continuation;
    context.continuation = undefined;
    client.isContinuationSilent = client.replyMode !== 'on';
    client.isWaiting = true;
    client.running = new QueuedCommand(context.command, context);
    if (client.continuation?.isAsleep !== true) this.#continuing.push(client);
  }

  /** What its long command has waited for is there. */
  wake(client: EngineClient): void {
    if (client.continuation !== undefined) this.#continuing.push(client);
  }

  unwatchSoon(key: Key): void {
    this.#unwatched.push(key);
  }

  #unwatch(): void {
    const { store } = this.#engine;
    const keys = this.#unwatched;
    this.#unwatched = [];
    for (const key of keys) {
      if (!store.tryLock(key.shard)) {
        this.#unwatched.push(key);
        continue;
      }
      unwatchKey(key);
      store.unlock(key.shard);
    }
  }

  /** One step of each long command. */
  step(): void {
    if (hasDiscarded()) freeDiscarded(this.#engine.store);
    if (this.#unwatched.length > 0) this.#unwatch();
    if (this.#dropped.length > 0) this.#abandonDropped();
    if (this.#continuing.length === 0) return;
    const clients = this.#continuing;
    this.#continuing = [];
    for (const client of clients) this.#continue(client);
  }

  #continue(client: EngineClient): void {
    const { context, writer, clock, blocking, watch } = this.#engine;
    const rest = client.continuation;
    if (rest === undefined) return;
    const own = rest.locked;
    if (own !== undefined && !this.#lock(own)) {
      this.#continuing.push(client);
      return;
    }
    context.client = client;
    context.database = client.database;
    context.resp = client.resp;
    context.nowMs = clock.nowMs;
    context.writer = this.#writer;
    this.#writer.reset();
    const start = performance.now();
    const done = rest.step(context);
    if (own !== undefined) this.#unlock(client, own, rest);
    client.runUs += (performance.now() - start) * 1000;
    context.writer = writer;
    blocking.serveLater(context.nowMs);
    if (this.#writer.length > 0 && !client.isContinuationSilent) {
      client.output.emit(this.#writer.bytes, 0, this.#writer.length);
    }
    if (!done) {
      if (rest.isAsleep !== true) this.#continuing.push(client);
      return;
    }
    const { running } = client;
    client.continuation = undefined;
    client.running = undefined;
    client.isWaiting = false;
    if (running !== undefined && client.runUs >= watch.leastUs)
      watch.took(client, running.command, running, client.runUs);
    client.output.proceed();
  }

  /** The shards of the keys of a long command. False: a script is busy. */
  #lock(own: CommandContext): boolean {
    const { locks } = this.#engine;
    locks.wantKeys(own);
    return locks.lock();
  }

  #unlock(client: EngineClient, own: CommandContext, rest: Continuation): void {
    const { locks, tracker } = this.#engine;
    // The reply is that of this moment, whatever the keys were before.
    if (rest.locked === undefined) {
      if (client.tracking !== undefined) tracker.remember(client, own);
      if (own.failed) this.#engine.countError(own, own.command, true);
    }
    locks.unlock();
  }

  /** The client is gone, perhaps in the midst of another command. */
  drop(rest: Continuation): void {
    this.#dropped.push(rest);
  }

  #abandonDropped(): void {
    const dropped = this.#dropped;
    this.#dropped = [];
    for (const rest of dropped) {
      const own = rest.locked;
      if (own !== undefined && !this.#lock(own)) {
        this.#dropped.push(rest);
        continue;
      }
      rest.abandon?.();
      if (own !== undefined) this.#engine.locks.unlock();
    }
  }

  /** The client has waited: its next commands are executed when this one is done. */
  resumeSoon(client: EngineClient): void {
    this.#resumed.push(client);
  }

  /** The client is gone. */
  abandon(client: EngineClient): void {
    if (client.wait !== undefined) this.#abandoned.push(client);
  }

  /** Clients that have waited go on, and those that are gone wait no longer. */
  resume(): void {
    const { scriptState } = this.#engine;
    while (this.#abandoned.length > 0 && !scriptState.isLong)
      this.#engine.blocking.cancel(this.#abandoned.pop()!);
    while (this.#resumed.length > 0) {
      const clients = this.#resumed;
      this.#resumed = [];
      for (const client of clients) client.output.proceed();
    }
  }
}
