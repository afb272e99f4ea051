/**
 * RESTORE of damaged dumps whose checksum is right: never a crash, never a value that cannot be read, written and
 * removed again with all its memory. LOCKSTEP_FUZZ_PAYLOADS says how many for each level.
 */
import { describe, expect, it, vi } from 'vitest';
import { createRandom, type Random } from '../../src/base/random.ts';
import { dumpData } from '../differential/engine/dump-data.ts';
import { payloadOf } from '../support/rdb-forms.ts';
import { testSeed } from '../support/seed.ts';
import { makeEngine, TestEngineClient } from '../unit/engine/in-process-engine.ts';

const rounds = Number(process.env.LOCKSTEP_FUZZ_PAYLOADS ?? 700);
/** Larger values take longer and find no more. */
const MOST_BYTES = 20_000;

vi.setConfig({ testTimeout: 24 * 3600 * 1000 });

/** Values without their ends, which hold version and checksum. */
function goodValues(client: TestEngineClient, keys: readonly string[]): Buffer[] {
  const values: Buffer[] = [];
  for (const key of keys) {
    const reply = Buffer.from(client.call('DUMP', key), 'latin1');
    const value = reply.subarray(reply.indexOf('\r\n') + 2, -12);
    if (value.length < MOST_BYTES) values.push(value);
  }
  return values;
}

function damage(random: Random, good: Buffer, other: Buffer): Buffer {
  let bytes = Buffer.from(good);
  for (let times = 1 + random.integer(4); times > 0; times--) {
    const at = random.integer(bytes.length);
    const kind = random.integer(5);
    if (kind === 0) bytes[at] = random.integer(256);
    else if (kind === 1) bytes[at] ^= 1 << random.integer(8);
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.integer(4))]);
    else if (kind === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(random.integer(other.length))]);
    else
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([random.integer(256)]), bytes.subarray(at)]);
    if (bytes.length === 0) bytes = Buffer.from([random.integer(26)]);
  }
  return bytes;
}

const READERS: Readonly<Record<string, readonly string[]>> = {
  string: ['GET k', 'APPEND k x'],
  list: ['LRANGE k 0 -1', 'LPUSH k x', 'RPOP k', 'LREM k 0 a'],
  set: ['SMEMBERS k', 'SADD k x', 'SREM k a x'],
  zset: ['ZRANGE k 0 -1 WITHSCORES', 'ZADD k 1 x', 'ZREM k a'],
  hash: ['HGETALL k', 'HSET k x y', 'HDEL k a'],
  stream: ['XRANGE k - +', 'XINFO STREAM k FULL', 'XDEL k 1-1', 'XTRIM k MAXLEN 2'],
};

describe.each([
  ['valkey-9', 'valkey-9.1', 80],
  ['redis-8', 'redis-8.0', 12],
] as const)('damaged dumps on %s', (level, server, version) => {
  it('are refused, or make values like others', () => {
    const { engine } = makeEngine({ compatibility: level, arenaBytes: 32 * 1024 * 1024 });
    const client = new TestEngineClient(engine);
    for (const line of dumpData(server)) expect(client.call(...line)).not.toMatch(/^-/);
    const keys = client
      .line('KEYS *')
      .split('\r\n')
      .filter((text) => /^\w:/.test(text));
    const values = goodValues(client, keys);
    expect(values.length).toBeGreaterThan(30);
    client.line('FLUSHALL');
    // The directories of the databases stay.
    client.call('RESTORE', 'k', '0', payloadOf(values[0], version));
    client.line('DEL k');
    const empty = engine.store.usedBytes();
    const random = createRandom(testSeed(`damaged dumps on ${level}`));
    let taken = 0;
    for (let round = 0; round < rounds; round++) {
      const value = damage(random, random.pick(values), random.pick(values));
      const reply = client.call('RESTORE', 'k', '0', payloadOf(value, version));
      expect(reply).toMatch(/^(\+OK|-ERR Bad data format|-OOM )/);
      if (reply === '+OK\r\n') {
        taken += 1;
        useValue(client);
      }
      client.line('DEL k');
      expect([value.toString('hex'), engine.store.usedBytes()]).toEqual([value.toString('hex'), empty]);
    }
    expect(taken).toBeGreaterThan(0);
  });
});

/** Reads and changes it by commands of its type, and has it dumped and restored once more. */
function useValue(client: TestEngineClient): void {
  const type = client.line('TYPE k').slice(1, -2);
  for (const line of READERS[type]) expect(client.line(line)).not.toMatch(/^-(?!OOM|ERR)/);
  if (client.line('EXISTS k') === ':0\r\n') return;
  const reply = Buffer.from(client.line('DUMP k'), 'latin1');
  const payload = reply.subarray(reply.indexOf('\r\n') + 2, -2);
  expect(client.call('RESTORE', 'k', '0', payload, 'REPLACE')).toBe('+OK\r\n');
}
