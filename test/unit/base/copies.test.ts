import { describe, expect, it } from 'vitest';
import { type Chunk, CopyArena } from '../../../src/base/copies.ts';
import { createRandom } from '../../../src/base/random.ts';
import { testSeed } from '../../support/seed.ts';

interface Copy {
  readonly chunk: Chunk;
  readonly start: number;
  readonly end: number;
  readonly byte: number;
}

function copy(arena: CopyArena, length: number, byte: number): Copy {
  const source = new Uint8Array(length + 4).fill(byte);
  source.fill(byte ^ 255, 0, 2);
  const chunk = arena.copy(source, 2, 2 + length);
  source.fill(0);
  return { chunk, start: arena.start, end: arena.end, byte };
}

function isIntact({ chunk, start, end, byte }: Copy): boolean {
  return chunk.bytes.subarray(start, end).every((value) => value === byte);
}

describe('CopyArena', () => {
  it('copies from memory that is written over and over, and from others between', () => {
    const random = createRandom(testSeed('copies, sources'));
    const arena = new CopyArena();
    const memory = new Uint8Array(4096);
    const sources = [memory.subarray(0, 1500), memory.subarray(1501, 3000), new Uint8Array(1500)] as const;
    const made: { chunk: Chunk; start: number; end: number; expected: string }[] = [];
    for (let step = 0; step < 2000; step++) {
      const source = sources[random.integer(sources.length)] ?? memory;
      for (let at = 0; at < source.length; at += 1 + random.integer(8)) source[at] = random.integer(256);
      const start = random.integer(700);
      const end = start + random.integer(700);
      const chunk = arena.copy(source, start, end);
      const expected = Buffer.from(source.subarray(start, end)).toString('hex');
      made.push({ chunk, start: arena.start, end: arena.end, expected });
    }
    for (const { chunk, start, end, expected } of made)
      expect(Buffer.from(chunk.bytes.subarray(start, end)).toString('hex')).toBe(expected);
  });

  it('keeps every copy as it was until it is released, whatever else comes and goes', () => {
    const random = createRandom(testSeed('copies'));
    const arena = new CopyArena();
    const live: Copy[] = [];
    const chunks = new Set<Chunk>();
    for (let step = 0; step < 4000; step++) {
      const grows = Math.floor(step / 500) % 2 === 0;
      if (live.length === 0 || random.next() < (grows ? 0.7 : 0.3)) {
        const length = random.next() < 0.9 ? random.integer(3000) : random.integer(60_000);
        const made = copy(arena, length, random.integer(256));
        expect(made.end - made.start).toBe(length);
        live.push(made);
        if (made.chunk.bytes.length === 256 * 1024) chunks.add(made.chunk);
      } else {
        const [one] = live.splice(random.integer(live.length), 1);
        expect(isIntact(one!)).toBe(true);
        arena.release(one!.chunk);
      }
    }
    for (const one of live) expect(isIntact(one)).toBe(true);
    // Some 3 MB went through in four waves; far fewer chunks than that were made.
    expect(chunks.size).toBeGreaterThan(1);
    expect(chunks.size).toBeLessThan(12);
  });

  it('reuses a chunk when its last copy is released, and not before', () => {
    const arena = new CopyArena();
    const first = copy(arena, 16_000, 1);
    const others: Copy[] = [];
    while (others.at(-1)?.chunk === undefined || others.at(-1)!.chunk === first.chunk) {
      others.push(copy(arena, 16_000, 2));
    }
    const second = others.at(-1)!.chunk;
    for (const one of others) if (one.chunk === first.chunk) arena.release(one.chunk);
    // One copy still lies in it.
    for (let count = 0; count < 20; count++) {
      const made = copy(arena, 16_000, 3);
      expect(made.chunk).not.toBe(first.chunk);
      if (made.chunk === second) others.push(made);
      else arena.release(made.chunk);
    }
    expect(isIntact(first)).toBe(true);
    arena.release(first.chunk);
    const seen = new Set<Chunk>();
    for (let count = 0; count < 40; count++) seen.add(copy(arena, 16_000, 4).chunk);
    expect(seen.has(first.chunk)).toBe(true);
  });

  it('gives a large copy memory of its own, which is not kept', () => {
    const arena = new CopyArena();
    const large = copy(arena, 256 * 1024 - 1, 5);
    expect(large.chunk.bytes.length).toBe(256 * 1024 - 1);
    expect(isIntact(large)).toBe(true);
    arena.release(large.chunk);
    expect(copy(arena, 256 * 1024 - 1, 6).chunk).not.toBe(large.chunk);
  });
});
