/**
 * Who waits for which keys, in shared memory: in each shard the keys that clients wait for, and for each key its
 * waiters in the order in which they came. Any worker thread. Whoever changes a waiter, or looks at it, holds the locks
 * of all its shards: those of every key of its command. Knows nothing of sockets and replies.
 *
 *     root of a shard   links, links whose waiter needs other shards, a table for each database, and for each other
 *                       shard how many links here need it
 *     key               an entry of the table: first link │ length │ the key │ last link
 *     link              one waiter's place at one key, in the key's shard
 *     waiter            the command and what is needed to run it, in the shard of the first key it waits for
 *
 * The numbers of other shards tell before a command runs which locks serving its waiters will need. A waiter's block is
 * given back by the worker whose client it is, so that this worker can always see whether it has been served.
 */
import { copyBytes } from '../base/bytes.ts';
import type { CommandContext } from '../commands/context.ts';
import type { WaitFor } from '../commands/ports.ts';
import { allocate, release } from '../memory/allocator.ts';
import { type Arena, WORD_ROOTS } from '../memory/arena.ts';
import {
  createTable,
  destroyTable,
  entryHash,
  findEntry,
  insertEntry,
  removeEntry,
  tableCount,
} from '../memory/hash-table.ts';
import { ENTRY_KEY, ENTRY_LENGTH_MASK } from '../memory/table-layout.ts';
import type { Key } from '../store/key.ts';
import { ROOT_BLOCKED, type Shard, type Store } from '../store/store.ts';
import type { EngineClient } from './client.ts';

/** Index into `words` of an arena: its root, or 0 where nobody waits. */
export const BLOCKED_ROOT: number = WORD_ROOTS + ROOT_BLOCKED;

// A root, in words. Tables of databases follow, then a word for each shard.
const ROOT_LINKS = 0;
export const ROOT_WIDE_LINKS = 1;
/** How many tables there are. */
export const ROOT_DATABASES = 2;
export const ROOT_TABLES = 3;

// A link, in words.
export const LINK_NEXT = 0;
const LINK_PREVIOUS = 1;
export const LINK_ENTRY = 2;
export const LINK_HOME = 3;
export const LINK_WAITER = 4;
const LINK_BYTES = 24;

// A waiter, in words. The offsets of its links with their shards follow, its shards, its spans, and its bytes.
export const WAITER_STATE = 0;
export const WAITER_CLIENT = 1;
export const WAITER_WORKER = 2;
/** Tells the waits of one worker apart. */
export const WAITER_NUMBER = 3;
export const WAITER_COMMAND = 4;
export const WAITER_DATABASE = 5;
export const WAITER_RESP = 6;
export const WAITER_FLAGS = 7;
/** `TYPE_…` it waits for. */
export const WAITER_TYPE = 8;
/** The number of its user. */
export const WAITER_USER = 9;
const WAITER_LINKS = 10;
const WAITER_SHARDS = 11;
export const WAITER_ARGUMENTS = 12;
const WAITER_WORDS = 13;

export const STATE_WAITING = 1;
export const STATE_DONE = 2;
/** CLIENT NO-TOUCH. */
export const FLAG_NO_TOUCH = 1;
/** Its command runs as well when the key has gone or has got another type. */
export const FLAG_NO_KEY = 2;

/**
 * Enters a client's command among the waiters. Returns the waiter's offset in the shard of its first key; 0 without
 * memory, and nothing has changed. All of the command's shards are locked.
 */
export function addWaiter(
  store: Store,
  context: CommandContext,
  wait: WaitFor,
  worker: number,
  number: number,
): number {
  const home = context.key(wait.firstKey).shard;
  const waiter = writeWaiter(home, context, wait, worker, number);
  if (waiter === 0) return 0;
  for (let index = 0; index < wait.keyCount; index++) {
    const { shard } = context.key(wait.firstKey + index);
    const link = linkWaiter(store, context.key(wait.firstKey + index), home, waiter);
    if (link < 0) {
      removeLinks(store, home, waiter);
      release(home.arena, waiter);
      return 0;
    }
    const at = linkAt(waiter, index);
    home.arena.words[at] = shard.index;
    home.arena.words[at + 1] = link;
  }
  return waiter;
}

