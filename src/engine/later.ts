/**
 * What is done when no command is being executed: the rest of long commands, and going on with clients that have
 * waited. Worker thread.
 */
import { FrameWriter } from '../resp/encode.ts';
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
  /** Keys that are not watched any more, in shards that somebody had. */
  #unwatched: Key[] = [];
  readonly #writer = new FrameWriter();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** There are long commands under way. */
  get isBusy(): boolean {
    return this.#continuing.length > 0;
  }

  /** The command being executed has a rest. */
  park(client: EngineClient): void {
    const { context } = this.#engine;
    client.continuation = context.continuation;
    context.continuation = undefined;
    client.isContinuationSilent = client.replyMode !== 'on';
    client.isWaiting = true;
    client.running = new QueuedCommand(context.command, context);
    this.#continuing.push(client);
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
    if (this.#unwatched.length > 0) this.#unwatch();
    if (this.#continuing.length === 0) return;
    const clients = this.#continuing;
    this.#continuing = [];
    for (const client of clients) this.#continue(client);
  }

  #continue(client: EngineClient): void {
    const { context, writer, clock, blocking, watch } = this.#engine;
    const rest = client.continuation;
    if (rest === undefined) return;
    context.client = client;
    context.database = client.database;
    context.resp = client.resp;
    context.nowMs = clock.nowMs;
    context.writer = this.#writer;
    this.#writer.reset();
    const start = performance.now();
    const done = rest.step(context);
    client.runUs += (performance.now() - start) * 1000;
    context.writer = writer;
    blocking.serveLater(context.nowMs);
    if (this.#writer.length > 0 && !client.isContinuationSilent) {
      client.output.emit(this.#writer.bytes, 0, this.#writer.length);
    }
    if (!done) {
      this.#continuing.push(client);
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
