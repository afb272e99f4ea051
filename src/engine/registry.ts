/**
 * Names that clients listen to, on all workers: channels, patterns, shard channels, prefixes of BCAST tracking. In
 * shared memory, so that a publisher knows without asking how many clients on which workers a message has. Each kind
 * is a table of an arena of its own; an entry is an id, the name, and a count of clients for each worker. Everything
 * but `has` and `version` needs the lock. Worker thread.
 */
import { copyBytes } from '../base/bytes.ts';
import type { ListenKind } from '../commands/ports.ts';
import { allocate, release } from '../memory/allocator.ts';
import { Arena, WORD_ROOTS } from '../memory/arena.ts';
import { hashKey } from '../memory/hash.ts';
import { createTable, findEntry, insertEntry, removeEntry, tableCount } from '../memory/hash-table.ts';
import type { LockOwner } from '../memory/lock.ts';
import { ENTRY_KEY } from '../memory/table-layout.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';

/** Beside the kinds of `ListenKind`: prefixes of CLIENT TRACKING. */
export const KIND_PREFIX = 3;
export type NameKind = ListenKind | typeof KIND_PREFIX;
const KINDS = 4;

// Behind the tables' heads: how many names a kind has, changes of a kind's names or counts, the last id.
const ROOT_COUNTS = KINDS;
const ROOT_VERSIONS = 2 * KINDS;
const ROOT_LAST_ID = 3 * KINDS;

/** Cold: once. */
export function createRegistryMemory(bytes: number): SharedArrayBuffer {
  return Arena.create(bytes).buffer;
}

export class Registry {
  readonly arena: Arena;
  readonly workers: number;
  readonly #owner: LockOwner;
  /** What `entries` and `some` have found. */
  readonly found = new EntryList();

  constructor(memory: SharedArrayBuffer, owner: LockOwner, workers: number) {
    this.arena = Arena.attach(memory);
    this.#owner = owner;
    this.workers = workers;
  }

  lock(): void {
    this.#owner.lock(this.arena);
  }

  unlock(): void {
    this.#owner.unlock(this.arena);
  }

  /** Without the lock: somebody listens to a name of this kind. */
  has(kind: NameKind): boolean {
    return Atomics.load(this.arena.words, WORD_ROOTS + ROOT_COUNTS + kind) !== 0;
  }

  /** Without the lock: names of this kind. */
  nameCount(kind: NameKind): number {
    return Atomics.load(this.arena.words, WORD_ROOTS + ROOT_COUNTS + kind);
  }

  /** Without the lock: changes with every change of the kind's names and counts. */
  version(kind: NameKind): number {
    return Atomics.load(this.arena.words, WORD_ROOTS + ROOT_VERSIONS + kind);
  }

  /** One client more on `worker` listens to the name. Returns the name's id; 0 without memory. */
  add(kind: NameKind, bytes: Uint8Array, start: number, end: number, worker: number): number {
    const { words } = this.arena;
    const entry = this.find(kind, bytes, start, end) || this.#insert(kind, bytes, start, end);
    if (entry === 0) return 0;
    words[this.#countsAt(entry) + worker] += 1;
    this.#changed(kind, 0);
    return words[entry >> 2];
  }

  /** One client less. */
  remove(kind: NameKind, bytes: Uint8Array, start: number, end: number, worker: number): void {
    const { arena } = this;
    const { words } = arena;
    const entry = this.find(kind, bytes, start, end);
    if (entry === 0) return;
    words[this.#countsAt(entry) + worker] -= 1;
    const isLast = this.total(entry) === 0;
    if (isLast) {
      removeEntry(arena, words[WORD_ROOTS + kind], hashKey(bytes, start, end), entry);
      release(arena, entry);
    }
    this.#changed(kind, isLast ? -1 : 0);
  }

  /** The entry of a name, or 0. */
  find(kind: NameKind, bytes: Uint8Array, start: number, end: number): number {
    const table = this.arena.words[WORD_ROOTS + kind];
    return table === 0 ? 0 : findEntry(this.arena, table, hashKey(bytes, start, end), bytes, start, end);
  }

  id(entry: number): number {
    return this.arena.words[entry >> 2];
  }

  /** Clients on one worker. */
  count(entry: number, worker: number): number {
    return this.arena.words[this.#countsAt(entry) + worker];
  }

  total(entry: number): number {
    const at = this.#countsAt(entry);
    let sum = 0;
    for (let worker = 0; worker < this.workers; worker++) sum += this.arena.words[at + worker];
    return sum;
  }

  nameStart(entry: number): number {
    return entry + ENTRY_KEY;
  }

  nameEnd(entry: number): number {
    return entry + ENTRY_KEY + this.arena.words[(entry >> 2) + 1];
  }

  names(kind: NameKind): number {
    const table = this.arena.words[WORD_ROOTS + kind];
    return table === 0 ? 0 : tableCount(this.arena, table);
  }

  /** Cold. All entries of a kind, valid until the lock is given back. */
  entries(kind: NameKind): EntryList {
    this.some(kind, 0, Number.POSITIVE_INFINITY);
    return this.found;
  }

  /** Cold. Puts about `count` entries into `found`; returns where to go on, 0 at the end. */
  some(kind: NameKind, from: number, count: number): number {
    const { found, arena } = this;
    found.count = 0;
    const table = arena.words[WORD_ROOTS + kind];
    if (table === 0) return 0;
    let cursor = from;
    do cursor = scanBucket(arena, table, cursor, found);
    while (cursor !== 0 && found.count < count);
    return cursor;
  }

  #insert(kind: NameKind, bytes: Uint8Array, start: number, end: number): number {
    const { arena } = this;
    const { words } = arena;
    if (words[WORD_ROOTS + kind] === 0) words[WORD_ROOTS + kind] = createTable(arena);
    const table = words[WORD_ROOTS + kind];
    if (table === 0) return 0;
    const length = end - start;
    const entry = allocate(arena, ENTRY_KEY + ((length + 3) & ~3) + 4 * this.workers);
    if (entry === 0) return 0;
    words[(entry >> 2) + 1] = length;
    copyBytes(bytes, start, end, arena.bytes, entry + ENTRY_KEY);
    const counts = this.#countsAt(entry);
    words.fill(0, counts, counts + this.workers);
    if (!insertEntry(arena, table, hashKey(bytes, start, end), entry)) {
      release(arena, entry);
      return 0;
    }
    words[WORD_ROOTS + ROOT_LAST_ID] += 1;
    words[entry >> 2] = words[WORD_ROOTS + ROOT_LAST_ID];
    this.#changed(kind, 1);
    return entry;
  }

  #changed(kind: NameKind, names: number): void {
    const { words } = this.arena;
    Atomics.add(words, WORD_ROOTS + ROOT_COUNTS + kind, names);
    Atomics.add(words, WORD_ROOTS + ROOT_VERSIONS + kind, 1);
  }

  #countsAt(entry: number): number {
    const { words } = this.arena;
    return (entry + ENTRY_KEY + ((words[(entry >> 2) + 1] + 3) & ~3)) >> 2;
  }
}
