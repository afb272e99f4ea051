/** What GEOSEARCH, GEORADIUS and their like do on the engine. Worker thread. As valkey 9.0 `geo.c`. */
import type { Key } from '../../store/key.ts';
import { recordEncoding } from '../../store/record.ts';
import {
  createSet,
  findScore,
  freeSet,
  insertScore,
  ScorePlace,
  SortedBody,
  sortedSetBody,
  ZSET_TREE,
} from '../../store/sorted-set.ts';
import { RankRange, ranksOfScores, ScoreRange } from '../../store/sorted-set-range.ts';
import { beginRanks, nextScored, SortedSetWalk } from '../../store/sorted-set-walk.ts';
import { TYPE_ZSET } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { readTyped } from '../lookup.ts';
import { putResult } from '../sorted-set/run-algebra.ts';
import { GeoPoints } from './geo-points.ts';
import { coverShape, GeoCells, isInside } from './geo-shape.ts';
import { decode, distanceText, Position, scoreOfCell, scoresPerCell } from './geohash.ts';
import { writePosition } from './run-positions.ts';
import { ASCENDING, DESCENDING, parseRadius, parseSearch, query, UNSORTED } from './search-arguments.ts';

const cells = new GeoCells();
const points = new GeoPoints();
const range = new ScoreRange();
const ranks = new RankRange();
const walk = new SortedSetWalk();
const position = new Position();
const result = new SortedBody();
const place = new ScorePlace();

export function runGeosearch(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key !== undefined && parseSearch(context, key, 2, false)) answer(context, key);
}

export function runGeosearchstore(context: CommandContext): void {
  const key = readTyped(context, 2, TYPE_ZSET);
  if (key !== undefined && parseSearch(context, key, 3, true)) answer(context, key);
}

export function runGeoradius(context: CommandContext): void {
  radius(context, false, true);
}

export function runGeoradiusRo(context: CommandContext): void {
  radius(context, false, false);
}

export function runGeoradiusbymember(context: CommandContext): void {
  radius(context, true, true);
}

export function runGeoradiusbymemberRo(context: CommandContext): void {
  radius(context, true, false);
}

function radius(context: CommandContext, byMember: boolean, mayStore: boolean): void {
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key !== undefined && parseRadius(context, key, byMember, mayStore)) answer(context, key);
}

function answer(context: CommandContext, key: Key): void {
  const { count, takesAny, target } = query;
  points.reset();
  if (key.record !== 0) {
    search(key, takesAny ? count : 0);
    // The nearest are wanted where there is to be a certain number of them.
    const order = count > 0 && query.order === UNSORTED && !takesAny ? ASCENDING : query.order;
    if (order !== UNSORTED) points.sort(order === DESCENDING);
  }
  const found = count > 0 ? Math.min(count, points.count) : points.count;
  if (target === 0) reply(context, found);
  else store(context, context.key(target), found);
}

/** Fills `points`, with no more than `limit` if that is not 0. */
function search(key: Key, limit: number): void {
  coverShape(query.shape, cells);
  const { latitudes, longitudes, step, isUsed } = cells;
  let last = 0;
  for (let index = 0; index < 9; index++) {
    if (isUsed[index] === 0) continue;
    // Of few large cells the neighbours on either side are the same.
    const isSame = latitudes[index] === latitudes[last] && longitudes[index] === longitudes[last];
    if (last > 0 && isSame) continue;
    if (limit > 0 && points.count >= limit) return;
    searchCell(key, scoreOfCell(latitudes[index], longitudes[index], step), scoresPerCell(step), limit);
    last = index;
  }
}

function searchCell(key: Key, score: number, scores: number, limit: number): void {
  const { arena, record } = key;
  const encoding = recordEncoding(arena, record);
  const body = sortedSetBody(arena, record);
  const { shape } = query;
  range.min = score;
  range.max = score + scores;
  range.withoutMax = true;
  ranksOfScores(arena, encoding, body, range, ranks);
  beginRanks(walk, arena, encoding, body, ranks.first, ranks.count, false);
  while (nextScored(walk)) {
    decode(walk.score, position);
    const { longitude, latitude } = position;
    if (!isInside(shape, longitude, latitude)) continue;
    points.add(longitude, latitude, shape.distance, walk.score, walk.bytes, walk.start, walk.end);
    if (limit > 0 && points.count >= limit) return;
  }
}

function reply(context: CommandContext, count: number): void {
  const { withDistance, withHash, withPosition, shape } = query;
  const parts = 1 + (withDistance ? 1 : 0) + (withHash ? 1 : 0) + (withPosition ? 1 : 0);
  context.array(count);
  for (let at = 0; at < count; at++) {
    const index = points.order[at];
    if (parts > 1) context.array(parts);
    context.bulk(points.members.bytes, points.start(index), points.ends[index]);
    if (withDistance) context.bulkText(distanceText(points.distances[index] / shape.unitM));
    if (withHash) context.integer(Math.trunc(points.scores[index]));
    if (withPosition) writePosition(context, points.longitudes[index], points.latitudes[index]);
  }
}

function store(context: CommandContext, target: Key, count: number): void {
  const { arena } = target;
  const { limits } = context.store;
  const { bytes } = points.members;
  let isMade = createSet(arena, result, ZSET_TREE);
  for (let at = 0; at < count && isMade; at++) {
    const index = points.order[at];
    const start = points.start(index);
    const end = points.ends[index];
    const score = query.storesDistance ? points.distances[index] / query.shape.unitM : points.scores[index];
    if (findScore(place, arena, result.encoding, result.body, bytes, start, end)) continue;
    isMade = insertScore(arena, limits, result, bytes, start, end, score);
  }
  if (!isMade) freeSet(arena, result);
  if (!isMade || !putResult(context, target, result, count, query.event)) context.outOfMemory();
  else context.integer(count);
}
