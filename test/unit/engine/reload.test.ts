/** DEBUG RELOAD: what was there is there again, also functions on other workers, and what the options say. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dumpData } from '../../differential/engine/dump-data.ts';
import { removeFolder, temporaryFolder } from '../../support/cleanup.ts';
import { makeEngine, TestEngineClient } from './in-process-engine.ts';

const folder = temporaryFolder('reload');
afterAll(() => removeFolder(folder));
const LIBRARY = "#!lua name=mine\nredis.register_function('f', function() return 7 end)";
const NOT_LOADED = '-ERR Error trying to load the RDB dump, check server logs.\r\n';

describe.each(['a file', 'no file'])('DEBUG RELOAD with %s', (where) => {
  const snapshotPath = join(folder, 'data.rdb');
  const options = { arenaBytes: 16 * 1024 * 1024, workers: 2, ...(where === 'a file' && { snapshotPath }) };

  it('keeps all data and functions, and ends transactions', () => {
    const first = makeEngine(options);
    const second = makeEngine({ memory: first.memory, worker: 1, workers: 2 }).engine;
    const other = new TestEngineClient(second);
    const client = first.client();
    for (const line of dumpData('valkey-9.1')) expect(client.call(...line)).not.toMatch(/^-/);
    client.line('SELECT 9');
    client.line('SET other v PX 5000');
    expect(client.call('FUNCTION', 'LOAD', LIBRARY)).toBe('$4\r\nmine\r\n');
    other.line('SELECT 9');
    other.line('WATCH other');
    other.line('MULTI');
    const before = client.line('DEBUG DIGEST');
    expect(client.line('DEBUG RELOAD')).toBe('+OK\r\n');
    expect(client.line('DEBUG DIGEST')).toBe(before);
    expect(other.line('EXEC')).toBe('*-1\r\n');
    expect(client.line('PTTL other')).toBe(':5000\r\n');
    second.mailbox.receive();
    for (const one of [client, other]) {
      one.line('SELECT 0');
      expect(one.line('FCALL f 0')).toBe(':7\r\n');
    }
    client.line('MULTI');
    client.line('DEBUG RELOAD');
    expect(client.line('EXEC')).toBe('*1\r\n+OK\r\n');
    expect(client.line('DEBUG DIGEST')).toBe(before);
    first.clock.nowMs += 5000;
    expect(client.line('DEBUG RELOAD')).toBe('+OK\r\n');
    client.line('SELECT 9');
    expect(client.line('DBSIZE')).toBe(':0\r\n');
  });

  it('merges, and refuses what is there already', () => {
    const client = makeEngine({ ...options, snapshotPath: join(folder, 'merged.rdb') }).client();
    client.line('FLUSHALL');
    client.line('SET a saved');
    client.line('DEBUG RELOAD');
    client.line('SET a changed');
    client.line('SET b new');
    expect(client.line('DEBUG RELOAD NOSAVE NOFLUSH')).toBe(NOT_LOADED);
    expect(client.line('DEBUG RELOAD NOSAVE NOFLUSH MERGE')).toBe('+OK\r\n');
    expect(client.line('MGET a b')).toBe('*2\r\n$5\r\nsaved\r\n$3\r\nnew\r\n');
    expect(client.line('DEBUG RELOAD NOSAVE')).toBe('+OK\r\n');
    expect(client.line('MGET a b')).toBe('*2\r\n$5\r\nsaved\r\n$-1\r\n');
    expect(client.line('DEBUG RELOAD NOSUCH')).toBe(
      '-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.\r\n',
    );
  });
});

it('DEBUG RELOAD fails where the file cannot be written or read, and a snapshot under way begins again', () => {
  const path = join(folder, 'sub', 'data.rdb');
  fs.mkdirSync(join(folder, 'sub'));
  const engine = makeEngine({ arenaBytes: 16 * 1024 * 1024, snapshotPath: path });
  const client = engine.client();
  client.line('SET a v');
  client.line('BGSAVE');
  expect(client.line('DEBUG RELOAD')).toBe('+OK\r\n');
  expect(client.line('GET a')).toBe('$1\r\nv\r\n');
  fs.writeFileSync(path, 'REDIS0011');
  expect(client.line('DEBUG RELOAD NOSAVE')).toBe(NOT_LOADED);
  client.line('SET a v');
  fs.rmSync(join(folder, 'sub'), { recursive: true });
  expect(client.line('DEBUG RELOAD')).toBe('-ERR\r\n');
  expect(client.line('GET a')).toBe('$1\r\nv\r\n');
});

it('without a file nothing is loaded that was not saved', () => {
  const client = makeEngine().client();
  expect(client.line('DEBUG RELOAD NOSAVE')).toMatch(/^-ERR lockstep: there is no file/);
});
