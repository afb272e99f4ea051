/** Chunk lists against a plain array. */
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { release, usedBytes } from '../../../src/memory/allocator.ts';
import { Arena, failAllocation } from '../../../src/memory/arena.ts';
import {
  chunkListOf,
  createChunkList,
  destroyChunkList,
  listAt,
  listBytes,
  listChunks,
  listCount,
  listDrop,
  listEquals,
  listFirst,
  listLast,
  listPush,
  takeOnlyChunk,
} from '../../../src/memory/chunk-list.ts';
import { listDelete, listDeleteRange, listInsert, listReplace } from '../../../src/memory/chunk-list-edit.ts';
import { ListCursor } from '../../../src/memory/chunk-list-node.ts';
import { packedInsert } from '../../../src/memory/packed.ts';
import { PackedCursor } from '../../../src/memory/packed-entry.ts';
import { createPacked } from '../../../src/memory/packed-room.ts';
import { testSeed } from '../../support/seed.ts';
import { checkArena } from './check-arena.ts';
import { checkChunkList } from './check-chunk-list.ts';
import { checkPacked, valueAt } from './check-packed.ts';
import { anyText, bytesOf, fuzzSteps } from './fuzzing.ts';

const cursor = new ListCursor();

class Pair {
  readonly arena: Arena;
  readonly list: number;
  readonly random: Random;
  values: string[] = [];
  failures = 0;
  /** Of the next operation, the allocation that fails; 0 for none. */
  failing = 0;
  constructor(arena: Arena, limit: number, random: Random) {
    this.arena = arena;
    this.random = random;
    this.list = createChunkList(arena, limit);
  }

  /** Runs a change that may fail for want of memory; the model changes only if the list does. */
  change(run: () => boolean, values: string[]): void {
    failAllocation(this.arena, this.failing);
    const done = run();
    failAllocation(this.arena, 0);
    if (done) this.values = values;
    else this.failures += 1;
  }

  push(atFront: boolean, text: string): void {
    const bytes = bytesOf(text);
    const values = atFront ? [text, ...this.values] : [...this.values, text];
    this.change(() => listPush(this.arena, this.list, atFront, bytes, 0, bytes.length), values);
  }

  insert(index: number, behind: boolean, text: string): void {
    const bytes = bytesOf(`<${text}>`);
    listAt(this.arena, this.list, index, cursor);
    const values = this.values.toSpliced(behind ? index + 1 : index, 0, text);
    this.change(() => listInsert(this.arena, this.list, cursor, behind, bytes, 1, bytes.length - 1), values);
  }

  replace(index: number, text: string): void {
    const bytes = bytesOf(text);
    listAt(this.arena, this.list, index - this.values.length, cursor);
    const values = this.values.with(index, text);
    this.change(() => listReplace(this.arena, this.list, cursor, bytes, 0, bytes.length), values);
  }

  drop(atFront: boolean): void {
    failAllocation(this.arena, this.failing);
    listDrop(this.arena, this.list, atFront);
    failAllocation(this.arena, 0);
    this.values = atFront ? this.values.slice(1) : this.values.slice(0, -1);
  }

  /** As LREM does: several in one walk. */
  deleteWalk(from: number, forward: boolean, count: number): void {
    const { arena, list, random } = this;
    let index = from;
    let more = listAt(arena, list, index, cursor);
    for (let left = count; left > 0 && more; left--) {
      failAllocation(arena, random.integer(4) === 0 ? 1 : 0);
      more = listDelete(arena, list, cursor, forward);
      failAllocation(arena, 0);
      this.values = this.values.toSpliced(index, 1);
      if (!forward) index -= 1;
      expect(more).toBe(index >= 0 && index < this.values.length);
      if (more) expect(valueAt(arena, cursor.entry)).toBe(this.values[index]);
    }
  }

  deleteRange(index: number, count: number): void {
    failAllocation(this.arena, this.failing);
    listDeleteRange(this.arena, this.list, index, count);
    failAllocation(this.arena, 0);
    this.values = this.values.toSpliced(index, count);
  }

  look(): void {
    const { arena, list, values, random } = this;
    const index = random.integer(values.length);
    expect(listAt(arena, list, index, cursor)).toBe(true);
    expect(valueAt(arena, cursor.entry)).toBe(values[index]);
    const other = bytesOf(random.pick(values));
    expect(listEquals(arena, cursor, other, 0, other.length)).toBe(
      values[index] === Buffer.from(other).toString('latin1'),
    );
    expect(listAt(arena, list, values.length, cursor)).toBe(false);
    expect(listAt(arena, list, -values.length - 1, cursor)).toBe(false);
    expect(cursor.node).toBe(0);
    expect(listCount(arena, list)).toBe(values.length);
  }

  step(most: number): void {
    const { random, values } = this;
    this.failing = random.integer(10) === 0 ? 1 + random.integer(4) : 0;
    const kind = random.integer(100);
    const full = values.length >= most;
    const index = random.integer(Math.max(1, values.length));
    if (values.length === 0 || (kind < 35 && !full)) this.push(random.integer(2) === 0, anyText(random));
    else if (kind < 50 && !full) this.insert(index, random.integer(2) === 0, anyText(random));
    else if (kind < 60) this.replace(index, anyText(random));
    else if (kind < 78) this.drop(random.integer(2) === 0);
    else if (kind < 88) this.deleteWalk(index, random.integer(2) === 0, 1 + random.integer(3));
    else if (kind < 90 || full) this.deleteRange(index, random.integer(random.integer(5) === 0 ? most : 10));
    else this.look();
  }

