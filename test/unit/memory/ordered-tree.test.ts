/** Ordered trees of every kind against sorted arrays. */
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { release, usedBytes } from '../../../src/memory/allocator.ts';
import { Arena, failAllocation } from '../../../src/memory/arena.ts';
import {
  clearTree,
  createTree,
  destroyTree,
  TREE_EXISTS,
  TREE_INSERTED,
  TREE_NO_MEMORY,
  treeInsert,
} from '../../../src/memory/ordered-tree.ts';
import {
  setReference,
  treeChangeScore,
  treeDelete,
  treeDeleteRange,
} from '../../../src/memory/ordered-tree-change.ts';
import {
  countEntriesBefore,
  entryIdPart,
  entryNumber,
  seekAfter,
  seekBefore,
  seekEqual,
  seekFirst,
  seekFrom,
  seekLast,
  seekRank,
  seekUpTo,
  TreeCursor,
  treeCount,
  treeNext,
  treePrevious,
  treeRank,
} from '../../../src/memory/ordered-tree-cursor.ts';
import {
  TREE_BY_BYTES,
  TREE_BY_ID,
  TREE_BY_SCORE,
  TREE_BY_TIME,
  TreeKey,
} from '../../../src/memory/ordered-tree-key.ts';
import { testSeed } from '../../support/seed.ts';
import { checkArena } from './check-arena.ts';
import { checkTree } from './check-ordered-tree.ts';
import { fuzzSteps } from './fuzzing.ts';
import {
  anyKey,
  compareKeys,
  edgeKey,
  entryAt,
  fillBound,
  fillKey,
  indexOf,
  type ModelEntry,
  type ModelKey,
  makeRecord,
} from './tree-model.ts';

const kinds: [string, number][] = [
  ['score', TREE_BY_SCORE],
  ['id', TREE_BY_ID],
  ['time', TREE_BY_TIME],
  ['bytes', TREE_BY_BYTES],
];

class Pair {
  readonly arena: Arena;
  readonly kind: number;
  readonly random: Random;
  readonly tree: number;
  readonly key = new TreeKey();
  readonly cursor = new TreeCursor();
  entries: ModelEntry[] = [];
  failures = 0;
  steps = 0;
  constructor(arena: Arena, kind: number, random: Random) {
    this.arena = arena;
    this.kind = kind;
    this.random = random;
    this.tree = createTree(arena, kind);
  }

  get hasRecords(): boolean {
    return this.kind === TREE_BY_SCORE || this.kind === TREE_BY_BYTES;
  }

  /** Index of an entry or where it belongs, and whether it is there. */
  find(wanted: ModelEntry): [number, boolean] {
    const order = (entry: ModelEntry): number => compareKeys(this.kind, entry, wanted);
    const index = indexOf(this.entries, order, false);
    return [index, index < this.entries.length && order(this.entries[index]) === 0];
  }

  /** Stands where the model says; -1 and the end are nowhere. */
  expectAt(index: number, result: boolean): void {
    const inside = index >= 0 && index < this.entries.length;
    expect(result).toBe(inside);
    if (!inside) {
      expect(this.cursor.reference).toBe(0);
      return;
    }
    const entry = this.entries[index];
    expect(this.cursor.reference).toBe(entry.reference);
    expect(treeRank(this.arena, this.cursor)).toBe(index);
    if (this.kind === TREE_BY_ID) {
      expect(entryIdPart(this.arena, this.cursor, 3)).toBe(Number(BigInt.asIntN(32, entry.id)));
    } else if (this.kind !== TREE_BY_BYTES)
      expect(entryNumber(this.arena, this.cursor)).toBe(entry.number + 0);
  }

  insert(wanted: ModelKey, failing: number): void {
    const { arena, tree, key, cursor, random } = this;
    const reference = this.hasRecords ? makeRecord(arena, wanted.text) : 8 * (1 + random.integer(2000));
    const entry = { ...wanted, reference };
    const [index, exists] = this.find(entry);
    fillKey(this.kind, key, wanted, reference);
    failAllocation(arena, failing);
    const result = treeInsert(arena, tree, key, reference, cursor);
    failAllocation(arena, 0);
    if (result === TREE_INSERTED) this.entries.splice(index, 0, entry);
    else if (this.hasRecords) release(arena, reference);
    expect(result === TREE_EXISTS).toBe(exists);
    if (result === TREE_NO_MEMORY) this.failures += 1;
    else this.expectAt(index, true);
  }

  forget(entry: ModelEntry): void {
    if (this.hasRecords) release(this.arena, entry.reference);
  }

