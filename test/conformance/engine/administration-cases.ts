/** Administration of a server that has neither replicas nor a cluster, and nothing to report. */
import { type ConformanceCase, commandsCase } from '../transcript.ts';

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
  commandsCase('LOLWUT of a version without a picture', ['LOLWUT VERSION 1']),
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
