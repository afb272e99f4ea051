/** MULTI, EXEC, DISCARD, WATCH and UNWATCH in every form. */
import { type ConformanceCase, commandsCase } from './transcript.ts';

export const transactionCases: readonly ConformanceCase[] = [
  commandsCase('MULTI basics', [
    'MULTI',
    'SET a 1',
    'INCR a',
    'GET a',
    'EXEC',
    'MULTI',
    'EXEC',
    'MULTI',
    'SET a 2',
    'DISCARD',
    'GET a',
    'EXEC',
    'DISCARD',
    'MULTI x',
    'MULTI',
    'MULTI',
    'WATCH a',
    'EXEC',
    'UNWATCH',
    'WATCH',
    'EXEC 1',
    'DISCARD 1',
    'UNWATCH 1',
  ]),
  commandsCase('errors while queueing abort', [
    'MULTI',
    'NOSUCH',
    'SET a 1',
    'EXEC',
    'GET a',
    'MULTI',
    'GET',
    'SET a 1',
    'EXEC',
    'GET a',
    'MULTI',
    'SET a 1',
    'NOSUCH',
    'DISCARD',
    'GET a',
    'MULTI',
    'CLIENT BOGUS',
    'EXEC',
    'MULTI',
    'CONFIG',
    'EXEC',
  ]),
  commandsCase('errors while running do not', [
    'SET s text',
    'MULTI',
    'INCR s',
    'LPUSH s x',
    'SET t 1',
    'EXEC',
    'GET t',
    'MULTI',
    'EXPIRE s abc',
    'GET s',
    'EXEC',
  ]),
  commandsCase('replies of every shape inside EXEC', [
    'HSET h f v',
    'ZADD z 1.5 m',
    'SADD s x',
    'RPUSH l a b',
    'MULTI',
    'HGETALL h',
    'ZRANGE z 0 -1 WITHSCORES',
    'SMEMBERS s',
    'LRANGE l 0 -1',
    'GET none',
    'ZSCORE z m',
    'LPOP none 2',
    'MGET a b',
    'PING',
    'PING text',
    'ECHO x',
    'TYPE h',
    'EXEC',
  ]),
  commandsCase('blocking commands inside EXEC do not block', [
    'MULTI',
    'BLPOP none 0',
    'BLMOVE none none2 LEFT LEFT 0',
    'BZPOPMIN none 0',
    'XREAD BLOCK 0 STREAMS none $',
    'BLMPOP 0 1 none LEFT',
    'EXEC',
  ]),
  commandsCase('session commands inside MULTI', [
    'MULTI',
    'SELECT 1',
    'SET k 1',
    'GET k',
    'SELECT 0',
    'EXEC',
    'GET k',
    'MULTI',
    'CLIENT SETNAME inside',
    'CLIENT GETNAME',
    'EXEC',
    'CLIENT GETNAME',
    'MULTI',
    'HELLO 3',
    'EXEC',
    'HELLO 2',
    'MULTI',
    'AUTH x',
    'EXEC',
    'MULTI',
    'PUBLISH c m',
    'EXEC',
    'MULTI',
    'ASKING',
    'EXEC',
    'MULTI',
    'MONITOR',
    'EXEC',
  ]),
  commandsCase('RESET and UNWATCH inside MULTI', [
    'WATCH k',
    'MULTI',
    'SET k 1',
    'UNWATCH',
    'EXEC',
    'MULTI',
    'SET k 2',
    'RESET',
    'EXEC',
    'GET k',
  ]),
  {
    name: 'WATCH sees changes of others',
    play: async (t) => {
      const [a, b] = [await t.connect('a'), await t.connect('b')];
      await a.calls(['SET k 1', 'WATCH k', 'GET k']);
      await b.call('SET', 'k', '2');
      await a.calls(['MULTI', 'SET k 3', 'EXEC', 'GET k', 'MULTI', 'SET k 4', 'EXEC']);
      await a.calls(['WATCH k other', 'MULTI', 'GET k']);
      await b.call('SET', 'unrelated', '2');
      await a.calls(['EXEC', 'WATCH k', 'UNWATCH']);
      await b.call('SET', 'k', '5');
      await a.calls([
        'MULTI',
        'GET k',
        'EXEC',
        'WATCH k',
        'SET k 6',
        'MULTI',
        'GET k',
        'EXEC',
        'WATCH k',
        'MULTI',
        'DISCARD',
      ]);
      await b.call('SET', 'k', '7');
      await a.calls(['MULTI', 'GET k', 'EXEC', 'WATCH gone']);
      await b.calls(['SET gone 1', 'DEL gone']);
      await a.calls(['MULTI', 'GET gone', 'EXEC', 'HELLO 3', 'WATCH k']);
      await b.call('FLUSHALL');
      await a.calls(['MULTI', 'GET k', 'EXEC']);
    },
  },
  {
    name: 'WATCH in another database, and across SELECT',
    play: async (t) => {
      const [a, b] = [await t.connect('a'), await t.connect('b')];
      await a.calls(['SELECT 1', 'WATCH k', 'SELECT 0']);
      await b.call('SET', 'k', '1');
      await a.calls(['MULTI', 'PING', 'EXEC', 'SELECT 1', 'WATCH k', 'SELECT 0']);
      await b.calls(['SELECT 1', 'SET k 1']);
      await a.calls(['MULTI', 'PING', 'EXEC']);
    },
  },
  {
    name: 'a whole transaction in one write, with traffic before and after',
    play: async (t) => {
      const peer = await t.connect();
      peer.sendAll([
        'SET n 1',
        'WATCH n',
        'GET n',
        'MULTI',
        'INCR n',
        'INCR n',
        'EXEC',
        'GET n',
        'MULTI',
        'BAD',
        'EXEC',
        'INCR n',
        'MULTI',
        'DISCARD',
        'GET n',
      ]);
      await peer.reads(15);
      for (let round = 0; round < 200; round++)
        peer.sendAll(['MULTI', `INCR m${round}`, `SET n ${round}`, 'EXEC', 'GET n']);
      await peer.reads(1000);
    },
  },
  {
    name: 'leaving in the middle of a transaction leaves nothing behind',
    play: async (t) => {
      const [a, b, c] = [await t.connect('a'), await t.connect('b'), await t.connect('c')];
      await a.calls(['WATCH k', 'MULTI', 'SET k never']);
      a.client.close();
      await b.calls(['MULTI', 'SET k never']);
      b.client.reset();
      for (let round = 0; round < 20; round++) {
        const peer = await t.connect(`p${round}`);
        await peer.calls(['GET k', 'MULTI', 'GET k', 'EXEC']);
        peer.client.close();
      }
      await c.calls(['GET k', 'EXEC']);
    },
  },
  {
    name: 'two transactions of two clients do not mix',
    play: async (t) => {
      const [a, b] = [await t.connect('a'), await t.connect('b')];
      await a.calls(['MULTI', 'RPUSH l a1']);
      await b.calls(['MULTI', 'RPUSH l b1']);
      await a.calls(['RPUSH l a2', 'EXEC']);
      await b.calls(['LRANGE l 0 -1', 'RPUSH l b2', 'EXEC', 'LRANGE l 0 -1']);
    },
  },
];
