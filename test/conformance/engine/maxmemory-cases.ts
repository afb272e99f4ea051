/** `maxmemory`: settings, what is refused when there is too much, what goes. */
import type { ConformanceCase } from '../transcript.ts';

const OFF = 'CONFIG SET maxmemory 0 maxmemory-policy noeviction';
const POLICIES = ['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'volatile-lru', 'volatile-lfu'];

export const maxmemoryCases: readonly ConformanceCase[] = [
  {
    name: 'maxmemory: settings',
    // It takes more samples.
    notOn: ['redis-7.0'],
    play: async (t) => {
      const a = await t.connect();
      await a.calls(['CONFIG SET maxmemory 100mb', 'CONFIG GET maxmemory', 'CONFIG SET maxmemory 1G']);
      await a.calls(['CONFIG GET maxmemory', 'CONFIG SET maxmemory x', 'CONFIG SET maxmemory -1', OFF]);
      await a.calls(['CONFIG SET maxmemory-policy nosuch', 'CONFIG SET maxmemory-policy ALLKEYS-LRU']);
      await a.calls(['CONFIG GET maxmemory-policy', 'CONFIG SET maxmemory-policy allkeys-lrm', OFF]);
      await a.calls(['CONFIG GET maxmemory-samples', 'CONFIG SET maxmemory-samples 0']);
      await a.calls(['CONFIG GET maxmemory-eviction-tenacity', 'CONFIG SET maxmemory-eviction-tenacity 101']);
      await a.calls([
        'CONFIG GET lfu-log-factor',
        'CONFIG SET lfu-log-factor -1',
        'CONFIG SET lfu-decay-time x',
      ]);
      await a.calls([
        'CONFIG SET maxmemory-samples 10 lfu-log-factor 3 lfu-decay-time 0',
        'CONFIG GET lfu-decay-time',
      ]);
      await a.calls(['CONFIG SET maxmemory-samples 5 lfu-log-factor 10 lfu-decay-time 1']);
    },
  },
  {
    name: 'maxmemory: commands that are refused',
    // It queues nothing without memory; the next releases do.
    notOn: ['redis-7.0'],
    play: async (t) => {
      const [a, b] = [await t.connect(), await t.connect('b')];
      await a.calls(['SET k v', 'RPUSH l a b', 'SET t v EX 100', 'EVAL return(1) 0']);
      await b.calls(['MULTI', 'SET x y']);
      await a.calls(['CONFIG SET maxmemory 1 maxmemory-policy noeviction']);
      await a.calls(['SET k w', 'GET k', 'APPEND k x', 'DEL nosuch', 'LPOP l', 'RPUSH l c', 'EXPIRE k 100']);
      await a.calls([
        'LPUSHX none x',
        'SETRANGE k 0 a',
        'PFADD h x',
        'XADD s * a b',
        'COPY k k2',
        'RENAME l m',
      ]);
      await a.calls(['MULTI', 'GET k', 'EXEC', 'DISCARD', 'MULTI', 'DISCARD', 'WATCH k', 'UNWATCH', 'PING']);
      await b.calls(['GET k', 'EXEC', 'EXEC']);
      await a.calls([
        'PUBLISH c m',
        'SUBSCRIBE c',
        'UNSUBSCRIBE c',
        'CONFIG GET maxmemory',
        'OBJECT FREQ k',
        OFF,
      ]);
      await a.calls(['SET k w', 'GET k', 'EXISTS x']);
    },
  },
  {
    name: 'maxmemory: EXEC is refused for what is in its queue',
    play: async (t) => {
      const [a, b] = [await t.connect(), await t.connect('b')];
      await a.calls(['MULTI', 'SET x y']);
      await b.calls(['MULTI', 'GET x', 'DEL x']);
      const c = await t.connect('c');
      await c.call('CONFIG', 'SET', 'maxmemory', '1');
      await a.calls(['EXEC', 'PING', 'EXEC']);
      await b.calls(['EXEC', 'PING']);
      await c.calls([OFF, 'EXISTS x']);
    },
  },
  {
    name: 'maxmemory: scripts',
    play: async (t) => {
      const a = await t.connect();
      await a.call('CONFIG', 'SET', 'maxmemory', '1');
      await a.call('EVAL', "return redis.call('set', KEYS[1], 'v')", '1', 'k');
      await a.call('EVAL', "return redis.pcall('set', KEYS[1], 'v')", '1', 'k');
      await a.call('EVAL', "redis.call('del', KEYS[1]) return redis.call('set', KEYS[1], 'v')", '1', 'k');
      await a.call('EVAL', "return redis.call('get', KEYS[1])", '1', 'k');
      await a.call('EVAL', '#!lua\nreturn 1', '0');
      await a.call('EVAL', '#!lua flags=no-writes\nreturn 1', '0');
      await a.call('EVAL', "#!lua flags=allow-oom\nreturn redis.call('set', KEYS[1], 'w')", '1', 'k');
      await a.call('EVAL_RO', "return redis.call('get', KEYS[1])", '1', 'k');
      await a.call('CONFIG', 'SET', 'maxmemory', '0');
      await a.call('FUNCTION', 'LOAD', LIBRARY);
      await a.call('CONFIG', 'SET', 'maxmemory', '1');
      await a.calls(['FCALL plain 1 k', 'FCALL allowed 1 k', 'FCALL reads 1 k', 'FCALL_RO reads 1 k']);
      await a.calls(['GET k', OFF]);
    },
  },
  ...POLICIES.map(
    (policy): ConformanceCase => ({
      name: `maxmemory: what goes with ${policy}`,
      play: async (t) => {
        const [a, b] = [await t.connect(), await t.connect('b')];
        await a.calls(['CONFIG SET notify-keyspace-events Ee', 'CONFIG RESETSTAT']);
        await b.calls(['SUBSCRIBE __keyevent@0__:evicted', 'PING']);
        await a.calls(['SET stays v', 'SET goes v EX 1000', 'SET x v EX 1000', 'WATCH x']);
        await a.calls([`CONFIG SET maxmemory-policy ${policy} maxmemory-eviction-tenacity 100`]);
        await a.calls(['CONFIG SET maxmemory 1']);
        // Nothing is left that may go, so it is refused.
        await a.calls(['SET y v', 'EXISTS goes x', 'EXISTS stays']);
        const events = [];
        for (let left = policy.startsWith('all') ? 3 : 2; left > 0; left--) {
          const { reply } = await b.client.readFrame();
          events.push(JSON.stringify(reply, (_, value) => value));
        }
        for (const event of events.sort()) b.write(event);
        await a.calls(['CONFIG SET maxmemory 0', 'MULTI', 'SET z 1', 'EXEC', OFF]);
        const stats = String(await a.quiet('INFO', 'stats'));
        a.write(/evicted_keys:\d+/.exec(stats)?.[0] ?? '');
        await a.call('CONFIG', 'SET', 'notify-keyspace-events', '', 'maxmemory-eviction-tenacity', '10');
        await a.callClocked('OBJECT IDLETIME z', 0, 1);
      },
    }),
  ),
  {
    name: 'maxmemory: what keys know of their use',
    play: async (t) => {
      const a = await t.connect();
      await a.call('SET', 'k', 'v');
      await a.callClocked('OBJECT IDLETIME k', 0, 1);
      await a.calls(['OBJECT FREQ k', 'CONFIG SET maxmemory-policy allkeys-lfu', 'SET n v']);
      await a.callClocked('OBJECT FREQ n', 5, 4);
      await a.calls([
        'OBJECT IDLETIME n',
        'GET n',
        'CONFIG SET lfu-log-factor 0',
        'SET m v',
        'GET m',
        'GET m',
      ]);
      await a.callClocked('OBJECT FREQ m', 7, 6);
      await a.calls([
        'CONFIG SET lfu-log-factor 10',
        'CONFIG SET maxmemory 1gb',
        'SET i 1',
        'OBJECT REFCOUNT i',
      ]);
      await a.calls([OFF, 'SET i 1', 'OBJECT REFCOUNT i', 'OBJECT FREQ i']);
    },
  },
];

const LIBRARY = `#!lua name=lib
redis.register_function('plain', function(keys) return redis.call('set', keys[1], 'a') end)
redis.register_function{function_name='allowed', callback=function(keys) return redis.call('set', keys[1], 'b') end,
  flags={'allow-oom'}}
redis.register_function{function_name='reads', callback=function(keys) return redis.call('get', keys[1]) end,
  flags={'no-writes'}}`;