  delete(index: number): void {
    const entry = this.entries[index];
    fillKey(this.kind, this.key, entry, entry.reference);
    this.expectAt(index, seekEqual(this.arena, this.tree, this.key, this.cursor));
    treeDelete(this.arena, this.tree, this.cursor);
    this.entries.splice(index, 1);
    this.forget(entry);
  }

  deleteRange(rank: number, count: number): void {
    // As in use: what the entries refer to goes first.
    const gone = this.entries.splice(rank, count);
    for (const entry of gone) this.forget(entry);
    treeDeleteRange(this.arena, this.tree, rank, count, this.cursor);
  }

  changeScore(index: number, failing: number): void {
    const { arena, tree, key, cursor, entries } = this;
    const entry = entries[index];
    const near = entries[Math.min(entries.length - 1, index + this.random.integer(3))].number;
    const number = this.random.integer(2) === 0 ? near : anyKey(this.random, this.kind).number;
    const changed = { ...entry, number };
    const [, exists] = this.find(changed);
    if (exists && number !== entry.number) return;
    seekRank(arena, tree, index, cursor);
    fillKey(this.kind, key, changed, entry.reference);
    failAllocation(arena, failing);
    const done = treeChangeScore(arena, tree, key, cursor);
    failAllocation(arena, 0);
    if (!done) {
      this.failures += 1;
      return;
    }
    entries.splice(index, 1);
    entries.splice(this.find(changed)[0], 0, changed);
  }

  changeReference(index: number): void {
    const entry = this.entries[index];
    // References of times are part of their order.
    if (this.kind === TREE_BY_TIME && this.find({ ...entry, reference: entry.reference + 8 })[1]) return;
    const reference = this.hasRecords ? makeRecord(this.arena, entry.text) : entry.reference + 8;
    expect(seekRank(this.arena, this.tree, index, this.cursor)).toBe(true);
    setReference(this.arena, this.cursor, reference);
    this.forget(entry);
    this.entries[index] = { ...entry, reference };
  }

  look(): void {
    const { arena, tree, key, cursor, random, entries } = this;
    const known = random.integer(2) === 0 && entries.length > 0;
    const wanted = known ? random.pick(entries) : { ...anyKey(random, this.kind), reference: 800 };
    let order = (entry: ModelEntry): number => compareKeys(this.kind, entry, wanted);
    const bound = (this.kind === TREE_BY_SCORE || this.kind === TREE_BY_TIME) && random.integer(2) === 0;
    if (bound) {
      fillBound(this.kind, key, wanted.number);
      order = (entry) => (entry.number === wanted.number ? 0 : entry.number - wanted.number);
    } else fillKey(this.kind, key, wanted, wanted.reference);
    const from = indexOf(entries, order, false);
    const after = indexOf(entries, order, true);
    expect(countEntriesBefore(arena, tree, key, false, cursor)).toBe(from);
    expect(countEntriesBefore(arena, tree, key, true, cursor)).toBe(after);
    this.expectAt(from, seekFrom(arena, tree, key, cursor));
    this.expectAt(after, seekAfter(arena, tree, key, cursor));
    this.expectAt(after - 1, seekUpTo(arena, tree, key, cursor));
    this.expectAt(from - 1, seekBefore(arena, tree, key, cursor));
    if (!bound) this.expectAt(after > from ? from : -1, seekEqual(arena, tree, key, cursor));
    this.walk(random.integer(entries.length + 2) - 1);
  }

  /** Some steps in either direction. */
  walk(rank: number): void {
    const { arena, tree, cursor, entries } = this;
    let index = rank;
    if (this.random.integer(8) === 0) index = 0;
    this.expectAt(index, index === 0 ? seekFirst(arena, tree, cursor) : seekRank(arena, tree, index, cursor));
    for (let left = 60; left > 0 && index >= 0 && index < entries.length; left--) {
      this.expectAt(++index, treeNext(arena, cursor));
    }
    index = entries.length - 1;
    this.expectAt(index, seekLast(arena, tree, cursor));
    if (rank >= 0 && this.random.integer(2) === 0) {
      index = rank;
      seekRank(arena, tree, index, cursor);
    }
    for (let left = 60; left > 0 && index >= 0 && index < entries.length; left--) {
      this.expectAt(--index, treePrevious(arena, cursor));
    }
  }

