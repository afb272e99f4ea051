/** Administration of a server that has neither replicas nor a cluster, and nothing to report. */
import { waitUntil } from '../../support/wait.ts';
import { type ConformanceCase, commandsCase, type Peer, showReply } from '../transcript.ts';

async function shownStats(peer: Peer): Promise<string> {
  return showReply(await peer.client.callTyped('MEMORY', 'STATS'));
}

export const administrationEngineCases: readonly ConformanceCase[] = [
  commandsCase('CONFIG: values, aliases and refusals', [
    'CONFIG SET hash-max-ziplist-entries 77',
    'CONFIG GET hash-max-z*-entries',
    'CONFIG SET hash-max-listpack-entries 512',
    'CONFIG GET hash-max-ziplist-entries',
    'CONFIG GET maxmemory MAXMEMORY',
    'CONFIG GET maxmemory-polic?',
    'CONFIG GET nosuch',
    'CONFIG SET nosuch 1',
    'CONFIG SET hash-max-listpack-value 10 hash-max-listpack-value 11',
    'CONFIG SET hash-max-listpack-value 10 nosuch 11',
    'CONFIG GET hash-max-listpack-value',
    'CONFIG SET cluster-enabled yes',
    'CONFIG SET appendonly no',
    'CONFIG SET maxmemory 0',
    'CONFIG SET maxmemory',
    'CONFIG REWRITE',
    'CONFIG RESETSTAT',
    'CONFIG RESETSTAT x',
    'CONFIG BOGUS',
  ]),
  commandsCase('a server without cluster, replicas and files', [
    'READONLY',
    'READWRITE',
    'READONLY x',
    'ASKING',
    'CLUSTER INFO',
    'CLUSTER NODES',
    'CLUSTER SLOTS',
    'CLUSTER KEYSLOT a',
    'CLUSTER KEYSLOT',
    'CLUSTER BOGUS',
    'REPLICAOF NO ONE',
    'SLAVEOF no one',
    'REPLICAOF 127.0.0.1 x',
    'REPLICAOF a b c',
    'FAILOVER',
    'FAILOVER ABORT',
    'FAILOVER foo',
    'FAILOVER TO a',
    'FAILOVER TIMEOUT 0',
    'FAILOVER TIMEOUT x',
    'BGSAVE foo',
    'SAVE x',
    'MODULE LOAD',
    'MODULE BOGUS',
  ]),
  commandsCase('MEMORY, LATENCY and DEBUG', [
    'SET a b',
    'MEMORY USAGE nosuch',
    'MEMORY USAGE a SAMPLES x',
    'MEMORY USAGE a SAMPLES -1',
    'MEMORY USAGE a foo 1',
    'MEMORY USAGE a SAMPLES',
    'MEMORY DOCTOR',
    'MEMORY PURGE',
    'MEMORY BOGUS',
    'LATENCY LATEST',
    'LATENCY HISTORY x',
    'LATENCY RESET',
    'LATENCY RESET command',
    'LATENCY GRAPH x',
    'LATENCY DOCTOR',
    'LATENCY HISTOGRAM nosuch',
    'DEBUG nosuch',
    'DEBUG',
    'DEBUG SLEEP 0',
    'DEBUG SLEEP',
    'DEBUG SET-ACTIVE-EXPIRE 1',
    'DEBUG SET-ACTIVE-EXPIRE',
    'HELLO 3',
    'LATENCY HISTOGRAM nosuch',
    'LATENCY LATEST',
    'MEMORY DOCTOR',
    'CONFIG GET maxmemory',
    'DEL a',
  ]),
  commandsCase('WAIT without replicas', [
    ...[
      'SET a b',
      'WAIT 0 0',
      'WAIT -1 0',
      'WAIT 1 10',
      'WAIT x 0',
      'WAIT 1 x',
      'WAIT 1 -1',
      'WAIT 1',
      'WAIT 1 2 3',
    ],
    ...['MULTI', 'WAIT 1 0', 'EXEC', 'GET a'],
  ]),
  {
    // The level between these releases, 7.2, has it.
    notOn: ['redis-7.0'],
    ...commandsCase('WAITAOF without files', [
      ...['SET a b', 'WAITAOF 0 0 0', 'WAITAOF 1 0 0', 'WAITAOF 2 0 0', 'WAITAOF -1 0 0', 'WAITAOF 0 -1 0'],
      ...[
        'WAITAOF 0 1 10',
        'WAITAOF 0 1 x',
        'WAITAOF x 0 0',
        'WAITAOF 0 0',
        'MULTI',
        'WAITAOF 0 1 0',
        'EXEC',
      ],
      ...['CLUSTERSCAN 0', 'CLUSTERSCAN'],
    ]),
  },
  {
    name: 'WAIT ends by CLIENT UNBLOCK, and nothing else',
    play: async (t) => {
      const [a, waiter] = [await t.connect(), await t.connect('waiter')];
      const id = String(await waiter.quiet('CLIENT', 'ID'));
      for (const how of ['TIMEOUT', 'ERROR']) {
        waiter.send('WAIT', '1', '0');
        await waitUntil(
          async () => String(await a.quiet('CLIENT', 'LIST', 'ID', id)).includes('flags=b'),
          'the client waits',
        );
        // What argument 1 would name is no key of it.
        await a.calls(['SET 1 v', 'DEL 1', 'RPUSH 1 v', 'FLUSHALL']);
        a.write(String(await a.quiet('CLIENT', 'UNBLOCK', id, how)));
        await waiter.read('unblocked');
      }
    },
  },
  {
    name: 'MEMORY STATS: names and kinds of values',
    // The level between these releases, 7.2, has more.
    notOn: ['redis-7.0'],
    play: async (t) => {
      for (const protocol of ['2', '3']) {
        const a = await t.connect(`resp${protocol}`);
        await a.calls([`HELLO ${protocol}`, 'SET a b EX 1000', 'HSET h f v']);
        const reply = await shownStats(a);
        // Valkey 9 shows databases as well that have had keys.
        a.write(
          reply
            .replace(/ \$"db\.[1-9]\d*" [^\]}]*[\]}],?/g, '')
            .replace(/\$"[\d.]+"/g, '$N')
            .replace(/:\d+/g, ':N')
            .replace(/ ,[\d.]+/g, ' ,N'),
        );
        a.write(/"keys.count" :\d+/.exec(await shownStats(a))?.[0] ?? '');
      }
    },
  },
  commandsCase('LOLWUT of a version without a picture', ['LOLWUT VERSION 1', 'LOLWUT VERSION x']),
  {
    name: 'DEBUG SET-ACTIVE-EXPIRE 0 keeps keys until they are looked up',
    play: async (t) => {
      const a = await t.connect();
      await a.calls(['FLUSHALL', 'DEBUG SET-ACTIVE-EXPIRE 0', 'SET a b PX 1', 'SET c d PX 1']);
      // Longer than either expires keys by itself.
      await a.call('DEBUG', 'SLEEP', '0.3');
      await a.calls(['DBSIZE', 'GET a', 'DBSIZE', 'DEBUG SET-ACTIVE-EXPIRE 1', 'FLUSHALL']);
    },
  },
  {
    name: 'LATENCY HISTOGRAM counts calls',
    play: async (t) => {
      const a = await t.connect();
      await a.calls(['CONFIG RESETSTAT', 'DEBUG SLEEP 0', 'DEBUG SLEEP 0']);
      const [command, facts] = (await a.quiet('LATENCY', 'HISTOGRAM', 'debug')) as [string, unknown[]];
      a.write(`${command} ${String(facts[0])} ${String(facts[1])} ${String(facts[2])}`);
    },
  },
];
