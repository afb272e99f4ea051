/** Keys of any type: finding them, renaming, copying and moving them, and what OBJECT says of them. */
import { type ConformanceCase, commandsCase } from '../transcript.ts';
import { allPages } from './collections.ts';

const FILL = [
  'SET s value',
  'SET n 12',
  'RPUSH l a b c',
  'SADD st x y z',
  'SADD si 1 2 3',
  'HSET h f v g w',
  'SET e v EX 1000',
];

/** Keys of every type under new names: slots of other shards, and of the same. */
const MOVES = [
  ...FILL,
  'RENAME s s2',
  'GET s2',
  'RENAME l {l}2',
  'RENAME {l}2 l3',
  'LRANGE l3 0 -1',
  'RENAME st st2',
  'SCARD st2',
  'RENAME h {h}x',
  'HGETALL {h}x',
  'RENAME {h}x s2',
  'HGETALL s2',
  'EXISTS s st h {h}x',
  'RENAME e e2',
  'TTL e2',
  'RENAME e2 l3',
  'TTL l3',
  'TYPE l3',
  'RENAME none x',
  'RENAME none none',
  'RENAME n n',
  'RENAMENX n n',
  'RENAMENX none n',
  'RENAMENX n l3',
  'RENAMENX n n9',
  'GET n9',
  'DBSIZE',
  'RENAME a',
  'RENAMENX a',
];