  step(most: number): void {
    const { random, entries, kind } = this;
    this.steps += 1;
    const failing = random.integer(20) === 0 ? 1 + random.integer(3) : 0;
    const choice = random.integer(1000);
    const growing = this.steps % (5 * most) < 3 * most;
    const inserting = growing ? 600 : 250;
    if (entries.length === 0 || choice < inserting) {
      const style = Math.floor(this.steps / (5 * most)) % 3;
      const edge = style > 0 && random.integer(10) > 0;
      this.insert(edge ? edgeKey(kind, entries, style === 1, this.steps) : anyKey(random, kind), failing);
    } else if (choice < 900) this.delete(random.integer(entries.length));
    else if (choice < 960) {
      const index = random.integer(entries.length);
      if (kind === TREE_BY_SCORE) this.changeScore(index, failing);
      else this.changeReference(index);
    } else if (choice < 970) {
      const rank = random.integer(entries.length);
      this.deleteRange(rank, random.integer(random.integer(10) === 0 ? entries.length : 20));
    } else if (choice < 980) this.changeReference(random.integer(entries.length));
    else this.look();
  }

  check(): void {
    const { entries } = checkTree(this.arena, this.tree);
    expect(treeCount(this.arena, this.tree)).toBe(this.entries.length);
    if (entries.length !== this.entries.length) throw new Error('another number of entries');
    for (const [index, at] of entries.entries()) {
      const found = entryAt(this.arena, this.kind, at);
      const wanted = this.entries[index];
      const same = compareKeys(this.kind, found, wanted) === 0 && found.reference === wanted.reference;
      if (!same) throw new Error(`entry ${index} is not what it should be`);
    }
  }

  drop(): void {
    for (const entry of this.entries) this.forget(entry);
    destroyTree(this.arena, this.tree);
    expect(usedBytes(this.arena)).toBe(0);
  }
}

describe.each(kinds)('an ordered tree by %s', (name, kind) => {
  it('agrees with a sorted array over random steps', () => {
    const random = createRandom(testSeed(`ordered tree by ${name}`));
    const arena = Arena.create(1 << 25);
    const steps = fuzzSteps(40_000) / 4;
    const most = process.env.LOCKSTEP_TEST_STEPS === undefined ? 1500 : 12_000;
    const pair = new Pair(arena, kind, random);
    let height = 0;
    for (let done = 1; done <= steps; done++) {
      pair.step(most);
      if (done % 500 === 0) pair.check();
      if (done % 500 === 0) height = Math.max(height, checkTree(arena, pair.tree).height);
    }
    pair.check();
    expect(height).toBeGreaterThan(0);
    expect(pair.failures).toBeGreaterThan(0);
    pair.drop();
    checkArena(arena);
  }, 900_000);

  it('fails at every allocation of a sequence without a change', () => {
    const random = createRandom(testSeed(`failures of a tree by ${name}`));
    const arena = Arena.create(1 << 23);
    const pair = new Pair(arena, kind, random);
    const most = kind === TREE_BY_BYTES ? 4000 : 1200;
    for (let step = 0; pair.entries.length < most; step++) {
      const wanted =
        step % 3 === 0 ? anyKey(random, kind) : edgeKey(kind, pair.entries, step % 3 === 1, step);
      for (let failing = 1; failing <= 4; failing++) {
        const failed = pair.failures;
        pair.insert(wanted, failing);
        if (pair.failures === failed) break;
        pair.check();
      }
    }
    pair.check();
    expect(pair.failures).toBeGreaterThan(25);
    expect(checkTree(arena, pair.tree).height).toBeGreaterThan(0);
    const { failures } = pair;
    while (pair.entries.length > 0) {
      failAllocation(arena, 1);
      pair.delete(random.integer(pair.entries.length));
      failAllocation(arena, 0);
      if (pair.entries.length % 16 === 0) pair.check();
    }
    expect(pair.failures).toBe(failures);
    pair.drop();
  });

  it('fills its nodes when it grows in order, and clears', () => {
    const random = createRandom(1);
    for (const atEnd of [true, false]) {
      const arena = Arena.create(1 << 24);
      const pair = new Pair(arena, kind, random);
      for (let step = 0; step < 6000; step++) pair.insert(edgeKey(kind, pair.entries, atEnd, step), 0);
      pair.check();
      const words = [3, 5, 3, 1][kind];
      const { bytes } = checkTree(arena, pair.tree);
      expect(bytes / 6000).toBeLessThan(4 * words * 1.12 + 0.6);
      clearTree(arena, pair.tree);
      expect(checkTree(arena, pair.tree).bytes).toBe(16);
      for (const entry of pair.entries.splice(0)) pair.forget(entry);
      pair.drop();
    }
  });
});
