/** SLOWLOG, COMMANDLOG and LATENCY: what stands in the logs, how it is cut, and what is hidden. */
import { waitUntil } from '../../support/wait.ts';
import type { ConformanceCase, Peer } from '../transcript.ts';

/** Name and arguments of each entry, the newest first; the rest is checked. Redis gives scripts no address. */
async function shown(peer: Peer, ...command: string[]): Promise<void> {
  const entries = (await peer.quiet(...command)) as [number, number, number, string[], string, string][];
  const now = Date.now() / 1000;
  for (const [at, [id, seconds, value, words, address, name]] of entries.entries()) {
    const isRight =
      Math.abs(now - Number(seconds)) < 100 && Number(value) >= 0 && /^(127|\?|$)/.test(address);
    const isNext = at === 0 || Number(entries[at - 1]![0]) === Number(id) + 1;
    peer.write(`entry ${isRight} ${isNext} ${name} ${JSON.stringify(words)}`);
  }
}

const ALL = ['CONFIG SET slowlog-log-slower-than 0', 'CONFIG SET slowlog-max-len 128', 'SLOWLOG RESET'];
const NONE = ['CONFIG SET slowlog-log-slower-than -1', 'SLOWLOG LEN'];
const USUAL = [
  'CONFIG SET slowlog-log-slower-than 60000000',
  'CONFIG SET slowlog-max-len 128',
  'SLOWLOG RESET',
];

const SETTINGS = [
  ...['commandlog-execution-slower-than', 'commandlog-slow-execution-max-len', 'slowlog-max-len'],
  ...['commandlog-request-larger-than', 'commandlog-reply-larger-than'],
  ...['commandlog-large-request-max-len', 'commandlog-large-reply-max-len'],
];

