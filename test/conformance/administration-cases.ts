/** What operators and tools do: dumps and their way back, scripts that must be ended. */
import type { RawReply } from '../support/raw-reply.ts';
import { waitUntil } from '../support/wait.ts';
import { Known } from './known-clients.ts';
import { type ConformanceCase, commandsCase, type Peer, showReply } from './transcript.ts';

function bytesOf(reply: RawReply): Buffer {
  if (reply.type !== 'bulk') throw new Error(`no bulk string: ${JSON.stringify(reply)}`);
  return reply.bytes;
}

const LIBRARY = `#!lua name=lib
redis.register_function('spin', function() while true do end end)`;

/** Gateways ask the server now and then whether it is there. */
function isOfClients(words: unknown): boolean {
  return JSON.stringify(words) !== '["PING"]';
}

/** Ends the script as soon as the server allows it. */
function kill(peer: Peer, what: string): Promise<RawReply> {
  return waitUntil(async () => {
    const reply = await peer.client.callTyped(what, 'KILL');
    return (reply.type !== 'error' || !reply.text.startsWith('NOTBUSY')) && reply;
  }, `${what} KILL to find a script that is busy`);
}

export const administrationCases: readonly ConformanceCase[] = [
  {
    name: 'DUMP and RESTORE',
    play: async (t) => {
      const peer = await t.connect();
      await peer.calls(['RPUSH l a b c', 'SET s hello']);
      for (const key of ['l', 's']) {
        const dump = bytesOf(await peer.typed('DUMP', key));
        await peer.call('RESTORE', 'copy', '0', dump);
        await peer.call('RESTORE', 'copy', '0', dump);
        await peer.call('RESTORE', 'copy', '100000', dump, 'REPLACE', 'IDLETIME', '5');
        await peer.call('RESTORE', 'copy', '4102444800000', dump, 'REPLACE', 'ABSTTL', 'FREQ', '5');
        await peer.call('RESTORE-ASKING', 'other', '0', dump, 'REPLACE');
        await peer.call('RESTORE', 'x', '0', dump.subarray(1));
        await peer.calls(['TYPE copy', 'PEXPIRETIME copy', 'TYPE other', 'DEL copy other']);
      }
    },
  },
  {
    name: 'FUNCTION DUMP and RESTORE',
    play: async (t) => {
      const peer = await t.connect();
      await peer.call('FUNCTION', 'LOAD', LIBRARY);
      const dump = bytesOf(await peer.typed('FUNCTION', 'DUMP'));
      await peer.call('FUNCTION', 'RESTORE', dump);
      await peer.call('FUNCTION', 'RESTORE', dump, 'REPLACE');
      await peer.call('FUNCTION', 'RESTORE', dump, 'FLUSH');
      await peer.call('FUNCTION', 'FLUSH');
      await peer.call('FUNCTION', 'RESTORE', dump, 'APPEND');
      await peer.call('FUNCTION', 'LIST');
    },
  },
  {
    name: 'SCRIPT KILL and FUNCTION KILL end what does not end by itself',
    play: async (t) => {
      const [runner, killer] = [await t.connect('runner'), await t.connect('killer')];
      await killer.calls(['CONFIG SET lua-time-limit 5', 'SCRIPT KILL', 'FUNCTION KILL']);
      await killer.call('FUNCTION', 'LOAD', LIBRARY);
      const rounds = [
        { run: ['EVAL', 'while true do end', '0'], what: 'SCRIPT' },
        { run: ['FCALL', 'spin', '0'], what: 'FUNCTION' },
      ];
      for (const { run, what } of rounds) {
        runner.send(...run);
        const reply = await kill(killer, what);
        t.note(showReply(reply));
        t.noteUse('RESP2', [what, 'KILL'], reply.type !== 'error');
        await runner.read('killed');
        await killer.call('GET', 'k');
      }
      await killer.call('CONFIG', 'SET', 'lua-time-limit', '5000');
    },
  },
  {
    name: 'latency of what took long',
    play: async (t) => {
      const peer = await t.connect();
      await peer.calls(['CONFIG SET latency-monitor-threshold 1']);
      // Whatever else took that long, on a busy machine, is told of as well.
      await peer.quiet('LATENCY', 'RESET');
      await peer.calls(['DEBUG SLEEP 0.01']);
      const latest = await peer.client.call('LATENCY', 'LATEST');
      t.note(`latest ${Array.isArray(latest) && latest.length > 0}`);
      const graph = String(await peer.client.call('LATENCY', 'GRAPH', 'command'));
      t.note(graph.replace(/\d+ ms/g, 'N ms').split('\n')[0] ?? '');
      t.noteUse('RESP2', ['LATENCY', 'GRAPH'], graph.startsWith('command'));
      await peer.calls(['CONFIG SET latency-monitor-threshold 0']);
      t.note(`reset ${Number(await peer.quiet('LATENCY', 'RESET')) > 0}`);
      await peer.calls(['LATENCY RESET']);
    },
  },
  {
    name: 'the slow log holds what clients have sent',
    // An entry is about a connection of the server: with pooled sessions that is the gateway's.
    pinnedOnly: true,
    play: async (t) => {
      const known = new Known(t);
      const [peer, waiter] = [await known.connect('peer'), await known.connect('waiter')];
      waiter.send('BLPOP', 'l', '0');
      await known.flagged(peer, waiter, 'b');
      await peer.calls(['CONFIG SET slowlog-log-slower-than 0', 'CONFIG SET slowlog-max-len 128']);
      await peer.calls(['SLOWLOG RESET', 'MULTI', 'RPUSH l a', 'EXEC', 'ACL DELUSER nobody', 'SET k v']);
      await waiter.read();
      await peer.calls(['GET k', 'CONFIG SET slowlog-log-slower-than -1']);
      for (const count of [[], ['-1']]) {
        const entries = await peer.quiet('SLOWLOG', 'GET', ...count);
        if (!Array.isArray(entries)) throw new Error('no entries');
        t.note(JSON.stringify(entries.map((entry) => (entry as unknown[])[3]).filter(isOfClients)));
      }
      t.note(`newest ${((await peer.quiet('SLOWLOG', 'GET', '3')) as unknown[]).length}`);
      await peer.calls(['SLOWLOG GET x', 'SLOWLOG GET 0', 'SLOWLOG RESET', 'SLOWLOG GET']);
      await peer.calls(['CONFIG SET slowlog-log-slower-than 60000000']);
    },
  },
  commandsCase('SCRIPT DEBUG', ['SCRIPT DEBUG BOGUS', 'SCRIPT DEBUG NO', 'PING']),
];
