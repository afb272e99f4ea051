/**
 * `maxmemory`: which keys go when there is more than that, and which commands are refused when none may. Before a
 * command that may need memory, and in the background when that has not been enough. Worker thread: each evicts for
 * its own commands, from any shard, one locked at a time. As valkey 8.0 `evict.c`.
 *
 * A shard is chosen in proportion to what it holds; its keys are sampled there. One that is nearly full is made room in
 * as well, however much there is in the others: what belongs there can go nowhere else.
 */
import { heldBytes } from '../memory/allocator.ts';
import { DOUBLE_USED_BYTES } from '../memory/arena.ts';
import { EntryList } from '../memory/table-scan.ts';
import { freeDiscarded, hasDiscarded } from '../store/discarded.ts';
import { Key, prepareKey } from '../store/key.ts';
import { evictKey, findKey } from '../store/keyspace.ts';
import { hasExpiry, keyLength, keyOffset, recordAccess, recordExpiry } from '../store/record.ts';
import { sampleRecord, sampleRecords } from '../store/samples.ts';
import { DB_KEYS, databaseAt, type Shard } from '../store/store.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { EvictionPool } from './eviction-pool.ts';
import { LATENCY_EVICTION_CYCLE, LATENCY_EVICTION_DELETE } from './latency-events.ts';
import { settingNumber } from './settings.ts';
import { COUNT_EVICTION_MS, GAUGE_OVER_SINCE } from './statistics.ts';

const MAXMEMORY = settingNumber('maxmemory');
const POLICY = settingNumber('maxmemory-policy');
const SAMPLES = settingNumber('maxmemory-samples');
const TENACITY = settingNumber('maxmemory-eviction-tenacity');
const LOG_FACTOR = settingNumber('lfu-log-factor');
const DECAY_TIME = settingNumber('lfu-decay-time');

/**
 * A shard is nearly full when so much of it is in pages that are in use, and a third of that in blocks that are: where
 * little is in the pages, evicting more gives none of them back.
 */
const FULL_SHARE = 15 / 16;
const USED_SHARE = 1 / 3;
const CHECK_EVERY = 16;
const LEAST_FREQUENT = 255;

type Order = 'idle' | 'frequency' | 'ttl' | 'random' | 'none';

/** Of a shard's look: `excess` tells them. */
const ENOUGH = -1;

export class Eviction {
  /** `maxmemory`; 0: there is no limit, and nothing else here counts. */
  limitBytes = 0;
  /** When the last command began there was more than that, and nothing could be done. */
  isOver = false;
  /** Since this worker last looked, its clients have written. */
  #mayBeOver = false;
  /** There is more to evict than the last command had time for. */
  isRunning = false;
  readonly #engine: Engine;
  readonly #pool = new EvictionPool();
  readonly #found = new EntryList();
  readonly #key: Key;
  #order: Order = 'none';
  #onlyExpiring = false;
  #samples = 5;
  #tenacity = 10;
  /** Where the next key is evicted from. */
  #shard = 0;
  #database = 0;
  /** A script has become busy: that there is nothing to evict is not known. */
  #wasHindered = false;
  readonly #fullBytes: number;

  constructor(engine: Engine) {
    this.#engine = engine;
    const { shards } = engine.store;
    this.#key = new Key(shards[0], new Uint8Array(0));
    this.#fullBytes = shards[0].arena.buffer.byteLength * FULL_SHARE;
  }

  /** Cold: settings have changed. */
  refresh(): void {
    const { settings, store } = this.#engine;
    const { numbers } = settings;
    const [keys, order] = settings.text(POLICY).split('-');
    this.#onlyExpiring = keys === 'volatile';
    this.#order = order === undefined ? 'none' : ORDERS[order];
    this.#samples = numbers[SAMPLES];
    this.#tenacity = numbers[TENACITY];
    store.access.usesFrequency = this.#order === 'frequency';
    store.access.logFactor = numbers[LOG_FACTOR];
    store.access.decayMinutes = numbers[DECAY_TIME];
    this.#pool.clear();
    this.limitBytes = numbers[MAXMEMORY];
    this.isOver = false;
    this.isRunning = this.limitBytes > 0;
  }