export const slowLogCases: readonly ConformanceCase[] = [
  {
    name: 'SLOWLOG: entries, newest first, bounded',
    play: async (t) => {
      for (const protocol of ['2', '3']) {
        const a = await t.connect(`resp${protocol}`);
        await a.calls([`HELLO ${protocol}`, 'CLIENT SETNAME someone', ...ALL]);
        await a.calls(['SET k v', 'get k', 'GET', 'NOSUCH', 'INCR k', 'DBSIZE', ...NONE]);
        await shown(a, 'SLOWLOG', 'GET');
        await shown(a, 'SLOWLOG', 'GET', '2');
        await a.calls([
          'SLOWLOG GET 0',
          'CONFIG SET slowlog-max-len 3 slowlog-log-slower-than 0',
          'SLOWLOG LEN',
        ]);
        await a.calls(['PING', 'PING', 'PING', 'SLOWLOG LEN', 'CONFIG SET slowlog-max-len 2', 'SLOWLOG LEN']);
        await a.calls(['SLOWLOG RESET', 'SLOWLOG LEN', 'CONFIG GET slowlog-max-len', ...USUAL]);
        await a.calls(['SLOWLOG LEN', 'SLOWLOG GET']);
      }
    },
  },
  {
    name: 'SLOWLOG: wrong forms',
    play: async (t) => {
      const a = await t.connect();
      await a.calls(['SLOWLOG', 'SLOWLOG GET x', 'SLOWLOG GET -2', 'SLOWLOG GET 1 2', 'SLOWLOG LEN x']);
      await a.calls(['SLOWLOG RESET x', 'SLOWLOG BOGUS', 'SLOWLOG GET 99999999999999999999']);
      await a.calls(['CONFIG SET slowlog-log-slower-than -2', 'CONFIG SET slowlog-max-len -1']);
      await a.calls(['CONFIG SET slowlog-max-len x', 'CONFIG SET latency-monitor-threshold -1']);
      await a.calls(['MULTI', 'SLOWLOG GET 0', 'EXEC', 'EVAL return(redis.call("slowlog","get",0)) 0']);
    },
  },
  {
    name: 'SLOWLOG: long commands are cut, and passwords hidden',
    play: async (t) => {
      const a = await t.connect();
      const many = Array.from({ length: 40 }, (_, at) => `m${at}`);
      await a.calls(ALL);
      await a.call('SADD', 's', ...many.slice(0, 30));
      await a.call('SADD', 's', ...many.slice(0, 31));
      await a.call('SADD', 's', ...many);
      await a.call('SET', 'k', 'x'.repeat(128));
      await a.call('SET', 'k', '\xff'.repeat(129));
      await a.call('SET', 'k'.repeat(300), `a\0b${'\r\n'.repeat(200)}`);
      await a.calls(['AUTH secret', 'AUTH nobody secret', 'HELLO 3 AUTH nobody secret']);
      await a.calls(['HELLO 3 SETNAME auth', 'CLIENT SETNAME x', ...NONE]);
      await shown(a, 'SLOWLOG', 'GET', '-1');
      await a.calls(USUAL);
    },
  },
  {
    name: 'SLOWLOG: transactions, scripts, and commands that have waited',
    // Its log does not hold commands whose time was up; the next releases' do.
    notOn: ['redis-7.0'],
    play: async (t) => {
      const [a, waiter] = [await t.connect(), await t.connect('waiter')];
      const id = await waiter.quiet('CLIENT', 'ID');
      await waiter.quiet('CLIENT', 'SETNAME', 'waiter');
      const waits = async (): Promise<void> =>
        waitUntil(
          async () => String(await a.quiet('CLIENT', 'LIST', 'ID', String(id))).includes('flags=b'),
          'the client waits',
        ).then(() => undefined);
      waiter.send('BLPOP', 'l', '0');
      await waits();
      await a.calls([...ALL, 'MULTI', 'INCR n', 'RPUSH l v', 'EXEC']);
      await waiter.read('served');
      await a.call('EVAL', 'redis.call("set", KEYS[1], "v") return redis.call("get", KEYS[1])', '1', 'k');
      await waiter.call('BLPOP', 'none', '0.01');
      await a.calls(NONE);
      await shown(a, 'SLOWLOG', 'GET', '-1');
      await a.calls(USUAL);
    },
  },
  {
    name: 'COMMANDLOG: slow, and large by request and reply',
    // They have no such command.
    notOn: ['redis-7.0', 'redis-8.0', 'valkey-8.0'],
    play: async (t) => {
      const a = await t.connect();
      await a.calls(SETTINGS.map((name) => `CONFIG GET ${name}`));
      await a.calls(['CONFIG SET commandlog-request-larger-than 1000 commandlog-reply-larger-than 1000']);
      await a.calls([
        'COMMANDLOG RESET slow',
        'COMMANDLOG RESET LARGE-REQUEST',
        'COMMANDLOG RESET large-reply',
      ]);
      await a.call('SET', 'k', 'x'.repeat(2000));
      await a.calls(['GET k', 'SET k v', 'GET k', 'GETRANGE k 0 -1']);
      await a.call('RPUSH', 'l', ...Array.from({ length: 100 }, (_, at) => `${1000 + at}`.repeat(4)));
      await a.calls(['LRANGE l 0 -1', 'MULTI', 'LRANGE l 0 -1', 'EXEC']);
      await a.calls(['COMMANDLOG LEN large-request', 'COMMANDLOG LEN large-reply']);
      await shown(a, 'COMMANDLOG', 'GET', '-1', 'large-request');
      await shown(a, 'COMMANDLOG', 'GET', '10', 'large-reply');
      await a.calls(['CONFIG SET commandlog-large-reply-max-len 1', 'COMMANDLOG LEN large-reply']);
      await a.calls(['CONFIG SET commandlog-execution-slower-than 0', 'CONFIG GET slowlog-log-slower-than']);
      await a.calls(['PING', 'COMMANDLOG RESET slow', 'COMMANDLOG LEN slow', 'SLOWLOG LEN']);
      await a.calls(['CONFIG SET commandlog-large-reply-max-len 128 commandlog-request-larger-than -1']);
      await a.calls(['CONFIG SET commandlog-reply-larger-than 1048576', ...USUAL]);
      await a.calls([
        'COMMANDLOG GET 1',
        'COMMANDLOG GET x slow',
        'COMMANDLOG GET -2 slow',
        'COMMANDLOG GET 1 y',
      ]);
      await a.calls([
        'COMMANDLOG LEN',
        'COMMANDLOG LEN y',
        'COMMANDLOG RESET',
        'COMMANDLOG RESET y',
        'COMMANDLOG',
      ]);
    },
  },
  {
    name: 'LATENCY: events of commands',
    play: async (t) => {
      const a = await t.connect();
      await a.calls(['CONFIG SET latency-monitor-threshold 10', 'LATENCY RESET', 'LATENCY LATEST']);
      await a.calls([
        'DEBUG SLEEP 0.02',
        'DEBUG SLEEP 0.05',
        'LATENCY HISTORY Command',
        'LATENCY GRAPH COMMAND',
      ]);
      const latest = (await a.quiet('LATENCY', 'LATEST')) as [string, number, number, number][];
      const command = latest.find(([name]) => name === 'command');
      a.write(`latest ${command?.length} ${Number(command?.[3]) >= 50} ${Number(command?.[2]) >= 20}`);
      const history = (await a.quiet('LATENCY', 'HISTORY', 'command')) as [number, number][];
      a.write(`history ${history.length > 0} ${history.every((sample) => sample.length === 2)}`);
      const graph = String(await a.quiet('LATENCY', 'GRAPH', 'command')).split('\n');
      a.write(`graph ${graph[0]!.replace(/\d+/g, 'N')} ${graph[1]} ${graph.length > 5}`);
      const report = String(await a.quiet('LATENCY', 'DOCTOR'));
      a.write(`doctor ${report.slice(0, 40)}`);
      await a.calls(['LATENCY RESET nosuch', 'CONFIG SET latency-monitor-threshold 0']);
      const count = Number(await a.quiet('LATENCY', 'RESET', 'COMMAND', 'fast-command'));
      a.write(`reset ${count > 0}`);
      await a.calls(['LATENCY HISTORY command', 'LATENCY GRAPH command', 'LATENCY RESET command']);
    },
  },
];
