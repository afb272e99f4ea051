/**
 * Members within an area.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { MEMBERS_WITH_POSITIONS } from '../reply-shapes.ts';
import {
  added,
  block,
  double,
  EXACT,
  flag,
  integer,
  key,
  keyAfter,
  keyAt,
  many,
  oneOf,
  optional,
  shownAs,
  since,
  text,
  token,
} from '../shapes.ts';
import {
  runGeoradius,
  runGeoradiusbymember,
  runGeoradiusbymemberRo,
  runGeoradiusRo,
  runGeosearch,
  runGeosearchstore,
} from './run-search.ts';
import { geoSearchRule } from './search-order.ts';

export const geosearch = defineCommand({
  name: 'geosearch',
  summary: 'Queries a geospatial index for members inside an area of a box, circle, or a polygon.',
  group: 'geo',
  since: since('6.2.0'),
  arity: -7,
  flags: ['readonly'],
  categories: ['read', 'geo', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: geoSearchRule,
  mirror: 'verbatim',
  resp3: MEMBERS_WITH_POSITIONS,
  arguments: [
    key(),
    optional(
      oneOf(
        'from',
        text('member', 'FROMMEMBER'),
        token('FROMLONLAT', block('fromlonlat', double('longitude'), double('latitude'))),
      ),
    ),
    oneOf(
      'by',
      block(
        'circle',
        double('radius', 'BYRADIUS'),
        oneOf('unit', flag('M'), flag('KM'), flag('FT'), flag('MI')),
      ),
      block(
        'box',
        double('width', 'BYBOX'),
        double('height'),
        oneOf('unit', flag('M'), flag('KM'), flag('FT'), flag('MI')),
      ),
      added(
        since(null, '9.0.0'),
        block(
          'polygon',
          integer('num-vertices', 'BYPOLYGON'),
          many(block('vertices', double('longitude'), double('latitude'))),
        ),
      ),
    ),
    optional(oneOf('order', flag('ASC'), flag('DESC'))),
    optional(block('count-block', integer('count', 'COUNT'), optional(flag('ANY')))),
    optional(flag('WITHCOORD')),
    optional(flag('WITHDIST')),
    optional(flag('WITHHASH')),
  ],
  run: runGeosearch,
});

export const geosearchstore = defineCommand({
  name: 'geosearchstore',
  summary: 'Queries a geospatial index for members inside an area, and stores the result.',
  group: 'geo',
  since: since('6.2.0'),
  arity: -8,
  flags: ['write', 'denyoom'],
  categories: ['write', 'geo', 'slow'],
  keys: [keyAt(1, 'OW', 'update'), keyAt(2, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  mirror: 'verbatim',
  arguments: [
    key('destination'),
    key('source', 1),
    optional(
      oneOf(
        'from',
        text('member', 'FROMMEMBER'),
        token('FROMLONLAT', block('fromlonlat', double('longitude'), double('latitude'))),
      ),
    ),
    oneOf(
      'by',
      block(
        'circle',
        double('radius', 'BYRADIUS'),
        oneOf('unit', flag('M'), flag('KM'), flag('FT'), flag('MI')),
      ),
      block(
        'box',
        double('width', 'BYBOX'),
        double('height'),
        oneOf('unit', flag('M'), flag('KM'), flag('FT'), flag('MI')),
      ),
      added(
        since(null, '9.0.0'),
        block(
          'polygon',
          integer('num-vertices', 'BYPOLYGON'),
          many(block('vertices', double('longitude'), double('latitude'))),
        ),
      ),
    ),
    optional(oneOf('order', flag('ASC'), flag('DESC'))),
    optional(block('count-block', integer('count', 'COUNT'), optional(flag('ANY')))),
    optional(flag('STOREDIST')),
  ],
  run: runGeosearchstore,
});

export const georadius = defineCommand({
  name: 'georadius',
  summary: 'Queries a geospatial index for members within a distance from a coordinate.',
  group: 'geo',
  since: since('3.2.0'),
  arity: -6,
  flags: ['write', 'denyoom', 'movablekeys'],
  categories: ['write', 'geo', 'slow'],
  keys: [
    keyAt(1, 'RO', 'access'),
    keyAfter('STORE', 6, 'OW', 'update'),
    keyAfter('STOREDIST', 6, 'OW', 'update'),
  ],
  keySearch: 'geo-store',
  session: 'none',
  compare: EXACT,
  compareWith: geoSearchRule,
  mirror: 'verbatim',
  variants: {
    'valkey-9.1': {
      keys: [
        keyAt(1, 'RO', 'access'),
        keyAfter('STORE', 6, 'OW', 'update', 'variable_flags'),
        keyAfter('STOREDIST', 6, 'OW', 'update', 'variable_flags'),
      ],
    },
  },
  resp3: MEMBERS_WITH_POSITIONS,
  arguments: [
    key(),
    double('longitude'),
    double('latitude'),
    double('radius'),
    oneOf('unit', flag('M'), flag('KM'), flag('FT'), flag('MI')),
    optional(flag('WITHCOORD')),
    optional(flag('WITHDIST')),
    optional(flag('WITHHASH')),
    optional(block('count-block', integer('count', 'COUNT'), added(since('6.2.0'), optional(flag('ANY'))))),
    optional(oneOf('order', flag('ASC'), flag('DESC'))),
    optional(
      oneOf(
        'store',
        shownAs('key', key('storekey', 1, 'STORE')),
        shownAs('key', key('storedistkey', 2, 'STOREDIST')),
      ),
    ),
  ],
  run: runGeoradius,
});

export const georadiusRo = defineCommand({
  name: 'georadius_ro',
  summary: 'Returns members from a geospatial index that are within a distance from a coordinate.',
  group: 'geo',
  since: since('3.2.10'),
  arity: -6,
  flags: ['readonly'],
  categories: ['read', 'geo', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: geoSearchRule,
  mirror: 'verbatim',
  resp3: MEMBERS_WITH_POSITIONS,
  arguments: [
    key(),
    double('longitude'),
    double('latitude'),
    double('radius'),
    oneOf('unit', flag('M'), flag('KM'), flag('FT'), flag('MI')),
    optional(flag('WITHCOORD')),
    optional(flag('WITHDIST')),
    optional(flag('WITHHASH')),
    optional(block('count-block', integer('count', 'COUNT'), added(since('6.2.0'), optional(flag('ANY'))))),
    optional(oneOf('order', flag('ASC'), flag('DESC'))),
  ],
  run: runGeoradiusRo,
});

export const georadiusbymember = defineCommand({
  name: 'georadiusbymember',
  summary:
    'Queries a geospatial index for members within a distance from a member, optionally stores the result.',
  group: 'geo',
  since: since('3.2.0'),
  arity: -5,
  flags: ['write', 'denyoom', 'movablekeys'],
  categories: ['write', 'geo', 'slow'],
  keys: [
    keyAt(1, 'RO', 'access'),
    keyAfter('STORE', 5, 'OW', 'update'),
    keyAfter('STOREDIST', 5, 'OW', 'update'),
  ],
  keySearch: 'geo-store',
  session: 'none',
  compare: EXACT,
  compareWith: geoSearchRule,
  mirror: 'verbatim',
  variants: {
    'valkey-9.1': {
      keys: [
        keyAt(1, 'RO', 'access'),
        keyAfter('STORE', 5, 'OW', 'update', 'variable_flags'),
        keyAfter('STOREDIST', 5, 'OW', 'update', 'variable_flags'),
      ],
    },
  },
  resp3: MEMBERS_WITH_POSITIONS,
  arguments: [
    key(),
    text('member'),
    double('radius'),
    oneOf('unit', flag('M'), flag('KM'), flag('FT'), flag('MI')),
    optional(flag('WITHCOORD')),
    optional(flag('WITHDIST')),
    optional(flag('WITHHASH')),
    optional(block('count-block', integer('count', 'COUNT'), optional(flag('ANY')))),
    optional(oneOf('order', flag('ASC'), flag('DESC'))),
    optional(
      oneOf(
        'store',
        shownAs('key', key('storekey', 1, 'STORE')),
        shownAs('key', key('storedistkey', 2, 'STOREDIST')),
      ),
    ),
  ],
  run: runGeoradiusbymember,
});

export const georadiusbymemberRo = defineCommand({
  name: 'georadiusbymember_ro',
  summary: 'Returns members from a geospatial index that are within a distance from a member.',
  group: 'geo',
  since: since('3.2.10'),
  arity: -5,
  flags: ['readonly'],
  categories: ['read', 'geo', 'slow'],
  keys: [keyAt(1, 'RO', 'access')],
  session: 'none',
  compare: EXACT,
  compareWith: geoSearchRule,
  mirror: 'verbatim',
  resp3: MEMBERS_WITH_POSITIONS,
  arguments: [
    key(),
    text('member'),
    double('radius'),
    oneOf('unit', flag('M'), flag('KM'), flag('FT'), flag('MI')),
    optional(flag('WITHCOORD')),
    optional(flag('WITHDIST')),
    optional(flag('WITHHASH')),
    optional(block('count-block', integer('count', 'COUNT'), optional(flag('ANY')))),
    optional(oneOf('order', flag('ASC'), flag('DESC'))),
  ],
  run: runGeoradiusbymemberRo,
});

export const geoSearchCommands: readonly CommandDefinition[] = [
  geosearch,
  geosearchstore,
  georadius,
  georadiusRo,
  georadiusbymember,
  georadiusbymemberRo,
];
