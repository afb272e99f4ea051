/**
 * What clients can see to differ between products and releases although both have the command, as data, for those who
 * are about to move from one to the other. Any thread. Each entry is proven on real servers, pair by pair, by
 * `test/e2e/compatibility-truth.test.ts`. What excuses a difference that was seen is another matter, and wider:
 * `known-difference-data.ts`.
 */
import {
  ANY_SERVER,
  BEFORE_7_2,
  BEFORE_7_4,
  BELOW_REDIS_8,
  BELOW_VALKEY_9,
  FIELD_EXPIRY,
  REDIS,
  REDIS_8,
  type ServerRange,
  SINCE_7_2,
  SINCE_7_4,
  VALKEY,
  VALKEY_8,
  VALKEY_9,
} from './server-ranges.ts';

export interface OtherAnswer {
  readonly id: string;
  readonly reason: string;
  /** Catalogue names. */
  readonly commands: readonly string[];
  /** One server is in `left`, the other in `right`; which is which makes no difference. */
  readonly left: readonly ServerRange[];
  readonly right: readonly ServerRange[];
}

const SCORES = `zscore zmscore zincrby zadd zrange zrangebyscore zrevrange zrevrangebyscore zscan zunion zinter zdiff
  zpopmin zpopmax zmpop bzpopmin bzpopmax bzmpop`;
const POSITIONS = 'geopos geosearch georadius georadius_ro georadiusbymember georadiusbymember_ro';
function entry(
  id: string,
  commands: string,
  left: readonly ServerRange[],
  right: readonly ServerRange[],
  reason: string,
): OtherAnswer {
  return { id, reason, commands: commands.trim().split(/\s+/), left, right };
}

