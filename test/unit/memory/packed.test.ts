/** Packed blobs against a plain array. */
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { release, usableSize, usedBytes } from '../../../src/memory/allocator.ts';
import { Arena, failAllocation } from '../../../src/memory/arena.ts';
import {
  appendEntries,
  packedAt,
  packedDelete,
  packedEntryBytes,
  packedEquals,
  packedFind,
  packedInsert,
  packedInsertNumber,
  packedNumberBytes,
  packedReplace,
  packedReplaceNumber,
} from '../../../src/memory/packed.ts';
import { integerTextLength, PackedCursor, writeIntegerText } from '../../../src/memory/packed-entry.ts';
import {
  copyPacked,
  createPacked,
  firstPlace,
  PACKED_HEADER_BYTES,
  packedBytes,
  packedReserve,
} from '../../../src/memory/packed-room.ts';
import { testSeed } from '../../support/seed.ts';
import { checkArena } from './check-arena.ts';
import { checkPacked, type PackedValue, valueAt } from './check-packed.ts';
import { anyText, bytesOf, fuzzSteps } from './fuzzing.ts';

const cursor = new PackedCursor();

/** A blob and what should be in it. */
class Pair {
  readonly arena: Arena;
  packed: number;
  values: PackedValue[] = [];
  failures = 0;
  constructor(arena: Arena) {
    this.arena = arena;
    this.packed = createPacked(arena, 0);
  }

  /** Takes the result of an operation; on failure the model stays as it is, and so must the blob. */
  accept(result: number, values: PackedValue[]): boolean {
    failAllocation(this.arena, 0);
    if (result === 0) {
      this.failures += 1;
      return false;
    }
    this.packed = result;
    this.values = values;
    return true;
  }

  insert(index: number, value: PackedValue): void {
    packedAt(this.arena, this.packed, index, cursor);
    const result =
      typeof value === 'number'
        ? packedInsertNumber(this.arena, this.packed, cursor, value)
        : packedInsert(this.arena, this.packed, cursor, bytesOf(value), 0, value.length);
    const values = [...this.values];
    values.splice(index, 0, stored(value));
    if (this.accept(result, values)) expect(valueAt(this.arena, cursor)).toBe(stored(value));
  }

  replace(index: number, value: PackedValue): void {
    expect(packedAt(this.arena, this.packed, index, cursor)).toBe(true);
    const result =
      typeof value === 'number'
        ? packedReplaceNumber(this.arena, this.packed, cursor, value)
        : packedReplace(this.arena, this.packed, cursor, bytesOf(value), 0, value.length);
    if (this.accept(result, this.values.with(index, stored(value))))
      expect(valueAt(this.arena, cursor)).toBe(stored(value));
  }

  delete(index: number, count: number): void {
    expect(packedAt(this.arena, this.packed, index, cursor)).toBe(true);
    const values = [...this.values];
    values.splice(index, count);
    expect(this.accept(packedDelete(this.arena, this.packed, cursor, count), values)).toBe(true);
    if (index === values.length) expect(cursor.place).toBe(0);
    else expect(valueAt(this.arena, cursor)).toBe(values[index]);
  }
}

/** Numbers that are integers come back as texts. */
function stored(value: PackedValue): PackedValue {
  return typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)
    ? `${value}`
    : value;
}

function anyValue(random: Random): PackedValue {
  if (random.integer(8) > 0) return anyText(random);
  return random.pick([0.5, -0, 1e300, Number.POSITIVE_INFINITY, 2 ** 60, 17, -1, random.next()]);
}

/** Now and then the beginning or the end, as queues do. */
function anyIndex(random: Random, limit: number): number {
  const kind = random.integer(4);
  if (kind === 0) return 0;
  return kind === 1 ? limit - 1 : random.integer(limit);
}

function step(pair: Pair, random: Random, most: number): void {
  const { arena, values } = pair;
  if (random.integer(10) === 0) failAllocation(arena, 1 + random.integer(2));
  const kind = random.integer(100);
  const full = values.length >= most;
  if (values.length === 0 || (kind < 45 && !full)) {
    pair.insert(anyIndex(random, values.length + 1), anyValue(random));
  } else if (kind < 60) pair.replace(anyIndex(random, values.length), anyValue(random));
  else if (kind < 85 || full) {
    const count = random.integer(20) === 0 ? 1 + random.integer(most) : 1;
    pair.delete(anyIndex(random, values.length), count);
  } else if (kind < 92) look(pair, random);
  else reserve(pair, random);
  failAllocation(arena, 0);
}

