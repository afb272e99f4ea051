/**
 * The ordered tree as sorted sets use it: scores and members, random and in order, and what an element costs.
 * `node bench/run.mjs micro/ordered-tree [elements]`.
 */
import { createRandom } from '../../src/base/random.ts';
import { allocate, usedBytes } from '../../src/memory/allocator.ts';
import { Arena } from '../../src/memory/arena.ts';
import { createTree, destroyTree, treeInsert } from '../../src/memory/ordered-tree.ts';
import { treeChangeScore, treeDelete, treeDeleteRange } from '../../src/memory/ordered-tree-change.ts';
import {
  countEntriesBefore,
  entryNumber,
  seekEqual,
  seekFrom,
  seekRank,
  TreeCursor,
  treeCount,
  treeNext,
  treeRank,
} from '../../src/memory/ordered-tree-cursor.ts';
import {
  setIdKey,
  setScoreBound,
  setScoreKey,
  setTimeKey,
  TREE_BY_ID,
  TREE_BY_SCORE,
  TREE_BY_TIME,
  TreeKey,
} from '../../src/memory/ordered-tree-key.ts';
import { describeMachine } from '../measure.ts';
import { once, repeat, showTimings, type Timing } from './timing.ts';

const MEMBER_BYTES = 16;
const random = createRandom(7);
const arena = Arena.create(2 ** 30);
const key = new TreeKey();
const cursor = new TreeCursor();

/** Elements with their records, in the order in which they are used. */
class Elements {
  readonly count: number;
  readonly scores: Float64Array;
  readonly records: Int32Array;
  /** Another order. */
  readonly shuffled: Int32Array;
  constructor(count: number, score: (index: number) => number) {
    this.count = count;
    this.scores = Float64Array.from({ length: count }, (_, index) => score(index));
    this.records = Int32Array.from({ length: count }, (_, index) => makeRecord(index));
    this.shuffled = Int32Array.from({ length: count }, (_, index) => index);
    for (let index = count - 1; index > 0; index--) {
      const other = random.integer(index + 1);
      const kept = this.shuffled[index];
      this.shuffled[index] = this.shuffled[other];
      this.shuffled[other] = kept;
    }
  }
}

function makeRecord(index: number): number {
  const record = allocate(arena, 8 + MEMBER_BYTES);
  const text = `member:${String(index).padStart(MEMBER_BYTES - 7, '0')}`;
  arena.words[(record >> 2) + 1] = MEMBER_BYTES;
  for (let at = 0; at < MEMBER_BYTES; at++) arena.bytes[record + 8 + at] = text.charCodeAt(at);
  return record;
}

function setKey(elements: Elements, index: number): number {
  const record = elements.records[index];
  setScoreKey(key, elements.scores[index], arena.bytes, record + 8, record + 8 + MEMBER_BYTES);
  return record;
}

function insertAll(tree: number, elements: Elements, count: number): number {
  for (let index = 0; index < count; index++) treeInsert(arena, tree, key, setKey(elements, index), cursor);
  return treeCount(arena, tree);
}

function measure(label: string, elements: Elements): Timing[] {
  const { count } = elements;
  // Memory is touched for the first time by another tree than the one that is measured.
  const other = createTree(arena, TREE_BY_SCORE);
  insertAll(other, elements, count);
  destroyTree(arena, other);
  const before = usedBytes(arena);
  const tree = createTree(arena, TREE_BY_SCORE);
  const timings = [once(`${label}: insert`, count, (n) => insertAll(tree, elements, n))];
  console.log(`${label}: ${((usedBytes(arena) - before) / count).toFixed(2)} bytes of tree per element`);
  const looks = Math.min(count, 200_000);
  timings.push(...measureReading(label, tree, elements, looks));
  timings.push(once(`${label}: change the score`, looks, (n) => changeScores(tree, elements, n)));
  timings.push(once(`${label}: find and delete`, looks, (n) => deleteSome(tree, elements, n)));
  destroyTree(arena, tree);
  return timings;
}

