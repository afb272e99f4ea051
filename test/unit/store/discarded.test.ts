/** Large values that go while there is no memory: what has no room on the list is freed at once, nothing is lost. */
import { expect, it } from 'vitest';
import { failAllocation } from '../../../src/memory/arena.ts';
import { makeEngine, type TestEngine } from '../engine/in-process-engine.ts';
import { checkArena } from '../memory/check-arena.ts';

/** More than what is freed at once. */
const COUNT = 11_000;
const COMMANDS = [
  'DEL set',
  'DEL hash',
  'DEL zset',
  'SET set v',
  'UNLINK zset',
  'FLUSHALL',
  'SDIFFSTORE set none',
  'RENAME small set',
];

function fill(): TestEngine {
  const test = makeEngine({ shards: 1, arenaBytes: 64 * 1024 * 1024 });
  const client = test.client();
  for (let from = 0; from < COUNT; from += 1000) {
    const numbers = Array.from({ length: 1000 }, (_, at) => from + at);
    client.call('SADD', 'set', ...numbers.map((at) => `m${at}`));
    client.call('HSET', 'hash', ...numbers.flatMap((at) => [`f${at}`, 'v']));
    client.call('ZADD', 'zset', ...numbers.flatMap((at) => [`${at}`, `m${at}`]));
  }
  client.line('SADD small m0');
  return test;
}

it.each(COMMANDS)('nothing is lost when memory runs out at any point of %s', (command) => {
  for (let nth = 1; nth <= 2; nth++) {
    const { engine, client } = fill();
    const { arena } = engine.store.shards[0];
    failAllocation(arena, nth);
    const one = client();
    one.line(command);
    failAllocation(arena, 0);
    // Without room on the list it is freed at once; a sorted set has two parts.
    if (/^DEL (set|hash)/.test(command)) expect(engine.isBusy).toBe(nth > 1);
    checkArena(arena);
    while (engine.isBusy) engine.runLater();
    checkArena(arena);
    one.line('FLUSHALL');
    while (engine.isBusy) engine.runLater();
    checkArena(arena);
    expect(engine.store.usedBytes(), `allocation ${nth}`).toBe(EMPTY);
  }
});

const EMPTY = makeEngine({ shards: 1, arenaBytes: 64 * 1024 * 1024 }).engine.store.usedBytes();
