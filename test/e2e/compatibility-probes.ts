/**
 * For each difference of answers that the compatibility report speaks of: how to see it on a server. The last command's
 * reply is looked at, as a whole or by the names of its fields.
 */
import type { RawClient } from '../support/raw-client.ts';

export interface Probe {
  readonly lines: readonly string[];
  /** What of the reply is compared; everything when absent. */
  readonly shown?: (reply: unknown) => unknown;
  /** On a server in cluster mode. */
  readonly cluster?: true;
}

function texts(reply: unknown): string {
  return JSON.stringify(reply);
}

/** Names before `=` or at the beginning of lines before `:`. */
function fieldNames(reply: unknown): unknown {
  return [...String(reply).matchAll(/(?:^|\s)([\w-]+)[=:]/g)].map((match) => match[1]).join(' ');
}

/** Each second element. */
function keys(reply: unknown): unknown {
  return (reply as readonly unknown[]).filter((_, index) => index % 2 === 0).join(' ');
}

const SCORES = ['ZADD zs 0.1 a'];
const score = (line: string): Probe => ({ lines: [...SCORES, line] });
const PLACES = ['GEOADD places 13.361389 38.115556 P'];
const place = (line: string): Probe => ({ lines: [...PLACES, line] });
const field = (line: string): Probe => ({ lines: ['HSET fields f v', line] });
const SCRIPT = `return(redis.call('BLPOP','nolist',0))`;
const LONG = 'x'.repeat(60);

