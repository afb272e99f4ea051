/** Lists of the engine against plain arrays, their encodings, and memory that runs out. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { allocate, usedBytes } from '../../../src/memory/allocator.ts';
import { type Arena, failAllocation } from '../../../src/memory/arena.ts';
import { packedBytes } from '../../../src/memory/packed-room.ts';
import { LIMIT_LIST_PACKED } from '../../../src/store/encoding-limits.ts';
import { Key, prepareKey } from '../../../src/store/key.ts';
import { findKey } from '../../../src/store/keyspace.ts';
import { isChunked, listBody } from '../../../src/store/list.ts';
import { TYPE_LIST, typeHooks } from '../../../src/store/types.ts';
import { testSeed } from '../../support/seed.ts';
import { makeEngine, type TestEngine, type TestEngineClient } from '../engine/in-process-engine.ts';
import { checkArena } from '../memory/check-arena.ts';
import { checkChunkList } from '../memory/check-chunk-list.ts';
import { checkPacked } from '../memory/check-packed.ts';
import { bytesOf, fuzzSteps } from '../memory/fuzzing.ts';
import { encodeExpected, ListModel } from './list-model.ts';

const KEYS = ['a', 'b', 'c'];
/** As the servers, a push counts the elements without what is around them: 200 at once, with 6 bytes each. */
const SLACK_BYTES = 1200;

class Lists {
  readonly test: TestEngine = makeEngine({ shards: 1, arenaBytes: 64 * 1024 * 1024 });
  readonly client: TestEngineClient = this.test.client();
  readonly arena: Arena = this.test.engine.store.shards[0].arena;

  constructor(limit = -2) {
    this.test.engine.store.limits[LIMIT_LIST_PACKED] = limit;
  }

  call(args: readonly string[]): string {
    return this.client.call(...args.map((text) => Buffer.from(text, 'latin1')));
  }

  record(name: string): number {
    const { store } = this.test.engine;
    const bytes = bytesOf(name);
    const key = new Key(store.shards[0], bytes);
    prepareKey(store, key, 0, bytes, 0, bytes.length);
    return findKey(store, key, this.test.clock.nowMs);
  }

  encoding(name: string): string {
    return typeHooks(TYPE_LIST).encodingName(this.arena, this.record(name));
  }

  /** What the list's memory holds; fails where it does not fit together. */
  values(name: string): readonly unknown[] {
    const record = this.record(name);
    if (record === 0) return [];
    const body = listBody(this.arena, record);
    if (isChunked(this.arena, record)) return checkChunkList(this.arena, body, SLACK_BYTES).values;
    expect(packedBytes(this.arena, body)).toBeLessThan(66_000);
    return checkPacked(this.arena, body);
  }
}

describe.each([-2, -1, 3, 128])('lists with list-max-listpack-size %i', (limit) => {
  it('do what arrays do, also when memory runs out', () => {
    const random = createRandom(testSeed(`lists ${limit}`));
    const lists = new Lists(limit);
    const model = new ListModel(random, KEYS, 1500);
    const before = usedBytes(lists.arena);
    let failures = 0;
    for (let step = 0; step < fuzzSteps(6000); step++) {
      const { args, expected, after } = model.step();
      const failing = random.integer(4) === 0 ? 1 + random.integer(5) : 0;
      failAllocation(lists.arena, failing);
      const reply = lists.call(args);
      failAllocation(lists.arena, 0);
      if (reply.startsWith('-OOM')) {
        failures += 1;
        expect(failing).toBeGreaterThan(0);
        checkLeft(lists, model, args);
      } else {
        expect(reply, args.slice(0, 4).join(' ')).toBe(encodeExpected(expected));
        model.lists = new Map(after);
      }
      if (step % 50 !== 0) continue;
      for (const name of KEYS) expect(lists.values(name)).toEqual(model.lists.get(name) ?? []);
      checkArena(lists.arena);
    }
    expect(failures).toBeGreaterThan(20);
    lists.call(['FLUSHALL']);
    expect(usedBytes(lists.arena)).toBe(before);
  });
});

