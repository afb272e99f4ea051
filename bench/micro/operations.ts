/**
 * The single operations of a command's way through the gateway and the engine, for the level `micro` and for the
 * comparison of two revisions: what is named here must stay comparable, so operations are added rather than changed.
 */
import { equalBytes } from '../../src/base/bytes.ts';
import { keySlot } from '../../src/base/slot.ts';
import { buildCommandTable } from '../../src/commands/table.ts';
import { compareReplies } from '../../src/compare/compare.ts';
import { allocate, release } from '../../src/memory/allocator.ts';
import { Arena } from '../../src/memory/arena.ts';
import { createChunkList, listCount, listDrop, listPush } from '../../src/memory/chunk-list.ts';
import { copyIn } from '../../src/memory/move-bytes.ts';
import { type RecordHandler, RingReader, RingWriter, ringBytes } from '../../src/memory/ring.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../src/resp/limits.ts';
import { decodeReply } from '../../src/resp/reply.ts';
import { CommandReader, CommandScanner, SCAN_COMPLETE } from '../../src/resp/scan-command.ts';
import { ReplyScanner } from '../../src/resp/scan-reply.ts';
import type { Operations } from './timing.ts';

export interface Operation {
  readonly name: string;
  /** As many take some milliseconds. */
  readonly count: number;
  readonly run: Operations;
}

const VALUE = 'v'.repeat(64);
const DEPTH = 16;