  check(): void {
    expect(checkChunkList(this.arena, this.list).values).toEqual(this.values);
  }

  end(): void {
    destroyChunkList(this.arena, this.list);
    expect(usedBytes(this.arena)).toBe(0);
  }
}

describe('a chunk list', () => {
  it('agrees with an array over random steps', () => {
    const random = createRandom(testSeed('chunk list'));
    const steps = fuzzSteps(30_000);
    let failures = 0;
    for (let done = 0; done < steps; ) {
      // The small one is full now and then.
      const arena = Arena.create(random.pick([1 << 18, 1 << 23]));
      const pair = new Pair(arena, random.pick([-1, -2, -5, 1, 4, 128]), random);
      const most = random.pick([5, 60, 600]);
      const end = Math.min(steps, done + 3000);
      for (; done < end; done++) {
        pair.step(most);
        if (done % 64 === 0) pair.check();
      }
      pair.check();
      failures += pair.failures;
      pair.end();
      checkArena(arena);
    }
    expect(failures).toBeGreaterThan(steps / 1000);
  }, 900_000);

  it('fails at every allocation of a sequence without a change', () => {
    const random = createRandom(testSeed('chunk list failures'));
    const arena = Arena.create(1 << 24);
    for (const limit of [-1, 3, 40]) {
      const pair = new Pair(arena, limit, random);
      for (let step = 0; step < 250; step++) {
        const text = anyText(random);
        const index = random.integer(Math.max(1, pair.values.length));
        const kind = pair.values.length === 0 ? 0 : step % 4;
        for (pair.failing = 1; pair.failing < 8; pair.failing++) {
          const { failures } = pair;
          if (kind < 2) pair.push(kind === 0, text);
          else if (kind === 2) pair.insert(index, step % 8 < 4, text);
          else pair.replace(index, text);
          if (pair.failures === failures) break;
          pair.check();
        }
        expect(pair.failing).toBeLessThan(7);
        pair.check();
      }
      expect(pair.failures).toBeGreaterThan(5);
      pair.failing = 1;
      while (pair.values.length > 0) {
        pair.deleteRange(random.integer(pair.values.length), 1 + random.integer(4));
        pair.check();
      }
      pair.end();
    }
  });

  it('keeps to its limits, with large elements by themselves', () => {
    const arena = Arena.create(1 << 22);
    const pair = new Pair(arena, 4, createRandom(1));
    for (let index = 0; index < 10; index++) pair.push(false, `${index}`);
    expect(listChunks(arena, pair.list)).toBe(3);
    pair.push(false, 'x'.repeat(9000));
    pair.push(false, 'y');
    expect(listChunks(arena, pair.list)).toBe(5);
    pair.replace(0, 'z'.repeat(9000));
    expect(listChunks(arena, pair.list)).toBe(6);
    pair.check();
    pair.end();
  });

  it('is made from a blob and becomes one again', () => {
    const arena = Arena.create(1 << 22);
    const entry = new PackedCursor();
    let packed = createPacked(arena, 0);
    for (const text of ['one', '2', 'three']) {
      entry.place = 0;
      packed = packedInsert(arena, packed, entry, bytesOf(text), 0, text.length);
    }
    for (const nth of [1, 2]) {
      failAllocation(arena, nth);
      expect(chunkListOf(arena, packed, -2)).toBe(0);
      failAllocation(arena, 0);
    }
    const list = chunkListOf(arena, packed, 4);
    expect(listPush(arena, list, false, bytesOf('four'), 0, 4)).toBe(true);
    expect(listPush(arena, list, false, bytesOf('five'), 0, 4)).toBe(true);
    expect(checkChunkList(arena, list).values).toEqual(['one', '2', 'three', 'four', 'five']);
    expect(takeOnlyChunk(arena, list)).toBe(0);
    listDrop(arena, list, false);
    const rest = takeOnlyChunk(arena, list);
    expect(checkPacked(arena, rest)).toEqual(['one', '2', 'three', 'four']);
    release(arena, rest);
    expect(usedBytes(arena)).toBe(0);
  });

  it('knows its size, and costs little for each of many elements', () => {
    const arena = Arena.create(1 << 27);
    const list = createChunkList(arena, -2);
    expect(listFirst(arena, list, cursor) || listLast(arena, list, cursor)).toBe(false);
    const text = bytesOf('0123456789abcdefghijklmnopqrstuvwxyz');
    const count = 300_000;
    for (let index = 0; index < count; index++) listPush(arena, list, index % 2 === 0, text, 0, 30);
    expect(usedBytes(arena) / count).toBeLessThan(32 * 1.01);
    expect(listBytes(arena, list, 1e9)).toBe(usedBytes(arena));
    expect(Math.abs(listBytes(arena, list, 100) - usedBytes(arena))).toBeLessThan(usedBytes(arena) / 50);
    destroyChunkList(arena, list);
    expect(usedBytes(arena)).toBe(0);
  });
});