/** Without memory a command has done nothing; of several elements to push, the first ones may be there. */
function checkLeft(lists: Lists, model: ListModel, args: readonly string[]): void {
  const [name, key, ...texts] = args;
  const had = model.lists.get(key) ?? [];
  const has = lists.values(key) as readonly string[];
  if (name === 'LPUSH' || name === 'RPUSH') {
    const came = texts.slice(0, has.length - had.length);
    expect(came.length).toBeLessThan(texts.length);
    expect(has).toEqual(name === 'LPUSH' ? [...came.toReversed(), ...had] : [...had, ...came]);
    if (has.length > 0) model.lists.set(key, has);
  } else expect(has).toEqual(had);
}

describe('the encoding of a list', () => {
  it('follows its number of elements', () => {
    const lists = new Lists(4);
    lists.client.line('RPUSH l a b c d');
    expect(lists.encoding('l')).toBe('listpack');
    lists.client.line('RPOPLPUSH l l');
    expect(lists.encoding('l')).toBe('listpack');
    lists.client.line('LPUSH l e');
    expect(lists.encoding('l')).toBe('quicklist');
    lists.client.line('LPOP l');
    lists.client.line('LPOP l');
    expect(lists.encoding('l')).toBe('quicklist');
    lists.client.line('RPOP l');
    expect(lists.encoding('l')).toBe('listpack');
    lists.client.line('RPUSH new a b c d e');
    expect(lists.encoding('new')).toBe('quicklist');
    lists.client.line('LTRIM new 1 1');
    expect(lists.encoding('new')).toBe('listpack');
  });

  it('follows its size', () => {
    const lists = new Lists(-1);
    lists.call(['RPUSH', 'l', 'x'.repeat(4096), 'a', 'b']);
    lists.client.line('RPOP l 2');
    expect(lists.encoding('l')).toBe('quicklist');
    lists.client.line('LSET l -1 b');
    expect(lists.encoding('l')).toBe('listpack');
    lists.call(['LINSERT', 'l', 'AFTER', 'b', 'x'.repeat(4096)]);
    expect(lists.encoding('l')).toBe('quicklist');
    lists.call(['LREM', 'l', '1', 'x'.repeat(4096)]);
    expect(lists.encoding('l')).toBe('listpack');
    // 7 bytes of the listpack itself, and 62 for each of these elements.
    lists.call(['RPUSH', 'exact', ...Array.from({ length: 65 }, () => 'y'.repeat(60))]);
    expect(lists.encoding('exact')).toBe('listpack');
    lists.call(['RPUSH', 'exact', 'z'.repeat(60)]);
    expect(lists.encoding('exact')).toBe('quicklist');
  });
});

describe('a copy of a list', () => {
  it.each([0, 3, 3000])('of %i numbers and a long text is in another arena what it was', (count) => {
    const lists = new Lists();
    const texts = [...Array.from({ length: count }, (_, at) => String(at * 1000)), 'x'.repeat(300)];
    lists.call(['RPUSH', 'a', ...texts]);
    const from = lists.record('a');
    const { arena } = new Lists();
    const hooks = typeHooks(TYPE_LIST);
    // Head and key; whoever copies a record copies these.
    const to = allocate(arena, 64);
    arena.bytes.set(lists.arena.bytes.subarray(from, from + 12), to);
    const before = usedBytes(arena);
    let isCopied = false;
    for (let nth = 1; !isCopied; nth++) {
      failAllocation(arena, nth);
      isCopied = hooks.copy(lists.arena, from, arena, to);
      failAllocation(arena, 0);
      if (!isCopied) expect(usedBytes(arena)).toBe(before);
      expect(nth).toBeLessThan(100);
    }
    const body = listBody(arena, to);
    const values = isChunked(arena, to) ? checkChunkList(arena, body).values : checkPacked(arena, body);
    expect(values).toEqual(texts);
    hooks.free(arena, to);
    expect(usedBytes(arena)).toBe(before);
    checkArena(arena);
  });
});
