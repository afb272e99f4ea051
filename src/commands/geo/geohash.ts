/**
 * Positions as scores of sorted sets, and distances on the globe. Pure. As valkey 8.0 `geohash.c` and
 * `geohash_helper.c`: a cell is a pair of numbers of `step` bits, latitude and longitude; a score interleaves those of
 * 26 bits, the bits of the longitude being the higher ones.
 */

export const MAX_STEP = 26;
export const LONGITUDE_LIMIT = 180;
/** Beyond it there is no Mercator projection to speak of. */
export const LATITUDE_LIMIT = 85.05112878;
export const EARTH_RADIUS_M = 6372797.560856;
const MERCATOR_LIMIT_M = 20037726.37;
const RADIANS = Math.PI / 180;
const HALF_BITS = 13;
const HALF = 2 ** HALF_BITS;
const WORD_64 = 64;
const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';

/** Where `decode` puts its results. */
export class Position {
  longitude = Number.NaN;
  latitude = Number.NaN;
}

export function radians(degrees: number): number {
  return degrees * RADIANS;
}

export function degrees(angle: number): number {
  return angle / RADIANS;
}

/** Spreads up to 14 bits: a zero before each. */
function spread(bits: number): number {
  let spreading = (bits | (bits << 8)) & 0x00ff_00ff;
  spreading = (spreading | (spreading << 4)) & 0x0f0f_0f0f;
  spreading = (spreading | (spreading << 2)) & 0x3333_3333;
  return (spreading | (spreading << 1)) & 0x5555_5555;
}

/** The opposite of `spread`. */
function gather(bits: number): number {
  let gathering = bits & 0x5555_5555;
  gathering = (gathering | (gathering >> 1)) & 0x3333_3333;
  gathering = (gathering | (gathering >> 2)) & 0x0f0f_0f0f;
  gathering = (gathering | (gathering >> 4)) & 0x00ff_00ff;
  return (gathering | (gathering >> 8)) & 0xffff;
}

function interleave(latitude: number, longitude: number): number {
  const high = spread(Math.floor(latitude / HALF)) + 2 * spread(Math.floor(longitude / HALF));
  return high * HALF * HALF + spread(latitude % HALF) + 2 * spread(longitude % HALF);
}

/** Number of the cell that a coordinate is in, of the 2 ** step between the limits. */
export function cellOf(coordinate: number, limit: number, step: number): number {
  return Math.floor(((coordinate + limit) / (2 * limit)) * 2 ** step);
}

/** Where a cell begins. */
export function cellStart(cell: number, limit: number, step: number): number {
  return -limit + (cell / 2 ** step) * (2 * limit);
}

/** The score of a position within the limits. */
export function encode(longitude: number, latitude: number): number {
  return interleave(cellOf(latitude, LATITUDE_LIMIT, MAX_STEP), cellOf(longitude, LONGITUDE_LIMIT, MAX_STEP));
}

/** The least score of the positions in a cell. */
export function scoreOfCell(latitudeCell: number, longitudeCell: number, step: number): number {
  return interleave(latitudeCell * 2 ** (MAX_STEP - step), longitudeCell * 2 ** (MAX_STEP - step));
}

/** How many scores a cell has. */
export function scoresPerCell(step: number): number {
  return 4 ** (MAX_STEP - step);
}

/** The position in the middle of a score's cell. Any score has one, though no position may have led to it. */
export function decode(score: number, out: Position): void {
  let latitudeCell: number;
  let longitudeCell: number;
  if (score >= 0 && score < 4 ** MAX_STEP) {
    const high = Math.floor(score / (HALF * HALF));
    const low = Math.floor(score) % (HALF * HALF);
    latitudeCell = gather(high) * HALF + gather(low);
    longitudeCell = gather(high >> 1) * HALF + gather(low >> 1);
  } else {
    latitudeCell = oddCell(score, 0n);
    longitudeCell = oddCell(score, 1n);
  }
  out.latitude = middle(latitudeCell, LATITUDE_LIMIT);
  out.longitude = middle(longitudeCell, LONGITUDE_LIMIT);
}

function middle(cell: number, limit: number): number {
  // The servers' cells have 32 bits, so the one behind the last is the first.
  const next = (cell + 1) % 2 ** 32;
  const value = (cellStart(cell, limit, MAX_STEP) + cellStart(next, limit, MAX_STEP)) / 2;
  return Math.max(-limit, Math.min(limit, value));
}

/** Cold: scores that are no positions, as C makes unsigned 64-bit integers of them on the usual machines. */
function oddCell(score: number, shift: bigint): number {
  let bits = 0n;
  if (score >= 2 ** 64) bits = 0n;
  else if (score < -(2 ** 63)) bits = 2n ** 63n;
  else bits = BigInt.asUintN(WORD_64, BigInt(Math.trunc(score)));
  let cell = 0;
  for (let at = 0n; at < 32n; at++) cell += Number((bits >> (2n * at + shift)) & 1n) * 2 ** Number(at);
  return cell;
}

/** In metres, along a great circle. */
export function distance(
  longitude1: number,
  latitude1: number,
  longitude2: number,
  latitude2: number,
): number {
  const v = Math.sin((radians(longitude2) - radians(longitude1)) / 2);
  if (v === 0) return latitudeDistance(latitude1, latitude2);
  const from = radians(latitude1);
  const to = radians(latitude2);
  const u = Math.sin((to - from) / 2);
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(u * u + Math.cos(from) * Math.cos(to) * v * v));
}

export function latitudeDistance(latitude1: number, latitude2: number): number {
  return EARTH_RADIUS_M * Math.abs(radians(latitude2) - radians(latitude1));
}

/** How small the cells are of which nine cover a circle, more or less. */
export function stepForRadius(radiusM: number, latitude: number): number {
  if (radiusM === 0) return MAX_STEP;
  let step = 1;
  for (let reach = radiusM; reach < MERCATOR_LIMIT_M; reach *= 2) step += 1;
  step -= 2;
  // Meridians are nearer to each other towards the poles.
  const size = Math.abs(latitude);
  if (size > 66) step -= size > 80 ? 2 : 1;
  return Math.max(1, Math.min(MAX_STEP, step));
}

/** The position of a score in the usual notation of eleven characters, the last of which is always 0. Allocates. */
export function geohashText(score: number, scratch: Position): string {
  decode(score, scratch);
  const bits = interleave(cellOf(scratch.latitude, 90, MAX_STEP), cellOf(scratch.longitude, 180, MAX_STEP));
  let text = '';
  for (let index = 1; index <= 10; index++) text += ALPHABET[Math.floor(bits / 2 ** (52 - 5 * index)) % 32];
  return `${text}0`;
}

/** A coordinate with up to 17 digits behind the point: C's `%.17Lf` without zeros at its end. Allocates. */
export function coordinateText(value: number): string {
  return value.toFixed(17).replace(/\.?0+$/, '');
}

/** A distance with four digits behind the point, rounded as `llrint` rounds. Allocates. */
export function distanceText(value: number): string {
  const scaled = value * 10_000;
  if (!(Math.abs(scaled) < 2 ** 52)) return value.toFixed(4);
  let rounded = Math.round(scaled);
  if (rounded - scaled === 0.5 && rounded % 2 !== 0) rounded -= 1;
  const digits = String(rounded).padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
