/** Lists, hashes, sets and sorted sets of the mixed load. Collections draw on a small universe and so stay small. */
import {
  ACCEPT_BULK,
  ACCEPT_DOUBLE,
  ACCEPT_INTEGER,
  ACCEPT_LIST,
  ACCEPT_NULL,
  ACCEPT_SIMPLE,
  LIST_OR_NULL,
  type Mix,
  NUMBER_TEXT,
  STRING_OR_NULL,
} from './mix.ts';
import type { Builder } from './mix-table.ts';

const INTEGER = ACCEPT_INTEGER;
const LIST = ACCEPT_LIST;
const POPPED = ACCEPT_BULK | LIST_OR_NULL;
const LEFT_RIGHT = ['LEFT', 'RIGHT'] as const;

export const listBuilders: readonly Builder[] = [
  [8, (m) => m.add(INTEGER, [m.pick(['LPUSH', 'RPUSH']), m.key('list'), ...m.members(4)])],
  [2, (m) => m.add(INTEGER, [m.pick(['LPUSHX', 'RPUSHX']), m.key('list'), m.value()])],
  [8, (m) => m.add(STRING_OR_NULL, [m.pick(['LPOP', 'RPOP']), m.key('list')])],
  [2, (m) => m.add(POPPED, [m.pick(['LPOP', 'RPOP']), m.key('list'), m.between(1, 4)])],
  [6, (m) => m.add(LIST, ['LRANGE', m.key('list'), m.between(-10, 5), m.between(-5, 20)])],
  [3, (m) => m.add(INTEGER, ['LLEN', m.key('list')])],
  [2, (m) => m.add(STRING_OR_NULL, ['LINDEX', m.key('list'), m.between(-5, 5)])],
  [2, (m) => m.add(ACCEPT_SIMPLE, ['LSET', m.key('list'), m.between(-3, 3), m.value()])],
  [2, (m) => m.add(INTEGER, ['LINSERT', m.key('list'), m.pick(['BEFORE', 'AFTER']), m.member(), m.value()])],
  [2, (m) => m.add(INTEGER, ['LREM', m.key('list'), m.between(-2, 2), m.member()])],
  [4, (m) => m.add(ACCEPT_SIMPLE, ['LTRIM', m.key('list'), m.between(0, 3), m.between(-12, 20)])],
  [
    3,
    (m) =>
      m.add(STRING_OR_NULL, ['LMOVE', m.key('list'), m.key('list'), m.pick(LEFT_RIGHT), m.pick(LEFT_RIGHT)]),
  ],
  [1, (m) => m.add(STRING_OR_NULL, ['RPOPLPUSH', m.key('list'), m.key('list')])],
  [
    1,
    (m) =>
      m.add(LIST_OR_NULL, [
        'LMPOP',
        2,
        m.key('list'),
        m.key('list'),
        m.pick(LEFT_RIGHT),
        'COUNT',
        m.between(1, 3),
      ]),
  ],
  [1, (m) => m.add(ACCEPT_INTEGER | ACCEPT_NULL, ['LPOS', m.key('list'), m.member()])],
];

export const hashBuilders: readonly Builder[] = [
  [8, (m) => m.add(INTEGER, ['HSET', m.key('hash'), ...m.members(3).flatMap((field) => [field, m.value()])])],
  [1, (m) => m.add(ACCEPT_SIMPLE, ['HMSET', m.key('hash'), m.member(), m.value()])],
  [1, (m) => m.add(INTEGER, ['HSETNX', m.key('hash'), m.member(), m.value()])],
  [6, (m) => m.add(STRING_OR_NULL, ['HGET', m.key('hash'), m.member()])],
  [3, (m) => m.add(LIST, ['HMGET', m.key('hash'), ...m.members(4)])],
  [3, (m) => m.add(LIST, ['HGETALL', m.key('hash')])],
  [2, (m) => m.add(LIST, [m.pick(['HKEYS', 'HVALS']), m.key('hash')])],
  [3, (m) => m.add(INTEGER, ['HDEL', m.key('hash'), ...m.members(3)])],
  [2, (m) => m.add(INTEGER, ['HLEN', m.key('hash')])],
  [2, (m) => m.add(INTEGER, ['HEXISTS', m.key('hash'), m.member()])],
  [1, (m) => m.add(INTEGER, ['HSTRLEN', m.key('hash'), m.member()])],
  [3, (m) => m.add(INTEGER, ['HINCRBY', m.key('hash'), `n${m.below(4)}`, m.between(-9, 9)])],
  [2, (m) => m.add(NUMBER_TEXT, ['HINCRBYFLOAT', m.key('hash'), `f${m.below(4)}`, m.between(-40, 40) / 8])],
  [1, (m) => m.add(STRING_OR_NULL, ['HRANDFIELD', m.key('hash')])],
  [1, (m) => m.add(LIST, ['HSCAN', m.key('hash'), 0, 'COUNT', 20])],
];

