/** Streams with consumer groups, and keys with a time to live, of the mixed load. */
import {
  ACCEPT_BULK,
  ACCEPT_INTEGER,
  ACCEPT_LIST,
  ACCEPT_SIMPLE,
  LIST_OR_NULL,
  type Mix,
  STRING_OR_NULL,
} from './mix.ts';
import type { Builder } from './mix-table.ts';
import type { WireReply } from './wire.ts';

const INTEGER = ACCEPT_INTEGER;
const LIST = ACCEPT_LIST;
export const STREAM_GROUP = 'group';

function addEntry(mix: Mix, ...options: (string | number)[]): void {
  mix.add(STRING_OR_NULL, ['XADD', mix.key('stream'), ...options, '*', 'field', mix.value()], (reply) => {
    if (reply.isNull) return undefined;
    if (!/^\d+-\d+$/.test(reply.text)) return `XADD answered ${reply.text}`;
    mix.rememberId(reply.text);
    return undefined;
  });
}

/** Reads ids out of `[[key, [[id, fields] ...]] ...]` (RESP2) or `{key: [[id, fields] ...]}` (RESP3). */
export function rememberEntries(mix: Mix, reply: WireReply): undefined {
  const stack: WireReply[] = [reply];
  while (stack.length > 0) {
    const node = stack.pop() as WireReply;
    const head = node.items[0];
    if (node.items.length === 2 && head !== undefined && /^\d+-\d+$/.test(head.text))
      mix.rememberId(head.text);
    else stack.push(...node.items);
  }
  return undefined;
}

/** Groups on all streams, so that most group commands find one. */
export function createGroups(mix: Mix): void {
  for (const key of mix.allKeys('stream')) {
    mix.add(ACCEPT_SIMPLE, ['XGROUP', 'CREATE', key, STREAM_GROUP, '$', 'MKSTREAM']);
  }
}

function consumer(mix: Mix): string {
  return `consumer${mix.below(4)}`;
}

function readGroup(mix: Mix, from: string, ...options: (string | number)[]): void {
  const args = ['XREADGROUP', 'GROUP', STREAM_GROUP, consumer(mix), 'COUNT', mix.between(1, 3), ...options];
  mix.add(LIST_OR_NULL, [...args, 'STREAMS', mix.key('stream'), from], (reply) =>
    rememberEntries(mix, reply),
  );
}

export const streamBuilders: readonly Builder[] = [
  [8, (m) => addEntry(m)],
  [6, (m) => addEntry(m, 'MAXLEN', m.between(5, 60))],
  [2, (m) => addEntry(m, 'MAXLEN', '~', m.between(5, 60))],
  [1, (m) => addEntry(m, 'NOMKSTREAM')],
  [2, (m) => m.add(INTEGER, ['XLEN', m.key('stream')])],
  [3, (m) => m.add(LIST, ['XRANGE', m.key('stream'), '-', '+', 'COUNT', m.between(1, 8)])],
  [1, (m) => m.add(LIST, ['XREVRANGE', m.key('stream'), '+', '-', 'COUNT', 3])],
  [
    2,
    (m) =>
      m.add(LIST_OR_NULL, [
        'XREAD',
        'COUNT',
        2,
        'STREAMS',
        m.key('stream'),
        m.key('stream'),
        0,
        m.streamId(),
      ]),
  ],
  [2, (m) => m.add(INTEGER, ['XDEL', m.key('stream'), m.streamId(), m.streamId()])],
  [2, (m) => m.add(INTEGER, ['XTRIM', m.key('stream'), 'MAXLEN', m.between(5, 40)])],
  [1, (m) => m.add(INTEGER, ['XTRIM', m.key('stream'), 'MINID', m.streamId()])],
  [5, (m) => readGroup(m, '>')],
  [1, (m) => readGroup(m, '>', 'NOACK')],
  [1, (m) => readGroup(m, '0')],
  [4, (m) => m.add(INTEGER, ['XACK', m.key('stream'), STREAM_GROUP, m.streamId(), m.streamId()])],
  [1, (m) => m.add(LIST, ['XPENDING', m.key('stream'), STREAM_GROUP])],
  [1, (m) => m.add(LIST, ['XPENDING', m.key('stream'), STREAM_GROUP, '-', '+', 5])],
  [1, (m) => m.add(LIST, ['XCLAIM', m.key('stream'), STREAM_GROUP, consumer(m), 0, m.streamId()])],
  [1, (m) => m.add(LIST, ['XAUTOCLAIM', m.key('stream'), STREAM_GROUP, consumer(m), 0, '0-0', 'COUNT', 3])],
  [
    1,
    (m) =>
      m.add(ACCEPT_SIMPLE, [
        'XGROUP',
        'CREATE',
        m.key('stream'),
        STREAM_GROUP,
        m.pick(['$', '0']),
        'MKSTREAM',
      ]),
  ],
];

