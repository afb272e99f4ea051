/**
 * Snapshots of an engine: what is in the file is the data of the moment at which it began, whatever commands do while
 * it is written, on the worker that writes it and on others.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { failAllocation } from '../../../src/memory/arena.ts';
import { dumpData } from '../../differential/engine/dump-data.ts';
import { removeFolder, temporaryFolder } from '../../support/cleanup.ts';
import type { RawArgument } from '../../support/raw-client.ts';
import { payloadOf } from '../../support/rdb-forms.ts';
import { testSeed } from '../../support/seed.ts';
import { waitUntil } from '../../support/wait.ts';
import { makeEngine, type TestEngine, TestEngineClient } from './in-process-engine.ts';

vi.setConfig({ testTimeout: 300_000 });

const folder = temporaryFolder('snapshots');
afterAll(() => removeFolder(folder));
let files = 0;
const ARENA_BYTES = 16 * 1024 * 1024;

function newFile(): string {
  files += 1;
  return join(folder, `dump-${files}.rdb`);
}

function start(snapshotPath: string, level: 'valkey-9' | 'redis-8' = 'valkey-9'): TestEngine {
  return makeEngine({ compatibility: level, arenaBytes: ARENA_BYTES, snapshotPath, workers: 2 });
}

/** All keys of all databases, with their values and when they expire. */
function contents(client: TestEngineClient): Map<string, string> {
  const found = new Map<string, string>();
  for (let database = 0; database < 16; database++) {
    client.line(`SELECT ${database}`);
    for (const key of keysOf(client)) {
      found.set(`${database} ${key}`, client.call('PEXPIRETIME', key) + canonical(client, key));
    }
  }
  client.line('SELECT 0');
  return found;
}

/** The value without the order in which tables have their elements. */
function canonical(client: TestEngineClient, key: string): string {
  const type = client.call('TYPE', key).slice(1, -2);
  if (type === 'set') return sorted(client.call('SMEMBERS', key));
  // A node begins with its first entry, not with one that has been deleted.
  if (type === 'stream') return client.call('XINFO', 'STREAM', key, 'FULL', 'COUNT', '0');
  if (type === 'hash') return sorted(client.call('HGETALL', key));
  // SORT gives small ones the form of large ones, which loading does not keep. As the servers.
  if (type === 'zset') return client.call('ZRANGE', key, '0', '-1', 'WITHSCORES');
  return client.call('DUMP', key);
}

function sorted(reply: string): string {
  return reply.split('\r\n').sort().join('\n');
}

function keysOf(client: TestEngineClient): string[] {
  const parts = client.line('KEYS *').split('\r\n');
  return parts.filter((_, at) => at > 0 && at % 2 === 0);
}

/** Lets the engine go on until its snapshot is on the disk. */
async function finish({ engine }: TestEngine): Promise<void> {
  const { snapshots } = engine;
  while (snapshots.isBusy) engine.runLater();
  await waitUntil(() => !snapshots.isSaving, 'the end of the snapshot');
}