export const setBuilders: readonly Builder[] = [
  [8, (m) => m.add(INTEGER, ['SADD', m.key('set'), ...m.members(5)])],
  [4, (m) => m.add(INTEGER, ['SREM', m.key('set'), ...m.members(3)])],
  [4, (m) => m.add(STRING_OR_NULL, ['SPOP', m.key('set')])],
  [2, (m) => m.add(LIST_OR_NULL, ['SPOP', m.key('set'), m.between(0, 4)])],
  [4, (m) => m.add(LIST, ['SMEMBERS', m.key('set')])],
  [3, (m) => m.add(INTEGER, ['SISMEMBER', m.key('set'), m.member()])],
  [2, (m) => m.add(LIST, ['SMISMEMBER', m.key('set'), ...m.members(3)])],
  [2, (m) => m.add(INTEGER, ['SCARD', m.key('set')])],
  [
    2,
    (m) =>
      m.add(STRING_OR_NULL | LIST, [
        'SRANDMEMBER',
        m.key('set'),
        ...(m.chance(0.5) ? [m.between(-3, 3)] : []),
      ]),
  ],
  [2, (m) => m.add(INTEGER, ['SMOVE', m.key('set'), m.key('set'), m.member()])],
  [2, (m) => m.add(LIST, [m.pick(['SINTER', 'SUNION', 'SDIFF']), ...m.keys('set', 2, 3)])],
  [2, (m) => m.add(INTEGER, [m.pick(['SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE']), ...m.keys('set', 2, 4)])],
  [1, (m) => m.add(INTEGER, ['SINTERCARD', 2, m.key('set'), m.key('set')])],
  [1, (m) => m.add(LIST, ['SSCAN', m.key('set'), 0, 'COUNT', 20])],
  [1, (m) => m.add(INTEGER, ['SADD', m.key('set'), ...Array.from({ length: 4 }, () => m.below(600))])],
];

function scoreMembers(mix: Mix): string[] {
  return mix.members(3).flatMap((member) => [mix.score(), member]);
}

export const sortedSetBuilders: readonly Builder[] = [
  [8, (m) => m.add(INTEGER, ['ZADD', m.key('zset'), ...scoreMembers(m)])],
  [
    2,
    (m) =>
      m.add(INTEGER, ['ZADD', m.key('zset'), m.pick(['NX', 'XX', 'GT', 'LT']), 'CH', ...scoreMembers(m)]),
  ],
  [2, (m) => m.add(NUMBER_TEXT, ['ZADD', m.key('zset'), 'INCR', m.between(-9, 9), m.member()])],
  [4, (m) => m.add(NUMBER_TEXT, ['ZINCRBY', m.key('zset'), m.between(-80, 80) / 8, m.member()])],
  [
    4,
    (m) =>
      m.add(LIST, ['ZRANGE', m.key('zset'), 0, m.between(-3, 12), ...(m.chance(0.5) ? ['WITHSCORES'] : [])]),
  ],
  [2, (m) => m.add(LIST, ['ZRANGEBYSCORE', m.key('zset'), '-inf', m.score(), 'LIMIT', 0, 5])],
  [1, (m) => m.add(LIST, ['ZREVRANGE', m.key('zset'), 0, 4, 'WITHSCORES'])],
  [1, (m) => m.add(LIST, ['ZREVRANGEBYSCORE', m.key('zset'), '+inf', '(-3'])],
  [3, (m) => m.add(NUMBER_TEXT, ['ZSCORE', m.key('zset'), m.member()])],
  [1, (m) => m.add(LIST, ['ZMSCORE', m.key('zset'), m.member(), m.member()])],
  [2, (m) => m.add(INTEGER | ACCEPT_NULL, [m.pick(['ZRANK', 'ZREVRANK']), m.key('zset'), m.member()])],
  [3, (m) => m.add(INTEGER, ['ZREM', m.key('zset'), ...m.members(3)])],
  [1, (m) => m.add(INTEGER, ['ZREMRANGEBYRANK', m.key('zset'), 0, m.below(3)])],
  [1, (m) => m.add(INTEGER, ['ZREMRANGEBYSCORE', m.key('zset'), '(20', '40'])],
  [2, (m) => m.add(INTEGER, ['ZCARD', m.key('zset')])],
  [1, (m) => m.add(INTEGER, ['ZCOUNT', m.key('zset'), m.between(-50, 0), '+inf'])],
  [
    3,
    (m) =>
      m.add(LIST, [
        m.pick(['ZPOPMIN', 'ZPOPMAX']),
        m.key('zset'),
        ...(m.chance(0.5) ? [m.between(1, 3)] : []),
      ]),
  ],
  [1, (m) => m.add(LIST_OR_NULL, ['ZMPOP', 2, m.key('zset'), m.key('zset'), 'MIN', 'COUNT', 2])],
  [
    2,
    (m) =>
      m.add(INTEGER, [
        m.pick(['ZUNIONSTORE', 'ZINTERSTORE']),
        m.key('zset'),
        2,
        m.key('zset'),
        m.key('zset'),
      ]),
  ],
  [1, (m) => m.add(INTEGER, ['ZRANGESTORE', m.key('zset'), m.key('zset'), 0, 9])],
  [1, (m) => m.add(LIST, ['ZDIFF', 2, m.key('zset'), m.key('zset'), 'WITHSCORES'])],
  [1, (m) => m.add(STRING_OR_NULL | LIST, ['ZRANDMEMBER', m.key('zset')])],
  [1, (m) => m.add(LIST, ['ZSCAN', m.key('zset'), 0, 'COUNT', 20])],
  [1, (m) => m.add(NUMBER_TEXT | ACCEPT_DOUBLE, ['GEODIST', m.key('zset'), m.member(), m.member()])],
];
