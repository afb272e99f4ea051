/** INFO: which sections and fields each release has, and that those about what clients have done are right. */
import type { ConformanceCase, Peer } from '../transcript.ts';

/** What only a server with one event loop, certificates, or its allocator has; and sections by sizes of keys. */
const NOT_OURS =
  /^(eventloop_|instantaneous_eventloop_|used_active_time|module:|tls_|io_thread_[1-9]|db\d+_distrib|engine)/;
const NOT_OURS_SECTIONS = new Set(['# TLS', '# Keysizes', '# Cluster Info', '# Scripting Engines']);

async function info(peer: Peer, ...sections: string[]): Promise<string[]> {
  return String(await peer.quiet('INFO', ...sections)).split('\r\n');
}

function nameOf(line: string): string {
  return line.startsWith('#') ? line : (line.split(':')[0] ?? '');
}

async function shown(peer: Peer, section: string, names: readonly string[]): Promise<void> {
  const lines = await info(peer, section);
  for (const line of lines) if (names.includes(nameOf(line))) peer.write(line);
}

export const informationCases: readonly ConformanceCase[] = [
  {
    name: 'INFO: sections and fields',
    play: async (t) => {
      const a = await t.connect();
      await a.calls(['CONFIG RESETSTAT', 'FLUSHALL', 'SET a b', 'HSET h f v', 'LPUSH h x']);
      for (const words of [
        [],
        ['all'],
        ['everything'],
        ['CPU', 'bogus', 'memory'],
        ['bogus'],
        ['default', 'tls'],
      ]) {
        const lines = (await info(a, ...words)).filter((line) => line !== '' && !NOT_OURS.test(line));
        const names = lines.map(nameOf).filter((name) => !NOT_OURS_SECTIONS.has(name));
        // One for each command and error that there was.
        const kept = names.filter((name) => !/^(cmdstat|latency_percentiles)/.test(name));
        a.write(`${words.join(' ')}: ${kept.join(' ')}`);
      }
    },
  },
  {
    name: 'INFO: figures of what was done',
    play: async (t) => {
      const a = await t.connect();
      const b = await t.connect('b');
      await a.calls(['FLUSHALL', 'CONFIG RESETSTAT', 'SET a b', 'GET a', 'GET none', 'EXPIRE a 1000']);
      await a.calls(['SELECT 2', 'SET x y', 'LPUSH x y', 'GET', 'NOSUCH', 'SET x y EX 0']);
      const stats = [
        'expired_keys',
        'evicted_keys',
        'keyspace_hits',
        'keyspace_misses',
        'total_error_replies',
      ];
      await shown(a, 'stats', [...stats, 'pubsub_channels', 'pubsub_patterns', 'total_commands_processed']);
      await shown(a, 'errorstats', ['errorstat_ERR', 'errorstat_WRONGTYPE']);
      await b.call('SUBSCRIBE', 'c', 'd');
      await b.reads(1);
      await b.call('PSUBSCRIBE', 'p*');
      await shown(a, 'stats', ['pubsub_channels', 'pubsub_patterns']);
      await shown(a, 'replication', ['role', 'connected_slaves', 'master_repl_offset']);
      await shown(a, 'persistence', ['rdb_bgsave_in_progress', 'aof_enabled', 'loading']);
      const calls = (await info(a, 'commandstats')).filter((line) =>
        /cmdstat_(get|set|lpush|expire):/.test(line),
      );
      for (const line of calls.sort()) a.write(line.replace(/usec=\d+,usec_per_call=[\d.]+,/, ''));
      a.write((await info(a, 'keyspace')).map((line) => line.replace(/avg_ttl.*/, '')).join(' '));
      await a.call('FLUSHALL');
    },
  },
  {
    name: 'INFO: is verbatim in RESP3',
    play: async (t) => {
      const a = await t.connect();
      await a.calls(['HELLO 3', 'INFO bogus', 'INFO cluster']);
    },
  },
];
