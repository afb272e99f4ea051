/** The hash table against a map, with memory that runs out at every point, and SCAN while it is resized. */
import { describe, expect, it } from 'vitest';
import { asciiBytes } from '../../../src/base/bytes.ts';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { allocate, release, usedBytes } from '../../../src/memory/allocator.ts';
import { Arena, failAllocation } from '../../../src/memory/arena.ts';
import { hashKey } from '../../../src/memory/hash.ts';
import {
  createTable,
  destroyTable,
  findEntry,
  insertEntry,
  removeEntry,
  replaceEntry,
  tableBytes,
  tableCount,
} from '../../../src/memory/hash-table.ts';
import { EntryList, randomEntry, scanBucket } from '../../../src/memory/table-scan.ts';
import { testSeed } from '../../support/seed.ts';
import { checkArena } from './check-arena.ts';
import { checkTable } from './check-table.ts';

/** A table of text keys and what it should hold. */
class Model {
  readonly arena: Arena;
  readonly head: number;
  readonly entries = new Map<string, number>();

  constructor(sizeBytes: number) {
    this.arena = Arena.create(sizeBytes);
    this.head = createTable(this.arena);
  }

  find(key: string): number {
    const bytes = asciiBytes(key);
    return findEntry(this.arena, this.head, hashKey(bytes, 0, bytes.length), bytes, 0, bytes.length);
  }

  makeEntry(key: string): number {
    const { arena } = this;
    const entry = allocate(arena, 8 + key.length);
    if (entry === 0) return 0;
    arena.words[(entry >> 2) + 1] = key.length;
    arena.bytes.set(asciiBytes(key), entry + 8);
    return entry;
  }

  /** False where memory has run out. */
  add(key: string): boolean {
    const entry = this.makeEntry(key);
    if (entry === 0) return false;
    const bytes = asciiBytes(key);
    if (!insertEntry(this.arena, this.head, hashKey(bytes, 0, bytes.length), entry)) {
      release(this.arena, entry);
      return false;
    }
    this.entries.set(key, entry);
    return true;
  }

  remove(key: string): void {
    const bytes = asciiBytes(key);
    const entry = this.entries.get(key) ?? 0;
    expect(removeEntry(this.arena, this.head, hashKey(bytes, 0, bytes.length), entry)).toBe(entry !== 0);
    if (entry !== 0) release(this.arena, entry);
    this.entries.delete(key);
  }

  check(): void {
    expect(tableCount(this.arena, this.head)).toBe(this.entries.size);
    expect(checkTable(this.arena, this.head)).toEqual(new Set(this.entries.values()));
    checkArena(this.arena);
  }

  keyOf(entry: number): string {
    const { bytes, words } = this.arena;
    return Buffer.from(bytes.slice(entry + 8, entry + 8 + words[(entry >> 2) + 1])).toString('latin1');
  }

  scanAll(between: () => void): string[] {
    const out = new EntryList();
    const seen: string[] = [];
    let cursor = 0;
    do {
      out.count = 0;
      cursor = scanBucket(this.arena, this.head, cursor, out);
      for (let at = 0; at < out.count; at++) seen.push(this.keyOf(out.entries[at]));
      between();
    } while (cursor !== 0);
    return seen;
  }
}

function run(model: Model, random: Random, steps: number, keys: number): number {
  let failures = 0;
  for (let step = 0; step < steps; step++) {
    // Waves: the table fills and empties, so that it grows and shrinks.
    const fills = Math.floor((4 * step) / steps) % 2 === 0;
    const key = `key:${random.integer(keys)}`;
    const known = model.entries.get(key);
    expect(model.find(key)).toBe(known ?? 0);
    if (known !== undefined && random.integer(100) < (fills ? 20 : 80)) model.remove(key);
    else if (known === undefined && random.integer(100) < (fills ? 90 : 20)) {
      if (random.integer(8) === 0) failAllocation(model.arena, 1 + random.integer(4));
      if (!model.add(key)) failures += 1;
      failAllocation(model.arena, 0);
    }
    if (step % Math.ceil(steps / 20) === 0) model.check();
  }
  model.check();
  return failures;
}