export const genericEngineCases: readonly ConformanceCase[] = [
  commandsCase('RENAME and RENAMENX', MOVES),
  commandsCase('COPY', [
    ...FILL,
    'COPY s s2',
    'COPY s s2',
    'COPY n s2 REPLACE',
    'GET s2',
    'APPEND s2 3',
    'GET n',
    'OBJECT ENCODING s2',
    'COPY s2 raw',
    'OBJECT ENCODING raw',
    'COPY l {l}c',
    'RPUSH {l}c d',
    'LRANGE l 0 -1',
    'COPY st s2 REPLACE',
    'SCARD s2',
    'COPY h h2',
    'HSET h2 f other',
    'HGET h f',
    'COPY h2 l REPLACE',
    'HGET l f',
    'COPY e e2',
    'TTL e2',
    'COPY none x',
    'COPY s s',
    'COPY s s DB 0',
    'COPY s s DB 1',
    'COPY s s DB 1',
    'COPY n s DB 1 REPLACE',
    'COPY s s DB 16',
    'COPY s s DB -1',
    'COPY s s DB x',
    'COPY s s DB 99999999999',
    'COPY s s DB',
    'COPY s s FOO',
    'COPY s x DB 1 DB 2 REPLACE REPLACE',
    'SELECT 1',
    'GET s',
    'SELECT 2',
    'GET x',
    'COPY x',
  ]),
  commandsCase('MOVE', [
    ...FILL,
    'MOVE s 1',
    'MOVE s 1',
    'MOVE l 1',
    'MOVE e 1',
    'MOVE h 1',
    'MOVE h 0',
    'MOVE n 16',
    'MOVE n -1',
    'MOVE n x',
    'MOVE n 99999999999',
    'MOVE n 9999999999999999999999',
    'SET s again',
    'MOVE s 1',
    'DBSIZE',
    'SELECT 1',
    'GET s',
    'LRANGE l 0 -1',
    'HGETALL h',
    'TTL e',
    'DBSIZE',
    'MOVE l 0',
    'SELECT 0',
    'LLEN l',
    'MOVE a',
  ]),
  commandsCase('SWAPDB', [
    'SET k zero',
    'SET e v EX 1000',
    'SELECT 1',
    'SET k one',
    'SWAPDB 0 1',
    'GET k',
    'TTL e',
    'SELECT 0',
    'GET k',
    'DBSIZE',
    'SWAPDB 0 0',
    'SWAPDB 0 16',
    'SWAPDB -1 0',
    'SWAPDB x 0',
    'SWAPDB 0 x',
    'SWAPDB 99999999999 0',
    'SWAPDB 0',
    'SWAPDB 0 1',
    'GET k',
  ]),
  {
    name: 'SWAPDB and keys that clients watch',
    play: async (t) => {
      const watcher = await t.connect('w');
      const other = await t.connect('o');
      await other.calls(['SELECT 1', 'SET k one', 'SELECT 0']);
      await watcher.calls(['WATCH k']);
      await other.calls(['SWAPDB 0 1']);
      await watcher.calls(['MULTI', 'PING', 'EXEC', 'WATCH none', 'MULTI', 'PING']);
      await other.calls(['SWAPDB 1 0']);
      await watcher.calls(['EXEC']);
    },
  },
  {
    name: 'SWAPDB, RENAME, COPY and MOVE serve clients that wait',
    play: async (t) => {
      const waiter = await t.connect('w');
      const other = await t.connect('o');
      for (const commands of [
        ['SELECT 1', 'RPUSH q a', 'SELECT 0', 'SWAPDB 0 1'],
        ['RPUSH p b', 'RENAME p q'],
        ['RPUSH p c', 'COPY p q'],
        ['SELECT 1', 'RPUSH q d', 'MOVE q 0', 'SELECT 0'],
      ]) {
        // In one write: with the reply to the first the client waits.
        waiter.sendAll(['PING', 'BLPOP q 50']);
        await waiter.read();
        await other.calls(commands);
        await waiter.read();
      }
    },
  },
  {
    name: 'notifications of keys that move',
    play: async (t) => {
      const peer = await t.connect();
      const listener = await t.connect('l');
      await peer.call('CONFIG', 'SET', 'notify-keyspace-events', 'KAn');
      await listener.call('PSUBSCRIBE', '__key*');
      await peer.calls(['SET a v', 'SET b w', 'RENAME a b', 'RENAME b c', 'COPY c d', 'COPY c d REPLACE']);
      await peer.calls(['MOVE c 1', 'SORT none STORE d', 'RPUSH l 2 1', 'SORT l STORE m']);
      await listener.reads(18);
      await peer.call('CONFIG', 'SET', 'notify-keyspace-events', '');
    },
  },
  commandsCase('OBJECT', [
    ...FILL,
    'OBJECT ENCODING s',
    'OBJECT ENCODING n',
    'OBJECT ENCODING si',
    'OBJECT ENCODING h',
    'OBJECT ENCODING none',
    'OBJECT REFCOUNT s',
    'OBJECT REFCOUNT n',
    'OBJECT REFCOUNT l',
    'OBJECT REFCOUNT none',
    'SET big 10000',
    'OBJECT REFCOUNT big',
    'INCR n',
    'OBJECT REFCOUNT n',
    'OBJECT IDLETIME none',
    'OBJECT FREQ s',
    'OBJECT FREQ none',
    'OBJECT FOO s',
    'OBJECT ENCODING',
    'OBJECT ENCODING s s',
    'OBJECT HELP x',
    'OBJECT',
    'SET s 0123456789012345678901234567890123456789012345',
    'OBJECT ENCODING s',
    'APPEND n 1',
    'OBJECT ENCODING n',
    `SET s ${'x'.repeat(112)}`,
    'OBJECT ENCODING s',
    `SET s ${'x'.repeat(113)}`,
    'OBJECT ENCODING s',
    `SET s ${'x'.repeat(105)} EX 100`,
    'OBJECT ENCODING s',
    `SET ${'k'.repeat(40)} ${'x'.repeat(72)}`,
    `OBJECT ENCODING ${'k'.repeat(40)}`,
    `SET ${'k'.repeat(120)} x`,
    `OBJECT ENCODING ${'k'.repeat(120)}`,
  ]),
  {
    name: 'OBJECT IDLETIME of a key just written',
    play: async (t) => {
      const peer = await t.connect();
      await peer.quiet('SET', 's', 'v');
      const seconds = await peer.quiet('OBJECT', 'IDLETIME', 's');
      // The clocks of servers that count it have a coarse beat.
      t.note(`few seconds: ${typeof seconds === 'number' && seconds >= 0 && seconds < 60}`);
    },
  },
  {
    // Redis 7.0 has quicklists only.
    ...commandsCase('OBJECT ENCODING of lists that SORT stores', [
      'RPUSH l 3 1 2',
      'OBJECT ENCODING l',
      'SORT l STORE d',
      'OBJECT ENCODING d',
      'CONFIG SET list-max-listpack-size 2',
      'SORT l STORE d',
      'OBJECT ENCODING d',
      'LRANGE d 0 -1',
      'COPY d e',
      'LRANGE e 0 -1',
      'OBJECT ENCODING e',
      'CONFIG SET list-max-listpack-size -2',
    ]),
  },
  {
    name: 'KEYS and SCAN find every key',
    play: async (t) => {
      const peer = await t.connect();
      for (let at = 0; at < 300; at++) await peer.quiet('SET', `key:${at}`, 'v');
      await peer.quiet('RPUSH', 'list', 'a');
      await peer.quiet('SADD', 'set', 'a');
      await peer.quiet('SET', 'k\\*y', 'v');
      await peer.quiet('SET', 'gone', 'v', 'PXAT', '1');
      const show = async (...args: string[]): Promise<void> =>
        t.note(`${args.join(' ')}: ${((await peer.quiet(...args)) as string[]).sort().join(' ')}`);
      for (const pattern of ['*', 'key:1?', 'key:[2-3]*', '[^k]*', 'none*', 'k\\\\\\**', 'list']) {
        await show('KEYS', pattern);
      }
      const options = [
        [],
        ['MATCH', 'key:2*'],
        ['TYPE', 'list'],
        ['TYPE', 'STRING', 'MATCH', '*9'],
        ['TYPE', 'hash'],
      ];
      for (const words of options) {
        const seen = new Set<string>();
        let cursor = '0';
        do {
          const [next, page] = (await peer.quiet('SCAN', cursor, ...words, 'COUNT', '7')) as [
            string,
            string[],
          ];
          for (const key of page) seen.add(key);
          cursor = next;
        } while (cursor !== '0');
        t.note(`SCAN ${words.join(' ')}: ${[...seen].sort().join(' ')}`);
      }
      const [next, page] = (await peer.quiet('SCAN', '0', 'COUNT', '100000')) as [string, string[]];
      t.note(`all at once: ${next} ${page.length}`);
    },
  },
  {
    name: 'SCAN while keys come and go',
    play: async (t) => {
      const peer = await t.connect();
      for (let at = 0; at < 200; at++) await peer.quiet('SET', `stays:${at}`, 'v');
      const seen = await allPages(peer, ['SCAN'], async (page) => {
        for (let at = 0; at < 20; at++) await peer.quiet('SET', `comes:${page}:${at}`, 'v');
        for (let at = 0; at < 10; at++) await peer.quiet('DEL', `comes:${page}:${at}`);
      });
      const stays = new Set(seen.filter((key) => key.startsWith('stays')));
      t.note(`${stays.size} of those that stay`);
    },
  },
  commandsCase('errors of KEYS and SCAN', [
    'KEYS',
    'KEYS a b',
    'SCAN',
    'SCAN x',
    'SCAN -1',
    'SCAN 0 COUNT 0',
    'SCAN 0 COUNT -1',
    'SCAN 0 COUNT x',
    'SCAN 0 COUNT',
    'SCAN 0 MATCH',
    'SCAN 0 TYPE',
    'SCAN 0 TYPE foo',
    'SCAN 0 TYPE hash',
    'SCAN 0 NOVALUES',
    'SCAN 0 NOSCORES',
    'SCAN 0 BOGUS x',
    'SCAN 0 COUNT 10 COUNT 20 MATCH a MATCH b',
    'SCAN 0 MATCH a TYPE x COUNT 0',
    'SCAN 18446744073709551615',
    'SCAN 18446744073709551616',
    'MULTI',
    'SCAN 0',
    'KEYS *',
    'EXEC',
  ]),
];