const shortMs = (mix: Mix): number => mix.between(20, 250);
const longSeconds = (mix: Mix): number => mix.between(500, 2000);

/** Reads and unconditional writes of keys that expire soon, late, or not at all. */
export const expiryBuilders: readonly Builder[] = [
  [4, (m) => m.add(ACCEPT_SIMPLE, ['SET', m.key('expiring'), m.value(), 'EX', longSeconds(m)])],
  [3, (m) => m.add(ACCEPT_SIMPLE, ['SET', m.key('expiring'), m.value(), 'PX', shortMs(m)])],
  [1, (m) => m.add(ACCEPT_SIMPLE, ['SETEX', m.key('expiring'), longSeconds(m), m.value()])],
  [1, (m) => m.add(ACCEPT_SIMPLE, ['PSETEX', m.key('expiring'), shortMs(m), m.value()])],
  [2, (m) => m.add(ACCEPT_SIMPLE, ['SET', m.key('expiring'), m.value()])],
  [3, (m) => m.add(INTEGER, ['EXPIRE', m.key('expiring'), longSeconds(m)])],
  [2, (m) => m.add(INTEGER, ['PEXPIRE', m.key('expiring'), shortMs(m)])],
  [1, (m) => m.add(INTEGER, ['EXPIREAT', m.key('expiring'), 4102444800 + m.below(100)])],
  [1, (m) => m.add(INTEGER, ['EXPIRE', m.key('expiring'), -1])],
  [2, (m) => m.add(INTEGER, ['PERSIST', m.key('expiring')])],
  [3, (m) => m.add(INTEGER, [m.pick(['TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME']), m.key('expiring')])],
  [2, (m) => m.add(STRING_OR_NULL, ['GETEX', m.key('expiring'), 'EX', longSeconds(m)])],
  [1, (m) => m.add(STRING_OR_NULL, ['GETEX', m.key('expiring'), 'PERSIST'])],
  [6, (m) => m.add(STRING_OR_NULL, ['GET', m.key('expiring')])],
  [2, (m) => m.add(INTEGER, ['EXISTS', m.key('expiring')])],
];

/** Writes whose outcome depends on whether a key has just expired: locks, rate limiters, growth of a dying key. */
export const expiryRaceBuilders: readonly Builder[] = [
  [
    2,
    (m) =>
      m.add(ACCEPT_SIMPLE | STRING_OR_NULL, ['SET', m.key('expiring'), m.value(), 'NX', 'PX', shortMs(m)]),
  ],
  [
    1,
    (m) =>
      m.add(ACCEPT_SIMPLE | STRING_OR_NULL, [
        'SET',
        m.key('expiring'),
        m.value(),
        'XX',
        'EX',
        longSeconds(m),
      ]),
  ],
  [1, (m) => m.add(INTEGER, ['APPEND', m.key('expiring'), 'a'])],
  [1, (m) => m.add(INTEGER, ['SETNX', m.key('expiring'), m.value()])],
  [1, (m) => m.add(STRING_OR_NULL, ['GETDEL', m.key('expiring')])],
  [1, (m) => m.add(INTEGER, ['EXPIRE', m.key('expiring'), longSeconds(m), m.pick(['NX', 'XX', 'GT', 'LT'])])],
  [1, (m) => m.add(STRING_OR_NULL, ['GETEX', m.key('expiring'), 'PX', shortMs(m)])],
  [1, (m) => rateLimiter(m)],
];

function rateLimiter(mix: Mix): void {
  const key = mix.rateKey();
  mix.add(INTEGER, ['INCR', key]);
  mix.add(INTEGER, ['PEXPIRE', key, shortMs(mix)]);
}

export const scriptBuilders: readonly Builder[] = [
  [
    1,
    (m) =>
      m.add(INTEGER, [
        'EVAL',
        "return redis.call('INCRBY', KEYS[1], ARGV[1])",
        1,
        m.key('number'),
        m.below(9),
      ]),
  ],
  [1, (m) => m.add(ACCEPT_BULK, ['EVAL', 'return ARGV[1]', 0, 'text'])],
];
