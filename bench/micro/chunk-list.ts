/** Chunk lists of short and long elements at both ends and within. `node bench/run.mjs micro/chunk-list [elements]`. */
import { usedBytes } from '../../src/memory/allocator.ts';
import { Arena } from '../../src/memory/arena.ts';
import {
  createChunkList,
  destroyChunkList,
  listAt,
  listChunks,
  listCount,
  listDrop,
  listFirst,
  listNext,
  listPush,
} from '../../src/memory/chunk-list.ts';
import { listDelete, listDeleteRange, listInsert, listReplace } from '../../src/memory/chunk-list-edit.ts';
import { ListCursor } from '../../src/memory/chunk-list-node.ts';
import { describeMachine } from '../measure.ts';
import { once, repeat, showTimings, type Timing } from './timing.ts';

const arena = Arena.create(2 ** 30);
const cursor = new ListCursor();
const text = Buffer.from('element of a list '.repeat(60));

function pushAll(list: number, atFront: boolean, length: number, count: number): number {
  for (let left = count; left > 0; left--) listPush(arena, list, atFront, text, 0, length);
  return listCount(arena, list);
}

function measure(length: number, count: number): Timing[] {
  const label = `${length} bytes: `;
  // Memory is touched for the first time by another list than the one that is measured.
  const other = createChunkList(arena, -2);
  pushAll(other, false, length, 2 * count);
  destroyChunkList(arena, other);
  const before = usedBytes(arena);
  const list = createChunkList(arena, -2);
  const timings = [
    once(`${label}push at the end`, count, (n) => pushAll(list, false, length, n)),
    once(`${label}push at the beginning`, count, (n) => pushAll(list, true, length, n)),
  ];
  const bytes = (usedBytes(arena) - before) / (2 * count);
  console.log(`${label}${bytes.toFixed(2)} bytes per element, ${listChunks(arena, list)} chunks`);
  timings.push(...measureReading(label, list, length, count), ...measureChanges(label, list, length, count));
  destroyChunkList(arena, list);
  return timings;
}

function measureReading(label: string, list: number, length: number, count: number): Timing[] {
  return [
    repeat(`${label}push and drop, as a queue`, count, (n) => {
      for (let left = n; left > 0; left--) {
        listPush(arena, list, true, text, 0, length);
        listDrop(arena, list, false);
      }
      return listCount(arena, list);
    }),
    repeat(`${label}next`, count, (n) => {
      let sum = 0;
      listFirst(arena, list, cursor);
      for (let left = n; left > 0; left--) {
        sum += cursor.entry.end;
        listNext(arena, cursor);
      }
      return sum;
    }),
    repeat(`${label}first 100, each`, count, (n) => {
      let sum = 0;
      for (let left = n; left > 0; left -= 100) {
        listFirst(arena, list, cursor);
        for (let at = 0; at < 100; at++) {
          sum += cursor.entry.end;
          listNext(arena, cursor);
        }
      }
      return sum;
    }),
    repeat(`${label}to an index near the beginning`, 20_000, (n) => {
      let sum = 0;
      for (let at = 0; at < n; at++) sum += Number(listAt(arena, list, at & 1023, cursor));
      return sum;
    }),
    repeat(`${label}to an index in the middle`, 200, (n) => {
      let sum = 0;
      for (let at = 0; at < n; at++) sum += Number(listAt(arena, list, count - at, cursor));
      return sum;
    }),
  ];
}

function measureChanges(label: string, list: number, length: number, count: number): Timing[] {
  return [
    once(`${label}insert near the beginning`, 20_000, (n) => {
      for (let at = 0; at < n; at++) {
        listAt(arena, list, 500 + (at & 255), cursor);
        listInsert(arena, list, cursor, true, text, 0, length);
      }
      return listCount(arena, list);
    }),
    repeat(`${label}replace`, 20_000, (n) => {
      for (let at = 0; at < n; at++) {
        listAt(arena, list, at & 255, cursor);
        listReplace(arena, list, cursor, text, 0, length);
      }
      return n;
    }),
    once(`${label}delete every other`, count / 4, (n) => {
      listFirst(arena, list, cursor);
      for (let left = n; left > 0; left--) {
        listDelete(arena, list, cursor, true);
        listNext(arena, cursor);
      }
      return listCount(arena, list);
    }),
    once(`${label}delete a range`, count, (n) => {
      listDeleteRange(arena, list, 100, n);
      return listCount(arena, list);
    }),
  ];
}

/** Cold: a benchmark. */
export function run(args: readonly string[]): void {
  const count = Number(args[0] ?? 200_000);
  console.log(describeMachine());
  measure(64, 20_000);
  console.log(showTimings([...measure(8, count), ...measure(64, count), ...measure(1000, count / 8)]));
}