export const otherAnswers: readonly OtherAnswer[] = [
  entry(
    'bitcount-start-alone',
    'bitcount',
    [REDIS, { product: 'valkey', below: '8.0' }],
    [VALKEY_8],
    'A start without an end is a syntax error on Redis, and counts to the end on Valkey 8.',
  ),
  entry(
    'bit-arguments-of-missing-key',
    'bitcount bitpos',
    BEFORE_7_2,
    SINCE_7_2,
    'Wrong arguments are an error also where the key is missing, since 7.2.',
  ),
  entry(
    'scan-unknown-type',
    'scan',
    [REDIS, { product: 'valkey', below: '8.0' }],
    [VALKEY_8],
    'TYPE with a name that is no type finds nothing on Redis, and is an error on Valkey 8.',
  ),
  entry(
    'scan-negative-cursor',
    'scan sscan hscan zscan',
    BEFORE_7_2,
    SINCE_7_2,
    'A negative number is no cursor since 7.2.',
  ),
  entry('lpos-lowest-rank', 'lpos', BEFORE_7_2, SINCE_7_2, 'The lowest 64-bit integer is no rank since 7.2.'),
  entry(
    'blocking-timeout-error',
    'blpop brpop',
    BEFORE_7_2,
    SINCE_7_2,
    'The error for a timeout that is too long has another text.',
  ),
  entry(
    'stream-last-entry-id',
    'xread',
    BEFORE_7_4,
    SINCE_7_4,
    'The id + stands for the last entry since Redis 7.4 and Valkey 8.0, and is an error before.',
  ),
  entry(
    'stream-consumer-of-empty-read',
    'xreadgroup',
    BEFORE_7_2,
    SINCE_7_2,
    'A read that finds nothing creates its consumer, since 7.2.',
  ),
  entry(
    'stream-description',
    'xinfo|consumers xinfo|stream',
    BEFORE_7_2,
    SINCE_7_2,
    'Consumers are described with the time since they last got something (FULL for streams), since 7.2.',
  ),
  entry(
    'score-text',
    SCORES,
    BEFORE_7_2,
    SINCE_7_2,
    'Scores are written in their shortest form since 7.2: 0.1 rather than 0.10000000000000001 (in RESP2).',
  ),
  entry(
    'position-text',
    POSITIONS,
    [REDIS_8],
    [BELOW_REDIS_8, VALKEY],
    'Coordinates are written in their shortest form on Redis 8: 15 to 17 digits.',
  ),
  entry(
    'unknown-member-error',
    'geosearch geosearchstore georadiusbymember georadiusbymember_ro',
    [VALKEY_9],
    BELOW_VALKEY_9,
    'The error for a member that does not exist has another text.',
  ),
  entry(
    'script-blocking-commands',
    'eval evalsha',
    BEFORE_7_2,
    SINCE_7_2,
    'Scripts may call blocking commands, which do not block, since 7.2; before that they fail.',
  ),
  entry(
    'missing-script-error',
    'evalsha',
    [REDIS],
    [VALKEY],
    'The error for a script that is not there (NOSCRIPT) has another text.',
  ),
  entry(
    'unsubscribe-without-subscription',
    'unsubscribe punsubscribe sunsubscribe',
    [{ product: 'valkey', from: '8.0', below: '8.1' }],
    [REDIS, VALKEY_9],
    'Valkey 8.0 answers with an error, NOSUB, where nothing is subscribed.',
  ),
  entry(
    'nested-transaction-error',
    'multi',
    [REDIS],
    [VALKEY],
    'The error for MULTI within MULTI has another text.',
  ),
  entry(
    'client-reply-in-transaction',
    'client|reply',
    [VALKEY_9],
    BELOW_VALKEY_9,
    'Valkey 9 refuses it within MULTI.',
  ),
  entry(
    'client-errors',
    'client|kill client|unblock',
    [VALKEY_9],
    BELOW_VALKEY_9,
    'Wrong arguments have other errors.',
  ),
  entry(
    'client-description',
    'client|info client|list',
    ANY_SERVER,
    ANY_SERVER,
    'Clients are described with other fields.',
  ),
  entry(
    'small-encodings',
    'object|encoding',
    BEFORE_7_2,
    SINCE_7_2,
    'Small lists and sets are listpacks since 7.2.',
  ),
  entry(
    'string-encodings',
    'object|encoding',
    [VALKEY_9],
    BELOW_VALKEY_9,
    'How long a string may be to be embstr depends on its key on Valkey 9; elsewhere it is 44 bytes.',
  ),
  entry(
    'shared-integers',
    'object|refcount',
    [VALKEY_9],
    BELOW_VALKEY_9,
    'Small integers are not shared: the count is 1 rather than 2147483647.',
  ),
  entry('memory-usage', 'memory|usage', [VALKEY_9], BELOW_VALKEY_9, 'Valkey 9 needs less memory for a key.'),
  entry(
    'dump-format',
    'dump function|dump',
    ANY_SERVER,
    ANY_SERVER,
    'The serialised form has the version of the server.',
  ),
  entry(
    'server-description',
    'hello info command command|count command|list command|docs memory|stats',
    ANY_SERVER,
    ANY_SERVER,
    'The reply describes the server: its name, version, commands, fields.',
  ),
  entry(
    'payload-check',
    'acl|list acl|getuser',
    [...BEFORE_7_2, VALKEY_9],
    [
      { product: 'redis', from: '7.2' },
      { product: 'valkey', below: '9.0' },
    ],
    'Users are described with sanitize-payload on some servers.',
  ),
  entry(
    'user-databases',
    'acl|getuser',
    [VALKEY_9],
    BELOW_VALKEY_9,
    'Users are described with their databases on Valkey 9.',
  ),
  entry(
    'cluster-modes-without-cluster',
    'readonly readwrite',
    [REDIS],
    [VALKEY],
    'Outside a cluster it is an error on Redis, and OK on Valkey.',
  ),
  entry(
    'key-slot-without-cluster',
    'cluster|keyslot',
    [VALKEY_9],
    BELOW_VALKEY_9,
    'Outside a cluster it is answered by Valkey 9, and an error elsewhere.',
  ),
  entry(
    'cluster-description',
    'cluster|info cluster|shards',
    [VALKEY_9],
    BELOW_VALKEY_9,
    'Valkey 9 tells more: the id of each shard, figures of the bus.',
  ),
  entry(
    'commands-without-keys',
    'command|getkeys command|getkeysandflags',
    BEFORE_7_2,
    SINCE_7_2,
    'Commands without arguments may be asked about since 7.2.',
  ),
  entry(
    'field-expiry-errors',
    FIELD_EXPIRY.join(' '),
    [REDIS],
    [VALKEY_9],
    'Wrong arguments are checked in another order, with other errors.',
  ),
];
