/**
 * Commands that wait for keys. Worker thread. As valkey 8.0 `blocked.c`, for clients of several workers.
 *
 * Waiters stand in shared memory, in the shards of their keys. Who makes a key ready serves its waiters, whichever
 * worker they belong to: after the command, while its locks are still held, before anything else can touch the keys. So
 * waiters are served as servers do it: the oldest of a key first, and before the next command of any client. A
 * waiter's command runs again from its beginning; when there is still nothing for it, it waits on behind the others.
 * The reply of another worker's client goes there by mail, ahead of whatever the pushing client does next.
 *
 * Serving needs the locks of all keys of the waiters' commands, so they are taken before the command runs (`widen`):
 * the shards say which others their waiters need. A waiter is served or given up under the locks of all its shards, so
 * there is nothing else to agree on: it is in its lists, or it is not.
 */
import { assert } from '../base/errors.ts';
import type { CommandContext } from '../commands/context.ts';
import type { BlockingPort, WaitFor } from '../commands/ports.ts';
import { release } from '../memory/allocator.ts';
import { EntryList } from '../memory/table-scan.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { Key } from '../store/key.ts';
import { findKey } from '../store/keyspace.ts';
import { keyLength, keyOffset, recordType } from '../store/record.ts';
import type { Shard } from '../store/store.ts';
import { TYPE_STREAM } from '../store/types.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { MAIL_SERVED } from './mail-kinds.ts';
import type { MailHandler } from './mailbox.ts';
import { ReadyKeys } from './ready-keys.ts';
import { ShardLocks } from './shard-locks.ts';
import { type Wait, WaitList } from './wait-list.ts';
import { WaiterCommand } from './waiter-command.ts';
import {
  addWaiter,
  FLAG_NO_KEY,
  moveToEnd,
  removeLinks,
  STATE_DONE,
  STATE_WAITING,
  shardsOf,
  WAITER_COMMAND,
  WAITER_FLAGS,
  WAITER_NUMBER,
  WAITER_STATE,
  WAITER_TYPE,
  WAITER_WORKER,
} from './waiting-clients.ts';
import {
  findClient,
  firstWaiter,
  hasWide,
  lastLink,
  needsShard,
  nextLink,
  showLink,
  WaiterCursor,
  waitedKeys,
} from './waiting-walk.ts';

const UNBLOCKED = 'UNBLOCKED client unblocked via CLIENT UNBLOCK';

export class Blocking implements BlockingPort, MailHandler {
  readonly #engine: Engine;
  /** One word: how many clients of all workers wait. */
  readonly #blocked: Int32Array;
  /** For what happens outside of commands. */
  readonly #locks: ShardLocks;
  /** Waits of this worker's clients. */
  readonly #waits = new WaitList();
  readonly #ready: ReadyKeys;
  /** The command that runs again has nothing yet. */
  #isBlockedAgain = false;
  readonly #cursor = new WaiterCursor();
  readonly #writer = new FrameWriter();
  readonly #command: WaiterCommand;
  readonly #found = new EntryList();

  constructor(engine: Engine, blocked: SharedArrayBuffer) {
    this.#engine = engine;
    this.#command = new WaiterCommand(engine);
    this.#blocked = new Int32Array(blocked);
    this.#ready = new ReadyKeys(engine.store);
    this.#locks = new ShardLocks(engine.store, engine.scriptState);
    engine.mailbox.handle(MAIL_SERVED, this);
  }

  /** Whether a client of any worker waits. Exact for the shards that are locked. */
  get isUsed(): boolean {
    return this.#blocked[0] !== 0;
  }