function frame(...args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((text) => `$${text.length}\r\n${text}\r\n`).join('')}`;
}

function scanner(): Operation[] {
  const reader = new CommandReader(DEFAULT_REQUEST_LIMITS);
  const found = new CommandScanner();
  const scan = (text: string): Operations => {
    const chunk = Buffer.from(text.repeat(DEPTH));
    return (count) => {
      let sum = 0;
      for (let left = count; left > 0; left -= DEPTH) {
        reader.feed(chunk, 0, chunk.length);
        while (reader.next(found) === SCAN_COMPLETE) sum += found.spans[1];
        reader.release();
      }
      return sum;
    };
  };
  const replies = new ReplyScanner();
  const scanReplies = (text: string): Operations => {
    const chunk = Buffer.from(text.repeat(DEPTH));
    return (count) => {
      let sum = 0;
      for (let left = count; left > 0; left -= DEPTH) {
        for (let at = 0; at < chunk.length; sum++) at = replies.scan(chunk, at, chunk.length);
      }
      return sum;
    };
  };
  const fields = Array.from({ length: 10 }, (_, index) => [`field:${index}`, VALUE]).flat();
  return [
    { name: 'scan GET', count: 160_000, run: scan(frame('GET', 'key:000000000001')) },
    { name: 'scan SET of 64 bytes', count: 160_000, run: scan(frame('SET', 'key:000000000001', VALUE)) },
    { name: 'scan HSET of ten fields', count: 32_000, run: scan(frame('HSET', 'hash', ...fields)) },
    { name: 'scan reply +OK', count: 160_000, run: scanReplies('+OK\r\n') },
    { name: 'scan reply of 64 bytes', count: 160_000, run: scanReplies(`$64\r\n${VALUE}\r\n`) },
    {
      name: 'scan reply of 100 elements',
      count: 4800,
      run: scanReplies(`*100\r\n${`$64\r\n${VALUE}\r\n`.repeat(100)}`),
    },
  ];
}

function lookups(): Operation[] {
  const table = buildCommandTable();
  const texts = ['GET', 'set', 'HGETALL', 'zrangebyscore'];
  const bytes = texts.map((text) => Buffer.from(text));
  const spans = texts.map((text) => Int32Array.of(0, text.length));
  const keys = Array.from({ length: 64 }, (_, index) =>
    Buffer.from(`key:${String(index).padStart(12, '0')}`),
  );
  const tagged = keys.map((key) => Buffer.from(`{user:${key[15]}}:${key}`));
  const slots = (list: readonly Buffer[]): Operations => {
    return (count) => {
      let sum = 0;
      for (let at = 0; at < count; at++) {
        const key = list[at & 63];
        sum += keySlot(key, 0, key.length);
      }
      return sum;
    };
  };
  return [
    {
      name: 'look up a command',
      count: 160_000,
      run: (count) => {
        let sum = 0;
        for (let at = 0; at < count; at++) sum += table.lookup(bytes[at & 3], spans[at & 3], 1);
        return sum;
      },
    },
    { name: 'slot of a key of 16 bytes', count: 160_000, run: slots(keys) },
    { name: 'slot of a key with a tag', count: 160_000, run: slots(tagged) },
  ];
}

function copies(): Operation[] {
  const arena = Arena.create(1024 * 1024);
  const source = Buffer.alloc(4096, VALUE);
  return [
    {
      name: 'copy 64 bytes into an arena',
      count: 160_000,
      run: (count) => {
        for (let at = 0; at < count; at++)
          copyIn(arena, source, at & 0xff, (at & 0xff) + 64, 500_000 + (at & 0xffff));
        return arena.bytes[500_000];
      },
    },
  ];
}

function comparisons(): Operation[] {
  const members = Array.from({ length: 20 }, (_, index) => `$8\r\nmember${10 + index}\r\n`);
  const ordered = Buffer.from(`*20\r\n${members.join('')}`);
  const reversed = Buffer.from(`*20\r\n${[...members].reverse().join('')}`);
  const [short, other] = [Buffer.from(`$64\r\n${VALUE}\r\n`), Buffer.from(`$64\r\n${VALUE}\r\n`)];
  return [
    {
      name: 'compare 71 equal bytes',
      count: 160_000,
      run: (count) => {
        let sum = 0;
        for (let at = 0; at < count; at++) sum += Number(equalBytes(short, 0, 71, other, 0, 71));
        return sum;
      },
    },
    {
      name: 'decode and compare two sets of 20',
      count: 4000,
      run: (count) => {
        let sum = 0;
        for (let at = 0; at < count; at++) {
          const [left, right] = [
            decodeReply(ordered, 0, ordered.length),
            decodeReply(reversed, 0, reversed.length),
          ];
          sum += compareReplies({ rule: 'unordered' }, left, right) === undefined ? 1 : 0;
        }
        return sum;
      },
    },
  ];
}

class Counter implements RecordHandler {
  sum = 0;
  record(
    _kind: number,
    _a: number,
    _b: number,
    _c: number,
    _d: number,
    _bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.sum += end - start;
  }
}

function structures(): Operation[] {
  const buffer = new SharedArrayBuffer(ringBytes(2 ** 20));
  const [writer, reader, counter] = [new RingWriter(buffer), new RingReader(buffer), new Counter()];
  const record = Buffer.from(frame('SET', 'key:000000000001', VALUE));
  const arena = Arena.create(2 ** 26);
  const list = createChunkList(arena, -2);
  const element = Buffer.from(VALUE);
  for (let left = 1000; left > 0; left--) listPush(arena, list, true, element, 0, element.length);
  return [
    {
      name: 'ring: a record of 110 bytes there',
      count: 160_000,
      run: (count) => {
        for (let left = count; left > 0; left -= DEPTH) {
          for (let at = 0; at < DEPTH; at++) writer.write(1, at, 2, 3, 4, record, 0, record.length);
          reader.drain(counter);
        }
        return counter.sum;
      },
    },
    {
      name: 'allocate and release 96 bytes',
      count: 160_000,
      run: (count) => {
        let sum = 0;
        for (let left = count; left > 0; left--) {
          const at = allocate(arena, 96);
          sum += at;
          release(arena, at);
        }
        return sum;
      },
    },
    {
      name: 'chunk list: push and drop 64 bytes',
      count: 80_000,
      run: (count) => {
        for (let left = count; left > 0; left--) {
          listPush(arena, list, true, element, 0, element.length);
          listDrop(arena, list, false);
        }
        return listCount(arena, list);
      },
    },
  ];
}

export function microOperations(): Operation[] {
  return [...scanner(), ...lookups(), ...comparisons(), ...copies(), ...structures()];
}
