/** Positions and units among arguments. Worker thread. As valkey 8.0 `geo.c`. */
import { isWord, scoreAt, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { LATITUDE_LIMIT, LONGITUDE_LIMIT, type Position } from './geohash.ts';

const UNITS: readonly { readonly name: Uint8Array; readonly metres: number }[] = [
  { name: word('m'), metres: 1 },
  { name: word('km'), metres: 1000 },
  { name: word('ft'), metres: 0.3048 },
  { name: word('mi'), metres: 1609.34 },
];

/** Reads longitude and latitude at two arguments. False after an error. */
export function positionAt(context: CommandContext, argument: number, out: Position): boolean {
  out.longitude = scoreAt(context, argument);
  if (Number.isNaN(out.longitude)) return false;
  out.latitude = scoreAt(context, argument + 1);
  if (Number.isNaN(out.latitude)) return false;
  if (Math.abs(out.longitude) <= LONGITUDE_LIMIT && Math.abs(out.latitude) <= LATITUDE_LIMIT) return true;
  const [longitude, latitude] = [fixedText(out.longitude), fixedText(out.latitude)];
  context.error(`ERR invalid longitude,latitude pair ${longitude},${latitude}`);
  return false;
}

/** Cold: C's `%f`. */
function fixedText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

/** Metres of a unit. NaN after an error. */
export function unitAt(context: CommandContext, argument: number): number {
  for (let at = 0; at < UNITS.length; at++) {
    if (isWord(context, argument, UNITS[at].name)) return UNITS[at].metres;
  }
  context.error('ERR unsupported unit provided. please use M, KM, FT, MI');
  return Number.NaN;
}