describe('a snapshot', () => {
  it.each([
    ['valkey-9', 'valkey-9.1'],
    ['redis-8', 'redis-8.0'],
  ] as const)('holds every type on %s, and functions', async (level, server) => {
    const path = newFile();
    const engine = start(path, level);
    const client = engine.client();
    for (const line of dumpData(server)) expect(client.call(...line)).not.toMatch(/^-/);
    const code = "#!lua name=mine\nredis.register_function('f', function() return 7 end)";
    expect(client.call('FUNCTION', 'LOAD', code)).toBe('$4\r\nmine\r\n');
    client.line('SELECT 9');
    client.line('SET other v');
    const before = contents(client);
    expect(client.line('BGSAVE')).toBe('+Background saving started\r\n');
    expect(client.line('BGSAVE')).toBe('-ERR Background save already in progress\r\n');
    await finish(engine);
    expect(client.line('INFO persistence')).toMatch(/rdb_last_bgsave_status:ok\r\n[\s\S]*rdb_saves:1\r\n/);
    expect(client.line('INFO persistence')).toContain('rdb_changes_since_last_save:0\r\n');
    const again = start(path, level).client();
    expect(contents(again)).toEqual(before);
    expect(again.line('FCALL f 0')).toBe(':7\r\n');
    expect(again.line('INFO persistence')).toContain(`rdb_last_load_keys_loaded:${before.size}\r\n`);
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is of one moment, whatever is changed meanwhile', async () => {
    const random = createRandom(testSeed('one moment'));
    for (let round = 0; round < 2; round++) {
      const path = newFile();
      const first = start(path);
      const other = makeEngine({ memory: first.memory, worker: 1, workers: 2 });
      const clients = [first.client(), new TestEngineClient(other.engine)];
      for (let at = 0; at < 1000; at++) clients[0].call(...randomWrite(random));
      const before = contents(clients[0]);
      expect(clients[0].line('BGSAVE')).toBe('+Background saving started\r\n');
      for (let left = 1000; left > 0 && first.engine.snapshots.isBusy; left--) {
        expect(random.pick(clients).call(...randomWrite(random))).not.toMatch(/^-(?!ERR|WRONGTYPE)/);
        // One bucket, or none of an empty database.
        if (random.integer(3) === 0) first.engine.snapshots.step(0);
      }
      await finish(first);
      expect(first.engine.snapshots.isLastGood).toBe(true);
      expect(contents(start(path).client())).toEqual(before);
    }
  });

  it('begins again when everything is flushed', async () => {
    const path = newFile();
    const engine = start(path);
    const client = engine.client();
    for (let at = 0; at < 500; at++) client.line(`SET k${at} v`);
    client.line('BGSAVE');
    client.line('FLUSHALL');
    client.line('SET new v');
    await finish(engine);
    expect(fs.existsSync(path)).toBe(false);
    engine.engine.tick();
    await finish(engine);
    expect([...contents(start(path).client()).keys()]).toEqual(['0 new']);
  });

  it('that is cancelled or finds no memory leaves the file before, and the next one is whole', async () => {
    const path = newFile();
    const engine = start(path);
    const client = engine.client();
    for (let at = 0; at < 500; at++) client.line(`SET k${at} v`);
    client.line('SAVE');
    await finish(engine);
    const good = fs.readFileSync(path);
    client.line('SET k1 changed');
    client.line('BGSAVE');
    expect(client.line('BGSAVE CANCEL')).toBe('+Background saving cancelled\r\n');
    await finish(engine);
    client.line('BGSAVE');
    for (const { arena } of engine.engine.store.shards) failAllocation(arena, 1);
    expect(client.line('SET k1 v')).toBe('+OK\r\n');
    for (const { arena } of engine.engine.store.shards) failAllocation(arena, 0);
    await finish(engine);
    expect(fs.readFileSync(path).equals(good)).toBe(true);
    expect(client.line('INFO persistence')).toContain('rdb_last_bgsave_status:err');
    client.line('SET k2 changed');
    const before = contents(client);
    client.line('BGSAVE');
    await finish(engine);
    expect(contents(start(path).client())).toEqual(before);
  });

  it('is saved by itself at save points', async () => {
    const path = newFile();
    const engine = start(path);
    const client = engine.client();
    expect(client.line('CONFIG SET save x')).toBe(
      "-ERR CONFIG SET failed (possibly related to argument 'save') - Invalid save parameters\r\n",
    );
    expect(client.call('CONFIG', 'SET', 'save', '100 3')).toBe('+OK\r\n');
    client.line('MSET a 1 b 2');
    engine.clock.nowMs = Date.now() + 200_000;
    engine.engine.tick();
    expect(engine.engine.snapshots.isSaving).toBe(false);
    client.line('SET c 3');
    engine.engine.tick();
    await finish(engine);
    expect(contents(start(path).client()).size).toBe(3);
  });
});

it('without a file nothing can be saved', () => {
  const client = makeEngine().client();
  const refusal = '-ERR lockstep: there is no file to save to: engine.snapshot.path is not set\r\n';
  for (const line of ['SAVE', 'BGSAVE', 'BGSAVE SCHEDULE']) expect(client.line(line)).toBe(refusal);
  expect(client.line('BGSAVE NOW')).toBe('-ERR syntax error\r\n');
});

const NAMES = Array.from({ length: 60 }, (_, at) => `k${at}`);

function randomWrite(random: Random): readonly RawArgument[] {
  const key = random.pick(NAMES);
  const other = random.pick(NAMES);
  const word = String(random.integer(50));
  return random.pick<readonly RawArgument[]>([
    ['SET', key, word],
    ['APPEND', key, 'x'.repeat(random.integer(100))],
    ['RPUSH', key, word, 'a', 'b'],
    ['LREM', key, '0', 'a'],
    ['SADD', key, word, `m${word}`],
    ['SPOP', key],
    ['HSET', key, `f${word}`, word],
    ['HDEL', key, `f${word}`],
    ['ZADD', key, word, `m${random.integer(300)}`],
    ['ZPOPMIN', key],
    ['XADD', key, '*', 'f', word],
    ['DEL', key],
    ['RENAME', key, other],
    ['COPY', key, other, 'DB', String(random.integer(3)), 'REPLACE'],
    ['MOVE', key, String(random.integer(3))],
    ['PEXPIREAT', key, String(4_000_000_000_000 + random.integer(1000))],
    ['PERSIST', key],
    ['SWAPDB', String(random.integer(3)), String(random.integer(3))],
    ['SELECT', String(random.integer(3))],
    ['LMOVE', key, other, 'LEFT', 'RIGHT'],
    ['SORT', key, 'ALPHA', 'STORE', other],
    ['EVAL', "redis.call('SET', KEYS[1], 1) return redis.call('DEL', KEYS[2])", '2', key, other],
    ['RESTORE', key, '0', RESTORED, 'REPLACE'],
  ]);
}

/** A list of an old version. */
const RESTORED = payloadOf(Buffer.from('01020161c005', 'hex'), 9);
