/**
 * CLIENT TRACKING: clients that cache what they have read, and hear when it is no longer so. Worker thread. As valkey
 * 8.0 `tracking.c`, for clients of several workers.
 *
 * What clients have read stands in the shards (`tracked-keys.ts`), so whoever changes a key finds out under its lock
 * whom to tell. Ids of clients tell their workers; a message for a client of another worker goes there as mail, ahead
 * of the reply of the command that has changed the key. Broadcasts are gathered until the commands of one read are
 * done, and sent as one message for each prefix.
 */
import { copyOf } from '../base/bytes.ts';
import { createRandom } from '../base/random.ts';
import { type ClientState, MODE_MULTI, MODE_SUBSCRIBED, type Tracking } from '../commands/client-state.ts';
import type { CommandContext } from '../commands/context.ts';
import type { TrackingPort } from '../commands/ports.ts';
import type { Arena } from '../memory/arena.ts';
import { NIL2, NIL3 } from '../resp/constants.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { Key } from '../store/key.ts';
import { Broadcasts } from './broadcasts.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { MAIL_BROKEN, MAIL_FLUSHED, MAIL_INVALIDATE, MAIL_REDIRECTED } from './mail-kinds.ts';
import type { MailHandler } from './mailbox.ts';
import { SETTING_TRACKING_KEYS } from './settings.ts';
import {
  clientAt,
  clientCount,
  forgetAllTracked,
  forgetTracked,
  randomTracked,
  TRACK_NEW_KEY,
  TRACK_NO_MEMORY,
  trackedEnd,
  trackedEntry,
  trackedStart,
  trackKey,
} from './tracked-keys.ts';

const HIGH = 2 ** 32;
const NO_BYTES = new Uint8Array(0);
/** Keys given up in one go when there are too many; more from one time to the next. */
const EFFORT = 100;

/** Counts over all workers. */
const CLIENTS = 0;
const KEYS = 1;
/** Of the memory with these counts. */
export const TRACKING_BYTES = 8;

export class Tracker implements TrackingPort {
  readonly #engine: Engine;
  readonly #shared: Int32Array;
  readonly broadcasts: Broadcasts;
  readonly #value = new FrameWriter();
  readonly #frame = new FrameWriter();
  readonly #random = createRandom(1);
  #isOver = false;
  #isHolding = false;
  #kept: { readonly id: number; readonly key: Uint8Array }[] = [];
  #efforts = 1;
  #nextShard = 0;