function measureReading(label: string, tree: number, elements: Elements, looks: number): Timing[] {
  const { count, shuffled, scores } = elements;
  const timings: Timing[] = [];
  const each = (name: string, run: (index: number) => number): void => {
    const all = (n: number): number => {
      let sum = 0;
      for (let at = 0; at < n; at++) sum += run(shuffled[at]);
      return sum;
    };
    timings.push(repeat(`${label}: ${name}`, looks, all));
  };
  each('find', (index) => {
    setKey(elements, index);
    return Number(seekEqual(arena, tree, key, cursor));
  });
  each('find and rank', (index) => {
    setKey(elements, index);
    seekEqual(arena, tree, key, cursor);
    return treeRank(arena, cursor);
  });
  each('to a rank', (index) => Number(seekRank(arena, tree, index, cursor)));
  each('from a score, 10 entries', (index) => {
    setScoreBound(key, scores[index]);
    let sum = 0;
    let more = seekFrom(arena, tree, key, cursor);
    for (let left = 10; left > 0 && more; left--) {
      sum += entryNumber(arena, cursor);
      more = treeNext(arena, cursor);
    }
    return sum;
  });
  each('count between two scores', (index) => {
    setScoreBound(key, scores[index]);
    const first = countEntriesBefore(arena, tree, key, false, cursor);
    setScoreBound(key, scores[index] + 1);
    return countEntriesBefore(arena, tree, key, true, cursor) - first;
  });
  const walk = (n: number): number => {
    let sum = 0;
    seekRank(arena, tree, 0, cursor);
    for (let left = n; left > 1; left--) {
      sum += cursor.reference;
      treeNext(arena, cursor);
    }
    return sum;
  };
  timings.push(repeat(`${label}: next`, count, walk));
  return timings;
}

function changeScores(tree: number, elements: Elements, count: number): number {
  const { scores, shuffled } = elements;
  let done = 0;
  for (let at = 0; at < count; at++) {
    const index = shuffled[at];
    setKey(elements, index);
    seekEqual(arena, tree, key, cursor);
    scores[index] = scores[shuffled[count - 1 - at]] + 0.5;
    setKey(elements, index);
    done += Number(treeChangeScore(arena, tree, key, cursor));
  }
  return done;
}

function deleteSome(tree: number, elements: Elements, count: number): number {
  for (let at = 0; at < count; at++) {
    setKey(elements, elements.shuffled[at]);
    seekEqual(arena, tree, key, cursor);
    treeDelete(arena, tree, cursor);
  }
  return treeCount(arena, tree);
}

function deleteRange(elements: Elements): Timing {
  const { count } = elements;
  const tree = createTree(arena, TREE_BY_SCORE);
  insertAll(tree, elements, count);
  const timing = once(`${count}: delete a range`, count, (n) => {
    treeDeleteRange(arena, tree, 0, n, cursor);
    return n;
  });
  destroyTree(arena, tree);
  return timing;
}

function appendIds(count: number): Timing {
  const before = usedBytes(arena);
  const tree = createTree(arena, TREE_BY_ID);
  const timing = once('ids in order: insert', count, (n) => {
    for (let index = 0; index < n; index++) {
      setIdKey(key, 398, index >> 2, 0, index & 3);
      treeInsert(arena, tree, key, 8, cursor);
    }
    return treeCount(arena, tree);
  });
  console.log(`ids in order: ${((usedBytes(arena) - before) / count).toFixed(2)} bytes of tree per entry`);
  destroyTree(arena, tree);
  return timing;
}

function insertTimes(count: number): Timing {
  const before = usedBytes(arena);
  const tree = createTree(arena, TREE_BY_TIME);
  const timing = once('times: insert', count, (n) => {
    for (let index = 0; index < n; index++) {
      setTimeKey(key, 1.7e12 + Math.imul(index, 0x9e3779b1), 8 * (index + 1));
      treeInsert(arena, tree, key, 8 * (index + 1), cursor);
    }
    return treeCount(arena, tree);
  });
  console.log(`times: ${((usedBytes(arena) - before) / count).toFixed(2)} bytes of tree per entry`);
  destroyTree(arena, tree);
  return timing;
}

/** Cold: a benchmark. */
export function run(args: readonly string[]): void {
  const count = Number(args[0] ?? 200_000);
  console.log(describeMachine());
  const anyScore = (): number => random.next() * 1e6;
  measure('warm-up', new Elements(20_000, anyScore));
  appendIds(20_000);
  insertTimes(20_000);
  const timings = [
    ...measure('5000 random', new Elements(5000, anyScore)),
    ...measure(`${count} random`, new Elements(count, anyScore)),
    ...measure(`${count} in order`, new Elements(count, (index) => 1.7e12 + index * 3)),
    ...measure(`${count} of one score`, new Elements(count, () => 0)),
    deleteRange(new Elements(count, anyScore)),
    appendIds(count),
    insertTimes(count),
  ];
  console.log(showTimings(timings));
}
