/** Strings, counters, bitmaps, HyperLogLogs and whole-key commands of the mixed load. */
import { ACCEPT_INTEGER, ACCEPT_LIST, ACCEPT_SIMPLE, type Mix, NUMBER_TEXT, STRING_OR_NULL } from './mix.ts';
import type { Builder } from './mix-table.ts';

const INTEGER = ACCEPT_INTEGER;

export const stringBuilders: readonly Builder[] = [
  [30, (m) => m.add(STRING_OR_NULL, ['GET', m.key('string')])],
  [20, (m) => m.add(ACCEPT_SIMPLE, ['SET', m.key('string'), m.value()])],
  [
    3,
    (m) => m.add(STRING_OR_NULL | ACCEPT_SIMPLE, ['SET', m.key('string'), m.value(), m.pick(['NX', 'XX'])]),
  ],
  [3, (m) => m.add(STRING_OR_NULL, ['SET', m.key('string'), m.value(), 'GET'])],
  [4, (m) => m.add(INTEGER, ['SETNX', m.key('string'), m.value()])],
  [4, (m) => m.add(INTEGER, ['APPEND', m.key('string'), m.value()])],
  [3, (m) => m.add(STRING_OR_NULL, ['GETRANGE', m.key('string'), m.between(-20, 20), m.between(-20, 40)])],
  [3, (m) => m.add(INTEGER, ['SETRANGE', m.key('string'), m.below(200), m.value()])],
  [3, (m) => m.add(INTEGER, ['STRLEN', m.key('string')])],
  [4, (m) => m.add(STRING_OR_NULL, ['GETSET', m.key('string'), m.value()])],
  [3, (m) => m.add(STRING_OR_NULL, ['GETDEL', m.key('string')])],
  [5, (m) => m.add(ACCEPT_LIST, ['MGET', ...m.keys('string', 1, 6)])],
  [5, (m) => m.add(ACCEPT_SIMPLE, ['MSET', ...m.keys('string', 1, 5).flatMap((key) => [key, m.value()])])],
  [1, (m) => m.add(INTEGER, ['MSETNX', ...m.keys('string', 1, 2).flatMap((key) => [key, m.value()])])],
  [1, (m) => m.add(STRING_OR_NULL | INTEGER, ['LCS', m.key('number'), m.key('number'), 'LEN'])],
];

export const counterBuilders: readonly Builder[] = [
  [12, (m) => m.add(INTEGER, ['INCR', m.key('number')])],
  [6, (m) => m.add(INTEGER, ['DECR', m.key('number')])],
  [6, (m) => m.add(INTEGER, ['INCRBY', m.key('number'), m.between(-1000, 1000)])],
  [2, (m) => m.add(INTEGER, ['DECRBY', m.key('number'), m.between(-1000, 1000)])],
  [3, (m) => m.add(NUMBER_TEXT, ['INCRBYFLOAT', `${m.key('number')}:f`, m.between(-40, 40) / 8])],
  [3, (m) => m.add(ACCEPT_SIMPLE, ['SET', m.key('number'), m.below(1000)])],
  [4, (m) => m.add(STRING_OR_NULL, ['GET', m.key('number')])],
  [1, (m) => m.add(STRING_OR_NULL, ['GETSET', m.key('number'), 0])],
];

export const bitBuilders: readonly Builder[] = [
  [3, (m) => m.add(INTEGER, ['SETBIT', m.key('bits'), m.below(2000), m.below(2)])],
  [2, (m) => m.add(INTEGER, ['GETBIT', m.key('bits'), m.below(2000)])],
  [2, (m) => m.add(INTEGER, ['BITCOUNT', m.key('bits')])],
  [1, (m) => m.add(INTEGER, ['BITPOS', m.key('bits'), m.below(2)])],
  [
    1,
    (m) =>
      m.add(INTEGER, ['BITOP', m.pick(['AND', 'OR', 'XOR']), m.key('bits'), m.key('bits'), m.key('bits')]),
  ],
  [
    1,
    (m) =>
      m.add(ACCEPT_LIST, [
        'BITFIELD',
        m.key('bits'),
        'INCRBY',
        'u8',
        m.below(500),
        m.below(30),
        'GET',
        'i16',
        3,
      ]),
  ],
  [2, (m) => m.add(INTEGER, ['PFADD', `${m.key('bits')}:hll`, m.member(), m.member()])],
  [1, (m) => m.add(INTEGER, ['PFCOUNT', `${m.key('bits')}:hll`, `${m.key('bits')}:hll`])],
  [1, (m) => m.add(ACCEPT_SIMPLE, ['PFMERGE', `${m.key('bits')}:hll`, `${m.key('bits')}:hll`])],
];

const plainKinds = ['string', 'number', 'list', 'hash', 'set', 'zset'] as const;

export const keyBuilders: readonly Builder[] = [
  [3, (m) => m.add(INTEGER, ['DEL', ...m.keys(m.pick(plainKinds), 1, 2)])],
  [2, (m) => m.add(INTEGER, ['UNLINK', ...m.keys(m.pick(plainKinds), 1, 2)])],
  [3, (m) => m.add(INTEGER, ['EXISTS', ...m.keys(m.pick(plainKinds), 1, 3)])],
  [3, (m) => m.add(ACCEPT_SIMPLE, ['TYPE', m.key(m.pick(plainKinds))])],
  [1, (m) => m.add(INTEGER, ['TOUCH', m.key(m.pick(plainKinds))])],
  [1, (m) => renameWithin(m, 'RENAME', ACCEPT_SIMPLE)],
  [1, (m) => renameWithin(m, 'RENAMENX', INTEGER)],
  [1, (m) => copyWithin(m)],
  [1, (m) => m.add(ACCEPT_LIST, ['SORT', m.key('list'), 'ALPHA', 'LIMIT', 0, 5])],
  [1, (m) => m.add(INTEGER, ['SORT', m.key('set'), 'ALPHA', 'STORE', m.key('list')])],
];

function renameWithin(mix: Mix, name: string, accepts: number): void {
  const kind = mix.pick(plainKinds);
  mix.add(accepts, [name, mix.key(kind), mix.key(kind)]);
}

function copyWithin(mix: Mix): void {
  const kind = mix.pick(plainKinds);
  mix.add(INTEGER, ['COPY', mix.key(kind), mix.key(kind), ...(mix.chance(0.5) ? ['REPLACE'] : [])]);
}
