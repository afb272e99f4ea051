/**
 * The store: its shards, and one thread's view of all of them. Each shard is an arena with a lock; a slot's keys are in
 * the shard (slot modulo the number of shards), and have a table of their own in each database. Knows neither sockets
 * nor replies; the time is given to it.
 */
import { assert } from '../base/errors.ts';
import { SLOT_COUNT } from '../base/slot.ts';
import { allocate, usedBytes } from '../memory/allocator.ts';
import { Arena, DEFAULT_ARENA_BYTES, WORD_LOCK, WORD_ROOTS } from '../memory/arena.ts';
import { setHashSeed } from '../memory/hash.ts';
import { LIVENESS_BYTES, LockOwner } from '../memory/lock.ts';
import { AccessClock } from './access.ts';
import { usualLimits } from './encoding-limits.ts';
import type { Key } from './key.ts';
import { StoreStatistics } from './statistics.ts';

// Roots of an arena, behind WORD_ROOTS.
export const ROOT_DATABASES = 0;
/** For what the engine keeps per shard: keys with blocked clients, keys that clients track. */
export const ROOT_BLOCKED = 1;
export const ROOT_TRACKED = 2;
/** Snapshots: whether one is under way, what records have that are not to be saved, and what has been kept for it. */
export const ROOT_SAVING = 3;
export const ROOT_MARK = 4;
export const ROOT_KEPT = 5;
/** What is left of large values that are gone: `discarded.ts`. */
export const ROOT_DISCARDED = 9;
/** How many objects they are, as INFO counts them. */
export const ROOT_DISCARDED_OBJECTS = 10;
/** Tree of the hashes with fields that expire, or 0: `hash-due.ts`. */
export const ROOT_FIELDS_DUE = 8;

// A database of a shard, in words.
export const DATABASE_WORDS = 8;
/** Block with the table of each slot of the shard, or 0. */
export const DB_DIRECTORY = 0;
export const DB_KEYS = 1;
/** Table of the records that have an expiry, or 0. */
export const DB_EXPIRES = 2;
/** Where the search for expired keys goes on. */
export const DB_EXPIRE_CURSOR = 3;
/** Table of the keys that clients watch, or 0: `watch.ts`. */
export const DB_WATCHED = 4;
/** Its number when the snapshot under way began. */
export const DB_ORIGIN = 5;

export interface StoreOptions {
  /** A power of two. */
  readonly shards?: number;
  readonly arenaBytes?: number;
  readonly databases?: number;
  /** Threads that will attach, for their statistics. */
  readonly threads?: number;
  readonly hashSeed?: number;
}

/** What threads need to use one store together. Structured-clonable. */
export interface StoreMemory {
  readonly arenas: readonly SharedArrayBuffer[];
  readonly liveness: SharedArrayBuffer;
  readonly statistics: SharedArrayBuffer;
  readonly databases: number;
  readonly hashSeed: number;
}

/** Reserves the memory of a store and lays out its empty databases. Cold: once. */
export function createStoreMemory(options: StoreOptions = {}): StoreMemory {
  const { shards = 64, arenaBytes = DEFAULT_ARENA_BYTES, databases = 16, threads = 1 } = options;
  assert((shards & (shards - 1)) === 0 && shards > 0 && shards <= SLOT_COUNT, 'shards are a power of two');
  const arenas: SharedArrayBuffer[] = [];
  for (let index = 0; index < shards; index++) {
    const arena = Arena.create(arenaBytes);
    // One more than clients see: `Store.stagingDatabase`.
    const block = allocate(arena, (databases + 1) * DATABASE_WORDS * 4);
    assert(block !== 0, 'an arena holds its databases');
    arena.words.fill(0, block >> 2, (block >> 2) + (databases + 1) * DATABASE_WORDS);
    arena.words[WORD_ROOTS + ROOT_DATABASES] = block;
    arenas.push(arena.buffer);
  }
  return {
    arenas,
    liveness: new SharedArrayBuffer(LIVENESS_BYTES),
    statistics: new SharedArrayBuffer(StoreStatistics.bytes(threads)),
    databases,
    hashSeed: options.hashSeed ?? 0,
  };
}

/** One shard as one thread sees it. */
export class Shard {
  readonly index: number;
  readonly arena: Arena;
  /** This thread holds the lock. */
  locked = false;

  constructor(index: number, arena: Arena) {
    this.index = index;
    this.arena = arena;
  }
}

