/** Files that cannot be used are refused with a reason and stay as they are; nothing about them is believed. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { crc64 } from '../../../src/base/crc64.ts';
import { OperationalError } from '../../../src/base/errors.ts';
import { createRandom } from '../../../src/base/random.ts';
import { removeFolder, temporaryFolder } from '../../support/cleanup.ts';
import { testSeed } from '../../support/seed.ts';
import { waitUntil } from '../../support/wait.ts';
import { makeEngine } from './in-process-engine.ts';

vi.setConfig({ testTimeout: 300_000 });

const folder = temporaryFolder('snapshot-files');
afterAll(() => removeFolder(folder));
const path = join(folder, 'dump.rdb');

/** What loading the bytes ends with; undefined: it was loaded. */
function load(bytes: Uint8Array, compatibility: 'valkey-9' | 'valkey-8' = 'valkey-9'): string | undefined {
  fs.writeFileSync(path, bytes);
  try {
    makeEngine({ snapshotPath: path, compatibility, shards: 1, arenaBytes: 256 * 1024, workers: 1 });
    return undefined;
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    expect(error.code).toBe('snapshot_unusable');
    expect(fs.readFileSync(path).equals(bytes)).toBe(true);
    return error.message;
  }
}

/** A file of a version: these parts, its end and its checksum. */
function file(magic: string, ...parts: readonly (readonly number[])[]): Buffer {
  const body = Buffer.concat([
    Buffer.from(magic),
    ...parts.map((part) => Buffer.from(part)),
    Buffer.from([255]),
  ]);
  const sum = Buffer.alloc(8);
  sum.writeBigUInt64LE(crc64(body, 0, body.length));
  return Buffer.concat([body, sum]);
}

function withLast(bytes: Buffer): Buffer {
  bytes[bytes.length - 1] ^= 1;
  return bytes;
}

const A = [0, 1, 0x61, 1, 0x31];
const B = [0, 1, 0x62, 1, 0x32];
/** A hash with a field that expires, as Valkey 9 writes it. */
const TIMED = [22, 1, 0x68, 1, 1, 0x66, 1, 0x76, 0, 0, 0, 0, 0, 4, 0, 0];

describe('files', () => {
  it.each([
    ['of Redis 5', file('REDIS0009', A, [252, 0, 0, 0, 0, 0, 4, 0, 0], B)],
    [
      'with every opcode',
      file('REDIS0012', [250, 1, 0x78, 1, 0x79, 254, 1, 251, 2, 0, 244, 1, 1, 0, 248, 5], A),
    ],
    ['with times in seconds that are past', file('REDIS0010', [253, 1, 0, 0, 0], A)],
    ['with an LFU counter', file('VALKEY080', [249, 7], A)],
    ['of an empty store', file('VALKEY080')],
    ['with an empty collection', file('REDIS0011', [1, 1, 0x61, 0], B)],
    ['with what a module has not kept', file('REDIS0012', [247, 0x81, 1, 2, 3, 4, 5, 6, 7, 8, 2, 1, 0], A)],
    ['without a checksum', Buffer.concat([file('REDIS0011', A).subarray(0, -8), Buffer.alloc(8)])],
    ['with fields that expire', file('VALKEY080', TIMED)],
  ])('%s are loaded', (_name, bytes) => {
    expect(load(bytes)).toBeUndefined();
  });

  const good = file('VALKEY080', A, B);
  it.each([
    ['empty', Buffer.alloc(0), 'it is no snapshot file'],
    ['foreign', Buffer.from('SQLite format 3\0 and so on'), 'it is no snapshot file'],
    ['of a later version', file('REDIS0099', A), 'its version, REDIS0099,'],
    ['of an earlier version', file('REDIS0006', A), 'its version, REDIS0006,'],
    ['of a later version of Valkey', file('VALKEY081', A), 'its version, VALKEY081,'],
    ['without an end', good.subarray(0, good.length - 9), 'it ends too early'],
    ['without a whole checksum', good.subarray(0, good.length - 1), 'it ends too early'],
    ['with a wrong checksum', withLast(file('REDIS0011', A)), 'its checksum is wrong'],
    ['with more behind it', Buffer.concat([good, Buffer.from('x')]), 'there is more behind its end'],
    ['with a key twice', file('REDIS0011', A, A), 'it has a key twice'],
    ['with too many databases', file('REDIS0011', [254, 16], A), 'engine.databases is 16'],
    [
      'with a module',
      file('REDIS0011', [7, 1, 0x61, 0x81, 0, 0, 0, 0, 0, 0, 0, 0]),
      'a value of the module type',
    ],
    ['with what a module has kept', file('REDIS0012', [247, 1, 2, 1, 2, 5, 0]), 'it holds data of a module'],
    ['with an unknown part', file('REDIS0011', [242, 0]), 'unknown type 242'],
    ['with a type of another product', file('REDIS0011', TIMED), 'unknown type 22'],
  ])('%s are refused', (_name, bytes, reason) => {
    expect(load(bytes)).toContain(reason);
  });

  it('with fields that expire are refused by a level that has none', () => {
    expect(load(file('VALKEY080', TIMED), 'valkey-8')).toContain('do not expire on this level');
  });

  it('in a folder that is not there are refused', () => {
    const where = join(folder, 'none', 'dump.rdb');
    expect(() => makeEngine({ snapshotPath: where })).toThrow(/ENOENT/);
  });
});

describe('a file with all kinds of values', () => {
  let good: Buffer;
  beforeAll(async () => {
    fs.rmSync(path, { force: true });
    const { engine, client } = makeEngine({
      snapshotPath: path,
      shards: 1,
      arenaBytes: 256 * 1024,
      workers: 1,
    });
    const one = client();
    for (const line of [
      'SET s abc',
      'RPUSH l a 1 b',
      'SADD t 1 2',
      'SADD u a b',
      'ZADD z 1 a',
      'HSET h f v',
    ]) {
      one.line(line);
    }
    for (const line of ['HPEXPIREAT h 4000000000000 FIELDS 1 f', 'XADD x 1-1 f v', 'XGROUP CREATE x g 0']) {
      one.line(line);
    }
    one.line('XREADGROUP GROUP g c STREAMS x >');
    expect(one.line('BGSAVE')).toContain('started');
    while (engine.snapshots.isBusy) engine.runLater();
    await waitUntil(() => !engine.snapshots.isSaving, 'the snapshot');
    good = fs.readFileSync(path);
  });

  it('is refused wherever it is cut off', () => {
    for (let length = 0; length < good.length; length++) {
      expect(load(good.subarray(0, length))).toMatch(/ends too early|no snapshot file/);
    }
    expect(load(good)).toBeUndefined();
  });

  it('is refused wherever it is damaged, and never believed', () => {
    const random = createRandom(testSeed('damaged files'));
    for (let round = 0; round < 250; round++) {
      const bytes = Buffer.from(good);
      for (let times = 1 + random.integer(3); times > 0; times--) {
        bytes[random.integer(bytes.length)] = random.integer(256);
      }
      const hasSum = random.integer(2) === 0;
      // With a checksum that is right again, some of it may be loaded.
      if (hasSum) bytes.writeBigUInt64LE(crc64(bytes, 0, bytes.length - 8), bytes.length - 8);
      const refusal = load(bytes);
      if (!hasSum && !bytes.equals(good)) expect(refusal).toBeDefined();
    }
  });
});