  constructor(engine: Engine, shared: SharedArrayBuffer) {
    this.#engine = engine;
    this.#shared = new Int32Array(shared);
    this.broadcasts = new Broadcasts(engine, this);
    const handle = (kind: number, mail: MailHandler['mail']): void => engine.mailbox.handle(kind, { mail });
    handle(MAIL_INVALIDATE, (_from, low, high, _c, _d, bytes, start, end) =>
      this.#invalidate(idOf(low, high), bytes, start, end),
    );
    handle(MAIL_REDIRECTED, (from, low, high, ownLow, ownHigh, bytes, start, end) => {
      const id = idOf(low, high);
      if (this.#deliver(id, true, bytes, start, end)) return;
      engine.mailbox.send(from, MAIL_BROKEN, ownLow, ownHigh, 0, 0, NO_BYTES, 0, 0);
    });
    handle(MAIL_BROKEN, (_from, low, high) => this.#break(engine.clients.get(idOf(low, high))));
    handle(MAIL_FLUSHED, () => this.#tellAllFlushed());
  }

  /** Clients of all workers that track, and keys that are tracked. */
  get clientCount(): number {
    return Atomics.load(this.#shared, CLIENTS);
  }

  get keyCount(): number {
    return Atomics.load(this.#shared, KEYS);
  }

  start(state: ClientState, tracking: Tracking, prefixes: readonly Uint8Array[]): boolean {
    const client = state as EngineClient;
    if (client.tracking === undefined) Atomics.add(this.#shared, CLIENTS, 1);
    client.tracking = tracking;
    for (const prefix of prefixes) if (!this.broadcasts.add(client, prefix)) return false;
    return true;
  }

  stop(state: ClientState): void {
    const client = state as EngineClient;
    if (client.tracking === undefined) return;
    Atomics.sub(this.#shared, CLIENTS, 1);
    this.broadcasts.leave(client);
    client.tracking = undefined;
  }

  prefixes(state: ClientState): readonly Uint8Array[] {
    return this.broadcasts.prefixes(state as EngineClient);
  }

  /** After a command that reads: the client is to hear when its keys change. Their shards are locked. */
  remember(client: EngineClient, context: CommandContext): void {
    const tracking = client.tracking!;
    if (tracking.isBroadcast) return;
    if ((tracking.isOptin && !tracking.caching) || (tracking.isOptout && tracking.caching)) return;
    for (let at = 0; at < context.keyCount; at++) {
      const key = context.keys[at];
      const outcome = trackKey(key, client.id);
      if (outcome === TRACK_NEW_KEY) {
        const count = Atomics.add(this.#shared, KEYS, 1) + 1;
        const most = this.#engine.settings.numbers[SETTING_TRACKING_KEYS];
        if (most !== 0 && count > most) this.#isOver = true;
      } else if (outcome === TRACK_NO_MEMORY) this.#invalidate(client.id, key.bytes, key.start, key.end);
    }
  }

  /** After each command: CLIENT CACHING is about the next one only, or the next transaction. */
  commandDone(client: EngineClient, isClientCommand: boolean): void {
    if (!isClientCommand && (client.mode & MODE_MULTI) === 0) client.tracking!.caching = false;
  }

  /** The key has changed, by a command of the client or by itself. Its shard is locked. */
  changed(key: Key, client: EngineClient | undefined): void {
    if (Atomics.load(this.#shared, CLIENTS) === 0 && Atomics.load(this.#shared, KEYS) === 0) return;
    this.broadcasts.note(key, client);
    const entry = trackedEntry(key);
    if (entry !== 0) this.#tell(key.arena, entry, client);
  }

  /** All keys are gone: one message stands for all of them. All shards are locked. */
  flushed(): void {
    if (Atomics.load(this.#shared, CLIENTS) > 0) {
      this.#tellAllFlushed();
      const { mailbox } = this.#engine;
      for (let worker = 0; worker < mailbox.workers; worker++) {
        if (worker !== mailbox.worker) mailbox.send(worker, MAIL_FLUSHED, 0, 0, 0, 0, NO_BYTES, 0, 0);
      }
    }
    if (Atomics.load(this.#shared, KEYS) === 0) return;
    for (const { arena } of this.#engine.store.shards) {
      Atomics.sub(this.#shared, KEYS, forgetAllTracked(arena));
    }
  }

  /** When the commands of one read are done, and at ticks: broadcasts leave, and too many keys are given up. */
  settle(): void {
    if (this.broadcasts.hasPending) this.broadcasts.send();
    if (this.#isOver) this.#giveUpSome();
  }

  /** Before each command, and at ticks: the setting may have become smaller. */
  limit(): void {
    const count = this.#shared[KEYS];
    if (count === 0) return;
    const most = this.#engine.settings.numbers[SETTING_TRACKING_KEYS];
    if (most !== 0 && count > most) this.#giveUpSome();
  }

  /** A client is about to be served: what it changes is told behind its reply. */
  hold(): void {
    this.#isHolding = true;
  }

  /** It has its reply. */
  release(): void {
    this.#isHolding = false;
    if (this.#kept.length === 0) return;
    const kept = this.#kept;
    this.#kept = [];
    for (const { id, key } of kept) this.#send(id, key, 0, key.length);
  }

  get hasPending(): boolean {
    return this.#isOver || this.broadcasts.hasPending;
  }

  /** To a client of this worker: `value` is the array of keys, or null, as RESP. */
  sendValue(client: EngineClient, value: Uint8Array, start: number, end: number): void {
    const { redirect } = client.tracking!;
    if (redirect === 0) {
      this.#deliver(client.id, false, value, start, end);
      return;
    }
    const { mailbox } = this.#engine;
    const worker = this.#engine.workerOf(redirect);
    if (worker === mailbox.worker) {
      if (!this.#deliver(redirect, true, value, start, end)) this.#break(client);
      return;
    }
    const [low, high] = [redirect | 0, Math.floor(redirect / HIGH)];
    const [ownLow, ownHigh] = [client.id | 0, Math.floor(client.id / HIGH)];
    mailbox.send(worker, MAIL_REDIRECTED, low, high, ownLow, ownHigh, value, start, end);
  }

  /** Tells everybody who has read the key, and forgets it. */
  #tell(arena: Arena, entry: number, by: EngineClient | undefined): void {
    const start = trackedStart(entry);
    const end = trackedEnd(arena, entry);
    const count = clientCount(arena, entry);
    for (let at = 0; at < count; at++) {
      const id = clientAt(arena, entry, at);
      if (by !== undefined && by.id === id && by.tracking?.noLoop === true) continue;
      if (this.#isHolding) this.#kept.push({ id, key: copyOf(arena.bytes, start, end) });
      else this.#send(id, arena.bytes, start, end);
    }
    forgetTracked(arena, entry);
    Atomics.sub(this.#shared, KEYS, 1);
  }

  /** The key `bytes[start, end)` that the client has read has changed. */
  #send(id: number, bytes: Uint8Array, start: number, end: number): void {
    const { mailbox } = this.#engine;
    const worker = this.#engine.workerOf(id);
    if (worker === mailbox.worker) this.#invalidate(id, bytes, start, end);
    else mailbox.send(worker, MAIL_INVALIDATE, id | 0, Math.floor(id / HIGH), 0, 0, bytes, start, end);
  }

  #invalidate(id: number, bytes: Uint8Array, start: number, end: number): void {
    const client = this.#engine.clients.get(id);
    // What was read before the client went over to broadcasting is of no interest.
    if (client?.tracking === undefined || client.tracking.isBroadcast) return;
    const value = this.#value;
    value.reset();
    value.array(1);
    value.bulk(bytes, start, end);
    this.sendValue(client, value.bytes, 0, value.length);
  }

  /** Writes the message to a client of this worker. False: there is no such client. */
  #deliver(id: number, isRedirected: boolean, value: Uint8Array, start: number, end: number): boolean {
    const client = this.#engine.clients.get(id);
    if (client === undefined || client.closing) return false;
    const frame = this.#frame;
    frame.reset();
    if (client.resp === 3) {
      frame.push(2, 3);
      frame.text('invalidate');
    } else {
      // RESP2 has messages for subscribers only.
      if (!isRedirected || (client.mode & MODE_SUBSCRIBED) === 0) return true;
      frame.array(3);
      frame.text('message');
      frame.text('__redis__:invalidate');
    }
    frame.raw(value, start, end);
    this.#engine.push(client, frame.bytes, 0, frame.length);
    return true;
  }

  /** Whom the client has redirected to is gone. */
  #break(client: EngineClient | undefined): void {
    if (client?.tracking === undefined) return;
    client.tracking.isBroken = true;
    if (client.resp !== 3) return;
    const frame = this.#frame;
    frame.reset();
    frame.push(2, 3);
    frame.text('tracking-redir-broken');
    frame.integer(client.tracking.redirect);
    this.#engine.push(client, frame.bytes, 0, frame.length);
  }

  #tellAllFlushed(): void {
    for (const client of this.#engine.clients.values()) {
      if (client.tracking === undefined) continue;
      const nothing = client.resp === 3 ? NIL3 : NIL2;
      this.sendValue(client, nothing, 0, nothing.length);
    }
  }

  /** Cold: when more keys are tracked than the setting allows. As if they had changed. */
  #giveUpSome(): void {
    const { store, settings } = this.#engine;
    const most = settings.numbers[SETTING_TRACKING_KEYS];
    let effort = EFFORT * this.#efforts;
    for (let tries = 0; tries < store.shards.length && effort > 0; tries++) {
      const shard = store.shards[this.#nextShard % store.shards.length];
      this.#nextShard += 1;
      const entered = store.enter(shard);
      // A few of each, so that none loses all of its keys.
      for (let left = 4; left > 0 && effort > 0 && this.keyCount > most; left--, effort--) {
        const entry = randomTracked(shard.arena, this.#random.next);
        if (entry === 0) break;
        this.#tell(shard.arena, entry, undefined);
      }
      store.leave(shard, entered);
    }
    this.#isOver = most !== 0 && this.keyCount > most;
    this.#efforts = this.#isOver ? this.#efforts + 1 : 1;
  }
}

function idOf(low: number, high: number): number {
  return (low >>> 0) + high * HIGH;
}
