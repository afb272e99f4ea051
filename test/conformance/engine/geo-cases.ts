/** Positions: adding, distances and searches of every form, errors, both protocols. */
import { createRandom } from '../../../src/base/random.ts';
import type { ConformanceCase } from '../transcript.ts';
import { everyForm } from './collections.ts';

const SICILY =
  'GEOADD s 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 13.583333 37.316667 Agrigento';
const BUILD = [
  `${SICILY} 0 0 null 179.9 10 east -179.9 10 west 2 85 north 2 -85 south`,
  'SET str x',
  'ZADD odd -1 a 1.5 b inf c 5e15 d -inf e',
].join(';');

/** Searches at many places, so that all sizes of cells and all their neighbours come into it. */
function randomSearches(): string[] {
  const random = createRandom(7);
  const commands: string[] = [];
  for (let round = 0; round < 60; round++) {
    const longitude = (random.integer(3600) - 1800) / 10;
    const latitude = (random.integer(1700) - 850) / 10;
    const reach = 10 ** random.integer(5) * (1 + random.integer(9));
    const shape = round % 2 === 0 ? `BYRADIUS ${reach} km` : `BYBOX ${reach} ${1 + random.integer(3000)} km`;
    commands.push(
      `GEOSEARCH p FROMLONLAT ${longitude} ${latitude} ${shape} ${round % 3 === 0 ? 'DESC' : 'ASC'} WITHDIST`,
    );
    if (round % 5 === 0) commands.push(`GEOSEARCH p FROMLONLAT ${longitude} ${latitude} ${shape}`);
    if (round % 7 === 0)
      commands.push(`GEOSEARCH p FROMLONLAT ${longitude} ${latitude} ${shape} COUNT 3 ANY`);
  }
  return commands;
}

function randomPoints(): string {
  const random = createRandom(11);
  let command = 'GEOADD p';
  for (let point = 0; point < 300; point++) {
    command += ` ${(random.integer(360_000) - 180_000) / 1000} ${(random.integer(170_000) - 85_000) / 1000} p${point}`;
  }
  return command;
}

