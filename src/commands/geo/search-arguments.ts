/** What the arguments of GEOSEARCH, GEORADIUS and their like ask for. Worker thread. As valkey 9.0 `geo.c`. */
import type { Key } from '../../store/key.ts';
import { integerAt, integerWithin, isWord, scoreAt, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { positionAt, unitAt } from './geo-arguments.ts';
import { BOX, CIRCLE, GeoShape, POLYGON } from './geo-shape.ts';
import { Position } from './geohash.ts';
import { findPosition } from './run-positions.ts';

export const UNSORTED = 0;
export const ASCENDING = 1;
export const DESCENDING = 2;

const WITHDIST = word('withdist');
const WITHHASH = word('withhash');
const WITHCOORD = word('withcoord');
const ANY = word('any');
const ASC = word('asc');
const DESC = word('desc');
const COUNT = word('count');
const STORE = word('store');
const STOREDIST = word('storedist');
const FROMMEMBER = word('frommember');
const FROMLONLAT = word('fromlonlat');
const BYRADIUS = word('byradius');
const BYBOX = word('bybox');
const BYPOLYGON = word('bypolygon');

const NO_MEMBER = 'ERR could not decode requested zset member';
const LEAST_CORNERS = 3;
const MOST_CORNERS = 2 ** 31 - 1;

export class SearchQuery {
  shape: GeoShape = new GeoShape();
  withDistance = false;
  withHash = false;
  withPosition = false;
  takesAny = false;
  order = UNSORTED;
  /** 0: all. */
  count = 0;
  /** Argument with the key to store to, 0 for none. */
  target = 0;
  storesDistance = false;
  event = 'georadiusstore';
  hasCentre = false;
  hasPosition = false;
  hasCircle = false;
  hasBox = false;
  hasPolygon = false;
}

/** Of the command under way. */
export const query: SearchQuery = new SearchQuery();
const position = new Position();

/** Cold: a query that outlives the command under way. */
export function copyQuery(): SearchQuery {
  const { shape } = query;
  const copy = Object.assign(new SearchQuery(), query);
  copy.shape = Object.assign(new GeoShape(), shape);
  copy.shape.corners = shape.corners.slice();
  return copy;
}

function begin(): void {
  query.withDistance = false;
  query.withHash = false;
  query.withPosition = false;
  query.takesAny = false;
  query.order = UNSORTED;
  query.count = 0;
  query.target = 0;
  query.storesDistance = false;
  query.event = 'georadiusstore';
  query.hasCentre = false;
  query.hasPosition = false;
  query.hasCircle = false;
  query.hasBox = false;
  query.hasPolygon = false;
}

function setCentre(): void {
  query.shape.longitude = position.longitude;
  query.shape.latitude = position.latitude;
}

/** GEORADIUS and its like. False after an error. The key has been looked up. */
export function parseRadius(
  context: CommandContext,
  key: Key,
  byMember: boolean,
  mayStore: boolean,
): boolean {
  begin();
  if (!byMember) {
    if (!positionAt(context, 2, position)) return false;
    setCentre();
    if (!radiusAt(context, 4)) return false;
  } else if (key.record !== 0) {
    if (!memberAt(context, key, 2) || !radiusAt(context, 3)) return false;
  }
  let at = byMember ? 5 : 6;
  while (at < context.count) {
    let used = commonOption(context, at);
    const stores = mayStore && at + 1 < context.count;
    if (used === 0 && stores && (isWord(context, at, STORE) || isWord(context, at, STOREDIST))) {
      query.target = at + 1;
      query.storesDistance = isWord(context, at, STOREDIST);
      used = 2;
    }
    if (used === 0) context.syntaxError();
    if (used <= 0) return false;
    at += used;
  }
  return isConsistent(context, 'STORE option in GEORADIUS');
}

/** GEOSEARCH and GEOSEARCHSTORE. False after an error. The key has been looked up. */
export function parseSearch(context: CommandContext, key: Key, from: number, stores: boolean): boolean {
  begin();
  if (stores) {
    query.target = 1;
    query.event = 'geosearchstore';
  }
  for (let at = from; at < context.count; ) {
    let used = commonOption(context, at);
    if (used === 0) used = searchOption(context, key, at);
    if (used === 0 && stores && isWord(context, at, STOREDIST)) {
      query.storesDistance = true;
      used = 1;
    }
    if (used === 0) context.syntaxError();
    if (used <= 0) return false;
    at += used;
  }
  return isConsistent(context, 'GEOSEARCHSTORE') && isComplete(context);
}

/** Returns how many arguments the option has; 0: it is none of these, -1: the error has been written. */
function commonOption(context: CommandContext, at: number): number {
  if (isWord(context, at, WITHDIST)) query.withDistance = true;
  else if (isWord(context, at, WITHHASH)) query.withHash = true;
  else if (isWord(context, at, WITHCOORD)) query.withPosition = true;
  else if (isWord(context, at, ANY)) query.takesAny = true;
  else if (isWord(context, at, ASC)) query.order = ASCENDING;
  else if (isWord(context, at, DESC)) query.order = DESCENDING;
  else if (isWord(context, at, COUNT) && at + 1 < context.count) {
    query.count = integerAt(context, at + 1);
    if (query.count > 0) return 2;
    if (!Number.isNaN(query.count)) context.error('ERR COUNT must be > 0');
    return -1;
  } else return 0;
  return 1;
}

/** As `commonOption`, for the options that say where. */
function searchOption(context: CommandContext, key: Key, at: number): number {
  const left = context.count - at - 1;
  const { shape } = query;
  if (isWord(context, at, FROMMEMBER) && left >= 1 && !query.hasPosition && !query.hasPolygon) {
    query.hasCentre = true;
    return key.record === 0 || memberAt(context, key, at + 1) ? 2 : -1;
  }
  if (
    isWord(context, at, FROMLONLAT) &&
    left >= 2 &&
    (!query.hasCentre || query.hasPosition) &&
    !query.hasPolygon
  ) {
    if (!positionAt(context, at + 1, position)) return -1;
    setCentre();
    query.hasCentre = true;
    query.hasPosition = true;
    return 3;
  }
  if (isWord(context, at, BYRADIUS) && left >= 2 && !query.hasBox && !query.hasPolygon) {
    if (!radiusAt(context, at + 1)) return -1;
    query.hasCircle = true;
    return 3;
  }
  if (isWord(context, at, BYBOX) && left >= 3 && !query.hasCircle && !query.hasPolygon) {
    if (!boxAt(context, at + 1)) return -1;
    shape.kind = BOX;
    query.hasBox = true;
    return 4;
  }
  const { isValkey, level } = context.compatibility;
  if (isValkey && level >= 900 && isWord(context, at, BYPOLYGON) && left >= 2)
    return polygonOption(context, at, left);
  return 0;
}

function memberAt(context: CommandContext, key: Key, argument: number): boolean {
  if (findPosition(context, key, argument, position)) {
    setCentre();
    return true;
  }
  const { isValkey, level } = context.compatibility;
  const isNamed = isValkey && level >= 900;
  context.error(isNamed ? `ERR member ${context.shown(argument)} does not exist` : NO_MEMBER);
  return false;
}

function radiusAt(context: CommandContext, at: number): boolean {
  const { shape } = query;
  shape.kind = CIRCLE;
  shape.radius = scoreAt(context, at, 'ERR need numeric radius');
  if (Number.isNaN(shape.radius)) return false;
  if (shape.radius < 0) {
    context.error('ERR radius cannot be negative');
    return false;
  }
  shape.unitM = unitAt(context, at + 1);
  return !Number.isNaN(shape.unitM);
}

function boxAt(context: CommandContext, at: number): boolean {
  const { shape } = query;
  shape.width = scoreAt(context, at, 'ERR need numeric width');
  if (Number.isNaN(shape.width)) return false;
  shape.height = scoreAt(context, at + 1, 'ERR need numeric height');
  if (Number.isNaN(shape.height)) return false;
  if (shape.width < 0 || shape.height < 0) {
    context.error('ERR height or width cannot be negative');
    return false;
  }
  shape.unitM = unitAt(context, at + 2);
  return !Number.isNaN(shape.unitM);
}

function polygonOption(context: CommandContext, at: number, left: number): number {
  if (query.hasCentre || query.hasCircle || query.hasBox) return 0;
  const { shape } = query;
  const count = integerWithin(
    context,
    at + 1,
    -MOST_CORNERS - 1,
    MOST_CORNERS,
    'ERR invalid number of vertices',
  );
  if (Number.isNaN(count)) return -1;
  if (count < LEAST_CORNERS || left - 1 < 2 * count) {
    context.error('ERR GEOSEARCH BYPOLYGON must have at least 3 vertices');
    return -1;
  }
  if (shape.corners.length < 2 * count) shape.corners = new Float64Array(2 * count);
  for (let corner = 0; corner < count; corner++) {
    if (!positionAt(context, at + 2 + 2 * corner, position)) return -1;
    shape.corners[2 * corner] = position.longitude;
    shape.corners[2 * corner + 1] = position.latitude;
  }
  shape.kind = POLYGON;
  shape.cornerCount = count;
  shape.unitM = 1;
  query.hasPolygon = true;
  return 2 + 2 * count;
}

function isConsistent(context: CommandContext, what: string): boolean {
  if (query.target !== 0 && (query.withDistance || query.withHash || query.withPosition)) {
    context.error(`ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
    return false;
  }
  if (!query.takesAny || query.count > 0 || what === 'GEOSEARCHSTORE') return true;
  context.error('ERR the ANY argument requires COUNT argument');
  return false;
}

function isComplete(context: CommandContext): boolean {
  const { isValkey, level } = context.compatibility;
  const shapes = isValkey && level >= 900 ? 'BYRADIUS, BYBOX and BYPOLYGON' : 'BYRADIUS and BYBOX';
  if (!query.hasCentre && !query.hasPolygon) {
    context.error(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${context.shown(0)}`);
  } else if (!query.hasCircle && !query.hasBox && !query.hasPolygon) {
    context.error(`ERR exactly one of ${shapes} can be specified for ${context.shown(0)}`);
  } else if (query.takesAny && query.count === 0) {
    context.error('ERR the ANY argument requires COUNT argument');
  } else return true;
  return false;
}