  /** Makes room for the command. False: there is none, and the command may not run without. */
  admits(client: EngineClient, id: number): boolean {
    const { plan } = this.#engine;
    const needsRoom = plan.needsRoom[id] === 1;
    if (!needsRoom && !this.#mayBeOver) return true;
    this.#mayBeOver = needsRoom;
    this.isOver = !this.#makeRoomAhead(client);
    if (!this.isOver || !needsRoom) return true;
    if (!plan.isExec(id)) return plan.deniesOom[id] === 0;
    for (const { command } of client.queue) if (plan.deniesOom[command] === 1) return false;
    return true;
  }

  /** What the client hears of it goes before its reply. */
  #makeRoomAhead(client: EngineClient): boolean {
    const engine = this.#engine;
    const { executing, tracker } = engine;
    if (client.replyMode === 'on') engine.executing = undefined;
    const hasRoom = this.#makeRoom();
    if (tracker.hasPending) tracker.settle();
    engine.executing = executing;
    return hasRoom;
  }

  /** At the end of a batch, and regularly: goes on with what commands had no time for. */
  step(): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    if (this.limitBytes > 0) this.#makeRoom();
  }

  /** Makes room, if there is too little. False: there is too little, and nothing that may go. */
  #makeRoom(): boolean {
    const shard = this.#look();
    if (shard === ENOUGH) {
      this.#note(false);
      return true;
    }
    const { held, scriptState, clock, watch, blocking } = this.#engine;
    if (held.isPaused || scriptState.isLong) return true;
    if (this.#order === 'none') {
      const isOver = this.#excess > 0;
      this.#note(isOver);
      return !isOver;
    }
    const start = performance.now();
    const hasRoom = this.#evict(start);
    watch.event(LATENCY_EVICTION_CYCLE, performance.now() - start);
    if (blocking.hasReady) blocking.serveLater(clock.nowMs);
    this.#note(!hasRoom || this.isRunning);
    return hasRoom;
  }

  #evict(start: number): boolean {
    const limitMs = timeLimitMs(this.#tenacity);
    this.#wasHindered = false;
    for (let count = 1; this.#look() !== ENOUGH; count++) {
      // What has been evicted may be there yet.
      const hasFreed = hasDiscarded() && freeDiscarded(this.#engine.store);
      if (!hasFreed && !this.#evictOne()) return this.#wasHindered || this.#excess <= 0;
      if (!hasFreed && count % CHECK_EVERY !== 0) continue;
      if (performance.now() - start <= limitMs) continue;
      this.isRunning = true;
      break;
    }
    return true;
  }

  #excess = 0;

  /** The shard to evict from, and `#excess`; ENOUGH when there is room everywhere. */
  #look(): number {
    const { shards } = this.#engine.store;
    const chosen = Math.random() * this.limitBytes;
    let used = 0;
    let full = ENOUGH;
    this.#shard = 0;
    for (let index = 0; index < shards.length; index++) {
      const { arena } = shards[index];
      const own = arena.doubles[DOUBLE_USED_BYTES];
      if (used <= chosen) this.#shard = index;
      used += own;
      if (heldBytes(arena) > this.#fullBytes && own > this.#fullBytes * USED_SHARE) full = index;
    }
    this.#excess = used - this.limitBytes;
    if (full !== ENOUGH) this.#shard = full;
    return this.#excess > 0 || full !== ENOUGH ? this.#shard : ENOUGH;
  }

  /** From the chosen shard or, where there is nothing that may go, the next. */
  #evictOne(): boolean {
    const { shards } = this.#engine.store;
    const isFull = this.#excess <= 0;
    for (let step = 0; step < (isFull ? 1 : shards.length); step++) {
      const shard = shards[(this.#shard + step) % shards.length];
      const done = this.#order === 'random' ? this.#evictRandom(shard) : this.#evictBest(shard, isFull);
      if (done) return true;
    }
    return false;
  }

  /** One of each database by turns. */
  #evictRandom(shard: Shard): boolean {
    const { store } = this.#engine;
    if (!this.#enter(shard)) return false;
    let record = 0;
    for (let step = 0; step < store.databases && record === 0; step++) {
      this.#database = (this.#database + 1) % store.databases;
      record = sampleRecord(store, shard, this.#database, this.#onlyExpiring);
    }
    const { bytes } = shard.arena;
    const start = keyOffset(record);
    if (record !== 0) this.#remove(shard, this.#database, bytes, start, keyLength(shard.arena, record));
    store.unlock(shard);
    return record !== 0;
  }

  /** The best candidate that is still there, after a sample of the shard. Of a full shard only its own count. */
  #evictBest(shard: Shard, isFull: boolean): boolean {
    const { store } = this.#engine;
    if (isFull) this.#pool.clear();
    if (!this.#enter(shard)) return false;
    this.#sample(shard);
    store.unlock(shard);
    for (let best = this.#pool.take(); best !== undefined; best = this.#pool.take()) {
      const home = store.shards[best.shard];
      if (!this.#enter(home)) continue;
      const isGone = this.#remove(home, best.database, best.bytes, 0, best.length);
      store.unlock(home);
      if (isGone) return true;
    }
    return false;
  }

  #sample(shard: Shard): void {
    const { store } = this.#engine;
    const { arena } = shard;
    for (let database = 0; database < store.databases; database++) {
      if (arena.words[databaseAt(arena, database) + DB_KEYS] === 0) continue;
      this.#found.count = 0;
      sampleRecords(store, shard, database, this.#onlyExpiring, this.#samples, this.#found);
      const count = Math.min(this.#found.count, this.#samples);
      for (let at = 0; at < count; at++) {
        const record = this.#found.entries[at];
        const length = keyLength(arena, record);
        this.#pool.offer(
          this.#score(shard, record),
          shard.index,
          database,
          arena.bytes,
          keyOffset(record),
          length,
        );
      }
    }
  }

  #score({ arena }: Shard, record: number): number {
    const { access } = this.#engine.store;
    if (this.#order === 'ttl') return -recordExpiry(arena, record);
    const bits = recordAccess(arena, record);
    return this.#order === 'frequency' ? LEAST_FREQUENT - access.frequency(bits) : access.idleSeconds(bits);
  }

  /** False where there is no such key, or it may not go. */
  #remove(shard: Shard, database: number, bytes: Uint8Array, start: number, length: number): boolean {
    const { store, clock, watch } = this.#engine;
    const key = this.#key;
    prepareKey(store, key, database, bytes, start, start + length);
    if (findKey(store, key, clock.nowMs) === 0) return false;
    if (this.#onlyExpiring && !hasExpiry(shard.arena, key.record)) return false;
    const before = performance.now();
    evictKey(store, key);
    watch.event(LATENCY_EVICTION_DELETE, performance.now() - before);
    return true;
  }

  #enter(shard: Shard): boolean {
    if (this.#engine.locks.lockOne(shard)) return true;
    this.#wasHindered = true;
    return false;
  }

  /** For INFO: how long there has been too much. */
  #note(isOver: boolean): void {
    const { cells } = this.#engine.statistics;
    const { nowMs } = this.#engine.clock;
    if (isOver && cells[GAUGE_OVER_SINCE] === 0) cells[GAUGE_OVER_SINCE] = nowMs;
    if (isOver || cells[GAUGE_OVER_SINCE] === 0) return;
    cells[COUNT_EVICTION_MS] += Math.max(0, nowMs - cells[GAUGE_OVER_SINCE]);
    cells[GAUGE_OVER_SINCE] = 0;
  }
}

const ORDERS: Readonly<Record<string, Order>> = {
  lru: 'idle',
  lfu: 'frequency',
  ttl: 'ttl',
  random: 'random',
};

/** As the servers turn `maxmemory-eviction-tenacity` into time. */
function timeLimitMs(tenacity: number): number {
  if (tenacity <= 10) return 0.05 * tenacity;
  return tenacity < 100 ? 0.5 * 1.15 ** (tenacity - 10) : Number.POSITIVE_INFINITY;
}
