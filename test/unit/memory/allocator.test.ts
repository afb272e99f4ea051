/** The allocator against a model: blocks never overlap, keep their bytes, and are accounted for exactly. */
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import {
  allocate,
  heldBytes,
  release,
  roundedSize,
  usableSize,
  usedBytes,
} from '../../../src/memory/allocator.ts';
import { Arena, failAllocation, WORD_MAGIC } from '../../../src/memory/arena.ts';
import {
  CLASS_BYTES,
  CLASS_COUNT,
  LARGEST_SMALL_BYTES,
  sizeClass,
} from '../../../src/memory/size-classes.ts';
import { testSeed } from '../../support/seed.ts';
import { checkArena } from './check-arena.ts';

interface Block {
  readonly offset: number;
  readonly size: number;
  readonly mark: number;
}

/** Small sizes mostly, now and then up to several pages. */
function anySize(random: Random): number {
  const kind = random.integer(100);
  if (kind < 80) return random.integer(200);
  if (kind < 95) return random.integer(5000);
  return random.integer(120_000);
}

function fill(arena: Arena, { offset, size, mark }: Block): void {
  arena.bytes.fill(mark, offset, offset + size);
}

function isWhole(arena: Arena, { offset, size, mark }: Block): boolean {
  for (let at = offset; at < offset + size; at++) if (arena.bytes[at] !== mark) return false;
  return true;
}

describe('size classes', () => {
  it('hold every small size with less than an eighth to spare', () => {
    for (let size = 1; size <= LARGEST_SMALL_BYTES; size++) {
      const bytes = CLASS_BYTES[sizeClass(size)];
      expect(bytes).toBeGreaterThanOrEqual(size);
      expect(bytes - size).toBeLessThan(size < 8 ? 8 : Math.max(4, size / 8 + 1));
      if (size % 8 === 0) expect(bytes % 8).toBe(0);
    }
    expect(sizeClass(LARGEST_SMALL_BYTES)).toBe(CLASS_COUNT - 1);
  });
});

describe('the allocator', () => {
  it('gives blocks that are aligned, apart and as large as asked for', () => {
    const arena = Arena.create(1 << 20);
    const sizes = [0, 1, 8, 9, 12, 92, 96, 92, 96, 124, 128, 124, 128, 129, 4096, 32768, 32769, 70_000];
    for (const size of sizes) {
      const offset = allocate(arena, size);
      expect(offset % (size % 8 === 0 ? 8 : 4)).toBe(0);
      expect(usableSize(arena, offset)).toBe(roundedSize(size));
      expect(usableSize(arena, offset)).toBeGreaterThanOrEqual(size);
    }
    checkArena(arena);
  });

  it('is clean when memory runs out, and has all of it again when blocks are given back', () => {
    const arena = Arena.create(1 << 20);
    for (const size of [24, 1000, 100_000]) {
      const offsets: number[] = [];
      for (let offset = allocate(arena, size); offset !== 0; offset = allocate(arena, size))
        offsets.push(offset);
      expect(offsets.length).toBeGreaterThan(5);
      expect(usedBytes(arena)).toBe(offsets.length * roundedSize(size));
      checkArena(arena);
      for (const offset of offsets) release(arena, offset);
      expect(usedBytes(arena)).toBe(0);
      checkArena(arena);
    }
    expect(heldBytes(arena)).toBeLessThan(70_000);
    expect(allocate(arena, 900_000)).not.toBe(0);
  });

  it('uses the pages of a size that is not wanted any more for another one', () => {
    const arena = Arena.create(1 << 20);
    for (const size of [512, 256, 128]) {
      release(arena, allocate(arena, size));
      checkArena(arena);
    }
    // Runs of 512 bytes have more pages than those of 256 and 128.
    const held = heldBytes(arena);
    expect(held).toBe(49_152);
    const offsets = [88, 640].map((size) => allocate(arena, size));
    expect(heldBytes(arena)).toBe(held);
    checkArena(arena);
    for (const offset of offsets) release(arena, offset);
    checkArena(arena);
  });

  it('refuses what no arena can hold', () => {
    const arena = Arena.create(1 << 20);
    expect(allocate(arena, 2 ** 31)).toBe(0);
    expect(allocate(arena, 2 ** 40)).toBe(0);
    checkArena(arena);
  });

  it('fails the allocation that a test chooses, and that one only', () => {
    const arena = Arena.create(1 << 20);
    failAllocation(arena, 3);
    const offsets = Array.from({ length: 5 }, () => allocate(arena, 64));
    expect(offsets.map((offset) => offset !== 0)).toEqual([true, true, false, true, true]);
  });

  it('reserves the largest arena without touching it, and another thread sees the same', () => {
    const arena = Arena.create();
    const offset = allocate(arena, 2 ** 29);
    arena.bytes[offset + 2 ** 29 - 1] = 7;
    const other = Arena.attach(arena.buffer);
    expect(other.bytes[offset + 2 ** 29 - 1]).toBe(7);
    release(other, offset);
    expect(usedBytes(arena)).toBe(0);
    other.words[WORD_MAGIC] = 0;
    expect(() => Arena.attach(arena.buffer)).toThrow('the buffer holds an arena');
  });

  it('agrees with a model over random steps', () => {
    const random = createRandom(testSeed('allocator'));
    for (const sizeBytes of [1 << 17, 1 << 20, 1 << 23]) {
      const arena = Arena.create(sizeBytes);
      const blocks: Block[] = [];
      let failures = 0;
      for (let step = 0; step < 30_000; step++) {
        const growing = random.integer(1000) < (step % 8000 < 4000 ? 600 : 400);
        if (growing || blocks.length === 0) {
          const size = anySize(random);
          if (random.integer(50) === 0) failAllocation(arena, 1);
          const offset = allocate(arena, size);
          failAllocation(arena, 0);
          const block = { offset, size, mark: random.integer(256) };
          if (offset === 0) failures += 1;
          else {
            blocks.push(block);
            fill(arena, block);
          }
        } else {
          const index = random.integer(blocks.length);
          const block = blocks[index];
          expect(isWhole(arena, block)).toBe(true);
          release(arena, block.offset);
          blocks[index] = blocks[blocks.length - 1];
          blocks.pop();
        }
        if (step % 1000 === 0) {
          const bytes = blocks.reduce((sum, { size }) => sum + roundedSize(size), 0);
          expect(checkArena(arena)).toEqual({ blocks: blocks.length, bytes });
          expect(blocks.every((block) => isWhole(arena, block))).toBe(true);
        }
      }
      expect(failures).toBeGreaterThan(0);
      for (const { offset } of blocks) release(arena, offset);
      expect(checkArena(arena)).toEqual({ blocks: 0, bytes: 0 });
    }
  });
});
