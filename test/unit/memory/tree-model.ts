/** A sorted array that behaves as an ordered tree should, for each kind of tree. */
import type { Random } from '../../../src/base/random.ts';
import { allocate } from '../../../src/memory/allocator.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import {
  doubleOf,
  setBytesKey,
  setIdKey,
  setScoreBound,
  setScoreKey,
  setTimeBound,
  setTimeKey,
  TREE_BY_BYTES,
  TREE_BY_ID,
  TREE_BY_SCORE,
  TREE_BY_TIME,
  type TreeKey,
} from '../../../src/memory/ordered-tree-key.ts';
import { bytesOf } from './fuzzing.ts';

/** What an entry is sorted by. Fields that its kind does not have are 0 or empty. */
export interface ModelKey {
  readonly number: number;
  readonly id: bigint;
  readonly text: string;
}

export interface ModelEntry extends ModelKey {
  reference: number;
}

export function compareKeys(kind: number, left: ModelEntry, right: ModelEntry): number {
  if (left.number !== right.number) return left.number < right.number ? -1 : 1;
  if (left.id !== right.id) return left.id < right.id ? -1 : 1;
  if (kind === TREE_BY_TIME) return left.reference - right.reference;
  if (left.text === right.text) return 0;
  return left.text < right.text ? -1 : 1;
}

/** Index of the first entry that is not before the key, or not after it. */
export function indexOf(
  entries: readonly ModelEntry[],
  order: (entry: ModelEntry) => number,
  orEqual: boolean,
): number {
  let from = 0;
  let to = entries.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const compared = order(entries[middle]);
    if (compared < 0 || (compared === 0 && orEqual)) from = middle + 1;
    else to = middle;
  }
  return from;
}

const noKey: ModelKey = { number: 0, id: 0n, text: '' };
const limits = [
  0,
  -0,
  1,
  -1,
  0.5,
  5e-324,
  -5e-324,
  1.7e308,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

function anyScore(random: Random): number {
  const kind = random.integer(10);
  if (kind === 0) return random.pick(limits);
  if (kind < 4) return random.integer(20) - 10;
  return kind < 7 ? random.next() - 0.5 : random.integer(2 ** 42);
}

function anyId(random: Random): bigint {
  const word = (): bigint => BigInt(Math.floor(random.next() * 2 ** 32));
  if (random.integer(4) === 0) return (BigInt(random.integer(4)) << 64n) | BigInt(random.integer(1000));
  if (random.integer(4) === 0) return (2n ** 128n - 1n) ^ word();
  return (word() << 96n) | (word() << 64n) | (word() << 32n) | word();
}

/** Few texts at some times, and prefixes of one another. */
function anyName(random: Random): string {
  const kind = random.integer(3);
  if (kind === 0) return 'ab'.repeat(random.integer(4)) + String.fromCharCode(random.integer(256));
  return `member:${random.integer(kind === 1 ? 50 : 1e6)}`;
}

export function anyKey(random: Random, kind: number): ModelKey {
  if (kind === TREE_BY_SCORE) return { ...noKey, number: anyScore(random), text: anyName(random) };
  if (kind === TREE_BY_TIME) return { ...noKey, number: Math.floor(anyScore(random)) + 0 };
  return kind === TREE_BY_ID ? { ...noKey, id: anyId(random) } : { ...noKey, text: anyName(random) };
}

/** The next key behind all others, as in streams and queues; or before all others. */
export function edgeKey(
  kind: number,
  entries: readonly ModelEntry[],
  atEnd: boolean,
  step: number,
): ModelKey {
  const edge = atEnd ? entries.at(-1) : entries.at(0);
  const sign = atEnd ? 1 : -1;
  if (kind === TREE_BY_BYTES) return { ...noKey, text: (atEnd ? '~' : '!') + String(1e9 + sign * step) };
  if (kind === TREE_BY_ID) {
    const id = (edge?.id ?? 2n ** 100n) + BigInt(sign);
    return { ...noKey, id: BigInt.asUintN(128, id) };
  }
  const number = edge !== undefined && Number.isFinite(edge.number) ? edge.number + sign : 0;
  return { ...noKey, number, text: `member:${step}` };
}

/** A block as hash tables have entries: a word, the key's length, the key. 0 when there is no memory. */
export function makeRecord(arena: Arena, text: string): number {
  const record = allocate(arena, 8 + text.length);
  if (record === 0) return 0;
  arena.words[(record >> 2) + 1] = text.length | 0x4000_0000;
  arena.bytes.set(bytesOf(text), record + 8);
  return record;
}

export function fillKey(kind: number, key: TreeKey, wanted: ModelKey, reference: number): void {
  const bytes = bytesOf(wanted.text);
  if (kind === TREE_BY_SCORE) setScoreKey(key, wanted.number, bytes, 0, bytes.length);
  else if (kind === TREE_BY_TIME) setTimeKey(key, wanted.number, reference);
  else if (kind === TREE_BY_BYTES) setBytesKey(key, bytes, 0, bytes.length);
  else {
    const part = (shift: bigint): number => Number(BigInt.asIntN(32, wanted.id >> shift));
    setIdKey(key, part(96n), part(64n), part(32n), part(0n));
  }
}

/** Where the kind has bounds, one of them. */
export function fillBound(kind: number, key: TreeKey, number: number): void {
  if (kind === TREE_BY_SCORE) setScoreBound(key, number);
  else setTimeBound(key, number);
}

/** What an entry of the tree holds, in the model's form. */
export function entryAt(arena: Arena, kind: number, at: number): ModelEntry {
  const { words, bytes } = arena;
  if (kind === TREE_BY_ID) {
    const part = (word: number): bigint => BigInt((words[at + word] ^ 0x8000_0000) >>> 0);
    const id = (part(0) << 96n) | (part(1) << 64n) | (part(2) << 32n) | part(3);
    return { ...noKey, id, reference: words[at + 4] };
  }
  const reference = words[kind === TREE_BY_BYTES ? at : at + 2];
  const number = kind === TREE_BY_BYTES ? 0 : doubleOf(words[at], words[at + 1]);
  if (kind === TREE_BY_TIME) return { ...noKey, number, reference };
  const length = words[(reference >> 2) + 1] & 0x3fff_ffff;
  const text = Buffer.from(bytes.slice(reference + 8, reference + 8 + length)).toString('latin1');
  return { number, id: 0n, text, reference };
}