function writeWaiter(
  home: Shard,
  context: CommandContext,
  wait: WaitFor,
  worker: number,
  number: number,
): number {
  const { count, spans, client } = context;
  const shards = shardsOf(context);
  const first = spans[0];
  const end = spans[2 * count - 1];
  const wordCount = WAITER_WORDS + 2 * wait.keyCount + shards.length + 2 * count;
  const waiter = allocate(home.arena, 4 * wordCount + end - first);
  if (waiter === 0) return 0;
  const { words, bytes } = home.arena;
  const at = waiter >> 2;
  words[at + WAITER_STATE] = STATE_WAITING;
  words[at + WAITER_CLIENT] = client.id;
  words[at + WAITER_WORKER] = worker;
  words[at + WAITER_NUMBER] = number;
  words[at + WAITER_COMMAND] = context.command;
  words[at + WAITER_DATABASE] = context.database;
  words[at + WAITER_RESP] = context.resp;
  words[at + WAITER_FLAGS] = (client.noTouch ? FLAG_NO_TOUCH : 0) | (wait.noKey === true ? FLAG_NO_KEY : 0);
  words[at + WAITER_TYPE] = wait.type;
  words[at + WAITER_USER] = (client as EngineClient).account?.number ?? 0;
  words[at + WAITER_LINKS] = wait.keyCount;
  words[at + WAITER_SHARDS] = shards.length;
  words[at + WAITER_ARGUMENTS] = count;
  words.fill(0, at + WAITER_WORDS, at + WAITER_WORDS + 2 * wait.keyCount);
  let to = at + WAITER_WORDS + 2 * wait.keyCount;
  for (const shard of shards) words[to++] = shard;
  for (let index = 0; index < 2 * count; index++) words[to++] = spans[index] - first;
  copyBytes(context.bytes, first, end, bytes, 4 * to);
  return waiter;
}

/** Shards of all keys of the command, each once. */
export function shardsOf(context: CommandContext): number[] {
  const shards: number[] = [];
  for (let at = 0; at < context.keyCount; at++) {
    const { index } = context.keys[at].shard;
    if (!shards.includes(index)) shards.push(index);
  }
  return shards;
}

/** Index into `words` of the shard and the offset of one of a waiter's links; 0, 0 for a key that is named twice. */
function linkAt(waiter: number, index: number): number {
  return (waiter >> 2) + WAITER_WORDS + 2 * index;
}

/** Index into `words` of a waiter's shards. */
function shardsAt(words: Int32Array, waiter: number): number {
  return linkAt(waiter, words[(waiter >> 2) + WAITER_LINKS]);
}

/** Index into `words` of the spans of a waiter's command. */
export function waiterSpans(words: Int32Array, waiter: number): number {
  return shardsAt(words, waiter) + words[(waiter >> 2) + WAITER_SHARDS];
}

/** Offset of the bytes that its spans count from. */
export function waiterBytes(words: Int32Array, waiter: number): number {
  return 4 * (waiterSpans(words, waiter) + 2 * words[(waiter >> 2) + WAITER_ARGUMENTS]);
}

/** Puts a waiter behind those of a key. Returns its link; 0 if it is there already, -1 without memory. */
function linkWaiter(store: Store, key: Key, home: Shard, waiter: number): number {
  const { arena } = key;
  const { words } = arena;
  const entry = entryOf(store, key);
  if (entry === 0) return -1;
  const last = words[lastAt(words, entry)];
  if (last !== 0) {
    const at = last >> 2;
    if (words[at + LINK_WAITER] === waiter && words[at + LINK_HOME] === home.index) return 0;
  }
  const link = allocate(arena, LINK_BYTES);
  if (link === 0) {
    if (last === 0) dropEntry(key, entry);
    return -1;
  }
  const at = link >> 2;
  words[at + LINK_ENTRY] = entry;
  words[at + LINK_HOME] = home.index;
  words[at + LINK_WAITER] = waiter;
  append(words, entry, link);
  countLink(key.shard, home, waiter, 1);
  return link;
}

function append(words: Int32Array, entry: number, link: number): void {
  const place = lastAt(words, entry);
  const last = words[place];
  words[(link >> 2) + LINK_NEXT] = 0;
  words[(link >> 2) + LINK_PREVIOUS] = last;
  if (last === 0) words[entry >> 2] = link;
  else words[(last >> 2) + LINK_NEXT] = link;
  words[place] = link;
}

function detach(words: Int32Array, link: number): void {
  const at = link >> 2;
  const entry = words[at + LINK_ENTRY];
  const next = words[at + LINK_NEXT];
  const previous = words[at + LINK_PREVIOUS];
  if (previous === 0) words[entry >> 2] = next;
  else words[(previous >> 2) + LINK_NEXT] = next;
  if (next === 0) words[lastAt(words, entry)] = previous;
  else words[(next >> 2) + LINK_PREVIOUS] = previous;
}

/** Index into `words` of a key's last link. */
export function lastAt(words: Int32Array, entry: number): number {
  return (entry + ENTRY_KEY + (((words[(entry >> 2) + 1] & ENTRY_LENGTH_MASK) + 3) & ~3)) >> 2;
}