describe('the hash table', () => {
  it.each([
    [1 << 17, 60, 20_000],
    [1 << 20, 3000, 40_000],
    [1 << 22, 20_000, 60_000],
  ])('agrees with a map in %i bytes, %i keys, %i steps', (sizeBytes, keys, steps) => {
    const random = createRandom(testSeed('hash table'));
    const model = new Model(sizeBytes);
    const empty = usedBytes(model.arena);
    expect(run(model, random, steps, keys)).toBeGreaterThan(0);
    for (const key of [...model.entries.keys()]) model.remove(key);
    model.check();
    expect(tableBytes(model.arena, model.head)).toBeLessThanOrEqual(empty + 64);
    destroyTable(model.arena, model.head);
    expect(usedBytes(model.arena)).toBe(0);
  });

  it('gives back everything when it is destroyed in the middle of a resize', () => {
    for (let count = 0; count < 8000; count += 371) {
      const model = new Model(1 << 22);
      for (let at = 0; at < count; at++) expect(model.add(`k${at}`)).toBe(true);
      destroyTable(model.arena, model.head);
      for (const entry of model.entries.values()) release(model.arena, entry);
      expect(checkArena(model.arena)).toEqual({ blocks: 0, bytes: 0 });
    }
  });

  it('goes on with longer chains when there is no memory to grow, until there is none at all', () => {
    const model = new Model(1 << 17);
    let added = 0;
    while (model.add(`key number ${added}`)) added += 1;
    expect(added).toBeGreaterThan(500);
    model.check();
    for (let at = 0; at < added; at++)
      expect(model.find(`key number ${at}`)).toBe(model.entries.get(`key number ${at}`));
    for (const key of [...model.entries.keys()]) model.remove(key);
    model.check();
  });

  it('follows an entry that moves', () => {
    const model = new Model(1 << 20);
    for (let at = 0; at < 1000; at++) model.add(`k${at}`);
    const bytes = asciiBytes('k500');
    const moved = model.makeEntry('k500');
    const old = model.entries.get('k500')!;
    replaceEntry(model.arena, model.head, hashKey(bytes, 0, bytes.length), old, moved);
    release(model.arena, old);
    model.entries.set('k500', moved);
    expect(model.find('k500')).toBe(moved);
    model.check();
  });

  it('SCAN meets every entry that stays, while the table grows and shrinks', () => {
    const random = createRandom(testSeed('table scan'));
    for (let round = 0; round < 12; round++) {
      const model = new Model(1 << 23);
      const staying = 1 + random.integer(3000);
      for (let at = 0; at < staying; at++) model.add(`stay${at}`);
      let extra = round % 2 === 0 ? 0 : 10_000;
      for (let at = 0; at < extra; at++) model.add(`go${at}`);
      const seen = model.scanAll(() => {
        for (let count = random.integer(round % 2 === 0 ? 16 : 60); count > 0; count--) {
          if (round % 2 === 0) {
            model.add(`go${extra}`);
            extra += 1;
          } else if (extra > 0) {
            extra -= 1;
            model.remove(`go${extra}`);
          }
        }
      });
      const stayed = new Set(seen.filter((key) => key.startsWith('stay')));
      expect(stayed.size).toBe(staying);
    }
  });

  it('SCAN of a table at rest gives each entry once', () => {
    for (const count of [0, 1, 12, 13, 500, 7000]) {
      const model = new Model(1 << 22);
      for (let at = 0; at < count; at++) model.add(`k${at}`);
      const seen = model.scanAll(() => {});
      expect(seen.sort()).toEqual([...model.entries.keys()].sort());
    }
  });

  it('draws each entry about as often as any other', () => {
    const random = createRandom(testSeed('random entry'));
    for (const count of [1, 13, 200, 1300]) {
      const model = new Model(1 << 20);
      for (let at = 0; at < count; at++) model.add(`k${at}`);
      const drawn = new Map<number, number>();
      const draws = count * 200;
      for (let at = 0; at < draws; at++) {
        const entry = randomEntry(model.arena, model.head, random.next);
        drawn.set(entry, (drawn.get(entry) ?? 0) + 1);
      }
      expect(drawn.size).toBe(count);
      // 200 expected, standard deviation 14: seven of them either way.
      for (const often of drawn.values()) {
        expect(often).toBeGreaterThan(count === 1 ? 199 : 100);
        expect(often).toBeLessThan(300);
      }
    }
    const empty = new Model(1 << 17);
    expect(randomEntry(empty.arena, empty.head, random.next)).toBe(0);
  });
});