export const geoEngineCases: readonly ConformanceCase[] = [
  everyForm('positions', BUILD, [
    'ZRANGE s 0 -1 WITHSCORES',
    'GEOPOS s Palermo Catania none null east west north south',
    'GEOPOS none a b',
    'GEOPOS str a',
    'GEOPOS odd a b c d e',
    'GEOHASH s Palermo Catania none null east west north south',
    'GEOHASH none a',
    'GEOHASH str a',
    'GEOHASH odd a b c d e',
    'GEODIST s Palermo Catania',
    'GEODIST s Palermo Catania m',
    'GEODIST s Palermo Catania KM',
    'GEODIST s Palermo Catania ft',
    'GEODIST s Palermo Catania mi',
    'GEODIST s Palermo Catania xx',
    'GEODIST s Palermo Palermo',
    'GEODIST s east west km',
    'GEODIST s north south km',
    'GEODIST s Palermo none',
    'GEODIST s none Palermo',
    'GEODIST none a b',
    'GEODIST none a b xx',
    'GEODIST str a b',
    'GEODIST s a b m x',
    'GEOADD s NX 1 1 Palermo 1 1 new',
    'GEOADD s XX CH 1 1 Palermo 1 1 newer',
    'GEOADD s CH 13.361389 38.115556 Palermo 2 2 third',
    'GEOADD s NX XX 1 1 a',
    'GEOADD s 1 1 a 2',
    'GEOADD s NX 1 1',
    'GEOADD s CH CH CH',
    'GEOADD s 181 1 a',
    'GEOADD s 1 86 a',
    'GEOADD s -180.5 -90.25 a',
    'GEOADD s x 1 a',
    'GEOADD s 1 x a',
    'GEOADD s 1 1e30 a',
    'GEOADD s inf 1 a',
    'GEOADD str 1 1 a',
    'GEOADD str 1 100 a',
    'GEOADD none XX 1 1 a',
    'EXISTS none',
    'GEOADD edge 180 85.05112878 a -180 -85.05112878 b 180 0 c',
    'ZRANGE edge 0 -1 WITHSCORES',
    'GEOPOS edge a b c',
    'GEOHASH edge a b c',
    'GEOPOS s',
    'GEOADD s 1 1',
  ]),
  everyForm('searches', BUILD, [
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km ASC',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km DESC WITHDIST',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD WITHHASH WITHDIST',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km COUNT 2',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1 DESC',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1 ANY',
    'GEOSEARCH s FROMMEMBER Palermo BYRADIUS 200000 m ASC WITHDIST',
    'GEOSEARCH s FROMMEMBER Palermo BYBOX 400 400 km ASC WITHDIST',
    'GEOSEARCH s FROMMEMBER Palermo BYBOX 400 1 km ASC',
    'GEOSEARCH s FROMMEMBER Palermo BYRADIUS 0 m',
    'GEOSEARCH s FROMMEMBER east BYRADIUS 100 km ASC',
    'GEOSEARCH s FROMMEMBER north BYRADIUS 500 km ASC',
    'GEOSEARCH s FROMLONLAT 0 0 BYRADIUS 30000 km ASC',
    'GEOSEARCH s FROMLONLAT 0 0 BYRADIUS 30000 km',
    'GEOSEARCH s FROMLONLAT 0 0 BYBOX 40000 40000 km ASC',
    'GEOSEARCH s FROMMEMBER none BYRADIUS 1 km',
    'GEOSEARCH none FROMMEMBER x BYRADIUS 1 km',
    'GEOSEARCH none FROMLONLAT 1 1 BYRADIUS 1 km COUNT 1',
    'GEOSEARCH str FROMLONLAT 1 1 BYRADIUS 1 km',
    'GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 xx',
    'GEOSEARCH s FROMLONLAT 1 1 BYRADIUS x km',
    'GEOSEARCH s FROMLONLAT 1 1 BYRADIUS -1 km',
    'GEOSEARCH s FROMLONLAT 1 1 BYBOX -1 1 km',
    'GEOSEARCH s FROMLONLAT 1 1 BYBOX x 1 km',
    'GEOSEARCH s FROMLONLAT 1 1 BYBOX 1 x km',
    'GEOSEARCH s FROMLONLAT 1 100 BYRADIUS 1 km',
    'GEOSEARCH s FROMLONLAT 1 1 FROMMEMBER Palermo BYRADIUS 1 km',
    'GEOSEARCH s FROMMEMBER Palermo FROMLONLAT 1 1 BYRADIUS 1 km',
    'GEOSEARCH s BYRADIUS 1 km ASC ASC ASC',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 1 km BYBOX 1 1 km',
    'GEOSEARCH s FROMLONLAT 15 37 BYBOX 1 1 km BYRADIUS 1 km',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 1 km COUNT 0',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 1 km COUNT -1',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 1 km COUNT x',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 1 km ANY',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 1 km STOREDIST',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 1 km STORE d',
    'GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 1 km FOO',
    'GEOSEARCH s FROMLONLAT 15 37 ASC DESC ASC',
    'GEOSEARCH s FROMLONLAT 1 1',
    'GEOSEARCH odd FROMLONLAT 0 0 BYRADIUS 30000 km ASC',
    'GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 200 km',
    'ZRANGE d 0 -1 WITHSCORES',
    'GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1',
    'ZRANGE d 0 -1',
    'GEOSEARCHSTORE d s FROMMEMBER Palermo BYBOX 400 400 km STOREDIST',
    'ZRANGE d 0 -1',
    'GEOSEARCHSTORE d s FROMLONLAT 100 0 BYRADIUS 1 km',
    'EXISTS d',
    'GEOSEARCHSTORE d none FROMLONLAT 100 0 BYRADIUS 1 km',
    'GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST',
    'GEOSEARCHSTORE d str FROMLONLAT 15 37 BYRADIUS 200 km',
    'GEOSEARCHSTORE d s BYRADIUS 200 km ASC ASC ASC',
    'GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 1 km ANY',
    'GEOSEARCHSTORE s s FROMLONLAT 15 37 BYRADIUS 200 km',
    'ZRANGE s 0 -1',
  ]),
  everyForm('searches of the old form', BUILD, [
    'GEORADIUS s 15 37 200 km ASC',
    'GEORADIUS s 15 37 200 km WITHDIST WITHCOORD WITHHASH DESC',
    'GEORADIUS s 15 37 200 km COUNT 1',
    'GEORADIUS_RO s 15 37 200 km WITHDIST ASC',
    'GEORADIUSBYMEMBER s Palermo 200 km ASC WITHDIST',
    'GEORADIUSBYMEMBER_RO s Palermo 200 km DESC',
    'GEORADIUSBYMEMBER s none 200 km',
    'GEORADIUSBYMEMBER none x 200 km',
    'GEORADIUSBYMEMBER none x y z',
    'GEORADIUS none 1 1 200 km',
    'GEORADIUS none 1 1 x km',
    'GEORADIUS str 1 1 200 km',
    'GEORADIUS s 1 100 200 km',
    'GEORADIUS s 1 1 x km',
    'GEORADIUS s 1 1 -1 km',
    'GEORADIUS s 1 1 1 xx',
    'GEORADIUS s 1 1 1 km FOO',
    'GEORADIUS s 1 1 1 km COUNT',
    'GEORADIUS s 1 1 1 km ANY',
    'GEORADIUS s 15 37 200 km STORE d',
    'ZRANGE d 0 -1 WITHSCORES',
    'GEORADIUS s 15 37 200 km STOREDIST d COUNT 2',
    'ZRANGE d 0 -1',
    'GEORADIUS s 15 37 200 km STOREDIST d STORE e',
    'ZRANGE e 0 -1 WITHSCORES',
    'GEORADIUS s 15 37 200 km STORE d WITHDIST',
    'GEORADIUS s 15 37 200 km STORE',
    'GEORADIUS_RO s 15 37 200 km STORE d',
    'GEORADIUSBYMEMBER s Palermo 200 km STORE d',
    'ZRANGE d 0 -1 WITHSCORES',
    'GEORADIUSBYMEMBER_RO s Palermo 200 km STORE d',
    'GEORADIUSBYMEMBER none Palermo 200 km STORE d',
    'EXISTS d',
    'GEORADIUS s 1 1 1',
  ]),
  {
    name: 'a search after one that has found thousands',
    play: async (t) => {
      const peer = await t.connect();
      const places = Array.from({ length: 5000 }, (_, at) => ['0', String(at / 100), `m${at}`]).flat();
      await peer.callList(['GEOADD', 'many', ...places]);
      for (const radius of ['20000', '10', '20000', '5'])
        await peer.call(...`GEORADIUS many 0 10 ${radius} km STORE near`.split(' '));
      await peer.calls(['GEORADIUS many 0 10 1 km ASC', 'ZCARD near']);
    },
  },
  everyForm('searches anywhere', randomPoints(), randomSearches()),
  {
    notOn: ['redis-7.0', 'redis-8.0', 'valkey-8.0'],
    ...everyForm('searches within polygons', BUILD, [
      'GEOSEARCH s BYPOLYGON 3 12 36 16 36 14 39 ASC WITHDIST',
      'GEOSEARCH s BYPOLYGON 4 10 30 20 30 20 40 10 40 WITHDIST WITHCOORD WITHHASH DESC',
      'GEOSEARCH s BYPOLYGON 4 10 30 20 30 20 40 10 40 COUNT 1',
      'GEOSEARCH s BYPOLYGON 3 100 30 101 30 101 31',
      'GEOSEARCH s BYPOLYGON 5 -170 -80 170 -80 170 80 0 20 -170 80 ASC',
      'GEOSEARCH s BYPOLYGON 2 10 30 20 30 ASC ASC',
      'GEOSEARCH s BYPOLYGON 0 10 30 20 30 20 40',
      'GEOSEARCH s BYPOLYGON -1 10 30 20 30 20 40',
      'GEOSEARCH s BYPOLYGON x 10 30 20 30 20 40',
      'GEOSEARCH s BYPOLYGON 9223372036854775807 10 30 20 30 20 40',
      'GEOSEARCH s BYPOLYGON 4 10 30 20 30 20 40',
      'GEOSEARCH s BYPOLYGON 4 10 30 20 30 20 40 ASC WITHDIST',
      'GEOSEARCH s BYPOLYGON 3 10 30 20 30 20 100',
      'GEOSEARCH s BYPOLYGON 3 10 30 20 30 20 x',
      'GEOSEARCH s FROMLONLAT 15 37 BYPOLYGON 3 12 36 16 36 14 39',
      'GEOSEARCH s FROMMEMBER Palermo BYPOLYGON 3 12 36 16 36 14 39',
      'GEOSEARCH s BYPOLYGON 3 12 36 16 36 14 39 FROMLONLAT 15 37',
      'GEOSEARCH s BYPOLYGON 3 12 36 16 36 14 39 FROMMEMBER Palermo',
      'GEOSEARCH s BYPOLYGON 3 12 36 16 36 14 39 BYRADIUS 1 km',
      'GEOSEARCH s BYRADIUS 1 km BYPOLYGON 3 12 36 16 36 14 39',
      'GEOSEARCH s BYPOLYGON 3 12 36 16 36 14 39 BYPOLYGON 3 12 36 16 36 14 39',
      'GEOSEARCH none BYPOLYGON 3 12 36 16 36 14 39',
      'GEOSEARCHSTORE d s BYPOLYGON 3 12 36 16 36 14 39',
      'ZRANGE d 0 -1 WITHSCORES',
      'GEOSEARCHSTORE d s BYPOLYGON 3 12 36 16 36 14 39 STOREDIST COUNT 1',
      'ZRANGE d 0 -1',
      'GEOSEARCH s BYPOLYGON 3 12 36 16 36 14 39 ANY',
    ]),
  },
];