/** The entry of a key, made if there is none; 0 without memory. */
function entryOf(store: Store, key: Key): number {
  const { arena } = key;
  const { words } = arena;
  const root = words[BLOCKED_ROOT] === 0 ? makeRoot(store, arena) : words[BLOCKED_ROOT];
  if (root === 0) return 0;
  const place = (root >> 2) + ROOT_TABLES + key.database;
  if (words[place] === 0) words[place] = createTable(arena);
  const table = words[place];
  if (table !== 0) {
    const known = findEntry(arena, table, key.hash, key.bytes, key.start, key.end);
    if (known !== 0) return known;
    const length = key.end - key.start;
    const entry = allocate(arena, ENTRY_KEY + ((length + 3) & ~3) + 4);
    if (entry !== 0) {
      words[entry >> 2] = 0;
      words[(entry >> 2) + 1] = length;
      copyBytes(key.bytes, key.start, key.end, arena.bytes, entry + ENTRY_KEY);
      words[lastAt(words, entry)] = 0;
      if (insertEntry(arena, table, key.hash, entry)) return entry;
      release(arena, entry);
    }
  }
  dropUnused(arena, key.database);
  return 0;
}

function makeRoot(store: Store, arena: Arena): number {
  // One more is for those that wait for no key: WAIT.
  const databases = store.databases + 1;
  const wordCount = ROOT_TABLES + databases + store.shards.length;
  const root = allocate(arena, 4 * wordCount);
  if (root === 0) return 0;
  arena.words.fill(0, root >> 2, (root >> 2) + wordCount);
  arena.words[(root >> 2) + ROOT_DATABASES] = databases;
  arena.words[BLOCKED_ROOT] = root;
  return root;
}

function dropEntry(key: Key, entry: number): void {
  const { arena } = key;
  const table = arena.words[(arena.words[BLOCKED_ROOT] >> 2) + ROOT_TABLES + key.database];
  removeEntry(arena, table, key.hash, entry);
  release(arena, entry);
  dropUnused(arena, key.database);
}

/** Gives back the table of a database when it is empty, and the root when nobody waits in the shard. */
function dropUnused(arena: Arena, database: number): void {
  const { words } = arena;
  const root = words[BLOCKED_ROOT];
  const place = (root >> 2) + ROOT_TABLES + database;
  if (words[place] !== 0 && tableCount(arena, words[place]) === 0) {
    destroyTable(arena, words[place]);
    words[place] = 0;
  }
  if (words[(root >> 2) + ROOT_LINKS] > 0) return;
  const end = (root >> 2) + ROOT_TABLES + words[(root >> 2) + ROOT_DATABASES];
  for (let at = (root >> 2) + ROOT_TABLES; at < end; at++) if (words[at] !== 0) return;
  words[BLOCKED_ROOT] = 0;
  release(arena, root);
}

/** Counts a link of a waiter in its shard, and which other shards it needs there. */
function countLink(shard: Shard, home: Shard, waiter: number, by: number): void {
  const { words } = shard.arena;
  const own = home.arena.words;
  const root = words[BLOCKED_ROOT] >> 2;
  words[root + ROOT_LINKS] += by;
  const count = own[(waiter >> 2) + WAITER_SHARDS];
  if (count === 1) return;
  words[root + ROOT_WIDE_LINKS] += by;
  const needs = root + words[root + ROOT_DATABASES] + ROOT_TABLES;
  const from = shardsAt(own, waiter);
  for (let at = 0; at < count; at++) words[needs + own[from + at]] += by;
}

/** Takes a waiter out of the lists of all its keys. Its block stays. */
export function removeLinks(store: Store, home: Shard, waiter: number): void {
  const own = home.arena.words;
  const count = own[(waiter >> 2) + WAITER_LINKS];
  for (let index = 0; index < count; index++) {
    const place = linkAt(waiter, index);
    const link = own[place + 1];
    if (link === 0) continue;
    own[place + 1] = 0;
    removeLink(store.shards[own[place]], home, waiter, link);
  }
}

function removeLink(shard: Shard, home: Shard, waiter: number, link: number): void {
  const { arena } = shard;
  const { words } = arena;
  const entry = words[(link >> 2) + LINK_ENTRY];
  detach(words, link);
  release(arena, link);
  countLink(shard, home, waiter, -1);
  if (words[entry >> 2] !== 0) return;
  const database = home.arena.words[(waiter >> 2) + WAITER_DATABASE];
  const table = words[(words[BLOCKED_ROOT] >> 2) + ROOT_TABLES + database];
  removeEntry(arena, table, entryHash(arena, entry), entry);
  release(arena, entry);
  dropUnused(arena, database);
}

/** The waiter waits again: it is the last one for each of its keys. */
export function moveToEnd(store: Store, home: Shard, waiter: number): void {
  const own = home.arena.words;
  const count = own[(waiter >> 2) + WAITER_LINKS];
  for (let index = 0; index < count; index++) {
    const place = linkAt(waiter, index);
    const link = own[place + 1];
    if (link === 0) continue;
    const { words } = store.shards[own[place]].arena;
    const entry = words[(link >> 2) + LINK_ENTRY];
    detach(words, link);
    append(words, entry, link);
  }
}
