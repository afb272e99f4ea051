/** One command of every family, on how many keys, and the data that they need. */

export const MANY_KEYS = 100_000;
const TEXT = 'v'.repeat(64);
export const SMALL_HASHES = 10_000;
const FIELDS = Array.from({ length: 10 }, (_, index) => [`field:${index}`, TEXT]).flat();
const HUNDRED = Array.from({ length: 100 }, (_, index) => `${index}:${TEXT}`);

export interface FamilyCommand {
  readonly name: string;
  readonly keys: number;
  readonly command: readonly string[];
}

/** What is there before the commands below: each of so many keys once. */
export const familyData: readonly Omit<FamilyCommand, 'name'>[] = [
  { keys: MANY_KEYS, command: ['SET', 'v64:__rand_int__', '__data__'] },
  { keys: SMALL_HASHES, command: ['HSET', 'hash:__rand_int__', ...FIELDS] },
  { keys: 1, command: ['RPUSH', 'hundred', ...HUNDRED] },
  { keys: 1, command: ['ZADD', 'ranked', ...HUNDRED.flatMap((member, index) => [String(index), member])] },
];

const tenPairs = Array.from({ length: 10 }, () => ['v64:__rand_int__', '__data__']).flat();
export const families: readonly FamilyCommand[] = [
  { name: 'GET', keys: MANY_KEYS, command: ['GET', 'v64:__rand_int__'] },
  { name: 'SET', keys: MANY_KEYS, command: ['SET', 'v64:__rand_int__', '__data__'] },
  { name: 'INCR', keys: MANY_KEYS, command: ['INCR', 'counter:__rand_int__'] },
  { name: 'HSET', keys: SMALL_HASHES, command: ['HSET', 'hash:__rand_int__', 'field:5', '__data__'] },
  { name: 'HGET', keys: SMALL_HASHES, command: ['HGET', 'hash:__rand_int__', 'field:5'] },
  { name: 'LPUSH', keys: SMALL_HASHES, command: ['LPUSH', 'list:__rand_int__', '__data__'] },
  { name: 'LRANGE 100', keys: 1, command: ['LRANGE', 'hundred', '0', '99'] },
  { name: 'SADD', keys: SMALL_HASHES, command: ['SADD', 'set:__rand_int__', 'member:__rand_int__'] },
  {
    name: 'ZADD',
    keys: SMALL_HASHES,
    command: ['ZADD', 'zset:__rand_int__', '__rand_int__', 'member:__rand_int__'],
  },
  { name: 'ZRANGE 10', keys: 1, command: ['ZRANGE', 'ranked', '40', '49'] },
  { name: 'XADD', keys: 1000, command: ['XADD', 'stream:__rand_int__', '*', 'field', '__data__'] },
  { name: 'MSET 10', keys: MANY_KEYS, command: ['MSET', ...tenPairs] },
  {
    name: 'EVAL',
    keys: MANY_KEYS,
    command: ['EVAL', "return redis.call('GET', KEYS[1])", '1', 'v64:__rand_int__'],
  },
];
