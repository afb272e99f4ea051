/** The engine's own behaviour: transactions, watching, expiry, refusals, memory that runs out. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { failAllocation } from '../../../src/memory/arena.ts';
import { testSeed } from '../../support/seed.ts';
import { checkArena } from '../memory/check-arena.ts';
import { makeEngine } from './in-process-engine.ts';

describe('refusals', () => {
  it('knows the commands of its product and version only', () => {
    expect(makeEngine({ compatibility: 'redis-8' }).client().line('DELIFEQ k v')).toMatch(
      /^-ERR unknown command 'DELIFEQ'/,
    );
    expect(makeEngine({ compatibility: 'redis-7.2' }).client().line('SET k v IFEQ v')).toBe(
      '-ERR syntax error\r\n',
    );
    expect(makeEngine({ compatibility: 'valkey-9' }).client().line('SET k v IFEQ v')).toBe('$-1\r\n');
  });

  it('says which command it does not have yet', () => {
    const reply = makeEngine({ compatibility: 'redis-8' }).client().line('VDIM a');
    expect(reply).toBe(
      "-ERR unknown command 'VDIM', with args beginning with: 'a' " +
        '(lockstep: the embedded engine does not have vdim yet)\r\n',
    );
  });

  it('cuts the arguments it repeats', () => {
    const reply = makeEngine().client().call('NOSUCH', 'x'.repeat(200), 'y\r\nz');
    expect(reply).toBe(`-ERR unknown command 'NOSUCH', with args beginning with: '${'x'.repeat(128)}' \r\n`);
  });
});

describe('transactions', () => {
  it('are refused when a command was', () => {
    const client = makeEngine().client();
    client.line('MULTI');
    expect(client.line('SET a')).toBe("-ERR wrong number of arguments for 'set' command\r\n");
    expect(client.line('SET a 1')).toBe('+QUEUED\r\n');
    expect(client.line('EXEC')).toBe('-EXECABORT Transaction discarded because of previous errors.\r\n');
    expect(client.line('GET a')).toBe('$-1\r\n');
  });

  it('see their own SELECT, and errors of single commands do not stop them', () => {
    const client = makeEngine().client();
    for (const command of ['MULTI', 'SELECT 3', 'SET k v', 'INCR k', 'DBSIZE', 'SELECT 0', 'DBSIZE'])
      client.line(command);
    expect(client.line('EXEC')).toBe(
      '*6\r\n+OK\r\n+OK\r\n-ERR value is not an integer or out of range\r\n:1\r\n+OK\r\n:0\r\n',
    );
  });

  it.each([
    ['a write of another', 'SET w 2'],
    ['a write of the same value', 'SET w 1'],
    ['removal', 'DEL w'],
    ['removal and return', 'DEL w;SET w 1'],
    ['an expiry', 'EXPIRE w 100'],
    ['FLUSHALL', 'FLUSHALL'],
  ])('notice %s on a watched key, whichever worker made it', (_what, commands) => {
    const one = makeEngine();
    const other = makeEngine({ memory: one.memory, worker: 1 });
    const watcher = one.client();
    watcher.line('SET w 1');
    watcher.line('WATCH w w');
    const writer = other.client();
    for (const command of commands.split(';')) writer.line(command);
    watcher.line('MULTI');
    watcher.line('GET w');
    expect(watcher.line('EXEC')).toBe('*-1\r\n');
    watcher.line('MULTI');
    expect(watcher.line('EXEC')).toBe('*0\r\n');
  });

  it('do not mind reads, other keys, other databases, or writes that change nothing', () => {
    const { client } = makeEngine();
    const watcher = client();
    const other = client();
    watcher.line('SET w 1');
    watcher.line('WATCH w gone');
    for (const command of ['GET w', 'SET x 1', 'SETNX w 2', 'DEL gone', 'PERSIST w', 'SELECT 1', 'SET w 3']) {
      other.line(command);
    }
    watcher.line('MULTI');
    watcher.line('GET w');
    expect(watcher.line('EXEC')).toBe('*1\r\n$1\r\n1\r\n');
  });

  it('notice that a watched key has expired, but not that one was expired already', () => {
    const { client, clock } = makeEngine();
    const watcher = client();
    watcher.line('SET w 1 PX 100');
    watcher.line('WATCH w');
    clock.advance(101);
    watcher.line('MULTI');
    watcher.line('PING');
    expect(watcher.line('EXEC')).toBe('*-1\r\n');
    watcher.line('SET w 1 PX 100');
    clock.advance(101);
    watcher.line('WATCH w');
    watcher.line('MULTI');
    watcher.line('PING');
    expect(watcher.line('EXEC')).toBe('*1\r\n+PONG\r\n');
  });

  it('leave nothing behind when their client goes', () => {
    const { engine, client } = makeEngine();
    const one = client();
    for (let at = 0; at < 100; at++) one.line(`WATCH k${at}`);
    one.line('MULTI');
    engine.disconnect(one.client);
    const empty = makeEngine();
    expect(engine.store.usedBytes()).toBe(empty.engine.store.usedBytes());
  });
});

describe('expiry', () => {
  it('removes keys when they are asked for, and those that nobody asks for', () => {
    const { engine, client, clock } = makeEngine();
    const one = client();
    for (let at = 0; at < 1000; at++) one.line(`SET k${at} v PX ${at < 500 ? 100 : 100_000}`);
    clock.advance(101);
    expect(one.line('GET k1')).toBe('$-1\r\n');
    expect(one.line('DBSIZE')).toBe(':999\r\n');
    for (let tick = 0; tick < 20; tick++) engine.tick();
    expect(one.line('DBSIZE')).toBe(':500\r\n');
    expect(one.line('TTL k700')).toBe(':100\r\n');
  });
});

describe('memory', () => {
  it('is all given back when the keys are gone', () => {
    const random = createRandom(testSeed('engine memory'));
    const { engine, client } = makeEngine();
    const before = engine.store.usedBytes();
    const one = client();
    for (let step = 0; step < 20_000; step++) {
      const key = `k${random.integer(500)}`;
      const value = 'v'.repeat(random.integer(random.integer(20) === 0 ? 20_000 : 200));
      switch (random.integer(6)) {
        case 0:
          one.call('SET', key, value);
          break;
        case 1:
          one.call('SET', key, value, 'EX', '100');
          break;
        case 2:
          one.call('APPEND', key, value);
          break;
        case 3:
          one.call('EXPIRE', key, '1000');
          break;
        case 4:
          one.call('PERSIST', key);
          break;
        default:
          one.call('DEL', key);
      }
    }
    for (const { arena } of engine.store.shards) checkArena(arena);
    for (let at = 0; at < 500; at++) one.line(`DEL k${at}`);
    for (const { arena } of engine.store.shards) checkArena(arena);
    // Directories of slots stay.
    const left = engine.store.usedBytes() - before;
    one.line('FLUSHALL');
    expect(engine.store.usedBytes()).toBe(before);
    expect(left).toBeLessThan(100_000);
  });

  it.each([
    'SET k w',
    'SET k w EX 100',
    'SET new w',
    'SET new w EX 100',
    'EXPIRE k 100',
    'APPEND k ww',
    'INCR new',
    'WATCH k',
  ])('that runs out at any point of %s leaves everything as it was', (command) => {
    let failures = 0;
    for (let nth = 1; nth < 10; nth++) {
      const { engine, client } = makeEngine({ shards: 1 });
      const one = client();
      one.call('SET', 'k', 'v'.repeat(100));
      one.line('SET other v EX 50');
      const before = engine.store.usedBytes();
      failAllocation(engine.store.shards[0].arena, nth);
      const reply = one.line(command);
      failAllocation(engine.store.shards[0].arena, 0);
      checkArena(engine.store.shards[0].arena);
      if (!reply.startsWith('-OOM')) continue;
      failures += 1;
      expect(engine.store.usedBytes()).toBe(before);
      expect(one.line('GET k')).toBe(`$100\r\n${'v'.repeat(100)}\r\n`);
      expect(one.line('TTL k')).toBe(':-1\r\n');
      expect(one.line('DBSIZE')).toBe(':2\r\n');
      expect(one.line('TTL other')).toBe(':50\r\n');
    }
    if (!/SET k w|APPEND/.test(command)) expect(failures).toBeGreaterThan(0);
  });

  it('may run out for good: reads and removals go on', () => {
    const { client } = makeEngine({ shards: 1, arenaBytes: 1024 * 1024 });
    const one = client();
    let stored = 0;
    while (one.call('SET', `key:${stored}`, 'v'.repeat(300)) === '+OK\r\n') stored += 1;
    expect(stored).toBeGreaterThan(1000);
    expect(one.line('DBSIZE')).toBe(`:${stored}\r\n`);
    for (let at = 0; at < stored; at++) expect(one.line(`STRLEN key:${at}`)).toBe(':300\r\n');
    for (let at = 0; at < 100; at++) expect(one.line(`DEL key:${at}`)).toBe(':1\r\n');
    expect(one.call('SET', 'again', 'v'.repeat(300))).toBe('+OK\r\n');
  });
});
