/** Streams of the engine against plain arrays, and memory that runs out. */
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { allocate, usedBytes } from '../../../src/memory/allocator.ts';
import { type Arena, failAllocation } from '../../../src/memory/arena.ts';
import { LIMIT_STREAM_BYTES, LIMIT_STREAM_ENTRIES } from '../../../src/store/encoding-limits.ts';
import { Key, prepareKey } from '../../../src/store/key.ts';
import { findKey } from '../../../src/store/keyspace.ts';
import { TYPE_STREAM, typeHooks } from '../../../src/store/types.ts';
import { testSeed } from '../../support/seed.ts';
import { makeEngine, type TestEngine, type TestEngineClient } from '../engine/in-process-engine.ts';
import { checkArena } from '../memory/check-arena.ts';
import { bytesOf, fuzzSteps } from '../memory/fuzzing.ts';
import { checkStream } from './check-stream.ts';

class Streams {
  readonly test: TestEngine = makeEngine({ shards: 1, arenaBytes: 64 * 1024 * 1024 });
  readonly client: TestEngineClient = this.test.client();
  readonly arena: Arena = this.test.engine.store.shards[0].arena;

  constructor(entries = 100, bytes = 4096) {
    this.test.engine.store.limits[LIMIT_STREAM_ENTRIES] = entries;
    this.test.engine.store.limits[LIMIT_STREAM_BYTES] = bytes;
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

  ids(): readonly string[] {
    const record = this.record('s');
    return record === 0 ? [] : checkStream(this.arena, record);
  }
}

interface Entry {
  readonly ms: number;
  readonly seq: number;
  readonly texts: readonly string[];
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

function idOf({ ms, seq }: Entry): string {
  return `${ms}-${seq}`;
}

function encodeEntries(entries: readonly Entry[]): string {
  const shown = entries.map(
    (one) => `*2\r\n${bulk(idOf(one))}*${one.texts.length}\r\n${one.texts.map(bulk).join('')}`,
  );
  return `*${entries.length}\r\n${shown.join('')}`;
}

interface Step {
  readonly args: readonly string[];
  readonly expected: string;
  readonly after: readonly Entry[];
}

/** A random command, and what it does to an array of entries. */
function nextStep(random: Random, entries: readonly Entry[], last: Entry): Step {
  const some = (): Entry => (entries.length === 0 ? last : random.pick(entries));
  const kind = random.integer(10);
  if (kind < 5) {
    const ms = last.ms + random.integer(3) * random.integer(100_000);
    const seq = ms === last.ms ? last.seq + 1 + random.integer(3) : random.integer(5);
    const names = random.integer(4) === 0 ? ['x', 'y', 'z'].slice(random.integer(3)) : ['name', '7'];
    const texts = names.flatMap((name) => [
      name,
      random.integer(2) === 0 ? `${ms}` : 'v'.repeat(random.integer(90)),
    ]);
    const added = { ms, seq, texts };
    return {
      args: ['XADD', 's', idOf(added), ...texts],
      expected: bulk(idOf(added)),
      after: [...entries, added],
    };
  }
  if (kind === 5) {
    const gone = new Set([idOf(some()), idOf(some())]);
    const after = entries.filter((one) => !gone.has(idOf(one)));
    return { args: ['XDEL', 's', ...gone], expected: `:${entries.length - after.length}\r\n`, after };
  }
  if (kind === 6) {
    const most = random.integer(60) === 0 ? 0 : Math.max(0, entries.length - random.integer(9));
    const after = most === 0 ? [] : entries.slice(-most);
    return {
      args: ['XTRIM', 's', 'MAXLEN', `${most}`],
      expected: `:${entries.length - after.length}\r\n`,
      after,
    };
  }
  if (kind === 7) {
    const first = entries.at(random.integer(5)) ?? last;
    const after = entries.filter((one) => one.ms > first.ms || (one.ms === first.ms && one.seq >= first.seq));
    const args = ['XTRIM', 's', 'MINID', idOf(first)];
    return { args, expected: `:${entries.length - after.length}\r\n`, after };
  }
  const [from, to] = [some(), some()];
  const most = 1 + random.integer(20);
  const found = entries.filter(
    (one) =>
      (one.ms > from.ms || (one.ms === from.ms && one.seq >= from.seq)) &&
      (one.ms < to.ms || (one.ms === to.ms && one.seq <= to.seq)),
  );
  if (kind === 8) {
    const args = ['XRANGE', 's', idOf(from), idOf(to), 'COUNT', `${most}`];
    return { args, expected: encodeEntries(found.slice(0, most)), after: entries };
  }
  const args = ['XREVRANGE', 's', idOf(to), idOf(from), 'COUNT', `${most}`];
  return { args, expected: encodeEntries(found.toReversed().slice(0, most)), after: entries };
}

describe.each([
  [100, 4096],
  [3, 4096],
  [0, 300],
  [0, 0],
])('streams with %i entries and %i bytes in a node', (maxEntries, maxBytes) => {
  it('do what arrays do, also when memory runs out', () => {
    const random = createRandom(testSeed(`streams ${maxEntries} ${maxBytes}`));
    const streams = new Streams(maxEntries, maxBytes);
    const before = usedBytes(streams.arena);
    let entries: readonly Entry[] = [];
    let last: Entry = { ms: 0, seq: 0, texts: [] };
    let failures = 0;
    for (let step = 0; step < fuzzSteps(6000); step++) {
      const { args, expected, after } = nextStep(random, entries, last);
      const failing = random.integer(3) === 0 ? 1 + random.integer(6) : 0;
      failAllocation(streams.arena, failing);
      const reply = streams.call(args);
      failAllocation(streams.arena, 0);
      if (reply.startsWith('-OOM')) {
        failures += 1;
        expect(failing).toBeGreaterThan(0);
        expect(streams.ids()).toEqual(entries.map(idOf));
      } else {
        const wanted = entries.length === 0 && streams.record('s') === 0 ? reply : expected;
        expect(reply, args.slice(0, 4).join(' ')).toBe(wanted);
        if (after.length > entries.length) last = after[after.length - 1];
        entries = after;
      }
      if (step % 50 !== 0) continue;
      expect(streams.ids()).toEqual(entries.map(idOf));
      checkArena(streams.arena);
    }
    expect(failures).toBeGreaterThan(20);
    streams.call(['FLUSHALL']);
    expect(usedBytes(streams.arena)).toBe(before);
  });
});

describe('a stream', () => {
  it('takes little more memory for an entry than its values', () => {
    const streams = new Streams();
    const count = 10_000;
    streams.call(['XADD', 'other', '1-1', 'message', '']);
    const before = usedBytes(streams.arena);
    for (let at = 0; at < count; at++) {
      streams.call(['XADD', 's', `${1_700_000_000_000 + at * 7}-0`, 'message', 'm'.repeat(30)]);
    }
    // The value with 2 bytes, what tells entries apart, and a hundredth of a node.
    expect((usedBytes(streams.arena) - before) / count).toBeLessThan(44);
  });

  it('is in another arena what it was', () => {
    const streams = new Streams(5, 4096);
    for (let at = 1; at <= 40; at++) streams.call(['XADD', 's', `${at}-1`, 'f', `value ${at}`]);
    streams.client.line('XDEL s 7-1 40-1');
    const from = streams.record('s');
    const ids = streams.ids();
    const { arena } = new Streams();
    const hooks = typeHooks(TYPE_STREAM);
    // Head and key; whoever copies a record copies these.
    const to = allocate(arena, 128);
    arena.bytes.set(streams.arena.bytes.subarray(from, from + 12), to);
    const before = usedBytes(arena);
    let isCopied = false;
    for (let nth = 1; !isCopied; nth++) {
      failAllocation(arena, nth);
      isCopied = hooks.copy(streams.arena, from, arena, to);
      failAllocation(arena, 0);
      if (!isCopied) expect(usedBytes(arena)).toBe(before);
      expect(nth).toBeLessThan(200);
    }
    expect(checkStream(arena, to)).toEqual(ids);
    expect(hooks.sizeBytes(arena, to)).toBeGreaterThan(0);
    hooks.free(arena, to);
    expect(usedBytes(arena)).toBe(before);
    checkArena(arena);
  });
});