/** Who hears of keys that go without a command having said so. Called while the shard is locked. */
export interface StoreEvents {
  /** Whether a key whose time has come may be removed now; if not, it is only as if it were gone. */
  mayExpire(): boolean;
  /** The key is about to be removed because its time has come. */
  expired(key: Key): void;
  /** The key is about to be removed because memory is needed. */
  evicted(key: Key): void;
  /** Fields of the key's hash have gone because their time has come; if all have, the key is about to. */
  fieldsExpired(key: Key, isEmpty: boolean): void;
  /** The key has been made. */
  created(key: Key): void;
  /** A value of another type has taken the place of the key's value. */
  retyped(key: Key): void;
}

/** An alarm that is always on. */
const RAISED = Int32Array.of(1);
const NO_EVENTS: StoreEvents = {
  mayExpire: () => true,
  expired: () => {},
  evicted: () => {},
  fieldsExpired: () => {},
  created: () => {},
  retyped: () => {},
};

export class Store {
  readonly shards: readonly Shard[];
  readonly shardMask: number;
  readonly shardShift: number;
  readonly slotsPerShard: number;
  readonly databases: number;
  readonly owner: LockOwner;
  /** Of this thread. `sumStatistics` adds up all threads. */
  readonly statistics: StoreStatistics;
  /** By LIMIT_… of `encoding-limits.ts`. */
  limits: Float64Array = usualLimits();
  readonly access = new AccessClock();
  readonly memory: StoreMemory;
  events: StoreEvents = NO_EVENTS;

  /** `thread` counts from 0. */
  constructor(memory: StoreMemory, thread: number) {
    this.memory = memory;
    this.shards = memory.arenas.map((buffer, index) => new Shard(index, Arena.attach(buffer)));
    const count = this.shards.length;
    this.shardMask = count - 1;
    this.shardShift = 31 - Math.clz32(count);
    this.slotsPerShard = SLOT_COUNT / count;
    this.databases = memory.databases;
    this.owner = new LockOwner(lockOwnerId(thread), memory.liveness);
    this.statistics = new StoreStatistics(memory.statistics, thread);
    setHashSeed(memory.hashSeed);
  }

  /** A database that nobody sees: values are made there that may turn out to be damaged. Empty between commands. */
  get stagingDatabase(): number {
    return this.databases;
  }

  lock(shard: Shard): void {
    this.owner.lock(shard.arena);
    shard.locked = true;
  }

  /** Takes the lock, but waits no longer than the first `count` words of `alarm` are 0. False: it is not taken. */
  lockUnless(shard: Shard, alarm: Int32Array, count: number): boolean {
    shard.locked = this.owner.lockUnless(shard.arena.words, WORD_LOCK, alarm, count);
    return shard.locked;
  }

  /** Takes the lock if it is free, or soon: a script that never ends may have it. For what can be done another time. */
  tryLock(shard: Shard): boolean {
    return this.lockUnless(shard, RAISED, 1);
  }

  unlock(shard: Shard): void {
    shard.locked = false;
    this.owner.unlock(shard.arena);
  }

  /** Takes the lock unless this thread has it already; returns whether it has to be given back. */
  enter(shard: Shard): boolean {
    if (shard.locked) return false;
    this.lock(shard);
    return true;
  }

  leave(shard: Shard, entered: boolean): void {
    if (entered) this.unlock(shard);
  }

  /** Keys of a database, expired ones included. Exact when all shards are locked. */
  keyCount(database: number): number {
    let count = 0;
    for (const shard of this.shards) count += this.shardKeyCount(shard, database);
    return count;
  }

  /** Keys of a database in one shard, expired ones included. */
  shardKeyCount(shard: Shard, database: number): number {
    return shard.arena.words[databaseAt(shard.arena, database) + DB_KEYS];
  }

  /** Keys of a database that have an expiry. Cold: for INFO. */
  expiryCount(database: number): number {
    let count = 0;
    for (const { arena } of this.shards) {
      const table = arena.words[databaseAt(arena, database) + DB_EXPIRES];
      if (table !== 0) count += arena.words[table >> 2];
    }
    return count;
  }

  /** Bytes in all blocks of all arenas. */
  usedBytes(): number {
    let bytes = 0;
    for (const shard of this.shards) bytes += usedBytes(shard.arena);
    return bytes;
  }
}

/** What a thread is to locks, whose owners count from 1. */
export function lockOwnerId(thread: number): number {
  return thread + 1;
}

/** Index into `words` of a shard's database. */
export function databaseAt(arena: Arena, database: number): number {
  return (arena.words[WORD_ROOTS + ROOT_DATABASES] >> 2) + database * DATABASE_WORDS;
}