  /** Clients of all workers that wait, as of a moment ago. */
  get count(): number {
    return Atomics.load(this.#blocked, 0);
  }

  get hasReady(): boolean {
    return !this.#ready.isEmpty;
  }

  /** Monotonic time at which the next of this worker's clients has waited long enough; infinite where none will. */
  get nextDeadlineMs(): number {
    return this.#waits.nextDeadlineMs;
  }

  block(context: CommandContext, wait: WaitFor, timeoutMs: number): void {
    if (context.isRetry) {
      this.#isBlockedAgain = true;
      return;
    }
    const { store, mailbox, clock } = this.#engine;
    const client = context.client as EngineClient;
    const number = this.#waits.nextNumber();
    const waiter = addWaiter(store, context, wait, mailbox.worker, number);
    if (waiter === 0) {
      context.outOfMemory();
      return;
    }
    Atomics.add(this.#blocked, 0, 1);
    client.isWaiting = true;
    // It counts when it is done.
    client.commandCount -= 1;
    client.wait = {
      number,
      client,
      home: context.key(wait.firstKey).shard,
      waiter,
      shards: shardsOf(context),
      deadlineMs: timeoutMs === 0 ? Number.POSITIVE_INFINITY : clock.monotonicMs + timeoutMs,
      isSilent: client.replyMode !== 'on',
    };
    this.#waits.add(client.wait);
  }

  /**
   * A list or sorted set that is there has served its waiters when it was made: no change of it lets anybody go.
   * Of a key that has gone only those hear who wait for a stream's group.
   */
  changed(key: Key): void {
    if (!firstWaiter(key, this.#cursor)) return;
    const isThere = key.record !== 0;
    if (isThere && recordType(key.arena, key.record) !== TYPE_STREAM) return;
    this.#ready.add(key, isThere);
  }

  ready(key: Key): void {
    if (firstWaiter(key, this.#cursor)) this.#ready.add(key, true);
  }

  allReady(database: number): void {
    const { store } = this.#engine;
    for (const shard of store.shards) {
      waitedKeys(shard.arena, database, this.#found);
      for (let at = 0; at < this.#found.count; at++) {
        const start = keyOffset(this.#found.entries[at]);
        const end = start + keyLength(shard.arena, this.#found.entries[at]);
        this.#ready.addNew(shard, database, shard.arena.bytes.slice(start, end));
      }
    }
  }

  /**
   * Takes the locks as well that serving the waiters in the locked shards needs. False: a script is busy, and nothing
   * is locked.
   */
  widen(locks: ShardLocks): boolean {
    while (this.#wantMore(locks)) if (!locks.lock()) return false;
    return true;
  }

  /** False where no further shard is needed. Otherwise nothing is locked, and more is wanted than before. */
  #wantMore(locks: ShardLocks): boolean {
    const { shards } = this.#engine.store;
    let more: number[] | undefined;
    for (let index = 0; index < shards.length; index++) {
      if (!locks.has(index) || !hasWide(shards[index].arena)) continue;
      for (let other = 0; other < shards.length; other++) {
        if (locks.has(other) || !needsShard(shards[index].arena, other)) continue;
        more ??= [];
        more.push(other);
      }
    }
    if (more === undefined) return false;
    locks.release();
    for (const index of more) locks.want(index);
    return true;
  }

  /** Serves the waiters of keys that are ready. What they need is locked. */
  serve(nowMs: number): void {
    while (!this.#ready.isEmpty) for (const key of this.#ready.take()) this.#serveKey(key, nowMs);
  }

  /** The same for what was made ready without the locks of the waiters. No lock is held. */
  serveLater(nowMs: number): void {
    if (this.#ready.isEmpty) return;
    for (const shard of this.#ready.shards()) this.#locks.want(shard);
    this.#locks.lockAnyway();
    while (this.#wantMore(this.#locks)) this.#locks.lockAnyway();
    this.serve(nowMs);
    this.#locks.unlock();
  }

  #serveKey(key: Key, nowMs: number): void {
    const cursor = this.#cursor;
    const { store } = this.#engine;
    if (!firstWaiter(key, cursor)) return;
    const { words } = key.arena;
    const last = lastLink(words, cursor);
    for (let more = true; more; ) {
      const { link, home, waiter } = cursor;
      const next = nextLink(words, cursor);
      const at = waiter >> 2;
      const own = store.shards[home].arena.words;
      const record = findKey(store, key, nowMs);
      const fits = record !== 0 && recordType(key.arena, record) === own[at + WAITER_TYPE];
      if (fits || (own[at + WAITER_FLAGS] & FLAG_NO_KEY) !== 0) {
        this.#serveWaiter(store.shards[home], waiter, nowMs);
      }
      more = link !== last && showLink(words, next, cursor);
    }
  }

  #serveWaiter(home: Shard, waiter: number, nowMs: number): void {
    const { retry, plan, access } = this.#engine;
    const { words } = home.arena;
    const command = words[(waiter >> 2) + WAITER_COMMAND];
    this.#writer.reset();
    this.#command.prepare(home, waiter, nowMs, this.#writer);
    for (let at = 0; at < retry.keyCount; at++) {
      assert(retry.keys[at].shard.locked, 'the keys of who is served are locked');
    }
    if (plan.reads[command] === 0) this.#engine.snapshots.keepKeys(retry);
    const { tracker, store } = this.#engine;
    this.#engine.running = command;
    tracker.hold();
    const start = performance.now();
    // Whose user is no more is about to be disconnected, and gets nothing.
    this.#isBlockedAgain = (retry.client as EngineClient).account === undefined;
    const mayRun = !this.#isBlockedAgain && access.mayRunAgain(retry);
    if (mayRun) plan.runs[command]!(retry);
    const microseconds = (performance.now() - start) * 1000;
    if (mayRun && retry.failed) this.#engine.countError(retry, command, true);
    if (this.#isBlockedAgain) moveToEnd(store, home, waiter);
    else this.#finish(home, waiter, Math.floor(microseconds));
    tracker.release();
  }

  /** The waiter has its reply: it is in the writer. Its command took so long. */
  #finish(home: Shard, waiter: number, microseconds: number): void {
    const { store, mailbox } = this.#engine;
    const { words } = home.arena;
    const at = waiter >> 2;
    const worker = words[at + WAITER_WORKER];
    const number = words[at + WAITER_NUMBER];
    removeLinks(store, home, waiter);
    Atomics.sub(this.#blocked, 0, 1);
    words[at + WAITER_STATE] = STATE_DONE;
    const { bytes, length } = this.#writer;
    if (worker !== mailbox.worker)
      mailbox.send(worker, MAIL_SERVED, number, microseconds, 0, 0, bytes, 0, length);
    else {
      const wait = this.#waits.take(number);
      this.#note(wait, microseconds);
      release(home.arena, waiter);
      this.#deliver(wait, bytes, 0, length);
    }
  }

  /** Another worker has served a client of this one. */
  mail(
    _from: number,
    number: number,
    microseconds: number,
    _c: number,
    _d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const wait = this.#waits.take(number);
    this.#note(wait, microseconds);
    this.#forget(wait);
    this.#deliver(wait, bytes, start, end);
  }

  /** For the log of slow commands. Until it is given back nobody changes the waiter any more. */
  #note({ client, home, waiter }: Wait, microseconds: number): void {
    const { watch, retry, clock } = this.#engine;
    this.#engine.lookAtSettings();
    if (microseconds < watch.leastUs) return;
    this.#command.prepare(home, waiter, clock.nowMs, this.#writer);
    client.wait = undefined;
    watch.took(client, retry.command, retry, microseconds);
  }

  #forget({ home, waiter }: Wait): void {
    const { store } = this.#engine;
    const entered = store.enter(home);
    release(home.arena, waiter);
    store.leave(home, entered);
  }

  #deliver({ client, isSilent }: Wait, bytes: Uint8Array, start: number, end: number): void {
    client.wait = undefined;
    client.isWaiting = false;
    client.commandCount += 1;
    if (!isSilent) client.output.emit(bytes, start, end);
    this.#engine.later.resumeSoon(client);
  }

  /** The client no longer waits. False: it did not, or its reply is on the way. No lock is held. */
  cancel(client: EngineClient): boolean {
    const { wait } = client;
    if (wait === undefined || !this.#giveUp(wait)) return false;
    client.wait = undefined;
    client.isWaiting = false;
    return true;
  }

  #giveUp(wait: Wait): boolean {
    const { store } = this.#engine;
    const { home, waiter, shards } = wait;
    for (const index of shards) this.#locks.want(index);
    this.#locks.lockAnyway();
    const isWaiting = home.arena.words[(waiter >> 2) + WAITER_STATE] === STATE_WAITING;
    if (isWaiting) {
      removeLinks(store, home, waiter);
      release(home.arena, waiter);
      Atomics.sub(this.#blocked, 0, 1);
      this.#waits.take(wait.number);
    }
    this.#locks.unlock();
    return isWaiting;
  }

  /** Those of this worker's clients whose time is up get their reply. No lock is held. */
  expire(): void {
    const { clock, retry, watch } = this.#engine;
    for (;;) {
      const wait = this.#waits.takeDue(clock.monotonicMs);
      if (wait === undefined) return;
      const { client, home, waiter } = wait;
      const command = home.arena.words[(waiter >> 2) + WAITER_COMMAND];
      this.#command.prepare(home, waiter, clock.nowMs, this.#writer);
      if (!this.cancel(client)) continue;
      if (watch.leastUs <= 0) watch.took(client, command, retry, 0);
      retry.resp = client.resp;
      this.#writer.reset();
      this.#writeTimeout(command);
      this.#deliver(wait, this.#writer.bytes, 0, this.#writer.length);
    }
  }

  #writeTimeout(command: number): void {
    const { retry, plan } = this.#engine;
    const { timedOut } = plan.table.definitions[command];
    if (timedOut === undefined) retry.nilArray();
    else timedOut(retry);
  }

  unblock(id: number, asError: boolean): boolean {
    const { store, retry } = this.#engine;
    for (const shard of store.shards) {
      if (!findClient(store, shard, id, this.#cursor)) continue;
      const { waiter } = this.#cursor;
      const home = store.shards[this.#cursor.home];
      this.#writer.reset();
      this.#command.prepare(home, waiter, this.#engine.clock.nowMs, this.#writer);
      if (asError) retry.error(UNBLOCKED);
      else this.#writeTimeout(home.arena.words[(waiter >> 2) + WAITER_COMMAND]);
      this.#finish(home, waiter, 0);
      return true;
    }
    return false;
  }
}
