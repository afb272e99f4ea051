/** Packed blobs as small hashes, and moving bytes within an arena. `node bench/run.mjs micro/packed [operations]`. */
import { usableSize } from '../../src/memory/allocator.ts';
import { Arena } from '../../src/memory/arena.ts';
import { moveBytes } from '../../src/memory/move-bytes.ts';
import {
  packedAt,
  packedDelete,
  packedFind,
  packedFirst,
  packedInsert,
  packedNext,
  packedReplace,
} from '../../src/memory/packed.ts';
import { PackedCursor } from '../../src/memory/packed-entry.ts';
import { createPacked, packedCount } from '../../src/memory/packed-room.ts';
import { describeMachine } from '../measure.ts';
import { type Operations, repeat, showTimings, type Timing } from './timing.ts';

const arena = Arena.create(2 ** 26);
const cursor = new PackedCursor();
const texts = Buffer.from('field:0000001value of a field, 32 bytes long..12345678');
const VALUE_START = 13;
const VALUE_END = 45;

/** Writes the number of a field into the name of all fields. */
function nameField(index: number): void {
  texts[9] = 0x30 + Math.trunc(index / 1000);
  texts[10] = 0x30 + (Math.trunc(index / 100) % 10);
  texts[11] = 0x30 + (Math.trunc(index / 10) % 10);
  texts[12] = 0x30 + (index % 10);
}

function append(packed: number, start: number, end: number): number {
  cursor.place = 0;
  return packedInsert(arena, packed, cursor, texts, start, end);
}

function makeHash(fields: number): number {
  let packed = createPacked(arena, 0);
  for (let index = 0; index < fields; index++) {
    nameField(index);
    packed = append(packed, 0, VALUE_START);
    packed = append(packed, VALUE_START, VALUE_END);
  }
  return packed;
}

function measureHash(fields: number, count: number): Timing[] {
  let packed = makeHash(fields);
  console.log(
    `${fields} fields of 13 + 32 bytes: ${(usableSize(arena, packed) / fields).toFixed(2)} bytes each`,
  );
  const label = `hash of ${fields}: `;
  const timings: Timing[] = [];
  const each = (name: string, run: (at: number) => number, share = 1): void => {
    const all: Operations = (n) => {
      let sum = 0;
      for (let at = 0; at < n; at++) sum += run(at);
      return sum;
    };
    timings.push(repeat(label + name, Math.ceil(count / share), all, 5));
  };
  each('find a field, read its value', (at) => {
    nameField((at * 7) % fields);
    packedFind(arena, packed, texts, 0, VALUE_START, 2, cursor);
    packedNext(arena, packed, cursor);
    return cursor.end - cursor.start;
  });
  each('replace a value of the same size', (at) => {
    nameField((at * 7) % fields);
    packedFind(arena, packed, texts, 0, VALUE_START, 2, cursor);
    packedNext(arena, packed, cursor);
    packed = packedReplace(arena, packed, cursor, texts, VALUE_START, VALUE_END);
    return packed;
  });
  each('insert and delete at the middle', () => {
    packedAt(arena, packed, fields, cursor);
    packed = packedInsert(arena, packed, cursor, texts, VALUE_END, VALUE_END + 8);
    packed = packedDelete(arena, packed, cursor, 1);
    return packed;
  });
  each('take the first entry, append it', () => {
    packedFirst(arena, packed, cursor);
    packed = packedDelete(arena, packed, cursor, 1);
    packed = append(packed, VALUE_START, VALUE_END);
    return packed;
  });
  const entries = packedCount(arena, packed);
  each(
    `all ${entries} entries, one after the other`,
    () => {
      let sum = 0;
      for (let more = packedFirst(arena, packed, cursor); more; more = packedNext(arena, packed, cursor)) {
        sum += cursor.end - cursor.start;
      }
      return sum;
    },
    entries,
  );
  return timings;
}

function measureMoves(count: number): Timing[] {
  const timings: Timing[] = [];
  const { bytes } = arena;
  const at = 2 ** 25;
  for (const size of [16, 64, 256, 1024, 8192]) {
    const rounds = Math.max(1000, Math.trunc((count * 16) / size));
    const moves: Operations = (n) => {
      for (let left = n; left > 0; left--) moveBytes(arena, at, at + 7, size);
      return bytes[at];
    };
    const within: Operations = (n) => {
      for (let left = n; left > 0; left--) bytes.copyWithin(at + 7, at, at + size);
      return bytes[at];
    };
    const set: Operations = (n) => {
      for (let left = n; left > 0; left--) bytes.set(bytes.subarray(at, at + size), at + 7);
      return bytes[at];
    };
    timings.push(repeat(`move ${size} bytes: moveBytes`, rounds, moves, 5));
    timings.push(repeat(`move ${size} bytes: copyWithin`, rounds, within, 5));
    timings.push(repeat(`move ${size} bytes: set`, rounds, set, 5));
  }
  return timings;
}

/** Cold: a benchmark. */
export function run(args: readonly string[]): void {
  const count = Number(args[0] ?? 200_000);
  console.log(describeMachine());
  measureHash(16, 20_000);
  const timings = [...measureHash(8, count), ...measureHash(128, count / 10), ...measureMoves(count)];
  console.log(showTimings(timings));
}
