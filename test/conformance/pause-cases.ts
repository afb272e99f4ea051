/** What CLIENT PAUSE WRITE lets pass although it may look like a write: scripts that have promised not to write. */
import { Known } from './known-clients.ts';
import type { ConformanceCase } from './transcript.ts';

const LOOKS = '#!lua flags=no-writes\nreturn redis.call("GET",KEYS[1])';
const COUNTS = '#!lua\nreturn redis.call("INCR",KEYS[1])';
const LIBRARY = `#!lua name=lib
redis.register_function{function_name='look', flags={'allow-stale', 'no-writes'},
  callback=function(keys) return redis.call('GET', keys[1]) end}
redis.register_function('count', function(keys) return redis.call('INCR', keys[1]) end)`;

export const pauseCases: readonly ConformanceCase[] = [
  {
    name: 'scripts that have promised not to write pass CLIENT PAUSE WRITE',
    play: async (t) => {
      const known = new Known(t);
      const pauser = await known.connect('pauser');
      await pauser.calls(['SET k 1']);
      await pauser.call('FUNCTION', 'LOAD', LIBRARY);
      const looks = String(await pauser.quiet('SCRIPT', 'LOAD', LOOKS));
      const counts = String(await pauser.quiet('SCRIPT', 'LOAD', COUNTS));
      const inside = await known.connect('inside');
      await inside.calls(['MULTI', 'FCALL count 1 a']);
      await pauser.call('CLIENT', 'PAUSE', '60000', 'WRITE');
      const reader = await known.connect('reader');
      await reader.call('EVAL', LOOKS, '1', 'k');
      await reader.call('EVAL', '#!lua flags=allow-oom,no-writes\nreturn 2', '0');
      await reader.calls([`EVALSHA ${looks} 1 k`, 'FCALL look 1 k', 'FCALL LOOK 1 k', 'FCALL look', 'MULTI']);
      await reader.call('EVAL', LOOKS, '1', 'k');
      await reader.calls([`EVALSHA ${looks} 1 k`, 'FCALL look 1 k', 'EXEC']);
      await reader.calls([`SCRIPT EXISTS ${looks}`, 'PUBSUB CHANNELS none', 'SUBSCRIBE c']);
      const writers = await Promise.all(['b', 'c', 'd', 'e'].map((name) => known.connect(name)));
      const [evalsha, fcall, unknown, unheard] = writers;
      evalsha?.send('EVALSHA', counts, '1', 'b');
      fcall?.send('FCALL', 'count', '1', 'c');
      unknown?.send('FCALL', 'nothing', '0');
      unheard?.send('EVAL', '#!lua flags=no-cluster\nreturn 1', '0');
      inside.send('EXEC');
      const held = [inside, ...writers];
      for (const peer of held) await known.flagged(pauser, peer, 'b');
      await pauser.call('CLIENT', 'UNPAUSE');
      for (const peer of held) await peer.read();
      await pauser.calls(['MGET a b c']);
    },
  },
];
