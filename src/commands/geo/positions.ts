/**
 * Positions of members and distances between them.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { POSITIONS } from '../reply-shapes.ts';
import {
  added,
  block,
  double,
  EXACT,
  FLOAT,
  flag,
  key,
  keyAt,
  many,
  oneOf,
  optional,
  since,
  text,
} from '../shapes.ts';
import { runGeoadd, runGeodist, runGeohash, runGeopos } from './run-positions.ts';

export const geoadd = defineCommand({
  name: 'geoadd',
  summary: "Adds one or more members to a geospatial index. The key is created if it doesn't exist.",
  group: 'geo',
  since: since('3.2.0'),
  arity: -5,
  flags: ['write', 'denyoom'],
  categories: ['write', 'geo', 'slow'],
  keys: [keyAt(1, 'RW', 'update')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key(),
    added(since('6.2.0'), optional(oneOf('condition', flag('NX'), flag('XX')))),
    added(since('6.2.0'), optional(flag('CH', 'change'))),
    many(block('data', double('longitude'), double('latitude'), text('member'))),
  ],
  run: runGeoadd,
});

export const geopos = defineCommand({
  name: 'geopos',
  summary: 'Returns the longitude and latitude of members from a geospatial index.',
  group: 'geo',
  since: since('3.2.0'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'geo', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: FLOAT,
  mirror: 'verbatim',
  resp3: POSITIONS,
  arguments: [key(), optional(many(text('member')))],
  run: runGeopos,
});

export const geodist = defineCommand({
  name: 'geodist',
  summary: 'Returns the distance between two members of a geospatial index.',
  group: 'geo',
  since: since('3.2.0'),
  arity: -4,
  flags: ['readonly'],
  categories: ['read', 'geo', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: { rule: 'float', tolerance: 1e-9 },
  mirror: 'verbatim',
  arguments: [
    key(),
    text('member1'),
    text('member2'),
    optional(oneOf('unit', flag('M'), flag('KM'), flag('FT'), flag('MI'))),
  ],
  run: runGeodist,
});

export const geohash = defineCommand({
  name: 'geohash',
  summary: 'Returns members from a geospatial index as geohash strings.',
  group: 'geo',
  since: since('3.2.0'),
  arity: -2,
  flags: ['readonly'],
  categories: ['read', 'geo', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [key(), optional(many(text('member')))],
  run: runGeohash,
});

export const geoPositionsCommands: readonly CommandDefinition[] = [geoadd, geopos, geodist, geohash];
