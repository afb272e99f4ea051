/**
 * A union, intersection or difference of sorted sets under way: all at once, or a few members at a time. Worker thread,
 * while the shards of its keys are locked. As valkey 8.0 `t_zset.c`: sums are those of sources in the order of their
 * sizes, and what is no number counts as 0.
 */
import type { Arena } from '../../memory/arena.ts';
import {
  changeScore,
  createSet,
  findScore,
  freeSet,
  insertScore,
  ScorePlace,
  SortedBody,
  ZSET_TREE,
} from '../../store/sorted-set.ts';
import { word } from '../arguments.ts';
import {
  beginSource,
  nextOfSource,
  ScoreSources,
  SourceWalk,
  seekSource,
  sourceCount,
} from './score-sources.ts';

export const UNION = 0;
export const INTERSECTION = 1;
export const DIFFERENCE = 2;

export const SUM = word('sum');
export const MIN = word('min');
export const MAX = word('max');

const place = new ScorePlace();

export class ScoreOperation {
  kind = UNION;
  aggregate = SUM;
  withScores = false;
  /** Of ZINTERCARD; 0: all. */
  limit = 0;
  readonly sources = new ScoreSources();
  /** Always a tree while it grows, whatever its size: only blobs turn -0 into 0. */
  readonly result = new SortedBody();
  /** Members found, where only those are wanted. */
  found = 0;
  /** The source that is gone through. */
  at = 0;
  isWalking = false;
  readonly walk = new SourceWalk();

  reset(kind: number): void {
    this.kind = kind;
    this.aggregate = SUM;
    this.withScores = false;
    this.limit = 0;
    this.found = 0;
    this.at = 0;
    this.isWalking = false;
  }
}

/** Members to go through. */
export function operationSize({ kind, sources }: ScoreOperation): number {
  let size = 0;
  for (let at = 0; at < (kind === UNION ? sources.count : 1); at++) size += sourceCount(sources.keys[at]);
  return size;
}

/** Begins the result. False without memory. */
export function beginResult(arena: Arena, { result }: ScoreOperation): boolean {
  return createSet(arena, result, ZSET_TREE);
}

export function dropScores(arena: Arena, { result }: ScoreOperation): void {
  freeSet(arena, result);
}

export function isComplete({ at, sources, kind }: ScoreOperation): boolean {
  return at >= (kind === UNION ? sources.count : 1);
}

/**
 * Goes on for at most `steps` members. Without an arena for the result they are only counted. False without memory.
 */
export function advanceScores(
  work: ScoreOperation,
  arena: Arena | undefined,
  limits: Float64Array,
  steps: number,
): boolean {
  const { walk, sources } = work;
  let left = steps;
  while (!isComplete(work)) {
    if (!work.isWalking && sourceCount(sources.keys[work.at]) > 0) {
      beginSource(walk, sources.keys[work.at]);
      work.isWalking = true;
    }
    while (work.isWalking && nextOfSource(walk)) {
      if (!take(work, arena, limits)) return false;
      if (work.found === work.limit && work.found > 0) break;
      left -= 1;
      if (left <= 0) return true;
    }
    work.isWalking = false;
    work.at += 1;
  }
  return true;
}

/** What becomes of the member that the walk stands on. */
function take(work: ScoreOperation, arena: Arena | undefined, limits: Float64Array): boolean {
  const { kind } = work;
  if (kind === UNION) return unite(work, arena!, limits);
  return kind === INTERSECTION ? intersect(work, arena, limits) : subtract(work, arena!, limits);
}

function insert(
  { walk, result }: ScoreOperation,
  arena: Arena,
  limits: Float64Array,
  score: number,
): boolean {
  return insertScore(arena, limits, result, walk.bytes, walk.start, walk.end, score);
}

function aggregated({ aggregate }: ScoreOperation, score: number, value: number): number {
  if (aggregate === MIN) return value < score ? value : score;
  if (aggregate === MAX) return value > score ? value : score;
  return numberOr0(score + value);
}

function numberOr0(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

function unite(work: ScoreOperation, arena: Arena, limits: Float64Array): boolean {
  const { walk, result, sources } = work;
  const { bytes, start, end } = walk;
  const score = numberOr0(sources.weights[work.at] * walk.score);
  if (!findScore(place, arena, result.encoding, result.body, bytes, start, end))
    return insert(work, arena, limits, score);
  const sum = aggregated(work, place.score, score);
  return Object.is(sum, place.score) || changeScore(arena, result, place, bytes, start, end, sum);
}

function intersect(work: ScoreOperation, arena: Arena | undefined, limits: Float64Array): boolean {
  const { walk, sources } = work;
  const { bytes, start, end } = walk;
  let score = numberOr0(sources.weights[0] * walk.score);
  for (let other = 1; other < sources.count; other++) {
    if (!seekSource(sources, other, bytes, start, end)) return true;
    score = aggregated(work, score, sources.score * sources.weights[other]);
  }
  work.found += 1;
  return arena === undefined || insert(work, arena, limits, score);
}

function subtract(work: ScoreOperation, arena: Arena, limits: Float64Array): boolean {
  const { walk, sources } = work;
  const { bytes, start, end } = walk;
  for (let other = 1; other < sources.count; other++) {
    if (seekSource(sources, other, bytes, start, end)) return true;
  }
  return insert(work, arena, limits, walk.score);
}
