/**
 * The shape of a search: a circle, a box or a polygon; which cells cover it, and which positions are inside. Worker
 * thread. As valkey 9.0 `geohash_helper.c`.
 */
import {
  cellOf,
  cellStart,
  degrees,
  distance,
  EARTH_RADIUS_M,
  LATITUDE_LIMIT,
  LONGITUDE_LIMIT,
  latitudeDistance,
  radians,
  stepForRadius,
} from './geohash.ts';

export const CIRCLE = 0;
export const BOX = 1;
export const POLYGON = 2;

export class GeoShape {
  kind = CIRCLE;
  /** Of the centre. */
  longitude = Number.NaN;
  latitude = Number.NaN;
  /** Metres of the unit that radius, width and height are in. */
  unitM = 1;
  radius = Number.NaN;
  width = Number.NaN;
  height = Number.NaN;
  /** Of a polygon: longitude and latitude of each corner. */
  corners = new Float64Array(16);
  cornerCount = 0;
  minLongitude = Number.NaN;
  maxLongitude = Number.NaN;
  minLatitude = Number.NaN;
  maxLatitude = Number.NaN;
  /** Set by `isInside`: metres from the centre. */
  distance = Number.NaN;
}

/** Cells around the one in the middle: that one, N, S, E, W, NE, NW, SE, SW. */
const NORTHWARDS = Int32Array.of(0, 1, -1, 0, 0, 1, 1, -1, -1);
const EASTWARDS = Int32Array.of(0, 0, 0, 1, -1, 1, -1, 1, -1);

/** Nine cells at most, in the order in which they are searched. */
export class GeoCells {
  step = 1;
  readonly latitudes = new Float64Array(9);
  readonly longitudes = new Float64Array(9);
  readonly isUsed = new Uint8Array(9);
}

/** Fills in the bounds, and for a polygon the centre: that of its corners on the globe. */
function findBounds(shape: GeoShape): void {
  if (shape.kind === POLYGON) {
    findPolygonBounds(shape);
    return;
  }
  const { longitude, latitude, unitM } = shape;
  const height = unitM * (shape.kind === CIRCLE ? shape.radius : shape.height / 2);
  const width = unitM * (shape.kind === CIRCLE ? shape.radius : shape.width / 2);
  const latitudeReach = degrees(height / EARTH_RADIUS_M);
  // Of the two edges the one nearer to the pole spans more degrees.
  const widest = latitude < 0 ? latitude - latitudeReach : latitude + latitudeReach;
  const longitudeReach = degrees(width / EARTH_RADIUS_M / Math.cos(radians(widest)));
  shape.minLongitude = longitude - longitudeReach;
  shape.maxLongitude = longitude + longitudeReach;
  shape.minLatitude = latitude - latitudeReach;
  shape.maxLatitude = latitude + latitudeReach;
}

function findPolygonBounds(shape: GeoShape): void {
  const { corners, cornerCount } = shape;
  let [x, y, z] = [0, 0, 0];
  shape.minLongitude = LONGITUDE_LIMIT;
  shape.maxLongitude = -LONGITUDE_LIMIT;
  shape.minLatitude = LATITUDE_LIMIT;
  shape.maxLatitude = -LATITUDE_LIMIT;
  for (let at = 0; at < 2 * cornerCount; at += 2) {
    const longitude = corners[at];
    const latitude = corners[at + 1];
    if (longitude < shape.minLongitude) shape.minLongitude = longitude;
    if (longitude > shape.maxLongitude) shape.maxLongitude = longitude;
    if (latitude < shape.minLatitude) shape.minLatitude = latitude;
    if (latitude > shape.maxLatitude) shape.maxLatitude = latitude;
    const longitudeAngle = radians(longitude);
    const latitudeAngle = radians(latitude);
    x += Math.cos(latitudeAngle) * Math.cos(longitudeAngle);
    y += Math.cos(latitudeAngle) * Math.sin(longitudeAngle);
    z += Math.sin(latitudeAngle);
  }
  shape.longitude = degrees(Math.atan2(y, x));
  shape.latitude = degrees(Math.atan2(z, Math.sqrt(x * x + y * y)));
}

/** Metres from the centre to what is farthest away. */
function reachOf(shape: GeoShape): number {
  const { longitude, latitude, unitM, width, height } = shape;
  if (shape.kind === CIRCLE) return shape.radius * unitM;
  if (shape.kind === BOX) {
    return Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2)) * unitM;
  }
  const { minLongitude, maxLongitude, minLatitude, maxLatitude } = shape;
  return Math.max(
    distance(longitude, latitude, minLongitude, maxLatitude),
    distance(longitude, latitude, maxLongitude, maxLatitude),
    distance(longitude, latitude, minLongitude, minLatitude),
    distance(longitude, latitude, maxLongitude, minLatitude),
  );
}

