/** EVAL and SCRIPT on the engine: replies, errors, and what scripts may do. */

import { waitUntil } from '../../support/wait.ts';
import { scriptingCases } from '../commands/scripting.ts';
import { Known } from '../known-clients.ts';
import type { ConformanceCase, Peer } from '../transcript.ts';

/** What the engine says in HELP comes from the catalogue, and what DUMP gives is not packed as the servers pack it. */
const LEFT_OUT = new Set(['HELP', 'DUMP']);

/** The cases of the catalogue, in both protocols. */
function fromCatalogue(name: string): ConformanceCase {
  const found = scriptingCases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no case ${name}`);
  return {
    name: `scripting: ${name}`,
    play: async (t) => {
      for (const protocol of ['2', '3']) {
        const peer = await t.connect();
        await peer.call('HELLO', protocol);
        for (const { args, rule } of found.lines) {
          if (rule === undefined && !LEFT_OUT.has(args[1] ?? '')) await peer.call(...args);
        }
      }
    },
  };
}

/** What makes a string at `n`, or changes the one at `k`. */
const STRING_MAKERS = [
  ...[
    'SET n 12',
    'SET k 12',
    'SET k 12 XX GET',
    'SET n 12 EX 100',
    'SETNX n 12',
    'SETEX n 100 12',
    'PSETEX n 100000 12',
  ],
  ...[
    'GETSET k 12',
    'GETSET n 12',
    'APPEND n 12',
    'APPEND k 2',
    'MSET k 12 n 13',
    'MSETNX n 12 m 13',
    'COPY digits n',
  ],
  ...[
    'MSETEX 1 n 12 EX 100',
    'SET k 12 IFEQ 1',
    'INCRBY n 12',
    'INCRBYFLOAT n 12',
    'SETRANGE n 0 12',
    'RENAME digits n',
  ],
  ...['SET n 12345678901234567890', 'SET n 9223372036854775807', `SET n ${'7'.repeat(45)}`, 'GETEX k EX 100'],
];

const EVALS: readonly (readonly string[])[] = [
  ["redis.call('select', 5) redis.call('set', KEYS[1], 'v') return redis.call('get', KEYS[1])", '1', 'k'],
  ["return redis.call('get', KEYS[1])", '1', 'k'],
  ["for i = 1, 100 do redis.call('set', 'far' .. i, i) end return redis.call('get', 'far100')", '0'],
  [
    "redis.call('set', KEYS[1], 'x') return redis.call('mget', KEYS[1], 'far1', 'far2', 'nothing')",
    '1',
    'near',
  ],
  ["redis.call('hset', KEYS[1], 'f', 'v') redis.setresp(3) return redis.call('hgetall', KEYS[1])", '1', 'h'],
  ["redis.setresp(3) return redis.call('smembers', KEYS[1])", '1', 'nothing'],
  ["redis.call('sadd', KEYS[1], 'a') redis.setresp(3) return redis.call('smembers', KEYS[1])", '1', 's'],
  ["return redis.call('eval', 'return 1', 0)", '0'],
  ["return redis.call('multi')", '0'],
  ["return redis.call('subscribe', 'c')", '0'],
  ["return redis.call('nosuch')", '0'],
  ["return redis.pcall('nosuch')", '0'],
  ["return redis.call('get')", '0'],
  ["return redis.call('config')", '0'],
  ["return redis.call('config', 'nosuch')", '0'],
  ["return redis.call('hset', KEYS[1], 'f')", '1', 'h'],
  ["return redis.call('lpush', KEYS[1], 'a')", '1', 'h'],
  ["return redis.pcall('lpush', KEYS[1], 'a')", '1', 'h'],
  ["local r = redis.pcall('lpush', KEYS[1], 'a') return r.err", '1', 'h'],
  ["return redis.call('echo', 'x')", '0'],
  ["return redis.call('ping')", '0'],
  ["return redis.call('publish', 'c', 'm')", '0'],
  ["return redis.acl_check_cmd('set', 'k', 'v')", '0'],
  ["return redis.acl_check_cmd('nosuch')", '0'],
  ["redis.call('set', 'a', '1') error('after a write')", '0'],
  ["return redis.call('get', 'a')", '0'],
  ["return redis.call('dbsize')", '0'],
  ["redis.call('flushdb') return redis.call('dbsize')", '1', 'k'],
  ["#!lua\nreturn redis.call('set', KEYS[1], 'v')", '1', 'k'],
  ["#!lua flags=allow-stale,no-cluster\nreturn redis.call('get', KEYS[1])", '1', 'k'],
  ["#!lua flags=no-writes\nreturn redis.pcall('del', KEYS[1])", '1', 'k'],
  ["#!lua flags=no-writes\nreturn redis.call('publish', 'c', 'm')", '0'],
  ['#!nosuch\nreturn 1', '0'],
  ['#!lua', '0'],
];

/** On Redis 7.0 scripts may not call them. */
const WAITS: readonly (readonly string[])[] = [
  ["return redis.call('blpop', KEYS[1], 0)", '1', 'list'],
  ["redis.setresp(3) return redis.call('blpop', KEYS[1], 0)", '1', 'list'],
  ["return redis.call('blmove', KEYS[1], KEYS[2], 'left', 'right', 0)", '2', 'list', 'other'],
];

export const scriptEngineCases: readonly ConformanceCase[] = [
  fromCatalogue('eval'),
  fromCatalogue('script'),
  fromCatalogue('functions'),
  {
    name: 'scripts: commands that they call',
    play: async (t) => {
      const peer = await t.connect();
      for (const args of EVALS) await peer.call('EVAL', ...args);
      for (const args of EVALS) await peer.call('EVAL_RO', ...args);
      await peer.call('HELLO', '3');
      for (const args of EVALS) await peer.call('EVAL', ...args);
    },
  },
  {
    name: 'scripts: commands that would wait',
    play: async (t) => {
      const peer = await t.connect();
      for (const args of WAITS) await peer.call('EVAL', ...args);
      await peer.call('HELLO', '3');
      for (const args of WAITS) await peer.call('EVAL_RO', ...args);
      for (const args of WAITS) await peer.call('EVAL', ...args);
    },
  },
  {
    name: 'scripts: the forms of strings that they make',
    play: async (t) => {
      const peer = await t.connect();
      for (const line of STRING_MAKERS) {
        await peer.calls(['FLUSHALL', 'SET k 1', 'SET digits 12']);
        const [command, ...args] = line.split(' ');
        await peer.call('EVAL', 'return redis.pcall(ARGV[1], unpack(ARGV, 2))', '0', command, ...args);
        await peer.calls(['OBJECT ENCODING k', 'OBJECT ENCODING n', 'COPY n m', 'OBJECT ENCODING m']);
        await peer.calls(['INCR n', 'OBJECT ENCODING n']);
      }
      await peer.call('EVAL', "redis.call('set', 'n', 12) return redis.call('object', 'encoding', 'n')", '0');
      await peer.calls(['MULTI', 'SET n 12', 'EXEC', 'OBJECT ENCODING n']);
    },
  },
  {
    name: 'scripts in transactions, under WATCH, and before whoever waits',
    play: async (t) => {
      const known = new Known(t);
      const [peer, waiting] = [await known.connect('a'), await known.connect('waiting')];
      await peer.calls(['WATCH k', 'MULTI']);
      await peer.call(
        'EVAL',
        "redis.call('set', KEYS[1], ARGV[1]) return redis.call('get', 'k')",
        '1',
        'k',
        'v',
      );
      await peer.call('EVAL', 'this is no lua', '0');
      await peer.call('EVAL', 'return', '0');
      await peer.calls(['EVALSHA short 0', 'GET k', 'EXEC', 'WATCH k']);
      await peer.call('EVAL', "return redis.call('append', 'k', 'w')", '0');
      await peer.calls(['MULTI', 'GET k', 'EXEC']);
      waiting.send('BLPOP', 'list', '0');
      await known.flagged(peer, waiting, 'b');
      const pushes = "redis.call('rpush', KEYS[1], 'a') redis.call('lpop', KEYS[1]) ";
      await peer.call('EVAL', `${pushes} return redis.call('rpush', KEYS[1], 'b', 'c')`, '1', 'list');
      await waiting.read('served');
      await peer.calls(['LRANGE list 0 -1']);
    },
  },
  {
    name: 'scripts: MONITOR, tracking and notifications',
    play: async (t) => {
      const [peer, monitor, listener] = [await t.connect(), await t.connect('m'), await t.connect('l')];
      await peer.calls(['CONFIG SET notify-keyspace-events KEA', 'HELLO 3', 'CLIENT TRACKING on']);
      await listener.call('HELLO', '3');
      listener.send('SUBSCRIBE', '__keyevent@0__:set');
      await listener.push();
      await peer.call('EVAL', "return redis.call('get', KEYS[1])", '1', 'k');
      await peer.call('EVAL', "redis.call('set', KEYS[1], 1) return redis.call('set', 'j', 2)", '1', 'k');
      await peer.call('PING');
      await peer.push();
      await listener.push();
      await listener.push();
      await monitor.call('MONITOR');
      await peer.call('EVAL', "redis.call('get', 'k') return redis.call('nosuch')", '1', 'k');
      for (let line = 0; line < 2; line++) {
        const { reply } = await monitor.client.readFrame();
        const shown = 'text' in reply ? reply.text : JSON.stringify(reply);
        t.note(shown.replace(/^[^[]*\[/, '[').replace(/127\.0\.0\.1:\d+/, 'client'));
      }
      await peer.calls(['CLIENT TRACKING off', 'CONFIG SET notify-keyspace-events ""']);
    },
  },
  {
    name: 'scripts that run for too long, and what others may do meanwhile',
    play: async (t) => {
      const [runner, other] = [await t.connect('runner'), await t.connect('other')];
      const library = "#!lua name=busy\nredis.register_function('busy', function() while true do end end)";
      await other.call('FUNCTION', 'LOAD', library);
      await other.calls(['CONFIG SET busy-reply-threshold 20']);
      for (const kind of ['SCRIPT', 'FUNCTION']) {
        if (kind === 'SCRIPT') runner.send('EVAL', 'while true do end', '1', 'k');
        else runner.send('FCALL', 'busy', '1', 'k');
        await untilBusy(other);
        await other.calls([
          'GET k',
          'NOSUCH',
          'GET',
          'INFO',
          'EVAL return(1) 0',
          'CLIENT LIST',
          'CONFIG GET save',
        ]);
        await other.calls(['MULTI', 'GET k', 'EXEC', 'MULTI', 'DISCARD', 'WATCH other', 'UNWATCH', 'RESET']);
        await other.calls([
          'CLIENT SETNAME x',
          'AUTH x',

          'SELECT 1',
          'SHUTDOWN',
        ]);
        await other.calls([
          'SHUTDOWN SAVE NOSAVE',
          'SHUTDOWN ABORT',
          kind === 'SCRIPT' ? 'FUNCTION KILL' : 'SCRIPT KILL',
        ]);
        await other.calls([`${kind} KILL`]);
        await runner.read('killed');
        await other.calls(['GET k', `${kind} KILL`]);
      }
      const script =
        "redis.call('set', KEYS[1], 'v') for i = 1, 1e8 do local x = i end return redis.call('get', KEYS[1])";
      runner.send('EVAL', script, '1', 'k');
      await untilBusy(other);
      await other.calls(['SCRIPT KILL', 'FUNCTION KILL']);
      await runner.read('written');
      await other.calls(['GET k', 'CONFIG SET busy-reply-threshold 5000', 'FUNCTION FLUSH']);
    },
  },
];

async function untilBusy(peer: Peer): Promise<void> {
  await waitUntil(async () => {
    const reply = await peer.typed('PING');
    return 'text' in reply && reply.text.startsWith('BUSY ');
  }, 'a busy script');
}