function look(pair: Pair, random: Random): void {
  const { arena, values } = pair;
  const index = random.integer(values.length);
  expect(packedAt(arena, pair.packed, index - values.length, cursor)).toBe(true);
  expect(valueAt(arena, cursor)).toBe(values[index]);
  const text = random.integer(3) === 0 ? anyText(random) : String(values[index]);
  const bytes = bytesOf(text);
  expect(packedEquals(arena, pair.packed, cursor, bytes, 0, bytes.length)).toBe(values[index] === text);
  const stride = 1 + random.integer(3);
  const found = values.findIndex((value, at) => at % stride === 0 && value === text);
  expect(packedFind(arena, pair.packed, bytes, 0, bytes.length, stride, cursor)).toBe(found >= 0);
  if (found < 0) expect(cursor.place).toBe(0);
  else {
    const { place } = cursor;
    packedAt(arena, pair.packed, found, cursor);
    expect(cursor.place).toBe(place);
  }
  expect(packedAt(arena, pair.packed, values.length, cursor)).toBe(false);
  expect(packedAt(arena, pair.packed, -values.length - 1, cursor)).toBe(false);
}

/** What was reserved is there, whatever the allocator says afterwards. */
function reserve(pair: Pair, random: Random): void {
  const { arena } = pair;
  const text = anyText(random);
  const bytes = bytesOf(text);
  const size = packedEntryBytes(bytes, 0, bytes.length) + packedNumberBytes(0.25);
  const index = random.integer(pair.values.length);
  packedAt(arena, pair.packed, index, cursor);
  const spare = random.integer(100);
  const result = packedReserve(arena, pair.packed, size, spare, random.integer(2) === 0, cursor);
  if (!pair.accept(result, pair.values)) return;
  const bytesBefore = packedBytes(arena, pair.packed);
  const { failures } = pair;
  failAllocation(arena, 1);
  pair.insert(index, text);
  failAllocation(arena, 1);
  pair.insert(0, 0.25);
  expect(pair.failures).toBe(failures);
  expect(packedBytes(arena, pair.packed)).toBe(bytesBefore + size);
}

describe('texts of integers', () => {
  it('are what String writes', () => {
    const target = new Uint8Array(40);
    const random = createRandom(testSeed('integer texts'));
    for (let round = 0; round < 5000; round++) {
      const limit = 2 ** random.integer(54);
      const value = Math.min(Number.MAX_SAFE_INTEGER, random.integer(limit)) * (random.integer(2) || -1) + 0;
      const end = writeIntegerText(target, 3, value);
      expect(Buffer.from(target.subarray(3, end)).toString()).toBe(String(value));
      expect(integerTextLength(value)).toBe(end - 3);
    }
  });
});

