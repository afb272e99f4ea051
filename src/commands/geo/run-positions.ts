/** What GEOADD, GEOPOS, GEODIST and GEOHASH do on the engine. Worker thread. As valkey 8.0 `geo.c`. */
import type { Key } from '../../store/key.ts';
import { recordEncoding } from '../../store/record.ts';
import { findScore, ScorePlace, sortedSetBody } from '../../store/sorted-set.ts';
import { TYPE_ZSET } from '../../store/types.ts';
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { readTyped } from '../lookup.ts';
import { addMembers, beginAdding, scoresFor } from '../sorted-set/run-members.ts';
import { positionAt, unitAt } from './geo-arguments.ts';
import { coordinateText, decode, distance, distanceText, encode, geohashText, Position } from './geohash.ts';

const NX = word('nx');
const XX = word('xx');
const CH = word('ch');

const place = new ScorePlace();
const position = new Position();
const other = new Position();

export function runGeoadd(context: CommandContext): void {
  let [nx, xx, changes] = [false, false, false];
  let from = 2;
  for (; from < context.count; from++) {
    if (isWord(context, from, NX)) nx = true;
    else if (isWord(context, from, XX)) xx = true;
    else if (isWord(context, from, CH)) changes = true;
    else break;
  }
  const count = (context.count - from) / 3;
  if (!Number.isInteger(count) || (nx && xx)) {
    context.syntaxError();
    return;
  }
  const scores = scoresFor(count);
  for (let index = 0; index < count; index++) {
    if (!positionAt(context, from + 3 * index, position)) return;
    scores[index] = encode(position.longitude, position.latitude);
  }
  if (count === 0) {
    context.syntaxError();
    return;
  }
  beginAdding(nx, xx, changes);
  addMembers(context, from + 2, 3, count);
}

/** Whether an argument is a member of the key's set, if there is one; `place` has its score then. */
function find(context: CommandContext, key: Key, argument: number): boolean {
  const { arena, record } = key;
  if (record === 0) return false;
  const { bytes } = context;
  const encoding = recordEncoding(arena, record);
  const body = sortedSetBody(arena, record);
  return findScore(place, arena, encoding, body, bytes, context.start(argument), context.end(argument));
}

/** The position of a member of the key's set. False where there is none. */
export function findPosition(context: CommandContext, key: Key, argument: number, out: Position): boolean {
  if (!find(context, key, argument)) return false;
  decode(place.score, out);
  return true;
}

export function runGeopos(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  context.array(context.count - 2);
  for (let at = 2; at < context.count; at++) {
    if (findPosition(context, key, at, position)) {
      writePosition(context, position.longitude, position.latitude);
    } else context.nilArray();
  }
}

export function writePosition(context: CommandContext, longitude: number, latitude: number): void {
  context.array(2);
  writeCoordinate(context, longitude);
  writeCoordinate(context, latitude);
}

function writeCoordinate(context: CommandContext, value: number): void {
  const { isValkey, level } = context.compatibility;
  if (!isValkey && level >= 800) context.double(value);
  else context.writer.doubleText(coordinateText(value), context.resp);
}

export function runGeohash(context: CommandContext): void {
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  context.array(context.count - 2);
  for (let at = 2; at < context.count; at++) {
    if (find(context, key, at)) context.bulkText(geohashText(place.score, position));
    else context.nil();
  }
}

export function runGeodist(context: CommandContext): void {
  if (context.count > 5) {
    context.syntaxError();
    return;
  }
  const unitM = context.count === 5 ? unitAt(context, 4) : 1;
  if (Number.isNaN(unitM)) return;
  const key = readTyped(context, 1, TYPE_ZSET);
  if (key === undefined) return;
  if (!findPosition(context, key, 2, position) || !findPosition(context, key, 3, other)) {
    context.nil();
    return;
  }
  const metres = distance(position.longitude, position.latitude, other.longitude, other.latitude);
  context.bulkText(distanceText(metres / unitM));
}
