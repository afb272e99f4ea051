/** RENAME, COPY, MOVE and SORT ... STORE of every type, with memory running out at every allocation: all or nothing. */
import { describe, expect, it } from 'vitest';
import { failAllocation } from '../../../src/memory/arena.ts';
import { makeEngine, type TestEngineClient } from '../engine/in-process-engine.ts';
import { checkArena } from '../memory/check-arena.ts';

const long = 'v'.repeat(100);
const VALUES: Readonly<Record<string, readonly string[]>> = {
  string: ['SET a value EX 1000'],
  'long string': [`SET a ${long}`, 'APPEND a more'],
  list: ['RPUSH a x y 1'],
  'long list': [`RPUSH a ${Array.from({ length: 200 }, () => long).join(' ')}`, 'EXPIRE a 1000'],
  integers: ['SADD a 1 2 3'],
  set: ['SADD a x y z'],
  'long set': [`SADD a ${Array.from({ length: 200 }, (_, at) => `m${at}`).join(' ')}`],
  hash: ['HSET a f v g w'],
  'long hash': [
    `HSET a ${Array.from({ length: 200 }, (_, at) => `f${at} ${at}`).join(' ')}`,
    'PEXPIRE a 90000',
  ],
  'hash with times': ['HSET a f v g w', 'HPEXPIRE a 50000 FIELDS 1 f'],
};
const TARGETS = ['', 'SET TARGET other EX 500', 'RPUSH TARGET old list', `SET TARGET ${long}`];
/** In the same shard, and in another. */
const NAMES = ['{a}', 'b'];

const READERS: Readonly<Record<string, string>> = {
  string: 'GET',
  list: 'LRANGE # 0 -1',
  set: 'SMEMBERS',
  hash: 'HGETALL',
};

/** Everything about a key, elements in the order of their names. */
function show(client: TestEngineClient, key: string): string {
  const type = client.line(`TYPE ${key}`).slice(1).trim();
  const reader = READERS[type] ?? 'EXISTS';
  const line = reader.includes('#') ? reader.replace('#', key) : `${reader} ${key}`;
  const value = client.line(line).split('\r\n').sort().join(' ');
  const times = type === 'hash' ? client.line(`HPTTL ${key} FIELDS 2 f g`) : '';
  return `${type} ${value} ${client.line(`PTTL ${key}`)}${times}${client.line(`OBJECT ENCODING ${key}`)}`;
}

describe('keys that change their name', () => {
  const command = (name: string, target: string): string =>
    name === 'COPY' ? `COPY a ${target} REPLACE` : `${name} a ${target}`;

  it.each(Object.entries(VALUES))('%s', (_name, make) => {
    for (const verb of ['RENAME', 'COPY']) {
      for (const target of NAMES) {
        for (const before of TARGETS) tryAll(command(verb, target), target, make, before);
      }
    }
    tryAll('MOVE a 1', 'a1', make, '');
  });

  function tryAll(line: string, target: string, make: readonly string[], before: string): void {
    for (let nth = 1; ; nth++) {
      const test = makeEngine({ shards: 4, compatibility: 'valkey-9' });
      const client = test.client();
      const arenas = test.engine.store.shards.map(({ arena }) => arena);
      const empty = test.engine.store.usedBytes();
      for (const one of make) client.line(one);
      if (before !== '') client.line(before.replace('TARGET', target));
      const source = show(client, 'a');
      const old = show(client, target);
      for (const arena of arenas) failAllocation(arena, nth);
      const reply = client.line(line);
      for (const arena of arenas) failAllocation(arena, 0);
      const where = `${line}, allocation ${nth}`;
      if (reply.startsWith('-OOM')) {
        expect(show(client, 'a'), where).toBe(source);
        expect(show(client, target), where).toBe(old);
      } else {
        expect(reply, where).toMatch(/^(\+OK|:1)/);
        if (line.startsWith('MOVE')) client.line('SELECT 1');
        expect(show(client, line.startsWith('MOVE') ? 'a' : target), where).toBe(source);
        client.line('SELECT 0');
        if (!line.startsWith('COPY')) expect(client.line('EXISTS a'), where).toBe(':0\r\n');
      }
      for (const arena of arenas) checkArena(arena);
      client.line('FLUSHALL');
      expect(test.engine.store.usedBytes(), where).toBe(empty);
      if (!reply.startsWith('-OOM')) return;
    }
  }

  it('SORT STORE of short and long lists', () => {
    for (const count of [3, 300]) {
      for (const before of TARGETS) {
        const words = Array.from({ length: count }, (_, at) => `${long}${at}`);
        trySort(`RPUSH l ${words.join(' ')}`, before);
      }
    }
  });

  function trySort(make: string, before: string): void {
    for (let nth = 1; ; nth++) {
      const test = makeEngine({ shards: 4, compatibility: 'valkey-9' });
      const client = test.client();
      const arenas = test.engine.store.shards.map((shard) => shard.arena);
      client.line(make);
      if (before !== '') client.line(before.replace('TARGET', 'd'));
      const old = show(client, 'd');
      for (const one of arenas) failAllocation(one, nth);
      const reply = client.line('SORT l BY nosort STORE d');
      for (const one of arenas) failAllocation(one, 0);
      if (reply.startsWith('-OOM')) expect(show(client, 'd')).toBe(old);
      else expect(client.line('LRANGE d 0 -1')).toBe(client.line('LRANGE l 0 -1'));
      for (const one of arenas) checkArena(one);
      if (!reply.startsWith('-OOM')) return;
    }
  }
});
