/** That it finds the records of a pipeline and knows their keys, and is not led astray by what is no pipeline. */
import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { keySlot } from '../../../src/base/slot.ts';
import { hashKey } from '../../../src/memory/hash.ts';
import { Key, prepareKey } from '../../../src/store/key.ts';
import { findKey } from '../../../src/store/keyspace.ts';
import { LookAhead } from '../../../src/store/look-ahead.ts';
import { createStoreMemory, Store } from '../../../src/store/store.ts';
import { putString } from '../../../src/store/string.ts';
import { testSeed } from '../../support/seed.ts';

const KEYS = 4096;

function storeWithKeys(): Store {
  const store = new Store(createStoreMemory({ shards: 4, arenaBytes: 2 ** 22 }), 0);
  const key = new Key(store.shards[0], new Uint8Array(0));
  for (let number = 0; number < KEYS; number++) {
    const name = Buffer.from(`key:${number}`);
    prepareKey(store, key, 0, name, 0, name.length);
    store.lock(key.shard);
    findKey(store, key, 0);
    expect(putString(store, key, name, 0, name.length, 0)).toBe(true);
    store.unlock(key.shard);
  }
  return store;
}

function batch(commands: readonly (readonly string[])[]): Buffer {
  const frames = commands.map(
    (args) => `*${args.length}\r\n${args.map((text) => `$${text.length}\r\n${text}\r\n`).join('')}`,
  );
  return Buffer.from(frames.join(''));
}

/** Asks for the keys from `from` on, in their order: how many are known. Whatever is known must be right. */
function known(ahead: LookAhead, bytes: Buffer, names: readonly string[], from = 0): number {
  let count = 0;
  let at = from;
  for (const name of names) {
    const start = bytes.indexOf(name, at);
    at = start + name.length;
    if (!ahead.finds(bytes, start, at)) continue;
    expect(ahead.slot).toBe(keySlot(bytes, start, at));
    expect(ahead.hash).toBe(hashKey(bytes, start, at));
    count += 1;
  }
  return count;
}

it('finds the records of a pipeline, however long, and knows slots and hashes of their keys', () => {
  const ahead = new LookAhead(storeWithKeys());
  const names = Array.from({ length: 50 }, (_, index) => `key:${1000 + index}`);
  const gets = batch(names.map((name) => ['GET', name]));
  ahead.begin(gets, 0, gets.length, 0);
  expect(ahead.found).toBe(16);
  expect(known(ahead, gets, names)).toBe(50);
  const sets = batch(names.flatMap((name) => [['PING'], ['SET', name, 'x'.repeat(300)]]));
  ahead.begin(sets, 0, sets.length, 0);
  expect(ahead.found).toBe(16);
  expect(known(ahead, sets, names)).toBe(50);
});

it('knows the keys behind those that no command has asked for', () => {
  const ahead = new LookAhead(storeWithKeys());
  const names = Array.from({ length: 50 }, (_, index) => `key:${1000 + index}`);
  const gets = batch(names.map((name) => ['GET', name]));
  ahead.begin(gets, 0, gets.length, 0);
  expect(known(ahead, gets, names.slice(7, 10))).toBe(3);
  expect(known(ahead, gets, names.slice(12, 16), gets.indexOf('key:1012'))).toBe(4);
  expect(known(ahead, gets, names.slice(20), gets.indexOf('key:1020'))).toBe(30);
});

it('knows nothing of other bytes, of a command that has not come whole, or when it has ended', () => {
  const ahead = new LookAhead(storeWithKeys());
  const names = ['key:1000', 'key:1001', 'key:1002'];
  const sets = batch(names.map((name) => ['SET', name, 'value']));
  ahead.begin(sets, 0, sets.length - 12, 0);
  expect(known(ahead, Buffer.from(sets), names)).toBe(0);
  expect(ahead.finds(sets, sets.indexOf('key:1000'), sets.indexOf('key:1000') + 4)).toBe(false);
  expect(known(ahead, sets, names)).toBe(3);
  ahead.begin(sets, 0, sets.indexOf('key:1002') + 4, 0);
  expect(known(ahead, sets, names)).toBe(2);
  ahead.begin(sets, 0, sets.length, 0);
  ahead.end();
  expect(known(ahead, sets, names)).toBe(0);
  ahead.begin(sets, 0, sets.length, 1);
  expect(known(ahead, sets, names)).toBe(0);
});

it('ends with any bytes, has changed nothing, and what it knows is right', () => {
  const random = createRandom(testSeed('look ahead'));
  const store = storeWithKeys();
  const ahead = new LookAhead(store);
  const used = store.usedBytes();
  const names = Array.from({ length: 30 }, (_, index) => `key:${1000 + index}`);
  for (let round = 0; round < 3000; round++) {
    const bytes = batch(names.map((name) => ['SET', name, 'v'.repeat(random.integer(30))]));
    for (let damage = random.integer(4); damage > 0; damage--)
      bytes[random.integer(bytes.length)] = '*$\r\n0123456789-x'.charCodeAt(random.integer(16));
    ahead.begin(bytes, 0, bytes.length, 0);
    for (const name of names) {
      const start = bytes.indexOf(name);
      const end = start + name.length;
      if (start >= 0 && ahead.finds(bytes, start, end)) expect(ahead.hash).toBe(hashKey(bytes, start, end));
    }
  }
  expect(store.usedBytes()).toBe(used);
});
