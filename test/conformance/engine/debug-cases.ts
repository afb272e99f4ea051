/** DEBUG: what tests of clients and servers use it for. */
import { type ConformanceCase, commandsCase } from '../transcript.ts';

const PROTOCOLS = [
  ...['string', 'integer', 'double', 'bignum', 'null', 'array', 'set', 'map', 'attrib', 'push', 'verbatim'],
  ...['true', 'FALSE', 'bogus'],
].map((type) => `DEBUG PROTOCOL ${type}`);

export const debugEngineCases: readonly ConformanceCase[] = [
  commandsCase('DEBUG DIGEST and DIGEST-VALUE of every type', [
    'FLUSHALL',
    'DEBUG DIGEST',
    'SET string value',
    'SET number 12345',
    'SETRANGE raw 3 x',
    'RPUSH list a b 3 -4 d',
    'SADD integers 1 2 3',
    'SADD members a b 3 -4',
    'ZADD zset 1 a -2 b inf c 3 4',
    'HSET hash f v g 12',
    'XADD stream 5-1 f v g 12',
    'XADD stream 6-0 f w g 13',
    'XADD stream 6-2 other 1',
    'DEBUG DIGEST-VALUE string number raw list integers members zset hash stream none',
    'DEBUG DIGEST-VALUE',
    'DEBUG DIGEST',
    'EXPIRE string 1000',
    'DEBUG DIGEST-VALUE string',
    'PERSIST string',
    'SELECT 1',
    'SET other 1',
    'DEBUG DIGEST-VALUE string other',
    'DEBUG DIGEST',
    'MULTI',
    'DEBUG DIGEST-VALUE other',
    'DEBUG DIGEST',
    'EXEC',
    'FLUSHALL',
    'DEBUG DIGEST',
  ]),
  commandsCase('DEBUG PROTOCOL', [...PROTOCOLS, 'HELLO 3', ...PROTOCOLS, 'DEBUG PROTOCOL']),
  commandsCase('DEBUG REPLYBUFFER', [
    'DEBUG REPLYBUFFER PEAK-RESET-TIME 100',
    'DEBUG replybuffer peak-reset-time NEVER',
    'DEBUG REPLYBUFFER PEAK-RESET-TIME x',
    'DEBUG REPLYBUFFER PEAK-RESET-TIME reset',
    'DEBUG REPLYBUFFER RESIZING 0',
    'DEBUG REPLYBUFFER RESIZING 1',
    'DEBUG REPLYBUFFER RESIZING',
    'DEBUG REPLYBUFFER bogus 1',
    'DEBUG REPLYBUFFER',
  ]),
  commandsCase('DEBUG POPULATE', [
    'FLUSHALL',
    'SET key:1 kept',
    'DEBUG POPULATE 3',
    'MGET key:0 key:1 key:2 key:3',
    'DEBUG POPULATE 2 p',
    'MGET p:0 p:1',
    'DEBUG POPULATE 2 q 10',
    'MGET q:0 q:1',
    'DEBUG POPULATE 1 r 3',
    'GET r:0',
    'DBSIZE',
    'DEBUG POPULATE x',
    'DEBUG POPULATE -1',
    'DEBUG POPULATE 1 s x',
    'DEBUG POPULATE 1 s -1',
    'DEBUG POPULATE 1 s 1 1',
    'FLUSHALL',
  ]),
  commandsCase('DEBUG RELOAD', [
    'FLUSHALL',
    'SET s v',
    'RPUSH l a b 1',
    'HSET h f v',
    'ZADD z 1 a',
    'XADD x 1-1 f v',
    'SELECT 3',
    'SADD other 1 2',
    'EXPIRE other 100000',
    'DEBUG DIGEST',
    'DEBUG RELOAD',
    'DEBUG DIGEST',
    'TTL other',
    'WATCH other',
    'DEBUG RELOAD',
    'MULTI',
    'PING',
    'EXEC',
    'SELECT 0',
    'SET s changed',
    'SET new v',
    'DEBUG RELOAD nosave NOFLUSH MERGE',
    'MGET s new',
    'DEBUG RELOAD NOSAVE',
    'MGET s new',
    'DEBUG RELOAD BOGUS',
    'DEBUG RELOAD NOFLUSH MERGE',
    'DBSIZE',
    'OBJECT ENCODING l',
    'SHUTDOWN ABORT',
    'SHUTDOWN BOGUS',
    'SHUTDOWN SAVE NOSAVE',
    'SHUTDOWN ABORT NOW',
    'FLUSHALL',
  ]),
  commandsCase('DEBUG OBJECT of nothing, and switches', [
    'DEBUG OBJECT none',
    'DEBUG OBJECT',
    'DEBUG QUICKLIST-PACKED-THRESHOLD 200b',
    'DEBUG QUICKLIST-PACKED-THRESHOLD 1kx',
    'DEBUG QUICKLIST-PACKED-THRESHOLD 4294967296',
    'DEBUG QUICKLIST-PACKED-THRESHOLD 0',
    'DEBUG PAUSE-CRON 0',
    'DEBUG SET-DISABLE-DENY-SCRIPTS 1',
    "EVAL return(redis.call('time')[1]~=nil) 0",
    'DEBUG SET-DISABLE-DENY-SCRIPTS 0',
  ]),
  {
    name: 'WATCH and keys whose time has come, or that are not there',
    play: async (t) => {
      const a = await t.connect();
      const stale = ['SET x a PX 1', 'DEBUG SLEEP 0.01'];
      const ends = ['MULTI', 'PING', 'EXEC'];
      await a.calls(['FLUSHALL', 'DEBUG SET-ACTIVE-EXPIRE 0']);
      await a.calls([...stale, 'WATCH x', 'FLUSHDB', ...ends]);
      await a.calls(['SET y 1', 'WATCH x', 'FLUSHALL', ...ends]);
      await a.calls(['SET x 1', 'WATCH x', 'FLUSHDB', ...ends]);
      await a.calls(['SELECT 1', ...stale, 'SELECT 0', 'WATCH x', 'SWAPDB 0 1', ...ends, 'FLUSHALL']);
      await a.calls(['SELECT 1', ...stale, 'SELECT 0', ...stale, 'WATCH x', 'SWAPDB 0 1', ...ends]);
      await a.calls(['FLUSHALL', ...stale, 'WATCH x', 'SELECT 1', 'SET x b', 'SWAPDB 0 1', ...ends]);
      await a.calls(['SELECT 0', 'DEBUG SET-ACTIVE-EXPIRE 1', 'FLUSHALL']);
    },
  },
  {
    name: 'SCAN takes away keys whose time has come',
    play: async (t) => {
      const a = await t.connect();
      await a.calls(['FLUSHALL', 'DEBUG SET-ACTIVE-EXPIRE 0', 'SET a b', 'SET c d PX 1', 'HSET h f v']);
      await a.calls(['PEXPIRE h 1', 'DEBUG SLEEP 0.01', 'KEYS *', 'DBSIZE', 'SCAN 0 MATCH n* COUNT 1000']);
      await a.calls(['DBSIZE', 'SCAN 0 COUNT 1000', 'DBSIZE', 'DEBUG SET-ACTIVE-EXPIRE 1', 'FLUSHALL']);
    },
  },
  {
    name: 'nothing expires while clients are paused',
    play: async (t) => {
      const [a, b] = [await t.connect('a'), await t.connect('b')];
      await a.calls(['FLUSHALL', 'DEBUG SET-ACTIVE-EXPIRE 0', 'SET x y PX 20', 'CLIENT PAUSE 100000 WRITE']);
      await a.calls(['DEBUG SLEEP 0.03', 'GET x', 'EXISTS x', 'DBSIZE']);
      b.send('SET', 'x', 'z');
      await a.until('INFO clients', (text) => String(text).includes('blocked_clients:1'));
      await a.call('EVAL', "#!lua flags=no-writes\nreturn redis.call('get', KEYS[1])", '1', 'x');
      await a.calls(['CLIENT UNPAUSE']);
      await b.read('SET x z');
      await a.calls(['GET x', 'DEBUG SET-ACTIVE-EXPIRE 1', 'FLUSHALL']);
    },
  },
  commandsCase('min-replicas-to-write without replicas', [
    'SET x 1',
    'MULTI',
    'INCR x',
    'CONFIG SET min-replicas-to-write 1',
    'EXEC',
    'CONFIG SET min-slaves-to-write 1',
    'SET x 2',
    'GET x',
    'MULTI',
    'INCR x',
    'EXEC',
    'MULTI',
    'GET x',
    'EXEC',
    "EVAL return(redis.call('get',KEYS[1])) 1 x",
    "EVAL return(redis.call('set',KEYS[1],3)) 1 x",
    "EVAL return(redis.pcall('set',KEYS[1],3)['err']) 1 x",
    'CONFIG SET min-replicas-to-write 0',
    'EXEC',
    'DISCARD',
    'CONFIG SET min-replicas-to-write 0',
    'DEL x',
  ]),
  commandsCase('settings of replication, as on a server without replicas', [
    ...['CONFIG GET repl-timeout', 'CONFIG GET repl-ping-slave-period', 'CONFIG GET repl-diskless-sync'],
    ...['CONFIG GET repl-diskless-load', 'CONFIG GET repl-diskless-sync-delay'],
    'CONFIG SET repl-timeout 0',
    'CONFIG SET repl-timeout x',
    'CONFIG SET repl-timeout 61 repl-backlog-ttl 1 repl-backlog-size 2mb repl-diskless-load swapdb',
    ...['CONFIG GET repl-timeout', 'CONFIG GET repl-backlog-size', 'CONFIG GET repl-diskless-load'],
    'CONFIG SET repl-diskless-sync bogus',
    'CONFIG SET slave-priority 7 replica-announced no',
    'CONFIG GET replica-priority',
    'CONFIG GET daemonize',
    'CONFIG SET daemonize yes',
    'CONFIG SET repl-timeout 60 repl-diskless-load disabled replica-priority 100 replica-announced yes',
    ...['CONFIG GET databases', 'CONFIG GET maxclients'],
    'CONFIG SET stop-writes-on-bgsave-error no',
  ]),
  commandsCase('settings of requests and strings', [
    'CONFIG GET proto-max-bulk-len',
    'CONFIG SET proto-max-bulk-len 1mb',
    'CONFIG GET proto-max-bulk-len',
    'SETRANGE k 1048575 a',
    'SETRANGE k 1048576 a',
    'APPEND k a',
    'SETBIT k 8388607 1',
    'SETBIT k 8388608 1',
    'CONFIG SET proto-max-bulk-len 1k',
    'CONFIG SET proto-max-bulk-len x',
    'CONFIG SET proto-max-bulk-len 512mb',
    'CONFIG SET client-query-buffer-limit 1',
    'CONFIG GET client-query-buffer-limit',
    'DEL k',
    'CONFIG SET hll-sparse-max-bytes 20',
    'PFADD h a b c d e f g h i',
    'STRLEN h',
    'CONFIG SET hll-sparse-max-bytes 3000',
    'PFADD i a b c d e f g h i',
    'STRLEN i',
    'DEL h i',
  ]),
  {
    name: 'errors of scripts are counted once, by their own codes',
    play: async (t) => {
      const a = await t.connect();
      const shown = async (): Promise<void> => {
        const lines = String(await a.quiet('INFO', 'errorstats', 'stats', 'commandstats'))
          .split('\r\n')
          .sort();
        const counts = /^(errorstat_|total_error_replies|cmdstat_(eval|lpush|set):)/;
        for (const line of lines) if (counts.test(line)) a.write(line.replace(/usec[^,]*,usec[^,]*,/, ''));
      };
      await a.calls(['FLUSHALL', 'SET s x', 'CONFIG RESETSTAT']);
      await a.call('EVAL', "return redis.error_reply('MY_CODE text')", '0');
      await a.call('EVAL', "return redis.call('lpush', 's', 'x')", '0');
      await a.call('EVAL', "return redis.pcall('lpush', 's', 'x')['err']", '0');
      await a.call('EVAL', "return redis.call('set', 's')", '0');
      await a.call('EVAL', 'return nosuch', '0');
      await shown();
      await a.calls(['CONFIG RESETSTAT', 'DEL s']);
    },
  },
  {
    name: 'a set given to a script by SORT is sorted',
    play: async (t) => {
      const a = await t.connect();
      await a.calls(['FLUSHALL', 'SADD s c a b zz d aa']);
      await a.call('EVAL', "return redis.call('sort', KEYS[1], 'by', '_')", '1', 's');
      await a.call('EVAL', "return redis.call('sort', KEYS[1], 'by', '_', 'desc')", '1', 's');
      await a.call('EVAL', "return redis.call('xread', 'block', '1', 'streams', KEYS[1], '0')", '1', 'none');
      await a.calls(['SCRIPT FLUSH', 'EVAL 1 0', 'EVAL 2 0']);
      const memory = String(await a.quiet('INFO', 'memory')).split('\r\n');
      for (const line of memory) if (line.startsWith('number_of_')) a.write(line);
      await a.calls(['DEL s']);
    },
  },
];
