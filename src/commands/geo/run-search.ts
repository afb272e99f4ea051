/**
 * What GEOSEARCH, GEORADIUS and their like do on the engine: in slices where there are many members to look at. Worker
 * thread. As valkey 9.0 `geo.c`.
 */
import type { Key } from '../../store/key.ts';
import { recordEncoding } from '../../store/record.ts';
import {
  createSet,
  findScore,
  freeSet,
  insertScore,
  ScorePlace,
  SortedBody,
  scoredCount,
  sortedSetBody,
  ZSET_TREE,
} from '../../store/sorted-set.ts';
import { RankRange, ranksOfScores, ScoreRange } from '../../store/sorted-set-range.ts';
import { beginRanks, nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { TYPE_ZSET } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { checkType, readTyped } from '../lookup.ts';
import { MANY_ELEMENTS, runBody, type Slices, type Turns } from '../slices.ts';
import { putResult } from '../sorted-set/run-algebra.ts';
import { GeoPoints } from './geo-points.ts';
import { coverShape, GeoCells, isInside } from './geo-shape.ts';
import { decode, distanceText, Position, scoreOfCell, scoresPerCell } from './geohash.ts';
import { writePosition } from './run-positions.ts';
import {
  ASCENDING,
  copyQuery,
  DESCENDING,
  parseRadius,
  parseSearch,
  query,
  type SearchQuery,
  UNSORTED,
} from './search-arguments.ts';

/** What a search works with: one for all that are done at once, one of its own for each that is done in slices. */
class Search {
  readonly points = new GeoPoints();
  readonly cells = new GeoCells();
  readonly walk = new SortedSetWalk();
}

const shared = new Search();
const range = new ScoreRange();
const ranks = new RankRange();
const position = new Position();
const place = new ScorePlace();

/** Fills `query`. False after an error. The key has been looked up. */
type Parse = (context: CommandContext, key: Key) => boolean;

export function runGeosearch(context: CommandContext): void {
  run(context, 1, (own, key) => parseSearch(own, key, 2, false));
}

export function runGeosearchstore(context: CommandContext): void {
  run(context, 2, (own, key) => parseSearch(own, key, 3, true));
}

export function runGeoradius(context: CommandContext): void {
  run(context, 1, (own, key) => parseRadius(own, key, false, true));
}

export function runGeoradiusRo(context: CommandContext): void {
  run(context, 1, (own, key) => parseRadius(own, key, false, false));
}

export function runGeoradiusbymember(context: CommandContext): void {
  run(context, 1, (own, key) => parseRadius(own, key, true, true));
}

export function runGeoradiusbymemberRo(context: CommandContext): void {
  run(context, 1, (own, key) => parseRadius(own, key, true, false));
}

function run(context: CommandContext, source: number, parse: Parse): void {
  const key = readTyped(context, source, TYPE_ZSET);
  if (key === undefined || !parse(context, key)) return;
  const isLarge = key.record !== 0 && scoredCount(key.arena, key.record) > MANY_ELEMENTS;
  if (isLarge && candidates(key) > MANY_ELEMENTS) {
    runBody(context, (own, slices) => answerAnew(own, slices, source, parse), true, query.target);
  } else runBody(context, (own, slices) => answer(own, slices, key, query, shared), false);
}

/** Members in the cells of the search. */
function candidates(key: Key): number {
  let count = 0;
  coverShape(query.shape, shared.cells);
  for (let index = 0; index < 9; index++) if (findCell(key, shared.cells, index)) count += ranks.count;
  return count;
}

/** With a query of its own: the place of its member may have changed. */
function* answerAnew(context: CommandContext, slices: Turns, source: number, parse: Parse): Slices {
  const key = checkType(context, context.key(source), TYPE_ZSET);
  if (key === undefined || !parse(context, key)) return;
  yield* answer(context, slices, key, copyQuery(), new Search());
}

function* answer(context: CommandContext, slices: Turns, key: Key, asked: SearchQuery, work: Search): Slices {
  const { count, takesAny, target } = asked;
  const { points } = work;
  points.reset();
  if (key.record !== 0) {
    yield* search(key, slices, asked, work);
    // The nearest are wanted where there is to be a certain number of them.
    const order = count > 0 && asked.order === UNSORTED && !takesAny ? ASCENDING : asked.order;
    if (order !== UNSORTED) yield* points.sort(order === DESCENDING, slices);
  }
  const found = count > 0 ? Math.min(count, points.count) : points.count;
  if (target === 0) yield* reply(context, slices, found, asked, points);
  else yield* store(context, slices, context.key(target), found, asked, points);
}

/** Fills the points. */
function* search(key: Key, slices: Turns, { shape, takesAny, count }: SearchQuery, work: Search): Slices {
  const { points, cells, walk } = work;
  const limit = takesAny ? count : 0;
  const { arena, record } = key;
  const encoding = recordEncoding(arena, record);
  const body = sortedSetBody(arena, record);
  coverShape(shape, cells);
  for (let index = 0; index < 9; index++) {
    if (!findCell(key, cells, index)) continue;
    if (limit > 0 && points.count >= limit) return;
    beginRanks(walk, arena, encoding, body, ranks.first, ranks.count, false);
    while (nextScored(walk)) {
      decode(walk.score, position);
      const { longitude, latitude } = position;
      if (isInside(shape, longitude, latitude)) {
        points.add(longitude, latitude, shape.distance, walk.score, walk.bytes, walk.start, walk.end);
        if (limit > 0 && points.count >= limit) return;
      }
      if (slices.isOver()) yield;
    }
  }
}

/** Fills `ranks` with the members in a cell. False: it is not searched. */
function findCell({ arena, record }: Key, cells: GeoCells, index: number): boolean {
  const { latitudes, longitudes, step, isUsed } = cells;
  if (isUsed[index] === 0) return false;
  // Of few large cells the neighbours on either side are the same.
  let last = index - 1;
  while (last > 0 && isUsed[last] === 0) last -= 1;
  if (last > 0 && latitudes[index] === latitudes[last] && longitudes[index] === longitudes[last])
    return false;
  const score = scoreOfCell(latitudes[index], longitudes[index], step);
  range.min = score;
  range.max = score + scoresPerCell(step);
  range.withoutMax = true;
  ranksOfScores(arena, recordEncoding(arena, record), sortedSetBody(arena, record), range, ranks);
  return true;
}

function* reply(
  context: CommandContext,
  slices: Turns,
  count: number,
  { withDistance, withHash, withPosition, shape }: SearchQuery,
  points: GeoPoints,
): Slices {
  const parts = 1 + (withDistance ? 1 : 0) + (withHash ? 1 : 0) + (withPosition ? 1 : 0);
  context.array(count);
  for (let at = 0; at < count; at++) {
    const index = points.order[at];
    if (parts > 1) context.array(parts);
    context.bulk(points.members.bytes, points.start(index), points.ends[index]);
    if (withDistance) context.bulkText(distanceText(points.distances[index] / shape.unitM));
    if (withHash) context.integer(Math.trunc(points.scores[index]));
    if (withPosition) writePosition(context, points.longitudes[index], points.latitudes[index]);
    if (slices.isOver()) yield;
  }
}

function* store(
  context: CommandContext,
  slices: Turns,
  target: Key,
  count: number,
  { storesDistance, shape, event }: SearchQuery,
  points: GeoPoints,
): Slices {
  const { arena } = target;
  const { limits } = context.store;
  const { bytes } = points.members;
  const result = new SortedBody();
  let isMade = createSet(arena, result, ZSET_TREE);
  try {
    for (let at = 0; at < count && isMade; at++) {
      const index = points.order[at];
      const start = points.start(index);
      const end = points.ends[index];
      const score = storesDistance ? points.distances[index] / shape.unitM : points.scores[index];
      if (!findScore(place, arena, result.encoding, result.body, bytes, start, end))
        isMade = insertScore(arena, limits, result, bytes, start, end, score);
      if (slices.isOver()) yield;
    }
    context.ports.snapshots.keep(target);
    if (isMade && putResult(context, target, result, count, event)) context.integer(count);
    else context.outOfMemory();
  } finally {
    freeSet(arena, result);
  }
}
