/**
 * Walking over clients that wait: those of a key, keys that are waited for, and which locks serving them needs. Any
 * worker thread that holds the shard's lock.
 */
import type { Arena } from '../memory/arena.ts';
import { findEntry } from '../memory/hash-table.ts';
import { EntryList, scanBucket } from '../memory/table-scan.ts';
import type { Key } from '../store/key.ts';
import type { Shard, Store } from '../store/store.ts';
import {
  BLOCKED_ROOT,
  FLAG_NO_KEY,
  LINK_ENTRY,
  LINK_HOME,
  LINK_NEXT,
  LINK_WAITER,
  lastAt,
  ROOT_DATABASES,
  ROOT_TABLES,
  ROOT_WIDE_LINKS,
  WAITER_CLIENT,
  WAITER_FLAGS,
} from './waiting-clients.ts';

/** Where a walk over the waiters of a key is. */
export class WaiterCursor {
  /** 0 where there is none. */
  link = 0;
  /** Shard of the waiter, and its offset there. */
  home = 0;
  waiter = 0;
}

/** To the first waiter of a key. */
export function firstWaiter(key: Key, cursor: WaiterCursor): boolean {
  const { arena } = key;
  const { words } = arena;
  cursor.link = 0;
  if (words[BLOCKED_ROOT] === 0) return false;
  const table = words[(words[BLOCKED_ROOT] >> 2) + ROOT_TABLES + key.database];
  const entry = table === 0 ? 0 : findEntry(arena, table, key.hash, key.bytes, key.start, key.end);
  return entry !== 0 && showLink(words, words[entry >> 2], cursor);
}

/** The link behind the one the cursor stands on, for `showLink`: to be read before the waiter is changed. */
export function nextLink(words: Int32Array, cursor: WaiterCursor): number {
  return words[(cursor.link >> 2) + LINK_NEXT];
}

export function showLink(words: Int32Array, link: number, cursor: WaiterCursor): boolean {
  cursor.link = link;
  if (link === 0) return false;
  cursor.home = words[(link >> 2) + LINK_HOME];
  cursor.waiter = words[(link >> 2) + LINK_WAITER];
  return true;
}

/** The link of the last waiter of the key the cursor stands in: those that come later stand behind it. */
export function lastLink(words: Int32Array, cursor: WaiterCursor): number {
  return words[lastAt(words, words[(cursor.link >> 2) + LINK_ENTRY])];
}

/** Fills `out` with the entries of the keys of a database that clients in this shard wait for. Cold: all of them. */
export function waitedKeys(arena: Arena, database: number, out: EntryList): void {
  const root = arena.words[BLOCKED_ROOT];
  const table = root === 0 ? 0 : arena.words[(root >> 2) + ROOT_TABLES + database];
  out.count = 0;
  if (table === 0) return;
  let place = 0;
  do place = scanBucket(arena, table, place, out);
  while (place !== 0);
}

const found = new EntryList();

/** Whether a client waits in a shard; the cursor stands on it then. Cold: looks at all that wait there. */
export function findClient(store: Store, shard: Shard, id: number, cursor: WaiterCursor): boolean {
  const { words } = shard.arena;
  for (let database = 0; database <= store.databases; database++) {
    waitedKeys(shard.arena, database, found);
    for (let at = 0; at < found.count; at++) {
      let more = showLink(words, words[found.entries[at] >> 2], cursor);
      for (; more; more = showLink(words, nextLink(words, cursor), cursor)) {
        const own = store.shards[cursor.home].arena.words;
        if (own[(cursor.waiter >> 2) + WAITER_CLIENT] === id) return true;
      }
    }
  }
  return false;
}

/**
 * How many keys clients wait for, and for how many of these also somebody who hears of it when the key goes. Cold: for
 * INFO. A shard that somebody holds for long is left out.
 */
export function countWaited(store: Store): { readonly keys: number; readonly onNoKey: number } {
  let [keys, onNoKey] = [0, 0];
  for (const shard of store.shards) {
    const { arena } = shard;
    if (arena.words[BLOCKED_ROOT] === 0) continue;
    const isHeld = shard.locked;
    if (!isHeld && !store.tryLock(shard)) continue;
    for (let database = 0; database < store.databases; database++) {
      waitedKeys(arena, database, found);
      keys += found.count;
      for (let at = 0; at < found.count; at++) if (minds(store, arena, found.entries[at])) onNoKey += 1;
    }
    store.leave(shard, !isHeld);
  }
  return { keys, onNoKey };
}

const walk = new WaiterCursor();

/** Whether one of a key's waiters hears of it when the key goes. */
function minds(store: Store, { words }: Arena, entry: number): boolean {
  for (let more = showLink(words, words[entry >> 2], walk); more; ) {
    const own = store.shards[walk.home].arena.words;
    if ((own[(walk.waiter >> 2) + WAITER_FLAGS] & FLAG_NO_KEY) !== 0) return true;
    more = showLink(words, nextLink(words, walk), walk);
  }
  return false;
}

/** Whether serving the waiters of a shard needs another shard. */
export function needsShard(arena: Arena, other: number): boolean {
  const { words } = arena;
  const root = words[BLOCKED_ROOT] >> 2;
  if (root === 0 || words[root + ROOT_WIDE_LINKS] === 0) return false;
  return words[root + ROOT_TABLES + words[root + ROOT_DATABASES] + other] > 0;
}

/** Whether serving the waiters of a shard needs others at all. */
export function hasWide(arena: Arena): boolean {
  const { words } = arena;
  return words[BLOCKED_ROOT] !== 0 && words[(words[BLOCKED_ROOT] >> 2) + ROOT_WIDE_LINKS] > 0;
}