/** Finds the cells that cover the shape. */
export function coverShape(shape: GeoShape, cells: GeoCells): void {
  findBounds(shape);
  const step = stepForRadius(reachOf(shape), shape.latitude);
  placeCells(shape, cells, step);
  // Near the edge of a cell its neighbours may not reach far enough.
  if (step > 1 && !reachesBounds(shape, cells)) placeCells(shape, cells, step - 1);
  if (cells.step >= 2) dropUseless(shape, cells);
}

function placeCells(shape: GeoShape, cells: GeoCells, step: number): void {
  const { latitudes, longitudes } = cells;
  const count = 2 ** step;
  const latitude = cellOf(shape.latitude, LATITUDE_LIMIT, step);
  const longitude = cellOf(shape.longitude, LONGITUDE_LIMIT, step);
  cells.step = step;
  for (let index = 0; index < 9; index++) {
    const north = NORTHWARDS[index];
    const east = EASTWARDS[index];
    // What has not moved stays as it is, even behind the last cell, where the limit itself is.
    latitudes[index] = north === 0 ? latitude : (latitude + north + count) % count;
    longitudes[index] = east === 0 ? longitude : (longitude + east + count) % count;
    cells.isUsed[index] = 1;
  }
}

function reachesBounds(shape: GeoShape, cells: GeoCells): boolean {
  const { latitudes, longitudes, step } = cells;
  if (cellStart(latitudes[1] + 1, LATITUDE_LIMIT, step) < shape.maxLatitude) return false;
  if (cellStart(latitudes[2], LATITUDE_LIMIT, step) > shape.minLatitude) return false;
  if (cellStart(longitudes[3] + 1, LONGITUDE_LIMIT, step) < shape.maxLongitude) return false;
  return !(cellStart(longitudes[4], LONGITUDE_LIMIT, step) > shape.minLongitude);
}

/** Neighbours on a side where the cell in the middle reaches beyond the bounds. */
function dropUseless(shape: GeoShape, cells: GeoCells): void {
  const { latitudes, longitudes, step, isUsed } = cells;
  const noSouth = cellStart(latitudes[0], LATITUDE_LIMIT, step) < shape.minLatitude;
  const noNorth = cellStart(latitudes[0] + 1, LATITUDE_LIMIT, step) > shape.maxLatitude;
  const noWest = cellStart(longitudes[0], LONGITUDE_LIMIT, step) < shape.minLongitude;
  const noEast = cellStart(longitudes[0] + 1, LONGITUDE_LIMIT, step) > shape.maxLongitude;
  for (let index = 1; index < 9; index++) {
    const isUseless =
      (noSouth && NORTHWARDS[index] < 0) ||
      (noNorth && NORTHWARDS[index] > 0) ||
      (noWest && EASTWARDS[index] < 0) ||
      (noEast && EASTWARDS[index] > 0);
    if (isUseless) isUsed[index] = 0;
  }
}

/** Whether a position is within the shape, whose `distance` then says how far from the centre. */
export function isInside(shape: GeoShape, longitude: number, latitude: number): boolean {
  if (shape.kind === BOX) {
    if (latitudeDistance(latitude, shape.latitude) > (shape.height * shape.unitM) / 2) return false;
    const aside = distance(longitude, latitude, shape.longitude, latitude);
    if (aside > (shape.width * shape.unitM) / 2) return false;
  } else if (shape.kind === POLYGON && !isInPolygon(shape, longitude, latitude)) return false;
  shape.distance = distance(shape.longitude, shape.latitude, longitude, latitude);
  return shape.kind !== CIRCLE || !(shape.distance > shape.radius * shape.unitM);
}

/** A line from the position to the east crosses an odd number of edges. */
function isInPolygon({ corners, cornerCount }: GeoShape, longitude: number, latitude: number): boolean {
  let inside = false;
  for (let at = 0, before = 2 * (cornerCount - 1); at < 2 * cornerCount; before = at, at += 2) {
    const [x, y] = [corners[at], corners[at + 1]];
    const [otherX, otherY] = [corners[before], corners[before + 1]];
    if (y > latitude === otherY > latitude) continue;
    if (longitude < ((otherX - x) * (latitude - y)) / (otherY - y) + x) inside = !inside;
  }
  return inside;
}