/** By the entry's id, then by command. */
export const probes: Readonly<Record<string, Readonly<Record<string, Probe>>>> = {
  'bitcount-start-alone': { bitcount: { lines: ['SET bits abc', 'BITCOUNT bits 0'] } },
  'bit-arguments-of-missing-key': {
    bitcount: { lines: ['BITCOUNT nokey a b'] },
    bitpos: { lines: ['BITPOS nokey 1 a'] },
  },
  'scan-unknown-type': { scan: { lines: ['SCAN 0 TYPE foo'] } },
  'scan-negative-cursor': {
    scan: { lines: ['SCAN -1'] },
    sscan: { lines: ['SADD members a', 'SSCAN members -1'] },
    hscan: { lines: ['HSET fields f v', 'HSCAN fields -1'] },
    zscan: { lines: ['ZADD zs 0.1 a', 'ZSCAN zs -1'] },
  },
  'lpos-lowest-rank': { lpos: { lines: ['RPUSH list a', 'LPOS list a RANK -9223372036854775808'] } },
  'blocking-timeout-error': {
    blpop: { lines: ['BLPOP nolist 1e300'] },
    brpop: { lines: ['BRPOP nolist 1e300'] },
  },
  'stream-last-entry-id': { xread: { lines: ['XADD stream 1-1 f v', 'XREAD STREAMS stream +'] } },
  'stream-consumer-of-empty-read': {
    xreadgroup: {
      lines: [
        'XADD stream2 1-1 f v',
        'XGROUP CREATE stream2 group $',
        'XREADGROUP GROUP group consumer STREAMS stream2 >',
        'XGROUP CREATECONSUMER stream2 group consumer',
      ],
    },
  },
  'stream-description': {
    'xinfo|consumers': {
      lines: [
        'XADD stream3 1-1 f v',
        'XGROUP CREATE stream3 group 0',
        'XREADGROUP GROUP group consumer STREAMS stream3 >',
        'XINFO CONSUMERS stream3 group',
      ],
      shown: (reply) => keys((reply as readonly unknown[])[0]),
    },
    'xinfo|stream': {
      lines: [
        'XADD stream4 1-1 f v',
        'XGROUP CREATE stream4 group 0',
        'XREADGROUP GROUP group consumer STREAMS stream4 >',
        'XINFO STREAM stream4 FULL',
      ],
      shown: (reply) => texts(reply).includes('active-time'),
    },
  },
  'score-text': {
    zscore: score('ZSCORE zs a'),
    zmscore: score('ZMSCORE zs a'),
    zincrby: score('ZINCRBY zs 0 a'),
    zadd: score('ZADD zs INCR 0 a'),
    zrange: score('ZRANGE zs 0 -1 WITHSCORES'),
    zrangebyscore: score('ZRANGEBYSCORE zs 0 1 WITHSCORES'),
    zrevrange: score('ZREVRANGE zs 0 -1 WITHSCORES'),
    zrevrangebyscore: score('ZREVRANGEBYSCORE zs 1 0 WITHSCORES'),
    zscan: score('ZSCAN zs 0'),
    zunion: score('ZUNION 1 zs WITHSCORES'),
    zinter: score('ZINTER 1 zs WITHSCORES'),
    zdiff: score('ZDIFF 1 zs WITHSCORES'),
    zpopmin: score('ZPOPMIN zs'),
    zpopmax: score('ZPOPMAX zs'),
    zmpop: score('ZMPOP 1 zs MIN'),
    bzpopmin: score('BZPOPMIN zs 1'),
    bzpopmax: score('BZPOPMAX zs 1'),
    bzmpop: score('BZMPOP 1 1 zs MIN'),
  },
  'position-text': {
    geopos: place('GEOPOS places P'),
    geosearch: place('GEOSEARCH places FROMMEMBER P BYRADIUS 1 km WITHCOORD'),
    georadius: place('GEORADIUS places 13.36 38.11 10 km WITHCOORD'),
    georadius_ro: place('GEORADIUS_RO places 13.36 38.11 10 km WITHCOORD'),
    georadiusbymember: place('GEORADIUSBYMEMBER places P 10 km WITHCOORD'),
    georadiusbymember_ro: place('GEORADIUSBYMEMBER_RO places P 10 km WITHCOORD'),
  },
  'unknown-member-error': {
    geosearch: place('GEOSEARCH places FROMMEMBER no BYRADIUS 1 km'),
    geosearchstore: place('GEOSEARCHSTORE target places FROMMEMBER no BYRADIUS 1 km'),
    georadiusbymember: place('GEORADIUSBYMEMBER places no 1 km'),
    georadiusbymember_ro: place('GEORADIUSBYMEMBER_RO places no 1 km'),
  },
  'script-blocking-commands': {
    eval: { lines: [`EVAL ${SCRIPT} 0`] },
    evalsha: { lines: [`SCRIPT LOAD ${SCRIPT}`, 'EVALSHA $ 0'] },
  },
  'missing-script-error': { evalsha: { lines: [`EVALSHA ${'f'.repeat(40)} 0`] } },
  'unsubscribe-without-subscription': {
    unsubscribe: { lines: ['UNSUBSCRIBE'] },
    punsubscribe: { lines: ['PUNSUBSCRIBE'] },
    sunsubscribe: { lines: ['SUNSUBSCRIBE'] },
  },
  'nested-transaction-error': {
    multi: {
      lines: ['MULTI', 'MULTI'],
      // The text of Valkey 9 has the command's name in it.
      shown: (reply) => texts(reply).includes('can not be nested'),
    },
  },
  'client-reply-in-transaction': {
    'client|reply': { lines: ['MULTI', 'CLIENT REPLY ON'], shown: isFailure },
  },
  'client-errors': {
    'client|kill': { lines: ['CLIENT KILL ID abc'] },
    'client|unblock': { lines: ['CLIENT UNBLOCK 1 x y'] },
  },
  'client-description': {
    'client|info': { lines: ['CLIENT INFO'], shown: fieldNames },
    'client|list': { lines: ['CLIENT LIST'], shown: (reply) => fieldNames(String(reply).split('\n')[0]) },
  },
  'small-encodings': { 'object|encoding': { lines: ['RPUSH one a', 'OBJECT ENCODING one'] } },
  'string-encodings': { 'object|encoding': { lines: [`SET s ${LONG}`, 'OBJECT ENCODING s'] } },
  'shared-integers': { 'object|refcount': { lines: ['SET n 1', 'OBJECT REFCOUNT n'] } },
  'memory-usage': { 'memory|usage': { lines: ['SET text abcdefg', 'MEMORY USAGE text'] } },
  'dump-format': { dump: { lines: ['SET n 1', 'DUMP n'] }, 'function|dump': { lines: ['FUNCTION DUMP'] } },
  'server-description': {
    hello: { lines: ['HELLO 2'], shown: (reply) => (reply as readonly unknown[]).slice(0, 4).join(' ') },
    info: { lines: ['INFO'], shown: fieldNames },
    command: { lines: ['COMMAND'], shown: (reply) => (reply as readonly unknown[]).length },
    'command|count': { lines: ['COMMAND COUNT'] },
    'command|list': { lines: ['COMMAND LIST'], shown: (reply) => (reply as readonly unknown[]).length },
    'command|docs': { lines: ['COMMAND DOCS'], shown: (reply) => (reply as readonly unknown[]).length },
    'memory|stats': { lines: ['MEMORY STATS'], shown: keys },
  },
  'payload-check': {
    'acl|list': { lines: ['ACL LIST'], shown: (reply) => texts(reply).includes('sanitize-payload') },
    'acl|getuser': {
      lines: ['ACL GETUSER default'],
      shown: (reply) => texts(reply).includes('sanitize-payload'),
    },
  },
  'user-databases': {
    'acl|getuser': { lines: ['ACL GETUSER default'], shown: (reply) => texts(reply).includes('databases') },
  },
  'cluster-modes-without-cluster': { readonly: { lines: ['READONLY'] }, readwrite: { lines: ['READWRITE'] } },
  'key-slot-without-cluster': { 'cluster|keyslot': { lines: ['CLUSTER KEYSLOT a'] } },
  'cluster-description': {
    'cluster|info': {
      lines: ['CLUSTER INFO'],
      shown: (reply) => String(reply).includes('cluster_nodes_pfail'),
      cluster: true,
    },
    'cluster|shards': {
      lines: ['CLUSTER ADDSLOTSRANGE 0 16383', 'CLUSTER SHARDS'],
      shown: (reply) => keys((reply as readonly unknown[])[0]),
      cluster: true,
    },
  },
  'commands-without-keys': {
    'command|getkeys': { lines: ['COMMAND GETKEYS PING'] },
    'command|getkeysandflags': { lines: ['COMMAND GETKEYSANDFLAGS PING'] },
  },
  'field-expiry-errors': {
    hexpire: field('HEXPIRE fields 10 FIELDS 2 f'),
    hpexpire: field('HPEXPIRE fields 10 FIELDS 2 f'),
    hexpireat: field('HEXPIREAT fields 10 FIELDS 2 f'),
    hpexpireat: field('HPEXPIREAT fields 10 FIELDS 2 f'),
    hexpiretime: field('HEXPIRETIME fields FIELDS 2 f'),
    hpexpiretime: field('HPEXPIRETIME fields FIELDS 2 f'),
    httl: field('HTTL fields FIELDS 2 f'),
    hpttl: field('HPTTL fields FIELDS 2 f'),
    hpersist: field('HPERSIST fields FIELDS 2 f'),
    hgetex: field('HGETEX fields FIELDS 2 f'),
    hsetex: field('HSETEX fields FIELDS 2 f v'),
    hgetdel: field('HGETDEL fields FIELDS 2 f'),
  },
};

export function isFailure(reply: unknown): boolean {
  return typeof reply === 'object' && reply !== null && 'error' in reply;
}

/** Sends the lines, on an empty server, and returns the last reply. `$` stands for the reply before. */
export async function play(client: RawClient, lines: readonly string[]): Promise<unknown> {
  let reply: unknown;
  for (const line of lines) {
    const words = line
      .split(' ')
      .map((word) =>
        word === '$' && reply !== undefined && line.startsWith('EVALSHA') ? String(reply) : word,
      );
    reply = await client.call(words[0]!, ...words.slice(1));
  }
  return reply;
}