describe('a packed blob', () => {
  it('stores what is small in few bytes', () => {
    const sizes: [string, number][] = [
      ['', 2],
      ['0', 2],
      ['111', 2],
      ['112', 3],
      ['-1', 3],
      ['-32768', 4],
      ['8388607', 5],
      ['2147483647', 6],
      ['-2147483649', 8],
      ['9007199254740991', 9],
      ['x'.repeat(127), 129],
      ['x'.repeat(128), 132],
      ['x'.repeat(65535), 65543],
    ];
    for (const [text, size] of sizes) expect(packedEntryBytes(bytesOf(text), 0, text.length)).toBe(size);
    expect(packedNumberBytes(0.5)).toBe(10);
    expect(packedNumberBytes(-0)).toBe(10);
    expect(packedNumberBytes(5)).toBe(2);
  });

  it('agrees with an array over random steps', () => {
    const random = createRandom(testSeed('packed'));
    const steps = fuzzSteps(60_000);
    let failures = 0;
    for (let done = 0; done < steps; ) {
      // The small one is full now and then.
      const arena = Arena.create(random.pick([1 << 18, 1 << 23]));
      const pair = new Pair(arena);
      const most = random.pick([3, 20, 150]);
      const end = Math.min(steps, done + 3000);
      for (; done < end; done++) {
        step(pair, random, most);
        if (done % 16 === 0) expect(checkPacked(arena, pair.packed)).toEqual(pair.values);
      }
      expect(checkPacked(arena, pair.packed)).toEqual(pair.values);
      failures += pair.failures;
      release(arena, pair.packed);
      expect(usedBytes(arena)).toBe(0);
      checkArena(arena);
    }
    expect(failures).toBeGreaterThan(steps / 1000);
  }, 600_000);

  it('takes entries of another blob, all or none, and copies', () => {
    const random = createRandom(testSeed('packed append'));
    const arena = Arena.create(1 << 23);
    for (let round = 0; round < 300; round++) {
      const into = new Pair(arena);
      const from = new Pair(arena);
      for (let count = random.integer(30); count > 0; count--) into.insert(0, anyValue(random));
      for (let count = 1 + random.integer(30); count > 0; count--) from.insert(0, anyValue(random));
      const index = random.integer(from.values.length);
      const count = random.integer(from.values.length - index + 1);
      packedAt(arena, from.packed, index, cursor);
      const { place } = cursor;
      const attempt = new PackedCursor();
      if (random.integer(3) === 0) failAllocation(arena, 1);
      const result = appendEntries(arena, into.packed, from.packed, place, count, attempt);
      into.accept(result, [...into.values, ...from.values.slice(index, index + count)]);
      expect(checkPacked(arena, into.packed)).toEqual(into.values);
      expect(checkPacked(arena, from.packed)).toEqual(from.values);
      const copy = copyPacked(arena, into.packed);
      expect(checkPacked(arena, copy)).toEqual(into.values);
      failAllocation(arena, 1);
      expect(copyPacked(arena, into.packed)).toBe(0);
      failAllocation(arena, 0);
      for (const packed of [copy, into.packed, from.packed]) release(arena, packed);
      expect(usedBytes(arena)).toBe(0);
    }
  });

  it('fails at every allocation of a sequence without a change', () => {
    const random = createRandom(testSeed('packed failures'));
    const texts = Array.from({ length: 60 }, () => anyText(random));
    const arena = Arena.create(1 << 23);
    const pair = new Pair(arena);
    for (const [index, text] of texts.entries()) {
      const before = usedBytes(arena);
      failAllocation(arena, 1);
      pair.insert(index >> 1, text);
      if (usedBytes(arena) === before && pair.values.length === index) {
        expect(checkPacked(arena, pair.packed)).toEqual(pair.values);
        pair.insert(index >> 1, text);
      }
      expect(pair.values.length).toBe(index + 1);
      expect(checkPacked(arena, pair.packed)).toEqual(pair.values);
    }
    // A long text at the beginning leaves room for many short ones.
    expect(pair.failures).toBeGreaterThan(0);
    while (pair.values.length > 0) {
      failAllocation(arena, 1);
      pair.delete(random.integer(pair.values.length), 1);
      failAllocation(arena, 0);
      expect(checkPacked(arena, pair.packed)).toEqual(pair.values);
    }
    expect(pair.failures).toBeLessThan(60);
    release(arena, pair.packed);
    expect(usedBytes(arena)).toBe(0);
  });

  it('does not grow when entries run through it, and gives memory back', () => {
    const arena = Arena.create(1 << 20);
    const pair = new Pair(arena);
    for (let index = 0; index < 50; index++) pair.insert(index, `entry ${index}`);
    let largest = 0;
    for (let index = 50; index < 5000; index++) {
      pair.insert(50, `entry ${index}`);
      pair.delete(0, 1);
      largest = Math.max(largest, usableSize(arena, pair.packed));
    }
    expect(checkPacked(arena, pair.packed)).toEqual(pair.values);
    expect(largest).toBeLessThan(2 * packedBytes(arena, pair.packed));
    pair.delete(0, 48);
    expect(usableSize(arena, pair.packed)).toBeLessThanOrEqual(64);
    pair.delete(0, 2);
    expect(firstPlace(arena, pair.packed)).toBe(PACKED_HEADER_BYTES);
    expect(packedBytes(arena, pair.packed)).toBe(PACKED_HEADER_BYTES);
  });
});
