/** The allocator, the lock and the hash table. `node bench/run.mjs micro/hash-table [entries]`. */
import { allocate, release, usedBytes } from '../../src/memory/allocator.ts';
import { Arena } from '../../src/memory/arena.ts';
import { hashKey } from '../../src/memory/hash.ts';
import {
  createTable,
  destroyTable,
  findEntry,
  insertEntry,
  removeEntry,
} from '../../src/memory/hash-table.ts';
import { LIVENESS_BYTES, LockOwner } from '../../src/memory/lock.ts';
import { ENTRY_KEY } from '../../src/memory/table-layout.ts';
import { EntryList, scanBucket } from '../../src/memory/table-scan.ts';
import { describeMachine } from '../measure.ts';
import { once, repeat, showTimings, type Timing } from './timing.ts';

const KEY_BYTES = 16;
const arena = Arena.create(2 ** 30);
const page = new EntryList();

function measureBlocks(count: number): Timing[] {
  const blocks = new Int32Array(1000);
  const turn = (size: number, name: string): Timing =>
    repeat(name, count, (n) => {
      for (let left = n; left > 0; left -= blocks.length) {
        for (let at = 0; at < blocks.length; at++) blocks[at] = allocate(arena, size);
        for (let at = 0; at < blocks.length; at++) release(arena, blocks[at]);
      }
      return usedBytes(arena);
    });
  return [
    turn(24, 'allocate and release 24 bytes'),
    turn(600, 'allocate and release 600 bytes'),
    turn(100_000, 'allocate and release 100 000 bytes'),
  ];
}

function measureLock(count: number): Timing {
  const owner = new LockOwner(1, new SharedArrayBuffer(LIVENESS_BYTES));
  return repeat('lock and unlock', count, (n) => {
    for (let left = n; left > 0; left--) {
      owner.lock(arena);
      owner.unlock(arena);
    }
    return n;
  });
}

/** Entries with keys of 16 bytes, each of which is its number. */
function makeEntries(count: number): Int32Array {
  const entries = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    const entry = allocate(arena, ENTRY_KEY + KEY_BYTES);
    arena.words[entry >> 2] = 0;
    arena.words[(entry >> 2) + 1] = KEY_BYTES;
    arena.bytes.fill(0x30, entry + ENTRY_KEY, entry + ENTRY_KEY + KEY_BYTES);
    arena.words[(entry + ENTRY_KEY) >> 2] = at;
    entries[at] = entry;
  }
  return entries;
}

function measureTable(count: number): Timing[] {
  const entries = makeEntries(count);
  const table = createTable(arena);
  const before = usedBytes(arena);
  const { bytes } = arena;
  const hashOf = (entry: number): number => hashKey(bytes, entry + ENTRY_KEY, entry + ENTRY_KEY + KEY_BYTES);
  const timings = [
    once('insert', count, (n) => {
      for (let at = 0; at < n; at++) insertEntry(arena, table, hashOf(entries[at]), entries[at]);
      return table;
    }),
  ];
  console.log(`${((usedBytes(arena) - before) / count).toFixed(2)} bytes of table per entry`);
  timings.push(
    repeat('find', count, (n) => {
      let sum = 0;
      // A step that is prime to the count: no two neighbours in memory follow each other.
      for (let left = n, at = 0; left > 0; left--, at = (at + 7919) % count) {
        const start = entries[at] + ENTRY_KEY;
        sum += findEntry(arena, table, hashOf(entries[at]), bytes, start, start + KEY_BYTES);
      }
      return sum;
    }),
    repeat('scan, each entry', count, () => {
      let place = 0;
      do {
        page.count = 0;
        place = scanBucket(arena, table, place, page);
      } while (place !== 0);
      return page.count;
    }),
    once('remove', count, (n) => {
      for (let at = 0; at < n; at++) removeEntry(arena, table, hashOf(entries[at]), entries[at]);
      return table;
    }),
  );
  destroyTable(arena, table);
  return timings;
}

/** Cold: a benchmark. */
export function run(args: readonly string[]): void {
  const count = Number(args[0] ?? 1_000_000);
  const timings = [...measureBlocks(count), measureLock(count), ...measureTable(count)];
  console.log(describeMachine());
  console.log(showTimings(timings));
}
